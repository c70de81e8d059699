/* SPDX-License-Identifier: GPL-2.0-only */
/* Datagrams whose addresses are translated on the tenant's own host: see nat.h. */
#ifndef CLOISON_NAT_DATAGRAM_H
#define CLOISON_NAT_DATAGRAM_H

#include "flows.h"
#include "nat.h"

/*
 * Whom the program named: by connect(2), or in the call before. False if the packet
 * goes to one of these as it is, or if nobody was named.
 */
static __always_inline bool nat_translated(struct bpf_sock *sk, const struct packet *packet,
					   struct cloison_peer *named)
{
	const struct cloison_named *sent;
	bool connected = nat_connected(sk, packet, named);

	if (connected && flow_same_peer(named, &packet->peer))
		return false;
	sent = bpf_sk_storage_get(&cloison_named, sk, NULL, 0);
	if (!sent || sent->family != packet->peer.family)
		return connected;
	*named = packet->peer;
	__builtin_memcpy(named->address, sent->address, sizeof(named->address));
	named->remote_port = sent->port;
	named->local_port = sk->src_port;
	return !flow_same_peer(named, &packet->peer);
}

/*
 * A datagram that goes to another than the program named: both must be allowed, and
 * what comes in looks as if it came from the one that was named.
 */
static __noinline enum cloison_reason nat_asks(const struct cloison_segment *segment,
					       const struct packet *packet,
					       const struct flows_owner *owner, struct bpf_sock *sk)
{
	static const __u8 none[16];
	struct cloison_flow flow = {};
	struct cloison_peer named;

	if (!nat_translated(sk, packet, &named))
		return CLOISON_REASON_COUNT;
	if (!nat_allows(segment, CLOISON_EGRESS, &named) ||
	    !nat_allows(segment, CLOISON_EGRESS, &packet->peer))
		return CLOISON_REASON_nat;
	/* Which address of the tenant's it will look to be for is not known. */
	flows_of(&flow, &named, none);
	flow.owner = owner->ours;
	flow.generation = segment->generation;
	flows_note(segment->index, FLOWS_OURS, &flow);
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
	struct cloison_flow flow = {};

	flows_of(&flow, &packet->peer, packet->local);
	flow.owner = owner->theirs;
	flow.local_port = sk->src_port;
	if (!flows_find(segment->index, FLOWS_THEIRS | FLOWS_ANY_LOCAL, &flow))
		return CLOISON_REASON_COUNT;
	if (!policy_owns(segment, CLOISON_EGRESS, packet))
		return CLOISON_REASON_not_own;
	if (flow.generation != segment->generation ||
	    !nat_allows(segment, CLOISON_INGRESS, &packet->peer))
		return CLOISON_REASON_nat;
	return CLOISON_REASON_replies;
}

/* Return: CLOISON_REASON_COUNT if it is judged as any other. */
static __always_inline enum cloison_reason
nat_datagram(const struct cloison_segment *segment, enum cloison_direction direction,
	     const struct packet *packet, const struct flows_owner *owner, struct bpf_sock *sk)
{
	enum cloison_reason reason = CLOISON_REASON_COUNT;

	if (direction != CLOISON_EGRESS || packet->peer.protocol != CLOISON_UDP)
		return reason;
	if (packet->peer.local_port != sk->src_port)
		reason = nat_replies(segment, packet, owner, sk);
	return reason == CLOISON_REASON_COUNT ? nat_asks(segment, packet, owner, sk) : reason;
}

#endif /* CLOISON_NAT_DATAGRAM_H */
