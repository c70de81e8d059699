/* SPDX-License-Identifier: GPL-2.0-only */
/* cloison region load */
#ifndef CLOISON_REGION_LOAD_H
#define CLOISON_REGION_LOAD_H

#include "command.h"

int region_load(struct command *command, int argc, char **argv);

#endif /* CLOISON_REGION_LOAD_H */
