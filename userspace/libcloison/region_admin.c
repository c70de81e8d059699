// SPDX-License-Identifier: LGPL-2.1-or-later
/* Regions, for admins: whoever owns them. */
#include <errno.h>
#include <string.h>

#include "private.h"

int cloison_region_create(struct cloison_control *control, struct cloison_region_create *create,
			  const char *name)
{
	if (!cloison_region_name_valid(name))
		return -EINVAL;
	put_name(create->name, name);
	return ctx_ioctl(control->ctx, control->fd, CLOISON_REGION_CREATE, create, "region create");
}

static int region_end(struct cloison_control *control, unsigned long request, uint32_t region,
		      const char *what)
{
	struct cloison_region_number number = CLOISON_ARG(cloison_region_number);

	number.region = region;
	return ctx_ioctl(control->ctx, control->fd, request, &number, what);
}

int cloison_region_revoke(struct cloison_control *control, uint32_t region)
{
	return region_end(control, CLOISON_REGION_REVOKE, region, "region revoke");
}

int cloison_region_destroy(struct cloison_control *control, uint32_t region)
{
	return region_end(control, CLOISON_REGION_DESTROY, region, "region destroy");
}

int cloison_region_resize(struct cloison_control *control, uint32_t region, uint64_t bytes)
{
	struct cloison_region_resize resize = CLOISON_ARG(cloison_region_resize);

	resize.region = region;
	resize.bytes = bytes;
	return ctx_ioctl(control->ctx, control->fd, CLOISON_REGION_RESIZE, &resize,
			 "region resize");
}

static int region_get(struct cloison_control *control, uint32_t number, uint32_t flags,
		      struct cloison_region_get *region)
{
	region->region = number;
	region->flags = flags;
	return ctx_ioctl(control->ctx, control->fd, CLOISON_REGION_GET, region, "region get");
}

int cloison_region_by_number(struct cloison_control *control, uint32_t number,
			     struct cloison_region_get *region)
{
	return region_get(control, number, 0, region);
}

int cloison_region_next(struct cloison_control *control, struct cloison_region_get *region)
{
	if (region->out_region == UINT32_MAX)
		return -ENOENT;
	return region_get(control, region->out_region + 1, CLOISON_GET_FLAG_NEXT, region);
}

int cloison_region_by_name(struct cloison_control *control, const char *name,
			   struct cloison_region_get *region)
{
	char tenant_name[CLOISON_NAME_SIZE], region_name[CLOISON_NAME_SIZE];
	struct cloison_tenant_get tenant = CLOISON_ARG(cloison_tenant_get);
	int rc;

	rc = cloison_split_name(name, tenant_name, region_name);
	if (rc)
		return rc;
	rc = cloison_tenant_by_name(control, tenant_name, &tenant);
	if (rc)
		return rc;
	region->out_region = 0;
	while (!(rc = cloison_region_next(control, region)))
		if (region->out_tenant == tenant.out_tenant &&
		    !strcmp(get_name(region->out_name), region_name))
			return 0;
	return rc;
}
