/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may open a file of the kernel's, or a device, is also a matter of the file's
 * owner and mode. Root of a tenant could change these, for itself (what all may read it
 * may read, see lsm_private()) or for some other user of the host (a disk).
 */
#ifndef CLOISON_LSM_ATTR_BPF_H
#define CLOISON_LSM_ATTR_BPF_H

#include "lsm_inode.bpf.h"
#include "lsm_mount.bpf.h"

/* What the kernel has made them of. */
#define TMP_FS 0x01021994
#define RAM_FS 0x858458f6

/* Mode, owner, group. */
#define ATTR_RIGHTS 7

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct iattr {
	unsigned int ia_valid;
};

#pragma clang attribute pop

/* The kernel's own nodes, beside which a container has a tmpfs with nodes of its own. */
static __always_inline bool lsm_devtmpfs(struct inode *inode)
{
	struct super_block___typed *super = (void *)BPF_CORE_READ(inode, i_sb);

	return lsm_key_word(BPF_CORE_READ(super, s_type, name)) == LSM_WORD("devtmpfs");
}

static __always_inline int lsm_rights(struct dentry *entry, enum cloison_hook hook)
{
	struct inode *inode = entry->d_inode;
	unsigned long magic;
	struct wall wall;
	bool device;

	if (!inode)
		return LSM_ALLOW;
	magic = inode->i_sb->s_magic;
	device = (magic == TMP_FS || magic == RAM_FS) && lsm_devtmpfs(inode);
	if (!device && !lsm_magic_judged(magic, MAY_WRITE))
		return LSM_ALLOW;
	if (!lsm_caller(&wall))
		return LSM_ALLOW;
	return device || lsm_inode_refused(&wall, inode, magic, MAY_WRITE) ?
		       lsm_refuse(&wall, hook) :
		       LSM_ALLOW;
}

SEC("lsm/inode_setattr")
int BPF_PROG(cloison_setattr, void *idmap, struct dentry *entry, struct iattr *attr)
{
	(void)ctx;
	(void)idmap;
	return attr->ia_valid & ATTR_RIGHTS ? lsm_rights(entry, CLOISON_HOOK_inode_setattr) :
					      LSM_ALLOW;
}

SEC("lsm/inode_set_acl")
int BPF_PROG(cloison_setacl, void *idmap, struct dentry *entry)
{
	(void)ctx;
	(void)idmap;
	return lsm_rights(entry, CLOISON_HOOK_inode_set_acl);
}

#endif /* CLOISON_LSM_ATTR_BPF_H */
