// SPDX-License-Identifier: GPL-2.0-only
/*
 * The extents of a pool: who has which granules, and which are clean. Only
 * what is not clean has a record; the gaps between the records are the stock
 * that regions are made from. span.c finds the gap.
 */
#include <linux/slab.h>

#include "cloison_private.h"

/* Granules of 1 GiB, and what it takes to map them by one entry. */
#define GIGA_ORDER (30 - CLOISON_GRANULE_SHIFT)

static struct cloison_extent *extent_of(struct cloison_span *span)
{
	return container_of(span, struct cloison_extent, unclean);
}

static void changed(struct cloison_pool *pool)
{
	pool->changes++;
	wake_up_all(&pool->wait);
}

static void count_state(struct cloison_pool *pool, struct cloison_extent *extent,
			enum cloison_extent_state state)
{
	pool->in_state[extent->state] -= extent->unclean.count;
	pool->in_state[state] += extent->unclean.count;
	extent->state = state;
}

static void make_dirty(struct cloison_pool *pool, struct cloison_extent *extent)
{
	count_state(pool, extent, CLOISON_EXTENT_DIRTY);
	extent->region = 0;
	extent->tenant = 0;
	list_add_tail(&extent->dirty, &pool->dirty);
}

/**
 * cloison_extents_init - all of a new pool counts as dirty
 * @pool: the pool, its size known
 *
 * Return: 0 or -ENOMEM.
 */
int cloison_extents_init(struct cloison_pool *pool)
{
	u32 phase = (pool->start >> CLOISON_GRANULE_SHIFT) & ((1U << GIGA_ORDER) - 1);
	struct cloison_extent *extent = kzalloc(sizeof(*extent), GFP_KERNEL);

	if (!extent)
		return -ENOMEM;
	cloison_spans_init(&pool->unclean, pool->granules, phase);
	cloison_spans_init(&pool->taken, pool->granules, phase);
	extent->unclean.count = pool->granules;
	extent->state = CLOISON_EXTENT_CLEAN;
	pool->in_state[CLOISON_EXTENT_CLEAN] = pool->granules;
	cloison_span_insert(&pool->unclean, &extent->unclean);
	make_dirty(pool, extent);
	return 0;
}

void cloison_extents_free(struct cloison_pool *pool)
{
	struct cloison_span *span;

	while ((span = cloison_spans_first(&pool->unclean))) {
		cloison_span_remove(&pool->unclean, span);
		kfree(extent_of(span));
	}
}

/*
 * What is clean goes first. A gigabyte or more is put where one entry of a page
 * table can map one, if nothing was said about it and there is such a place;
 * the granules of a ram pool are no neighbours, and have none.
 */
static int choose(struct cloison_pool *pool, u64 count, unsigned int order, u64 *first)
{
	if (!order && count >= 1U << GIGA_ORDER && cloison_pool_is_one_piece(pool) &&
	    cloison_spans_fit(&pool->unclean, count, GIGA_ORDER, first))
		return 0;
	if (cloison_spans_fit(&pool->unclean, count, order, first))
		return 0;
	return cloison_spans_fit(&pool->taken, count, order, first) ? -EAGAIN : -ENOSPC;
}

/**
 * cloison_extent_take - take clean memory
 * @pool: from where
 * @count: granules
 * @order: the physical address is to be a multiple of 2^@order granules, at
 *         most 1 GiB
 * @region: for whom
 * @tenant: for whom
 *
 * Return: the extent; -ENODEV if the pool is on its way out, -ENOSPC if no run
 * is large enough, -EAGAIN if one will be after a scrub, -ENOMEM.
 */
struct cloison_extent *cloison_extent_take(struct cloison_pool *pool, u64 count, unsigned int order,
					   u32 region, u32 tenant)
{
	struct cloison_extent *extent = kzalloc(sizeof(*extent), GFP_KERNEL);
	u64 first;
	int ret;

	if (!extent)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&pool->lock);
	ret = pool->closing ? -ENODEV : choose(pool, count, order, &first);
	if (!ret) {
		extent->unclean.first = extent->taken.first = first;
		extent->unclean.count = extent->taken.count = count;
		extent->state = CLOISON_EXTENT_CLEAN;
		count_state(pool, extent, CLOISON_EXTENT_USED);
		extent->region = region;
		extent->tenant = tenant;
		cloison_span_insert(&pool->unclean, &extent->unclean);
		cloison_span_insert(&pool->taken, &extent->taken);
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
 * cloison_extent_grow - take the clean memory behind an extent into it
 * @pool: where it came from
 * @extent: of a region, which sees to it that nobody else resizes or gives it
 *          back meanwhile
 * @count: how many granules more
 *
 * The extent keeps its first granule, and what was read and written stays.
 *
 * Return: 0; -ENODEV if the pool is on its way out, -ENOSPC if what is behind
 * it belongs to somebody, -EAGAIN if it will be clean after a scrub: see
 * cloison_scrub_queue() and cloison_pool.changes.
 */
int cloison_extent_grow(struct cloison_pool *pool, struct cloison_extent *extent, u64 count)
{
	int ret = 0;

	mutex_lock(&pool->lock);
	if (pool->closing)
		ret = -ENODEV;
	else if (extent->taken.gap < count)
		ret = -ENOSPC;
	else if (extent->unclean.gap < count)
		ret = -EAGAIN;
	if (!ret) {
		cloison_span_resize(&pool->unclean, &extent->unclean,
				    extent->unclean.count + count);
		cloison_span_resize(&pool->taken, &extent->taken, extent->taken.count + count);
		pool->in_state[CLOISON_EXTENT_CLEAN] -= count;
		pool->in_state[CLOISON_EXTENT_USED] += count;
		changed(pool);
	}
	mutex_unlock(&pool->lock);
	return ret;
}

/**
 * cloison_extent_shrink - give back the end of an extent: it is dirty
 * @pool: where it came from
 * @extent: of a region, see cloison_extent_grow(); nobody reaches its end any more
 * @count: how many granules, fewer than it has
 *
 * Return: 0; -ENOMEM, and nothing has changed.
 */
int cloison_extent_shrink(struct cloison_pool *pool, struct cloison_extent *extent, u64 count)
{
	struct cloison_extent *rest = kzalloc(sizeof(*rest), GFP_KERNEL);

	if (!rest)
		return -ENOMEM;
	mutex_lock(&pool->lock);
	cloison_span_resize(&pool->unclean, &extent->unclean, extent->unclean.count - count);
	cloison_span_resize(&pool->taken, &extent->taken, extent->taken.count - count);
	rest->unclean.first = cloison_span_end(&extent->unclean);
	rest->unclean.count = count;
	rest->state = CLOISON_EXTENT_USED;
	cloison_span_insert(&pool->unclean, &rest->unclean);
	make_dirty(pool, rest);
	changed(pool);
	mutex_unlock(&pool->lock);
	cloison_scrub_queue(pool);
	return 0;
}

/**
 * cloison_extent_give_back - a region ends: its memory is dirty
 * @pool: where it came from
 * @extent: its extent; not the caller's any more
 */
void cloison_extent_give_back(struct cloison_pool *pool, struct cloison_extent *extent)
{
	mutex_lock(&pool->lock);
	cloison_span_remove(&pool->taken, &extent->taken);
	make_dirty(pool, extent);
	changed(pool);
	mutex_unlock(&pool->lock);
	cloison_scrub_queue(pool);
}

/**
 * cloison_extent_claim - choose what to scrub next and mark it
 * @pool: the pool, its lock held
 * @spare: memory for one more record, NULL once it was used; with none the
 *         caller gets all of a large extent, and the others wait for it
 *
 * Return: an extent that nobody else touches, or NULL if nothing is dirty.
 */
struct cloison_extent *cloison_extent_claim(struct cloison_pool *pool,
					    struct cloison_extent **spare)
{
	struct cloison_extent *extent, *part = *spare;

	lockdep_assert_held(&pool->lock);
	extent = list_first_entry_or_null(&pool->dirty, struct cloison_extent, dirty);
	if (!extent)
		return NULL;
	if (part && extent->unclean.count > CLOISON_SCRUB_CLAIM) {
		*spare = NULL;
		part->unclean.first = extent->unclean.first;
		part->unclean.count = CLOISON_SCRUB_CLAIM;
		part->state = CLOISON_EXTENT_DIRTY;
		cloison_span_trim(&pool->unclean, &extent->unclean, CLOISON_SCRUB_CLAIM);
		cloison_span_insert(&pool->unclean, &part->unclean);
		extent = part;
	} else {
		list_del(&extent->dirty);
	}
	count_state(pool, extent, CLOISON_EXTENT_SCRUBBING);
	return extent;
}

/**
 * cloison_extent_clean - the first granule of an extent was scrubbed
 * @pool: the pool, its lock held
 * @extent: the extent; freed with its last granule
 */
void cloison_extent_clean(struct cloison_pool *pool, struct cloison_extent *extent)
{
	lockdep_assert_held(&pool->lock);
	pool->in_state[extent->state]--;
	pool->in_state[CLOISON_EXTENT_CLEAN]++;
	if (extent->unclean.count > 1) {
		cloison_span_trim(&pool->unclean, &extent->unclean, 1);
	} else {
		cloison_span_remove(&pool->unclean, &extent->unclean);
		kfree(extent);
	}
	changed(pool);
}

/**
 * cloison_extent_quarantine - the first granule of an extent failed its scrub
 * @pool: the pool, its lock held
 * @extent: the extent, claimed
 * @spare: memory for one more record, taken over; NULL takes the whole extent
 *         out
 */
void cloison_extent_quarantine(struct cloison_pool *pool, struct cloison_extent *extent,
			       struct cloison_extent *spare)
{
	u64 rest = extent->unclean.count - 1;

	lockdep_assert_held(&pool->lock);
	if (rest && spare) {
		cloison_span_resize(&pool->unclean, &extent->unclean, 1);
		spare->unclean.first = cloison_span_end(&extent->unclean);
		spare->unclean.count = rest;
		spare->state = extent->state;
		cloison_span_insert(&pool->unclean, &spare->unclean);
		make_dirty(pool, spare);
	} else {
		kfree(spare);
	}
	extent->taken.first = extent->unclean.first;
	extent->taken.count = extent->unclean.count;
	cloison_span_insert(&pool->taken, &extent->taken);
	count_state(pool, extent, CLOISON_EXTENT_QUARANTINED);
	changed(pool);
}

/**
 * cloison_extents_soil - all that is clean counts as dirty again
 * @pool: the pool
 *
 * Return: 0; -ENOMEM: some of it may.
 */
int cloison_extents_soil(struct cloison_pool *pool)
{
	struct cloison_extent *extent;
	struct cloison_span *span;
	u64 granule = 0;
	int ret = 0;

	mutex_lock(&pool->lock);
	while (granule < pool->granules) {
		span = cloison_spans_at(&pool->unclean, granule);
		granule = max(granule, cloison_span_end(span));
		if (granule < cloison_span_end(span) + span->gap) {
			extent = kzalloc(sizeof(*extent), GFP_KERNEL);
			if (!extent) {
				ret = -ENOMEM;
				break;
			}
			extent->unclean.first = granule;
			extent->unclean.count = span->gap;
			extent->state = CLOISON_EXTENT_CLEAN;
			granule += span->gap;
			cloison_span_insert(&pool->unclean, &extent->unclean);
			make_dirty(pool, extent);
		}
	}
	changed(pool);
	mutex_unlock(&pool->lock);
	cloison_scrub_queue(pool);
	return ret;
}

/**
 * cloison_extent_condemn - a granule's memory has failed: nobody gets it
 * @pool: where
 * @granule: which
 *
 * Only what is clean has to be taken out here; for the rest its scrub does it.
 *
 * Return: 0 or -ENOMEM.
 */
int cloison_extent_condemn(struct cloison_pool *pool, u64 granule)
{
	struct cloison_extent *extent = kzalloc(sizeof(*extent), GFP_KERNEL);

	if (!extent)
		return -ENOMEM;
	mutex_lock(&pool->lock);
	if (granule >= cloison_span_end(cloison_spans_at(&pool->unclean, granule))) {
		extent->unclean.first = extent->taken.first = granule;
		extent->unclean.count = extent->taken.count = 1;
		extent->state = CLOISON_EXTENT_CLEAN;
		count_state(pool, extent, CLOISON_EXTENT_QUARANTINED);
		pool->failed++;
		cloison_span_insert(&pool->unclean, &extent->unclean);
		cloison_span_insert(&pool->taken, &extent->taken);
		changed(pool);
		extent = NULL;
	}
	mutex_unlock(&pool->lock);
	kfree(extent);
	return 0;
}

/**
 * cloison_pool_usage - how much is in which state, and in how many pieces
 * @pool: the pool
 * @usage: filled
 */
void cloison_pool_usage(struct cloison_pool *pool, struct cloison_pool_usage *usage)
{
	unsigned int state;

	mutex_lock(&pool->lock);
	for (state = 0; state < ARRAY_SIZE(usage->bytes); state++)
		usage->bytes[state] = pool->in_state[state] << CLOISON_GRANULE_SHIFT;
	usage->largest_free = cloison_spans_largest_gap(&pool->taken) << CLOISON_GRANULE_SHIFT;
	usage->largest_clean = cloison_spans_largest_gap(&pool->unclean) << CLOISON_GRANULE_SHIFT;
	usage->free_runs = pool->taken.gaps;
	usage->failed = pool->failed << CLOISON_GRANULE_SHIFT;
	mutex_unlock(&pool->lock);
}

/**
 * cloison_run_at - the run around a granule
 * @pool: the pool
 * @granule: below pool->granules
 * @run: filled, also for what is clean and so has no record
 */
void cloison_run_at(struct cloison_pool *pool, u64 granule, struct cloison_run *run)
{
	struct cloison_extent *extent;
	struct cloison_span *span;

	mutex_lock(&pool->lock);
	span = cloison_spans_at(&pool->unclean, granule);
	if (granule < cloison_span_end(span)) {
		extent = extent_of(span);
		*run = (struct cloison_run){
			.first = span->first,
			.count = span->count,
			.state = extent->state,
			.region = extent->region,
			.tenant = extent->tenant,
		};
	} else {
		*run = (struct cloison_run){
			.first = cloison_span_end(span),
			.count = span->gap,
			.state = CLOISON_EXTENT_CLEAN,
		};
	}
	mutex_unlock(&pool->lock);
}
