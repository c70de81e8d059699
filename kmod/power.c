// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleep: what tenants keep in device memory would be lost without a word, and
 * hibernation would write what they keep in ram pools to a disk. Both are
 * refused while there is a pool that would suffer, before anything is frozen.
 * Runtime PM needs nothing: a bound function stays awake, because probe() keeps
 * the reference that the PCI core took for it.
 */
#include <linux/suspend.h>

#include "cloison_private.h"

/* Under cloison_topology. */
static bool going_to_sleep;

/**
 * cloison_power_check - may a pool be made?
 *
 * Return: 0, or -EBUSY between the question below and the sleep.
 */
int cloison_power_check(void)
{
	lockdep_assert_held(&cloison_topology);
	return going_to_sleep ? -EBUSY : 0;
}

static int prepare(bool hibernation)
{
	const struct cloison_pool *pool;
	int ret = NOTIFY_OK;

	mutex_lock(&cloison_topology);
	pool = cloison_pool_that_sleep_harms(hibernation);
	if (pool) {
		pr_warn("cloison: sleep refused: it would %s pool %s; remove it first\n",
			hibernation ? "write out or lose" : "lose", pool->name);
		ret = NOTIFY_BAD;
	} else {
		going_to_sleep = true;
	}
	mutex_unlock(&cloison_topology);
	return ret;
}

static int on_event(struct notifier_block *block, unsigned long event, void *data)
{
	switch (event) {
	case PM_HIBERNATION_PREPARE:
	case PM_SUSPEND_PREPARE:
		return prepare(event == PM_HIBERNATION_PREPARE);
	case PM_POST_HIBERNATION:
	case PM_POST_SUSPEND:
		mutex_lock(&cloison_topology);
		going_to_sleep = false;
		mutex_unlock(&cloison_topology);
		return NOTIFY_OK;
	default:
		return NOTIFY_DONE;
	}
}

static struct notifier_block block = { .notifier_call = on_event };

int cloison_power_init(void)
{
	return register_pm_notifier(&block);
}

void cloison_power_exit(void)
{
	unregister_pm_notifier(&block);
}
