/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragments on a device. The first has the transport header, all of it, and is
 * judged as a packet. The others pass if the first did before them and if they
 * begin behind what it had: so they cannot write another header over the judged
 * one. Nobody waits here: one that comes before the first is dropped.
 *
 * What passed is noted in a table as those of flows, by the direction, the two
 * addresses, the protocol and the number of the packet.
 */
#ifndef CLOISON_TCX_FRAGMENT_H
#define CLOISON_TCX_FRAGMENT_H

#include "flows.h"

enum tcx_fragment {
	TCX_WHOLE,
	TCX_FIRST,
	TCX_LATER,
};

/*
 * In the fields of a flow, whose ports it has not: the number of the packet in both,
 * where this piece begins or the first one ends in the rule.
 */
static __always_inline void tcx_fragment_fill(struct cloison_flow *fragment, __u32 id,
					      __u8 protocol, __u32 at)
{
	fragment->remote_port = id;
	fragment->local_port = id >> 16;
	fragment->protocol = protocol;
	fragment->rule = at;
}

/* A header that is cut off, or of another kind, is the parser's to refuse. */
static __always_inline enum tcx_fragment tcx_fragment_ipv4(struct __sk_buff *skb,
							   enum cloison_direction direction,
							   struct cloison_flow *fragment)
{
	bool out = direction == CLOISON_EGRESS;
	struct ipv4_header ip;
	__u32 field, length;

	if (bpf_skb_load_bytes(skb, FRAME_HEADER, &ip, sizeof(ip)))
		return TCX_WHOLE;
	field = bpf_ntohs(ip.fragment);
	if (ip.version_length != 0x45 || !(field & IPV4_MORE_AND_OFFSET) || field & IPV4_RESERVED)
		return TCX_WHOLE;
	length = bpf_ntohs(ip.total);
	if (length <= sizeof(ip) || length > skb->len - FRAME_HEADER)
		return TCX_WHOLE;
	fragment->family = CLOISON_IPV4;
	__builtin_memcpy(fragment->address, out ? ip.destination : ip.source, 4);
	__builtin_memcpy(fragment->local, out ? ip.source : ip.destination, 4);
	field &= IPV4_OFFSET;
	tcx_fragment_fill(fragment, bpf_ntohs(ip.id), ip.protocol,
			  field ? field * 8 : length - sizeof(ip));
	return field ? TCX_LATER : TCX_FIRST;
}

static __always_inline enum tcx_fragment tcx_fragment_ipv6(struct __sk_buff *skb,
							   enum cloison_direction direction,
							   struct cloison_flow *fragment)
{
	bool out = direction == CLOISON_EGRESS;
	struct {
		struct ipv6_header ip;
		struct ipv6_fragment_header fragment;
	} head;
	__u32 field, length;

	if (bpf_skb_load_bytes(skb, FRAME_HEADER, &head, sizeof(head)))
		return TCX_WHOLE;
	length = bpf_ntohs(head.ip.payload);
	if (head.ip.version_class >> 4 != 6 || head.ip.next != IPV6_FRAGMENT ||
	    length <= sizeof(head.fragment) || length > skb->len - FRAME_HEADER - sizeof(head.ip))
		return TCX_WHOLE;
	field = bpf_ntohs(head.fragment.offset);
	if (head.fragment.reserved || field & IPV6_FRAGMENT_RESERVED)
		return TCX_WHOLE;
	fragment->family = CLOISON_IPV6;
	__builtin_memcpy(fragment->address, out ? head.ip.destination : head.ip.source, 16);
	__builtin_memcpy(fragment->local, out ? head.ip.source : head.ip.destination, 16);
	tcx_fragment_fill(fragment, bpf_ntohl(head.fragment.id), head.fragment.next,
			  field & IPV6_FRAGMENT_OFFSET ? field & IPV6_FRAGMENT_OFFSET :
							 length - sizeof(head.fragment));
	return field & IPV6_FRAGMENT_OFFSET ? TCX_LATER : TCX_FIRST;
}

/* Which piece of a packet it is; @fragment gets what it is noted or found by. */
static __noinline enum tcx_fragment
tcx_fragment_of(struct __sk_buff *skb, enum cloison_direction direction, __u32 ethertype,
		const struct flows_owner *owner, struct cloison_flow *fragment)
{
	fragment->owner = owner->ours;
	fragment->request = direction;
	return ethertype == ETHERTYPE_IPV4 ? tcx_fragment_ipv4(skb, direction, fragment) :
					     tcx_fragment_ipv6(skb, direction, fragment);
}

static __always_inline void tcx_fragment_note(const struct cloison_segment *segment,
					      struct cloison_flow *fragment)
{
	fragment->generation = segment->generation;
	flows_note(segment->index, FLOWS_FRAGMENTS, fragment);
}

static __always_inline enum cloison_reason tcx_fragment_later(const struct cloison_segment *segment,
							      struct cloison_flow *fragment)
{
	__u32 begins = fragment->rule;

	if (!flows_find(segment->index, FLOWS_FRAGMENTS, fragment) ||
	    fragment->generation != segment->generation || begins < fragment->rule)
		return CLOISON_REASON_fragment;
	return CLOISON_REASON_passed;
}

#endif /* CLOISON_TCX_FRAGMENT_H */
