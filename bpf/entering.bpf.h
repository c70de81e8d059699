/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hand-over. A container engine connects to a named socket of the host's, moves its
 * child into the tenant, and the child sends the terminal by that connection before it
 * executes the container's program. So a task that is entering (kmod/entry.c) may send
 * and receive by a connected unix socket of the host's. It brought that one with it:
 * file_receive lets no such socket come later.
 */
#ifndef CLOISON_ENTERING_BPF_H
#define CLOISON_ENTERING_BPF_H

#include "lsm.h"

#include "guard_ops.h"

#define SOCKET_CONNECTED 1

static __always_inline bool entering(struct task_struct *task)
{
	return bpf_ksym_exists(cloison_process_is_entering) &&
	       cloison_process_is_entering((__u64)(long)BPF_CORE_READ(task, signal));
}

static __always_inline bool entering_may_use(const struct wall *wall, struct sock *sk)
{
	struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);
	struct wall other;

	/* A stray may pass nothing on. */
	if (!wall->tenant || lsm_family(sk) != FAMILY_UNIX || !peer ||
	    BPF_CORE_READ(sk, __sk_common.skc_state) != SOCKET_CONNECTED)
		return false;
	/* Neither end may be another tenant's. */
	if (lsm_cgroup(lsm_socket_cgroup(sk), &other) ||
	    lsm_cgroup(lsm_socket_cgroup(peer), &other))
		return false;
	return entering(bpf_get_current_task_btf());
}

#endif /* CLOISON_ENTERING_BPF_H */
