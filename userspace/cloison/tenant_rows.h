/* SPDX-License-Identifier: GPL-2.0-only */
/* Tenants as rows, for `tenant list`, `tenant show` and `status`. */
#ifndef CLOISON_TENANT_ROWS_H
#define CLOISON_TENANT_ROWS_H

#include "../common/guard_status.h"
#include "../common/output.h"
#include "command.h"

/* All tenants, or the one of that name. Returns EXIT_OK or says what is wrong. */
int tenant_rows(struct command *command, const char *only, struct table **out);

/*
 * A tenant's network mode in a word: "enforce" (its policy decides), "closed"
 * (it has none: nothing passes), "broken" (the wall is not whole), "none" (no
 * wall), "unknown" (the caller may not ask; status is NULL).
 */
const char *network_mode(const struct guard_status *status, uint32_t tenant, uint32_t *rules);

#endif /* CLOISON_TENANT_ROWS_H */
