// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool over a memory BAR of a PCI function. Which function is the admin's
 * word: the driver matches none by itself (empty id table) and gets one only by
 * driver_override. Binding claims all BARs exclusively, so that neither another
 * driver nor sysfs' resourceN nor /dev/mem reaches them.
 */
#include <linux/io.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "cloison_private.h"

/**
 * struct bound_function - a function that is bound to this driver
 * @node: in bound_functions
 * @pci: the function, for as long as it is bound
 */
struct bound_function {
	struct list_head node;
	struct pci_dev *pci;
};

/* Under cloison_topology. */
static LIST_HEAD(bound_functions);

static void pci_map(struct cloison_pool *pool, u64 granule, struct iosys_map *map)
{
	iosys_map_set_vaddr_iomem(map, pool->backing.iomem + (granule << CLOISON_GRANULE_SHIFT));
}

static unsigned long pci_pfn(struct cloison_pool *pool, u64 offset)
{
	return (pool->start + offset) >> PAGE_SHIFT;
}

static void pci_release(struct cloison_pool *pool)
{
	/* One pool that asked for it is enough, and the last one that goes ends it. */
	if (pool->pci->is_busmaster && !cloison_pool_of_function(pool->pci))
		pci_clear_master(pool->pci);
	iounmap(pool->backing.iomem);
}

static const struct cloison_pool_ops pci_ops = {
	.map = pci_map,
	.pfn = pci_pfn,
	.release = pci_release,
};

static u32 pci_address(const struct pci_dev *pci)
{
	return pci_domain_nr(pci->bus) << 16 | pci_dev_id((struct pci_dev *)pci);
}

static struct pci_dev *find_bound(u32 address)
{
	struct bound_function *bound;

	list_for_each_entry(bound, &bound_functions, node)
		if (pci_address(bound->pci) == address)
			return bound->pci;
	return NULL;
}

/* A reset hits all of a function, so its pool that is reset is its only one. */
static int may_reset(const struct pci_dev *pci, bool reset)
{
	const struct cloison_pool *other = cloison_pool_of_function(pci);

	if (other && (reset || other->reset_between))
		return -EBUSY;
	return reset && !pci->reset_methods[0] ? -EOPNOTSUPP : 0;
}

static const char *leftovers_of(const struct pci_dev *pci, bool reset)
{
	if (reset)
		return "cleared by a reset between two tenants, and when the function is unbound";
	return pci->reset_methods[0] ? "cleared by a reset when the function is unbound" :
				       "not cleared: the function cannot be reset";
}

/**
 * cloison_pool_pci_init - make a pool of a BAR
 * @pool: the pool
 * @args: what the admin asked for
 *
 * Under cloison_topology, which keeps the function bound.
 *
 * Return: 0; -ENOENT if the function is not bound to this driver, -EINVAL if
 * that is no memory BAR or too small, -EBUSY if the BAR has a pool, or one of two
 * on the function wants resets, -EOPNOTSUPP if it cannot be reset, -ENOMEM.
 */
int cloison_pool_pci_init(struct cloison_pool *pool, const struct cloison_pool_add *args)
{
	bool reset = args->flags & CLOISON_POOL_RESET;
	struct pci_dev *pci;
	u64 bytes;
	int ret;

	lockdep_assert_held(&cloison_topology);
	if (args->start || args->numa_node != NUMA_NO_NODE || args->pci_bar >= PCI_STD_NUM_BARS)
		return -EINVAL;
	pci = find_bound(args->pci_address);
	if (!pci)
		return -ENOENT;
	if (!(pci_resource_flags(pci, args->pci_bar) & IORESOURCE_MEM))
		return -EINVAL;
	bytes = ALIGN_DOWN(pci_resource_len(pci, args->pci_bar), CLOISON_GRANULE);
	if (!bytes || args->bytes > bytes ||
	    !IS_ALIGNED(pci_resource_start(pci, args->pci_bar), CLOISON_GRANULE))
		return -EINVAL;
	if (cloison_pool_has_bar(pci, args->pci_bar))
		return -EBUSY;
	ret = may_reset(pci, reset);
	if (ret)
		return ret;
	if (args->bytes)
		bytes = args->bytes;

	pool->start = pci_resource_start(pci, args->pci_bar);
	pool->backing.iomem = ioremap_wc(pool->start, bytes);
	if (!pool->backing.iomem)
		return -ENOMEM;
	pool->ops = &pci_ops;
	pool->granules = bytes >> CLOISON_GRANULE_SHIFT;
	pool->numa_node = dev_to_node(&pci->dev);
	pool->write_combine = true;
	pool->pci = pci_dev_get(pci);
	pool->pci_address = args->pci_address;
	if (args->flags & CLOISON_POOL_BUS_MASTER)
		pci_set_master(pci);
	pool->enforcement = cloison_enforcement_of(pci, &pool->enforcement_reason);
	pool->reset_between = reset;
	pool->leftovers = leftovers_of(pci, reset);
	pool->pci_bar = args->pci_bar;
	pool->dev.parent = &pci->dev;
	return 0;
}

static int probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct bound_function *bound = kzalloc(sizeof(*bound), GFP_KERNEL);
	int ret;

	if (!bound)
		return -ENOMEM;
	ret = pci_enable_device_mem(pci);
	if (ret)
		goto out_free;
	ret = pci_request_selected_regions_exclusive(pci, pci_select_bars(pci, IORESOURCE_MEM),
						     "cloison");
	if (ret)
		goto out_disable;
	/* The function serves as memory; unless a pool is asked for it, it has no reason to reach ours. */
	pci_clear_master(pci);
	pci_save_state(pci);

	bound->pci = pci;
	mutex_lock(&cloison_topology);
	list_add(&bound->node, &bound_functions);
	mutex_unlock(&cloison_topology);
	pci_set_drvdata(pci, bound);
	return 0;

out_disable:
	pci_disable_device(pci);
out_free:
	kfree(bound);
	return ret;
}

/*
 * Registers, caches and local memory of the chip, which no scrub reaches. Also
 * after the last pool of a function was removed: the command unbinds it then.
 */
static void reset_function(struct pci_dev *pci)
{
	int ret;

	if (!pci->reset_methods[0] || !pci_device_is_present(pci) || pci_channel_offline(pci))
		return;
	ret = pci_reset_function_locked(pci);
	if (ret)
		dev_err(&pci->dev, "reset failed (%d): what is left on the chip stays there\n",
			ret);
	else
		dev_info(&pci->dev, "reset\n");
}

/* Unbind or unplug: whatever is in flight ends here, before the BAR goes. */
static void remove(struct pci_dev *pci)
{
	struct bound_function *bound = pci_get_drvdata(pci);

	mutex_lock(&cloison_topology);
	list_del(&bound->node);
	mutex_unlock(&cloison_topology);
	cloison_pools_of_pci_gone(pci);
	reset_function(pci);

	pci_release_selected_regions(pci, pci_select_bars(pci, IORESOURCE_MEM));
	pci_disable_device(pci);
	kfree(bound);
}

/*
 * The function does not answer any more: its pools are gone as if it had been
 * pulled, their owners get SIGBUS and ENODEV, and all else lives. What was lost
 * cannot be told from what was not, so nothing comes back by itself.
 */
static pci_ers_result_t error_detected(struct pci_dev *pci, pci_channel_state_t state)
{
	if (state == pci_channel_io_normal)
		return PCI_ERS_RESULT_CAN_RECOVER;
	dev_err(&pci->dev, "the function failed: its pools are gone\n");
	cloison_pools_of_pci_gone(pci);
	return state == pci_channel_io_perm_failure ? PCI_ERS_RESULT_DISCONNECT :
						      PCI_ERS_RESULT_NEED_RESET;
}

static pci_ers_result_t slot_reset(struct pci_dev *pci)
{
	pci_restore_state(pci);
	return PCI_ERS_RESULT_RECOVERED;
}

static const struct pci_error_handlers error_handlers = {
	.error_detected = error_detected,
	.slot_reset = slot_reset,
};

static const struct pci_device_id no_ids[] = { {} };

static struct pci_driver driver = {
	.name = "cloison",
	.id_table = no_ids,
	.probe = probe,
	.remove = remove,
	.err_handler = &error_handlers,
};

int cloison_pci_register(void)
{
	return pci_register_driver(&driver);
}

void cloison_pci_unregister(void)
{
	pci_unregister_driver(&driver);
}
