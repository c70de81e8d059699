/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A packet of a flow that goes on, before the parser: TCP that carries data or
 * acknowledges, and UDP, without options, fragments or extension headers, whose ends
 * are those that the socket remembers under the policy in force. What is not quite so
 * is for the parser, which says what is wrong with it.
 */
#ifndef CLOISON_FAST_H
#define CLOISON_FAST_H

#include "flow.h"
#include "home.h"

#define TCP_PSH 0x08

#define FAST_TCP_WORDS 5 /* the least header */

/* The next header and the ports behind it, or NULL. @length: of the IP packet from here on */
static __always_inline const flow_word *fast_transport(const void *at, const void *end,
						       __u32 protocol, __u32 length)
{
	const struct tcp_header *tcp = at;
	const struct udp_header *udp = at;

	if (protocol == CLOISON_TCP) {
		if ((const void *)(tcp + 1) > end || tcp->offset >> 4 < FAST_TCP_WORDS ||
		    (tcp->offset >> 4) * 4U > length || (tcp->flags & ~TCP_PSH) != TCP_ACK)
			return NULL;
		return at;
	}
	if (protocol == CLOISON_UDP) {
		__u32 claims;

		if ((const void *)(udp + 1) > end)
			return NULL;
		claims = bpf_ntohs(udp->length);
		return claims >= sizeof(*udp) && claims <= length ? at : NULL;
	}
	return NULL;
}

/* @words: of an address */
static __always_inline bool fast_ends(const struct cloison_socket *socket, const flow_word *source,
				      const flow_word *destination, const flow_word *ports,
				      enum cloison_direction direction, __u32 words)
{
	bool out = direction == CLOISON_EGRESS;
	const flow_word *local = (const flow_word *)(out ? socket->local : socket->remote);
	const flow_word *remote = (const flow_word *)(out ? socket->remote : socket->local);
	__u32 own = *(const flow_word *)socket->ports;
	__u32 difference = *ports ^ (out ? own : own << 16 | own >> 16), i;

#pragma unroll
	for (i = 0; i < words; i++)
		difference |= (source[i] ^ local[i]) | (destination[i] ^ remote[i]);
	return !difference;
}

static __always_inline bool fast_ipv4(const struct __sk_buff *skb,
				      const struct cloison_socket *socket,
				      enum cloison_direction direction)
{
	const void *end = (const void *)(long)skb->data_end;
	const struct ipv4_header *ip = (const void *)(long)skb->data;
	const flow_word *ports;
	__u32 total;

	if ((const void *)(ip + 1) > end || ip->version_length != 0x45 ||
	    ip->fragment & bpf_htons(IPV4_RESERVED | IPV4_MORE_AND_OFFSET) ||
	    ip->protocol != socket->protocol)
		return false;
	total = bpf_ntohs(ip->total);
	if (total < sizeof(*ip) || total > skb->len)
		return false;
	ports = fast_transport(ip + 1, end, ip->protocol, total - sizeof(*ip));
	return ports && fast_ends(socket, (const flow_word *)ip->source,
				  (const flow_word *)ip->destination, ports, direction, 1);
}

static __always_inline bool fast_ipv6(const struct __sk_buff *skb,
				      const struct cloison_socket *socket,
				      enum cloison_direction direction)
{
	const void *end = (const void *)(long)skb->data_end;
	const struct ipv6_header *ip = (const void *)(long)skb->data;
	const flow_word *ports;
	__u32 payload;

	if ((const void *)(ip + 1) > end || ip->version_class >> 4 != 6 ||
	    ip->next != socket->protocol)
		return false;
	payload = bpf_ntohs(ip->payload);
	if (payload + sizeof(*ip) > skb->len)
		return false;
	ports = fast_transport(ip + 1, end, ip->next, payload);
	return ports && fast_ends(socket, (const flow_word *)ip->source,
				  (const flow_word *)ip->destination, ports, direction, 4);
}

/*
 * Whether it goes on, and so is counted and passes. By the loopback device more is asked,
 * and of who has limits.
 */
static __always_inline bool fast_passes(struct __sk_buff *skb, enum cloison_direction direction)
{
	const struct cloison_slot *slot;
	struct cloison_socket *socket;
	struct cloison_stats *stats;
	struct bpf_sock *sk = skb->sk;
	__u64 generation;
	__u32 index;

	if (!sk || skb->ifindex == LOOPBACK_DEVICE)
		return false;
	socket = bpf_sk_storage_get(&cloison_sockets, sk, NULL, 0);
	if (!socket)
		return false;
	if (socket->protocol == CLOISON_UDP && !flow_connected(sk))
		return false;
	generation = *(const volatile __u64 *)&socket->generation;
	index = socket->index;
	slot = bpf_map_lookup_elem(&cloison_slots, &index);
	if (!generation || !slot || slot->limited ||
	    *(const volatile __u64 *)&slot->generation != generation)
		return false;
	if (skb->protocol == bpf_htons(ETHERTYPE_IPV4)) {
		if (socket->family != CLOISON_IPV4 || !fast_ipv4(skb, socket, direction))
			return false;
	} else if (socket->family != CLOISON_IPV6 || skb->protocol != bpf_htons(ETHERTYPE_IPV6) ||
		   !fast_ipv6(skb, socket, direction)) {
		return false;
	}
	stats = segment_stats(index, socket->observed & 1);
	if (!stats)
		return false;
	if (socket->direction == direction)
		stats->passed++;
	else
		stats->replies++;
	ended_count(socket, direction, skb->len);
	if (direction == CLOISON_EGRESS)
		stats->bytes_out += skb->len;
	else
		stats->bytes_in += skb->len;
	return true;
}

#endif /* CLOISON_FAST_H */
