/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every frame on the host's end of a tenant's veth or tap. Here is judged what
 * no hook of a cgroup sees: what was forged below the sockets (AF_PACKET, TUN),
 * forwarded, or sent by a socket made outside the tenant, and what the tenant's
 * own kernel says by itself.
 *
 * A tunnel is judged by its outer header, as the datagram or the unknown
 * protocol that it is. Tagged frames and unknown ethertypes are nobody's.
 */
#ifndef CLOISON_TCX_BPF_H
#define CLOISON_TCX_BPF_H

#include <linux/pkt_cls.h>

#include "event.h"
#include "flow.h"

/* TCX_NEXT, which older headers do not have yet: what else is attached judges too. */
#define TCX_ON (-1)
#define TCX_STOP TC_ACT_SHOT

#define ETHERTYPE_ARP 0x0806

/* In the place of a socket's cookie, which is never so large. */
#define TCX_COOKIE (1ULL << 63)

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

static __always_inline const struct cloison_segment *
tcx_segment(const struct cloison_device *device)
{
	if (cloison_test.on)
		return (const struct cloison_segment *)&cloison_test.segment;
	return device ? segment_of_tenant(device->tenant) : NULL;
}

static __always_inline bool tcx_is_zero(const __u8 *bytes, __u32 length)
{
	__u8 bits = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < length; i++)
		bits |= bytes[i];
	return !bits;
}

/*
 * ARP: the tenant asks for anybody and answers for its own addresses, and as
 * itself only; others ask for, or answer to, these.
 */
static __always_inline enum cloison_reason tcx_arp(struct cursor *cursor,
						   const struct cloison_segment *segment,
						   enum cloison_direction direction,
						   const struct ethernet_header *ethernet)
{
	const __u8 *own;
	struct arp_packet arp;
	__u16 operation;

	if (!cursor_take(cursor, &arp, sizeof(arp)))
		return CLOISON_REASON_truncated;
	operation = bpf_ntohs(arp.operation);
	if (arp.hardware != bpf_htons(ARP_ETHERNET) || arp.protocol != bpf_htons(ETHERTYPE_IPV4) ||
	    arp.hardware_length != 6 || arp.protocol_length != 4 ||
	    (operation != ARP_REQUEST && operation != ARP_REPLY))
		return CLOISON_REASON_malformed;

	own = direction == CLOISON_EGRESS ? arp.sender : arp.target;
	if (direction == CLOISON_EGRESS) {
		if (__builtin_memcmp(arp.sender_hardware, ethernet->source, 6))
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

/* Whether it is one of those two; what is cut off is the parser's to refuse. */
static __always_inline bool tcx_is_neighbour(struct cursor *cursor, struct neighbour_packet *packet)
{
	if (bpf_skb_load_bytes(cursor->skb, cursor->base, packet, sizeof(*packet)))
		return false;
	return packet->ip.version_class >> 4 == 6 && packet->ip.next == CLOISON_ICMP6 &&
	       bpf_ntohs(packet->ip.payload) >= sizeof(*packet) - sizeof(packet->ip) &&
	       (packet->type == NEIGHBOUR_SOLICITATION || packet->type == NEIGHBOUR_ADVERTISEMENT);
}

static __always_inline enum cloison_reason
tcx_reason(struct __sk_buff *skb, const struct cloison_device *device,
	   const struct cloison_segment *segment, enum cloison_direction direction,
	   struct packet *packet, struct judgement *verdict)
{
	struct cursor cursor = { .skb = skb, .end = skb->len };
	struct neighbour_packet neighbour;
	struct ethernet_header ethernet;
	enum cloison_reason reason;
	__u64 cookie = TCX_COOKIE;

	if (!cursor_take(&cursor, &ethernet, sizeof(ethernet)))
		return CLOISON_REASON_truncated;
	cursor.base = cursor.at;
	cursor.end -= cursor.at;
	cursor.at = 0;
	if (skb->vlan_present)
		return CLOISON_REASON_link;

	switch (bpf_ntohs(ethernet.type)) {
	case ETHERTYPE_ARP:
		return tcx_arp(&cursor, segment, direction, &ethernet);
	case ETHERTYPE_IPV4:
		reason = parse_ipv4(&cursor, packet, direction);
		break;
	case ETHERTYPE_IPV6:
		if (tcx_is_neighbour(&cursor, &neighbour))
			return tcx_neighbour(&neighbour, segment, direction);
		reason = parse_ipv6(&cursor, packet, direction);
		break;
	default:
		return CLOISON_REASON_link;
	}
	if (reason != CLOISON_REASON_passed)
		return reason;
	/* Who must not lie about its address has to have one. */
	if (!(segment->flags & CLOISON_HAS_ADDRESSES))
		return CLOISON_REASON_not_own;
	if (device)
		cookie |= device->attachment;
	return flow_datagram(segment, direction, packet, cookie, verdict);
}

static __always_inline int tcx_judge(struct __sk_buff *skb, enum cloison_direction direction)
{
	enum cloison_hook hook = direction == CLOISON_EGRESS ? CLOISON_HOOK_device_from :
							       CLOISON_HOOK_device_to;
	enum cloison_reason reason = CLOISON_REASON_no_policy;
	const struct cloison_segment *segment;
	const struct cloison_device *device;
	struct judgement verdict = {};
	__u32 ifindex = skb->ifindex;
	struct packet packet = {};
	bool passes;

	device = bpf_map_lookup_elem(&cloison_devices, &ifindex);
	segment = tcx_segment(device);
	if (segment)
		reason = tcx_reason(skb, device, segment, direction, &packet, &verdict);
	segment_count(segment, reason);
	passes = reason == CLOISON_REASON_passed || reason == CLOISON_REASON_replies ||
		 reason == CLOISON_REASON_neighbours;
	if (!passes || verdict.verdict)
		event_emit(segment, hook, direction, reason, verdict.rule, &packet.peer,
			   packet.local);
	return passes || !segment_stops(segment, reason) ? TCX_ON : TCX_STOP;
}

/* What comes out of the device has left the tenant. */
SEC("tc")
int cloison_from(struct __sk_buff *skb)
{
	return tcx_judge(skb, CLOISON_EGRESS);
}

SEC("tc")
int cloison_to(struct __sk_buff *skb)
{
	return tcx_judge(skb, CLOISON_INGRESS);
}

#endif /* CLOISON_TCX_BPF_H */
