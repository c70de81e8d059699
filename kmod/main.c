// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load and unload. While a pool, a tenant, an open node or a guard exists the
 * module cannot be unloaded.
 */
#include <linux/module.h>

#include "cloison_private.h"
#include "compat.h"

static int __init cloison_init(void)
{
	int ret;

	ret = cloison_sweep_init();
	if (ret)
		return ret;
	ret = cloison_scrub_init();
	if (ret)
		goto out_sweep;
	ret = cloison_measure_init();
	if (ret)
		goto out_scrub;
	ret = cloison_importers_init();
	if (ret)
		goto out_measure;
	ret = cloison_guard_init();
	if (ret)
		goto out_importers;
	ret = cloison_kfuncs_init();
	if (ret)
		goto out_importers;
	ret = cloison_entry_init();
	if (ret)
		goto out_importers;
	ret = cloison_sysfs_init();
	if (ret)
		goto out_entry;
	ret = cloison_nodes_init();
	if (ret)
		goto out_sysfs;
	ret = cloison_pci_register();
	if (ret)
		goto out_nodes;
	ret = cloison_power_init();
	if (ret)
		goto out_pci;
	ret = cloison_control_init();
	if (ret)
		goto out_power;
	cloison_memory_errors_init();
	return 0;

out_power:
	cloison_power_exit();
out_pci:
	cloison_pci_unregister();
out_nodes:
	cloison_nodes_exit();
out_sysfs:
	cloison_sysfs_exit();
out_entry:
	cloison_entry_exit();
out_importers:
	cloison_importers_exit();
out_measure:
	cloison_measure_exit();
out_scrub:
	cloison_scrub_exit();
out_sweep:
	cloison_sweep_exit();
	return ret;
}

static void __exit cloison_exit(void)
{
	cloison_memory_errors_exit();
	cloison_control_exit();
	cloison_power_exit();
	cloison_pci_unregister();
	cloison_nodes_exit();
	cloison_pools_destroy();
	cloison_tenants_destroy();
	cloison_sysfs_exit();
	cloison_entry_exit();
	cloison_importers_exit();
	cloison_measure_exit();
	cloison_scrub_exit();
	cloison_sweep_exit();
}

module_init(cloison_init);
module_exit(cloison_exit);

CLOISON_IMPORT_DMA_BUF;
MODULE_DESCRIPTION("Isolated accelerator memory for the tenants of an inference host");
MODULE_AUTHOR("the cloison authors");
MODULE_LICENSE("GPL");
MODULE_VERSION(CLOISON_VERSION);
