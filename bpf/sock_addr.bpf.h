/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * connect(2) and sendto(2): a caller that may not reach its peer hears so at
 * once, instead of waiting for packets that the egress hook drops.
 */
#ifndef CLOISON_SOCK_ADDR_BPF_H
#define CLOISON_SOCK_ADDR_BPF_H

#include "event.h"
#include "flow.h"
#include "flows.h"
#include "home.h"
#include "pen.h"
#include "socket.h"

#define CALL_REFUSE 0
#define CALL_PROCEED 1

static __always_inline void peer_ipv4(struct cloison_peer *peer, __be32 address)
{
	/* The kernel will take no address for the loopback one. */
	if (!address)
		address = bpf_htonl(0x7F000001);
	peer->family = CLOISON_IPV4;
	__builtin_memcpy(peer->address, &address, sizeof(address));
}

static __always_inline void peer_ipv6(struct cloison_peer *peer, const __be32 address[4])
{
	__be32 last = address[3];

	/* IPv4 in disguise: that is what goes over the wire. */
	if (!address[0] && !address[1] && address[2] == bpf_htonl(0xFFFF)) {
		peer_ipv4(peer, last);
		return;
	}
	if (!address[0] && !address[1] && !address[2] && !last)
		last = bpf_htonl(1);
	peer->family = CLOISON_IPV6;
	__builtin_memcpy(peer->address, address, 12);
	__builtin_memcpy(peer->address + 12, &last, sizeof(last));
}

/*
 * Whether the call answers a datagram that was admitted, be it by another socket
 * than got it: servers of DTLS and QUIC make one for each peer.
 */
static __always_inline bool call_replies(const struct cloison_segment *segment,
					 const struct cloison_peer *peer, __u64 owner)
{
	static const __u8 unknown[16];
	struct cloison_flow flow = { .owner = owner };

	flows_of(&flow, peer, unknown);
	return flows_find(segment->index, FLOWS_THEIRS | FLOWS_ANY_LOCAL, &flow);
}

/* As what the peers of this socket began is noted. */
static __always_inline __u64 call_owner(struct bpf_sock_addr *call)
{
	struct bpf_sock *sk = call->sk;
	__u64 network = sk ? HOME_NETWORK(sk) : 0;

	return network ? FLOWS_NETWORK | network : bpf_get_socket_cookie(call);
}

/* The segment's verdict, and the rule that decided in @rule. */
static __always_inline enum cloison_reason call_reason(const struct cloison_segment *segment,
						       struct bpf_sock_addr *call,
						       struct cloison_peer *peer, __u32 *rule)
{
	struct judgement judgement;
	struct bpf_sock *sk;

	peer->protocol = socket_carries(call->type, call->protocol);
	if (!peer->protocol)
		return CLOISON_REASON_wrong_socket;
	/* The type is not known before the packet. */
	if (protocol_has_types(peer->protocol))
		return CLOISON_REASON_passed;
	peer->remote_port = bpf_ntohs(call->user_port);
	sk = call->sk;
	if (sk)
		peer->local_port = sk->src_port;
	/* Whether it stays on the loopback device the egress hook knows. */
	if (sk && address_is_loopback(peer->family, peer->address) &&
	    HOME_OF(segment, sk) == HOME_OWN)
		return CLOISON_REASON_passed;

	/* If the flow has ended meanwhile, the egress hook knows. */
	if (peer->protocol == CLOISON_UDP && call_replies(segment, peer, call_owner(call)))
		return CLOISON_REASON_passed;

	/* Which address it will be sent from is not known yet. */
	policy_rules(segment, CLOISON_EGRESS, peer, &judgement);
	if (judgement.verdict == CLOISON_ALLOW)
		return CLOISON_REASON_passed;
	*rule = judgement.rule;
	return flow_denied(segment, &judgement);
}

/* By the socket's cgroup: the caller may be another's task. */
static __always_inline const struct cloison_segment *call_segment(struct bpf_sock_addr *call)
{
	struct bpf_sock *sk = call->sk;

	return sk ? segment_of_cgroup(pen_socket_cgroup(PEN_SOCKET(sk))) : NULL;
}

/* Whom a datagram is for, as the program names it: on the wire it may be another. */
static __always_inline void call_note(struct bpf_sock_addr *call, const struct cloison_peer *peer)
{
	struct bpf_sock *sk = call->sk;
	struct cloison_socket *socket;

	if (!sk || socket_carries(call->type, call->protocol) != CLOISON_UDP)
		return;
	socket = bpf_sk_storage_get(&cloison_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	/* Without it a translated answer does not pass. */
	if (!socket)
		return;
	__builtin_memcpy(socket->named, peer->address, sizeof(socket->named));
	socket->named_port = bpf_ntohs(call->user_port);
	socket->named_family = peer->family;
}

/* What goes on is counted, and told, by the packets' hooks; so is all in a pilot. */
static __always_inline int call_judge(struct bpf_sock_addr *call, struct cloison_peer *peer,
				      enum cloison_hook hook)
{
	const struct cloison_segment *segment = call_segment(call);
	enum cloison_reason reason = CLOISON_REASON_no_policy;
	__u32 rule = 0;

	if (segment && segment_enforces(segment))
		reason = call_reason(segment, call, peer, &rule);
	if (!segment_enforces(segment) || reason == CLOISON_REASON_passed) {
		call_note(call, peer);
		return CALL_PROCEED;
	}
	segment_count(segment, reason);
	event_emit(segment, hook, CLOISON_EGRESS, reason, rule, peer, NULL);
	return CALL_REFUSE;
}

static __always_inline int call_judge_ipv4(struct bpf_sock_addr *call, enum cloison_hook hook)
{
	struct cloison_peer peer = {};

	peer_ipv4(&peer, call->user_ip4);
	return call_judge(call, &peer, hook);
}

static __always_inline int call_judge_ipv6(struct bpf_sock_addr *call, enum cloison_hook hook)
{
	__be32 address[4] = { call->user_ip6[0], call->user_ip6[1], call->user_ip6[2],
			      call->user_ip6[3] };
	struct cloison_peer peer = {};

	peer_ipv6(&peer, address);
	return call_judge(call, &peer, hook);
}

SEC("cgroup/connect4")
int cloison_conn4(struct bpf_sock_addr *call)
{
	return call_judge_ipv4(call, CLOISON_HOOK_connect4);
}

SEC("cgroup/connect6")
int cloison_conn6(struct bpf_sock_addr *call)
{
	return call_judge_ipv6(call, CLOISON_HOOK_connect6);
}

SEC("cgroup/sendmsg4")
int cloison_send4(struct bpf_sock_addr *call)
{
	return call_judge_ipv4(call, CLOISON_HOOK_sendmsg4);
}

SEC("cgroup/sendmsg6")
int cloison_send6(struct bpf_sock_addr *call)
{
	return call_judge_ipv6(call, CLOISON_HOOK_sendmsg6);
}

#endif /* CLOISON_SOCK_ADDR_BPF_H */
