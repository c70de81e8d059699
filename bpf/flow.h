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

#include "ended.h"
#include "home.h"
#include "limit.h"
#include "nat.h"
#include "parse.h"
#include "policy.h"
#include "segment.h"

/* Also of a UDP socket that is connected. */
#define TCP_STATE_ESTABLISHED 1
#define TCP_STATE_SYN_SENT 2
#define TCP_STATE_FIN_WAIT1 4
#define TCP_STATE_FIN_WAIT2 5
#define TCP_STATE_CLOSE 7
#define TCP_STATE_CLOSE_WAIT 8
#define TCP_STATE_LAST_ACK 9
#define TCP_STATE_LISTEN 10
#define TCP_STATE_CLOSING 11

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

/* The ports as in the header of a packet that the socket sends. */
static __always_inline __u32 flow_ports(const struct cloison_peer *peer)
{
	__be16 ports[2] = { bpf_htons(peer->local_port), bpf_htons(peer->remote_port) };
	__u32 word;

	__builtin_memcpy(&word, ports, sizeof(word));
	return word;
}

/* Of UDP: a socket that is not connected has other peers too. */
static __always_inline bool flow_connected(const struct bpf_sock *sk)
{
	return (cloison_test.on && cloison_test.connected) || sk->state == TCP_STATE_ESTABLISHED;
}

/* Whether it is the packet's flow that the socket has. */
static __always_inline bool flow_same(const struct cloison_socket *socket,
				      const struct packet *packet)
{
	return socket->direction && socket->protocol == packet->peer.protocol &&
	       socket->family == packet->peer.family &&
	       *(const flow_word *)socket->ports == flow_ports(&packet->peer) &&
	       flow_same_local(socket->remote, packet->peer.address) &&
	       flow_same_local(socket->local, packet->local);
}

/* What was counted of the flow before. */
static __always_inline void flow_forget(struct cloison_socket *socket)
{
	socket->began = bpf_ktime_get_boot_ns();
	socket->packets_in = 0;
	socket->packets_out = 0;
	socket->bytes_in = 0;
	socket->bytes_out = 0;
	socket->end = 0;
}

/*
 * What a listener has noted, those that it accepts have too: also one that is older
 * than its tenant notes its network, so that what it accepts from now on is known to
 * have been accepted.
 */
static __always_inline void flow_listens(struct bpf_sock *sk)
{
	struct cloison_socket *socket;

	socket = bpf_sk_storage_get(&cloison_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (socket && !socket->network)
		socket->network = home_read(sk);
}

/*
 * Remember at the socket. A listener has many peers: not there.
 * @generation: of the policy that admits it; 0 if none does, and a pilot lets it pass
 */
static __always_inline bool flow_note(const struct cloison_segment *segment, struct bpf_sock *sk,
				      const struct packet *packet, enum cloison_direction direction,
				      __u32 rule, __u64 generation)
{
	struct cloison_socket *socket;

	if (sk->state == TCP_STATE_LISTEN) {
		flow_listens(sk);
		return true;
	}
	socket = bpf_sk_storage_get(&cloison_sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!socket)
		return false;
	/* A policy that still allows it changes nothing of what it was. */
	if (!flow_same(socket, packet)) {
		if (socket->direction)
			ended_tell(socket, CLOISON_END_REPLACED);
		flow_forget(socket);
	}
	/* Another CPU must not take half of it for the whole. */
	__sync_lock_test_and_set(&socket->generation, 0);
	__builtin_memcpy(socket->remote, packet->peer.address, sizeof(socket->remote));
	__builtin_memcpy(socket->local, packet->local, sizeof(socket->local));
	*(flow_word *)socket->ports = flow_ports(&packet->peer);
	socket->family = packet->peer.family;
	socket->protocol = packet->peer.protocol;
	socket->direction = direction;
	socket->rule = rule;
	socket->index = segment->index;
	socket->tenant = segment->tenant;
	socket->observed = segment->mode == CLOISON_OBSERVE;
	__sync_lock_test_and_set(&socket->generation, generation);
	return true;
}

static __always_inline bool flow_remember(const struct cloison_segment *segment,
					  struct bpf_sock *sk, const struct packet *packet,
					  enum cloison_direction direction, __u32 rule)
{
	return flow_note(segment, sk, packet, direction, rule, segment->generation);
}

/* A flow that begins: what the rules say, then what the tenant's limits do. */
static __always_inline void flow_judge_first(const struct cloison_segment *segment, bool device,
					     enum cloison_direction direction,
					     const struct packet *packet, struct judgement *verdict)
{
	policy_judge(segment, direction, packet, verdict);
	if (verdict->verdict != CLOISON_ALLOW || limit_passes_flow(segment, device, direction))
		return;
	verdict->verdict = CLOISON_DENY;
	verdict->reason = CLOISON_REASON_rate;
}

/* A segment that asks for a connection is judged in its own direction only. */
static __always_inline enum cloison_reason
flow_tcp_begins(const struct cloison_segment *segment, enum cloison_direction direction,
		const struct packet *packet, struct bpf_sock *sk, struct judgement *verdict)
{
	flow_judge_first(segment, false, direction, packet, verdict);
	if (verdict->verdict != CLOISON_ALLOW) {
		/* It passes all the same: who began it counts when the policy is enforced. */
		if (!segment_enforces(segment))
			flow_note(segment, sk, packet, direction, verdict->rule, 0);
		return flow_denied(segment, verdict);
	}
	if (direction == CLOISON_EGRESS && !nat_named(segment, packet, sk))
		return CLOISON_REASON_nat;
	/* Its replies pass by this memory only, so without it they would hang. */
	if (!flow_remember(segment, sk, packet, direction, verdict->rule))
		return CLOISON_REASON_no_room;
	policy_hit(segment->slot, verdict->rule);
	return CLOISON_REASON_passed;
}

/* Whether it is the socket of a connection that was begun and has not ended. */
static __always_inline bool flow_has_connection(const struct bpf_sock *sk)
{
	__u32 state = sk->state;

	if (cloison_test.on)
		return cloison_test.older;
	return state == TCP_STATE_ESTABLISHED || state == TCP_STATE_FIN_WAIT1 ||
	       state == TCP_STATE_FIN_WAIT2 || state == TCP_STATE_CLOSE_WAIT ||
	       state == TCP_STATE_LAST_ACK || state == TCP_STATE_CLOSING;
}

/*
 * Who began a connection of which nothing is remembered; 0 if it cannot be known.
 * What the tenant's own sockets ask for is remembered there from the first segment
 * on, and a socket that was made under this guard has noted its network: such a one
 * without a flow was accepted. Only a connection that is older than its tenant, or
 * than a guard whose notes had another shape, may have begun either way.
 */
static __always_inline enum cloison_direction flow_began(struct bpf_sock *sk)
{
	const struct cloison_socket *made;

	if (sk->state == TCP_STATE_SYN_SENT)
		return CLOISON_EGRESS;
	if (!flow_has_connection(sk))
		return CLOISON_INGRESS;
	made = bpf_sk_storage_get(&cloison_sockets, sk, NULL, 0);
	return made && made->network ? CLOISON_INGRESS : 0;
}

/*
 * As a policy has it, and as which end began it. Where that is not known, a rule for
 * either end will do, and from then on it is known: a segment that is not the first
 * opens no connection, for each socket of the kernel's TCP has answered a first one,
 * or sent it, which was judged in its own direction. By itself for the room of its stack.
 */
static __noinline enum cloison_direction flow_judge(const struct cloison_segment *segment,
						    enum cloison_direction began,
						    const struct packet *packet,
						    struct judgement *judgement)
{
	struct judgement other = {};

	policy_judge(segment, began ? began : CLOISON_INGRESS, packet, judgement);
	if (began || judgement->verdict == CLOISON_ALLOW)
		return began ? began : CLOISON_INGRESS;
	policy_judge(segment, CLOISON_EGRESS, packet, &other);
	if (other.verdict != CLOISON_ALLOW)
		return CLOISON_INGRESS;
	*judgement = other;
	return CLOISON_EGRESS;
}

/*
 * All other segments. The kernel's TCP sends none before a connection was
 * asked for; one that the tenant's own socket asked for is remembered there.
 * What is not remembered was accepted, so it is judged as coming in: also what
 * the listener itself sends and gets (SYN-ACK, the ACK to it). For what is older
 * than that see flow_began().
 * @socket: what is kept at the socket, if it has the packet's flow, or NULL
 */
static __always_inline enum cloison_reason
flow_goes_on(const struct cloison_segment *segment, enum cloison_direction direction,
	     const struct packet *packet, struct bpf_sock *sk, struct cloison_socket *socket,
	     struct judgement *verdict)
{
	enum cloison_direction began;
	struct judgement judgement;

	if (socket) {
		began = socket->direction;
		if (socket->generation == segment->generation)
			return flow_passed(began, direction);
	} else {
		began = flow_began(sk);
	}

	began = flow_judge(segment, began, packet, &judgement);
	if (judgement.verdict != CLOISON_ALLOW) {
		enum cloison_reason reason = flow_denied(segment, &judgement);

		*verdict = judgement;
		if (socket && segment_enforces(segment))
			socket->end = CLOISON_END_POLICY;
		if (direction == CLOISON_EGRESS && nat_from_another(packet, sk))
			return CLOISON_REASON_nat;
		/* One that a pilot only let pass was never admitted, so nothing ended. */
		return socket && socket->generation ? CLOISON_REASON_ended : reason;
	}
	if (direction == CLOISON_EGRESS && began == CLOISON_EGRESS &&
	    !nat_named(segment, packet, sk))
		return CLOISON_REASON_nat;
	/* If there is no memory for it, it is judged again at the next segment. */
	flow_remember(segment, sk, packet, began, judgement.rule);
	return flow_passed(began, direction);
}

/* What is kept at the socket, or NULL. */
static __always_inline struct cloison_socket *flow_of_socket(struct bpf_sock *sk)
{
	if (sk->state == TCP_STATE_LISTEN)
		return NULL;
	return bpf_sk_storage_get(&cloison_sockets, sk, NULL, 0);
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
	struct cloison_socket *socket;

	if (flow_asks(packet))
		return flow_tcp_begins(segment, direction, packet, sk, verdict);
	socket = flow_of_socket(sk);
	if (socket && !flow_same(socket, packet)) {
		enum cloison_reason reason = CLOISON_REASON_COUNT;

		if (direction == CLOISON_INGRESS)
			reason = nat_answers(segment, packet, sk, socket);
		if (reason != CLOISON_REASON_COUNT)
			return reason;
		socket = NULL;
	}
	return flow_goes_on(segment, direction, packet, sk, socket, verdict);
}

#endif /* CLOISON_FLOW_H */
