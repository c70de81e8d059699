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
#define PROC_FS 0x9fa0
#define SYS_FS 0x62656572
#define CGROUP1_FS 0x27e0eb
#define DEBUG_FS 0x64626720
#define TRACE_FS 0x74726163
#define SECURITY_FS 0x73636673
#define SELINUX_FS 0xf97cff8c
#define CONFIG_FS 0x62656570
#define EFIVAR_FS 0xde5e81e4
#define PSTORE_FS 0x6165676c
#define FUSE_CONTROL_FS 0x65735543
#define RESCTRL_FS 0x7655821
#define BINFMT_FS 0x42494e4d
#define NFSD_FS 0x6e667364
#define RPC_PIPE_FS 0x67596969

/* Numbers that the first namespaces of a kind have in each kernel. */
#define FIRST_IPC 0xEFFFFFFF
#define FIRST_UTS 0xEFFFFFFE

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

struct list_head {
	struct list_head *next;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct user_namespace {
	int level; /* 0 is the first */
};

struct net {
	__u64 net_cookie;
	struct ns_common ns;
	struct user_namespace *user_ns;
	struct list_head dev_base_head;
	struct hlist_head *dev_index_head;
};

struct rtnl_link_ops {
	const char *kind;
};

struct net_device {
	int ifindex;
	unsigned short type;
	struct list_head dev_list;
	struct hlist_node index_hlist;
	const struct rtnl_link_ops *rtnl_link_ops;
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
	unsigned char skc_reuse : 4;
	unsigned char skc_reuseport : 1;
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

struct dentry;

struct path {
	struct dentry *dentry;
};

struct unix_sock {
	struct unix_address *addr;
	struct path path;
	struct sock *peer;
};

struct sk_buff {
	unsigned int len;
	unsigned char *data;
};

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
	struct user_namespace *s_user_ns;
};

struct inode {
	__u16 i_mode;
	__u32 i_rdev;
	unsigned long i_ino;
	struct super_block *i_sb;
	void *i_private;
	struct hlist_head i_dentry;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct hlist_node d_alias;
};

/* Up to 6.18 it was in a union of that name. */
struct dentry___union {
	union {
		struct hlist_node d_alias;
	} d_u;
};

struct proc_inode {
	struct pid *pid;
	struct ctl_table_header *sysctl;
	struct inode vfs_inode;
};

struct file {
	unsigned int f_mode;
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

struct pid {
	unsigned int level; /* of its namespace, 0 is the first */
	struct hlist_head tasks[1];
};

struct cred {
	struct user_namespace *user_ns;
};

struct task_struct {
	struct css_set *cgroups;
	char comm[16];
	struct pid *thread_pid;
	struct hlist_node pid_links[1];
	const struct cred *cred;
	struct signal_struct *signal;
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
