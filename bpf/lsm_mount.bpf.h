/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mounts: what the kernel lets the root of any user namespace mount, and disks (which
 * are devices: see pen_device.bpf.h). Others have sockets of the kernel's, or show
 * what is the host's.
 *
 * It takes three hooks. A parameter of a mount is asked about before anything is
 * connected, but a file system of the old way that is given no source has none on
 * 6.12 (9p). mount(2) passes the second hook, but fsopen(2) does not. The third sees
 * each file system that was made, when it may have connected already.
 */
#ifndef CLOISON_LSM_MOUNT_BPF_H
#define CLOISON_LSM_MOUNT_BPF_H

#include "lsm_key.bpf.h"

/* As the hook's callers expect it of a program that has no opinion of the parameter. */
#define ENOPARAM 519

/* Not a new mount: a remount, a bind, a move, how it propagates. */
#define MS_OTHERWISE (32 | 4096 | 8192 | 1 << 17 | 1 << 18 | 1 << 19 | 1 << 20)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct file_system_type___named {
	const char *name;
	int fs_flags;
};

struct super_block___typed {
	struct file_system_type___named *s_type;
};

#pragma clang attribute pop

static __always_inline bool lsm_fs_allowed(struct file_system_type___named *type)
{
	__u64 name = lsm_key_word(BPF_CORE_READ(type, name));

	/* Of these two a user namespace may have one, and they talk to the network. */
	if (name == LSM_WORD("nfsd") || name == LSM_WORD("rpc_pipe"))
		return false;
	return BPF_CORE_READ(type, fs_flags) & (FS_REQUIRES_DEV | FS_USERNS_MOUNT);
}

SEC("lsm/fs_context_parse_param")
int BPF_PROG(cloison_mount, struct fs_context *fc)
{
	struct wall wall;

	(void)ctx;
	if (lsm_fs_allowed((void *)BPF_CORE_READ(fc, fs_type)))
		return -ENOPARAM;
	return lsm_caller(&wall) ? lsm_refuse(&wall, CLOISON_HOOK_fs_context_parse_param) :
				   -ENOPARAM;
}

/* By its name, which is all that there is yet. */
static __always_inline bool lsm_type_allowed(__u64 name)
{
	return name == LSM_WORD("tmpfs") || name == LSM_WORD("ramfs") || name == LSM_WORD("proc") ||
	       name == LSM_WORD("sysfs") || name == LSM_WORD("devpts") ||
	       name == LSM_WORD("mqueue") || name == LSM_WORD("overlay") ||
	       name == LSM_WORD("cgroup2") || name == LSM_WORD("cgroup") ||
	       name == LSM_WORD("bpf") || name == LSM_WORD("binfmt_m") ||
	       name == LSM_WORD("fuse") || (name & 0xFFFFFFFFFF) == LSM_WORD("fuse.") ||
	       name == LSM_WORD("fuseblk") || name == LSM_WORD("ext2") ||
	       name == LSM_WORD("ext3") || name == LSM_WORD("ext4") || name == LSM_WORD("xfs") ||
	       name == LSM_WORD("btrfs") || name == LSM_WORD("f2fs") || name == LSM_WORD("vfat") ||
	       name == LSM_WORD("exfat") || name == LSM_WORD("ntfs3") ||
	       name == LSM_WORD("iso9660") || name == LSM_WORD("udf") ||
	       name == LSM_WORD("squashfs") || name == LSM_WORD("erofs") ||
	       name == LSM_WORD("minix");
}

SEC("lsm/sb_mount")
int cloison_sbmount(unsigned long long *ctx)
{
	__u64 type = 0, flags = 0;
	struct wall wall;

	/* A number, since there may be none where the verifier believes in one. */
	if (bpf_get_func_arg(ctx, 2, &type) || bpf_get_func_arg(ctx, 3, &flags))
		return LSM_ALLOW;
	if (!type || flags & MS_OTHERWISE || !lsm_caller(&wall))
		return LSM_ALLOW;
	return lsm_type_allowed(lsm_key_word((void *)type)) ?
		       LSM_ALLOW :
		       lsm_refuse(&wall, CLOISON_HOOK_sb_mount);
}

SEC("lsm/sb_kern_mount")
int BPF_PROG(cloison_sbkern, struct super_block *sb)
{
	struct super_block___typed *made = (void *)sb;
	struct wall wall;

	(void)ctx;
	if (lsm_fs_allowed(BPF_CORE_READ(made, s_type)) || !lsm_caller(&wall))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_sb_kern_mount);
}

#endif /* CLOISON_LSM_MOUNT_BPF_H */
