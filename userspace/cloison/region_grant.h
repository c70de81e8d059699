/* SPDX-License-Identifier: GPL-2.0-only */
/* cloison region grant, ungrant and grants */
#ifndef CLOISON_REGION_GRANT_H
#define CLOISON_REGION_GRANT_H

#include <jansson.h>

#include "command.h"

int region_grant(struct command *command, int argc, char **argv);
int region_ungrant(struct command *command, int argc, char **argv);
int region_grants(struct command *command, int argc, char **argv);

/* The nodes by which other tenants read a region, as "globex/weights". */
json_t *grants_of_region(struct command *command, uint32_t region);

#endif /* CLOISON_REGION_GRANT_H */
