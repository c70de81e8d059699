/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CLOISON_MEASURE_H
#define CLOISON_MEASURE_H

#include "command.h"

/* cloison region measure */
int region_measure(struct command *command, int argc, char **argv);

#endif /* CLOISON_MEASURE_H */
