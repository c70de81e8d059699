/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How neighbours find each other on a device: ARP and neighbour discovery pass
 * without a rule, for the tenant's own addresses.
 */
#ifndef CLOISON_TCX_NEIGHBOUR_H
#define CLOISON_TCX_NEIGHBOUR_H

#include <stddef.h>

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

/* A router's: the type, the hops and what follows are at other places. */
#define ROUTER_SOLICITATION 133
#define ROUTER_ADVERTISEMENT 134
#define ROUTER_SOLICITATION_SIZE 8
#define ROUTER_ADVERTISEMENT_SIZE 16

#define NEIGHBOUR_SOLICITATION 135
#define NEIGHBOUR_ADVERTISEMENT 136
#define NEIGHBOUR_HOPS 255
/* What an advertisement says of itself; the rest of the word is reserved. */
#define NEIGHBOUR_FLAGS 0xE0000000

/* One option of a link address, or the number of who asks whether an address is free. */
struct neighbour_option {
	__u8 type;
	__u8 length; /* in units of 8 bytes */
	__u8 value[6];
};

#define OPTION_SOURCE 1
#define OPTION_TARGET 2
#define OPTION_NONCE 14

/* The shortest frame of Ethernet, to which a shorter packet may be filled up. */
#define SHORTEST_FRAME 60

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
		/* It needs no rule, so it carries nothing else. */
		if (skb->len > SHORTEST_FRAME)
			return CLOISON_REASON_malformed;
		if (!tcx_is_same(arp.sender_hardware, ethernet->source, 6))
			return CLOISON_REASON_not_own;
		/* Of nobody yet: whether an address is free that is to be its own. */
		if (operation == ARP_REQUEST && tcx_is_zero(arp.sender, 4))
			own = arp.target;
	}
	return policy_has_own(segment->slot, CLOISON_IPV4, own) ? CLOISON_REASON_neighbours :
								  CLOISON_REASON_not_own;
}

/* fe80::/10: of this link, as all that routers say of themselves. */
static __always_inline bool tcx_is_link_local(const __u8 *address)
{
	return address[0] == 0xFE && (address[1] & 0xC0) == 0x80;
}

/*
 * A tenant asks for routers, and hears of them from the host that the device ends in:
 * what came in by a device, from another tenant or through a bridge, has that one's
 * number. Another router is for a rule to name. A tenant is none, whatever a rule says.
 */
static __always_inline enum cloison_reason
tcx_router(const struct __sk_buff *skb, const struct ipv6_header *ip, __u8 type, __u8 code,
	   const struct cloison_segment *segment, enum cloison_direction direction)
{
	__u32 least = type == ROUTER_SOLICITATION ? ROUTER_SOLICITATION_SIZE :
						    ROUTER_ADVERTISEMENT_SIZE;

	if (type == ROUTER_ADVERTISEMENT && direction == CLOISON_EGRESS)
		return CLOISON_REASON_not_own;
	if (ip->hops != NEIGHBOUR_HOPS || code || bpf_ntohs(ip->payload) < least)
		return CLOISON_REASON_COUNT;
	if (type == ROUTER_ADVERTISEMENT)
		return !skb->ingress_ifindex && tcx_is_link_local(ip->source) ?
			       CLOISON_REASON_neighbours :
			       CLOISON_REASON_COUNT;
	return direction == CLOISON_EGRESS &&
			       (tcx_is_zero(ip->source, 16) ||
				policy_has_own(segment->slot, CLOISON_IPV6, ip->source)) ?
		       CLOISON_REASON_neighbours :
		       CLOISON_REASON_COUNT;
}

/*
 * Neighbour discovery of IPv6 likewise: its two types, and how routers are found. No
 * redirects, no joining of groups.
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

/* ff02::1, or the group in which who has the address is asked for. */
static __always_inline bool discovery_group(const __u8 *group, const __u8 *target)
{
	__u8 bits = group[0] ^ 0xFF;

	bits |= group[1] ^ 0x02;
	bits |= !tcx_is_zero(group + 2, 9);
	if (!target)
		return !(bits | group[11] | group[12] | group[13] | group[14] | (group[15] ^ 1));
	bits |= (group[11] ^ 1) | (group[12] ^ 0xFF);
	return !bits && tcx_is_same(group + 13, target + 13, 3);
}

/*
 * A host beside the tenant, as far as can be told here: it has a link's address or the
 * same first half as the tenant's own. What goes to others a router would pass on.
 */
static __always_inline bool discovery_beside(const __u8 *address, const __u8 *own)
{
	return (address[0] == 0xFE && (address[1] & 0xC0) == 0x80) || tcx_is_same(address, own, 8);
}

/*
 * What the tenant's end says: it needs no rule, so it has no room for anything else,
 * and goes no further than the link.
 */
static __always_inline bool discovery_is_plain(struct __sk_buff *skb,
					       const struct neighbour_packet *packet)
{
	bool solicits = packet->type == NEIGHBOUR_SOLICITATION;
	const __u8 *to = packet->ip.destination;
	__u32 payload = bpf_ntohs(packet->ip.payload), rest = sizeof(*packet) - sizeof(packet->ip);
	struct neighbour_option option;
	__u8 link[6];

	if (skb->len != FRAME_HEADER + sizeof(packet->ip) + payload ||
	    packet->flags & ~bpf_htonl(solicits ? 0 : NEIGHBOUR_FLAGS))
		return false;
	if (!discovery_group(to, solicits ? packet->target : NULL) &&
	    (to[0] == 0xFF || !discovery_beside(to, packet->ip.source)))
		return false;
	if (payload == rest)
		return true;
	if (payload != rest + sizeof(option) ||
	    bpf_skb_load_bytes(skb, FRAME_HEADER + sizeof(*packet), &option, sizeof(option)) ||
	    option.length != 1)
		return false;
	if (solicits && tcx_is_zero(packet->ip.source, 16))
		return option.type == OPTION_NONCE;
	if (option.type != (solicits ? OPTION_SOURCE : OPTION_TARGET) ||
	    bpf_skb_load_bytes(skb, offsetof(struct ethernet_header, source), link, sizeof(link)))
		return false;
	return tcx_is_same(option.value, link, sizeof(link));
}

/*
 * Return: what becomes of it, or CLOISON_REASON_COUNT if that is for the rules to say;
 * what is cut off is the parser's to refuse.
 */
static __noinline enum cloison_reason tcx_discovery(struct __sk_buff *skb,
						    const struct cloison_segment *segment,
						    enum cloison_direction direction)
{
	struct neighbour_packet packet = {};
	const __u32 header = sizeof(packet.ip) + ROUTER_SOLICITATION_SIZE;

	if (bpf_skb_load_bytes(skb, FRAME_HEADER, &packet, header) ||
	    packet.ip.version_class >> 4 != 6 || packet.ip.next != CLOISON_ICMP6)
		return CLOISON_REASON_COUNT;
	if (packet.type == ROUTER_SOLICITATION || packet.type == ROUTER_ADVERTISEMENT)
		return tcx_router(skb, &packet.ip, packet.type, packet.code, segment, direction);
	if (bpf_skb_load_bytes(skb, FRAME_HEADER, &packet, sizeof(packet)) ||
	    packet.ip.version_class >> 4 != 6 || packet.ip.next != CLOISON_ICMP6 ||
	    bpf_ntohs(packet.ip.payload) < sizeof(packet) - sizeof(packet.ip) ||
	    (packet.type != NEIGHBOUR_SOLICITATION && packet.type != NEIGHBOUR_ADVERTISEMENT))
		return CLOISON_REASON_COUNT;
	if (direction == CLOISON_EGRESS && !discovery_is_plain(skb, &packet))
		return CLOISON_REASON_malformed;
	return tcx_neighbour(&packet, segment, direction);
}

#endif /* CLOISON_TCX_NEIGHBOUR_H */
