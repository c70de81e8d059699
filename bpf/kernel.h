/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few fields of kernel structs that the guard reads. Their real offsets are
 * filled in at load (CO-RE), from the BTF of the kernel that runs, so that
 * building needs no kernel's BTF and one object serves all kernels.
 */
#ifndef CLOISON_KERNEL_H
#define CLOISON_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* The numbers differ from kernel to kernel; only the names are used. */
enum cgroup_bpf_attach_type {
	CGROUP_INET_INGRESS,
	CGROUP_INET_EGRESS,
	CGROUP_INET_SOCK_CREATE,
	CGROUP_INET4_CONNECT,
	CGROUP_INET6_CONNECT,
	CGROUP_UDP4_SENDMSG,
	CGROUP_UDP6_SENDMSG,
	CGROUP_INET4_BIND,
	CGROUP_INET6_BIND,
	CGROUP_DEVICE,
	CGROUP_SYSCTL,
};

struct bpf_prog_aux {
	__u32 id;
	char name[16];
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

struct bpf_prog_array_item {
	struct bpf_prog *prog;
};

struct bpf_prog_array {
	struct bpf_prog_array_item items[0];
};

struct cgroup_bpf {
	struct bpf_prog_array *effective[1];
};

struct kernfs_node;

/* 0 is cgroup v2; the ids of a v1 hierarchy may equal its. */
struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct cgroup_root *root;
	int level;
	struct kernfs_node *kn;
	struct cgroup_bpf bpf;
	struct cgroup *ancestors[0];
};

#pragma clang attribute pop

#endif /* CLOISON_KERNEL_H */
