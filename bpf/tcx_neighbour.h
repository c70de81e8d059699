/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How neighbours find each other on a device: ARP and neighbour discovery pass
 * without a rule, for the tenant's own addresses.
 */
#ifndef CLOISON_TCX_NEIGHBOUR_H
#define CLOISON_TCX_NEIGHBOUR_H

#include "policy.h"

#define ETHERTYPE_ARP 0x0806

struct ethernet_header {
	__u8 destination[6];
	__u8 source[6];
	__be16 type;
};

/* ARP for IPv4 over Ethernet; there is no other. */
struct arp_packet {
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_length;
	__u8 protocol_length;
	__be16 operation;
	__u8 sender_hardware[6];
	__u8 sender[4];
	__u8 target_hardware[6];
	__u8 target[4];
};

#define ARP_ETHERNET 1
#define ARP_REQUEST 1
#define ARP_REPLY 2

struct neighbour_packet {
	struct ipv6_header ip;
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be32 flags;
	__u8 target[16];
};

#define NEIGHBOUR_SOLICITATION 135
#define NEIGHBOUR_ADVERTISEMENT 136
#define NEIGHBOUR_HOPS 255

static __always_inline bool tcx_is_zero(const __u8 *bytes, __u32 length)
{
	__u8 bits = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < length; i++)
		bits |= bytes[i];
	return !bits;
}

static __always_inline bool tcx_is_same(const __u8 *a, const __u8 *b, __u32 length)
{
	__u8 difference = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < length; i++)
		difference |= a[i] ^ b[i];
	return !difference;
}

/*
 * ARP: the tenant asks for anybody and answers for its own addresses, and as
 * itself only; others ask for, or answer to, these.
 */
static __noinline enum cloison_reason tcx_arp(struct __sk_buff *skb,
					      const struct cloison_segment *segment,
					      enum cloison_direction direction,
					      const struct ethernet_header *ethernet)
{
	const __u8 *own;
	struct arp_packet arp;
	__u16 operation;

	if (bpf_skb_load_bytes(skb, FRAME_HEADER, &arp, sizeof(arp)))
		return CLOISON_REASON_truncated;
	operation = bpf_ntohs(arp.operation);
	if (arp.hardware != bpf_htons(ARP_ETHERNET) || arp.protocol != bpf_htons(ETHERTYPE_IPV4) ||
	    arp.hardware_length != 6 || arp.protocol_length != 4 ||
	    (operation != ARP_REQUEST && operation != ARP_REPLY))
		return CLOISON_REASON_malformed;

	/* A neighbour tells all that its address is where it is now; ours is not its to tell. */
	if (direction == CLOISON_INGRESS && tcx_is_same(arp.sender, arp.target, 4))
		return policy_has_own(segment->slot, CLOISON_IPV4, arp.sender) ?
			       CLOISON_REASON_not_own :
			       CLOISON_REASON_neighbours;
	own = direction == CLOISON_EGRESS ? arp.sender : arp.target;
	if (direction == CLOISON_EGRESS) {
		if (!tcx_is_same(arp.sender_hardware, ethernet->source, 6))
			return CLOISON_REASON_not_own;
		/* Of nobody yet: whether an address is free that is to be its own. */
		if (operation == ARP_REQUEST && tcx_is_zero(arp.sender, 4))
			own = arp.target;
	}
	return policy_has_own(segment->slot, CLOISON_IPV4, own) ? CLOISON_REASON_neighbours :
								  CLOISON_REASON_not_own;
}

/*
 * Neighbour discovery of IPv6 likewise: its two types and no other, so no
 * router's words, no redirects, no joining of groups.
 */
static __always_inline enum cloison_reason tcx_neighbour(const struct neighbour_packet *packet,
							 const struct cloison_segment *segment,
							 enum cloison_direction direction)
{
	bool solicits = packet->type == NEIGHBOUR_SOLICITATION;
	const __u8 *own = packet->target;

	if (packet->ip.hops != NEIGHBOUR_HOPS || packet->code)
		return CLOISON_REASON_malformed;
	if (direction == CLOISON_EGRESS && solicits && !tcx_is_zero(packet->ip.source, 16))
		own = packet->ip.source;
	if (direction == CLOISON_EGRESS && !solicits &&
	    !policy_has_own(segment->slot, CLOISON_IPV6, packet->ip.source))
		return CLOISON_REASON_not_own;
	if (direction == CLOISON_INGRESS && !solicits) {
		/* To one who asked, or to all: what they make of it is their business. */
		if (packet->ip.destination[0] == 0xFF)
			return CLOISON_REASON_neighbours;
		own = packet->ip.destination;
	}
	return policy_has_own(segment->slot, CLOISON_IPV6, own) ? CLOISON_REASON_neighbours :
								  CLOISON_REASON_not_own;
}

/*
 * Return: what becomes of it, or CLOISON_REASON_COUNT if it is neither of those two;
 * what is cut off is the parser's to refuse.
 */
static __noinline enum cloison_reason tcx_discovery(struct __sk_buff *skb,
						    const struct cloison_segment *segment,
						    enum cloison_direction direction)
{
	struct neighbour_packet packet;

	if (bpf_skb_load_bytes(skb, FRAME_HEADER, &packet, sizeof(packet)) ||
	    packet.ip.version_class >> 4 != 6 || packet.ip.next != CLOISON_ICMP6 ||
	    bpf_ntohs(packet.ip.payload) < sizeof(packet) - sizeof(packet.ip) ||
	    (packet.type != NEIGHBOUR_SOLICITATION && packet.type != NEIGHBOUR_ADVERTISEMENT))
		return CLOISON_REASON_COUNT;
	return tcx_neighbour(&packet, segment, direction);
}

#endif /* CLOISON_TCX_NEIGHBOUR_H */
