// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pools, for admins. */
#include <errno.h>
#include <string.h>

#include "private.h"

int cloison_pool_add(struct cloison_control *control, struct cloison_pool_add *add,
		     const char *name)
{
	if (!cloison_name_valid(name))
		return -EINVAL;
	put_name(add->name, name);
	return ctx_ioctl(control->ctx, control->fd, CLOISON_POOL_ADD, add, "pool add");
}

int cloison_pool_remove(struct cloison_control *control, uint32_t pool)
{
	struct cloison_pool_remove remove = CLOISON_ARG(cloison_pool_remove);

	remove.pool = pool;
	return ctx_ioctl(control->ctx, control->fd, CLOISON_POOL_REMOVE, &remove, "pool remove");
}

static int pool_get(struct cloison_control *control, uint32_t number, uint32_t flags,
		    struct cloison_pool_get *pool)
{
	pool->pool = number;
	pool->flags = flags;
	return ctx_ioctl(control->ctx, control->fd, CLOISON_POOL_GET, pool, "pool get");
}

int cloison_pool_by_number(struct cloison_control *control, uint32_t number,
			   struct cloison_pool_get *pool)
{
	return pool_get(control, number, 0, pool);
}

int cloison_pool_next(struct cloison_control *control, struct cloison_pool_get *pool)
{
	if (pool->out_pool == UINT32_MAX)
		return -ENOENT;
	return pool_get(control, pool->out_pool + 1, CLOISON_GET_FLAG_NEXT, pool);
}

int cloison_pool_by_name(struct cloison_control *control, const char *name,
			 struct cloison_pool_get *pool)
{
	int rc;

	pool->out_pool = 0;
	while (!(rc = cloison_pool_next(control, pool)))
		if (!strcmp(get_name(pool->out_name), name))
			return 0;
	return rc;
}

int cloison_pool_extent_next(struct cloison_control *control, struct cloison_pool_extent *extent)
{
	extent->offset = extent->out_offset + extent->out_bytes;
	return ctx_ioctl(control->ctx, control->fd, CLOISON_POOL_EXTENT, extent, "pool extent");
}
