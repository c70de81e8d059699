// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that attach to a region's dma-buf. Each can be told to let go, or the
 * region allows pinning; the memory goes to the scrubber when the last of them
 * has unmapped it and not before, whatever became of the region meanwhile.
 *
 * Locks: region->lock, then the dma-buf's reservation lock, under which an
 * importer maps, unmaps and is told. importers_lock is never held while taking
 * either.
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/scatterlist.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "cloison_private.h"
#include "compat.h"

/**
 * struct importer - one device's attachment
 * @node: in importers
 * @attachment: the kernel's side of it
 * @mm: of the task that attached it, grabbed: asked about as long as it lasts
 * @maps: how often the device has the memory mapped now
 * @asked: the last round of sweep() that looked at it
 */
struct importer {
	struct list_head node;
	struct dma_buf_attachment *attachment;
	struct mm_struct *mm;
	atomic_t maps;
	u64 asked;
};

static DEFINE_MUTEX(importers_lock);
static LIST_HEAD(importers);

static struct workqueue_struct *sweeper;
static void sweep(struct work_struct *work);
static DECLARE_DELAYED_WORK(sweep_work, sweep);

static struct cloison_view *view_of(const struct dma_buf_attachment *attachment)
{
	return attachment->dmabuf->priv;
}

/* ---- coming and going -------------------------------------------------- */

static int may_attach(const struct cloison_view *view, const struct dma_buf_attachment *attachment)
{
	const struct cloison_region *region = view->region;
	int idx, ret;

	/* What is no RAM to the kernel has no pages to show to an importer. */
	if (region->pool->kind != CLOISON_POOL_RAM && !attachment->peer2peer)
		return -EOPNOTSUPP;
	if (!cloison_importer_lets_go(attachment) && !region->allow_pinning)
		return -EOPNOTSUPP;
	if (!current->mm)
		return -EACCES;
	idx = srcu_read_lock(&cloison_srcu);
	ret = cloison_admit_current(view->through, CLOISON_ACCESS_MMAP);
	if (!ret)
		ret = cloison_node_usable(view->through);
	srcu_read_unlock(&cloison_srcu, idx);
	return ret;
}

int cloison_importer_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct cloison_view *view = dmabuf->priv;
	struct importer *importer;
	int ret;

	ret = may_attach(view, attachment);
	if (ret) {
		dev_notice_ratelimited(&view->through->dev, "attach of device %s refused (%d)\n",
				       dev_name(attachment->dev), ret);
		return ret;
	}
	importer = kzalloc(sizeof(*importer), GFP_KERNEL_ACCOUNT);
	if (!importer)
		return -ENOMEM;
	importer->attachment = attachment;
	importer->mm = current->mm;
	mmgrab(importer->mm);
	attachment->priv = importer;
	mutex_lock(&importers_lock);
	list_add(&importer->node, &importers);
	mutex_unlock(&importers_lock);
	queue_delayed_work(sweeper, &sweep_work, msecs_to_jiffies(READ_ONCE(cloison_sweep_ms)));
	return 0;
}

void cloison_importer_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment)
{
	struct importer *importer = attachment->priv;

	mutex_lock(&importers_lock);
	list_del(&importer->node);
	mutex_unlock(&importers_lock);
	mmdrop(importer->mm);
	kfree(importer);
}

int cloison_importer_pin(struct dma_buf_attachment *attachment)
{
	if (view_of(attachment)->region->allow_pinning)
		return 0;
	/*
	 * Such a kernel pins for every importer, and those that can be told are
	 * told all the same.
	 */
	if (CLOISON_DMABUF_PINS_ALL && cloison_importer_lets_go(attachment))
		return 0;
	return -EOPNOTSUPP;
}

void cloison_importer_unpin(struct dma_buf_attachment *attachment)
{
}

/* ---- the memory, as a device sees it ------------------------------------ */

/* One entry of a table: RAM is contiguous within a granule only. */
static u64 piece(const struct cloison_pool *pool, u64 at, u64 left)
{
	u64 most = pool->kind == CLOISON_POOL_RAM ? CLOISON_GRANULE : SZ_1G;

	return min(left, most - (at & (most - 1)));
}

static u64 view_start(const struct cloison_view *view)
{
	return (view->region->first << CLOISON_GRANULE_SHIFT) + view->offset;
}

static unsigned int count_pieces(const struct cloison_view *view)
{
	u64 at = view_start(view);
	u64 left = view->bytes;
	unsigned int count = 0;
	u64 part;

	for (; left; at += part, left -= part, count++)
		part = piece(view->region->pool, at, left);
	return count;
}

static void unmap_device_memory(struct device *dev, struct sg_table *table,
				enum dma_data_direction dir)
{
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_sg(table, sg, i)
		if (sg_dma_len(sg))
			dma_unmap_resource(dev, sg_dma_address(sg), sg_dma_len(sg), dir, 0);
}

static int map_device_memory(const struct cloison_view *view, struct device *dev,
			     struct sg_table *table, enum dma_data_direction dir)
{
	struct cloison_pool *pool = view->region->pool;
	u64 at = view_start(view);
	u64 left = view->bytes;
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_sg(table, sg, i) {
		u64 part = piece(pool, at, left);
		phys_addr_t start = (phys_addr_t)pool->ops->pfn(pool, at) << PAGE_SHIFT;
		dma_addr_t address = dma_map_resource(dev, start, part, dir, 0);

		if (dma_mapping_error(dev, address)) {
			unmap_device_memory(dev, table, dir);
			return -EIO;
		}
		sg_set_page(sg, NULL, part, 0);
		sg_dma_address(sg) = address;
		sg_dma_len(sg) = part;
		at += part;
		left -= part;
	}
	return 0;
}

static int map_pages(const struct cloison_view *view, struct device *dev, struct sg_table *table,
		     enum dma_data_direction dir)
{
	struct cloison_pool *pool = view->region->pool;
	u64 at = view_start(view);
	u64 left = view->bytes;
	struct scatterlist *sg;
	unsigned int i;

	for_each_sgtable_sg(table, sg, i) {
		u64 part = piece(pool, at, left);

		if (cloison_memory_failed(pool, at, part))
			return -EHWPOISON;
		sg_set_page(sg, pfn_to_page(pool->ops->pfn(pool, at)), part, 0);
		at += part;
		left -= part;
	}
	return dma_map_sgtable(dev, table, dir, 0);
}

static struct sg_table *make_table(const struct cloison_view *view, struct device *dev,
				   enum dma_data_direction dir)
{
	struct sg_table *table = kzalloc(sizeof(*table), GFP_KERNEL);
	int ret;

	if (!table)
		return ERR_PTR(-ENOMEM);
	ret = sg_alloc_table(table, count_pieces(view), GFP_KERNEL);
	if (ret)
		goto out_free;
	if (view->region->pool->kind == CLOISON_POOL_RAM)
		ret = map_pages(view, dev, table, dir);
	else
		ret = map_device_memory(view, dev, table, dir);
	if (!ret)
		return table;
	sg_free_table(table);
out_free:
	kfree(table);
	return ERR_PTR(ret);
}

static void free_table(const struct cloison_view *view, struct device *dev, struct sg_table *table,
		       enum dma_data_direction dir)
{
	if (view->region->pool->kind == CLOISON_POOL_RAM)
		dma_unmap_sgtable(dev, table, dir, 0);
	else
		unmap_device_memory(dev, table, dir);
	sg_free_table(table);
	kfree(table);
}

/*
 * Holds the memory. Inside cloison_srcu, so that whoever ends the region or its
 * writing either finds this device's hold when he tells it, or had it refused.
 */
static int hold(const struct cloison_view *view, struct mm_struct *mm, bool write)
{
	struct cloison_region *region = view->region;
	int idx, ret;

	if (write && !view->writable)
		return -EACCES;
	idx = srcu_read_lock(&cloison_srcu);
	ret = cloison_admit_mm(view->through, mm);
	if (!ret)
		ret = cloison_node_usable(view->through);
	if (!ret && write &&
	    (READ_ONCE(region->sealing) || READ_ONCE(region->state) == CLOISON_REGION_SEALED))
		ret = -EPERM;
	if (!ret) {
		cloison_region_hold_memory(region);
		atomic_inc(&view->through->mappings);
		if (write)
			atomic_inc(&region->device_writers);
	}
	srcu_read_unlock(&cloison_srcu, idx);
	return ret;
}

static void let_go(const struct cloison_view *view, bool write)
{
	if (write)
		atomic_dec(&view->region->device_writers);
	atomic_dec(&view->through->mappings);
	cloison_region_drop_memory(view->region);
}

struct sg_table *cloison_importer_map(struct dma_buf_attachment *attachment,
				      enum dma_data_direction dir)
{
	struct cloison_view *view = attachment->dmabuf->priv;
	struct importer *importer = attachment->priv;
	bool write = dir != DMA_TO_DEVICE;
	struct sg_table *table;
	int ret;

	ret = hold(view, importer->mm, write);
	if (ret)
		return ERR_PTR(ret);
	table = make_table(view, attachment->dev, dir);
	if (IS_ERR(table))
		let_go(view, write);
	else
		atomic_inc(&importer->maps);
	return table;
}

void cloison_importer_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
			    enum dma_data_direction dir)
{
	struct cloison_view *view = attachment->dmabuf->priv;
	struct importer *importer = attachment->priv;

	free_table(view, attachment->dev, table, dir);
	atomic_dec(&importer->maps);
	let_go(view, dir != DMA_TO_DEVICE);
}

/* ---- telling them -------------------------------------------------------- */

static void tell(struct dma_buf *dmabuf)
{
	dma_resv_lock(dmabuf->resv, NULL);
	cloison_dmabuf_invalidate(dmabuf);
	dma_resv_unlock(dmabuf->resv);
}

/**
 * cloison_importers_let_go - tell every device that maps a region to let go
 * @region: its lock held, and no new mapping admitted any more
 * @only: by this node, or by any if NULL
 *
 * They may take their time: see cloison_region.memory for who waits for them.
 */
void cloison_importers_let_go(struct cloison_region *region, const struct cloison_node *only)
{
	struct cloison_view *view;

	lockdep_assert_held(&region->lock);
	list_for_each_entry(view, &region->views, node)
		if (view->dmabuf && (!only || view->through == only))
			tell(view->dmabuf);
}

/*
 * An importer that has memory mapped and was not asked about in this round. Its
 * dma-buf is referenced: it lives until the importer, which is in the list, has
 * been detached.
 */
static struct dma_buf *next_denied(u64 round)
{
	struct dma_buf *denied = NULL;
	struct importer *importer;
	int idx;

	mutex_lock(&importers_lock);
	list_for_each_entry(importer, &importers, node) {
		if (importer->asked == round || !atomic_read(&importer->maps))
			continue;
		importer->asked = round;
		idx = srcu_read_lock(&cloison_srcu);
		if (cloison_admit_mm(view_of(importer->attachment)->through, importer->mm))
			denied = importer->attachment->dmabuf;
		srcu_read_unlock(&cloison_srcu, idx);
		if (denied) {
			get_dma_buf(denied);
			break;
		}
	}
	mutex_unlock(&importers_lock);
	return denied;
}

/* As mappings are asked about; in a work of its own, for a driver may be slow to let go. */
static void sweep(struct work_struct *work)
{
	static u64 rounds;
	struct dma_buf *dmabuf;

	rounds++;
	while ((dmabuf = next_denied(rounds))) {
		tell(dmabuf);
		dma_buf_put(dmabuf);
	}
	mutex_lock(&importers_lock);
	if (!list_empty(&importers))
		queue_delayed_work(sweeper, &sweep_work,
				   msecs_to_jiffies(READ_ONCE(cloison_sweep_ms)));
	mutex_unlock(&importers_lock);
}

/**
 * cloison_importers_show - which devices are attached to a region
 * @node: by this node of it
 * @buf: a page of sysfs: lines of a device's name, "dynamic" or "pinning", and
 *       how often it has the memory mapped
 */
ssize_t cloison_importers_show(const struct cloison_node *node, char *buf)
{
	const struct dma_buf_attachment *attachment;
	struct importer *importer;
	ssize_t length = 0;

	mutex_lock(&importers_lock);
	list_for_each_entry(importer, &importers, node) {
		attachment = importer->attachment;
		if (view_of(attachment)->through != node)
			continue;
		length +=
			sysfs_emit_at(buf, length, "%s %s %d\n", dev_name(attachment->dev),
				      cloison_importer_lets_go(attachment) ? "dynamic" : "pinning",
				      atomic_read(&importer->maps));
	}
	mutex_unlock(&importers_lock);
	return length;
}

int cloison_importers_init(void)
{
	sweeper = alloc_workqueue("cloison_importers", WQ_UNBOUND, 0);
	return sweeper ? 0 : -ENOMEM;
}

void cloison_importers_exit(void)
{
	cancel_delayed_work_sync(&sweep_work);
	destroy_workqueue(sweeper);
}
