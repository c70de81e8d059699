/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ICMP errors on a device: a packet that could not be delivered, or is too large
 * for the way. They come from any router, so not where they come from decides but
 * the packet that they quote: its flow has to be one that was admitted.
 */
#ifndef CLOISON_TCX_ERROR_H
#define CLOISON_TCX_ERROR_H

#include "flows.h"
#include "parse_quoted.h"

enum tcx_error_type {
	TCX_UNREACHABLE = 3, /* also: too large, must not be cut */
	TCX_TIME_EXCEEDED = 11,
	TCX_PARAMETER = 12,
	TCX6_FIRST = 1, /* unreachable, too big, time exceeded, parameter */
	TCX6_LAST = 4,
};

/* The header before the quoted packet. */
#define TCX_ERROR_HEADER 8

static __always_inline bool tcx_is_error(const struct cloison_peer *peer)
{
	__u16 type = peer->remote_port;

	if (peer->protocol == CLOISON_ICMP)
		return type == TCX_UNREACHABLE || type == TCX_TIME_EXCEEDED ||
		       type == TCX_PARAMETER;
	return peer->protocol == CLOISON_ICMP6 && type >= TCX6_FIRST && type <= TCX6_LAST;
}

/* Whether the quoted packet is of a flow that is admitted now. */
static __always_inline bool tcx_error_known(const struct cloison_segment *segment,
					    enum cloison_direction went,
					    const struct packet *quoted,
					    const struct flows_owner *owner)
{
	struct cloison_flow flow = {};

	if (quoted->peer.protocol == CLOISON_TCP)
		return flow_segment_known(segment, went, quoted);
	flows_of(&flow, &quoted->peer, quoted->local);
	return flows_which(segment, went, owner, &flow) >= 0 &&
	       flow.generation == segment->generation;
}

/*
 * Whether it passes as an error about a flow of the tenant's; else it is judged as
 * any other ICMP is.
 * @direction: of the error: the packet that it is about went the other way
 */
static __noinline bool tcx_error(struct __sk_buff *skb, const struct cloison_segment *segment,
				 enum cloison_direction direction, const struct packet *packet,
				 const struct flows_owner *owner)
{
	bool out = direction == CLOISON_EGRESS;
	enum cloison_direction went = out ? CLOISON_INGRESS : CLOISON_EGRESS;
	struct packet quoted = { .peer.family = packet->peer.family };
	__u32 header = packet->peer.family == CLOISON_IPV4 ? sizeof(struct ipv4_header) :
							     sizeof(struct ipv6_header);

	if (parse_quoted(skb, &quoted, went, FRAME_HEADER + header + TCX_ERROR_HEADER) !=
	    CLOISON_REASON_passed)
		return false;
	/* To the tenant: about what it sent itself, and to where that came from. */
	if (!policy_owns(segment, direction, packet) ||
	    address_is_shared(packet->peer.family, packet->local) ||
	    !flow_same_local(packet->local, quoted.local))
		return false;
	/* From it: to the one whose packet it could not take. */
	if (out && !flow_same_local(packet->peer.address, quoted.peer.address))
		return false;
	return tcx_error_known(segment, went, &quoted, owner);
}

#endif /* CLOISON_TCX_ERROR_H */
