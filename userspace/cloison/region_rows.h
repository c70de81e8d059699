/* SPDX-License-Identifier: GPL-2.0-only */
/* Regions as rows, for `region list` and `region show`. */
#ifndef CLOISON_REGION_ROWS_H
#define CLOISON_REGION_ROWS_H

#include "command.h"

struct table;

/* All regions, or those of one tenant. Returns EXIT_OK or says what is wrong. */
int region_rows(struct command *command, uint32_t only_tenant, struct table **out);

/* One region in full, with the processes of its tenant that hold it. */
int region_row(struct command *command, const char *name, const struct cloison_region_get *region,
	       struct table **out);

#endif /* CLOISON_REGION_ROWS_H */
