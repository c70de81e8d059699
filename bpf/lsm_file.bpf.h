/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Roads to a socket that pass no hook of sockets (splice, io_uring), and the way
 * to cgroups outside the tenant's own. What else a tenant may not open is in
 * lsm_inode.bpf.h.
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

/* At every read and write of the host. */
SEC("lsm/file_permission")
int BPF_PROG(cloison_file, struct file *file, int mask)
{
	unsigned long magic = file->f_inode->i_sb->s_magic;
	struct wall wall;

	(void)ctx;
	if (magic == SOCKET_FS)
		return lsm_socket_of(file, CLOISON_HOOK_file_permission);
	if (magic != CGROUP2_FS || !(mask & MAY_WRITE) || !lsm_caller(&wall))
		return LSM_ALLOW;
	return lsm_leaves(&wall, file->f_inode) ? lsm_refuse(&wall, CLOISON_HOOK_file_permission) :
						  LSM_ALLOW;
}

/* Another's socket does not even arrive. */
SEC("lsm/file_receive")
int BPF_PROG(cloison_receive, struct file *file)
{
	(void)ctx;
	return lsm_magic(file) == SOCKET_FS ? lsm_socket_of(file, CLOISON_HOOK_file_receive) :
					      LSM_ALLOW;
}

/*
 * A ring whose entries a thread of somebody else carries out. By its name: the
 * kernel alone names files of that kind.
 */
static __always_inline bool lsm_ring_foreign(const struct wall *wall, struct file *file)
{
	struct io_ring_ctx *ring = BPF_CORE_READ(file, private_data);
	struct cgroup *cgroup;
	__u64 name = 0;

	bpf_probe_read_kernel(&name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	if (name != LSM_WORD("[io_urin"))
		return false;
	cgroup = BPF_CORE_READ(ring, sq_data, thread, cgroups, dfl_cgrp);
	return cgroup && !lsm_inside(wall, cgroup);
}

/* What was mapped earlier no hook sees: `cloison run` begins with an exec. */
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
