/* SPDX-License-Identifier: GPL-2.0-only */
/* The verbs of cloison tenant that are about device nodes. */
#ifndef CLOISON_TENANT_DEVICE_H
#define CLOISON_TENANT_DEVICE_H

#include "command.h"

int tenant_device_allow(struct command *command, int argc, char **argv);
int tenant_device_forbid(struct command *command, int argc, char **argv);
int tenant_device_list(struct command *command, int argc, char **argv);

#endif /* CLOISON_TENANT_DEVICE_H */
