// SPDX-License-Identifier: GPL-2.0-only
#include "packet.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define TCP_HEADER 20
#define UDP_HEADER 8
#define SCTP_HEADER 12
#define ICMP_HEADER 8

static void put16(uint8_t *to, uint32_t value)
{
	to[0] = value >> 8;
	to[1] = value;
}

static bool is_ipv6(const struct packet *packet)
{
	return strchr(packet->from, ':');
}

static uint8_t protocol_of(const struct packet *packet)
{
	return packet->protocol ? packet->protocol : TCP;
}

/* The transport header and the payload. */
static size_t write_transport(const struct packet *packet, uint8_t *to, size_t *header)
{
	uint8_t words = packet->tcp_words ? packet->tcp_words % 16 : 5;

	put16(to, packet->from_port);
	put16(to + 2, packet->to_port);
	switch (protocol_of(packet)) {
	case UDP:
		*header = UDP_HEADER;
		put16(to + 4, UDP_HEADER + packet->payload + packet->udp_longer);
		break;
	case SCTP:
		*header = SCTP_HEADER;
		break;
	case ICMP:
	case ICMP6:
		*header = ICMP_HEADER;
		to[0] = packet->type;
		to[1] = packet->code;
		put16(to + 2, 0);
		put16(to + 4, packet->id);
		break;
	default:
		*header = TCP_HEADER;
		to[12] = words << 4;
		to[13] = packet->flags;
		put16(to + 14, 1024);
	}
	memset(to + *header, 'x', packet->payload);
	return *header + packet->payload;
}

static size_t write_ipv4(const struct packet *packet, uint8_t *to, size_t rest)
{
	size_t header = IPV4_HEADER + packet->options_length;
	uint8_t words = packet->words ? packet->words % 16 : header / 4;

	to[0] = (packet->version ? packet->version : 4) << 4 | words;
	put16(to + 2, header + rest + packet->longer);
	put16(to + 6, packet->fragment);
	to[8] = 64;
	to[9] = protocol_of(packet);
	inet_pton(AF_INET, packet->from, to + 12);
	inet_pton(AF_INET, packet->to, to + 16);
	if (packet->options_length)
		memcpy(to + IPV4_HEADER, packet->options, packet->options_length);
	return header;
}

static size_t ipv6_length(const struct packet *packet)
{
	size_t length = IPV6_HEADER;
	const struct extension *extension;

	for (extension = packet->extensions; extension->bytes; extension++)
		length += extension->length;
	return length;
}

static size_t write_ipv6(const struct packet *packet, uint8_t *to, size_t rest)
{
	const struct extension *extension;
	size_t header = ipv6_length(packet), at = IPV6_HEADER;
	uint8_t *next = to + 6;

	to[0] = (packet->version ? packet->version : 6) << 4;
	put16(to + 4, header - IPV6_HEADER + rest + packet->longer);
	to[7] = 64;
	inet_pton(AF_INET6, packet->from, to + 8);
	inet_pton(AF_INET6, packet->to, to + 24);
	for (extension = packet->extensions; extension->bytes; extension++) {
		*next = extension->type;
		memcpy(to + at, extension->bytes, extension->length);
		next = to + at;
		at += extension->length;
	}
	*next = protocol_of(packet);
	return header;
}

size_t packet_write(const struct packet *packet, uint8_t *to, size_t *transport)
{
	bool ipv6 = is_ipv6(packet);
	uint8_t *ip = to + ETHERNET_HEADER;
	size_t header, rest, inner;

	memset(to, 0, PACKET_MAX);
	put16(to + 12, packet->ethertype ? packet->ethertype : ipv6 ? 0x86DD : 0x0800);
	header = ipv6 ? ipv6_length(packet) : (size_t)IPV4_HEADER + packet->options_length;
	rest = write_transport(packet, ip + header, &inner);
	if (ipv6)
		write_ipv6(packet, ip, rest);
	else
		write_ipv4(packet, ip, rest);
	*transport = ETHERNET_HEADER + header + inner;
	return ETHERNET_HEADER + header + rest;
}

size_t packet_ip_header(const uint8_t *bytes)
{
	return bytes[12] == 0x86 ? IPV6_HEADER : IPV4_HEADER;
}

void packet_claim(uint8_t *bytes, size_t length)
{
	size_t header = ETHERNET_HEADER + packet_ip_header(bytes);

	if (length < header)
		return;
	if (bytes[12] == 0x86)
		put16(bytes + ETHERNET_HEADER + 4, length - header);
	else
		put16(bytes + ETHERNET_HEADER + 2, length - ETHERNET_HEADER);
}
