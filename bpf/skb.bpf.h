/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every packet that a socket of the tenant sends or gets. These two hooks are
 * what decides; those on calls only give the caller a quicker answer.
 */
#ifndef CLOISON_SKB_BPF_H
#define CLOISON_SKB_BPF_H

#include "event.h"
#include "fast.h"
#include "flow.h"
#include "flows.h"
#include "home.h"
#include "nat_datagram.h"
#include "pen.h"
#include "socket.h"

#define SKB_DROP 0
#define SKB_PASS 1
#define SKB_SLOW 2 /* dropped, and the sender is told of a full network; of egress only */

/* The slot of the tenant that the packet's socket was made in; verified once. */
__noinline int skb_slot(struct __sk_buff *skb)
{
	const struct cloison_pens *pens = pens_state();
	struct bpf_sock *sk = skb->sk;
	__u32 i, index;
	__u64 id;

	if (!pens || !sk)
		return -1;
#pragma clang loop unroll(disable)
	for (i = 0; i < CLOISON_DEPTHS && i < PEN_READ(pens->depths); i++) {
		id = bpf_sk_ancestor_cgroup_id(sk, pens->depth[i]);
		if (id && pen_slot(id, &index))
			return (int)index;
	}
	return -1;
}

static __always_inline const struct cloison_segment *skb_segment(struct __sk_buff *skb)
{
	if (cloison_test.on)
		return (const struct cloison_segment *)&cloison_test.segment;
	/* Of none the slot is one that there is not. */
	return segment_of_slot((__u32)skb_slot(skb));
}

static __always_inline enum cloison_reason
skb_reason(struct __sk_buff *skb, const struct cloison_segment *segment,
	   enum cloison_direction direction, struct packet *packet, struct judgement *verdict)
{
	enum cloison_reason reason;
	struct flows_owner owner = {};
	struct bpf_sock *sk;

	reason = parse_packet(skb, packet, direction);
	if (reason != CLOISON_REASON_passed)
		return reason;

	sk = skb->sk;
	if (!sk)
		return CLOISON_REASON_wrong_socket;
	sk = bpf_sk_fullsock(sk);
	if (!sk || !socket_fits(sk, packet->peer.protocol))
		return CLOISON_REASON_wrong_socket;

	if (skb->ifindex == LOOPBACK_DEVICE) {
		enum home home = HOME_OF(segment, sk);

		if (home == HOME_FOREIGN)
			return CLOISON_REASON_foreign;
		if (home == HOME_OWN && home_addresses(packet))
			return CLOISON_REASON_home;
	}
	if (packet->peer.protocol == CLOISON_TCP)
		return flow_tcp(segment, direction, packet, sk, verdict);

	/* Each test run has a new socket: its replies would find no flow. */
	if (!cloison_test.on) {
		__u64 network = HOME_NETWORK(sk);

		owner.ours = bpf_get_socket_cookie(skb);
		owner.theirs = network ? FLOWS_NETWORK | network : owner.ours;
	}
	return flow_of_datagram(segment, direction, packet, sk, &owner, verdict);
}

/*
 * Count what passes for the record of its flow's end, if the socket has one. By itself for
 * the room of its stack.
 */
static __noinline void skb_record(struct __sk_buff *skb, enum cloison_direction direction,
				  const struct packet *packet)
{
	struct bpf_sock *sk = skb->sk;
	struct cloison_socket *socket;

	if (!sk || (packet->peer.protocol != CLOISON_TCP && packet->peer.protocol != CLOISON_UDP))
		return;
	socket = bpf_sk_storage_get(&cloison_sockets, sk, NULL, 0);
	if (!socket || !socket->direction || socket->protocol != packet->peer.protocol ||
	    (socket->protocol == CLOISON_UDP && !flow_connected(sk)))
		return;
	ended_count(socket, direction, skb->len);
	ended_note(socket, direction, packet);
}

static __always_inline bool skb_passes(enum cloison_reason reason)
{
	return reason == CLOISON_REASON_passed || reason == CLOISON_REASON_replies ||
	       reason == CLOISON_REASON_home;
}

static __always_inline int skb_judge(struct __sk_buff *skb, enum cloison_direction direction)
{
	enum cloison_reason reason = CLOISON_REASON_no_policy;
	const struct cloison_segment *segment;
	struct judgement verdict = {};
	struct packet packet = {};

	if (fast_passes(skb, direction))
		return SKB_PASS;
	segment = skb_segment(skb);
	if (segment)
		reason = skb_reason(skb, segment, direction, &packet, &verdict);
	/* On the tenant's own loopback it takes nothing of what tenants share. */
	if (skb_passes(reason) && reason != CLOISON_REASON_home &&
	    !limit_passes_bytes(segment, false, direction, skb->len))
		reason = CLOISON_REASON_bandwidth;
	segment_count(segment, reason);
	if (!skb_passes(reason) || verdict.verdict)
		event_emit(segment,
			   direction == CLOISON_EGRESS ? CLOISON_HOOK_egress : CLOISON_HOOK_ingress,
			   direction, reason, verdict.rule, &packet.peer, packet.local);
	if (!skb_passes(reason) && segment_stops(segment, reason))
		return direction == CLOISON_EGRESS && (reason == CLOISON_REASON_bandwidth ||
						       reason == CLOISON_REASON_rate) ?
			       SKB_SLOW :
			       SKB_DROP;
	segment_count_bytes(segment, reason,
			    direction == CLOISON_EGRESS ? CLOISON_BYTES_bytes_out :
							  CLOISON_BYTES_bytes_in,
			    skb->len);
	skb_record(skb, direction, &packet);
	return SKB_PASS;
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
