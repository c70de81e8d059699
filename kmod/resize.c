// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resizing: a region that nobody maps grows, in place or by a move, or shrinks
 * and gives its end to the scrubber. Open descriptors stay: reading goes on
 * meanwhile, writing waits, mapping and exporting are refused. Until the last
 * step nothing has changed, so that a failure loses nothing.
 */
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "cloison_private.h"
#include "trace.h"

/* How much is copied between two looks whether the region is still there. */
#define CHUNK SZ_64K

/* A seal may come in the middle of it; what is sealed keeps its size. */
static int may_resize(const struct cloison_region *region)
{
	if (READ_ONCE(region->state) == CLOISON_REGION_SEALED)
		return -EPERM;
	return cloison_region_usable(region);
}

static u64 granule_bytes(u64 bytes)
{
	return cloison_granules_of(bytes) << CLOISON_GRANULE_SHIFT;
}

static bool exported(const struct cloison_region *region)
{
	struct cloison_view *view;

	list_for_each_entry(view, &region->views, node)
		if (!cloison_view_is_file(view))
			return true;
	return false;
}

/* Nobody maps, exports or writes it when this has returned 0. */
static int gate_close(struct cloison_region *region)
{
	int ret;

	mutex_lock(&region->lock);
	ret = may_resize(region);
	if (!ret && (region->resizing || exported(region)))
		ret = -EBUSY;
	if (!ret)
		WRITE_ONCE(region->resizing, true);
	mutex_unlock(&region->lock);
	return ret;
}

static void gate_open(struct cloison_region *region)
{
	mutex_lock(&region->lock);
	WRITE_ONCE(region->resizing, false);
	mutex_unlock(&region->lock);
	wake_up_poll(&region->wait, EPOLLPRI);
}

static void set_bytes(struct cloison_region *region, u64 bytes)
{
	struct cloison_view *view;

	lockdep_assert_held(&region->lock);
	WRITE_ONCE(region->bytes, bytes);
	list_for_each_entry(view, &region->views, node)
		if (cloison_view_is_file(view))
			i_size_write(view->space.host, bytes);
}

/*
 * What is behind the end in the last granule: a mapping could write to the rest
 * of the last page, and a region that shrank had more there.
 */
static void wipe_rest(struct cloison_region *region)
{
	u64 granule = region->first + (region->bytes >> CLOISON_GRANULE_SHIFT);
	u64 inside = region->bytes & (CLOISON_GRANULE - 1);
	struct iosys_map map;
	size_t part;

	lockdep_assert_held(&region->lock);
	if (!inside)
		return;
	region->pool->ops->map(region->pool, granule, &map);
	for (; inside < CLOISON_GRANULE; inside += part) {
		part = PAGE_SIZE - (inside & ~PAGE_MASK);
		if (!cloison_memory_failed(region->pool,
					   (granule << CLOISON_GRANULE_SHIFT) + inside, part))
			iosys_map_memset(&map, inside, 0, part);
	}
	/* Write-combined stores must have left the CPU before anybody reads. */
	wmb();
}

static int shrink(struct cloison_region *region, u64 bytes)
{
	u64 less = cloison_granules_of(region->bytes) - cloison_granules_of(bytes);
	u64 before = region->bytes;
	int ret;

	mutex_lock(&region->lock);
	ret = may_resize(region);
	if (ret)
		goto out_unlock;
	set_bytes(region, bytes);
	/* Who was reading behind the new end has done so. */
	synchronize_srcu_expedited(&cloison_srcu);
	if (less)
		ret = cloison_extent_shrink(region->pool, region->extent, less);
	if (ret)
		set_bytes(region, before);
	else
		wipe_rest(region);
out_unlock:
	mutex_unlock(&region->lock);
	return ret;
}

static int grow_in_place(struct cloison_region *region, u64 bytes)
{
	u64 more = cloison_granules_of(bytes) - cloison_granules_of(region->bytes);
	int ret;

	mutex_lock(&region->lock);
	ret = may_resize(region);
	if (!ret && more)
		ret = cloison_extent_grow(region->pool, region->extent, more);
	if (!ret) {
		wipe_rest(region);
		set_bytes(region, bytes);
	}
	mutex_unlock(&region->lock);
	return ret;
}

/* Inside cloison_srcu for each chunk only, so that no revocation waits long. */
static int copy_granule(struct cloison_region *region, u64 from, u64 to, void *buffer)
{
	struct cloison_pool *pool = region->pool;
	struct iosys_map source, target;
	int idx, ret = 0;
	size_t at;

	for (at = 0; !ret && at < CLOISON_GRANULE; at += CHUNK) {
		idx = srcu_read_lock(&cloison_srcu);
		ret = may_resize(region);
		if (!ret &&
		    (cloison_memory_failed(pool, (from << CLOISON_GRANULE_SHIFT) + at, CHUNK) ||
		     cloison_memory_failed(pool, (to << CLOISON_GRANULE_SHIFT) + at, CHUNK)))
			ret = -EHWPOISON;
		if (!ret) {
			pool->ops->map(pool, from, &source);
			iosys_map_memcpy_from(buffer, &source, at, CHUNK);
			pool->ops->map(pool, to, &target);
			iosys_map_memcpy_to(&target, at, buffer, CHUNK);
		}
		srcu_read_unlock(&cloison_srcu, idx);
		if (signal_pending(current))
			ret = ret ?: -EINTR;
		cond_resched();
	}
	return ret;
}

static int copy_all(struct cloison_region *region, const struct cloison_extent *to)
{
	u64 count = cloison_granules_of(region->bytes);
	void *buffer = kvmalloc(CHUNK, GFP_KERNEL);
	int ret = 0;
	u64 i;

	if (!buffer)
		return -ENOMEM;
	for (i = 0; !ret && i < count; i++)
		ret = copy_granule(region, region->first + i, to->unclean.first + i, buffer);
	kvfree_sensitive(buffer, CHUNK);
	return ret;
}

/* Takes @to over, whatever comes of it. */
static int move(struct cloison_region *region, struct cloison_extent *to, u64 bytes)
{
	struct cloison_extent *unused = to;
	int ret;

	ret = copy_all(region, to);
	mutex_lock(&region->lock);
	if (!ret)
		ret = may_resize(region);
	if (!ret) {
		unused = region->extent;
		region->extent = to;
		WRITE_ONCE(region->first, to->unclean.first);
		/*
		 * Until then some read by the old place, and none behind the old
		 * end: both places hold the same up to there.
		 */
		synchronize_srcu_expedited(&cloison_srcu);
		wipe_rest(region);
		set_bytes(region, bytes);
	}
	mutex_unlock(&region->lock);
	cloison_extent_give_back(region->pool, unused);
	return ret;
}

/* In place if what is behind it is clean; else wherever there is room. */
static int grow(struct cloison_region *region, u64 bytes)
{
	struct cloison_pool *pool = region->pool;
	struct cloison_extent *to;
	int ret;

	for (;;) {
		u64 seen = READ_ONCE(pool->changes);

		ret = grow_in_place(region, bytes);
		if (ret != -EAGAIN && ret != -ENOSPC)
			return ret;
		to = cloison_extent_take(pool, cloison_granules_of(bytes), 0, region->number,
					 region->node.tenant->number);
		if (!IS_ERR(to))
			return move(region, to, bytes);
		if (PTR_ERR(to) != -EAGAIN && (PTR_ERR(to) != -ENOSPC || ret != -EAGAIN))
			return PTR_ERR(to);
		cloison_scrub_queue(pool);
		if (wait_event_interruptible(pool->wait, READ_ONCE(pool->changes) != seen))
			return -EINTR;
	}
}

/* With the gate closed, and without cloison_topology: it may take long. */
static int change(struct cloison_region *region, u64 bytes)
{
	int ret;

	/* A measurement sees one size from its begin to its end. */
	if (mutex_lock_interruptible(&region->measure_lock))
		return -EINTR;
	/* Who was about to map or to write has done so. */
	synchronize_srcu_expedited(&cloison_srcu);
	if (atomic_read(&region->node.mappings))
		ret = -EBUSY;
	else if (bytes < region->bytes)
		ret = shrink(region, bytes);
	else
		ret = grow(region, bytes);
	mutex_unlock(&region->measure_lock);
	return ret;
}

/* What it will take more is charged before, so that the quota is never passed. */
static struct cloison_region *resize_begin(const struct cloison_region_resize *args, u64 *more)
{
	struct cloison_region *region = cloison_region_find(args->region);
	int ret;

	if (!region)
		return ERR_PTR(-ENOENT);
	if (args->bytes > region->pool->granules << CLOISON_GRANULE_SHIFT)
		return ERR_PTR(-ENOSPC);
	ret = gate_close(region);
	if (ret)
		return ERR_PTR(ret);
	*more = max(granule_bytes(args->bytes), granule_bytes(region->bytes)) -
		granule_bytes(region->bytes);
	ret = cloison_tenant_charge(region->node.tenant, *more);
	if (ret) {
		gate_open(region);
		return ERR_PTR(ret);
	}
	/* Destroyed or not meanwhile, what is taken for it has a pool. */
	region->pool->regions++;
	get_device(&region->node.dev);
	return region;
}

int cloison_region_resize(struct cloison_call *call)
{
	struct cloison_region_resize *args = call->args;
	struct cloison_region *region;
	u64 before, more;
	int ret;

	if (args->flags)
		return -EOPNOTSUPP;
	if (args->reserved || !args->bytes || args->bytes > MAX_LFS_FILESIZE)
		return -EINVAL;
	mutex_lock(&cloison_topology);
	region = resize_begin(args, &more);
	mutex_unlock(&cloison_topology);
	if (IS_ERR(region))
		return PTR_ERR(region);

	before = region->bytes;
	ret = change(region, args->bytes);

	mutex_lock(&cloison_topology);
	if (ret)
		cloison_tenant_uncharge(region->node.tenant, more);
	else if (args->bytes < before)
		cloison_tenant_uncharge(region->node.tenant,
					granule_bytes(before) - granule_bytes(args->bytes));
	region->pool->regions--;
	if (!ret)
		trace_cloison_region(region, "resize");
	mutex_unlock(&cloison_topology);
	if (!ret)
		atomic_inc(&region->changes);
	gate_open(region);
	put_device(&region->node.dev);
	return ret;
}
