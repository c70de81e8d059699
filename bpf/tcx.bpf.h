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
#include "flows.h"
#include "tcx_error.h"
#include "tcx_fragment.h"
#include "tcx_neighbour.h"

/* TCX_NEXT, which older headers do not have yet: what else is attached judges too. */
#define TCX_ON (-1)
#define TCX_STOP TC_ACT_SHOT

static __always_inline const struct cloison_segment *
tcx_segment(const struct cloison_device *device)
{
	if (cloison_test.on)
		return (const struct cloison_segment *)&cloison_test.segment;
	return device ? segment_of_tenant(device->tenant) : NULL;
}

static __always_inline bool tcx_passes(enum cloison_reason reason)
{
	return reason == CLOISON_REASON_passed || reason == CLOISON_REASON_replies ||
	       reason == CLOISON_REASON_neighbours || reason == CLOISON_REASON_errors;
}

/* A packet that the parser has read. */
static __always_inline enum cloison_reason
tcx_packet(const struct cloison_segment *segment, enum cloison_direction direction,
	   const struct packet *packet, const struct flows_owner *owner, struct judgement *verdict)
{
	if (packet->peer.protocol == CLOISON_TCP)
		return flow_segment(segment, direction, packet, verdict);
	return flow_datagram(segment, direction, packet, owner, verdict);
}

static __always_inline enum cloison_reason tcx_ip(struct __sk_buff *skb,
						  const struct cloison_segment *segment,
						  enum cloison_direction direction, __u32 ethertype,
						  const struct flows_owner *owner,
						  struct packet *packet, struct judgement *verdict)
{
	enum tcx_fragment piece = tcx_fragment_of(skb, ethertype);
	enum cloison_reason reason;

	if (piece == TCX_LATER)
		return tcx_fragment_later(skb, segment, direction, ethertype, owner);
	reason = parse_frame(skb, packet, direction, ethertype, piece == TCX_FIRST);
	if (reason != CLOISON_REASON_passed)
		return reason;
	/* Who must not lie about its address has to have one. */
	if (!(segment->flags & CLOISON_HAS_ADDRESSES))
		return CLOISON_REASON_not_own;
	if (piece == TCX_WHOLE && tcx_is_error(&packet->peer) &&
	    tcx_error(skb, segment, direction, packet, owner))
		return CLOISON_REASON_errors;
	/* The tenant's own loopback never comes here, and the host's is not the rule's. */
	if (address_is_loopback(packet->peer.family, packet->peer.address))
		return CLOISON_REASON_malformed;
	reason = tcx_packet(segment, direction, packet, owner, verdict);
	if (piece == TCX_FIRST && tcx_passes(reason))
		tcx_fragment_note(skb, segment, direction, ethertype, owner);
	return reason;
}

static __always_inline enum cloison_reason
tcx_reason(struct __sk_buff *skb, const struct cloison_device *device,
	   const struct cloison_segment *segment, enum cloison_direction direction,
	   struct packet *packet, struct judgement *verdict)
{
	struct ethernet_header ethernet;
	enum cloison_reason reason;
	struct flows_owner owner;
	__u32 ethertype;

	if (bpf_skb_load_bytes(skb, 0, &ethernet, sizeof(ethernet)))
		return CLOISON_REASON_truncated;
	if (skb->vlan_present)
		return CLOISON_REASON_link;
	/* By a neighbour's a bridge would send that one's frames to this tenant. */
	if (device && direction == CLOISON_EGRESS &&
	    !tcx_is_same(ethernet.source, device->address, sizeof(ethernet.source)))
		return CLOISON_REASON_link_address;

	ethertype = bpf_ntohs(ethernet.type);
	if (ethertype == ETHERTYPE_ARP)
		return tcx_arp(skb, segment, direction, &ethernet);
	if (ethertype != ETHERTYPE_IPV4 && ethertype != ETHERTYPE_IPV6)
		return CLOISON_REASON_link;
	if (ethertype == ETHERTYPE_IPV6) {
		reason = tcx_discovery(skb, segment, direction);
		if (reason != CLOISON_REASON_COUNT)
			return reason;
	}
	owner.ours = FLOWS_DEVICE | (device ? device->attachment : 0);
	owner.theirs = owner.ours;
	return tcx_ip(skb, segment, direction, ethertype, &owner, packet, verdict);
}

static __noinline int tcx_judge(struct __sk_buff *skb, enum cloison_direction direction)
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
	/* Neighbours ask without a rule, and must not use up what the tenant is given. */
	if (tcx_passes(reason) && reason != CLOISON_REASON_neighbours &&
	    !limit_passes_bytes(segment, true, direction, skb->len - FRAME_HEADER))
		reason = CLOISON_REASON_bandwidth;
	segment_count(segment, reason);
	passes = tcx_passes(reason);
	if (!passes || verdict.verdict)
		event_emit(segment, hook, direction, reason, verdict.rule, &packet.peer,
			   packet.local);
	if (!passes && segment_stops(segment, reason))
		return TCX_STOP;
	segment_count_bytes(segment, reason,
			    direction == CLOISON_EGRESS ? CLOISON_BYTES_device_bytes_out :
							  CLOISON_BYTES_device_bytes_in,
			    skb->len - FRAME_HEADER);
	return TCX_ON;
}

/*
 * What comes out of the device has left the tenant. Each program is there twice:
 * where another tool's came first, the second copy gets before it while the first
 * still judges.
 */
SEC("tc")
int cloison_from(struct __sk_buff *skb)
{
	return tcx_judge(skb, CLOISON_EGRESS);
}

SEC("tc")
int cloison_from_b(struct __sk_buff *skb)
{
	return tcx_judge(skb, CLOISON_EGRESS);
}

SEC("tc")
int cloison_to(struct __sk_buff *skb)
{
	return tcx_judge(skb, CLOISON_INGRESS);
}

SEC("tc")
int cloison_to_b(struct __sk_buff *skb)
{
	return tcx_judge(skb, CLOISON_INGRESS);
}

#endif /* CLOISON_TCX_BPF_H */
