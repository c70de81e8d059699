// SPDX-License-Identifier: GPL-2.0-only
/*
 * A region, or part of one, as a dma-buf: a descriptor that maps the same bytes
 * under the same wall. Devices that attach to it: importer.c.
 */
#include <linux/dma-buf.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/slab.h>

#include "cloison_private.h"

static int mmap(struct dma_buf *dmabuf, struct vm_area_struct *vma)
{
	return cloison_mmap(dmabuf->priv, vma);
}

static void release(struct dma_buf *dmabuf)
{
	struct cloison_view *view = dmabuf->priv;

	cloison_view_remove(view);
	kfree(view);
}

static const struct dma_buf_ops dmabuf_ops = {
	.attach = cloison_importer_attach,
	.detach = cloison_importer_detach,
	.pin = cloison_importer_pin,
	.unpin = cloison_importer_unpin,
	.map_dma_buf = cloison_importer_map,
	.unmap_dma_buf = cloison_importer_unmap,
	.mmap = mmap,
	.release = release,
};

static int check_args(const struct cloison_view *from, const struct cloison_region_export *args)
{
	u64 size = PAGE_ALIGN(from->region->bytes);

	if (args->flags || args->fd_flags & ~(O_CLOEXEC | O_ACCMODE))
		return -EOPNOTSUPP;
	if ((args->fd_flags & O_ACCMODE) != O_RDONLY && (args->fd_flags & O_ACCMODE) != O_RDWR)
		return -EINVAL;
	if (!PAGE_ALIGNED(args->offset) || !PAGE_ALIGNED(args->bytes) || args->offset >= size ||
	    args->bytes > size - args->offset)
		return -EINVAL;
	if ((args->fd_flags & O_ACCMODE) == O_RDWR) {
		if (!from->writable)
			return -EACCES;
		if (READ_ONCE(from->region->state) == CLOISON_REGION_SEALED)
			return -EPERM;
	}
	return 0;
}

static struct dma_buf *make(struct cloison_view *view, struct cloison_node *through, int flags)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *dmabuf;
	int ret;

	info.ops = &dmabuf_ops;
	info.size = view->bytes;
	info.flags = flags;
	info.priv = view;
	dmabuf = dma_buf_export(&info);
	if (IS_ERR(dmabuf)) {
		kfree(view);
		return dmabuf;
	}
	cloison_view_give_space(view, dmabuf->file);
	view->dmabuf = dmabuf;
	ret = cloison_view_add(view, through);
	if (ret) {
		dma_buf_put(dmabuf);
		return ERR_PTR(ret);
	}
	return dmabuf;
}

int cloison_region_export(struct cloison_call *call)
{
	struct cloison_view *from = call->file->private_data;
	struct cloison_region_export *args = call->args;
	struct cloison_view *view;
	struct dma_buf *dmabuf;
	int ret;

	ret = check_args(from, args);
	if (ret)
		return ret;
	view = kzalloc(sizeof(*view), GFP_KERNEL_ACCOUNT);
	if (!view)
		return -ENOMEM;
	view->offset = args->offset;
	view->bytes = args->bytes ?: PAGE_ALIGN(from->region->bytes) - args->offset;
	view->writable = (args->fd_flags & O_ACCMODE) == O_RDWR;
	dmabuf = make(view, from->through, args->fd_flags);
	if (IS_ERR(dmabuf))
		return PTR_ERR(dmabuf);

	ret = get_unused_fd_flags(args->fd_flags & O_CLOEXEC);
	if (ret < 0) {
		dma_buf_put(dmabuf);
		return ret;
	}
	args->out_fd = ret;
	call->result = dmabuf;
	return 0;
}

/* Only now: a descriptor that the caller never learned of could not be closed. */
void cloison_region_export_done(struct cloison_call *call)
{
	struct cloison_region_export *args = call->args;
	struct dma_buf *dmabuf = call->result;

	fd_install(args->out_fd, dmabuf->file);
}

void cloison_region_export_undo(struct cloison_call *call)
{
	struct cloison_region_export *args = call->args;

	put_unused_fd(args->out_fd);
	dma_buf_put(call->result);
}
