// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scrubbing: no byte of one tenant is ever seen by the next. Runs in kworkers
 * near the memory, several for a pool, away from whoever closed, died or was
 * revoked; reads back what it wrote; what does not read back as zero is put in
 * quarantine and never handed out.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "cloison_private.h"
#include "trace.h"

static struct workqueue_struct *scrubbers;

/*
 * RAM is written past the caches where the architecture can: what is free has
 * no business there, and reading it back then tells what the memory holds, not
 * what a cache does. Stores to a write-combining mapping stream by themselves.
 */
static void zero(struct iosys_map *map, size_t at, size_t bytes)
{
	size_t end = at + bytes;

	if (map->is_iomem || !IS_ENABLED(CONFIG_ARCH_HAS_UACCESS_FLUSHCACHE)) {
		iosys_map_memset(map, at, 0, bytes);
		return;
	}
	for (; at < end; at += PAGE_SIZE)
		memcpy_flushcache(map->vaddr + at, page_address(ZERO_PAGE(0)), PAGE_SIZE);
}

/*
 * What is RAM to the kernel is looked at in place; device memory is read word by
 * word and kept nowhere: a copy to look at would be a second pass, and is made by
 * half as much a read where the architecture copies by 32 bits.
 */
static bool reads_as_zero(const struct iosys_map *map, size_t at, size_t bytes)
{
	size_t end = at + bytes;
	u64 any = 0;

	if (!map->is_iomem)
		return !memchr_inv(map->vaddr + at, 0, bytes);
	for (; at < end; at += sizeof(any))
		any |= __raw_readq(map->vaddr_iomem + at);
	return !any;
}

static bool scrub_granule(struct cloison_scrubber *scrubber, u64 granule)
{
	struct iosys_map map;
	size_t at;

	scrubber->pool->ops->map(scrubber->pool, granule, &map);
	for (at = 0; at < CLOISON_GRANULE; at += SZ_64K) {
		zero(&map, at, SZ_64K);
		cond_resched();
	}
	/* Streamed stores must have left the CPU before they are read back. */
	wmb();
	for (at = 0; at < CLOISON_GRANULE; at += SZ_64K) {
		if (!reads_as_zero(&map, at, SZ_64K))
			return false;
		cond_resched();
	}
	return true;
}

static bool granule_failed(struct cloison_pool *pool, u64 granule)
{
	return cloison_memory_failed(pool, granule << CLOISON_GRANULE_SHIFT, CLOISON_GRANULE);
}

/* Leaves with pool->lock held, as scrub_extent() needs it. */
static void quarantine(struct cloison_pool *pool, struct cloison_extent *extent)
{
	bool failed = granule_failed(pool, extent->unclean.first);
	struct cloison_extent *spare = NULL;

	dev_err(&pool->dev, "%s at offset %#llx: quarantined\n",
		failed ? "memory error" : "scrub failed",
		extent->unclean.first << CLOISON_GRANULE_SHIFT);
	trace_cloison_scrub(pool, extent->unclean.first << CLOISON_GRANULE_SHIFT, CLOISON_GRANULE,
			    false);
	if (extent->unclean.count > 1)
		spare = kzalloc(sizeof(*spare), GFP_KERNEL);
	mutex_lock(&pool->lock);
	pool->failed += failed;
	cloison_extent_quarantine(pool, extent, spare);
}

/*
 * One extent, granule by granule, so that memory becomes available while a
 * large extent is still under way. Called and left with pool->lock held; nobody
 * else touches an extent while it is SCRUBBING.
 */
static void scrub_extent(struct cloison_scrubber *scrubber, struct cloison_extent *extent)
{
	u64 offset = extent->unclean.first << CLOISON_GRANULE_SHIFT;
	struct cloison_pool *pool = scrubber->pool;
	u64 count = extent->unclean.count;
	u64 done = 0;

	while (done < count && !pool->gone) {
		bool clean;

		mutex_unlock(&pool->lock);
		clean = !granule_failed(pool, extent->unclean.first) &&
			scrub_granule(scrubber, extent->unclean.first);
		mutex_lock(&pool->lock);
		/* An error that comes later finds it clean: see cloison_extent_condemn(). */
		if (!clean || granule_failed(pool, extent->unclean.first)) {
			mutex_unlock(&pool->lock);
			quarantine(pool, extent);
			break;
		}
		cloison_extent_clean(pool, extent);
		done++;
	}
	trace_cloison_scrub(pool, offset, done << CLOISON_GRANULE_SHIFT, true);
}

static void work(struct work_struct *work)
{
	struct cloison_scrubber *scrubber = container_of(work, struct cloison_scrubber, work);
	struct cloison_pool *pool = scrubber->pool;
	struct cloison_extent *extent, *spare = NULL;

	for (;;) {
		/* Without one this scrubber does alone what several could do. */
		if (!spare)
			spare = kzalloc(sizeof(*spare), GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		mutex_lock(&pool->lock);
		extent = pool->gone ? NULL : cloison_extent_claim(pool, &spare);
		if (extent)
			scrub_extent(scrubber, extent);
		mutex_unlock(&pool->lock);
		if (!extent)
			break;
	}
	kfree(spare);
}

/**
 * cloison_scrub_queue - there is something dirty
 * @pool: where
 */
void cloison_scrub_queue(struct cloison_pool *pool)
{
	u64 claims = READ_ONCE(pool->in_state[CLOISON_EXTENT_DIRTY]) / CLOISON_SCRUB_CLAIM;
	unsigned int i;

	for (i = 0; i < pool->scrubber_count && i <= claims; i++)
		queue_work_node(pool->numa_node, scrubbers, &pool->scrubbers[i].work);
}

/**
 * cloison_scrub_flush - wait until all that was dirty has been scrubbed once
 * @pool: where; nothing new becomes dirty
 */
void cloison_scrub_flush(struct cloison_pool *pool)
{
	unsigned int i;

	cloison_scrub_queue(pool);
	for (i = 0; i < pool->scrubber_count; i++)
		flush_work(&pool->scrubbers[i].work);
}

/**
 * cloison_scrub_stop - wait until no scrubber touches a pool
 * @pool: which; it is gone, so that they end soon
 */
void cloison_scrub_stop(struct cloison_pool *pool)
{
	unsigned int i;

	for (i = 0; i < pool->scrubber_count; i++)
		cancel_work_sync(&pool->scrubbers[i].work);
}

/**
 * cloison_scrub_wait - wait until nothing of a pool is dirty
 * @pool: which
 *
 * Return: 0, -EIO if some of it is in quarantine with what it held, -ENODEV, -EINTR.
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
			return usage.bytes[CLOISON_EXTENT_QUARANTINED] > usage.failed ? -EIO : 0;
		if (wait_event_interruptible(pool->wait, READ_ONCE(pool->changes) != seen))
			return -EINTR;
	}
}

/**
 * cloison_scrubbers_init - those who will scrub a pool
 * @pool: its node known, and nobody else's yet
 */
void cloison_scrubbers_init(struct cloison_pool *pool)
{
	unsigned int cpus = num_online_cpus();
	unsigned int i;

	if (pool->numa_node >= 0 && pool->numa_node < MAX_NUMNODES && node_online(pool->numa_node))
		cpus = max(nr_cpus_node(pool->numa_node), 1U);
	pool->scrubber_count = min(cpus, CLOISON_SCRUBBERS);
	for (i = 0; i < pool->scrubber_count; i++) {
		pool->scrubbers[i].pool = pool;
		INIT_WORK(&pool->scrubbers[i].work, work);
	}
}

int cloison_scrub_init(void)
{
	scrubbers = alloc_workqueue("cloison_scrub", WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_SYSFS, 0);
	return scrubbers ? 0 : -ENOMEM;
}

void cloison_scrub_exit(void)
{
	destroy_workqueue(scrubbers);
}
