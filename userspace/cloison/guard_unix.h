/* SPDX-License-Identifier: GPL-2.0-only */
/* The verbs of cloison guard that are about unix sockets of the host. */
#ifndef CLOISON_GUARD_UNIX_H
#define CLOISON_GUARD_UNIX_H

#include "command.h"

int guard_do_unix_allow(struct command *command, int argc, char **argv);
int guard_do_unix_forbid(struct command *command, int argc, char **argv);
int guard_do_unix_list(struct command *command, int argc, char **argv);

#endif /* CLOISON_GUARD_UNIX_H */
