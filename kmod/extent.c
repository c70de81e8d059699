// SPDX-License-Identifier: GPL-2.0-only
/*
 * The extents of a pool: who has which granules, and which are clean. Only
 * what is not clean has a record; the gaps between the records are the stock
 * that regions are made from.
 */
#include <linux/slab.h>

#include "cloison_private.h"

static struct cloison_extent *entry(struct rb_node *node)
{
	return node ? rb_entry(node, struct cloison_extent, node) : NULL;
}

static struct cloison_extent *first_extent(struct cloison_pool *pool)
{
	return entry(rb_first(&pool->extents));
}

static struct cloison_extent *next_extent(struct cloison_extent *extent)
{
	return entry(rb_next(&extent->node));
}

static u64 end_of(const struct cloison_extent *extent)
{
	return extent->first + extent->count;
}

static void insert(struct cloison_pool *pool, struct cloison_extent *extent)
{
	struct rb_node **link = &pool->extents.rb_node;
	struct rb_node *parent = NULL;

	while (*link) {
		parent = *link;
		link = extent->first < entry(parent)->first ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&extent->node, parent, link);
	rb_insert_color(&extent->node, &pool->extents);
}

static void drop(struct cloison_pool *pool, struct cloison_extent *extent)
{
	rb_erase(&extent->node, &pool->extents);
	kfree(extent);
}

static void changed(struct cloison_pool *pool)
{
	pool->changes++;
	wake_up_all(&pool->wait);
}

static bool is_free(const struct cloison_extent *extent)
{
	return extent->state == CLOISON_EXTENT_DIRTY || extent->state == CLOISON_EXTENT_SCRUBBING;
}

/**
 * cloison_extents_init - all of a new pool counts as dirty
 * @pool: the pool, its size known
 *
 * Return: 0 or -ENOMEM.
 */
int cloison_extents_init(struct cloison_pool *pool)
{
	struct cloison_extent *extent = kzalloc(sizeof(*extent), GFP_KERNEL);

	if (!extent)
		return -ENOMEM;
	extent->count = pool->granules;
	extent->state = CLOISON_EXTENT_DIRTY;
	insert(pool, extent);
	return 0;
}

void cloison_extents_free(struct cloison_pool *pool)
{
	struct cloison_extent *extent;

	while ((extent = first_extent(pool)))
		drop(pool, extent);
}

/* The smallest clean gap that is large enough, so that large ones stay whole. */
static bool best_gap(struct cloison_pool *pool, u64 count, u64 *first)
{
	struct cloison_extent *extent = first_extent(pool);
	u64 best = U64_MAX;
	u64 at = 0;

	while (at < pool->granules) {
		u64 end = extent ? extent->first : pool->granules;
		u64 room = end - at;

		if (room >= count && room < best) {
			best = room;
			*first = at;
			if (room == count)
				break;
		}
		if (!extent)
			break;
		at = end_of(extent);
		extent = next_extent(extent);
	}
	return best != U64_MAX;
}

/* The largest run that is clean or will be when its scrub has passed. */
static u64 largest_run(struct cloison_pool *pool)
{
	struct cloison_extent *extent;
	u64 largest = 0;
	u64 at = 0;

	for (extent = first_extent(pool); extent; extent = next_extent(extent)) {
		if (is_free(extent))
			continue;
		largest = max(largest, extent->first - at);
		at = end_of(extent);
	}
	return max(largest, pool->granules - at);
}

/**
 * cloison_extent_take - take clean memory
 * @pool: from where
 * @count: granules
 * @region: for whom
 * @tenant: for whom
 *
 * Return: the extent; -ENODEV if the pool is on its way out, -ENOSPC if no run
 * is large enough, -EAGAIN if one will be after a scrub, -ENOMEM.
 */
struct cloison_extent *cloison_extent_take(struct cloison_pool *pool, u64 count, u32 region,
					   u32 tenant)
{
	struct cloison_extent *extent = kzalloc(sizeof(*extent), GFP_KERNEL);
	int ret = 0;

	if (!extent)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&pool->lock);
	if (pool->closing)
		ret = -ENODEV;
	else if (!best_gap(pool, count, &extent->first))
		ret = largest_run(pool) >= count ? -EAGAIN : -ENOSPC;
	if (!ret) {
		extent->count = count;
		extent->state = CLOISON_EXTENT_USED;
		extent->region = region;
		extent->tenant = tenant;
		insert(pool, extent);
		changed(pool);
	}
	mutex_unlock(&pool->lock);
	if (ret) {
		kfree(extent);
		return ERR_PTR(ret);
	}
	return extent;
}

/**
 * cloison_extent_give_back - a region ends: its memory is dirty
 * @pool: where it came from
 * @extent: its extent; not the caller's any more
 */
void cloison_extent_give_back(struct cloison_pool *pool, struct cloison_extent *extent)
{
	mutex_lock(&pool->lock);
	extent->state = CLOISON_EXTENT_DIRTY;
	extent->region = 0;
	extent->tenant = 0;
	changed(pool);
	mutex_unlock(&pool->lock);
	cloison_scrub_queue(pool);
}

/**
 * cloison_extent_next_dirty - choose what to scrub next and mark it
 * @pool: the pool, its lock held
 */
struct cloison_extent *cloison_extent_next_dirty(struct cloison_pool *pool)
{
	struct cloison_extent *extent;

	lockdep_assert_held(&pool->lock);
	for (extent = first_extent(pool); extent; extent = next_extent(extent)) {
		if (is_free(extent)) {
			extent->state = CLOISON_EXTENT_SCRUBBING;
			return extent;
		}
	}
	return NULL;
}

/**
 * cloison_extent_clean - the first granule of an extent was scrubbed
 * @pool: the pool, its lock held
 * @extent: the extent; freed with its last granule
 */
void cloison_extent_clean(struct cloison_pool *pool, struct cloison_extent *extent)
{
	lockdep_assert_held(&pool->lock);
	extent->first++;
	if (!--extent->count)
		drop(pool, extent);
	changed(pool);
}

/**
 * cloison_extent_quarantine - the first granule of an extent failed its scrub
 * @pool: the pool, its lock held
 * @extent: the extent
 * @spare: memory for one more record, taken over; NULL takes the whole extent
 *         out
 */
void cloison_extent_quarantine(struct cloison_pool *pool, struct cloison_extent *extent,
			       struct cloison_extent *spare)
{
	lockdep_assert_held(&pool->lock);
	changed(pool);
	if (extent->count > 1 && spare) {
		spare->first = extent->first + 1;
		spare->count = extent->count - 1;
		spare->state = CLOISON_EXTENT_DIRTY;
		extent->count = 1;
		insert(pool, spare);
	} else {
		kfree(spare);
	}
	extent->state = CLOISON_EXTENT_QUARANTINED;
}

/**
 * cloison_pool_usage - how much is in which state
 * @pool: the pool
 * @usage: filled
 */
void cloison_pool_usage(struct cloison_pool *pool, struct cloison_pool_usage *usage)
{
	struct cloison_extent *extent;
	u64 clean;

	memset(usage, 0, sizeof(*usage));
	mutex_lock(&pool->lock);
	clean = pool->granules;
	for (extent = first_extent(pool); extent; extent = next_extent(extent)) {
		usage->bytes[extent->state] += extent->count << CLOISON_GRANULE_SHIFT;
		clean -= extent->count;
	}
	usage->bytes[CLOISON_EXTENT_CLEAN] = clean << CLOISON_GRANULE_SHIFT;
	usage->largest_free = largest_run(pool) << CLOISON_GRANULE_SHIFT;
	mutex_unlock(&pool->lock);
}

/**
 * cloison_extent_at - the run around a granule
 * @pool: the pool
 * @granule: below pool->granules
 * @found: filled; a copy, also for what is clean and so has no record
 */
void cloison_extent_at(struct cloison_pool *pool, u64 granule, struct cloison_extent *found)
{
	struct cloison_extent *extent;
	u64 at = 0;

	mutex_lock(&pool->lock);
	for (extent = first_extent(pool); extent; extent = next_extent(extent)) {
		if (granule < extent->first)
			break;
		if (granule < end_of(extent)) {
			*found = *extent;
			goto out_unlock;
		}
		at = end_of(extent);
	}
	*found = (struct cloison_extent){
		.first = at,
		.count = (extent ? extent->first : pool->granules) - at,
		.state = CLOISON_EXTENT_CLEAN,
	};
out_unlock:
	mutex_unlock(&pool->lock);
}
