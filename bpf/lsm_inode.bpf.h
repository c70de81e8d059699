/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files by which the kernel, or another's process, is reached. Root's number is
 * enough to open most of them, and a tenant may have that number.
 *
 * What is asked is the opening: a descriptor that a task brings with it is not
 * opened again. Devices have a list of their own (pen_device.bpf.h), and so have
 * sysctls (pen_sysctl.bpf.h); both are asked at the pen. Below a pen that was made
 * again, where nothing is attached yet, they are refused here.
 */
#ifndef CLOISON_LSM_INODE_BPF_H
#define CLOISON_LSM_INODE_BPF_H

#include "device_harmless.h"
#include "lsm_file.bpf.h"
#include "lsm_process.bpf.h"

#define INODE_TYPE 0170000
#define INODE_FILE 0100000
#define INODE_CHARACTER 0020000
#define INODE_BLOCK 0060000
/* Read by more than its owner. */
#define INODE_SHARED 0044

/* A file that its owner alone may read: of the kernel's, root of the host. */
static __always_inline bool lsm_private(struct inode *inode)
{
	return (inode->i_mode & INODE_TYPE) == INODE_FILE && !(inode->i_mode & INODE_SHARED);
}

/* ---- procfs -------------------------------------------------------------------- */

/* Whether the process of an entry is another's. One that ended is nobody's. */
static __always_inline bool lsm_process_foreign(const struct wall *wall, struct pid *pid)
{
	struct hlist_node *first = BPF_CORE_READ(pid, tasks[0].first);
	struct task_struct *task = NULL;

	task = (void *)first - bpf_core_field_offset(task->pid_links);
	return first && !lsm_task_inside(wall, task);
}

/* The first 8 bytes of a name that the inode has; an entry of procfs has one. */
static __always_inline __u64 lsm_name(struct inode *inode)
{
	struct hlist_node *alias = BPF_CORE_READ(inode, i_dentry.first);
	struct dentry___union *old = NULL;
	struct dentry *entry = NULL;
	__u64 name = 0;

	if (!alias)
		return 0;
	if (bpf_core_field_exists(old->d_u))
		entry = (void *)alias - bpf_core_field_offset(old->d_u.d_alias);
	else
		entry = (void *)alias - bpf_core_field_offset(entry->d_alias);
	bpf_probe_read_kernel_str(&name, sizeof(name), BPF_CORE_READ(entry, d_name.name));
	return name;
}

/*
 * What of another's process is not shown: what its owner alone may read, how its
 * memory lies, and its arguments. The kernel asks ptrace's rule about most of it,
 * but 7.x lets a task with CAP_PERFMON read maps, environ and auxv all the same.
 * What ps shows of each process (stat, status) passes.
 */
static __always_inline bool lsm_process_secret(struct inode *inode)
{
	__u64 name;

	if ((inode->i_mode & INODE_TYPE) != INODE_FILE)
		return false;
	if (!(inode->i_mode & INODE_SHARED))
		return true;
	name = lsm_name(inode);
	return name == LSM_WORD("maps") || name == LSM_WORD("smaps") ||
	       name == LSM_WORD("smaps_r") || name == LSM_WORD("numa_ma") ||
	       name == LSM_WORD("cmdline");
}

static __always_inline bool lsm_proc_refused(const struct wall *wall, struct inode *inode, int mask)
{
	struct proc_inode *entry = NULL;
	struct pid *pid;

	entry = (void *)inode - bpf_core_field_offset(entry->vfs_inode);
	pid = BPF_CORE_READ(entry, pid);
	if (pid)
		return ((mask & MAY_WRITE) || lsm_process_secret(inode)) &&
		       lsm_process_foreign(wall, pid);
	if (BPF_CORE_READ(entry, sysctl))
		return wall->naked && (mask & MAY_WRITE);
	/* /proc/kcore, sysrq-trigger, irq, bus/pci, ... */
	return (mask & MAY_WRITE) || lsm_private(inode);
}

/* ---- all of them ------------------------------------------------------------------ */

/* Whether opening a file of this kind has to be judged at all. */
static __always_inline bool lsm_magic_judged(unsigned long magic, int mask)
{
	switch (magic) {
	case PROC_FS:
	case SYS_FS:
	case DEBUG_FS:
	case TRACE_FS:
		return true;
	case CGROUP2_FS:
	case CGROUP1_FS:
	case BPF_FS:
	case SECURITY_FS:
	case SELINUX_FS:
	case CONFIG_FS:
	case EFIVAR_FS:
	case PSTORE_FS:
	case FUSE_CONTROL_FS:
	case RESCTRL_FS:
	case BINFMT_FS:
	case NFSD_FS:
	case RPC_PIPE_FS:
		return mask & MAY_WRITE;
	default:
		return false;
	}
}

static __always_inline bool lsm_inode_refused(const struct wall *wall, struct inode *inode,
					      unsigned long magic, int mask)
{
	switch (magic) {
	case PROC_FS:
		return lsm_proc_refused(wall, inode, mask);
	case SYS_FS:
		/* A function's BAR and configuration are files of root's. */
		return (mask & MAY_WRITE) || lsm_private(inode);
	case CGROUP2_FS:
		return lsm_leaves(wall, inode);
	case BPF_FS:
		return lsm_guards_link(inode->i_private);
	case BINFMT_FS:
		/* A user namespace may have one of its own. */
		return !BPF_CORE_READ(inode, i_sb, s_user_ns, level);
	default:
		return true;
	}
}

/* ---- devices ----------------------------------------------------------------------- */

static __always_inline bool lsm_device(struct inode *inode)
{
	__u32 type = inode->i_mode & INODE_TYPE;

	return type == INODE_CHARACTER || type == INODE_BLOCK;
}

/* The module knows tenants, and refuses them its control node; it knows no strays. */
static __always_inline bool lsm_control(struct inode *inode)
{
	const struct cloison_pens *pens = pens_state();

	return pens && pens->control && inode->i_rdev == pens->control &&
	       (inode->i_mode & INODE_TYPE) == INODE_CHARACTER;
}

static __always_inline bool lsm_device_refused(const struct wall *wall, struct inode *inode)
{
	__u32 number = inode->i_rdev;

	if (wall->naked && ((inode->i_mode & INODE_TYPE) == INODE_BLOCK ||
			    !device_harmless(number >> 20, number & 0xFFFFF)))
		return true;
	return !wall->tenant && lsm_control(inode);
}

SEC("lsm/inode_permission")
int BPF_PROG(cloison_inode, struct inode *inode, int mask)
{
	unsigned long magic;
	struct wall wall;
	bool device;

	(void)ctx;
	/* Not for each directory on the way to a file. */
	if (!(mask & (MAY_WRITE | MAY_READ)))
		return LSM_ALLOW;
	magic = inode->i_sb->s_magic;
	device = lsm_device(inode);
	if (!device && !lsm_magic_judged(magic, mask))
		return LSM_ALLOW;
	if (!lsm_caller(&wall))
		return LSM_ALLOW;
	if (device ? lsm_device_refused(&wall, inode) :
		     lsm_inode_refused(&wall, inode, magic, mask))
		return lsm_refuse(&wall, CLOISON_HOOK_inode_permission);
	return LSM_ALLOW;
}

#endif /* CLOISON_LSM_INODE_BPF_H */
