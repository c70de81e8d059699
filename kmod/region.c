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

/*
 * Under cloison_topology. A number whose region is still being made is reserved
 * by an entry that every lookup takes for absent.
 */
static DEFINE_XARRAY_ALLOC1(regions);
static u32 next_number;
static u64 last_generation;
static dev_t first_devt;

/**
 * cloison_region_find - a region by its number
 * @number: the number
 *
 * Under cloison_topology, which keeps it alive.
 */
struct cloison_region *cloison_region_find(u32 number)
{
	lockdep_assert_held(&cloison_topology);
	return xa_load(&regions, number);
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

/* ---- the node ---------------------------------------------------------- */

static char *region_devnode(const struct device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid)
{
	const struct cloison_region *region = cloison_region_of(dev);

	if (mode)
		*mode = region->mode;
	if (uid)
		*uid = region->uid;
	if (gid)
		*gid = region->gid;
	return kasprintf(GFP_KERNEL, "cloison/%s/%s", region->tenant->name, region->name);
}

static const struct device_type region_type = {
	.name = "cloison_region",
	.devnode = region_devnode,
};

static void region_release(struct device *dev)
{
	struct cloison_region *region = cloison_region_of(dev);

	if (region->tenant)
		put_device(&region->tenant->dev);
	if (region->pool)
		put_device(&region->pool->dev);
	kfree(region);
}

/* ---- making ------------------------------------------------------------ */

static struct cloison_region *region_alloc(const struct cloison_region_create *args)
{
	struct cloison_region *region = kzalloc(sizeof(*region), GFP_KERNEL);

	if (!region)
		return NULL;
	device_initialize(&region->dev);
	region->dev.class = &cloison_region_class;
	region->dev.type = &region_type;
	region->dev.release = region_release;
	region->bytes = args->bytes;
	region->uid = make_kuid(&init_user_ns, args->uid);
	region->gid = make_kgid(&init_user_ns, args->gid);
	region->mode = args->mode;
	region->state = CLOISON_REGION_READY;
	mutex_init(&region->lock);
	mutex_init(&region->measure_lock);
	INIT_LIST_HEAD(&region->views);
	INIT_LIST_HEAD(&region->of_tenant);
	init_waitqueue_head(&region->wait);
	strscpy(region->name, (const char *)args->name);
	return region;
}

static bool name_taken(const struct cloison_tenant *tenant, const char *name)
{
	struct cloison_region *region;

	list_for_each_entry(region, &tenant->region_list, of_tenant)
		if (!strcmp(region->name, name))
			return true;
	return false;
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
	if (pool->kind == CLOISON_POOL_RAM && align_order(args->align_shift))
		return -EOPNOTSUPP;
	if (name_taken(tenant, region->name))
		return -EEXIST;
	if (args->bytes > pool->granules << CLOISON_GRANULE_SHIFT)
		return -ENOSPC;
	ret = cloison_tenant_charge(tenant, region_cost(region));
	if (ret)
		return ret;
	ret = xa_alloc_cyclic(&regions, &region->number, NULL, XA_LIMIT(1, CLOISON_MAX_REGIONS),
			      &next_number, GFP_KERNEL);
	if (ret < 0) {
		cloison_tenant_uncharge(tenant, region_cost(region));
		return ret == -EBUSY ? -ENOSPC : ret;
	}
	region->tenant = tenant;
	get_device(&tenant->dev);
	tenant->regions++;
	list_add_tail(&region->of_tenant, &tenant->region_list);
	region->pool = pool;
	get_device(&pool->dev);
	pool->regions++;
	region->generation = ++last_generation;
	return 0;
}

static void region_unreserve(struct cloison_region *region)
{
	lockdep_assert_held(&cloison_topology);
	xa_erase(&regions, region->number);
	list_del_init(&region->of_tenant);
	region->tenant->regions--;
	cloison_tenant_uncharge(region->tenant, region_cost(region));
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
					     region->tenant->number);
		if (extent != ERR_PTR(-EAGAIN))
			break;
		cloison_scrub_queue(pool);
		if (wait_event_interruptible(pool->wait, READ_ONCE(pool->changes) != seen))
			return -EINTR;
	}
	if (IS_ERR(extent))
		return PTR_ERR(extent);
	region->extent = extent;
	region->first = extent->unclean.first;
	return 0;
}

static int region_publish(struct cloison_region *region)
{
	int ret;

	if (region->pool->gone || region->pool->closing)
		return -ENODEV;
	ret = dev_set_name(&region->dev, "cloison%u", region->number);
	if (ret)
		return ret;
	region->dev.devt = MKDEV(MAJOR(first_devt), region->number);
	cdev_init(&region->cdev, &cloison_region_fops);
	region->cdev.owner = THIS_MODULE;
	ret = cdev_device_add(&region->cdev, &region->dev);
	if (ret)
		return ret;
	/* Takes the reserved entry's place, which needs no memory. */
	xa_store(&regions, region->number, region, GFP_KERNEL);
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

	ret = region_take_memory(region, align_order(args->align_shift));

	mutex_lock(&cloison_topology);
	if (!ret)
		ret = region_publish(region);
	if (ret) {
		if (region->extent)
			cloison_extent_give_back(region->pool, region->extent);
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

	if (args->flags)
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
	ret = -EINVAL;
	if (uid_valid(region->uid) && gid_valid(region->gid))
		ret = region_make(region, args);
	if (ret)
		put_device(&region->dev);
	return ret;
}

/* ---- ending ------------------------------------------------------------ */

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
	cloison_views_zap(region);
	/* Who was admitted before is done after this; nobody is admitted any more. */
	synchronize_srcu_expedited(&cloison_srcu);
	cloison_views_zap(region);
	extent = region->extent;
	region->extent = NULL;
	if (extent)
		cloison_extent_give_back(region->pool, extent);
	mutex_unlock(&region->lock);
	wake_up_poll(&region->wait, EPOLLERR | EPOLLHUP);
}

static int region_destroy(u32 number)
{
	struct cloison_region *region;

	lockdep_assert_held(&cloison_topology);
	region = cloison_region_find(number);
	if (!region)
		return -ENOENT;
	cdev_device_del(&region->cdev, &region->dev);
	region_end(region, CLOISON_REGION_REVOKED);
	region_unreserve(region);
	trace_cloison_region(region, "destroy");
	put_device(&region->dev);
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
	unsigned long number;

	lockdep_assert_held(&cloison_topology);
	xa_for_each(&regions, number, region) {
		if (region->pool == pool) {
			region_end(region, CLOISON_REGION_GONE);
			trace_cloison_region(region, "gone");
		}
	}
}

/**
 * cloison_region_seal - end all writing
 * @region: the region
 *
 * Return: 0, -ESTALE or -ENODEV.
 */
int cloison_region_seal(struct cloison_region *region)
{
	int ret;

	mutex_lock(&region->lock);
	ret = cloison_region_usable(region);
	if (!ret && region->state == CLOISON_REGION_READY) {
		WRITE_ONCE(region->state, CLOISON_REGION_SEALED);
		synchronize_srcu_expedited(&cloison_srcu);
		/* An mprotect that saw the old state must finish before the zap. */
		cloison_mappings_settle(region);
		cloison_views_zap(region);
		trace_cloison_region(region, "seal");
	}
	mutex_unlock(&region->lock);
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
	unsigned long number = args->region;
	struct cloison_region *region;

	if (args->flags & ~CLOISON_GET_FLAG_NEXT)
		return -EOPNOTSUPP;
	if (args->reserved)
		return -EINVAL;
	mutex_lock(&cloison_topology);
	if (args->flags & CLOISON_GET_FLAG_NEXT)
		region = xa_find(&regions, &number, ULONG_MAX, XA_PRESENT);
	else
		region = cloison_region_find(number);
	if (region) {
		args->out_region = region->number;
		args->out_tenant = region->tenant->number;
		args->out_pool = region->pool->number;
		args->out_state = READ_ONCE(region->state);
		args->out_enforcement = region->pool->enforcement;
		args->out_bytes = region->bytes;
		args->out_offset = region->first << CLOISON_GRANULE_SHIFT;
		args->out_generation = region->generation;
		args->out_uid = from_kuid(&init_user_ns, region->uid);
		args->out_gid = from_kgid(&init_user_ns, region->gid);
		args->out_mode = region->mode;
		args->out_major = MAJOR(region->dev.devt);
		args->out_minor = MINOR(region->dev.devt);
		args->out_opens = atomic_read(&region->opens);
		args->out_mappings = atomic_read(&region->mappings);
		memcpy(args->out_name, region->name, sizeof(args->out_name));
	}
	mutex_unlock(&cloison_topology);
	return region ? 0 : -ENOENT;
}

int cloison_regions_init(void)
{
	return alloc_chrdev_region(&first_devt, 0, CLOISON_MAX_REGIONS + 1, "cloison");
}

void cloison_regions_exit(void)
{
	unregister_chrdev_region(first_devt, CLOISON_MAX_REGIONS + 1);
	xa_destroy(&regions);
}
