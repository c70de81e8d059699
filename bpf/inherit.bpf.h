/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's question about what a task brings into a tenant: may it keep this file?
 * The rule is that of file_receive, so that a descriptor is not worth more for having
 * come early. See kmod/entry.c.
 */
#ifndef CLOISON_INHERIT_BPF_H
#define CLOISON_INHERIT_BPF_H

#include "entering.bpf.h"
#include "lsm_file.bpf.h"

#include "guard_ops.h"

/* As a number: no function that is verified by itself takes a pointer of this kind. */
static __always_inline struct cgroup *inherit_cgroup(const struct cgroup *cgroup)
{
	return (void *)(long)pen_address(cgroup);
}

/* The caller's cgroup, or what the module confines and the guard does not know yet. */
static __always_inline void inherit_wall(struct cgroup *cgroup, struct wall *wall)
{
	if (lsm_cgroup(cgroup, wall))
		return;
	*wall = (struct wall){
		.cgroup = BPF_CORE_READ(cgroup, kn, id),
		.level = BPF_CORE_READ(cgroup, level),
		.index = CLOISON_SEGMENTS,
	};
}

static __always_inline bool inherit_socket_foreign(const struct wall *wall, struct file *file)
{
	struct socket *socket = BPF_CORE_READ(file, private_data);
	struct sock *sk = BPF_CORE_READ(socket, sk);

	return sk && lsm_foreign(wall, sk) && !entering_may_use(wall, sk);
}

/* As event_emit() does, but for a helper that programs of this kind do not have. */
static __always_inline void inherit_tell(const struct wall *wall)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct event_place place = {};
	struct cloison_event *event;

	segment_count_at(wall->index, CLOISON_STATS_ENFORCED, CLOISON_REASON_outside);
	event = event_reserve(wall->index, CLOISON_CLASS_outside, false, &place);
	if (!event)
		return;
	event->tenant = wall->tenant;
	event->hook = CLOISON_HOOK_entry;
	event->mode = CLOISON_ENFORCE;
	event->direction = CLOISON_EGRESS;
	event->verdict = CLOISON_DENY;
	event->reason = CLOISON_REASON_outside;
	event->process = bpf_get_current_pid_tgid() >> 32;
	BPF_CORE_READ_INTO(&event->name, task, comm);
	event_submit(&place);
}

SEC("struct_ops/inherits")
int BPF_PROG(cloison_inherits, struct file *file, struct cgroup *cgroup)
{
	struct wall wall;

	(void)ctx;
	inherit_wall(inherit_cgroup(cgroup), &wall);
	if (lsm_magic(file) == SOCKET_FS ? !inherit_socket_foreign(&wall, file) :
					   !lsm_leads_out(&wall, file))
		return 0;
	inherit_tell(&wall);
	return LSM_REFUSE;
}

SEC("struct_ops/confines")
int BPF_PROG(cloison_confines, struct cgroup *cgroup)
{
	struct wall wall;

	(void)ctx;
	return lsm_cgroup(inherit_cgroup(cgroup), &wall) ? wall.level : 0;
}

#endif /* CLOISON_INHERIT_BPF_H */
