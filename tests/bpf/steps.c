// SPDX-License-Identifier: GPL-2.0-only
/*
 * At the programs of a device, one after the other: ICMP errors that quote packets of
 * flows, and packets in pieces.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "table.h"

#define OUT CLOISON_EGRESS
#define IN CLOISON_INGRESS

/* Bytes of an ICMP error before what it quotes. */
#define ERROR_HEADER 8

/* What differs from a packet comes behind it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* clang-format off */
#define ASK4 .from = "10.0.0.2", .to = "10.1.0.1", .from_port = 41001, .to_port = 53, .protocol = UDP
#define ASK6 .from = "2001:db8::2", .to = "2001:db8:1::1", .from_port = 41001, .to_port = 53, .protocol = UDP
#define ASKED4 .from = "10.2.0.1", .to = "10.0.0.2", .from_port = 41002, .to_port = 5000, .protocol = UDP
#define CALL4 .from = "10.0.0.2", .to = "10.1.0.1", .from_port = 41003, .to_port = 443, .flags = ACK
#define PING4 .from = "10.0.0.2", .to = "10.1.0.1", .protocol = ICMP, .type = 8, .id = 77
#define ERROR4(number) .from = "10.9.9.9", .to = "10.0.0.2", .protocol = ICMP, .type = (number)
#define ERROR6(number) .from = "2001:db8:9::9", .to = "2001:db8::2", .protocol = ICMP6, .type = (number)
#define FIRST .fragment = 0x2000, .udp_longer = 400
#define LATER(at) .fragment = (at) / 8

static const struct step {
	const char *name;
	enum cloison_direction direction;
	enum cloison_reason reason;
	struct packet packet;
	struct packet quoted; /* by an error */
} steps[] = {
	{ "a question", OUT, CLOISON_REASON_passed, { ASK4 } },
	{ "it is too large for the way", IN, CLOISON_REASON_errors, { ERROR4(3), .code = 4 }, { ASK4 } },
	{ "its time is over", IN, CLOISON_REASON_errors, { ERROR4(11) }, { ASK4 } },
	{ "a parameter of it is wrong", IN, CLOISON_REASON_errors, { ERROR4(12) }, { ASK4 } },
	{ "a redirect is no error", IN, CLOISON_REASON_denied_default, { ERROR4(5) }, { ASK4 } },
	{ "a source quench is none", IN, CLOISON_REASON_denied_default, { ERROR4(4) }, { ASK4 } },
	{ "about another flow", IN, CLOISON_REASON_denied_default, { ERROR4(3) },
	  { ASK4, .from_port = 41009 } },
	{ "about a packet of another's", IN, CLOISON_REASON_denied_default, { ERROR4(3) },
	  { ASK4, .from = "10.0.0.3" } },
	{ "about a packet the other way", IN, CLOISON_REASON_denied_default, { ERROR4(3) },
	  { .from = "10.1.0.1", .to = "10.0.0.2", .from_port = 53, .to_port = 41001, .protocol = UDP } },
	{ "to another", IN, CLOISON_REASON_not_own, { ERROR4(3), .to = "10.0.0.3" }, { ASK4 } },
	{ "about IPv6", IN, CLOISON_REASON_denied_default, { ERROR4(3) }, { ASK6 } },
	{ "about a packet with options", IN, CLOISON_REASON_denied_default, { ERROR4(3) },
	  { ASK4, .options = "\1\1\1\1", .options_length = 4 } },
	{ "about a first fragment", IN, CLOISON_REASON_errors, { ERROR4(11), .code = 1 },
	  { ASK4, .fragment = 0x2000 } },
	{ "about a later one", IN, CLOISON_REASON_denied_default, { ERROR4(11) },
	  { ASK4, .fragment = 0x0008 } },
	{ "about an error", IN, CLOISON_REASON_denied_default, { ERROR4(3) },
	  { .from = "10.0.0.2", .to = "10.1.0.1", .protocol = ICMP, .type = 3 } },
	{ "about an unknown protocol", IN, CLOISON_REASON_denied_default, { ERROR4(3) },
	  { ASK4, .protocol = 47 } },
	{ "about TCP that a rule allows", IN, CLOISON_REASON_errors, { ERROR4(3), .code = 4 }, { CALL4 } },
	{ "about TCP that none does", IN, CLOISON_REASON_denied_default, { ERROR4(3), .code = 4 },
	  { CALL4, .to_port = 444 } },
	{ "about TCP that came in by a rule", IN, CLOISON_REASON_errors, { ERROR4(3), .code = 4 },
	  { .from = "10.0.0.2", .to = "10.2.0.1", .from_port = 8080, .to_port = 41004, .flags = ACK } },
	{ "an echo", OUT, CLOISON_REASON_passed, { PING4 } },
	{ "about the echo", IN, CLOISON_REASON_errors, { ERROR4(11) }, { PING4 } },
	{ "about another echo", IN, CLOISON_REASON_denied_default, { ERROR4(11) }, { PING4, .id = 78 } },
	{ "a question that comes", IN, CLOISON_REASON_passed, { ASKED4 } },
	{ "the tenant cannot take it", OUT, CLOISON_REASON_errors,
	  { ERROR4(3), .from = "10.0.0.2", .to = "10.2.0.1", .code = 3 }, { ASKED4 } },
	{ "and tells another", OUT, CLOISON_REASON_denied_default,
	  { ERROR4(3), .from = "10.0.0.2", .to = "10.2.0.9", .code = 3 }, { ASKED4 } },
	{ "and tells as another", OUT, CLOISON_REASON_not_own,
	  { ERROR4(3), .from = "10.0.0.3", .to = "10.2.0.1", .code = 3 }, { ASKED4 } },
	{ "of what never came", OUT, CLOISON_REASON_denied_default,
	  { ERROR4(3), .from = "10.0.0.2", .to = "10.2.0.1", .code = 3 }, { ASKED4, .from_port = 41009 } },
	{ "IPv6: a question", OUT, CLOISON_REASON_passed, { ASK6 } },
	{ "IPv6: it is unreachable", IN, CLOISON_REASON_errors, { ERROR6(1) }, { ASK6 } },
	{ "IPv6: it is too big", IN, CLOISON_REASON_errors, { ERROR6(2) }, { ASK6 } },
	{ "IPv6: the last of the errors", IN, CLOISON_REASON_errors, { ERROR6(4) }, { ASK6 } },
	{ "IPv6: one behind them", IN, CLOISON_REASON_denied_default, { ERROR6(5) }, { ASK6 } },
	{ "IPv6: about another flow", IN, CLOISON_REASON_denied_default, { ERROR6(2) },
	  { ASK6, .from_port = 41009 } },
	{ "IPv6: about a first fragment", IN, CLOISON_REASON_errors, { ERROR6(2) },
	  { ASK6, .extensions = { EXTENSION(FRAGMENT, "\0\0\0\1\0\0\0\1") } } },
	{ "IPv6: about a later one", IN, CLOISON_REASON_denied_default, { ERROR6(2) },
	  { ASK6, .extensions = { EXTENSION(FRAGMENT, "\0\0\0\x10\0\0\0\1") } } },

	{ "a later piece before the first", OUT, CLOISON_REASON_fragment, { ASK4, LATER(112), .payload = 8 } },
	{ "the first", OUT, CLOISON_REASON_passed, { ASK4, FIRST, .from_port = 41005, .payload = 104 } },
	{ "a later one", OUT, CLOISON_REASON_passed, { ASK4, LATER(112), .payload = 8 } },
	{ "one that lies over the first", OUT, CLOISON_REASON_fragment, { ASK4, LATER(104), .payload = 8 } },
	{ "one that lies over its header", OUT, CLOISON_REASON_fragment, { ASK4, LATER(8), .payload = 8 } },
	{ "one of another packet's ends", OUT, CLOISON_REASON_fragment,
	  { ASK4, LATER(112), .to = "10.1.0.2", .payload = 8 } },
	{ "one of another protocol", OUT, CLOISON_REASON_fragment,
	  { ASK4, LATER(112), .protocol = TCP, .payload = 8 } },
	{ "one the other way", IN, CLOISON_REASON_fragment,
	  { LATER(112), .from = "10.1.0.1", .to = "10.0.0.2", .protocol = UDP, .payload = 8 } },
	{ "a first one that no rule allows", OUT, CLOISON_REASON_denied_default,
	  { ASK4, FIRST, .to = "10.1.0.3", .to_port = 54, .payload = 104 } },
	{ "what follows it", OUT, CLOISON_REASON_fragment, { ASK4, LATER(112), .to = "10.1.0.3", .payload = 8 } },
	{ "a first one that has all of it", OUT, CLOISON_REASON_malformed,
	  { ASK4, .fragment = 0x2000, .payload = 104 } },
	{ "IPv6: a later piece before the first", OUT, CLOISON_REASON_fragment,
	  { ASK6, .payload = 8, .extensions = { EXTENSION(FRAGMENT, "\0\0\x70\0\0\0\7") } } },
	{ "IPv6: the first", OUT, CLOISON_REASON_passed, { ASK6, .from_port = 41005, .udp_longer = 400, .payload = 104,
	  .extensions = { EXTENSION(FRAGMENT, "\0\0\0\1\0\0\0\7") } } },
	{ "IPv6: a later one", OUT, CLOISON_REASON_passed,
	  { ASK6, .payload = 8, .extensions = { EXTENSION(FRAGMENT, "\0\0\0\x70\0\0\0\7") } } },
	{ "IPv6: one that lies over the first", OUT, CLOISON_REASON_fragment,
	  { ASK6, .payload = 8, .extensions = { EXTENSION(FRAGMENT, "\0\0\0\x68\0\0\0\7") } } },
	{ "IPv6: one of another number", OUT, CLOISON_REASON_fragment,
	  { ASK6, .payload = 8, .extensions = { EXTENSION(FRAGMENT, "\0\0\0\x70\0\0\0\x08") } } },
	{ "IPv6: a packet of one piece", OUT, CLOISON_REASON_fragment,
	  { ASK6, .extensions = { EXTENSION(FRAGMENT, "\0\0\0\0\0\0\0\7") } } },
	{ "IPv6: a first one with a reserved bit", OUT, CLOISON_REASON_fragment,
	  { ASK6, .udp_longer = 400, .extensions = { EXTENSION(FRAGMENT, "\0\0\0\3\0\0\0\7") } } },
};
/* clang-format on */
#pragma GCC diagnostic pop
#define STEPS (sizeof(steps) / sizeof(steps[0]))

/* The frame of a step. @quoted: where what an error quotes begins, 0 if it is none */
static size_t step_write(const struct step *step, uint8_t bytes[PACKET_MAX], size_t *quoted)
{
	uint8_t inner[PACKET_MAX];
	struct packet packet = step->packet;
	size_t length, transport, inner_length;

	*quoted = 0;
	if (!step->quoted.from)
		return packet_write(&packet, bytes, &transport);
	inner_length = packet_write(&step->quoted, inner, &transport) - ETHERNET_HEADER;
	packet.payload = inner_length;
	length = packet_write(&packet, bytes, &transport);
	memcpy(bytes + transport, inner + ETHERNET_HEADER, inner_length);
	*quoted = transport;
	return length;
}

/* An error passes when it quotes the IP header and 8 bytes, and with less it never does. */
static void step_cut(const struct bench *bench, const struct step *step)
{
	unsigned int wrong = 0, tried = 0;
	size_t quoted, length, whole, least;
	uint8_t bytes[PACKET_MAX];
	char name[128];

	whole = step_write(step, bytes, &quoted);
	least = quoted +
		(step->quoted.protocol == UDP && strchr(step->quoted.from, ':') ? 40 : 20) + 8;
	for (length = quoted; length <= whole; length++) {
		step_write(step, bytes, &quoted);
		packet_claim(bytes, length);
		wrong += !device_judged(bench, step->direction, bytes, length,
					length < least ? CLOISON_REASON_denied_default :
							 CLOISON_REASON_errors);
		tried++;
	}
	snprintf(name, sizeof(name), "N-42 device: %s, quoted up to every byte", step->name);
	line(!wrong && tried > 20, name);
}

void steps_run(const struct bench *bench)
{
	uint8_t bytes[PACKET_MAX];
	size_t i, length, quoted;
	char name[128];

	for (i = 0; i < STEPS; i++) {
		const struct step *step = &steps[i];

		length = step_write(step, bytes, &quoted);
		snprintf(name, sizeof(name), "N-42 device: %s: %s", step->name,
			 guard_reason_name(step->reason, NULL));
		line(device_judged(bench, step->direction, bytes, length, step->reason), name);
		if (step->reason == CLOISON_REASON_errors && step->direction == CLOISON_INGRESS &&
		    step->quoted.protocol == UDP && !step->quoted.extensions[0].bytes)
			step_cut(bench, step);
	}
}
