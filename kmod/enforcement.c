// SPDX-License-Identifier: GPL-2.0-only
/*
 * How far the walls of a pool's regions reach, said from what stands in front
 * of its function: what the kernel cannot see it does not claim.
 */
#include <linux/iommu.h>
#include <linux/pci.h>

#include "cloison_private.h"

static int count_device(struct device *dev, void *data)
{
	unsigned int *count = data;

	++*count;
	return 0;
}

static unsigned int count_group(struct iommu_group *group)
{
	unsigned int count = 0;

	iommu_group_for_each_dev(group, &count, count_device);
	return count;
}

/**
 * cloison_enforcement_of - who is confined by the walls of regions on a function
 * @pci: the function
 * @reason: set to why, for admins
 *
 * Never CLOISON_ENFORCE_DEVICE: no partition of the function itself is set up
 * here. A group is made of what the IOMMU cannot tell apart, which includes all
 * that could reach each other where a bridge on the path lacks ACS.
 *
 * Return: the level.
 */
enum cloison_enforcement cloison_enforcement_of(struct pci_dev *pci, const char **reason)
{
	struct iommu_group *group = iommu_group_get(&pci->dev);
	struct iommu_domain *domain;
	unsigned int count;

	if (!group) {
		*reason = "no IOMMU stands before the function";
		return CLOISON_ENFORCE_CPU;
	}
	count = count_group(group);
	iommu_group_put(group);
	domain = iommu_get_domain_for_dev(&pci->dev);
	if (!domain || domain->type == IOMMU_DOMAIN_IDENTITY) {
		*reason = "the IOMMU lets the function's DMA pass untranslated";
		return CLOISON_ENFORCE_CPU;
	}
	if (count > 1) {
		*reason = "the function shares its IOMMU group: no ACS on the path";
		return CLOISON_ENFORCE_CPU;
	}
	*reason = "the IOMMU translates the function's DMA, in a group of its own";
	return CLOISON_ENFORCE_IOMMU;
}
