/* SPDX-License-Identifier: GPL-2.0-only */
/* Acting inside a tenant: a region is open to nobody else, root included. */
#ifndef CLOISON_INSIDE_H
#define CLOISON_INSIDE_H

#include "command.h"

/* The directory of the tenant's cgroup, to be freed. Returns EXIT_OK or says why not. */
int tenant_directory(const char *tenant, char **out);

/*
 * Call fn in a child process in a cgroup of its own below the tenant's, with a
 * context of its own. The child has no right over the host, sees no files but the
 * tenant's nodes, and keeps the standard descriptors and keep, if that is not -1.
 * What fn returns is the child's exit code and the result.
 */
int inside_tenant(const char *tenant, int keep, int (*fn)(struct cloison_ctx *ctx, void *data),
		  void *data);

/* Say why a region could not be used from inside its tenant, and what to do. */
int fail_inside(struct command *command, int error, const char *region);

#endif /* CLOISON_INSIDE_H */
