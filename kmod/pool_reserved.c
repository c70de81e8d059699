// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool over memory that was kept from the kernel at boot (memmap=64M$…): it
 * has no struct pages and is in no direct map, so that nothing but cloison's
 * own mappings reaches it.
 */
#include <linux/io.h>
#include <linux/ioport.h>

#include "cloison_private.h"

static void reserved_map(struct cloison_pool *pool, u64 granule, struct iosys_map *map)
{
	iosys_map_set_vaddr(map, pool->backing.virt + (granule << CLOISON_GRANULE_SHIFT));
}

static unsigned long reserved_pfn(struct cloison_pool *pool, u64 offset)
{
	return (pool->start + offset) >> PAGE_SHIFT;
}

static void reserved_release(struct cloison_pool *pool)
{
	memunmap(pool->backing.virt);
	release_mem_region(pool->start, pool->granules << CLOISON_GRANULE_SHIFT);
}

static const struct cloison_pool_ops reserved_ops = {
	.map = reserved_map,
	.pfn = reserved_pfn,
	.release = reserved_release,
};

static int is_all(struct resource *res, void *arg)
{
	const struct resource *want = arg;

	return res->start == want->start && res->end == want->end;
}

/* The range must lie in one that the firmware or the command line set aside. */
static bool was_set_aside(u64 start, u64 bytes)
{
	struct resource want = { .start = start, .end = start + bytes - 1 };

	return walk_iomem_res_desc(IORES_DESC_RESERVED, IORESOURCE_MEM, want.start, want.end, &want,
				   is_all) == 1 ||
	       walk_iomem_res_desc(IORES_DESC_SOFT_RESERVED, IORESOURCE_MEM, want.start, want.end,
				   &want, is_all) == 1;
}

/**
 * cloison_pool_reserved_init - claim a range that was reserved at boot
 * @pool: the pool
 * @args: what the admin asked for
 *
 * Return: 0; -EINVAL for a range that was not set aside, -EBUSY for one that
 * somebody claimed, -ENOMEM.
 */
int cloison_pool_reserved_init(struct cloison_pool *pool, const struct cloison_pool_add *args)
{
	u64 last;

	if (args->pci_address || args->pci_bar || args->numa_node != NUMA_NO_NODE || !args->bytes ||
	    !IS_ALIGNED(args->start, CLOISON_GRANULE))
		return -EINVAL;
	if (check_add_overflow(args->start, args->bytes - 1, &last) || last > PHYS_ADDR_MAX)
		return -EINVAL;
	if (!was_set_aside(args->start, args->bytes))
		return -EINVAL;
	if (!request_mem_region_exclusive(args->start, args->bytes, "cloison"))
		return -EBUSY;
	pool->backing.virt = memremap(args->start, args->bytes, MEMREMAP_WB);
	if (!pool->backing.virt) {
		release_mem_region(args->start, args->bytes);
		return -ENOMEM;
	}
	pool->ops = &reserved_ops;
	pool->start = args->start;
	pool->granules = args->bytes >> CLOISON_GRANULE_SHIFT;
	pool->numa_node = phys_to_target_node(args->start);
	return 0;
}
