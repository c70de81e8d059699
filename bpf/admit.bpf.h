/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's question: may this task use that tenant's memory now? Yes if the
 * task is in the tenant's cgroup and the guard is in force there, which is not
 * taken from what userspace wrote but read from the kernel's own list of what it
 * runs for the task's cgroup.
 */
#ifndef CLOISON_ADMIT_BPF_H
#define CLOISON_ADMIT_BPF_H

#include "event.h"
#include "pen.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "guard_ops.h"
#include "uapi/cloison.h"

#define ADMIT_EACCES 13

/* Programs of one kind on a cgroup and its ancestors; more are not looked at. */
#define ADMIT_PROGRAMS 16

/*
 * Whether the guard's program runs for @cgroup. It does if a pen above it has it:
 * a link is always attached so that none below can hide it.
 */
static __noinline bool admit_in_force(struct cgroup *cgroup, int hook, __u32 program, __u32 before)
{
	__u32 step = bpf_core_type_size(struct bpf_prog_array_item);
	struct bpf_prog_array *array = NULL;
	int i;

	bpf_probe_read_kernel(&array, sizeof(array),
			      (void *)&cgroup->bpf.effective + hook * sizeof(void *));
	if (!array || !program)
		return false;

	for (i = 0; i < ADMIT_PROGRAMS; i++) {
		struct bpf_prog_array_item *item = (void *)&array->items + i * step;
		struct bpf_prog *running = BPF_CORE_READ(item, prog);
		__u32 id;

		if (!running)
			return false;
		id = BPF_CORE_READ(running, aux, id);
		if (id == program || (before && id == before))
			return true;
	}
	return false;
}

/*
 * Whether the tenant has a policy in force, be it one that only observes, and the
 * cgroup is the tenant's or below it. Between the two halves of a binding to
 * another cgroup it is not.
 */
static __always_inline bool admit_tenant(const struct cloison_tenant *tenant, __u32 number,
					 struct cgroup *cgroup)
{
	__u32 index = tenant->index;
	const struct cloison_segment *segment = segment_of_slot(index);
	const struct cloison_slot *slot = bpf_map_lookup_elem(&cloison_slots, &index);

	if (!segment || !slot || segment->tenant != number || slot->tenant != number)
		return false;
	return slot->level && pen_ancestor(pen_address(cgroup),
					   slot->level & (CLOISON_LEVELS - 1)) == slot->cgroup;
}

/* A reference that comes or goes between two looks makes them differ by one. */
#define ADMIT_LOOKS 4

/* Of the struct_ops: admit, inherits and confines. */
#define ADMIT_OPS 3

/*
 * Whether the LSM's part is in force. Nobody holds its programs but their
 * links, and a link of that kind is attached as long as it lives; all of them,
 * and those of the struct_ops that ask as they do, have the map cloison_lsm. So the
 * references to it that are neither descriptors nor pins are counted.
 */
static __noinline bool admit_lsm(void)
{
	const volatile struct bpf_map *map = (const volatile struct bpf_map *)&cloison_lsm;
	int i;

	for (i = 0; i < ADMIT_LOOKS; i++) {
		__s64 references = map->refcnt.counter;

		if (references - map->usercnt.counter >= CLOISON_LSM_COUNT + ADMIT_OPS)
			return true;
	}
	return false;
}

/* Whether the guard's program is the first on a device. One that is gone lets nothing by. */
static __always_inline bool admit_end(__u64 network, __u32 device, bool egress, const __u32 now[2],
				      const __u32 before[2])
{
	__s64 first;

	if (!bpf_ksym_exists(cloison_device_first))
		return false;
	first = cloison_device_first(network, device, egress);
	return first < 0 || (first && (first == now[0] || first == now[1] || first == before[0] ||
				       first == before[1]));
}

/* Whether it is on all devices of the tenant's: behind another's program it judges nothing. */
static __noinline bool admit_devices(__u32 index, const struct cloison_guard *guard,
				     const struct cloison_guard *before)
{
	const struct cloison_ends *ends = bpf_map_lookup_elem(&cloison_ends, &index);
	const struct cloison_device *noted;
	__u32 i, device;

	if (!ends || !guard || !before)
		return false;
#pragma clang loop unroll(disable)
	for (i = 0; i < CLOISON_ENDS; i++) {
		device = PEN_READ(ends->device[i]);
		if (!device)
			continue;
		noted = bpf_map_lookup_elem(&cloison_devices, &device);
		if (!noted ||
		    !admit_end(noted->network, device, false, guard->from, before->from) ||
		    !admit_end(noted->network, device, true, guard->to, before->to))
			return false;
	}
	return true;
}

#define ADMIT_HOOK(name) bpf_core_enum_value(enum cgroup_bpf_attach_type, name)

SEC("struct_ops/admit")
int BPF_PROG(cloison_admit, const struct cloison_access *access, struct cgroup *cgroup)
{
	__u32 number = access->tenant;
	const struct cloison_tenant *tenant;
	__u32 now = CLOISON_GUARD_NOW, earlier = CLOISON_GUARD_BEFORE;
	const struct cloison_guard *guard, *before;

	(void)ctx;
	tenant = bpf_map_lookup_elem(&cloison_tenants, &number);
	guard = bpf_map_lookup_elem(&cloison_guard, &now);
	before = bpf_map_lookup_elem(&cloison_guard, &earlier);
	if (!tenant || !guard || !before || !admit_lsm() || !admit_tenant(tenant, number, cgroup))
		return -ADMIT_EACCES;

#define ADMIT_NEEDS(hook, program)                                                              \
	do {                                                                                    \
		if (!admit_in_force(cgroup, ADMIT_HOOK(hook), guard->program, before->program)) \
			return -ADMIT_EACCES;                                                   \
	} while (0)

	ADMIT_NEEDS(CGROUP_INET_INGRESS, ingress);
	ADMIT_NEEDS(CGROUP_INET_EGRESS, egress);
	ADMIT_NEEDS(CGROUP_INET4_CONNECT, connect4);
	ADMIT_NEEDS(CGROUP_INET6_CONNECT, connect6);
	ADMIT_NEEDS(CGROUP_UDP4_SENDMSG, sendmsg4);
	ADMIT_NEEDS(CGROUP_UDP6_SENDMSG, sendmsg6);
	ADMIT_NEEDS(CGROUP_INET4_BIND, bind4);
	ADMIT_NEEDS(CGROUP_INET6_BIND, bind6);
	ADMIT_NEEDS(CGROUP_INET_SOCK_CREATE, sock_create);
	ADMIT_NEEDS(CGROUP_DEVICE, dev);
	ADMIT_NEEDS(CGROUP_SYSCTL, sysctl);
#undef ADMIT_NEEDS
	return admit_devices(tenant->index, guard, before) ? 0 : -ADMIT_EACCES;
}

/* The slot of the tenant whose task calls; that of the strays and the host if it is none's. */
static __noinline __u32 denied_payer(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	struct wall wall = {};

	if (!cgroup || !pen_search((long)cgroup, &wall))
		return CLOISON_SEGMENTS;
	return wall.index;
}

/*
 * The module's denials as events. A task that tries what is not its tenant's spends its
 * own tenant's budget; a sweep runs in a thread of the kernel's, which belongs to no tenant.
 */
SEC("struct_ops/denied")
int BPF_PROG(cloison_denied, const struct cloison_access *access, enum cloison_denial why)
{
	enum cloison_reason reason = why == CLOISON_DENIED_TENANT ? CLOISON_REASON_region_foreign :
								    CLOISON_REASON_region_no_wall;
	__u32 number = access->tenant, index = CLOISON_SEGMENTS;
	const struct cloison_tenant *tenant;
	struct event_place place = {};
	struct cloison_event *event;
	__u32 payer;

	(void)ctx;
	tenant = bpf_map_lookup_elem(&cloison_tenants, &number);
	if (tenant)
		index = tenant->index;
	segment_count_at(index, CLOISON_STATS_ENFORCED, reason);
	payer = index;
	if (why == CLOISON_DENIED_TENANT)
		payer = access->kind == CLOISON_ACCESS_SWEEP ? CLOISON_SEGMENTS : denied_payer();
	event = event_reserve(payer, CLOISON_CLASS_memory, false, &place);
	if (!event)
		return 0;
	event->tenant = number;
	event->hook = CLOISON_HOOK_region;
	event->mode = CLOISON_ENFORCE;
	event->verdict = CLOISON_DENY;
	event->reason = reason;
	event->region = access->region;
	event->access = access->kind;
	event->cgroup = access->cgroup_id;
	/* Who is swept is not who sweeps. */
	if (access->kind != CLOISON_ACCESS_SWEEP) {
		struct task_struct *task = (void *)bpf_get_current_task();

		event->process = bpf_get_current_pid_tgid() >> 32;
		BPF_CORE_READ_INTO(&event->name, task, comm);
	}
	event_submit(&place);
	return 0;
}

#ifdef CLOISON_OTHER_SHAPE
/* What a module that is older than its guard does not know. */
SEC("struct_ops/other")
int BPF_PROG(cloison_other, const struct cloison_access *access)
{
	(void)ctx;
	(void)access;
	return 0;
}
#endif

SEC(".struct_ops.link")
struct cloison_guard_ops cloison_ops = {
	.admit = (void *)cloison_admit,
	.denied = (void *)cloison_denied,
	.confines = (void *)cloison_confines,
	.inherits = (void *)cloison_inherits,
#ifdef CLOISON_OTHER_SHAPE
	.other = (void *)cloison_other,
#endif
};

#endif /* CLOISON_ADMIT_BPF_H */
