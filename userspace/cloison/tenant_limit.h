/* SPDX-License-Identifier: GPL-2.0-only */
/* cloison tenant limit, and a tenant's limits as cells of its row */
#ifndef CLOISON_TENANT_LIMIT_H
#define CLOISON_TENANT_LIMIT_H

#include <stdbool.h>

struct command;
struct table;

int tenant_limit(struct command *command, int argc, char **argv);

/* One cell for each limit. @known: whether the guard can be asked */
void tenant_limit_cells(struct table *table, const char *name, bool known);

#endif /* CLOISON_TENANT_LIMIT_H */
