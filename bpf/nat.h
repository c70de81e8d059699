/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address translation on the tenant's own host: what goes out is seen as it is on
 * the wire, behind the host's rules; what comes in as the socket sees it. So one flow
 * has two descriptions, and it must be allowed by both: as the program names it and
 * as it is on the wire. One that is not is refused as "nat".
 *
 * What a program names is at a connected socket itself. At one that is not connected
 * the last sendto(2) is noted; two threads that send by one socket at a time may mix
 * theirs up, each of which was judged. The mix is judged too, as what it is taken for.
 */
#ifndef CLOISON_NAT_H
#define CLOISON_NAT_H

#include "policy.h"

/* By itself: a compiler that chooses among fields computes an address, which is forbidden. */
#define NAT_READ(field) (*(const volatile __typeof__(field) *)&(field))

/* Whom the socket is connected to, in the family of the packet. False if to nobody. */
static __always_inline bool nat_connected(const struct bpf_sock *sk, const struct packet *packet,
					  struct cloison_peer *named)
{
	__be32 words[4] = {};

	if (!sk->dst_port)
		return false;
	*named = packet->peer;
	named->remote_port = bpf_ntohs(sk->dst_port);
	named->local_port = sk->src_port;
	if (packet->peer.family == CLOISON_IPV4) {
		words[0] = NAT_READ(sk->dst_ip4);
	} else {
		words[0] = NAT_READ(sk->dst_ip6[0]);
		words[1] = NAT_READ(sk->dst_ip6[1]);
		words[2] = NAT_READ(sk->dst_ip6[2]);
		words[3] = NAT_READ(sk->dst_ip6[3]);
	}
	__builtin_memcpy(named->address, words, sizeof(words));
	return true;
}

/* Whether what goes out seems to come from another port than the socket has. */
static __always_inline bool nat_from_another(const struct packet *packet, const struct bpf_sock *sk)
{
	return sk->src_port && sk->src_port != packet->peer.local_port;
}

/* Whether the rules allow a flow that begins so in this direction. */
static __always_inline bool nat_allows(const struct cloison_segment *segment,
				       enum cloison_direction direction,
				       const struct cloison_peer *peer)
{
	struct judgement judgement = {};

	policy_rules(segment, direction, peer, &judgement);
	return judgement.verdict == CLOISON_ALLOW;
}

/*
 * A segment of TCP that goes out and begins a connection, or is judged again: whether
 * the rules allow what the program named too. By itself for the room of its stack.
 */
static __noinline bool nat_named(const struct cloison_segment *segment, const struct packet *packet,
				 const struct bpf_sock *sk)
{
	struct cloison_peer named;

	return !nat_connected(sk, packet, &named) || flow_same_peer(&named, &packet->peer) ||
	       nat_allows(segment, CLOISON_EGRESS, &named);
}

/* Whether the rules of now allow the flow that the socket began, as it is on the wire. */
static __always_inline bool nat_wire_allowed(const struct cloison_segment *segment,
					     const struct packet *packet,
					     const struct cloison_socket *socket)
{
	struct cloison_peer wire = packet->peer;
	__be16 port;

	if (socket->generation == segment->generation)
		return true;
	__builtin_memcpy(&port, socket->ports + 2, sizeof(port));
	__builtin_memcpy(wire.address, socket->remote, sizeof(wire.address));
	wire.remote_port = bpf_ntohs(port);
	return nat_allows(segment, CLOISON_EGRESS, &wire);
}

/*
 * What comes in to a connected socket that began a flow and does not look as on the
 * wire: it is of the flow if the socket has these ends. Which that is was judged for
 * another peer, maybe, if the socket was connected again meanwhile: so it is judged.
 * Return: CLOISON_REASON_COUNT if it is another's.
 */
static __noinline enum cloison_reason nat_answers(const struct cloison_segment *segment,
						  const struct packet *packet,
						  const struct bpf_sock *sk,
						  const struct cloison_socket *socket)
{
	struct cloison_peer named;

	if (socket->direction != CLOISON_EGRESS || socket->protocol != packet->peer.protocol ||
	    socket->family != packet->peer.family)
		return CLOISON_REASON_COUNT;
	if (!nat_connected(sk, packet, &named) || !flow_same_peer(&named, &packet->peer))
		return CLOISON_REASON_COUNT;
	if (!policy_owns(segment, CLOISON_INGRESS, packet))
		return CLOISON_REASON_not_own;
	if (!nat_allows(segment, CLOISON_EGRESS, &named) ||
	    !nat_wire_allowed(segment, packet, socket))
		return CLOISON_REASON_nat;
	return CLOISON_REASON_replies;
}

#endif /* CLOISON_NAT_H */
