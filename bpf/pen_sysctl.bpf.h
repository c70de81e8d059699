/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing a sysctl: those of the tenant's own namespaces, none of the host's. The
 * kernel asks at each write, also by a descriptor that was opened elsewhere, and
 * wants root's number for most of them and no capability.
 *
 * With such a program attached anywhere the kernel reads a value once more for each
 * task of the host that reads or writes one.
 */
#ifndef CLOISON_PEN_SYSCTL_BPF_H
#define CLOISON_PEN_SYSCTL_BPF_H

#include "pen_call.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ctl_table_set {
	int (*is_seen)(struct ctl_table_set *set);
};

struct ctl_table_header {
	struct ctl_table_set *set;
};

struct bpf_sysctl_kern {
	struct ctl_table_header *head;
};

struct net___sysctl {
	__u64 net_cookie;
	struct ns_common ns;
	struct ctl_table_set sysctls;
};

struct ipc_namespace {
	struct ctl_table_set mq_set;
	struct ctl_table_set ipc_set;
	struct ns_common ns;
};

struct uts_namespace {
	struct ns_common ns;
};

struct user_namespace___sysctl {
	int level;
	struct ctl_table_set set;
};

struct pid_namespace___sysctl {
	int level;
	struct ctl_table_set set;
};

struct upid___sysctl {
	struct pid_namespace___sysctl *ns;
};

struct pid___sysctl {
	unsigned int level;
	struct upid___sysctl numbers[0];
};

struct nsproxy___sysctl {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct net___sysctl *net_ns;
	struct pid_namespace___sysctl *pid_ns_for_children;
};

struct cred___sysctl {
	struct user_namespace___sysctl *user_ns;
};

struct task_struct___sysctl {
	struct nsproxy___sysctl *nsproxy;
	struct cred___sysctl *cred;
};

#pragma clang attribute pop

/* Whether a set of sysctls is the one in @object at @field. */
#define SYSCTL_IN(set, object, field) \
	((object) && (void *)(set) == (void *)(object) + bpf_core_field_offset((object)->field))

/* Those of a namespace stand in the namespace. The caller's, or the write fails. */
static __always_inline bool sysctl_of_namespace(const struct wall *wall,
						struct task_struct___sysctl *task,
						struct ctl_table_set *set, __u32 host_network)
{
	struct nsproxy___sysctl *namespaces = BPF_CORE_READ(task, nsproxy);
	struct net___sysctl *network = BPF_CORE_READ(namespaces, net_ns);
	struct ipc_namespace *ipc = BPF_CORE_READ(namespaces, ipc_ns);
	struct user_namespace___sysctl *users = BPF_CORE_READ(task, cred, user_ns);
	struct pid_namespace___sysctl *pids = BPF_CORE_READ(namespaces, pid_ns_for_children);

	if (SYSCTL_IN(set, network, sysctls))
		return host_network && BPF_CORE_READ(network, ns.inum) != host_network &&
		       !pen_claimed(wall, BPF_CORE_READ(network, net_cookie));
	if (SYSCTL_IN(set, ipc, ipc_set) || SYSCTL_IN(set, ipc, mq_set))
		return BPF_CORE_READ(ipc, ns.inum) != FIRST_IPC;
	if (SYSCTL_IN(set, users, set))
		return BPF_CORE_READ(users, level) > 0;
	if (bpf_core_field_exists(pids->set) && SYSCTL_IN(set, pids, set))
		return BPF_CORE_READ(pids, level) > 0;
	return false;
}

/* The names of a host stand among the common ones, and are those of the namespace. */
static __always_inline bool sysctl_of_uts(struct task_struct___sysctl *task,
					  struct bpf_sysctl *call)
{
	__u64 name[3] = {};

	if (BPF_CORE_READ(task, nsproxy, uts_ns, ns.inum) == FIRST_UTS)
		return false;
	if (bpf_sysctl_get_name(call, (char *)name, sizeof(name), 0) < 0)
		return false;
	if (name[0] == LSM_WORD("kernel/h"))
		return name[1] == LSM_WORD("ostname") && !name[2];
	return name[0] == LSM_WORD("kernel/d") && name[1] == LSM_WORD("omainnam") &&
	       name[2] == LSM_WORD("e");
}

SEC("cgroup/sysctl")
int cloison_sysctl(struct bpf_sysctl *call)
{
	struct task_struct___sysctl *task = (void *)bpf_get_current_task();
	struct bpf_sysctl_kern *kernel;
	struct wall wall;
	__u32 zero = 0;
	struct cloison_host *host;

	if (!call->write)
		return PEN_ALLOW;
	wall = pen_call();
	host = bpf_map_lookup_elem(&cloison_host, &zero);
	kernel = bpf_cast_to_kern_ctx(call);
	if (host &&
	    sysctl_of_namespace(&wall, task, BPF_CORE_READ(kernel, head, set), host->network))
		return PEN_ALLOW;
	if (sysctl_of_uts(task, call))
		return PEN_ALLOW;
	return pen_refuse(&wall, CLOISON_HOOK_sysctl);
}

#endif /* CLOISON_PEN_SYSCTL_BPF_H */
