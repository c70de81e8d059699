/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard's own objects are not for tenants. What is the guard's is told by
 * the name, which is given once, by who makes the object; a tenant that makes
 * one of such a name is refused its own.
 *
 * Nor are the places where programs are attached: by its number a device or a cgroup
 * of the host's or a neighbour's is as good as one's own, and a cgroup's directory
 * opened for reading is enough. Which place it will be no hook sees.
 */
#ifndef CLOISON_LSM_BPF_BPF_H
#define CLOISON_LSM_BPF_BPF_H

#include "lsm.h"

static __always_inline bool lsm_guards_name(const char *at)
{
	__u64 name = 0;

	bpf_probe_read_kernel(&name, sizeof("cloison") - 1, at);
	return name == LSM_WORD("cloison");
}

/* Behind a pin there is a link, or what gives no such names when read as one. */
static __always_inline bool lsm_guards_link(struct bpf_link *link)
{
	struct bpf_prog *program = BPF_CORE_READ(link, prog);
	struct bpf_map *ops;

	if (program)
		return lsm_guards_name((void *)&BPF_CORE_READ(program, aux)->name);
	ops = BPF_CORE_READ((struct bpf_struct_ops_link *)link, map);
	return ops && lsm_guards_name((void *)&ops->name);
}

/*
 * What attaches a program, takes one away, or gets at an object of another's by its
 * number. All of it wants capabilities of the first user namespace.
 */
static __always_inline bool lsm_bpf_reaches(int command)
{
	switch (command) {
	case BPF_PROG_ATTACH:
	case BPF_PROG_DETACH:
	case BPF_RAW_TRACEPOINT_OPEN:
	case BPF_LINK_CREATE:
	case BPF_LINK_UPDATE:
	case BPF_LINK_DETACH:
	case BPF_PROG_GET_FD_BY_ID:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_LINK_GET_FD_BY_ID:
		return true;
	default:
		return false;
	}
}

SEC("lsm/bpf")
int BPF_PROG(cloison_bpf, int command, union bpf_attr *attr)
{
	struct cloison_lsm *lsm = lsm_state();
	struct wall wall;
	__u32 type = 0;

	(void)ctx;
	if (lsm && lsm->probe && lsm->probe == bpf_get_current_pid_tgid() >> 32)
		lsm->probed = 1;
	if (!lsm_bpf_reaches(command) && command != BPF_MAP_CREATE)
		return LSM_ALLOW;
	if (!lsm_caller(&wall))
		return LSM_ALLOW;
	/* Nor may a tenant be the guard. */
	bpf_probe_read_kernel(&type, sizeof(type), &attr->map_type);
	if (command != BPF_MAP_CREATE || type == BPF_MAP_TYPE_STRUCT_OPS)
		return lsm_refuse(&wall, CLOISON_HOOK_bpf);
	return LSM_ALLOW;
}

SEC("lsm/bpf_map")
int BPF_PROG(cloison_bpfmap, struct bpf_map *map)
{
	struct wall wall;

	(void)ctx;
	if (!lsm_caller(&wall) || !lsm_guards_name((void *)&map->name))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_bpf_map);
}

SEC("lsm/bpf_prog")
int BPF_PROG(cloison_bpfprog, struct bpf_prog *program)
{
	struct wall wall;

	(void)ctx;
	if (!lsm_caller(&wall) || !lsm_guards_name((void *)&BPF_CORE_READ(program, aux)->name))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_bpf_prog);
}

/*
 * A program of whichever type that has the capabilities of the first user namespace
 * reads all of the kernel's memory, and so the memory of each tenant. In a user
 * namespace of its own a task has none of them.
 */
SEC("lsm/bpf_prog_load")
int BPF_PROG(cloison_bpfload, struct bpf_prog *program)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct wall wall;

	(void)ctx;
	(void)program;
	if (!lsm_caller(&wall) || BPF_CORE_READ(task, cred, user_ns, level))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_bpf_prog_load);
}

#endif /* CLOISON_LSM_BPF_BPF_H */
