/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few kernel interfaces that moved between 6.12 and today. The only file
 * of the module that asks for a kernel version.
 */
#ifndef CLOISON_COMPAT_H
#define CLOISON_COMPAT_H

#include <linux/dma-buf.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#error "cloison needs Linux 6.12 or later: PMD faults on PFN mappings and struct_ops in modules"
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#include <linux/pfn_t.h>

#define cloison_pfn(pfn) pfn_to_pfn_t(pfn)
#else
#define cloison_pfn(pfn) (pfn)
#endif

static inline vm_fault_t cloison_insert_pfn_pmd(struct vm_fault *vmf, unsigned long pfn, bool write)
{
	return vmf_insert_pfn_pmd(vmf, cloison_pfn(pfn), write);
}

/* arch_vmap_pud_supported() asks the CPU, which the configuration cannot. */
static inline vm_fault_t cloison_insert_pfn_pud(struct vm_fault *vmf, unsigned long pfn, bool write)
{
#ifdef CONFIG_HAVE_ARCH_TRANSPARENT_HUGEPAGE_PUD
	if (arch_vmap_pud_supported(PAGE_KERNEL))
		return vmf_insert_pfn_pud(vmf, cloison_pfn(pfn), write);
#endif
	return VM_FAULT_FALLBACK;
}

/* The namespace became a string in 6.13. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define CLOISON_IMPORT_DMA_BUF MODULE_IMPORT_NS(DMA_BUF)
#else
#define CLOISON_IMPORT_DMA_BUF MODULE_IMPORT_NS("DMA_BUF")
#endif

/* From 6.16 the exit of a task also says whether it was the last of its process. */
#define CLOISON_EXIT_TELLS_GROUP_DEAD (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0))

/* The flags of a clone became 64 bits on all machines in 6.18. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define cloison_clone_flags_t unsigned long
#else
#define cloison_clone_flags_t u64
#endif

/*
 * Telling importers was called moving until 7.1; before, and without that
 * option, the kernel pinned for every importer, be it one that can be told.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
#define CLOISON_DMABUF_PINS_ALL (!IS_ENABLED(CONFIG_DMABUF_MOVE_NOTIFY))

static inline void cloison_dmabuf_invalidate(struct dma_buf *dmabuf)
{
	dma_buf_move_notify(dmabuf);
}

static inline bool cloison_importer_lets_go(const struct dma_buf_attachment *attachment)
{
	return attachment->importer_ops && attachment->importer_ops->move_notify;
}
#else
#define CLOISON_DMABUF_PINS_ALL false

static inline void cloison_dmabuf_invalidate(struct dma_buf *dmabuf)
{
	dma_buf_invalidate_mappings(dmabuf);
}

static inline bool cloison_importer_lets_go(const struct dma_buf_attachment *attachment)
{
	return attachment->importer_ops && attachment->importer_ops->invalidate_mappings;
}
#endif

#endif /* CLOISON_COMPAT_H */
