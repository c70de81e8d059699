// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pool of ordinary memory: for trying cloison out, and for hosts whose
 * inference runs on the CPU. Allocated a granule at a time, so that each can be
 * mapped by one PMD; the granules need not be neighbours.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "cloison_private.h"

#define RAM_ORDER (CLOISON_GRANULE_SHIFT - PAGE_SHIFT)

static void ram_map(struct cloison_pool *pool, u64 granule, struct iosys_map *map)
{
	iosys_map_set_vaddr(map, page_address(pool->backing.pages[granule]));
}

static unsigned long ram_pfn(struct cloison_pool *pool, u64 offset)
{
	return page_to_pfn(pool->backing.pages[offset >> CLOISON_GRANULE_SHIFT]) +
	       ((offset & (CLOISON_GRANULE - 1)) >> PAGE_SHIFT);
}

/* The kernel marks a page of which the hardware reported an error. */
static bool ram_failed(struct cloison_pool *pool, u64 offset, u64 bytes)
{
	unsigned long pfn = ram_pfn(pool, offset);
	unsigned long pages = ((offset & ~PAGE_MASK) + bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;

	while (pages--)
		if (PageHWPoison(pfn_to_page(pfn + pages)))
			return true;
	return false;
}

/* Never scrubbed as a whole: cleared here, and what failed is given to nobody. */
static void free_failed(struct page *page)
{
	unsigned int i;

	split_page(page, RAM_ORDER);
	for (i = 0; i < 1U << RAM_ORDER; i++) {
		if (PageHWPoison(page + i))
			continue;
		clear_highpage(page + i);
		__free_page(page + i);
	}
}

static void ram_release(struct cloison_pool *pool)
{
	u64 i;

	for (i = 0; i < pool->granules && pool->backing.pages[i]; i++)
		/* Also what nobody told of: the kernel would hand it on. */
		if (ram_failed(pool, i << CLOISON_GRANULE_SHIFT, CLOISON_GRANULE))
			free_failed(pool->backing.pages[i]);
		else
			__free_pages(pool->backing.pages[i], RAM_ORDER);
	kvfree(pool->backing.pages);
	pool->backing.pages = NULL;
}

static const struct cloison_pool_ops ram_ops = {
	.map = ram_map,
	.pfn = ram_pfn,
	.failed = ram_failed,
	.release = ram_release,
};

/**
 * cloison_pool_ram_init - allocate a pool's memory
 * @pool: the pool
 * @args: what the admin asked for
 *
 * Return: 0, -EINVAL, -ENOMEM or, on a signal, -EINTR.
 */
int cloison_pool_ram_init(struct cloison_pool *pool, const struct cloison_pool_add *args)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;
	u64 i;

	if (args->start || args->pci_address || args->pci_bar || !args->bytes)
		return -EINVAL;
	if (args->numa_node != NUMA_NO_NODE) {
		if (args->numa_node < 0 || args->numa_node >= MAX_NUMNODES ||
		    !node_online(args->numa_node))
			return -EINVAL;
		gfp |= __GFP_THISNODE;
	}
	if (args->bytes > (u64)totalram_pages() << PAGE_SHIFT)
		return -ENOMEM;
	pool->ops = &ram_ops;
	pool->numa_node = args->numa_node;
	pool->granules = args->bytes >> CLOISON_GRANULE_SHIFT;
	pool->backing.pages = kvcalloc(pool->granules, sizeof(struct page *), GFP_KERNEL);
	if (!pool->backing.pages)
		return -ENOMEM;
	for (i = 0; i < pool->granules; i++) {
		struct page *page = alloc_pages_node(pool->numa_node, gfp, RAM_ORDER);

		if (!page || signal_pending(current)) {
			if (page)
				__free_pages(page, RAM_ORDER);
			ram_release(pool);
			return page ? -EINTR : -ENOMEM;
		}
		pool->backing.pages[i] = page;
	}
	return 0;
}
