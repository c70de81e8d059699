/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows: what was admitted passes with one look-up, and so do the replies to
 * it, in the other direction. Nothing else is taken for a reply.
 *
 * A remembered verdict holds for its two ends and its policy only. Under a new
 * policy the flow is judged again in the direction in which it began, so that
 * a rule that moved cuts nothing and one that went away ends what it let in.
 */
#ifndef CLOISON_FLOW_H
#define CLOISON_FLOW_H

#include "nat.h"
#include "parse.h"
#include "policy.h"
#include "segment.h"

#define TCP_STATE_LISTEN 10

static __always_inline enum cloison_reason flow_passed(enum cloison_direction began,
						       enum cloison_direction now)
{
	return began == now ? CLOISON_REASON_passed : CLOISON_REASON_replies;
}

static __always_inline enum cloison_reason flow_denied(const struct cloison_segment *segment,
						       const struct judgement *judgement)
{
	policy_hit(segment->slot, judgement->rule);
	return judgement->reason;
}

static __always_inline bool flow_asks(const struct packet *packet)
{
	return packet->peer.protocol == CLOISON_TCP &&
	       (packet->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* Remember at the socket. A listener has many peers: not there. */
static __always_inline bool flow_remember(const struct cloison_segment *segment,
					  struct bpf_sock *sk, const struct packet *packet,
					  enum cloison_direction direction, __u32 rule)
{
	struct cloison_tcp *tcp;

	if (sk->state == TCP_STATE_LISTEN)
		return true;
	tcp = bpf_sk_storage_get(&cloison_tcp, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!tcp)
		return false;
	/* Another CPU must not take half of it for the whole. */
	tcp->generation = 0;
	barrier();
	tcp->peer = packet->peer;
	__builtin_memcpy(tcp->local, packet->local, sizeof(tcp->local));
	tcp->direction = direction;
	tcp->rule = rule;
	barrier();
	tcp->generation = segment->generation;
	return true;
}

/* A segment that asks for a connection is judged in its own direction only. */
static __always_inline enum cloison_reason
flow_tcp_begins(const struct cloison_segment *segment, enum cloison_direction direction,
		const struct packet *packet, struct bpf_sock *sk, struct judgement *verdict)
{
	policy_judge(segment, direction, packet, verdict);
	if (verdict->verdict != CLOISON_ALLOW)
		return flow_denied(segment, verdict);
	if (direction == CLOISON_EGRESS && !nat_named(segment, packet, sk))
		return CLOISON_REASON_nat;
	/* Its replies pass by this memory only, so without it they would hang. */
	if (!flow_remember(segment, sk, packet, direction, verdict->rule))
		return CLOISON_REASON_no_room;
	policy_hit(segment->slot, verdict->rule);
	return CLOISON_REASON_passed;
}

/*
 * All other segments. The kernel's TCP sends none before a connection was
 * asked for; one that the tenant's own socket asked for is remembered there.
 * What is not remembered was accepted, so it is judged as coming in: also what
 * the listener itself sends and gets (SYN-ACK, the ACK to it).
 */
static __always_inline enum cloison_reason
flow_tcp_goes_on(const struct cloison_segment *segment, enum cloison_direction direction,
		 const struct packet *packet, struct bpf_sock *sk, struct judgement *verdict)
{
	enum cloison_direction began = CLOISON_INGRESS;
	struct cloison_tcp *tcp = NULL;
	struct judgement judgement;

	if (sk->state != TCP_STATE_LISTEN)
		tcp = bpf_sk_storage_get(&cloison_tcp, sk, NULL, 0);
	if (tcp && !(flow_same_peer(&tcp->peer, &packet->peer) &&
		     flow_same_local(tcp->local, packet->local))) {
		enum cloison_reason reason = CLOISON_REASON_COUNT;

		if (direction == CLOISON_INGRESS && tcp->direction == CLOISON_EGRESS)
			reason = nat_segment(segment, packet, sk, &tcp->peer,
					     tcp->generation == segment->generation);
		if (reason != CLOISON_REASON_COUNT)
			return reason;
		tcp = NULL;
	}
	if (tcp) {
		began = tcp->direction;
		if (tcp->generation == segment->generation)
			return flow_passed(began, direction);
	}

	policy_judge(segment, began, packet, &judgement);
	if (judgement.verdict != CLOISON_ALLOW) {
		enum cloison_reason reason = flow_denied(segment, &judgement);

		*verdict = judgement;
		if (direction == CLOISON_EGRESS && packet->peer.local_port != sk->src_port)
			return CLOISON_REASON_nat;
		return tcp ? CLOISON_REASON_ended : reason;
	}
	if (direction == CLOISON_EGRESS && began == CLOISON_EGRESS &&
	    !nat_named(segment, packet, sk))
		return CLOISON_REASON_nat;
	/* If there is no memory for it, it is judged again at the next segment. */
	flow_remember(segment, sk, packet, began, judgement.rule);
	return flow_passed(began, direction);
}

/*
 * @verdict: zeroed by the caller, and left so for what goes on: written for a
 * flow that begins and for what is denied
 */
static __always_inline enum cloison_reason flow_tcp(const struct cloison_segment *segment,
						    enum cloison_direction direction,
						    const struct packet *packet,
						    struct bpf_sock *sk, struct judgement *verdict)
{
	if (flow_asks(packet))
		return flow_tcp_begins(segment, direction, packet, sk, verdict);
	return flow_tcp_goes_on(segment, direction, packet, sk, verdict);
}

#endif /* CLOISON_FLOW_H */
