// SPDX-License-Identifier: LGPL-2.1-or-later
/* Grants of sealed regions to further tenants, for admins. */
#include <errno.h>
#include <string.h>

#include "private.h"

int cloison_grant_add(struct cloison_control *control, struct cloison_grant_add *add,
		      const char *name)
{
	if (!cloison_region_name_valid(name))
		return -EINVAL;
	put_name(add->name, name);
	return ctx_ioctl(control->ctx, control->fd, CLOISON_GRANT_ADD, add, "grant add");
}

int cloison_grant_revoke(struct cloison_control *control, uint32_t grant)
{
	struct cloison_grant_number number = CLOISON_ARG(cloison_grant_number);

	number.grant = grant;
	return ctx_ioctl(control->ctx, control->fd, CLOISON_GRANT_REVOKE, &number, "grant revoke");
}

static int grant_get(struct cloison_control *control, uint32_t number, uint32_t flags,
		     struct cloison_grant_get *grant)
{
	grant->grant = number;
	grant->flags = flags;
	return ctx_ioctl(control->ctx, control->fd, CLOISON_GRANT_GET, grant, "grant get");
}

int cloison_grant_by_number(struct cloison_control *control, uint32_t number,
			    struct cloison_grant_get *grant)
{
	return grant_get(control, number, 0, grant);
}

int cloison_grant_next(struct cloison_control *control, struct cloison_grant_get *grant)
{
	if (grant->out_grant == UINT32_MAX)
		return -ENOENT;
	return grant_get(control, grant->out_grant + 1, CLOISON_GET_FLAG_NEXT, grant);
}

int cloison_grant_by_name(struct cloison_control *control, const char *name,
			  struct cloison_grant_get *grant)
{
	char tenant_name[CLOISON_NAME_SIZE], grant_name[CLOISON_NAME_SIZE];
	struct cloison_tenant_get tenant = CLOISON_ARG(cloison_tenant_get);
	int rc;

	rc = cloison_split_name(name, tenant_name, grant_name);
	if (rc)
		return rc;
	rc = cloison_tenant_by_name(control, tenant_name, &tenant);
	if (rc)
		return rc;
	grant->out_grant = 0;
	while (!(rc = cloison_grant_next(control, grant)))
		if (grant->out_tenant == tenant.out_tenant &&
		    !strcmp(get_name(grant->out_name), grant_name))
			return 0;
	return rc;
}
