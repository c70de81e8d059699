// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes a packet as hex, layer by layer from the outside in:
 *
 *   net-craft 'ip4 10.9.0.1 10.9.0.2' 'udp 1000 7001' 'data hello'
 *
 *   eth FROM TO                 link layer addresses
 *   ip4 FROM TO [WORD=VALUE]... ihl= words claimed, options=HEX, protocol=,
 *                               fragment= the 16 bits of flags and offset
 *   ip6 FROM TO
 *   extension NUMBER HEX        HEX is what follows next header and length
 *   fragment BITS [RESERVED]    the 16 bits of offset and flags
 *   udp FROM TO [LENGTH]        LENGTH as it claims, of a packet in pieces
 *   tcp FROM TO FLAGS           FLAGS as a number: 2 is SYN
 *   icmp TYPE                   with code 0, id 77 and sequence 1
 *   data TEXT
 *
 * Lengths, next headers and checksums are right unless told otherwise.
 */
#include <net/ethernet.h>
#include <netinet/ether.h>
#include <netinet/ip6.h>
#include <stdbool.h>

#include "net-address.h"

#define ROOM 4096
#define MAX_WORDS 8

/* Layers are put in front of what is there already. */
static uint8_t packet[ROOM];
static uint8_t *start = packet + ROOM;

/* Of what is at the start: the number that the layer before it tells. */
static int number;

/* Where a transport's checksum goes, once its addresses are known. */
static uint8_t *transport, *transport_sum;
static int transport_number;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "net-craft: '%s' cannot be made\n", what);
	exit(2);
}

static uint8_t *room(size_t length)
{
	if ((size_t)(start - packet) < length)
		die("so long a packet");
	start -= length;
	return start;
}

static size_t length_now(void)
{
	return packet + ROOM - start;
}

static void put16(uint8_t *at, unsigned int value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static uint32_t sum(const uint8_t *bytes, size_t length, uint32_t before)
{
	for (size_t i = 0; i < length; i++)
		before += i % 2 ? bytes[i] : bytes[i] << 8;
	return before;
}

static uint16_t fold(uint32_t value)
{
	while (value >> 16)
		value = (value & 0xFFFF) + (value >> 16);
	return ~value;
}

/* Of UDP, TCP and ICMPv6 the checksum covers the addresses too. */
static void finish_transport(const uint8_t *addresses, size_t length)
{
	size_t bytes = packet + ROOM - transport;

	if (!transport_sum)
		return;
	put16(transport_sum,
	      fold(sum(addresses, length, sum(transport, bytes, 0)) + bytes + transport_number));
	transport_sum = NULL;
}

static void make_data(char **words)
{
	size_t length = strlen(words[1]);

	memcpy(room(length), words[1], length);
}

static void make_transport(int protocol, size_t length, size_t checksum_at)
{
	transport = memset(room(length), 0, length);
	transport_sum = transport + checksum_at;
	transport_number = number = protocol;
}

static void make_udp(char **words)
{
	make_transport(IPPROTO_UDP, 8, 6);
	put16(start, atoi(words[1]));
	put16(start + 2, atoi(words[2]));
	put16(start + 4, words[3] ? (unsigned int)atoi(words[3]) : length_now());
}

static void make_tcp(char **words)
{
	make_transport(IPPROTO_TCP, 20, 16);
	put16(start, atoi(words[1]));
	put16(start + 2, atoi(words[2]));
	put16(start + 4, 1);
	start[12] = 5 << 4;
	start[13] = strtoul(words[3], NULL, 0);
	put16(start + 14, 0xFFFF);
}

/* Types from 128 on are ICMPv6's. */
static void make_icmp(char **words)
{
	int type = atoi(words[1]);

	make_transport(type < 128 ? IPPROTO_ICMP : IPPROTO_ICMPV6, 8, 2);
	start[0] = type;
	put16(start + 4, 77);
	put16(start + 6, 1);
	if (type < 128) {
		put16(transport_sum, fold(sum(start, length_now(), 0)));
		transport_sum = NULL;
	}
}

static void make_fragment(char **words)
{
	uint8_t *header = memset(room(8), 0, 8);

	header[0] = number;
	header[1] = words[2] ? strtoul(words[2], NULL, 0) : 0;
	put16(header + 2, strtoul(words[1], NULL, 0));
	header[7] = 99;
	number = IPPROTO_FRAGMENT;
}

static void make_extension(char **words)
{
	int protocol = atoi(words[1]), n;
	uint8_t bytes[512], *header;

	n = net_bytes(bytes, sizeof(bytes), words[2]);
	if (n < 0 || (n + 2) % 8)
		die(words[2]);
	header = room(n + 2);
	header[0] = number;
	/* AH counts in words of 4 bytes, less two. */
	header[1] = protocol == IPPROTO_AH ? (n + 2) / 4 - 2 : (n + 2) / 8 - 1;
	memcpy(header + 2, bytes, n);
	number = protocol;
}

static void make_ip6(char **words)
{
	size_t payload = length_now();
	struct net_address from, to;
	uint8_t *header = memset(room(40), 0, 40);

	if (net_address(&from, words[1], "0") || net_address(&to, words[2], "0"))
		die(words[0]);
	header[0] = 6 << 4;
	put16(header + 4, payload);
	header[6] = number;
	header[7] = 64;
	memcpy(header + 8, &from.in6.sin6_addr, 16);
	memcpy(header + 24, &to.in6.sin6_addr, 16);
	finish_transport(header + 8, 32);
	number = ETH_P_IPV6;
}

static const char *value_of(char **words, const char *name)
{
	size_t length = strlen(name);

	for (int i = 3; words[i]; i++)
		if (!strncmp(words[i], name, length) && words[i][length] == '=')
			return words[i] + length + 1;
	return NULL;
}

static void make_ip4(char **words)
{
	const char *options = value_of(words, "options"), *ihl = value_of(words, "ihl");
	const char *fragment = value_of(words, "fragment");
	const char *protocol = value_of(words, "protocol");
	struct net_address from, to;
	uint8_t bytes[40] = { 0 }, *header;
	int n = options ? net_bytes(bytes, sizeof(bytes), options) : 0;

	if (n < 0 || n % 4 || net_address(&from, words[1], "0") || net_address(&to, words[2], "0"))
		die(words[0]);
	memcpy(room(n), bytes, n);
	header = memset(room(20), 0, 20);
	header[0] = 4 << 4 | (ihl ? atoi(ihl) : 5 + n / 4);
	put16(header + 2, length_now());
	put16(header + 4, 99);
	put16(header + 6, fragment ? strtoul(fragment, NULL, 0) : 0);
	header[8] = 64;
	header[9] = protocol ? atoi(protocol) : number;
	memcpy(header + 12, &from.in4.sin_addr, 4);
	memcpy(header + 16, &to.in4.sin_addr, 4);
	finish_transport(header + 12, 8);
	put16(header + 10, fold(sum(header, 20 + n, 0)));
	number = ETH_P_IP;
}

static void make_eth(char **words)
{
	uint8_t *header = room(ETH_HLEN);
	struct ether_addr address;

	if (!ether_aton_r(words[1], &address))
		die(words[1]);
	memcpy(header + 6, &address, 6);
	if (!ether_aton_r(words[2], &address))
		die(words[2]);
	memcpy(header, &address, 6);
	put16(header + 12, number);
}

static const struct layer {
	const char *name;
	void (*make)(char **words);
	int words;
} layers[] = {
	{ "eth", make_eth, 3 },		  { "ip4", make_ip4, 3 },
	{ "ip6", make_ip6, 3 },		  { "extension", make_extension, 3 },
	{ "fragment", make_fragment, 2 }, { "udp", make_udp, 3 },
	{ "tcp", make_tcp, 4 },		  { "icmp", make_icmp, 2 },
	{ "data", make_data, 2 },
};

static void make_layer(char *text)
{
	char *words[MAX_WORDS + 1] = { NULL }, *save = NULL, *word;
	int n = 0;

	for (word = strtok_r(text, " ", &save); word && n < MAX_WORDS;
	     word = strtok_r(NULL, " ", &save))
		words[n++] = word;
	for (size_t i = 0; n && i < sizeof(layers) / sizeof(layers[0]); i++) {
		if (strcmp(layers[i].name, words[0]) || n < layers[i].words)
			continue;
		layers[i].make(words);
		return;
	}
	die(text);
}

int main(int argc, char **argv)
{
	for (int i = argc - 1; i > 0; i--)
		make_layer(argv[i]);
	for (const uint8_t *byte = start; byte < packet + ROOM; byte++)
		printf("%02x", *byte);
	putchar('\n');
	return argc < 2;
}
