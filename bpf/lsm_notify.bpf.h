/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fanotify: a mark on a mount or a file system of the host's gives a descriptor, for
 * writing too, of whatever any task opens there; one that asks for permission holds up
 * each task that opens the file until the marker answers. A tenant watches files and
 * directories, and all of a file system that it mounted in a user namespace of its own.
 */
#ifndef CLOISON_LSM_NOTIFY_BPF_H
#define CLOISON_LSM_NOTIFY_BPF_H

#include "lsm.h"

/* FS_OPEN_PERM, FS_ACCESS_PERM, FS_OPEN_EXEC_PERM, FS_PRE_ACCESS: user programs know them too. */
#define NOTIFY_PERMISSION 0x00170000ULL

/* Only the names are used. The last one is there from 6.15 on. */
enum fsnotify_obj_type {
	FSNOTIFY_OBJ_TYPE_INODE,
	FSNOTIFY_OBJ_TYPE_MNTNS,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct dentry___notify {
	struct super_block *d_sb;
};

#pragma clang attribute pop

/* Which mounts there are in a namespace shows no file. */
static __always_inline bool lsm_notify_narrow(unsigned int type)
{
	if (type == bpf_core_enum_value(enum fsnotify_obj_type, FSNOTIFY_OBJ_TYPE_INODE))
		return true;
	return bpf_core_enum_value_exists(enum fsnotify_obj_type, FSNOTIFY_OBJ_TYPE_MNTNS) &&
	       type == bpf_core_enum_value(enum fsnotify_obj_type, FSNOTIFY_OBJ_TYPE_MNTNS);
}

SEC("lsm/path_notify")
int BPF_PROG(cloison_notify, const struct path *path, __u64 mask, unsigned int type)
{
	struct dentry___notify *dentry;
	struct wall wall;

	(void)ctx;
	if (lsm_notify_narrow(type) && !(mask & NOTIFY_PERMISSION))
		return LSM_ALLOW;
	dentry = (void *)BPF_CORE_READ(path, dentry);
	if (!lsm_caller(&wall) || BPF_CORE_READ(dentry, d_sb, s_user_ns, level))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_path_notify);
}

#endif /* CLOISON_LSM_NOTIFY_BPF_H */
