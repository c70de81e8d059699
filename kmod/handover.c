// SPDX-License-Identifier: GPL-2.0-only
/*
 * A function that goes from one tenant to the next is reset in between, if its
 * pool was asked to see to that: registers, caches and local memory on the chip
 * are reached by no scrub. So such a pool serves one tenant at a time.
 */
#include <linux/pci.h>

#include "cloison_private.h"

/**
 * cloison_handover_reserve - may a tenant have a region of this pool?
 * @pool: the pool
 * @tenant: the tenant
 *
 * Under cloison_topology. From here on nobody else may until its regions are gone.
 *
 * Return: 0, or -EBUSY while the pool serves another.
 */
int cloison_handover_reserve(struct cloison_pool *pool, struct cloison_tenant *tenant)
{
	lockdep_assert_held(&cloison_topology);
	if (!pool->reset_between || pool->served == tenant)
		return 0;
	if (pool->served) {
		/* A device may hold memory of a region that has gone. */
		if (pool->regions || READ_ONCE(pool->in_state[CLOISON_EXTENT_USED]))
			return -EBUSY;
		WRITE_ONCE(pool->reset_due, true);
		put_device(&pool->served->dev);
	}
	get_device(&tenant->dev);
	pool->served = tenant;
	return 0;
}

/* Not while it is being unbound: then it is another driver's soon. */
static int reset(struct cloison_pool *pool)
{
	int ret;

	device_lock(&pool->pci->dev);
	ret = READ_ONCE(pool->gone) ? -ENODEV : pci_reset_function_locked(pool->pci);
	device_unlock(&pool->pci->dev);
	if (ret)
		dev_err(&pool->dev, "reset between two tenants failed: %d\n", ret);
	else
		dev_info(&pool->dev, "reset between two tenants\n");
	return ret;
}

/*
 * What the memory holds after a reset nobody knows, so it is scrubbed again; before,
 * so that nothing of the last tenant's is there if it fails half way.
 */
static int hand_over(struct cloison_pool *pool)
{
	int ret = cloison_scrub_wait(pool);

	/* What is in quarantine stays there. */
	if (ret && ret != -EIO)
		return ret;
	ret = reset(pool);
	if (ret)
		return ret == -ENODEV ? ret : -EIO;
	return cloison_extents_soil(pool);
}

/**
 * cloison_handover - what has to happen before a reserved region gets its memory
 * @pool: the pool
 *
 * Without cloison_topology, which comes after the lock of a device that is unbound.
 *
 * Return: 0; -EIO if the reset failed, -ENODEV, -ENOMEM, -EINTR: it is still due.
 */
int cloison_handover(struct cloison_pool *pool)
{
	int ret = 0;

	if (!pool->reset_between)
		return 0;
	if (mutex_lock_interruptible(&pool->handover))
		return -EINTR;
	if (READ_ONCE(pool->reset_due))
		ret = hand_over(pool);
	if (!ret)
		WRITE_ONCE(pool->reset_due, false);
	mutex_unlock(&pool->handover);
	return ret;
}
