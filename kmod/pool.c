// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pools: made, looked at, removed. Where their memory comes from is the
 * business of pool_ram.c, pool_reserved.c and pool_pci.c.
 */
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "cloison_private.h"
#include "trace.h"

/* Under cloison_topology. */
static DEFINE_XARRAY_ALLOC1(pools);

/**
 * cloison_pool_find - a pool by its number
 * @number: the number
 *
 * Under cloison_topology, which keeps it alive.
 */
struct cloison_pool *cloison_pool_find(u32 number)
{
	lockdep_assert_held(&cloison_topology);
	return xa_load(&pools, number);
}

/**
 * cloison_pool_has_bar - is there a pool on this BAR?
 * @pci: the function
 * @bar: its BAR
 */
bool cloison_pool_has_bar(const struct pci_dev *pci, u32 bar)
{
	struct cloison_pool *pool;
	unsigned long number;

	lockdep_assert_held(&cloison_topology);
	xa_for_each(&pools, number, pool)
		if (pool->pci == pci && pool->pci_bar == bar)
			return true;
	return false;
}

/**
 * cloison_pool_of_function - a pool on any BAR of this function, or NULL
 * @pci: the function
 */
const struct cloison_pool *cloison_pool_of_function(const struct pci_dev *pci)
{
	struct cloison_pool *pool;
	unsigned long number;

	lockdep_assert_held(&cloison_topology);
	xa_for_each(&pools, number, pool)
		if (pool->pci == pci)
			return pool;
	return NULL;
}

/**
 * cloison_pool_of_pfn - the pool that has a page of the host's RAM
 * @pfn: its number
 * @offset: filled: where in the pool
 *
 * Under cloison_topology, which keeps it alive.
 *
 * Return: the pool, or NULL.
 */
struct cloison_pool *cloison_pool_of_pfn(unsigned long pfn, u64 *offset)
{
	struct cloison_pool *pool;
	unsigned long number;
	u64 at;

	lockdep_assert_held(&cloison_topology);
	xa_for_each(&pools, number, pool) {
		if (pool->kind != CLOISON_POOL_RAM)
			continue;
		for (at = 0; at < pool->granules << CLOISON_GRANULE_SHIFT; at += CLOISON_GRANULE) {
			unsigned long inside = pfn - pool->ops->pfn(pool, at);

			if (inside < CLOISON_GRANULE >> PAGE_SHIFT) {
				*offset = at + ((u64)inside << PAGE_SHIFT);
				return pool;
			}
		}
	}
	return NULL;
}

static bool name_taken(const char *name)
{
	struct cloison_pool *pool;
	unsigned long number;

	xa_for_each(&pools, number, pool)
		if (!strcmp(pool->name, name))
			return true;
	return false;
}

static void pool_release(struct device *dev)
{
	struct cloison_pool *pool = cloison_pool_of(dev);

	/* A region that was being made when the device went may have queued them since. */
	cloison_scrub_stop(pool);
	cloison_extents_free(pool);
	if (pool->served)
		put_device(&pool->served->dev);
	if (pool->pci)
		pci_dev_put(pool->pci);
	kfree(pool);
}

static struct cloison_pool *pool_alloc(const struct cloison_pool_add *args)
{
	struct cloison_pool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	device_initialize(&pool->dev);
	pool->dev.class = &cloison_pool_class;
	pool->dev.release = pool_release;
	pool->kind = args->kind;
	/* What a pool of a function can say more of is in pool_pci.c. */
	pool->enforcement = CLOISON_ENFORCE_CPU;
	pool->enforcement_reason = "devices reach this memory as they reach any other of the host";
	pool->leftovers = "none: no device computes in it";
	mutex_init(&pool->lock);
	mutex_init(&pool->handover);
	INIT_LIST_HEAD(&pool->dirty);
	init_waitqueue_head(&pool->wait);
	strscpy(pool->name, (const char *)args->name);
	if (dev_set_name(&pool->dev, "%s", pool->name)) {
		put_device(&pool->dev);
		return NULL;
	}
	return pool;
}

static int pool_init_backing(struct cloison_pool *pool, const struct cloison_pool_add *args)
{
	switch (args->kind) {
	case CLOISON_POOL_RAM:
		return cloison_pool_ram_init(pool, args);
	case CLOISON_POOL_RESERVED:
		return cloison_pool_reserved_init(pool, args);
	case CLOISON_POOL_PCI:
		return cloison_pool_pci_init(pool, args);
	default:
		return -EOPNOTSUPP;
	}
}

static int pool_publish(struct cloison_pool *pool)
{
	int ret;

	ret = xa_alloc(&pools, &pool->number, pool, xa_limit_31b, GFP_KERNEL);
	if (ret)
		return ret;
	ret = device_add(&pool->dev);
	if (ret) {
		xa_erase(&pools, pool->number);
		return ret;
	}
	/* While a pool exists the module stays. */
	__module_get(THIS_MODULE);
	return 0;
}

/* Out of sight; the memory goes back to where it came from. */
static void pool_unpublish(struct cloison_pool *pool)
{
	lockdep_assert_held(&cloison_topology);
	xa_erase(&pools, pool->number);
	device_del(&pool->dev);

	mutex_lock(&pool->lock);
	pool->gone = true;
	pool->closing = true;
	pool->changes++;
	mutex_unlock(&pool->lock);
	wake_up_all(&pool->wait);

	/* After this nobody scrubs, reads, writes or inserts a pfn of it. */
	cloison_scrub_stop(pool);
	synchronize_srcu_expedited(&cloison_srcu);
	pool->ops->release(pool);
	trace_cloison_pool(pool, "remove");
}

static int pool_make(struct cloison_pool *pool, struct cloison_pool_add *args)
{
	int ret;

	lockdep_assert_held(&cloison_topology);
	if (name_taken(pool->name))
		return -EEXIST;
	ret = cloison_power_check();
	if (ret)
		return ret;
	ret = pool_init_backing(pool, args);
	if (ret)
		return ret;
	cloison_scrubbers_init(pool);
	ret = cloison_extents_init(pool);
	if (ret)
		goto out_release;
	ret = pool_publish(pool);
	if (ret)
		goto out_release;
	args->out_pool = pool->number;
	return 0;

out_release:
	pool->ops->release(pool);
	return ret;
}

int cloison_pool_add(struct cloison_call *call)
{
	struct cloison_pool_add *args = call->args;
	struct cloison_pool *pool;
	int ret;

	if (args->flags & ~(CLOISON_POOL_BUS_MASTER | CLOISON_POOL_RESET) ||
	    (args->flags && args->kind != CLOISON_POOL_PCI))
		return -EOPNOTSUPP;
	if (args->reserved || !IS_ALIGNED(args->bytes, CLOISON_GRANULE))
		return -EINVAL;
	ret = cloison_name_check(args->name, false);
	if (ret)
		return ret;

	pool = pool_alloc(args);
	if (!pool)
		return -ENOMEM;
	mutex_lock(&cloison_topology);
	ret = pool_make(pool, args);
	if (!ret) {
		trace_cloison_pool(pool, "add");
		cloison_scrub_queue(pool);
	}
	mutex_unlock(&cloison_topology);
	if (ret)
		put_device(&pool->dev);
	return ret;
}

/* Nobody has been told the number, so nothing of it is in use. */
void cloison_pool_add_undo(struct cloison_call *call)
{
	struct cloison_pool_add *args = call->args;
	struct cloison_pool *pool;

	mutex_lock(&cloison_topology);
	pool = cloison_pool_find(args->out_pool);
	if (pool && !pool->regions)
		pool_unpublish(pool);
	else
		pool = NULL;
	mutex_unlock(&cloison_topology);
	if (pool) {
		put_device(&pool->dev);
		module_put(THIS_MODULE);
	}
}

/* Takes a pool out of use, unless somebody uses it. */
static struct cloison_pool *pool_close(u32 number)
{
	struct cloison_pool *pool = cloison_pool_find(number);

	if (!pool)
		return ERR_PTR(-ENOENT);
	if (pool->regions)
		return ERR_PTR(-EBUSY);
	mutex_lock(&pool->lock);
	/* In use without a region: held by a device, see importer.c. */
	if (pool->closing || pool->in_state[CLOISON_EXTENT_USED]) {
		mutex_unlock(&pool->lock);
		return ERR_PTR(-EBUSY);
	}
	pool->closing = true;
	mutex_unlock(&pool->lock);
	get_device(&pool->dev);
	return pool;
}

int cloison_pool_remove(struct cloison_call *call)
{
	struct cloison_pool_remove *args = call->args;
	struct cloison_pool *pool;
	int ret;

	if (args->flags)
		return -EOPNOTSUPP;
	if (args->reserved)
		return -EINVAL;
	mutex_lock(&cloison_topology);
	pool = pool_close(args->pool);
	mutex_unlock(&cloison_topology);
	if (IS_ERR(pool))
		return PTR_ERR(pool);

	ret = cloison_scrub_wait(pool);

	mutex_lock(&cloison_topology);
	if (!ret && pool->gone)
		ret = -ENODEV;
	if (ret) {
		mutex_lock(&pool->lock);
		pool->closing = pool->gone;
		mutex_unlock(&pool->lock);
	} else {
		pool_unpublish(pool);
	}
	mutex_unlock(&cloison_topology);
	if (!ret) {
		put_device(&pool->dev);
		module_put(THIS_MODULE);
	}
	put_device(&pool->dev);
	return ret;
}

/* One pool of a function that goes away, referenced and closed, or NULL. */
static struct cloison_pool *close_pool_of(const struct pci_dev *pci)
{
	struct cloison_pool *pool;
	unsigned long number;

	xa_for_each(&pools, number, pool) {
		if (pool->pci != pci)
			continue;
		mutex_lock(&pool->lock);
		pool->closing = true;
		mutex_unlock(&pool->lock);
		cloison_regions_of_pool_gone(pool);
		get_device(&pool->dev);
		return pool;
	}
	return NULL;
}

/*
 * Nothing that a device holds is scrubbed, and nothing that was not scrubbed
 * goes to another driver: like VFIO's, an unbind waits for those who hold.
 */
static void wait_for_importers(struct cloison_pool *pool, struct pci_dev *pci)
{
	while (READ_ONCE(pool->in_state[CLOISON_EXTENT_USED]) && pci_device_is_present(pci) &&
	       !pci_channel_offline(pci)) {
		dev_warn_ratelimited(&pool->dev, "a device still holds memory of this pool\n");
		wait_event_timeout(pool->wait, !READ_ONCE(pool->in_state[CLOISON_EXTENT_USED]), HZ);
	}
}

/**
 * cloison_pools_of_pci_gone - a function leaves this driver
 * @pci: the function
 *
 * If it was unbound and is still there, its memory is scrubbed first; if it was
 * pulled there is nothing to scrub.
 */
void cloison_pools_of_pci_gone(struct pci_dev *pci)
{
	struct cloison_pool *pool;

	for (;;) {
		mutex_lock(&cloison_topology);
		pool = close_pool_of(pci);
		mutex_unlock(&cloison_topology);
		if (!pool)
			return;
		wait_for_importers(pool, pci);
		if (pci_device_is_present(pci) && !pci_channel_offline(pci))
			cloison_scrub_flush(pool);
		mutex_lock(&cloison_topology);
		if (!pool->gone) {
			dev_warn(&pci->dev, "pool %s is gone\n", pool->name);
			pool_unpublish(pool);
			put_device(&pool->dev);
			module_put(THIS_MODULE);
		}
		mutex_unlock(&cloison_topology);
		put_device(&pool->dev);
	}
}

/**
 * cloison_pool_that_sleep_harms - a pool whose contents a sleep would lose or leak
 * @hibernation: to disk, which takes RAM along; else to RAM, which stays
 *
 * Return: one of them, under cloison_topology, or NULL.
 */
const struct cloison_pool *cloison_pool_that_sleep_harms(bool hibernation)
{
	struct cloison_pool *pool;
	unsigned long number;

	lockdep_assert_held(&cloison_topology);
	xa_for_each(&pools, number, pool)
		if (hibernation || pool->kind == CLOISON_POOL_PCI)
			return pool;
	return NULL;
}

static struct cloison_pool *pool_select(u32 pool, u32 flags)
{
	unsigned long number = pool;

	if (flags & CLOISON_GET_FLAG_NEXT)
		return xa_find(&pools, &number, ULONG_MAX, XA_PRESENT);
	return cloison_pool_find(number);
}

int cloison_pool_get(struct cloison_call *call)
{
	struct cloison_pool_get *args = call->args;
	struct cloison_pool_usage usage;
	struct cloison_pool *pool;

	if (args->flags & ~CLOISON_GET_FLAG_NEXT)
		return -EOPNOTSUPP;
	mutex_lock(&cloison_topology);
	pool = pool_select(args->pool, args->flags);
	if (!pool) {
		mutex_unlock(&cloison_topology);
		return -ENOENT;
	}
	cloison_pool_usage(pool, &usage);
	args->out_pool = pool->number;
	args->out_kind = pool->kind;
	args->out_numa_node = pool->numa_node;
	args->out_start = pool->start;
	args->out_bytes = pool->granules << CLOISON_GRANULE_SHIFT;
	args->out_clean = usage.bytes[CLOISON_EXTENT_CLEAN];
	args->out_dirty = usage.bytes[CLOISON_EXTENT_DIRTY] + usage.bytes[CLOISON_EXTENT_SCRUBBING];
	args->out_used = usage.bytes[CLOISON_EXTENT_USED];
	args->out_quarantined = usage.bytes[CLOISON_EXTENT_QUARANTINED];
	args->out_largest_free = usage.largest_free;
	args->out_regions = pool->regions;
	args->out_pci_address = pool->pci_address;
	args->out_pci_bar = pool->pci_bar;
	args->out_enforcement = pool->enforcement;
	args->out_free_runs = usage.free_runs;
	args->out_largest_clean = usage.largest_clean;
	memcpy(args->out_name, pool->name, sizeof(args->out_name));
	mutex_unlock(&cloison_topology);
	return 0;
}

int cloison_pool_extent(struct cloison_call *call)
{
	struct cloison_pool_extent *args = call->args;
	u64 granule = args->offset >> CLOISON_GRANULE_SHIFT;
	struct cloison_pool *pool;
	struct cloison_run run;
	int ret = -ENOENT;

	if (args->flags)
		return -EOPNOTSUPP;
	mutex_lock(&cloison_topology);
	pool = cloison_pool_find(args->pool);
	if (pool && granule < pool->granules) {
		cloison_run_at(pool, granule, &run);
		args->out_offset = run.first << CLOISON_GRANULE_SHIFT;
		args->out_bytes = run.count << CLOISON_GRANULE_SHIFT;
		args->out_state = run.state;
		args->out_region = run.region;
		args->out_tenant = run.tenant;
		ret = 0;
	}
	mutex_unlock(&cloison_topology);
	return ret;
}

const char *cloison_pool_kind_name(enum cloison_pool_kind kind)
{
	static const char *const names[] = {
		[CLOISON_POOL_RAM] = "ram",
		[CLOISON_POOL_RESERVED] = "reserved",
		[CLOISON_POOL_PCI] = "pci",
	};

	return names[kind];
}

const char *cloison_enforcement_name(enum cloison_enforcement level)
{
	static const char *const names[] = {
		[CLOISON_ENFORCE_CPU] = "cpu",
		[CLOISON_ENFORCE_IOMMU] = "iommu",
		[CLOISON_ENFORCE_DEVICE] = "device",
	};

	return names[level];
}

/* Pools hold the module, so that only their index is left at unload. */
void cloison_pools_destroy(void)
{
	xa_destroy(&pools);
}
