/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The packet that an ICMP error is about: its beginning, as the host that could not
 * deliver it quotes it. No more than 8 bytes behind its IP header need be there,
 * which name the ends of the flow. Read as strictly as the packet itself was.
 */
#ifndef CLOISON_PARSE_QUOTED_H
#define CLOISON_PARSE_QUOTED_H

#include "parse.h"

/* What is quoted of a transport header: TCP's is longer. */
struct quoted_header {
	__be16 source; /* of ICMP: type and code */
	__be16 destination;
	__be16 third; /* of an echo: its identifier */
	__be16 fourth;
};

static __always_inline enum cloison_reason quoted_echo(const struct quoted_header *quoted,
						       struct packet *packet,
						       enum cloison_direction direction, __u8 echo,
						       __u8 reply)
{
	__u16 type = bpf_ntohs(quoted->source) >> 8;

	/* Nothing else has anything that tells one from the next; an error is about no error. */
	if ((type != echo && type != reply) || bpf_ntohs(quoted->source) & 0xFF)
		return CLOISON_REASON_protocol;
	packet->peer.remote_port = echo;
	packet->peer.local_port = bpf_ntohs(quoted->third);
	packet->peer.request = direction;
	if (type == reply)
		packet->peer.request = direction == CLOISON_EGRESS ? CLOISON_INGRESS :
								     CLOISON_EGRESS;
	return CLOISON_REASON_passed;
}

static __always_inline enum cloison_reason quoted_transport(struct cursor *cursor,
							    struct packet *packet,
							    enum cloison_direction direction,
							    __u8 protocol)
{
	struct quoted_header quoted;

	if (!cursor_take(cursor, &quoted, sizeof(quoted)))
		return CLOISON_REASON_truncated;
	packet->peer.protocol = protocol;
	switch (protocol) {
	case CLOISON_TCP:
	case CLOISON_UDP:
	case CLOISON_SCTP:
		packet_ports(packet, direction, quoted.source, quoted.destination);
		return CLOISON_REASON_passed;
	case CLOISON_ICMP:
		if (packet->peer.family != CLOISON_IPV4)
			return CLOISON_REASON_protocol;
		return quoted_echo(&quoted, packet, direction, ICMP_ECHO, ICMP_ECHO_REPLY);
	case CLOISON_ICMP6:
		if (packet->peer.family != CLOISON_IPV6)
			return CLOISON_REASON_protocol;
		return quoted_echo(&quoted, packet, direction, ICMP6_ECHO, ICMP6_ECHO_REPLY);
	default:
		return CLOISON_REASON_protocol;
	}
}

static __always_inline enum cloison_reason quoted_ipv4(struct cursor *cursor, struct packet *packet,
						       enum cloison_direction direction)
{
	struct ipv4_header ip;

	if (!cursor_take(cursor, &ip, sizeof(ip)))
		return CLOISON_REASON_truncated;
	if (ip.version_length >> 4 != 4 || (ip.version_length & 0xF) * 4 < sizeof(ip))
		return CLOISON_REASON_malformed;
	if ((ip.version_length & 0xF) * 4 > sizeof(ip))
		return CLOISON_REASON_options;
	if (bpf_ntohs(ip.total) < sizeof(ip) + sizeof(struct quoted_header) ||
	    bpf_ntohs(ip.fragment) & IPV4_RESERVED)
		return CLOISON_REASON_malformed;
	/* Of a later fragment nobody knows whose it is. */
	if (bpf_ntohs(ip.fragment) & IPV4_OFFSET)
		return CLOISON_REASON_fragment;

	packet->peer.family = CLOISON_IPV4;
	__builtin_memcpy(packet->peer.address,
			 direction == CLOISON_EGRESS ? ip.destination : ip.source, 4);
	__builtin_memcpy(packet->local, direction == CLOISON_EGRESS ? ip.source : ip.destination,
			 4);
	return quoted_transport(cursor, packet, direction, ip.protocol);
}

static __always_inline enum cloison_reason quoted_ipv6(struct cursor *cursor, struct packet *packet,
						       enum cloison_direction direction)
{
	struct ipv6_fragment_header fragment;
	struct ipv6_header ip;
	__u8 protocol;

	if (!cursor_take(cursor, &ip, sizeof(ip)))
		return CLOISON_REASON_truncated;
	if (ip.version_class >> 4 != 6 || bpf_ntohs(ip.payload) < sizeof(struct quoted_header))
		return CLOISON_REASON_malformed;
	protocol = ip.next;
	if (protocol == IPV6_FRAGMENT) {
		if (!cursor_take(cursor, &fragment, sizeof(fragment)))
			return CLOISON_REASON_truncated;
		if (bpf_ntohs(fragment.offset) & IPV6_FRAGMENT_OFFSET)
			return CLOISON_REASON_fragment;
		protocol = fragment.next;
	}

	packet->peer.family = CLOISON_IPV6;
	__builtin_memcpy(packet->peer.address,
			 direction == CLOISON_EGRESS ? ip.destination : ip.source, 16);
	__builtin_memcpy(packet->local, direction == CLOISON_EGRESS ? ip.source : ip.destination,
			 16);
	return quoted_transport(cursor, packet, direction, protocol);
}

/*
 * @at: where the quoted packet begins
 * @direction: in which it went, which is not that of the error
 * @packet: zeroed, but for its family: that of the error. Return: as parse_packet().
 */
__noinline int parse_quoted(struct __sk_buff *skb, struct packet *packet,
			    enum cloison_direction direction, __u32 at)
{
	struct cursor cursor = { .skb = skb, .base = at };

	if (!packet || at > skb->len)
		return CLOISON_REASON_truncated;
	cursor.end = skb->len - at;
	return packet->peer.family == CLOISON_IPV4 ? quoted_ipv4(&cursor, packet, direction) :
						     quoted_ipv6(&cursor, packet, direction);
}

#endif /* CLOISON_PARSE_QUOTED_H */
