/* SPDX-License-Identifier: GPL-2.0-only */
/* The fields of kernel structs that programs on calls and sockets read; see kernel.h. */
#ifndef CLOISON_LSM_KERNEL_H
#define CLOISON_LSM_KERNEL_H

#include "kernel.h"

#include <stdbool.h>

/* Bits of a mask that asks for permission. */
#define MAY_WRITE 2
#define MAY_READ 4

/* File systems by their magic, which nobody but the kernel gives out. */
#define SOCKET_FS 0x534F434B
#define CGROUP2_FS 0x63677270
#define BPF_FS 0xcafe4a11
#define ANONYMOUS_FS 0x09041934

/* file_system_type.fs_flags */
#define FS_REQUIRES_DEV 1
#define FS_USERNS_MOUNT 8

#define KERNFS_DIR 1

#define UNIX_PATH 108

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Only the name is used, for the number differs from kernel to kernel. */
enum sock_flags {
	SOCK_MEMALLOC,
};

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct in6_addr {
	union {
		__be32 u6_addr32[4];
	} in6_u;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	unsigned char skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	unsigned long skc_flags;
};

struct bpf_iter__tcp {
	struct sock_common *sk_common;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

struct sock {
	struct sock_common __sk_common;
	__u8 sk_kern_sock : 1;
	__u16 sk_protocol;
	struct sock_cgroup_data sk_cgrp_data;
};

struct socket {
	struct sock *sk;
};

struct sockaddr_un {
	unsigned short sun_family;
	char sun_path[UNIX_PATH];
};

struct unix_address {
	int len;
	struct sockaddr_un name[0];
};

struct unix_sock {
	struct unix_address *addr;
	struct sock *peer;
};

struct sk_buff {
	unsigned int len;
	unsigned char *data;
};

struct super_block {
	unsigned long s_magic;
};

struct inode {
	__u16 i_mode;
	__u32 i_rdev;
	struct super_block *i_sb;
	void *i_private;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct inode *f_inode;
	void *private_data;
	struct path f_path;
};

/* A node's directory had one name up to 6.14 and has another since. */
struct kernfs_node {
	struct kernfs_node *parent;
	__u16 flags;
	__u64 id;
	void *priv;
};

struct kernfs_node___rcu {
	struct kernfs_node *__parent;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct task_struct {
	struct css_set *cgroups;
	char comm[16];
};

struct io_sq_data {
	struct task_struct *thread;
};

struct io_ring_ctx {
	struct io_sq_data *sq_data;
};

struct file_system_type {
	int fs_flags;
};

struct fs_context {
	struct file_system_type *fs_type;
};

typedef struct {
	__s64 counter;
} atomic64_t;

struct bpf_map {
	char name[16];
	__u32 max_entries;
	atomic64_t refcnt;
	atomic64_t usercnt;
};

struct bpf_link {
	struct bpf_prog *prog;
};

struct bpf_struct_ops_link {
	struct bpf_map *map;
};

#pragma clang attribute pop

#endif /* CLOISON_LSM_KERNEL_H */
