// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/cloison/<tenant>/<name> as a file: what an unmodified runtime expects
 * of a file of weights, and a few ioctls.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "cloison_private.h"

/* How much is copied between two questions whether this may go on. */
#define CHUNK SZ_64K

struct cloison_view *cloison_view_of(struct file *file)
{
	return file->private_data;
}

/* Inside cloison_srcu. */
static int may_open(const struct cloison_node *node, const struct file *file)
{
	int ret;

	ret = cloison_admit_current(node, CLOISON_ACCESS_OPEN);
	if (!ret)
		ret = cloison_node_usable(node);
	if (!ret && file->f_mode & FMODE_WRITE &&
	    READ_ONCE(node->region->state) == CLOISON_REGION_SEALED)
		ret = -EPERM;
	return ret;
}

static int open_node(struct cloison_node *node, struct file *file)
{
	struct cloison_view *view;
	int idx, ret;

	idx = srcu_read_lock(&cloison_srcu);
	ret = may_open(node, file);
	srcu_read_unlock(&cloison_srcu, idx);
	if (ret) {
		if (ret == -EACCES)
			dev_notice_ratelimited(&node->dev, "open of %s/%s refused to pid %d (%s)\n",
					       node->tenant->name, node->name,
					       task_tgid_nr(current), current->comm);
		return ret;
	}

	view = kzalloc(sizeof(*view), GFP_KERNEL_ACCOUNT);
	if (!view)
		return -ENOMEM;
	view->writable = file->f_mode & FMODE_WRITE;
	cloison_view_give_space(view, file);
	cloison_view_add(view, node);
	file->private_data = view;
	return 0;
}

static int region_open(struct inode *inode, struct file *file)
{
	struct cloison_node *node = cloison_node_get(iminor(inode));
	int ret;

	if (!node)
		return -ENXIO;
	ret = open_node(node, file);
	put_device(&node->dev);
	return ret;
}

static int region_close(struct inode *inode, struct file *file)
{
	struct cloison_view *view = cloison_view_of(file);

	cloison_view_remove(view);
	kfree(view);
	return 0;
}

static loff_t region_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, cloison_view_of(file)->region->bytes);
}

/**
 * cloison_region_copy - between a buffer of the kernel's and a region
 * @region: usable, inside cloison_srcu
 * @offset: in the region
 * @buffer: the kernel's
 * @bytes: how many; the end lies within the region
 * @write: into the region
 *
 * Return: 0; -EHWPOISON if part of it failed, and nothing behind that was copied.
 */
int cloison_region_copy(const struct cloison_region *region, u64 offset, void *buffer, size_t bytes,
			bool write)
{
	struct cloison_pool *pool = region->pool;

	while (bytes) {
		u64 inside = offset & (CLOISON_GRANULE - 1);
		size_t part = min_t(u64, bytes, CLOISON_GRANULE - inside);
		u64 at = ((u64)READ_ONCE(region->first) << CLOISON_GRANULE_SHIFT) + offset;
		struct iosys_map map;

		if (cloison_memory_failed(pool, at, part))
			return -EHWPOISON;
		pool->ops->map(pool, at >> CLOISON_GRANULE_SHIFT, &map);
		if (write)
			iosys_map_memcpy_to(&map, inside, buffer, part);
		else
			iosys_map_memcpy_from(buffer, &map, inside, part);
		offset += part;
		buffer += part;
		bytes -= part;
	}
	return 0;
}

/*
 * User memory is touched outside cloison_srcu only, hence the bounce buffer: a
 * user page that never comes must not hold up a revocation. How many bytes went
 * over, which is less than asked at the end, wherever that is by now.
 */
static ssize_t transfer_chunk(const struct cloison_view *view, u64 offset, void *buffer,
			      size_t bytes, bool write)
{
	struct cloison_region *region = view->region;
	int idx, ret;
	u64 end;

	idx = srcu_read_lock(&cloison_srcu);
	ret = cloison_admit_current(view->through,
				    write ? CLOISON_ACCESS_WRITE : CLOISON_ACCESS_READ);
	if (!ret)
		ret = cloison_node_usable(view->through);
	if (!ret && write && READ_ONCE(region->state) == CLOISON_REGION_SEALED)
		ret = -EPERM;
	if (!ret && write && READ_ONCE(region->resizing))
		ret = -EAGAIN;
	if (!ret) {
		end = READ_ONCE(region->bytes);
		bytes = min_t(u64, bytes, end - min(end, offset));
		ret = cloison_region_copy(region, offset, buffer, bytes, write);
	}
	srcu_read_unlock(&cloison_srcu, idx);
	return ret ?: bytes;
}

/* A write that meets a resize goes on when that is over. */
static ssize_t transfer_chunk_later(const struct cloison_view *view, u64 offset, void *buffer,
				    size_t bytes, bool write)
{
	struct cloison_region *region = view->region;
	ssize_t ret;

	while ((ret = transfer_chunk(view, offset, buffer, bytes, write)) == -EAGAIN)
		if (wait_event_interruptible(region->wait,
					     !READ_ONCE(region->resizing) ||
						     cloison_node_usable(view->through)))
			return -EINTR;
	return ret;
}

/* One chunk; how many bytes went over, which is less than asked at a fault. */
static ssize_t move_chunk(const struct cloison_view *view, u64 offset, void *buffer, size_t bytes,
			  struct iov_iter *iter, bool write)
{
	size_t filled = bytes;
	ssize_t moved;

	if (write) {
		filled = copy_from_iter(buffer, bytes, iter);
		if (!filled)
			return -EFAULT;
	}
	moved = transfer_chunk_later(view, offset, buffer, filled, write);
	if (write && !moved)
		return -ENOSPC;
	if (moved <= 0 || write)
		return moved;
	return copy_to_iter(buffer, moved, iter) ?: -EFAULT;
}

static ssize_t transfer(struct kiocb *iocb, struct iov_iter *iter, bool write)
{
	const struct cloison_view *view = cloison_view_of(iocb->ki_filp);
	size_t left =
		min_t(u64, iov_iter_count(iter), READ_ONCE(view->region->bytes) - iocb->ki_pos);
	size_t size = min_t(size_t, left, CHUNK);
	ssize_t moved = 0;
	ssize_t done = 0;
	void *buffer;

	buffer = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!buffer)
		return -ENOMEM;
	while (left) {
		size_t part = min_t(size_t, left, CHUNK);

		if (fatal_signal_pending(current)) {
			moved = -EINTR;
			break;
		}
		moved = move_chunk(view, iocb->ki_pos, buffer, part, iter, write);
		if (moved < 0)
			break;
		iocb->ki_pos += moved;
		done += moved;
		left -= moved;
		if (moved < part)
			break;
		cond_resched();
	}
	kvfree_sensitive(buffer, size);
	return done ?: moved;
}

/* At the end, and for no bytes, the caller must still be somebody who may. */
static int transfer_nothing(struct kiocb *iocb, bool write)
{
	return transfer_chunk_later(cloison_view_of(iocb->ki_filp), 0, NULL, 0, write);
}

static ssize_t region_read(struct kiocb *iocb, struct iov_iter *iter)
{
	if (iocb->ki_pos >= cloison_view_of(iocb->ki_filp)->region->bytes || !iov_iter_count(iter))
		return transfer_nothing(iocb, false);
	return transfer(iocb, iter, false);
}

static ssize_t region_write(struct kiocb *iocb, struct iov_iter *iter)
{
	if (!iov_iter_count(iter))
		return transfer_nothing(iocb, true);
	if (iocb->ki_pos >= cloison_view_of(iocb->ki_filp)->region->bytes)
		return transfer_nothing(iocb, true) ?: -ENOSPC;
	return transfer(iocb, iter, true);
}

static __poll_t region_poll(struct file *file, poll_table *wait)
{
	const struct cloison_view *view = cloison_view_of(file);
	const struct cloison_node *node = view->through;
	struct cloison_region *region = view->region;
	__poll_t mask;

	poll_wait(file, &region->wait, wait);
	if (cloison_node_usable(node))
		return EPOLLERR | EPOLLHUP;
	mask = EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(region->state) == CLOISON_REGION_READY)
		mask |= EPOLLOUT | EPOLLWRNORM;
	if (atomic_read(&region->changes) != READ_ONCE(view->seen))
		mask |= EPOLLPRI;
	return mask;
}

static int region_mmap(struct file *file, struct vm_area_struct *vma)
{
	return cloison_mmap(cloison_view_of(file), vma);
}

static int ioctl_info(struct cloison_call *call)
{
	struct cloison_view *view = cloison_view_of(call->file);
	const struct cloison_node *node = view->through;
	const struct cloison_region *region = view->region;
	struct cloison_region_info *args = call->args;

	if (args->flags)
		return -EOPNOTSUPP;
	if (args->reserved)
		return -EINVAL;
	/* First, so that a change that comes now is told by the next poll. */
	WRITE_ONCE(view->seen, atomic_read(&region->changes));
	smp_mb();
	args->out_bytes = READ_ONCE(region->bytes);
	args->out_generation = region->generation;
	args->out_region = region->number;
	args->out_tenant = node->tenant->number;
	args->out_state = READ_ONCE(region->state);
	args->out_enforcement = region->pool->enforcement;
	args->out_grant = node == &region->node ? 0 : node->minor - CLOISON_MAX_REGIONS;
	memcpy(args->out_name, node->name, sizeof(args->out_name));
	memcpy(args->out_tenant_name, node->tenant->name, sizeof(args->out_tenant_name));
	return 0;
}

static int ioctl_seal(struct cloison_call *call)
{
	struct cloison_view *view = cloison_view_of(call->file);
	struct cloison_region_seal *args = call->args;

	if (args->flags)
		return -EOPNOTSUPP;
	if (!view->writable)
		return -EBADF;
	return cloison_region_seal(view->region);
}

static const struct cloison_ioctl region_ioctls[] = {
	{
		.cmd = CLOISON_REGION_INFO,
		.size = sizeof(struct cloison_region_info),
		.min_size = offsetofend(struct cloison_region_info, out_tenant_name),
		.run = ioctl_info,
	},
	{
		.cmd = CLOISON_REGION_SEAL,
		.size = sizeof(struct cloison_region_seal),
		.min_size = offsetofend(struct cloison_region_seal, flags),
		.inputs_only = true,
		.run = ioctl_seal,
	},
	{
		.cmd = CLOISON_REGION_MEASURE,
		.size = sizeof(struct cloison_region_measure),
		.min_size = offsetofend(struct cloison_region_measure, out_root),
		.run = cloison_region_measure,
	},
	{
		.cmd = CLOISON_REGION_EXPORT,
		.size = sizeof(struct cloison_region_export),
		.min_size = offsetofend(struct cloison_region_export, out_fd),
		.run = cloison_region_export,
		.done = cloison_region_export_done,
		.undo = cloison_region_export_undo,
	},
};

/* Asked before the work; what an ioctl hands out is asked about again at use. */
static long region_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct cloison_node *node = cloison_view_of(file)->through;
	int idx, ret;

	idx = srcu_read_lock(&cloison_srcu);
	ret = cloison_admit_current(node, CLOISON_ACCESS_IOCTL);
	if (!ret)
		ret = cloison_node_usable(node);
	srcu_read_unlock(&cloison_srcu, idx);
	if (ret)
		return ret;
	return cloison_ioctl(file, cmd, arg, region_ioctls, ARRAY_SIZE(region_ioctls));
}

const struct file_operations cloison_region_fops = {
	.owner = THIS_MODULE,
	.open = region_open,
	.release = region_close,
	.llseek = region_llseek,
	.read_iter = region_read,
	.write_iter = region_write,
	.poll = region_poll,
	.mmap = region_mmap,
	.get_unmapped_area = cloison_get_unmapped_area,
	.unlocked_ioctl = region_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
