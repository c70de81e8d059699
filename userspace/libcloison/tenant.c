// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tenants, for admins. */
#include <errno.h>
#include <string.h>

#include "private.h"

int cloison_tenant_add(struct cloison_control *control, uint32_t number, const char *name,
		       int cgroup_fd, uint64_t quota)
{
	struct cloison_tenant_add add = CLOISON_ARG(cloison_tenant_add);

	if (!cloison_name_valid(name))
		return -EINVAL;
	add.tenant = number;
	add.cgroup_fd = cgroup_fd;
	add.quota = quota;
	put_name(add.name, name);
	return ctx_ioctl(control->ctx, control->fd, CLOISON_TENANT_ADD, &add, "tenant add");
}

int cloison_tenant_remove(struct cloison_control *control, uint32_t tenant)
{
	struct cloison_tenant_remove remove = CLOISON_ARG(cloison_tenant_remove);

	remove.tenant = tenant;
	return ctx_ioctl(control->ctx, control->fd, CLOISON_TENANT_REMOVE, &remove,
			 "tenant remove");
}

int cloison_tenant_set_quota(struct cloison_control *control, uint32_t tenant, uint64_t quota)
{
	struct cloison_tenant_set set = CLOISON_ARG(cloison_tenant_set);

	set.tenant = tenant;
	set.quota = quota;
	return ctx_ioctl(control->ctx, control->fd, CLOISON_TENANT_SET, &set, "tenant set");
}

int cloison_tenant_set_cgroup(struct cloison_control *control, uint32_t tenant, int cgroup_fd)
{
	struct cloison_tenant_set set = CLOISON_ARG(cloison_tenant_set);

	set.flags = CLOISON_TENANT_SET_CGROUP;
	set.tenant = tenant;
	set.cgroup_fd = cgroup_fd;
	return ctx_ioctl(control->ctx, control->fd, CLOISON_TENANT_SET, &set, "tenant set");
}

static int tenant_get(struct cloison_control *control, uint32_t number, uint32_t flags,
		      struct cloison_tenant_get *tenant)
{
	tenant->tenant = number;
	tenant->flags = flags;
	return ctx_ioctl(control->ctx, control->fd, CLOISON_TENANT_GET, tenant, "tenant get");
}

int cloison_tenant_by_number(struct cloison_control *control, uint32_t number,
			     struct cloison_tenant_get *tenant)
{
	return tenant_get(control, number, 0, tenant);
}

int cloison_tenant_next(struct cloison_control *control, struct cloison_tenant_get *tenant)
{
	if (tenant->out_tenant == UINT32_MAX)
		return -ENOENT;
	return tenant_get(control, tenant->out_tenant + 1, CLOISON_GET_FLAG_NEXT, tenant);
}

int cloison_tenant_by_name(struct cloison_control *control, const char *name,
			   struct cloison_tenant_get *tenant)
{
	int rc;

	tenant->out_tenant = 0;
	while (!(rc = cloison_tenant_next(control, tenant)))
		if (!strcmp(get_name(tenant->out_name), name))
			return 0;
	return rc;
}
