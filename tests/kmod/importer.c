// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests only, never installed: a device driver that imports dma-bufs, well
 * behaved or not. It has no hardware; what its device would reach by DMA, the
 * CPU reads at the same addresses (there is no IOMMU in front of it).
 *
 * /dev/cloison-importer takes one command a write; each open file is one
 * attachment:
 *	attach KIND FD	KIND is dynamic, no-peer (dynamic, RAM only), stubborn
 *			(dynamic, but does not unmap when told) or static
 *	pin  map r|rw  unmap
 *	get OFFSET HEX	EILSEQ unless that byte is there, ENXIO if not mapped
 *	moved		ENODATA unless it was told to let go
 */
#include <linux/dma-buf.h>
#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/version.h>

static struct platform_device *device;

struct import {
	struct mutex lock;
	struct dma_buf *dmabuf;
	struct dma_buf_attachment *attachment;
	struct sg_table *table;
	enum dma_data_direction direction;
	bool dynamic, stubborn, pinned, moved;
};

static void unmap_locked(struct import *import)
{
	if (import->table)
		dma_buf_unmap_attachment(import->attachment, import->table, import->direction);
	import->table = NULL;
}

/* Under the reservation lock, as every mapping of a dynamic importer is. */
static void told(struct dma_buf_attachment *attachment)
{
	struct import *import = attachment->importer_priv;

	import->moved = true;
	if (!import->stubborn)
		unmap_locked(import);
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 1, 0)
#define OPS(_peer) { .allow_peer2peer = (_peer), .move_notify = told }
#else
#define OPS(_peer) { .allow_peer2peer = (_peer), .invalidate_mappings = told }
#endif
static const struct dma_buf_attach_ops with_peer = OPS(true), without_peer = OPS(false);

static int attach(struct import *import, const char *kind, int fd)
{
	if (import->dmabuf)
		return -EBUSY;
	import->dynamic = strcmp(kind, "static");
	import->stubborn = !strcmp(kind, "stubborn");
	import->dmabuf = dma_buf_get(fd);
	if (IS_ERR(import->dmabuf)) {
		int ret = PTR_ERR(import->dmabuf);

		import->dmabuf = NULL;
		return ret;
	}
	if (import->dynamic)
		import->attachment = dma_buf_dynamic_attach(
			import->dmabuf, &device->dev,
			strcmp(kind, "no-peer") ? &with_peer : &without_peer, import);
	else
		import->attachment = dma_buf_attach(import->dmabuf, &device->dev);
	if (IS_ERR(import->attachment)) {
		int ret = PTR_ERR(import->attachment);

		dma_buf_put(import->dmabuf);
		import->dmabuf = NULL;
		import->attachment = NULL;
		return ret;
	}
	return 0;
}

static int pin(struct import *import)
{
	int ret;

	dma_resv_lock(import->dmabuf->resv, NULL);
	ret = dma_buf_pin(import->attachment);
	import->pinned = !ret;
	dma_resv_unlock(import->dmabuf->resv);
	return ret;
}

static int map(struct import *import, bool write)
{
	struct sg_table *table;

	import->direction = write ? DMA_BIDIRECTIONAL : DMA_TO_DEVICE;
	if (!import->dynamic) {
		table = dma_buf_map_attachment_unlocked(import->attachment, import->direction);
	} else {
		dma_resv_lock(import->dmabuf->resv, NULL);
		table = dma_buf_map_attachment(import->attachment, import->direction);
		if (!IS_ERR(table))
			import->table = table;
		dma_resv_unlock(import->dmabuf->resv);
	}
	if (IS_ERR(table))
		return PTR_ERR(table);
	import->table = table;
	return 0;
}

static void unmap(struct import *import)
{
	if (!import->dynamic) {
		if (import->table)
			dma_buf_unmap_attachment_unlocked(import->attachment, import->table,
							  import->direction);
		import->table = NULL;
		return;
	}
	dma_resv_lock(import->dmabuf->resv, NULL);
	unmap_locked(import);
	dma_resv_unlock(import->dmabuf->resv);
}

/* By the address that the device was given. */
static int get(struct import *import, unsigned long offset, unsigned int byte)
{
	struct scatterlist *sg;
	int i;

	if (!import->table)
		return -ENXIO;
	for_each_sgtable_dma_sg(import->table, sg, i) {
		if (offset < sg_dma_len(sg)) {
			void *at = memremap(sg_dma_address(sg) + (offset & PAGE_MASK), PAGE_SIZE,
					    sg_page(sg) ? MEMREMAP_WB : MEMREMAP_WC);
			bool same;

			if (!at)
				return -ENOMEM;
			same = *((u8 *)at + offset_in_page(offset)) == byte;
			memunmap(at);
			return same ? 0 : -EILSEQ;
		}
		offset -= sg_dma_len(sg);
	}
	return -EINVAL;
}

static int command(struct import *import, const char *text)
{
	unsigned long offset;
	unsigned int byte;
	char word[16];
	int fd;

	if (sscanf(text, "attach %15s %d", word, &fd) == 2)
		return attach(import, word, fd);
	if (!import->attachment)
		return -ENOTCONN;
	if (!strcmp(text, "pin"))
		return pin(import);
	if (!strcmp(text, "map r") || !strcmp(text, "map rw"))
		return map(import, !strcmp(text, "map rw"));
	if (!strcmp(text, "moved"))
		return READ_ONCE(import->moved) ? 0 : -ENODATA;
	if (sscanf(text, "get %li %x", (long *)&offset, &byte) == 2)
		return get(import, offset, byte);
	if (strcmp(text, "unmap"))
		return -EINVAL;
	unmap(import);
	return 0;
}

static ssize_t importer_write(struct file *file, const char __user *from, size_t bytes,
			      loff_t *offset)
{
	struct import *import = file->private_data;
	char text[64] = "";
	int ret;

	if (bytes >= sizeof(text) || copy_from_user(text, from, bytes))
		return -EINVAL;
	mutex_lock(&import->lock);
	ret = command(import, text);
	mutex_unlock(&import->lock);
	return ret ?: bytes;
}

static int importer_open(struct inode *inode, struct file *file)
{
	struct import *import = kzalloc(sizeof(*import), GFP_KERNEL);

	if (!import)
		return -ENOMEM;
	mutex_init(&import->lock);
	file->private_data = import;
	return 0;
}

static int importer_close(struct inode *inode, struct file *file)
{
	struct import *import = file->private_data;

	if (import->attachment) {
		unmap(import);
		if (import->pinned) {
			dma_resv_lock(import->dmabuf->resv, NULL);
			dma_buf_unpin(import->attachment);
			dma_resv_unlock(import->dmabuf->resv);
		}
		dma_buf_detach(import->dmabuf, import->attachment);
		dma_buf_put(import->dmabuf);
	}
	kfree(import);
	return 0;
}

static const struct file_operations importer_fops = {
	.owner = THIS_MODULE,
	.open = importer_open,
	.release = importer_close,
	.write = importer_write,
};

static struct miscdevice node = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "cloison-importer",
	.fops = &importer_fops,
	.mode = 0666,
};

static int __init importer_init(void)
{
	int ret;

	device = platform_device_register_simple("cloison-importer", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = dma_coerce_mask_and_coherent(&device->dev, DMA_BIT_MASK(64));
	if (!ret)
		ret = misc_register(&node);
	if (ret)
		platform_device_unregister(device);
	return ret;
}

static void __exit importer_exit(void)
{
	misc_deregister(&node);
	platform_device_unregister(device);
}

module_init(importer_init);
module_exit(importer_exit);

/* The namespace became a string in 6.13. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
MODULE_IMPORT_NS(DMA_BUF);
#else
MODULE_IMPORT_NS("DMA_BUF");
#endif
MODULE_DESCRIPTION("Imports dma-bufs for the tests of cloison");
MODULE_LICENSE("GPL");
