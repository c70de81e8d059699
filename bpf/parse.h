/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The strict parser: from an IP packet to its two ends. What it does not know
 * or what contradicts itself is refused with a reason, never guessed, for the
 * receiver could read it in another way.
 *
 * A cursor moves over the packet; nothing is read but through cursor_take(),
 * which refuses to go past the end that the headers have promised so far.
 */
#ifndef CLOISON_PARSE_H
#define CLOISON_PARSE_H

#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "cloison_bpf.h"

/* Of the link layer, before an IP header. */
#define FRAME_HEADER 14

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86DD

/* RFC 8200 wants no more than one of each; real packets have one or two. */
#define EXTENSIONS_MAX 6

/* Extension headers and the options inside them, all together. */
#define EXTENSION_STEPS 24

struct cursor {
	struct __sk_buff *skb;
	__u32 base; /* where the IP header begins; the others count from there */
	__u32 at;
	__u32 end;
	bool first; /* a first fragment: its headers are whole, its payload is not */
};

struct packet {
	struct cloison_peer peer; /* as the tenant sees it */
	__u8 local[16];		  /* the tenant's own end */
	__u8 flags;		  /* of TCP */
};

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

/* Whole words, for cursor_take_near(). */
#define NEAR_HEADER __attribute__((aligned(4)))

struct NEAR_HEADER ipv4_header {
	__u8 version_length;
	__u8 service;
	__be16 total;
	__be16 id;
	__be16 fragment;
	__u8 ttl;
	__u8 protocol;
	__be16 checksum;
	__u8 source[4];
	__u8 destination[4];
};

#define IPV4_RESERVED 0x8000
#define IPV4_MORE 0x2000
#define IPV4_OFFSET 0x1FFF
#define IPV4_MORE_AND_OFFSET (IPV4_MORE | IPV4_OFFSET)

struct NEAR_HEADER ipv6_header {
	__u8 version_class;
	__u8 class_label;
	__be16 label;
	__be16 payload;
	__u8 next;
	__u8 hops;
	__u8 source[16];
	__u8 destination[16];
};

enum ipv6_next {
	IPV6_HOP_BY_HOP = 0,
	IPV6_ROUTING = 43,
	IPV6_FRAGMENT = 44,
	IPV6_AUTHENTICATION = 51,
	IPV6_DESTINATION = 60,
};

struct ipv6_fragment_header {
	__u8 next;
	__u8 reserved;
	__be16 offset; /* in units of 8 bytes, in the upper 13 bits */
	__be32 id;
};

#define IPV6_FRAGMENT_MORE 0x0001
#define IPV6_FRAGMENT_RESERVED 0x0006
#define IPV6_FRAGMENT_OFFSET 0xFFF8

struct extension_header {
	__u8 next;
	__u8 length; /* in units of 8 bytes, the first not counted */
};

struct option_header {
	__u8 type;
	__u8 length;
};

enum ipv6_option {
	IPV6_PAD1 = 0,
	IPV6_PADN = 1,
	IPV6_JUMBO = 0xC2, /* what the kernel itself puts before BIG TCP */
};

struct NEAR_HEADER tcp_header {
	__be16 source;
	__be16 destination;
	__be32 sequence;
	__be32 acknowledged;
	__u8 offset;
	__u8 flags;
	__be16 window;
	__be16 checksum;
	__be16 urgent;
};

struct sctp_header {
	__be16 source;
	__be16 destination;
	__be32 tag;
	__be32 checksum;
};

/* As far as echo, and all that stands for a packet that did not arrive, goes. */
struct icmp_header {
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be16 id;
	__be16 sequence;
};

#define ICMP_ECHO 8
#define ICMP_ECHO_REPLY 0
#define ICMP6_ECHO 128
#define ICMP6_ECHO_REPLY 129

struct NEAR_HEADER udp_header {
	__be16 source;
	__be16 destination;
	__be16 length;
	__be16 checksum;
};

#ifndef packet_near /* the fuzzer has its own packets, at any address */
typedef __u32 __attribute__((may_alias)) header_word;

/* The bytes where they are, or NULL if they are not in the first piece of the packet. */
static __always_inline const void *packet_near(const struct __sk_buff *skb, __u32 offset,
					       __u32 length)
{
	const char *data = (const void *)(long)skb->data;
	const char *end = (const void *)(long)skb->data_end;

	return data + offset + length <= end ? data + offset : NULL;
}
#endif

static __always_inline bool cursor_has(const struct cursor *cursor, __u32 length)
{
	return cursor->at + length <= cursor->end;
}

/* Copy the next bytes out and go on; false at the end. */
static __always_inline bool cursor_take(struct cursor *cursor, void *to, __u32 length)
{
	if (!cursor_has(cursor, length))
		return false;
	if (bpf_skb_load_bytes(cursor->skb, cursor->base + cursor->at, to, length))
		return false;
	cursor->at += length;
	return true;
}

/* Up to here headers are looked for in the packet itself; behind it the kernel is asked. */
#define CURSOR_NEAR 64

/*
 * The same for the headers that every packet has: in a third of the time. Each
 * use costs the verifier one more way, so that others ask the kernel. By words,
 * for what a compiler knows no alignment of it copies byte by byte.
 * @to: of NEAR_HEADER
 */
static __always_inline bool cursor_take_near(struct cursor *cursor, void *to, __u32 length)
{
	__u32 offset = cursor->base + cursor->at;
	const header_word *near;
	header_word *copy = to;
	__u32 i;

	near = offset <= CURSOR_NEAR && cursor_has(cursor, length) ?
		       packet_near(cursor->skb, offset, length) :
		       NULL;
	if (!near)
		return cursor_take(cursor, to, length);
#pragma unroll
	for (i = 0; i < length / sizeof(*near); i++)
		copy[i] = near[i];
	cursor->at += length;
	return true;
}

static __always_inline void packet_ports(struct packet *packet, enum cloison_direction direction,
					 __be16 source, __be16 destination)
{
	if (direction == CLOISON_EGRESS) {
		packet->peer.local_port = bpf_ntohs(source);
		packet->peer.remote_port = bpf_ntohs(destination);
	} else {
		packet->peer.local_port = bpf_ntohs(destination);
		packet->peer.remote_port = bpf_ntohs(source);
	}
}

static __always_inline enum cloison_reason parse_tcp(struct cursor *cursor, struct packet *packet,
						     enum cloison_direction direction)
{
	struct tcp_header tcp;
	__u32 length;
	__u8 kind;

	if (!cursor_take_near(cursor, &tcp, sizeof(tcp)))
		return CLOISON_REASON_truncated;

	length = (tcp.offset >> 4) * 4;
	if (length < sizeof(tcp))
		return CLOISON_REASON_malformed;
	if (!cursor_has(cursor, length - sizeof(tcp)))
		return CLOISON_REASON_truncated;

	/* One of begin, end and go on: no stack sends another combination. */
	kind = tcp.flags & (TCP_SYN | TCP_FIN | TCP_RST);
	if (kind && kind != TCP_SYN && kind != TCP_FIN && kind != TCP_RST)
		return CLOISON_REASON_malformed;
	if (!(tcp.flags & (TCP_SYN | TCP_RST | TCP_ACK)))
		return CLOISON_REASON_malformed;

	packet->flags = tcp.flags;
	packet_ports(packet, direction, tcp.source, tcp.destination);
	return CLOISON_REASON_passed;
}

static __always_inline enum cloison_reason parse_udp(struct cursor *cursor, struct packet *packet,
						     enum cloison_direction direction)
{
	struct udp_header udp;
	__u32 length;

	if (!cursor_take_near(cursor, &udp, sizeof(udp)))
		return CLOISON_REASON_truncated;

	length = bpf_ntohs(udp.length);
	if (length < sizeof(udp))
		return CLOISON_REASON_malformed;
	/* Of a first fragment the rest comes later; without any it would be whole. */
	if (cursor->first && cursor_has(cursor, length - sizeof(udp)))
		return CLOISON_REASON_malformed;
	if (!cursor->first && !cursor_has(cursor, length - sizeof(udp)))
		return CLOISON_REASON_truncated;

	packet_ports(packet, direction, udp.source, udp.destination);
	return CLOISON_REASON_passed;
}

static __always_inline enum cloison_reason parse_sctp(struct cursor *cursor, struct packet *packet,
						      enum cloison_direction direction)
{
	struct sctp_header sctp;

	if (!cursor_take(cursor, &sctp, sizeof(sctp)))
		return CLOISON_REASON_truncated;
	packet_ports(packet, direction, sctp.source, sctp.destination);
	return CLOISON_REASON_passed;
}

/*
 * An answer has the ends of the request that it answers, so it passes by that
 * one's flow or not at all: the request went the other way.
 */
static __always_inline enum cloison_reason parse_icmp(struct cursor *cursor, struct packet *packet,
						      enum cloison_direction direction, __u8 echo,
						      __u8 reply)
{
	struct icmp_header icmp;

	if (!cursor_take(cursor, &icmp, sizeof(icmp)))
		return CLOISON_REASON_truncated;

	packet->peer.remote_port = icmp.type;
	packet->peer.request = direction;
	if (icmp.type != echo && icmp.type != reply)
		return CLOISON_REASON_passed;
	if (icmp.code)
		return CLOISON_REASON_malformed;
	packet->peer.local_port = bpf_ntohs(icmp.id);
	if (icmp.type == reply) {
		packet->peer.remote_port = echo;
		packet->peer.request = direction == CLOISON_EGRESS ? CLOISON_INGRESS :
								     CLOISON_EGRESS;
	}
	return CLOISON_REASON_passed;
}

static __always_inline enum cloison_reason parse_transport(struct cursor *cursor,
							   struct packet *packet,
							   enum cloison_direction direction,
							   __u8 protocol)
{
	switch (protocol) {
	case CLOISON_TCP:
		packet->peer.protocol = CLOISON_TCP;
		return parse_tcp(cursor, packet, direction);
	case CLOISON_UDP:
		packet->peer.protocol = CLOISON_UDP;
		return parse_udp(cursor, packet, direction);
	case CLOISON_SCTP:
		packet->peer.protocol = CLOISON_SCTP;
		return parse_sctp(cursor, packet, direction);
	case CLOISON_ICMP:
		if (packet->peer.family != CLOISON_IPV4)
			return CLOISON_REASON_protocol;
		packet->peer.protocol = CLOISON_ICMP;
		return parse_icmp(cursor, packet, direction, ICMP_ECHO, ICMP_ECHO_REPLY);
	case CLOISON_ICMP6:
		if (packet->peer.family != CLOISON_IPV6)
			return CLOISON_REASON_protocol;
		packet->peer.protocol = CLOISON_ICMP6;
		return parse_icmp(cursor, packet, direction, ICMP6_ECHO, ICMP6_ECHO_REPLY);
	default:
		return CLOISON_REASON_protocol;
	}
}

static __always_inline enum cloison_reason parse_ipv4(struct cursor *cursor, struct packet *packet,
						      enum cloison_direction direction)
{
	struct ipv4_header ip;
	__u32 header, total;

	if (!cursor_take_near(cursor, &ip, sizeof(ip)))
		return CLOISON_REASON_truncated;
	if (ip.version_length >> 4 != 4)
		return CLOISON_REASON_malformed;

	header = (ip.version_length & 0xF) * 4;
	if (header < sizeof(ip))
		return CLOISON_REASON_malformed;
	total = bpf_ntohs(ip.total);
	/* Zero: a batch of segments that is longer than the field can say. */
	if (!total && cursor->end > 0xFFFF)
		total = cursor->end;
	if (total < header)
		return CLOISON_REASON_malformed;
	if (total > cursor->end)
		return CLOISON_REASON_truncated;
	cursor->end = total;

	/* No flow of a tenant needs one, and source routes lie about the peer. */
	if (header > sizeof(ip))
		return CLOISON_REASON_options;
	if (bpf_ntohs(ip.fragment) & IPV4_RESERVED)
		return CLOISON_REASON_malformed;
	/* A socket's hooks see packets before they are cut and after they are joined. */
	if ((bpf_ntohs(ip.fragment) & IPV4_MORE_AND_OFFSET) != (cursor->first ? IPV4_MORE : 0))
		return CLOISON_REASON_fragment;

	packet->peer.family = CLOISON_IPV4;
	__builtin_memcpy(packet->peer.address,
			 direction == CLOISON_EGRESS ? ip.destination : ip.source, 4);
	__builtin_memcpy(packet->local, direction == CLOISON_EGRESS ? ip.source : ip.destination,
			 4);
	return parse_transport(cursor, packet, direction, ip.protocol);
}

/* The walk over extension headers and the options in them. */
struct walk {
	struct cursor cursor;
	__u32 options_end; /* of the header that the cursor is in */
	__u32 headers;
	__u32 hop_by_hop; /* the header that the cursor is in is one */
	__u32 next;
	enum cloison_reason reason;
};

#define WALK_ON 0
#define WALK_STOP 1

static __always_inline int walk_end(struct walk *walk, enum cloison_reason reason)
{
	walk->reason = reason;
	return WALK_STOP;
}

static __always_inline int walk_option(struct walk *walk)
{
	struct option_header option = {};

	if (!cursor_take(&walk->cursor, &option.type, 1))
		return walk_end(walk, CLOISON_REASON_truncated);
	if (option.type == IPV6_PAD1)
		return WALK_ON;
	if (!cursor_take(&walk->cursor, &option.length, 1))
		return walk_end(walk, CLOISON_REASON_truncated);
	if (option.type != IPV6_PADN &&
	    !(option.type == IPV6_JUMBO && walk->hop_by_hop && option.length == 4))
		return walk_end(walk, CLOISON_REASON_extensions);
	walk->cursor.at += option.length;
	if (walk->cursor.at > walk->options_end)
		return walk_end(walk, CLOISON_REASON_malformed);
	return WALK_ON;
}

static __always_inline int walk_header(struct walk *walk)
{
	struct extension_header extension = {};
	__u32 begin = walk->cursor.at;

	if (walk->next == IPV6_FRAGMENT)
		return walk_end(walk, CLOISON_REASON_fragment);
	if (walk->next == IPV6_ROUTING || walk->next == IPV6_AUTHENTICATION)
		return walk_end(walk, CLOISON_REASON_extensions);
	if (walk->next != IPV6_HOP_BY_HOP && walk->next != IPV6_DESTINATION)
		return walk_end(walk, CLOISON_REASON_passed);

	walk->hop_by_hop = walk->next == IPV6_HOP_BY_HOP;
	if (walk->hop_by_hop && walk->headers)
		return walk_end(walk, CLOISON_REASON_malformed);
	if (++walk->headers > EXTENSIONS_MAX)
		return walk_end(walk, CLOISON_REASON_extensions);

	if (!cursor_take(&walk->cursor, &extension, sizeof(extension)))
		return walk_end(walk, CLOISON_REASON_truncated);
	walk->options_end = begin + 8 + extension.length * 8;
	if (walk->options_end > walk->cursor.end)
		return walk_end(walk, CLOISON_REASON_truncated);
	walk->next = extension.next;
	return WALK_ON;
}

static int walk_step(__u32 step, void *context)
{
	struct walk *walk = context;

	(void)step;
	if (walk->cursor.at < walk->options_end)
		return walk_option(walk);
	return walk_header(walk);
}

/*
 * Allowed are hop-by-hop (first only) and destination options, with nothing in
 * them but padding and, hop-by-hop, a jumbo length. Routing headers and home
 * addresses name another peer than the IPv6 header does; an authentication
 * header cannot be verified here.
 *
 * bpf_loop(), because a plain loop is verified step by step, each with all the
 * states that the steps before can have left.
 */
static __always_inline enum cloison_reason parse_extensions(struct cursor *cursor, __u8 first,
							    __u8 *protocol)
{
	struct walk walk = {
		.cursor = *cursor,
		.next = first,
		.reason = CLOISON_REASON_extensions,
	};

	bpf_loop(EXTENSION_STEPS, walk_step, &walk, 0);
	cursor->at = walk.cursor.at;
	*protocol = walk.next;
	return walk.reason;
}

/* What a first fragment carries; only right behind the IPv6 header, as the kernel writes it. */
static __always_inline enum cloison_reason parse_first_fragment(struct cursor *cursor,
								__u8 *protocol)
{
	struct ipv6_fragment_header fragment;

	if (*protocol != IPV6_FRAGMENT)
		return CLOISON_REASON_fragment;
	if (!cursor_take(cursor, &fragment, sizeof(fragment)))
		return CLOISON_REASON_truncated;
	if (fragment.reserved || bpf_ntohs(fragment.offset) != IPV6_FRAGMENT_MORE)
		return CLOISON_REASON_fragment;
	*protocol = fragment.next;
	return CLOISON_REASON_passed;
}

static __always_inline enum cloison_reason parse_ipv6(struct cursor *cursor, struct packet *packet,
						      enum cloison_direction direction)
{
	enum cloison_reason reason;
	struct ipv6_header ip;
	__u32 payload;
	__u8 protocol;

	if (!cursor_take_near(cursor, &ip, sizeof(ip)))
		return CLOISON_REASON_truncated;
	if (ip.version_class >> 4 != 6)
		return CLOISON_REASON_malformed;

	payload = bpf_ntohs(ip.payload);
	/* Zero: as in IPv4. */
	if (!payload && cursor->end > sizeof(ip) + 0xFFFF)
		payload = cursor->end - sizeof(ip);
	if (payload > cursor->end - sizeof(ip))
		return CLOISON_REASON_truncated;
	cursor->end = sizeof(ip) + payload;

	protocol = ip.next;
	if (cursor->first) {
		reason = parse_first_fragment(cursor, &protocol);
		if (reason != CLOISON_REASON_passed)
			return reason;
	} else if (protocol != CLOISON_TCP && protocol != CLOISON_UDP) {
		reason = parse_extensions(cursor, ip.next, &protocol);
		if (reason != CLOISON_REASON_passed)
			return reason;
	}

	packet->peer.family = CLOISON_IPV6;
	__builtin_memcpy(packet->peer.address,
			 direction == CLOISON_EGRESS ? ip.destination : ip.source, 16);
	__builtin_memcpy(packet->local, direction == CLOISON_EGRESS ? ip.source : ip.destination,
			 16);
	return parse_transport(cursor, packet, direction, protocol);
}

/*
 * No static function, so that it is verified once by itself, and not all that
 * follows again for each of its ways.
 * @packet: zeroed. Return: CLOISON_REASON_passed, or why it is refused.
 */
__noinline int parse_packet(struct __sk_buff *skb, struct packet *packet,
			    enum cloison_direction direction)
{
	struct cursor cursor = { .skb = skb, .end = skb->len };

	if (!packet)
		return CLOISON_REASON_malformed;
	switch (bpf_ntohs(skb->protocol)) {
	case ETHERTYPE_IPV4:
		return parse_ipv4(&cursor, packet, direction);
	case ETHERTYPE_IPV6:
		return parse_ipv6(&cursor, packet, direction);
	default:
		return CLOISON_REASON_protocol;
	}
}

/*
 * The same behind a link layer header, of which @ethertype comes.
 * @first: it must be the first fragment of a packet; else it must be none
 */
__noinline int parse_frame(struct __sk_buff *skb, struct packet *packet,
			   enum cloison_direction direction, __u32 ethertype, bool first)
{
	struct cursor cursor = { .skb = skb, .base = FRAME_HEADER, .first = first };

	if (!packet || skb->len < FRAME_HEADER)
		return CLOISON_REASON_malformed;
	cursor.end = skb->len - FRAME_HEADER;
	return ethertype == ETHERTYPE_IPV4 ? parse_ipv4(&cursor, packet, direction) :
					     parse_ipv6(&cursor, packet, direction);
}

#endif /* CLOISON_PARSE_H */
