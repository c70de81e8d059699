/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address translation on the tenant's own host: what goes out is seen as it is on
 * the wire, behind the host's rules; what comes in as the socket sees it. So one flow
 * has two descriptions, and it must be allowed by both: as the program names it and
 * as it is on the wire. One that is not is refused as "nat".
 *
 * What a program names is at a connected socket itself. At one that is not connected
 * the last sendto(2) is noted; two threads that send by one socket at a time may mix
 * theirs up, each of which was judged.
 */
#ifndef CLOISON_NAT_H
#define CLOISON_NAT_H

#include "policy.h"

/* Whom the socket is connected to, in the family of the packet. False if to nobody. */
static __always_inline bool nat_connected(const struct bpf_sock *sk, const struct packet *packet,
					  struct cloison_peer *named)
{
	__be32 words[4];

	if (!sk->dst_port)
		return false;
	*named = packet->peer;
	named->remote_port = bpf_ntohs(sk->dst_port);
	named->local_port = sk->src_port;
	if (packet->peer.family == CLOISON_IPV4) {
		words[0] = sk->dst_ip4;
		__builtin_memcpy(named->address, words, 4);
		return true;
	}
	words[0] = sk->dst_ip6[0];
	words[1] = sk->dst_ip6[1];
	words[2] = sk->dst_ip6[2];
	words[3] = sk->dst_ip6[3];
	__builtin_memcpy(named->address, words, 16);
	return true;
}

/* Whether the rules allow a flow that begins so in this direction. */
static __always_inline bool nat_allows(const struct cloison_segment *segment,
				       enum cloison_direction direction,
				       const struct cloison_peer *peer)
{
	struct judgement judgement = {};

	policy_rules(segment->slot, direction, peer, &judgement);
	return judgement.verdict == CLOISON_ALLOW;
}

/*
 * A segment of TCP that goes out and begins a connection, or is judged anew: whether
 * the rules allow what the program named too.
 */
static __always_inline bool nat_named(const struct cloison_segment *segment,
				      const struct packet *packet, const struct bpf_sock *sk)
{
	struct cloison_peer named;

	return !nat_connected(sk, packet, &named) || flow_same_peer(&named, &packet->peer) ||
	       nat_allows(segment, CLOISON_EGRESS, &named);
}

/*
 * A segment that comes in to a socket that began a connection and does not look as
 * on the wire: it is of the connection if the socket has these ends.
 * @wire: as the connection is on the wire
 */
static __always_inline enum cloison_reason
nat_segment(const struct cloison_segment *segment, const struct packet *packet,
	    const struct bpf_sock *sk, const struct cloison_peer *wire, bool current)
{
	struct cloison_peer named;

	if (!nat_connected(sk, packet, &named) || !flow_same_peer(&named, &packet->peer))
		return CLOISON_REASON_COUNT;
	if (!policy_owns(segment, CLOISON_INGRESS, packet))
		return CLOISON_REASON_not_own;
	if (!nat_allows(segment, CLOISON_EGRESS, &named) ||
	    (!current && !nat_allows(segment, CLOISON_EGRESS, wire)))
		return CLOISON_REASON_nat;
	return CLOISON_REASON_replies;
}

#endif /* CLOISON_NAT_H */
