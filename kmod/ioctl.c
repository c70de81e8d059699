// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one place where ioctl arguments cross between user and kernel, for the
 * control node and for the regions' nodes alike.
 */
#include <linux/capability.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "cloison_private.h"

static const struct cloison_ioctl *find_row(unsigned int cmd, const struct cloison_ioctl *table,
					    size_t rows)
{
	size_t i;

	for (i = 0; i < rows; i++)
		if (table[i].cmd == cmd)
			return &table[i];
	return NULL;
}

/**
 * cloison_ioctl - run one ioctl by its table
 * @file: the device
 * @cmd: the request
 * @arg: address of the caller's struct, whose first member is its size
 * @table: what this device offers
 * @rows: how many that are
 *
 * A failure leaves the caller's struct untouched.
 *
 * Return: 0 or a negative errno of the contract in cloison.h.
 */
long cloison_ioctl(struct file *file, unsigned int cmd, unsigned long arg,
		   const struct cloison_ioctl *table, size_t rows)
{
	const struct cloison_ioctl *row = find_row(cmd, table, rows);
	void __user *user = (void __user *)arg;
	struct cloison_call call = { .file = file };
	u32 user_size;
	int ret;

	if (!row)
		return -ENOTTY;
	if (row->admin && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user(user_size, (u32 __user *)user))
		return -EFAULT;
	if (user_size < row->min_size)
		return -EINVAL;

	call.args = kzalloc(row->size, GFP_KERNEL_ACCOUNT);
	if (!call.args)
		return -ENOMEM;
	ret = copy_struct_from_user(call.args, row->size, user, user_size);
	if (ret)
		goto out_free;

	ret = row->run(&call);
	if (ret || row->inputs_only)
		goto out_free;

	/* The size is the caller's own; it must read back what it wrote. */
	*(u32 *)call.args = user_size;
	if (copy_to_user(user, call.args, min(user_size, row->size))) {
		if (row->undo)
			row->undo(&call);
		ret = -EFAULT;
		goto out_free;
	}
	if (row->done)
		row->done(&call);

out_free:
	kfree(call.args);
	return ret;
}
