// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guard's parser under libFuzzer, on the host: the same inline code that the
 * kernel's programs have. An input is a frame, as tests/bpf writes them. Beside
 * the sanitizers, what a parser must never do is checked here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "parse.h"
#include "parse_quoted.h"

#define ETHERNET_HEADER 14

const unsigned char *fuzz_bytes;
__u32 fuzz_near;

static _Noreturn void wrong(const char *what)
{
	fprintf(stderr, "the parser %s\n", what);
	abort();
}

#define must(condition, what)        \
	do {                         \
		if (!(condition))    \
			wrong(what); \
	} while (0)

static enum cloison_reason parse(const uint8_t *frame, size_t length, struct packet *packet,
				 enum cloison_direction direction)
{
	struct __sk_buff skb = {
		.len = length - ETHERNET_HEADER,
		.protocol = (uint32_t)(frame[13] << 8 | frame[12]),
	};

	struct packet near = {};
	enum cloison_reason reason;

	memset(packet, 0, sizeof(*packet));
	fuzz_bytes = frame + ETHERNET_HEADER;
	fuzz_near = 0;
	reason = parse_packet(&skb, packet, direction);
	/* Wherever the packet's first piece ends, it is the same packet. */
	fuzz_near = skb.len - frame[0] % (skb.len + 1);
	must((int)reason == parse_packet(&skb, &near, direction) &&
		     !memcmp(packet, &near, sizeof(near)),
	     "reads another packet where it is in one piece");
	return reason;
}

static void check_passed(const struct packet *packet, enum cloison_direction direction);

/* The same bytes as a packet that an error quotes, and as a first fragment. */
static void check_others(const uint8_t *frame, size_t length, enum cloison_direction direction)
{
	struct __sk_buff skb = { .len = length };
	bool ipv6 = frame[12] == 0x86;
	struct packet packet = { .peer.family = ipv6 ? CLOISON_IPV6 : CLOISON_IPV4 };
	int reason;

	fuzz_bytes = frame;
	fuzz_near = 0;
	reason = parse_quoted(&skb, &packet, direction, ETHERNET_HEADER);
	must(reason >= 0 && reason < CLOISON_REASON_COUNT, "has an unknown reason for a quote");
	if (reason == CLOISON_REASON_passed)
		check_passed(&packet, direction);
	memset(&packet, 0, sizeof(packet));
	reason =
		parse_frame(&skb, &packet, direction, ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4, true);
	must(reason >= 0 && reason < CLOISON_REASON_COUNT, "has an unknown reason for a piece");
	if (reason == CLOISON_REASON_passed)
		check_passed(&packet, direction);
}

/* Of what it lets through: only what the rules know, and nothing half read. */
static void check_passed(const struct packet *packet, enum cloison_direction direction)
{
	const struct cloison_peer *peer = &packet->peer;
	bool types = peer->protocol == CLOISON_ICMP || peer->protocol == CLOISON_ICMP6;
	bool others = peer->protocol == CLOISON_TCP || peer->protocol == CLOISON_UDP ||
		      peer->protocol == CLOISON_SCTP;
	unsigned int i;

	must(types || others, "passes a protocol that nobody judges");
	must(peer->family == CLOISON_IPV4 || peer->family == CLOISON_IPV6, "passes no family");
	must(peer->protocol != CLOISON_ICMP || peer->family == CLOISON_IPV4, "passes ICMP in IPv6");
	must(peer->protocol != CLOISON_ICMP6 || peer->family == CLOISON_IPV6,
	     "passes ICMPv6 in IPv4");
	must(types == (peer->request != 0), "mistakes what a request is");
	must(!types || peer->remote_port <= 255, "has a type that is none");
	must(peer->protocol == CLOISON_TCP || !packet->flags, "has flags without TCP");
	for (i = 4; i < 16 && peer->family == CLOISON_IPV4; i++)
		must(!peer->address[i] && !packet->local[i], "leaves bytes behind an IPv4 address");
	/* An answer is of the type of its request and of the other direction. */
	if (types && peer->request != (__u32)direction)
		must(peer->remote_port == (peer->family == CLOISON_IPV4 ? ICMP_ECHO : ICMP6_ECHO),
		     "takes for an answer what is none");
}

/* Seen from the other end it is the same packet. */
static void check_mirrored(const struct packet *out, const struct packet *in)
{
	must(out->peer.family == in->peer.family && out->peer.protocol == in->peer.protocol &&
		     out->flags == in->flags,
	     "reads another packet from the other end");
	must(!memcmp(out->peer.address, in->local, 16) && !memcmp(in->peer.address, out->local, 16),
	     "does not swap the addresses");
	if (out->peer.request)
		must(out->peer.request != in->peer.request &&
			     out->peer.remote_port == in->peer.remote_port &&
			     out->peer.local_port == in->peer.local_port,
		     "reads another ICMP from the other end");
	else
		must(out->peer.remote_port == in->peer.local_port &&
			     out->peer.local_port == in->peer.remote_port,
		     "does not swap the ports");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packet out, in;
	enum cloison_reason reason;
	uint8_t *frame;

	if (size < ETHERNET_HEADER)
		return 0;
	/* A copy of just its size: one byte further is a sanitizer's. */
	frame = malloc(size);
	if (!frame)
		return 0;
	memcpy(frame, data, size);
	reason = parse(frame, size, &out, CLOISON_EGRESS);
	must(reason < CLOISON_REASON_COUNT, "has an unknown reason");
	must(parse(frame, size, &in, CLOISON_INGRESS) == reason,
	     "judges by the direction what is none of it");
	if (reason == CLOISON_REASON_passed) {
		check_passed(&out, CLOISON_EGRESS);
		check_passed(&in, CLOISON_INGRESS);
		check_mirrored(&out, &in);
	}
	check_others(frame, size, CLOISON_EGRESS);
	check_others(frame, size, CLOISON_INGRESS);
	free(frame);
	return 0;
}
