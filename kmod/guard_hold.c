// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guard's links, programs and maps, held by name, so that they live when
 * every pin of theirs is gone: somebody cleans up below /sys/fs/bpf, or mounts
 * another file system there, and no tenant's network opens.
 *
 * What is held is an open file. Each holds the module too, as the guard's
 * attachment does, so that it is let go by CLOISON_GUARD_RELEASE alone.
 */
#include <linux/file.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/rbtree.h>
#include <linux/slab.h>

#include "cloison_private.h"

struct held {
	struct rb_node node;
	struct file *file;
	char name[CLOISON_GUARD_NAME_SIZE];
};

/* Innermost: nothing else is taken under it. */
static DEFINE_MUTEX(hold_lock);
static struct rb_root held_files = RB_ROOT;

/*
 * The kernel names the files of BPF objects so, and exports no better way to
 * know one. Any other file might hold this node, which then held itself.
 */
static bool is_bpf(const struct file *file)
{
	static const char *const names[] = { "bpf-map", "bpf-prog", "bpf_link", "bpf-link" };
	const struct dentry *dentry = file->f_path.dentry;
	size_t i;

	if (dentry->d_sb->s_magic != ANON_INODE_FS_MAGIC)
		return false;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (dentry->d_name.len == strlen(names[i]) &&
		    !memcmp(dentry->d_name.name, names[i], dentry->d_name.len))
			return true;
	return false;
}

/* Words of names, with slashes between them; zeros behind. */
static int check_name(const u8 name[CLOISON_GUARD_NAME_SIZE])
{
	size_t length = strnlen((const char *)name, CLOISON_GUARD_NAME_SIZE), i;
	bool word = false;

	if (length == CLOISON_GUARD_NAME_SIZE ||
	    memchr_inv(name + length, 0, CLOISON_GUARD_NAME_SIZE - length))
		return -EINVAL;
	for (i = 0; i < length; i++) {
		if (name[i] == '/' ? !word : !isalnum(name[i]) && !strchr("._-", name[i]))
			return -EINVAL;
		word = name[i] != '/';
	}
	return !length || word ? 0 : -EINVAL;
}

/* The first whose name is not below @name. */
static struct held *held_from(const char *name)
{
	struct rb_node *node = held_files.rb_node;
	struct held *best = NULL;

	lockdep_assert_held(&hold_lock);
	while (node) {
		struct held *held = rb_entry(node, struct held, node);

		if (strcmp(held->name, name) >= 0) {
			best = held;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return best;
}

static struct held *held_find(const char *name)
{
	struct held *held = held_from(name);

	return held && !strcmp(held->name, name) ? held : NULL;
}

static bool held_less(struct rb_node *a, const struct rb_node *b)
{
	return strcmp(rb_entry(a, struct held, node)->name, rb_entry(b, struct held, node)->name) <
	       0;
}

static void held_add(struct held *held)
{
	__module_get(THIS_MODULE);
	rb_add(&held->node, &held_files, held_less);
}

/* The object's own end comes when the caller's ioctl returns, with no lock held. */
static void held_drop(struct held *held)
{
	rb_erase(&held->node, &held_files);
	fput(held->file);
	kfree(held);
	module_put(THIS_MODULE);
}

int cloison_guard_hold(struct cloison_call *call)
{
	struct cloison_guard_hold *args = call->args;
	struct held *held, *old;

	if (args->flags)
		return -EOPNOTSUPP;
	if (args->reserved || !args->name[0] || check_name(args->name))
		return -EINVAL;
	held = kzalloc(sizeof(*held), GFP_KERNEL_ACCOUNT);
	if (!held)
		return -ENOMEM;
	memcpy(held->name, args->name, sizeof(held->name));
	held->file = fget(args->fd);
	if (!held->file) {
		kfree(held);
		return -EBADF;
	}
	if (!is_bpf(held->file)) {
		fput(held->file);
		kfree(held);
		return -EBADF;
	}

	mutex_lock(&hold_lock);
	old = held_find(held->name);
	if (old)
		held_drop(old);
	held_add(held);
	mutex_unlock(&hold_lock);
	return 0;
}

int cloison_guard_open(struct cloison_call *call)
{
	struct cloison_guard_open *args = call->args;
	struct held *held;
	int fd;

	if (args->flags)
		return -EOPNOTSUPP;
	if (args->reserved || check_name(args->name))
		return -EINVAL;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;

	mutex_lock(&hold_lock);
	held = held_find((const char *)args->name);
	if (held)
		call->result = get_file(held->file);
	mutex_unlock(&hold_lock);
	if (!held) {
		put_unused_fd(fd);
		return -ENOENT;
	}
	args->out_fd = fd;
	return 0;
}

/* Only now: a descriptor that the caller never learned of could not be closed. */
void cloison_guard_open_done(struct cloison_call *call)
{
	struct cloison_guard_open *args = call->args;

	fd_install(args->out_fd, call->result);
}

void cloison_guard_open_undo(struct cloison_call *call)
{
	struct cloison_guard_open *args = call->args;

	put_unused_fd(args->out_fd);
	fput(call->result);
}

static bool is_below(const char *name, const char *directory)
{
	size_t length = strlen(directory);

	return !length || (!strncmp(name, directory, length) && name[length] == '/');
}

int cloison_guard_release(struct cloison_call *call)
{
	struct cloison_guard_release *args = call->args;
	const char *name = (const char *)args->name;
	struct held *held, *next;
	int ret = -ENOENT;

	if (args->flags & ~CLOISON_GUARD_FLAG_BELOW)
		return -EOPNOTSUPP;
	if (check_name(args->name))
		return -EINVAL;

	mutex_lock(&hold_lock);
	if (!(args->flags & CLOISON_GUARD_FLAG_BELOW)) {
		held = held_find(name);
		if (held) {
			held_drop(held);
			ret = 0;
		}
	} else {
		for (held = held_from(name); held; held = next) {
			struct rb_node *node = rb_next(&held->node);

			next = node ? rb_entry(node, struct held, node) : NULL;
			if (strncmp(held->name, name, strlen(name)))
				break;
			if (is_below(held->name, name))
				held_drop(held);
		}
		ret = 0;
	}
	mutex_unlock(&hold_lock);
	return ret;
}

int cloison_guard_next(struct cloison_call *call)
{
	struct cloison_guard_next *args = call->args;
	const char *name = (const char *)args->name;
	struct held *held;
	int ret = -ENOENT;

	if (args->flags)
		return -EOPNOTSUPP;
	if (check_name(args->name))
		return -EINVAL;

	mutex_lock(&hold_lock);
	held = held_from(name);
	if (held && !strcmp(held->name, name)) {
		struct rb_node *node = rb_next(&held->node);

		held = node ? rb_entry(node, struct held, node) : NULL;
	}
	if (held) {
		memcpy(args->out_name, held->name, sizeof(args->out_name));
		ret = 0;
	}
	mutex_unlock(&hold_lock);
	return ret;
}
