// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scrubbing: no byte of one tenant is ever seen by the next. Runs in a kworker,
 * away from whoever closed, died or was revoked; reads back what it wrote; what
 * does not read back as zero is put in quarantine and never handed out.
 */
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "cloison_private.h"
#include "trace.h"

static struct workqueue_struct *scrubbers;

/*
 * Device memory is read back through a small buffer with the accessors made
 * for it; what is RAM to the kernel is looked at in place.
 */
static bool reads_as_zero(struct cloison_pool *pool, struct iosys_map *map)
{
	size_t at;

	if (!map->is_iomem)
		return !memchr_inv(map->vaddr, 0, CLOISON_GRANULE);
	for (at = 0; at < CLOISON_GRANULE; at += PAGE_SIZE) {
		iosys_map_memcpy_from(pool->verify, map, at, PAGE_SIZE);
		if (memchr_inv(pool->verify, 0, PAGE_SIZE))
			return false;
	}
	return true;
}

static bool scrub_granule(struct cloison_pool *pool, u64 granule)
{
	struct iosys_map map;
	size_t at;

	pool->ops->map(pool, granule, &map);
	for (at = 0; at < CLOISON_GRANULE; at += SZ_64K) {
		iosys_map_memset(&map, at, 0, SZ_64K);
		cond_resched();
	}
	/* Write-combined stores must have left the CPU before they are read back. */
	wmb();
	return reads_as_zero(pool, &map);
}

/* Leaves with pool->lock held, as scrub_extent() needs it. */
static void quarantine(struct cloison_pool *pool, struct cloison_extent *extent)
{
	struct cloison_extent *spare = NULL;

	dev_err(&pool->dev, "scrub failed at offset %#llx: quarantined\n",
		extent->unclean.first << CLOISON_GRANULE_SHIFT);
	trace_cloison_scrub(pool, extent->unclean.first << CLOISON_GRANULE_SHIFT, CLOISON_GRANULE,
			    false);
	if (extent->unclean.count > 1)
		spare = kzalloc(sizeof(*spare), GFP_KERNEL);
	mutex_lock(&pool->lock);
	cloison_extent_quarantine(pool, extent, spare);
}

/*
 * One extent, granule by granule, so that memory becomes available while a
 * large extent is still under way. Called and left with pool->lock held; nobody
 * else touches an extent while it is SCRUBBING.
 */
static void scrub_extent(struct cloison_pool *pool, struct cloison_extent *extent)
{
	u64 offset = extent->unclean.first << CLOISON_GRANULE_SHIFT;
	u64 count = extent->unclean.count;
	u64 done = 0;

	while (done < count && !pool->gone) {
		bool clean;

		mutex_unlock(&pool->lock);
		clean = scrub_granule(pool, extent->unclean.first);
		if (!clean) {
			quarantine(pool, extent);
			break;
		}
		mutex_lock(&pool->lock);
		cloison_extent_clean(pool, extent);
		done++;
	}
	trace_cloison_scrub(pool, offset, done << CLOISON_GRANULE_SHIFT, true);
}

void cloison_scrub_work(struct work_struct *work)
{
	struct cloison_pool *pool = container_of(work, struct cloison_pool, scrub);
	struct cloison_extent *extent, *spare = NULL;

	mutex_lock(&pool->lock);
	while (!pool->gone && (extent = cloison_extent_claim(pool, &spare)))
		scrub_extent(pool, extent);
	mutex_unlock(&pool->lock);
}

/**
 * cloison_scrub_queue - there is something dirty
 * @pool: where
 */
void cloison_scrub_queue(struct cloison_pool *pool)
{
	queue_work(scrubbers, &pool->scrub);
}

/**
 * cloison_scrub_wait - wait until nothing of a pool is dirty
 * @pool: which
 *
 * Return: 0, -EIO if some of it is in quarantine, -ENODEV, -EINTR.
 */
int cloison_scrub_wait(struct cloison_pool *pool)
{
	struct cloison_pool_usage usage;
	u64 seen;

	cloison_scrub_queue(pool);
	for (;;) {
		seen = READ_ONCE(pool->changes);
		cloison_pool_usage(pool, &usage);
		if (READ_ONCE(pool->gone))
			return -ENODEV;
		if (!usage.bytes[CLOISON_EXTENT_DIRTY] && !usage.bytes[CLOISON_EXTENT_SCRUBBING])
			return usage.bytes[CLOISON_EXTENT_QUARANTINED] ? -EIO : 0;
		if (wait_event_interruptible(pool->wait, READ_ONCE(pool->changes) != seen))
			return -EINTR;
	}
}

int cloison_scrub_init(void)
{
	scrubbers = alloc_workqueue("cloison_scrub", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return scrubbers ? 0 : -ENOMEM;
}

void cloison_scrub_exit(void)
{
	destroy_workqueue(scrubbers);
}
