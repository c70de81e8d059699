// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a fault puts into a page table: 1 GiB, 2 MiB or a page, whatever fits.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "cloison_private.h"
#include "compat.h"

/* What an entry of a page table would map. */
struct entry {
	unsigned long address;
	unsigned long pfn;
};

/*
 * Where an entry of that order would begin; VM_FAULT_FALLBACK if it does not
 * fit. Inside cloison_srcu, or of a pool whose memory is in one piece.
 */
static vm_fault_t locate(const struct vm_fault *vmf, const struct cloison_view *view,
			 unsigned int order, struct entry *entry)
{
	struct cloison_pool *pool = view->region->pool;
	struct vm_area_struct *vma = vmf->vma;
	u64 pages = cloison_view_pages(view);
	u64 pgoff, at;

	entry->address = ALIGN_DOWN(vmf->address, PAGE_SIZE << order);
	if (entry->address < vma->vm_start || vma->vm_end - entry->address < PAGE_SIZE << order)
		return VM_FAULT_FALLBACK;
	/* Not trusted to be what mmap saw: the area may have been moved or split. */
	pgoff = linear_page_index(vma, entry->address);
	if (pgoff >= pages)
		return VM_FAULT_SIGBUS;
	at = (READ_ONCE(view->region->first) << CLOISON_GRANULE_SHIFT) + view->offset +
	     (pgoff << PAGE_SHIFT);
	entry->pfn = pool->ops->pfn(pool, at);
	if (pages - pgoff < 1UL << order || !IS_ALIGNED(entry->pfn, 1UL << order))
		return VM_FAULT_FALLBACK;
	if (cloison_memory_failed(pool, at, PAGE_SIZE << order))
		return order ? VM_FAULT_FALLBACK : VM_FAULT_HWPOISON;
	return 0;
}

/* Not while areas can be split or moved: vma_open() counts on that. */
static vm_fault_t insert_giga(struct vm_fault *vmf, struct cloison_view *view, unsigned long pfn)
{
	if (vmf->flags & FAULT_FLAG_VMA_LOCK) {
		release_fault_lock(vmf);
		return VM_FAULT_RETRY;
	}
	WRITE_ONCE(view->giga, true);
	return cloison_insert_pfn_pud(vmf, pfn, vmf->flags & FAULT_FLAG_WRITE);
}

/**
 * cloison_insert - put an entry into a page table
 * @vmf: the fault
 * @view: what the area maps
 * @order: how large an entry: PUD_ORDER, PMD_ORDER or 0
 *
 * Inside cloison_srcu, the access admitted.
 */
vm_fault_t cloison_insert(struct vm_fault *vmf, struct cloison_view *view, unsigned int order)
{
	struct entry entry;
	vm_fault_t ret = locate(vmf, view, order, &entry);

	if (ret)
		return ret;
	if (order == PUD_ORDER)
		ret = insert_giga(vmf, view, entry.pfn);
	else if (order == PMD_ORDER)
		ret = cloison_insert_pfn_pmd(vmf, entry.pfn, vmf->flags & FAULT_FLAG_WRITE);
	else
		ret = vmf_insert_pfn(vmf->vma, entry.address, entry.pfn);
	if (ret == VM_FAULT_NOPAGE)
		atomic64_inc(order == PUD_ORDER ? &view->region->faults_1g :
			     order == PMD_ORDER ? &view->region->faults_2m :
						  &view->region->faults_4k);
	return ret;
}

/**
 * cloison_may_fit - is an entry of that order worth a question?
 * @vmf: the fault
 * @view: what the area maps
 * @order: how large an entry
 *
 * Most regions have no gigabyte to map by one.
 */
bool cloison_may_fit(const struct vm_fault *vmf, const struct cloison_view *view,
		     unsigned int order)
{
	struct entry entry;

	if (order != PUD_ORDER)
		return order == PMD_ORDER || !order;
	return cloison_pool_is_one_piece(view->region->pool) && !locate(vmf, view, order, &entry);
}

/**
 * cloison_get_unmapped_area - an address at which large entries fit
 * @file: of a node
 * @addr: what the caller would like
 * @len: how many bytes
 * @pgoff: from where
 * @flags: of mmap
 *
 * As far from a multiple of 1 GiB as the memory is, for a gigabyte and more; as
 * far from one of 2 MiB for less.
 */
unsigned long cloison_get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
					unsigned long pgoff, unsigned long flags)
{
	const struct cloison_region *region = cloison_view_of(file)->region;
	unsigned long padded = len + PUD_SIZE;
	unsigned long at;
	u64 memory;

	if (addr || len < PUD_SIZE || padded < len || !cloison_pool_is_one_piece(region->pool))
		return thp_get_unmapped_area(file, addr, len, pgoff, flags);
	at = thp_get_unmapped_area(file, addr, padded, pgoff, flags);
	if (IS_ERR_VALUE(at))
		return thp_get_unmapped_area(file, addr, len, pgoff, flags);
	memory = region->pool->start + (READ_ONCE(region->first) << CLOISON_GRANULE_SHIFT) +
		 ((u64)pgoff << PAGE_SHIFT);
	return at + ((memory - at) & (PUD_SIZE - 1));
}
