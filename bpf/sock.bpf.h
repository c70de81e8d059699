/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket(2): a tenant gets TCP and UDP sockets, and those of SCTP and ping if
 * a rule allows some of it. The hook sees the families AF_INET and AF_INET6
 * only.
 */
#ifndef CLOISON_SOCK_BPF_H
#define CLOISON_SOCK_BPF_H

#include "event.h"
#include "socket.h"

SEC("cgroup/sock_create")
int cloison_socket(struct bpf_sock *sk)
{
	const struct cloison_segment *segment = segment_of_hook();
	enum cloison_reason reason = CLOISON_REASON_no_policy;

	if (segment) {
		if (socket_useful(segment, sk->type, sk->protocol))
			return 1;
		reason = CLOISON_REASON_wrong_socket;
	}
	segment_count(segment, reason);
	event_emit(segment, CLOISON_HOOK_sock_create, CLOISON_EGRESS, reason, 0, NULL, NULL);
	return !segment_stops(segment);
}

#endif /* CLOISON_SOCK_BPF_H */
