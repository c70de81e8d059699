/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket(2): a tenant gets TCP and UDP sockets, and those of SCTP and ping if
 * a rule allows some of it, and none in a network that is another tenant's. The
 * hook sees the families AF_INET and AF_INET6 only.
 */
#ifndef CLOISON_SOCK_BPF_H
#define CLOISON_SOCK_BPF_H

#include "event.h"
#include "flow.h"
#include "home.h"
#include "pen.h"
#include "socket.h"

/* Whether a tenant may have sockets in this network; which it is the socket keeps. */
static __always_inline enum cloison_reason socket_network(const struct cloison_segment *segment,
							  struct bpf_sock *sk)
{
	__u64 network = bpf_get_netns_cookie(sk);
	struct cloison_socket *socket;

	socket = bpf_sk_storage_get(&cloison_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!socket)
		return CLOISON_REASON_no_room;
	socket->network = network;
	return home_claimed(segment, network) == HOME_FOREIGN ? CLOISON_REASON_foreign :
								CLOISON_REASON_passed;
}

SEC("cgroup/sock_create")
int cloison_socket(struct bpf_sock *sk)
{
	struct sock *made = bpf_cast_to_kern_ctx(sk);
	const struct cloison_segment *segment = segment_of_cgroup(pen_socket_cgroup(made));
	enum cloison_reason reason = CLOISON_REASON_no_policy;

	if (segment) {
		reason = socket_network(segment, sk);
		if (reason == CLOISON_REASON_passed &&
		    !socket_useful(segment, sk->type, sk->protocol))
			reason = CLOISON_REASON_wrong_socket;
		if (reason == CLOISON_REASON_passed)
			return 1;
	}
	segment_count(segment, reason);
	event_emit(segment, CLOISON_HOOK_sock_create, CLOISON_EGRESS, reason, 0, NULL, NULL);
	return !segment_stops(segment, reason);
}

/* The last close: the record of the flow that the socket has, if it has one. */
SEC("cgroup/sock_release")
int cloison_release(struct bpf_sock *sk)
{
	const struct cloison_socket *socket = bpf_sk_storage_get(&cloison_sockets, sk, NULL, 0);
	enum cloison_end end;

	if (!socket || !socket->direction || sk->state == TCP_STATE_LISTEN)
		return 1;
	end = socket->end;
	if (!end)
		end = socket->protocol == CLOISON_TCP && sk->state == TCP_STATE_CLOSE ?
			      CLOISON_END_BROKEN :
			      CLOISON_END_CLOSED;
	ended_tell(socket, end);
	return 1;
}

#endif /* CLOISON_SOCK_BPF_H */
