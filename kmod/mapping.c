// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of regions: made, faulted in, asked about again, ended.
 *
 * A mapping has pfns and no pages (VM_PFNMAP), so that neither
 * process_vm_readv, ptrace, /proc/PID/mem, O_DIRECT nor a core dump gets at it;
 * it is shared, never inherited and cannot grow. Each view has an address space
 * of its own, so that ending one tenant's mappings leaves the others' alone.
 */
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "cloison_private.h"
#include "trace.h"

#ifndef CONFIG_MEMCG
#error "cloison needs CONFIG_MEMCG: whose mapping it is comes from mm->owner"
#endif

/**
 * struct cloison_mapping - one mmap, and what munmap and mremap made of it
 * @vmas: how many areas are left of it
 * @node: in mappings
 * @view: what it maps; its file is held by the areas
 * @mm: whose, grabbed
 * @zapped: the sweep took its pfns away and no fault has brought one back
 * @doomed: this sweep is about to
 * @settled: the last cloison_mappings_settle() that waited for it
 */
struct cloison_mapping {
	struct kref vmas;
	struct list_head node;
	struct cloison_view *view;
	struct mm_struct *mm;
	bool zapped;
	bool doomed;
	u64 settled;
};

static DEFINE_MUTEX(mappings_lock);
static LIST_HEAD(mappings);

unsigned int cloison_sweep_ms = 50;

static int set_sweep_ms(const char *value, const struct kernel_param *param)
{
	return param_set_uint_minmax(value, param, 1, 1000);
}

static const struct kernel_param_ops sweep_ms_ops = {
	.set = set_sweep_ms,
	.get = param_get_uint,
};
module_param_cb(sweep_ms, &sweep_ms_ops, &cloison_sweep_ms, 0644);
MODULE_PARM_DESC(sweep_ms,
		 "milliseconds between two questions about a live mapping, 1 to 1000 (default 50)");

static void sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweep_work, sweep);
/* Its own, and of high priority: no load on the host may put off a denial. */
static struct workqueue_struct *sweeper;

static void sweep_later(void)
{
	queue_delayed_work(sweeper, &sweep_work, msecs_to_jiffies(READ_ONCE(cloison_sweep_ms)));
}

/* ---- views ------------------------------------------------------------- */

/**
 * cloison_view_give_space - an address space that lives as long as the view
 * @view: new
 * @file: by which it is mapped, nobody else's yet
 *
 * That of a dma-buf's inode would not do: it goes before the dma-buf's release,
 * and until then the view is zapped with all others.
 */
void cloison_view_give_space(struct cloison_view *view, struct file *file)
{
	address_space_init_once(&view->space);
	view->space.host = file_inode(file);
	view->space.a_ops = &empty_aops;
	file->f_mapping = &view->space;
}

/**
 * cloison_view_add - a new way into a region
 * @view: everything but @node, @through and @region set
 * @through: by which node
 *
 * It is added in any case, and is to be removed after a failure.
 *
 * Return: 0; -EBUSY if it is a dma-buf and the region changes its size, or just
 * did so.
 */
int cloison_view_add(struct cloison_view *view, struct cloison_node *through)
{
	struct cloison_region *region = through->region;
	int ret = 0;

	get_device(&through->dev);
	view->through = through;
	view->region = region;
	atomic_inc(&through->opens);
	mutex_lock(&region->lock);
	list_add(&view->node, &region->views);
	view->seen = atomic_read(&region->changes);
	if (cloison_view_is_file(view))
		/* So that stat and fstat tell the size, which loaders go by. */
		i_size_write(view->space.host, region->bytes);
	else if (region->resizing || view->offset + view->bytes > PAGE_ALIGN(region->bytes))
		ret = -EBUSY;
	mutex_unlock(&region->lock);
	return ret;
}

/**
 * cloison_view_remove - nobody holds its file any more, and so no mapping
 * @view: the view
 */
void cloison_view_remove(struct cloison_view *view)
{
	struct cloison_region *region = view->region;

	mutex_lock(&region->lock);
	list_del(&view->node);
	mutex_unlock(&region->lock);
	atomic_dec(&view->through->opens);
	put_device(&view->through->dev);
}

static void view_zap(struct cloison_view *view)
{
	unmap_mapping_range(&view->space, 0, 0, 1);
}

/**
 * cloison_views_zap - take the pfns out of every mapping of a region
 * @region: its lock held
 * @only: of those made by this node; NULL for all
 */
void cloison_views_zap(struct cloison_region *region, const struct cloison_node *only)
{
	struct cloison_view *view;

	lockdep_assert_held(&region->lock);
	list_for_each_entry(view, &region->views, node)
		if (!only || view->through == only)
			view_zap(view);
}

/* ---- areas ------------------------------------------------------------- */

static void mapping_end(struct kref *ref)
{
	struct cloison_mapping *mapping = container_of(ref, struct cloison_mapping, vmas);

	mutex_lock(&mappings_lock);
	list_del(&mapping->node);
	mutex_unlock(&mappings_lock);
	atomic_dec(&mapping->view->through->mappings);
	mmdrop(mapping->mm);
	kfree(mapping);
}

/*
 * A split or a move makes a second area of the same mapping. A move to where
 * 1 GiB entries do not fit takes them for garbage: the kernel's get_old_pud()
 * clears them and leaves what the TLB has of them, which no later zap would
 * reach. So they go before; the mmap_lock is held, and cloison_insert() needs it.
 */
static void vma_open(struct vm_area_struct *vma)
{
	struct cloison_mapping *mapping = vma->vm_private_data;

	kref_get(&mapping->vmas);
	if (READ_ONCE(mapping->view->giga))
		view_zap(mapping->view);
}

static void vma_close(struct vm_area_struct *vma)
{
	struct cloison_mapping *mapping = vma->vm_private_data;

	kref_put(&mapping->vmas, mapping_end);
}

/*
 * Inside cloison_srcu. A sealed region takes no pfn into an area that may be
 * written, even to be read.
 */
static int may_map(const struct cloison_view *view, enum cloison_access_kind kind, bool write)
{
	int ret;

	ret = cloison_admit_current(view->through, kind);
	if (!ret)
		ret = cloison_node_usable(view->through);
	if (!ret && write && READ_ONCE(view->region->state) == CLOISON_REGION_SEALED)
		ret = -EPERM;
	return ret;
}

/* Only a seal stands in the way; what else the kernel checks, it checks. */
static int vma_mprotect(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			unsigned long newflags)
{
	struct cloison_mapping *mapping = vma->vm_private_data;

	if (!(newflags & VM_WRITE))
		return 0;
	return READ_ONCE(mapping->view->region->state) == CLOISON_REGION_READY ? 0 : -EPERM;
}

/**
 * cloison_view_pages - how many pages of a view may be mapped
 * @view: the view
 *
 * Inside cloison_srcu, since a region may change its size.
 */
u64 cloison_view_pages(const struct cloison_view *view)
{
	u64 all = DIV_ROUND_UP_ULL(READ_ONCE(view->region->bytes), PAGE_SIZE);
	u64 before = view->offset >> PAGE_SHIFT;

	all -= min(all, before);
	return view->bytes ? min(all, view->bytes >> PAGE_SHIFT) : all;
}

static vm_fault_t vma_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct cloison_mapping *mapping = vmf->vma->vm_private_data;
	struct cloison_view *view = mapping->view;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	int idx;

	if (!cloison_may_fit(vmf, view, order))
		return VM_FAULT_FALLBACK;
	idx = srcu_read_lock(&cloison_srcu);
	if (!may_map(view, CLOISON_ACCESS_FAULT, vmf->vma->vm_flags & VM_WRITE)) {
		WRITE_ONCE(mapping->zapped, false);
		ret = cloison_insert(vmf, view, order);
	}
	srcu_read_unlock(&cloison_srcu, idx);
	return ret;
}

static vm_fault_t vma_fault(struct vm_fault *vmf)
{
	return vma_huge_fault(vmf, 0);
}

static const struct vm_operations_struct vma_ops = {
	.open = vma_open,
	.close = vma_close,
	.mprotect = vma_mprotect,
	.fault = vma_fault,
	.huge_fault = vma_huge_fault,
};

static int check_bounds(const struct cloison_view *view, struct vm_area_struct *vma)
{
	u64 pages = cloison_view_pages(view);

	if (READ_ONCE(view->region->resizing))
		return -EBUSY;
	/* In pages: in bytes this could overflow. */
	if (vma->vm_pgoff > pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	return 0;
}

/*
 * A private mapping that is written copies the tenant's bytes into memory that
 * nobody scrubs; some loaders map privately and only read, which is harmless.
 */
static int check_flags(const struct cloison_view *view, struct vm_area_struct *vma)
{
	bool shared = vma->vm_flags & VM_MAYSHARE;

	if (vma->vm_flags & VM_WRITE) {
		if (!shared)
			return -EINVAL;
		if (!view->writable)
			return -EACCES;
	}
	if (!shared || !view->writable || READ_ONCE(view->region->state) != CLOISON_REGION_READY)
		vm_flags_clear(vma, VM_MAYWRITE);
	return 0;
}

/**
 * cloison_mmap - map a view
 * @view: what
 * @vma: where
 *
 * Return: 0 or a negative errno of the contract in cloison.h.
 */
int cloison_mmap(struct cloison_view *view, struct vm_area_struct *vma)
{
	struct cloison_mapping *mapping;
	int ret;
	int idx;

	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (!mapping)
		return -ENOMEM;
	idx = srcu_read_lock(&cloison_srcu);
	ret = may_map(view, CLOISON_ACCESS_MMAP, vma->vm_flags & VM_WRITE) ?:
		      check_bounds(view, vma)				   ?:
									     check_flags(view, vma);
	/* Before a resize that begins after this looks for mappings. */
	if (!ret)
		atomic_inc(&view->through->mappings);
	srcu_read_unlock(&cloison_srcu, idx);
	if (ret) {
		kfree(mapping);
		return ret;
	}
	kref_init(&mapping->vmas);
	mapping->view = view;
	mapping->mm = vma->vm_mm;
	mmgrab(mapping->mm);

	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTDUMP | VM_DONTCOPY | VM_DONTEXPAND);
	if (view->region->pool->write_combine)
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	vma->vm_ops = &vma_ops;
	vma->vm_private_data = mapping;

	mutex_lock(&mappings_lock);
	list_add(&mapping->node, &mappings);
	mutex_unlock(&mappings_lock);
	sweep_later();
	return 0;
}

/* ---- asking again ------------------------------------------------------ */

/* Marks what must go; true if there is anything. */
static bool sweep_judge(void)
{
	struct cloison_mapping *mapping;
	bool any = false;
	int idx;

	lockdep_assert_held(&mappings_lock);
	list_for_each_entry(mapping, &mappings, node) {
		mapping->doomed = false;
		if (READ_ONCE(mapping->zapped))
			continue;
		idx = srcu_read_lock(&cloison_srcu);
		mapping->doomed = cloison_admit_mm(mapping->view->through, mapping->mm);
		srcu_read_unlock(&cloison_srcu, idx);
		if (mapping->doomed) {
			/*
			 * Before the wait below: a fault that is admitted after
			 * this, in whatever order, makes the next sweep ask.
			 */
			WRITE_ONCE(mapping->zapped, true);
			any = true;
		}
		cond_resched();
	}
	return any;
}

static void zap_doomed(void)
{
	struct cloison_mapping *mapping;

	list_for_each_entry(mapping, &mappings, node)
		if (mapping->doomed)
			view_zap(mapping->view);
}

/*
 * Zapped twice: at once, because the wait is as long as any tenant's task that
 * is inside cloison_srcu gets no CPU; and after it, for what a fault that was
 * admitted before still brought in.
 */
static void sweep(struct work_struct *work)
{
	mutex_lock(&mappings_lock);
	if (sweep_judge()) {
		zap_doomed();
		/* Nobody's mmap waits with us; what is mapped meanwhile is not doomed. */
		mutex_unlock(&mappings_lock);
		synchronize_srcu_expedited(&cloison_srcu);
		mutex_lock(&mappings_lock);
		zap_doomed();
	}
	if (!list_empty(&mappings))
		sweep_later();
	mutex_unlock(&mappings_lock);
}

/**
 * cloison_sweep_now - ask about every live mapping without delay
 */
void cloison_sweep_now(void)
{
	mod_delayed_work(sweeper, &sweep_work, 0);
}

/**
 * cloison_mappings_zap_all - take the pfns out of every mapping of every region
 * @tenant: of those made by this tenant's nodes; NULL for all
 */
void cloison_mappings_zap_all(const struct cloison_tenant *tenant)
{
	struct cloison_mapping *mapping;

	mutex_lock(&mappings_lock);
	list_for_each_entry(mapping, &mappings, node)
		if (!tenant || mapping->view->through->tenant == tenant)
			view_zap(mapping->view);
	mutex_unlock(&mappings_lock);
}

/* The address space of a mapping of @region that @round has not waited for. */
static struct mm_struct *next_unsettled(struct cloison_region *region, u64 round)
{
	struct cloison_mapping *mapping;
	struct mm_struct *mm = NULL;

	mutex_lock(&mappings_lock);
	list_for_each_entry(mapping, &mappings, node) {
		if (mapping->view->region != region || mapping->settled == round)
			continue;
		mapping->settled = round;
		mm = mapping->mm;
		mmgrab(mm);
		break;
	}
	mutex_unlock(&mappings_lock);
	return mm;
}

/**
 * cloison_mappings_settle - wait for whoever is changing a mapping right now
 * @region: of this region
 *
 * An mprotect looks at the region's state, then changes the area, and holds its
 * mmap_lock all the while.
 */
void cloison_mappings_settle(struct cloison_region *region)
{
	static atomic64_t rounds;
	u64 round = atomic64_inc_return(&rounds);
	struct mm_struct *mm;

	while ((mm = next_unsettled(region, round))) {
		mmap_read_lock(mm);
		mmap_read_unlock(mm);
		mmdrop(mm);
	}
}

int cloison_sweep_init(void)
{
	sweeper = alloc_workqueue("cloison_sweep", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return sweeper ? 0 : -ENOMEM;
}

void cloison_sweep_exit(void)
{
	cancel_delayed_work_sync(&sweep_work);
	destroy_workqueue(sweeper);
}
