/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Datagrams of sockets: one of UDP that is connected has one peer, and remembers that
 * flow as TCP does; all else is in the tables. For addresses that are translated on
 * the tenant's own host see nat.h first: such a flow is in the table by the name that
 * the program has for its peer, with the peer on the wire in place of the tenant's
 * address and of the rule.
 */
#ifndef CLOISON_NAT_DATAGRAM_H
#define CLOISON_NAT_DATAGRAM_H

#include "flows.h"
#include "nat.h"

/*
 * Whom the program named, if the packet goes to another or from another port. Returns
 * what is kept at the socket, or NULL: it is as named, or nobody was named.
 */
static __always_inline struct cloison_socket *
nat_translated(struct bpf_sock *sk, const struct packet *packet, struct cloison_peer *named)
{
	struct cloison_socket *sent = bpf_sk_storage_get(&cloison_sockets, sk, NULL, 0);
	bool connected = nat_connected(sk, packet, named);

	if (!sent || (connected && flow_same_peer(named, &packet->peer)))
		return NULL;
	/* Also of one that is connected it may be the call before that named it. */
	if (sent->named_family == packet->peer.family) {
		*named = packet->peer;
		__builtin_memcpy(named->address, sent->named, sizeof(named->address));
		named->remote_port = sent->named_port;
		named->local_port = sk->src_port;
		return flow_same_peer(named, &packet->peer) ? NULL : sent;
	}
	return connected ? sent : NULL;
}

/*
 * A datagram that goes to another than the program named: both must be allowed, and
 * what comes in looks as if it came from the one that was named.
 */
static __noinline enum cloison_reason nat_asks(const struct cloison_segment *segment,
					       const struct packet *packet,
					       const struct flows_owner *owner, struct bpf_sock *sk)
{
	struct cloison_flow flow = {};
	struct cloison_socket *sent;
	struct cloison_peer named;

	sent = nat_translated(sk, packet, &named);
	if (!sent)
		return CLOISON_REASON_COUNT;
	if (!nat_allows(segment, CLOISON_EGRESS, &named) ||
	    !nat_allows(segment, CLOISON_EGRESS, &packet->peer))
		return CLOISON_REASON_nat;
	flows_of(&flow, &named, packet->peer.address);
	flow.rule = packet->peer.remote_port;
	flow.request = FLOWS_NAMED;
	flow.owner = owner->ours;
	flow.generation = segment->generation;
	/* Without it the answer does not pass. */
	if (flows_note(segment->index, FLOWS_OURS | FLOWS_ANY_LOCAL, &flow))
		sent->translated = 1;
	return CLOISON_REASON_COUNT;
}

/*
 * A datagram that goes out from another port than the socket has: the answer to one
 * whose destination was translated, if its peer sent to the socket.
 */
static __noinline enum cloison_reason nat_replies(const struct cloison_segment *segment,
						  const struct packet *packet,
						  const struct flows_owner *owner,
						  const struct bpf_sock *sk)
{
	struct cloison_peer heard = packet->peer;
	struct cloison_flow flow = {};

	heard.local_port = sk->src_port;
	flows_of(&flow, &heard, packet->local);
	flow.owner = owner->theirs;
	if (!flows_find(segment->index, FLOWS_THEIRS | FLOWS_ANY_LOCAL, &flow))
		return CLOISON_REASON_COUNT;
	if (!policy_owns(segment, CLOISON_EGRESS, packet))
		return CLOISON_REASON_not_own;
	if (!nat_allows(segment, CLOISON_INGRESS, &packet->peer) ||
	    (flow.generation != segment->generation &&
	     !nat_allows(segment, CLOISON_INGRESS, &heard)))
		return CLOISON_REASON_nat;
	return CLOISON_REASON_replies;
}

/* A datagram that comes in from one that the program named and that was another on the wire. */
static __noinline enum cloison_reason nat_hears(const struct cloison_segment *segment,
						const struct packet *packet,
						const struct flows_owner *owner)
{
	struct cloison_peer wire = packet->peer;
	struct cloison_flow flow = {};

	flows_of(&flow, &packet->peer, packet->local);
	flow.request = FLOWS_NAMED;
	flow.owner = owner->ours;
	if (!flows_find(segment->index, FLOWS_OURS | FLOWS_ANY_LOCAL, &flow))
		return CLOISON_REASON_COUNT;
	if (!policy_owns(segment, CLOISON_INGRESS, packet))
		return CLOISON_REASON_not_own;
	if (flow.generation == segment->generation)
		return CLOISON_REASON_replies;
	__builtin_memcpy(wire.address, flow.local, sizeof(wire.address));
	wire.remote_port = flow.rule;
	if (!nat_allows(segment, CLOISON_EGRESS, &packet->peer) ||
	    !nat_allows(segment, CLOISON_EGRESS, &wire))
		return CLOISON_REASON_nat;
	return CLOISON_REASON_replies;
}

/* Return: CLOISON_REASON_COUNT if it is judged as any other. @socket: may be NULL */
static __always_inline enum cloison_reason
nat_datagram(const struct cloison_segment *segment, enum cloison_direction direction,
	     const struct packet *packet, struct bpf_sock *sk, const struct cloison_socket *socket,
	     const struct flows_owner *owner)
{
	enum cloison_reason reason = CLOISON_REASON_COUNT;

	if (direction == CLOISON_INGRESS) {
		if (socket)
			reason = nat_answers(segment, packet, sk, socket);
		if (reason == CLOISON_REASON_COUNT && socket && socket->translated)
			reason = nat_hears(segment, packet, owner);
		return reason;
	}
	if (nat_from_another(packet, sk))
		reason = nat_replies(segment, packet, owner, sk);
	return reason == CLOISON_REASON_COUNT ? nat_asks(segment, packet, owner, sk) : reason;
}

static __always_inline enum cloison_reason
flow_of_datagram(const struct cloison_segment *segment, enum cloison_direction direction,
		 const struct packet *packet, struct bpf_sock *sk, const struct flows_owner *owner,
		 struct judgement *verdict)
{
	bool udp = packet->peer.protocol == CLOISON_UDP;
	struct cloison_socket *socket = udp ? flow_of_socket(sk) : NULL;
	enum cloison_reason reason;

	if (socket && flow_same(socket, packet))
		return flow_goes_on(segment, direction, packet, sk, socket, verdict);
	if (udp) {
		reason = nat_datagram(segment, direction, packet, sk, socket, owner);
		if (reason != CLOISON_REASON_COUNT)
			return reason;
	}
	reason = flow_datagram(segment, direction, packet, owner, verdict);
	if (udp && (reason == CLOISON_REASON_passed || reason == CLOISON_REASON_replies) &&
	    flow_connected(sk))
		flow_remember(segment, sk, packet,
			      reason == CLOISON_REASON_passed ? direction :
			      direction == CLOISON_EGRESS     ? CLOISON_INGRESS :
								CLOISON_EGRESS,
			      verdict->rule);
	return reason;
}

#endif /* CLOISON_NAT_DATAGRAM_H */
