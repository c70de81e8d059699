/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket(2): a tenant gets TCP and UDP sockets, and those of SCTP and ping if
 * a rule allows some of it, and none in a network that is another tenant's. The
 * hook sees the families AF_INET and AF_INET6 only.
 */
#ifndef CLOISON_SOCK_BPF_H
#define CLOISON_SOCK_BPF_H

#include "event.h"
#include "home.h"
#include "socket.h"

/* Whether a tenant may have sockets in this network; which it is the socket keeps. */
static __always_inline bool socket_at_home(const struct cloison_segment *segment,
					   struct bpf_sock *sk)
{
	__u64 network = bpf_get_netns_cookie(sk);
	const struct cloison_network *claim = bpf_map_lookup_elem(&cloison_networks, &network);
	struct cloison_home *home;

	/* Without memory for it, it is judged like any other. */
	home = bpf_sk_storage_get(&cloison_home, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (home)
		home->network = network;
	return !claim || claim->tenant == segment->tenant;
}

SEC("cgroup/sock_create")
int cloison_socket(struct bpf_sock *sk)
{
	const struct cloison_segment *segment = segment_of_hook();
	enum cloison_reason reason = CLOISON_REASON_no_policy;

	if (segment) {
		reason = CLOISON_REASON_passed;
		if (!socket_at_home(segment, sk))
			reason = CLOISON_REASON_outside;
		else if (!socket_useful(segment, sk->type, sk->protocol))
			reason = CLOISON_REASON_wrong_socket;
		if (reason == CLOISON_REASON_passed)
			return 1;
	}
	segment_count(segment, reason);
	event_emit(segment, CLOISON_HOOK_sock_create, CLOISON_EGRESS, reason, 0, NULL, NULL);
	return !segment_stops(segment);
}

#endif /* CLOISON_SOCK_BPF_H */
