// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of the host's RAM below ram pools. The kernel marks the page and cannot do
 * more, because it is neither a process's nor free: it is ours. So what is mapped of
 * the region goes, the page comes back to nobody (SIGBUS with BUS_MCEERR_AR, as for
 * any other memory), and its granule ends in quarantine.
 *
 * The mark alone denies. The event makes it prompt; a kernel that has none, or that
 * loses one, leaves it to the next fault, read, write or scrub.
 */
#include <linux/kfifo.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include "cloison_private.h"

/* Written once, when the module is loaded. */
bool cloison_memory_errors_heard;

static struct tracepoint *event;
static DEFINE_KFIFO(reported, unsigned long, 64);
static DEFINE_SPINLOCK(reported_lock);

/* Whoever maps it meets the mark from now on. */
static void end_mappings(u32 number)
{
	struct cloison_region *region = cloison_region_find(number);

	if (!region)
		return;
	mutex_lock(&region->lock);
	cloison_views_zap(region, NULL);
	atomic_inc(&region->changes);
	mutex_unlock(&region->lock);
	wake_up_poll(&region->wait, EPOLLPRI);
}

static void handle(unsigned long pfn)
{
	struct cloison_pool *pool;
	struct cloison_run run;
	u64 offset;

	mutex_lock(&cloison_topology);
	pool = cloison_pool_of_pfn(pfn, &offset);
	if (!pool || !pool->ops->failed(pool, offset, PAGE_SIZE))
		goto out_unlock;
	WRITE_ONCE(pool->memory_errors, pool->memory_errors + 1);
	/* Those who saw that there was none have mapped by now, or copied. */
	synchronize_srcu_expedited(&cloison_srcu);
	if (cloison_extent_condemn(pool, offset >> CLOISON_GRANULE_SHIFT))
		dev_err(&pool->dev, "no memory to put offset %#llx in quarantine\n", offset);
	cloison_run_at(pool, offset >> CLOISON_GRANULE_SHIFT, &run);
	dev_err(&pool->dev, "memory error at offset %#llx, region %u\n", offset, run.region);
	if (run.state == CLOISON_EXTENT_USED)
		end_mappings(run.region);
out_unlock:
	mutex_unlock(&cloison_topology);
}

static void work(struct work_struct *work)
{
	unsigned long pfn;

	while (kfifo_out_spinlocked(&reported, &pfn, 1, &reported_lock))
		handle(pfn);
}

static DECLARE_WORK(reported_work, work);

/* In the middle of the kernel's own handling, of any page of the host. */
static void on_memory_failure(void *data, unsigned long pfn, int type, int result)
{
	if (!kfifo_in_spinlocked(&reported, &pfn, 1, &reported_lock))
		pr_err_ratelimited("cloison: too many memory errors at once\n");
	schedule_work(&reported_work);
}

static void find_event(struct tracepoint *tracepoint, void *data)
{
	if (!strcmp(tracepoint->name, "memory_failure_event"))
		event = tracepoint;
}

void cloison_memory_errors_init(void)
{
	for_each_kernel_tracepoint(find_event, NULL);
	cloison_memory_errors_heard = event &&
				      !tracepoint_probe_register(event, on_memory_failure, NULL);
	if (!cloison_memory_errors_heard)
		pr_info("cloison: this kernel tells of no memory errors: found at the next access\n");
}

void cloison_memory_errors_exit(void)
{
	if (cloison_memory_errors_heard)
		tracepoint_probe_unregister(event, on_memory_failure, NULL);
	tracepoint_synchronize_unregister();
	cancel_work_sync(&reported_work);
}
