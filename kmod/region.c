// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regions: made, published, sealed, revoked, destroyed. A region is filled
 * before its node appears and is out of reach before its memory is given back.
 */
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "cloison_private.h"
#include "trace.h"

DEFINE_MUTEX(cloison_topology);
DEFINE_SRCU(cloison_srcu);

/* Under cloison_topology. */
static u32 next_number;
static u64 last_generation;

/* The first region from one number to another, or NULL. */
static struct cloison_region *region_from(u32 number, u32 last)
{
	struct cloison_node *node = cloison_node_find(number, last);

	return node ? container_of(node, struct cloison_region, node) : NULL;
}

/**
 * cloison_region_find - a region by its number
 * @number: the number
 *
 * Under cloison_topology, which keeps it alive.
 */
struct cloison_region *cloison_region_find(u32 number)
{
	return number <= CLOISON_MAX_REGIONS ? region_from(number, number) : NULL;
}

/**
 * cloison_region_usable - is there still something to use?
 * @region: the region
 *
 * Inside cloison_srcu until the use is over.
 *
 * Return: 0, -ESTALE after revocation, -ENODEV after the pool has gone.
 */
int cloison_region_usable(const struct cloison_region *region)
{
	switch (READ_ONCE(region->state)) {
	case CLOISON_REGION_REVOKED:
		return -ESTALE;
	case CLOISON_REGION_GONE:
		return -ENODEV;
	default:
		return 0;
	}
}

/* ---- ending ------------------------------------------------------------ */

static void give_back(struct kref *ref)
{
	struct cloison_region *region = container_of(ref, struct cloison_region, memory);

	cloison_extent_give_back(region->pool, region->leaving);
	/* Not before: a destroy that finds it NULL lets the pool be removed. */
	WRITE_ONCE(region->leaving, NULL);
}

/**
 * cloison_region_hold_memory - keep a region's memory from being scrubbed
 * @region: usable, inside cloison_srcu
 */
void cloison_region_hold_memory(struct cloison_region *region)
{
	kref_get(&region->memory);
}

/**
 * cloison_region_drop_memory - the end of such a hold, or of the region's own
 * @region: the region
 */
void cloison_region_drop_memory(struct cloison_region *region)
{
	kref_put(&region->memory, give_back);
}

/**
 * region_end - end every use of a region and give its memory back
 * @region: the region
 * @state: CLOISON_REGION_REVOKED or CLOISON_REGION_GONE
 */
static void region_end(struct cloison_region *region, enum cloison_region_state state)
{
	struct cloison_extent *extent;

	mutex_lock(&region->lock);
	if (state > region->state)
		WRITE_ONCE(region->state, state);
	/* At once; the wait may last, see sweep(). */
	cloison_views_zap(region, NULL);
	/* Who was admitted before is done after this; nobody is admitted any more. */
	synchronize_srcu_expedited(&cloison_srcu);
	cloison_views_zap(region, NULL);
	extent = region->extent;
	region->extent = NULL;
	if (extent) {
		cloison_importers_let_go(region, NULL);
		WRITE_ONCE(region->leaving, extent);
		cloison_region_drop_memory(region);
	}
	mutex_unlock(&region->lock);
	wake_up_poll(&region->wait, EPOLLERR | EPOLLHUP);
}

/* ---- making ------------------------------------------------------------ */

static void region_release(struct device *dev)
{
	struct cloison_node *node = cloison_node_of(dev);
	struct cloison_region *region = container_of(node, struct cloison_region, node);

	if (node->tenant)
		put_device(&node->tenant->dev);
	if (region->pool)
		put_device(&region->pool->dev);
	kfree_rcu(region, node.rcu);
}

static struct cloison_region *region_alloc(const struct cloison_region_create *args)
{
	struct cloison_region *region = kzalloc(sizeof(*region), GFP_KERNEL);

	if (!region)
		return NULL;
	cloison_node_init(&region->node, region, args->name, region_release);
	region->bytes = args->bytes;
	region->allow_pinning = args->flags & CLOISON_REGION_ALLOW_PINNING;
	region->state = CLOISON_REGION_READY;
	mutex_init(&region->lock);
	mutex_init(&region->measure_lock);
	INIT_LIST_HEAD(&region->views);
	INIT_LIST_HEAD(&region->grants);
	init_waitqueue_head(&region->wait);
	return region;
}

static u64 region_cost(const struct cloison_region *region)
{
	return cloison_granules_of(region->bytes) << CLOISON_GRANULE_SHIFT;
}

static unsigned int align_order(u32 align_shift)
{
	return align_shift ? align_shift - CLOISON_GRANULE_SHIFT : 0;
}

static bool align_valid(u32 align_shift)
{
	return !align_shift || (align_shift >= CLOISON_GRANULE_SHIFT &&
				align_order(align_shift) < CLOISON_SPAN_ORDERS);
}

/* Name, number and quota; from here on tenant and pool cannot be removed. */
static int region_reserve(struct cloison_region *region, const struct cloison_region_create *args)
{
	struct cloison_tenant *tenant = cloison_tenant_find(args->tenant);
	struct cloison_pool *pool = cloison_pool_find(args->pool);
	int ret;

	if (!tenant || !pool)
		return -ENOENT;
	if (!cloison_pool_is_one_piece(pool) && align_order(args->align_shift))
		return -EOPNOTSUPP;
	if (args->bytes > pool->granules << CLOISON_GRANULE_SHIFT)
		return -ENOSPC;
	ret = cloison_node_reserve(&region->node, tenant, XA_LIMIT(1, CLOISON_MAX_REGIONS),
				   &next_number);
	if (ret)
		return ret;
	ret = cloison_tenant_charge(tenant, region_cost(region));
	if (ret)
		goto out_node;
	ret = cloison_handover_reserve(pool, tenant);
	if (ret)
		goto out_quota;
	region->number = region->node.minor;
	tenant->regions++;
	region->pool = pool;
	get_device(&pool->dev);
	pool->regions++;
	region->generation = ++last_generation;
	return 0;

out_quota:
	cloison_tenant_uncharge(tenant, region_cost(region));
out_node:
	cloison_node_unreserve(&region->node);
	return ret;
}

static void region_unreserve(struct cloison_region *region)
{
	cloison_node_unreserve(&region->node);
	region->node.tenant->regions--;
	cloison_tenant_uncharge(region->node.tenant, region_cost(region));
	region->pool->regions--;
}

/* Without cloison_topology: this may take as long as a scrub. */
static int region_take_memory(struct cloison_region *region, unsigned int order)
{
	u64 count = cloison_granules_of(region->bytes);
	struct cloison_pool *pool = region->pool;
	struct cloison_extent *extent;
	u64 seen;

	for (;;) {
		seen = READ_ONCE(pool->changes);
		extent = cloison_extent_take(pool, count, order, region->number,
					     region->node.tenant->number);
		if (extent != ERR_PTR(-EAGAIN))
			break;
		cloison_scrub_queue(pool);
		if (wait_event_interruptible(pool->wait, READ_ONCE(pool->changes) != seen))
			return -EINTR;
	}
	if (IS_ERR(extent))
		return PTR_ERR(extent);
	kref_init(&region->memory);
	region->extent = extent;
	region->first = extent->unclean.first;
	return 0;
}

static int region_publish(struct cloison_region *region)
{
	int ret;

	if (region->pool->gone || region->pool->closing)
		return -ENODEV;
	ret = cloison_node_publish(&region->node);
	if (ret)
		return ret;
	trace_cloison_region(region, "create");
	return 0;
}

static int region_make(struct cloison_region *region, struct cloison_region_create *args)
{
	int ret;

	mutex_lock(&cloison_topology);
	ret = region_reserve(region, args);
	mutex_unlock(&cloison_topology);
	if (ret)
		return ret;

	ret = cloison_handover(region->pool) ?:
		      region_take_memory(region, align_order(args->align_shift));

	mutex_lock(&cloison_topology);
	if (!ret)
		ret = region_publish(region);
	if (ret) {
		/* Its node may have been opened for the moment that it was there. */
		if (region->extent)
			region_end(region, CLOISON_REGION_REVOKED);
		region_unreserve(region);
	}
	mutex_unlock(&cloison_topology);
	args->out_region = region->number;
	return ret;
}

int cloison_region_create(struct cloison_call *call)
{
	struct cloison_region_create *args = call->args;
	struct cloison_region *region;
	int ret;

	if (args->flags & ~CLOISON_REGION_ALLOW_PINNING)
		return -EOPNOTSUPP;
	/* A node that everybody may open is the mistake this module is there to end. */
	if (!args->bytes || args->bytes > MAX_LFS_FILESIZE || args->mode & ~0770)
		return -EINVAL;
	if (args->reserved || !align_valid(args->align_shift))
		return -EINVAL;
	ret = cloison_name_check(args->name, true);
	if (ret)
		return ret;
	region = region_alloc(args);
	if (!region)
		return -ENOMEM;
	ret = cloison_node_own(&region->node, args->uid, args->gid, args->mode) ?:
		      region_make(region, args);
	if (ret)
		put_device(&region->node.dev);
	return ret;
}

static int region_destroy(u32 number)
{
	struct cloison_region *region;

	lockdep_assert_held(&cloison_topology);
	region = cloison_region_find(number);
	if (!region)
		return -ENOENT;
	region_end(region, CLOISON_REGION_REVOKED);
	/* It stays, and says by whom it is held, and its quota is charged. */
	if (READ_ONCE(region->leaving))
		return -EBUSY;
	cloison_grants_revoke(region);
	cloison_node_unpublish(&region->node);
	region_unreserve(region);
	trace_cloison_region(region, "destroy");
	put_device(&region->node.dev);
	return 0;
}

static int number_check(const struct cloison_region_number *args)
{
	if (args->flags)
		return -EOPNOTSUPP;
	return args->reserved ? -EINVAL : 0;
}

int cloison_region_revoke(struct cloison_call *call)
{
	struct cloison_region_number *args = call->args;
	struct cloison_region *region;
	int ret = number_check(args);

	if (ret)
		return ret;
	mutex_lock(&cloison_topology);
	region = cloison_region_find(args->region);
	if (region) {
		region_end(region, CLOISON_REGION_REVOKED);
		trace_cloison_region(region, "revoke");
	}
	mutex_unlock(&cloison_topology);
	return region ? 0 : -ENOENT;
}

int cloison_region_destroy(struct cloison_call *call)
{
	struct cloison_region_number *args = call->args;
	int ret = number_check(args);

	if (ret)
		return ret;
	mutex_lock(&cloison_topology);
	ret = region_destroy(args->region);
	mutex_unlock(&cloison_topology);
	return ret;
}

/* The caller never learned the number; somebody who looked may have used it. */
void cloison_region_create_undo(struct cloison_call *call)
{
	struct cloison_region_create *args = call->args;

	mutex_lock(&cloison_topology);
	region_destroy(args->out_region);
	mutex_unlock(&cloison_topology);
}

/**
 * cloison_regions_of_pool_gone - a pool's device goes away
 * @pool: closed already, so that no region is published any more
 */
void cloison_regions_of_pool_gone(struct cloison_pool *pool)
{
	struct cloison_region *region;
	u32 number = 1;

	while ((region = region_from(number, CLOISON_MAX_REGIONS))) {
		number = region->number + 1;
		if (region->pool == pool) {
			region_end(region, CLOISON_REGION_GONE);
			trace_cloison_region(region, "gone");
		}
	}
}

/* Devices come first: one that does not let go keeps the region from being sealed. */
static int end_device_writers(struct cloison_region *region)
{
	WRITE_ONCE(region->sealing, true);
	synchronize_srcu_expedited(&cloison_srcu);
	if (atomic_read(&region->device_writers))
		cloison_importers_let_go(region, NULL);
	if (!atomic_read(&region->device_writers))
		return 0;
	WRITE_ONCE(region->sealing, false);
	return -EBUSY;
}

/**
 * cloison_region_seal - end all writing
 * @region: the region
 *
 * Return: 0; -EBUSY while a device has it mapped for writing, -ESTALE or
 * -ENODEV.
 */
int cloison_region_seal(struct cloison_region *region)
{
	int ret;

	mutex_lock(&region->lock);
	ret = cloison_region_usable(region);
	if (!ret && region->state == CLOISON_REGION_READY)
		ret = end_device_writers(region);
	if (!ret && region->state == CLOISON_REGION_READY) {
		WRITE_ONCE(region->state, CLOISON_REGION_SEALED);
		synchronize_srcu_expedited(&cloison_srcu);
		/* An mprotect that saw the old state must finish before the zap. */
		cloison_mappings_settle(region);
		cloison_views_zap(region, NULL);
		atomic_inc(&region->changes);
		trace_cloison_region(region, "seal");
	}
	mutex_unlock(&region->lock);
	wake_up_poll(&region->wait, EPOLLPRI);
	return ret;
}

/* ---- looking ----------------------------------------------------------- */

const char *cloison_region_state_name(enum cloison_region_state state)
{
	static const char *const names[] = {
		[CLOISON_REGION_READY] = "ready",
		[CLOISON_REGION_SEALED] = "sealed",
		[CLOISON_REGION_REVOKED] = "revoked",
		[CLOISON_REGION_GONE] = "gone",
	};

	return names[state];
}

int cloison_region_get(struct cloison_call *call)
{
	struct cloison_region_get *args = call->args;
	const struct cloison_node *node;
	struct cloison_region *region;

	if (args->flags & ~CLOISON_GET_FLAG_NEXT)
		return -EOPNOTSUPP;
	if (args->reserved)
		return -EINVAL;
	mutex_lock(&cloison_topology);
	if (args->flags & CLOISON_GET_FLAG_NEXT)
		region = region_from(args->region, CLOISON_MAX_REGIONS);
	else
		region = cloison_region_find(args->region);
	if (region) {
		node = &region->node;
		args->out_region = region->number;
		args->out_tenant = node->tenant->number;
		args->out_pool = region->pool->number;
		args->out_state = READ_ONCE(region->state);
		args->out_enforcement = region->pool->enforcement;
		args->out_bytes = region->bytes;
		args->out_offset = region->first << CLOISON_GRANULE_SHIFT;
		args->out_generation = region->generation;
		args->out_uid = from_kuid(&init_user_ns, node->uid);
		args->out_gid = from_kgid(&init_user_ns, node->gid);
		args->out_mode = node->mode;
		args->out_major = MAJOR(node->dev.devt);
		args->out_minor = MINOR(node->dev.devt);
		args->out_opens = atomic_read(&node->opens);
		args->out_mappings = atomic_read(&node->mappings);
		memcpy(args->out_name, node->name, sizeof(args->out_name));
	}
	mutex_unlock(&cloison_topology);
	return region ? 0 : -ENOENT;
}
