/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way to cgroups outside the tenant's own, and descriptors that lead out: of those
 * cgroups, of the guard's objects, and others' sockets and rings. Splicing from a socket
 * passes no hook of sockets, so that a tenant's task has to be kept from holding one:
 * file_receive lets none arrive, and what a task brings with it is closed when it comes
 * (inherit.bpf.h). What else a tenant may not open is in lsm_inode.bpf.h.
 */
#ifndef CLOISON_LSM_FILE_BPF_H
#define CLOISON_LSM_FILE_BPF_H

#include "lsm_bpf.bpf.h"

/* ---- cgroups ------------------------------------------------------------- */

static __always_inline struct kernfs_node *lsm_parent(struct kernfs_node *node)
{
	if (bpf_core_field_exists(node->parent))
		return BPF_CORE_READ(node, parent);
	return (void *)BPF_CORE_READ((struct kernfs_node___rcu *)node, __parent);
}

/*
 * Writing to a file or a directory of a cgroup outside the tenant's own: the
 * way out. CLONE_INTO_CGROUP asks for the same permission.
 */
static __always_inline bool lsm_leaves(const struct wall *wall, struct inode *inode)
{
	struct kernfs_node *node = BPF_CORE_READ(inode, i_private);

	if (!(BPF_CORE_READ(node, flags) & KERNFS_DIR))
		node = lsm_parent(node);
	return !lsm_inside(wall, BPF_CORE_READ(node, priv));
}

/* ---- descriptors ----------------------------------------------------------- */

static __always_inline unsigned long lsm_magic(struct file *file)
{
	return BPF_CORE_READ(file, f_inode, i_sb, s_magic);
}

static __always_inline int lsm_socket_of(struct file *file, enum cloison_hook hook)
{
	struct socket *sock = bpf_sock_from_file(file);

	return sock ? lsm_socket(sock->sk, hook) : LSM_ALLOW;
}

#define OPENED_TO_WRITE 2

/* Of a file of a kind that only the kernel names. */
static __always_inline __u64 lsm_file_name(struct file *file)
{
	__u64 name = 0;

	bpf_probe_read_kernel(&name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	return name;
}

static __always_inline bool lsm_ring(struct file *file)
{
	return lsm_file_name(file) == LSM_WORD("[io_urin");
}

/* A descriptor of a map, a program or a link of the guard's. */
static __always_inline bool lsm_guards_file(struct file *file)
{
	void *object = BPF_CORE_READ(file, private_data);
	__u64 name = lsm_file_name(file);

	if (name == LSM_WORD("bpf-map"))
		return lsm_guards_name((void *)&((struct bpf_map *)object)->name);
	if (name == LSM_WORD("bpf-prog"))
		return lsm_guards_name(
			(void *)&BPF_CORE_READ((struct bpf_prog *)object, aux)->name);
	return name == LSM_WORD("bpf_link") && lsm_guards_link(object);
}

/* No socket, and no tenant's task may have it from outside all the same. */
static __always_inline bool lsm_leads_out(const struct wall *wall, struct file *file)
{
	unsigned long magic = lsm_magic(file);

	if (magic == CGROUP2_FS)
		return BPF_CORE_READ(file, f_mode) & OPENED_TO_WRITE &&
		       lsm_leaves(wall, BPF_CORE_READ(file, f_inode));
	return magic == ANONYMOUS_FS && lsm_guards_file(file);
}

/* What a task may not have brought with it does not arrive later either. */
SEC("lsm/file_receive")
int BPF_PROG(cloison_receive, struct file *file)
{
	unsigned long magic = lsm_magic(file);
	struct wall wall;

	(void)ctx;
	if (magic == SOCKET_FS)
		return lsm_socket_of(file, CLOISON_HOOK_file_receive);
	if ((magic != CGROUP2_FS && magic != ANONYMOUS_FS) || !lsm_caller(&wall))
		return LSM_ALLOW;
	if (lsm_leads_out(&wall, file) || (magic == ANONYMOUS_FS && lsm_ring(file)))
		return lsm_refuse(&wall, CLOISON_HOOK_file_receive);
	return LSM_ALLOW;
}

/*
 * A ring whose entries a thread of somebody else carries out. By its name: the
 * kernel alone names files of that kind.
 */
static __always_inline bool lsm_ring_foreign(const struct wall *wall, struct file *file)
{
	struct io_ring_ctx *ring = BPF_CORE_READ(file, private_data);
	struct cgroup *cgroup;

	if (!lsm_ring(file))
		return false;
	cgroup = BPF_CORE_READ(ring, sq_data, thread, cgroups, dfl_cgrp);
	return cgroup && !lsm_inside(wall, cgroup);
}

/* What was mapped before the task came is seen to when it comes (kmod/entry.c). */
SEC("lsm/mmap_file")
int BPF_PROG(cloison_mmap, struct file *file)
{
	unsigned long magic;
	struct wall wall;

	(void)ctx;
	/* Memory without a file: 6.12 thinks that there is none, and reads a magic of zero. */
	if (!file)
		return LSM_ALLOW;
	magic = lsm_magic(file);
	if (magic == SOCKET_FS)
		return lsm_socket_of(file, CLOISON_HOOK_mmap_file);
	if (magic != ANONYMOUS_FS || !lsm_caller(&wall))
		return LSM_ALLOW;
	return lsm_ring_foreign(&wall, file) ? lsm_refuse(&wall, CLOISON_HOOK_mmap_file) :
					       LSM_ALLOW;
}

#endif /* CLOISON_LSM_FILE_BPF_H */
