/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every packet that a socket of the tenant sends or gets. These two hooks are
 * what decides; those on calls only give the caller a quicker answer.
 */
#ifndef CLOISON_SKB_BPF_H
#define CLOISON_SKB_BPF_H

#include "event.h"
#include "flow.h"
#include "socket.h"

#define SKB_DROP 0
#define SKB_PASS 1

/* Where an IP header has its addresses. */
#define SKB_IPV4_SOURCE 12
#define SKB_IPV4_DESTINATION 16
#define SKB_IPV6_SOURCE 8
#define SKB_IPV6_DESTINATION 24

static __always_inline enum cloison_reason
skb_reason(struct __sk_buff *skb, const struct cloison_segment *segment,
	   enum cloison_direction direction, struct packet *packet, struct judgement *verdict)
{
	enum cloison_reason reason;
	struct bpf_sock *sk;
	__u64 cookie = 0;

	reason = parse_packet(skb, packet, direction);
	if (reason != CLOISON_REASON_passed)
		return reason;

	sk = skb->sk;
	if (!sk)
		return CLOISON_REASON_wrong_socket;
	sk = bpf_sk_fullsock(sk);
	if (!sk || !socket_fits(sk, packet->peer.protocol))
		return CLOISON_REASON_wrong_socket;

	if (packet->peer.protocol == CLOISON_TCP)
		return flow_tcp(segment, direction, packet, sk, verdict);

	/* Each test run has a new socket: its replies would find no flow. */
	if (!cloison_test.on)
		cookie = bpf_get_socket_cookie(skb);
	return flow_datagram(segment, direction, &packet->peer, cookie, verdict);
}

/* No verdict asks for the tenant's own address, so it is read only here. */
static __always_inline void skb_event(struct __sk_buff *skb, const struct cloison_segment *segment,
				      enum cloison_direction direction, enum cloison_reason reason,
				      __u32 rule, const struct cloison_peer *peer)
{
	bool out = direction == CLOISON_EGRESS;
	__u8 local[16] = {};

	if (peer->family == CLOISON_IPV4)
		bpf_skb_load_bytes(skb, out ? SKB_IPV4_SOURCE : SKB_IPV4_DESTINATION, local, 4);
	else if (peer->family == CLOISON_IPV6)
		bpf_skb_load_bytes(skb, out ? SKB_IPV6_SOURCE : SKB_IPV6_DESTINATION, local, 16);
	event_emit(segment, out ? CLOISON_HOOK_egress : CLOISON_HOOK_ingress, direction, reason,
		   rule, peer, local);
}

static __always_inline int skb_judge(struct __sk_buff *skb, enum cloison_direction direction)
{
	const struct cloison_segment *segment = segment_of_hook();
	enum cloison_reason reason = CLOISON_REASON_no_policy;
	struct judgement verdict = {};
	struct packet packet = {};
	bool passes;

	if (segment)
		reason = skb_reason(skb, segment, direction, &packet, &verdict);
	segment_count(segment, reason);
	passes = reason == CLOISON_REASON_passed || reason == CLOISON_REASON_replies;
	if (!passes || verdict.verdict)
		skb_event(skb, segment, direction, reason, verdict.rule, &packet.peer);
	return passes ? SKB_PASS : SKB_DROP;
}

SEC("cgroup_skb/ingress")
int cloison_ingress(struct __sk_buff *skb)
{
	return skb_judge(skb, CLOISON_INGRESS);
}

SEC("cgroup_skb/egress")
int cloison_egress(struct __sk_buff *skb)
{
	return skb_judge(skb, CLOISON_EGRESS);
}

#endif /* CLOISON_SKB_BPF_H */
