// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tenant is 10.0.0.2 and 2001:db8::2. It may call servers in 10.1/16 and
 * 2001:db8:1::/48 and be called from 10.2/16 and 2001:db8:2::/48.
 */
#include "table.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *const vector_policy[] = {
	"allow out 10.1.0.0/16 tcp 443",
	"allow out 10.1.0.0/16 udp 53",
	"allow out 2001:db8:1::/48 tcp 443",
	"allow out 2001:db8:1::/48 udp 53",
	"allow in 10.2.0.0/16 tcp 8080",
	"allow in 10.2.0.0/16 udp 5000-5010",
	"allow in 2001:db8:2::/48 tcp 8080",
	"allow in 2001:db8:2::/48 udp 5000-5010",
	"deny out 10.1.9.0/24",
	"allow out 10.1.9.9 tcp 443",
	"allow out 224.0.0.251 udp 5353",
	"deny in 10.2.3.4 tcp 8080",
	"allow out 10.1.0.0/16 icmp echo-request",
	"allow in 2001:db8:2::/48 icmp6 echo-request",
	"allow out 10.1.0.0/16 sctp 9899",
};
const size_t vector_policy_count = COUNT(vector_policy);

/* The same in another order, and without what DNS over IPv6 came in by. */
const char *const vector_policy_after[] = {
	"allow in 10.2.0.0/16 udp 5000-5010",
	"allow out 10.1.0.0/16 udp 53",
};
const size_t vector_policy_after_count = COUNT(vector_policy_after);

#define OUT CLOISON_EGRESS
#define IN CLOISON_INGRESS

#define PASSED CLOISON_REASON_passed
#define REPLY CLOISON_REASON_replies
#define DEFAULT CLOISON_REASON_denied_default
#define RULE CLOISON_REASON_denied_rule
#define ENDED CLOISON_REASON_ended
#define PROTOCOL CLOISON_REASON_protocol
#define TRUNCATED CLOISON_REASON_truncated
#define MALFORMED CLOISON_REASON_malformed
#define IS_FRAGMENT CLOISON_REASON_fragment
#define OPTIONS CLOISON_REASON_options
#define EXTENSIONS CLOISON_REASON_extensions

/* A line or two each, which a formatter would make many of. */
/* clang-format off */

/* Ends of flows. */
#define CALL4 .from = "10.0.0.2", .to = "10.1.0.1", .from_port = 40000, .to_port = 443
#define CALL6 .from = "2001:db8::2", .to = "2001:db8:1::1", .from_port = 40000, .to_port = 443
#define CALLED4 .from = "10.2.0.1", .to = "10.0.0.2", .from_port = 50000, .to_port = 8080
#define CALLED6 .from = "2001:db8:2::1", .to = "2001:db8::2", .from_port = 50000, .to_port = 8080
#define ASK4 .from = "10.0.0.2", .to = "10.1.0.1", .from_port = 40001, .to_port = 53, .protocol = UDP
#define ASK6 .from = "2001:db8::2", .to = "2001:db8:1::1", .from_port = 40001, .to_port = 53, \
	.protocol = UDP
#define TOLD4 .from = "10.1.0.1", .to = "10.0.0.2", .from_port = 53, .to_port = 40001, .protocol = UDP
#define TOLD6 .from = "2001:db8:1::1", .to = "2001:db8::2", .from_port = 53, .to_port = 40001, \
	.protocol = UDP

#define PING4 .from = "10.0.0.2", .to = "10.1.0.1"
#define PONG4 .from = "10.1.0.1", .to = "10.0.0.2"
#define PING6 .from = "2001:db8:2::1", .to = "2001:db8::2"
#define PONG6 .from = "2001:db8::2", .to = "2001:db8:2::1"
#define SCTP4 .from = "10.0.0.2", .to = "10.1.0.1", .from_port = 40000, .to_port = 9899

/* Eight bytes each: padding in one option; the first byte is filled in. */
#define PADDED "\0\0\x01\x04\0\0\0\0"
#define PAD EXTENSION(DESTINATION, PADDED)

const struct vector vectors[] = {
	/* What the policy says. */
	{ "TCP call that a rule allows", OUT, PASSED, { CALL4, .flags = SYN } },
	{ "TCP call with data in it", OUT, PASSED, { CALL4, .flags = SYN, .payload = 100 } },
	{ "IPv6 TCP call that a rule allows", OUT, PASSED, { CALL6, .flags = SYN } },
	{ "TCP call to a port that no rule allows", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "10.1.0.1", .to_port = 80, .flags = SYN } },
	{ "N-01 TCP call to a peer that no rule allows", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "10.3.0.1", .to_port = 443, .flags = SYN } },
	{ "N-01 IPv6 TCP call to a peer that no rule allows", OUT, DEFAULT,
	  { .from = "2001:db8::2", .to = "2001:db8:3::1", .to_port = 443, .flags = SYN } },
	{ "N-01 IPv4 in the form of IPv6", OUT, DEFAULT,
	  { .from = "2001:db8::2", .to = "::ffff:10.1.0.1", .to_port = 443, .flags = SYN } },
	{ "TCP call with the ports the other way round", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "10.1.0.1", .from_port = 443, .to_port = 40000, .flags = SYN } },
	{ "N-27 broad denial beats a narrower permission", OUT, RULE,
	  { .from = "10.0.0.2", .to = "10.1.9.9", .to_port = 443, .flags = SYN } },
	{ "N-27 the neighbour of what is denied", OUT, PASSED,
	  { .from = "10.0.0.2", .to = "10.1.8.255", .to_port = 443, .flags = SYN } },
	{ "N-27 narrow denial beats a broader permission", IN, RULE,
	  { .from = "10.2.3.4", .to = "10.0.0.2", .to_port = 8080, .flags = SYN } },
	{ "N-19 TCP called by an allowed peer", IN, PASSED, { CALLED4, .flags = SYN } },
	{ "N-19 IPv6 TCP called by an allowed peer", IN, PASSED, { CALLED6, .flags = SYN } },
	{ "N-19 TCP called by another peer", IN, DEFAULT,
	  { .from = "10.3.0.1", .to = "10.0.0.2", .to_port = 8080, .flags = SYN } },
	{ "N-19 TCP called at another port", IN, DEFAULT,
	  { .from = "10.2.0.1", .to = "10.0.0.2", .to_port = 8081, .flags = SYN } },
	{ "N-19 TCP called by a peer that may only be called", IN, DEFAULT,
	  { .from = "10.1.0.1", .to = "10.0.0.2", .from_port = 443, .to_port = 40000, .flags = SYN } },
	{ "N-06 multicast that a rule allows", OUT, PASSED,
	  { .from = "10.0.0.2", .to = "224.0.0.251", .to_port = 5353, .protocol = UDP } },
	{ "N-06 multicast to another group", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "224.0.0.1", .to_port = 5353, .protocol = UDP } },
	{ "N-06 broadcast", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "255.255.255.255", .to_port = 53, .protocol = UDP } },
	{ "loopback is a peer as any other", OUT, DEFAULT,
	  { .from = "127.0.0.1", .to = "127.0.0.1", .to_port = 443, .flags = SYN } },

	/* Replies. */
	{ "SYN-ACK to an allowed peer", OUT, REPLY,
	  { .from = "10.0.0.2", .to = "10.2.0.1", .from_port = 8080, .to_port = 50000,
	    .flags = SYN | ACK } },
	{ "IPv6 SYN-ACK to an allowed peer", OUT, REPLY,
	  { .from = "2001:db8::2", .to = "2001:db8:2::1", .from_port = 8080, .to_port = 50000,
	    .flags = SYN | ACK } },
	{ "SYN-ACK to a peer that may not call", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "10.3.0.1", .from_port = 8080, .to_port = 50000,
	    .flags = SYN | ACK } },
	{ "SYN-ACK to a peer that may only be called", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "10.1.0.1", .from_port = 443, .to_port = 443,
	    .flags = SYN | ACK } },
	{ "data on a connection that was accepted", IN, PASSED,
	  { CALLED4, .flags = ACK, .payload = 10 } },
	{ "SYN-ACK that nobody asked for", IN, DEFAULT,
	  { .from = "10.1.0.1", .to = "10.0.0.2", .from_port = 443, .to_port = 40000,
	    .flags = SYN | ACK } },
	{ "segment that nobody asked for", IN, DEFAULT,
	  { .from = "10.1.0.1", .to = "10.0.0.2", .from_port = 443, .to_port = 40000,
	    .flags = ACK } },
	{ "reset that nobody asked for", IN, DEFAULT,
	  { .from = "10.1.0.1", .to = "10.0.0.2", .from_port = 443, .to_port = 40000,
	    .flags = RST } },
	{ "UDP answer before the question", IN, DEFAULT, { TOLD4 } },
	{ "UDP question", OUT, PASSED, { ASK4, .payload = 30 } },
	{ "UDP answer", IN, REPLY, { TOLD4, .payload = 60 } },
	{ "N-22 UDP answer from another peer", IN, DEFAULT,
	  { .from = "10.1.0.2", .to = "10.0.0.2", .from_port = 53, .to_port = 40001,
	    .protocol = UDP } },
	{ "N-22 UDP answer from another port", IN, DEFAULT,
	  { .from = "10.1.0.1", .to = "10.0.0.2", .from_port = 54, .to_port = 40001,
	    .protocol = UDP } },
	{ "N-22 UDP answer to another port", IN, DEFAULT,
	  { .from = "10.1.0.1", .to = "10.0.0.2", .from_port = 53, .to_port = 40002,
	    .protocol = UDP } },
	{ "N-23 TCP segment as answer to UDP", IN, DEFAULT,
	  { .from = "10.1.0.1", .to = "10.0.0.2", .from_port = 53, .to_port = 40001,
	    .flags = ACK } },
	{ "IPv6 UDP question", OUT, PASSED, { ASK6 } },
	{ "IPv6 UDP answer", IN, REPLY, { TOLD6 } },
	{ "UDP from an allowed peer, first port", IN, PASSED,
	  { .from = "10.2.0.1", .to = "10.0.0.2", .from_port = 9, .to_port = 5000, .protocol = UDP } },
	{ "UDP from an allowed peer, last port", IN, PASSED,
	  { .from = "10.2.0.1", .to = "10.0.0.2", .from_port = 9, .to_port = 5010, .protocol = UDP } },
	{ "UDP from an allowed peer, one port further", IN, DEFAULT,
	  { .from = "10.2.0.1", .to = "10.0.0.2", .from_port = 9, .to_port = 5011, .protocol = UDP } },
	{ "UDP answer to it", OUT, REPLY,
	  { .from = "10.0.0.2", .to = "10.2.0.1", .from_port = 5000, .to_port = 9, .protocol = UDP } },
	{ "UDP answer to another port of the peer", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "10.2.0.1", .from_port = 5000, .to_port = 10,
	    .protocol = UDP } },

	/* N-07: extension headers and options. */
	{ "N-07 destination options with padding", OUT, PASSED, { CALL6, .flags = SYN,
	  .extensions = { PAD } } },
	{ "N-07 hop-by-hop, then destination options", OUT, PASSED, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(HOP_BY_HOP, PADDED), PAD } } },
	{ "N-07 hop-by-hop with a jumbo length", OUT, PASSED, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(HOP_BY_HOP, "\0\0\xC2\x04\0\0\0\0") } } },
	{ "N-07 six destination options", OUT, PASSED, { CALL6, .flags = SYN,
	  .extensions = { PAD, PAD, PAD, PAD, PAD, PAD } } },
	{ "N-07 seven destination options", OUT, EXTENSIONS, { CALL6, .flags = SYN,
	  .extensions = { PAD, PAD, PAD, PAD, PAD, PAD, PAD } } },
	{ "N-07 one with sixteen bytes of padding", OUT, PASSED, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(DESTINATION, "\0\x01\x01\x0c\0\0\0\0\0\0\0\0\0\0\0\0") } } },
	{ "N-07 padding by single bytes, more than the walk takes", OUT, EXTENSIONS,
	  { CALL6, .flags = SYN, .extensions = { EXTENSION(DESTINATION,
	    "\0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") } } },
	{ "N-07 extension headers hide a port that is not allowed", OUT, DEFAULT,
	  { .from = "2001:db8::2", .to = "2001:db8:1::1", .to_port = 80, .flags = SYN,
	    .extensions = { PAD } } },
	{ "N-07 hop-by-hop in second place", OUT, MALFORMED, { CALL6, .flags = SYN,
	  .extensions = { PAD, EXTENSION(HOP_BY_HOP, PADDED) } } },
	{ "N-07 jumbo length in destination options", OUT, EXTENSIONS, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(DESTINATION, "\0\0\xC2\x04\0\0\0\0") } } },
	{ "N-07 home address, which replaces the source", IN, EXTENSIONS, { CALLED6, .flags = SYN,
	  .extensions = { EXTENSION(DESTINATION,
	    "\0\x02\xC9\x10\x20\x01\x0d\xb8\0\2\0\0\0\0\0\0\0\0\0\1\x01\x02\0\0") } } },
	{ "N-07 option that runs out of its header", OUT, MALFORMED, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(DESTINATION, "\0\0\x01\x05\0\0\0\0") } } },
	{ "N-07 header that runs out of the packet", OUT, TRUNCATED, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(DESTINATION, "\0\x20\x01\x04\0\0\0\0") } } },
	{ "N-07 routing header of type 0", OUT, EXTENSIONS, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(ROUTING, "\0\x02\0\x01\0\0\0\0\x20\x01\x0d\xb8\0\3\0\0"
				    "\0\0\0\0\0\0\0\1") } } },
	{ "N-07 routing header of type 4", OUT, EXTENSIONS, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(ROUTING, "\0\0\x04\0\0\0\0\0") } } },
	{ "N-07 authentication header before TCP", OUT, EXTENSIONS, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(AUTHENTICATION, "\0\x04\0\0\0\0\0\1\0\0\0\1\0\0\0\0"
				    "\0\0\0\0\0\0\0\0") } } },
	{ "N-07 nothing behind the extension headers", OUT, PROTOCOL, { CALL6,
	  .protocol = NOTHING_NEXT, .extensions = { PAD } } },
	{ "N-07 IPv4 option of padding, IHL 6", OUT, OPTIONS, { CALL4, .flags = SYN,
	  .options = "\1\1\1\0", .options_length = 4 } },
	{ "N-07 IPv4 options up to IHL 15", OUT, OPTIONS, { CALL4, .flags = SYN,
	  .options = "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"
		     "\1\1\1\0", .options_length = 40 } },
	{ "N-07 loose source route", OUT, OPTIONS, { CALL4, .flags = SYN,
	  .options = "\x83\x07\x04\x0a\x03\0\x01\0", .options_length = 8 } },
	{ "N-07 strict source route", IN, OPTIONS, { CALLED4, .flags = SYN,
	  .options = "\x89\x07\x04\x0a\x03\0\x01\0", .options_length = 8 } },
	{ "N-07 IHL 4", OUT, MALFORMED, { CALL4, .flags = SYN, .words = 4 } },
	{ "N-07 IHL 0", OUT, MALFORMED, { CALL4, .flags = SYN, .words = 16 } },
	{ "N-07 IHL 15 without the options", OUT, MALFORMED, { CALL4, .flags = SYN, .words = 15 } },

	/* N-08: fragments. */
	{ "N-08 first fragment with the whole TCP header", OUT, IS_FRAGMENT, { CALL4, .flags = SYN,
	  .payload = 100, .fragment = 0x2000 } },
	{ "N-08 later fragment", OUT, IS_FRAGMENT, { CALL4, .flags = SYN, .fragment = 0x0001 } },
	{ "N-08 last fragment at the far end", IN, IS_FRAGMENT, { CALLED4, .flags = SYN,
	  .fragment = 0x1FFF } },
	{ "N-08 reserved bit beside the fragment flags", OUT, MALFORMED, { CALL4, .flags = SYN,
	  .fragment = 0x8000 } },
	{ "N-08 do not fragment is no fragment", OUT, PASSED, { CALL4, .flags = SYN,
	  .fragment = 0x4000 } },
	{ "N-08 IPv6 first fragment", OUT, IS_FRAGMENT, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(FRAGMENT, "\0\0\0\1\0\0\0\1") } } },
	{ "N-08 IPv6 later fragment", OUT, IS_FRAGMENT, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(FRAGMENT, "\0\0\0\x08\0\0\0\1") } } },
	{ "N-08 IPv6 fragment of one piece", OUT, IS_FRAGMENT, { CALL6, .flags = SYN,
	  .extensions = { EXTENSION(FRAGMENT, "\0\0\0\0\0\0\0\1") } } },
	{ "N-08 IPv6 fragment with a reserved byte", IN, IS_FRAGMENT, { CALLED6, .flags = SYN,
	  .extensions = { EXTENSION(FRAGMENT, "\0\1\0\0\0\0\0\1") } } },
	{ "N-08 IPv6 fragment behind destination options", IN, IS_FRAGMENT, { CALLED6, .flags = SYN,
	  .extensions = { PAD, EXTENSION(FRAGMENT, "\0\0\0\1\0\0\0\1") } } },

	/* Other protocols. */
	{ "N-08 ICMP in IPv6", OUT, PROTOCOL, { CALL6, .protocol = ICMP } },
	{ "N-08 ICMPv6 in IPv4", OUT, PROTOCOL, { CALL4, .protocol = ICMP6 } },
	{ "N-09 ICMP of a type that no rule allows", OUT, DEFAULT,
	  { PING4, .protocol = ICMP, .type = 13 } },
	{ "N-09 ICMPv6 of a type that no rule allows", IN, DEFAULT,
	  { .from = "2001:db8:2::1", .to = "2001:db8::2", .protocol = ICMP6, .type = 134 } },
	{ "N-09 ICMP to a peer that no rule allows", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "10.3.0.1", .protocol = ICMP, .type = 8 } },
	{ "N-23 answer to no echo", IN, DEFAULT, { PONG4, .protocol = ICMP, .type = 0, .id = 77 } },
	{ "N-23 echo out", OUT, PASSED, { PING4, .protocol = ICMP, .type = 8, .id = 77 } },
	{ "N-23 its answer", IN, REPLY, { PONG4, .protocol = ICMP, .type = 0, .id = 77 } },
	{ "N-23 an answer of another id", IN, DEFAULT, { PONG4, .protocol = ICMP, .type = 0, .id = 78 } },
	{ "N-23 an echo back, by its id", IN, DEFAULT, { PONG4, .protocol = ICMP, .type = 8, .id = 77 } },
	{ "N-23 another type back, by its id", IN, DEFAULT,
	  { PONG4, .protocol = ICMP, .type = 3, .id = 77 } },
	{ "N-23 IPv6 answer to no echo", OUT, DEFAULT,
	  { PONG6, .protocol = ICMP6, .type = 129, .id = 5 } },
	{ "N-23 IPv6 echo in", IN, PASSED, { PING6, .protocol = ICMP6, .type = 128, .id = 5 } },
	{ "N-23 IPv6 its answer", OUT, REPLY, { PONG6, .protocol = ICMP6, .type = 129, .id = 5 } },
	{ "N-23 IPv6 echo out, by its id", OUT, DEFAULT,
	  { PONG6, .protocol = ICMP6, .type = 128, .id = 5 } },
	{ "N-08 echo with a code", OUT, MALFORMED,
	  { PING4, .protocol = ICMP, .type = 8, .code = 1, .id = 77 } },
	{ "SCTP that a rule allows", OUT, PASSED, { SCTP4, .protocol = SCTP } },
	{ "SCTP and its answer", IN, REPLY, { .from = "10.1.0.1", .to = "10.0.0.2",
	  .from_port = 9899, .to_port = 40000, .protocol = SCTP } },
	{ "SCTP to a port that no rule allows", OUT, DEFAULT, { CALL4, .protocol = SCTP } },
	{ "N-08 UDP-Lite", IN, PROTOCOL, { CALLED4, .protocol = 136 } },
	{ "N-08 IPv4 in IPv4", OUT, PROTOCOL, { CALL4, .protocol = 4 } },
	{ "N-08 GRE", OUT, PROTOCOL, { CALL4, .protocol = 47 } },
	{ "N-08 ESP in IPv6", OUT, PROTOCOL, { CALL6, .protocol = 50 } },
	{ "N-08 unknown protocol", OUT, PROTOCOL, { CALL4, .protocol = 255 } },
	{ "unknown ethertype", OUT, PROTOCOL, { CALL4, .flags = SYN, .ethertype = 0x88B5 } },
	{ "ARP", IN, PROTOCOL, { CALLED4, .ethertype = 0x0806 } },

	/* Headers that contradict themselves. */
	{ "IPv6 in an IPv4 frame", OUT, MALFORMED, { CALL4, .flags = SYN, .version = 6 } },
	{ "IPv4 in an IPv6 frame", OUT, MALFORMED, { CALL6, .flags = SYN, .version = 4 } },
	{ "IPv4 claims more than there is", OUT, TRUNCATED, { CALL4, .flags = SYN, .longer = 1 } },
	{ "IPv4 claims less than its header", OUT, MALFORMED, { CALL4, .flags = SYN, .longer = -21 } },
	{ "IPv4 claims less than TCP's header", OUT, TRUNCATED, { CALL4, .flags = SYN, .longer = -1 } },
	{ "IPv4 claims no length", OUT, MALFORMED, { CALL4, .flags = SYN, .longer = -40 } },
	{ "IPv6 claims more than there is", OUT, TRUNCATED, { CALL6, .flags = SYN, .longer = 1 } },
	{ "IPv6 claims no length", OUT, TRUNCATED, { CALL6, .flags = SYN, .longer = -20 } },
	{ "TCP header of 4 words", OUT, MALFORMED, { CALL4, .flags = SYN, .tcp_words = 4 } },
	{ "TCP header of no words", OUT, MALFORMED, { CALL4, .flags = SYN, .tcp_words = 16 } },
	{ "TCP header longer than the packet", OUT, TRUNCATED, { CALL4, .flags = SYN, .tcp_words = 6 } },
	{ "TCP header as long as the packet", OUT, PASSED, { CALL4, .flags = SYN, .tcp_words = 6,
	  .payload = 4 } },
	{ "SYN and FIN", OUT, MALFORMED, { CALL4, .flags = SYN | FIN } },
	{ "SYN and RST", OUT, MALFORMED, { CALL4, .flags = SYN | RST } },
	{ "SYN, FIN and ACK", IN, MALFORMED, { CALLED4, .flags = SYN | FIN | ACK } },
	{ "no flag at all", IN, MALFORMED, { CALLED4 } },
	{ "FIN alone", IN, MALFORMED, { CALLED4, .flags = FIN } },
	{ "UDP claims more than there is", OUT, TRUNCATED, { ASK4, .udp_longer = 1 } },
	{ "UDP claims less than its header", OUT, MALFORMED, { ASK4, .udp_longer = -1 } },
	{ "UDP claims no length", OUT, MALFORMED, { ASK4, .udp_longer = -8 } },
};
const size_t vector_count = COUNT(vectors);

const struct vector vectors_after[] = {
	{ "N-21 UDP answer under the next policy, which still has the rule", IN, REPLY, { TOLD4 } },
	{ "N-21 UDP question under it", OUT, PASSED, { ASK4 } },
	{ "N-21 IPv6 UDP answer, whose rule is gone", IN, ENDED, { TOLD6 } },
	{ "N-21 IPv6 UDP question, whose rule is gone", OUT, ENDED, { ASK6 } },
	{ "N-21 UDP in, whose rule was only moved", IN, PASSED,
	  { .from = "10.2.0.1", .to = "10.0.0.2", .from_port = 9, .to_port = 5000, .protocol = UDP } },
	{ "N-21 TCP call, whose rule is gone", OUT, DEFAULT, { CALL4, .flags = SYN } },
};
const size_t vector_after_count = COUNT(vectors_after);

const struct vector vectors_older[] = {
	{ "F-23 data on a connection of before, as if it was begun here", OUT, PASSED,
	  { CALL4, .flags = ACK, .payload = 10 } },
	{ "F-23 data on one from the other end", IN, REPLY,
	  { .from = "10.1.0.1", .to = "10.0.0.2", .from_port = 443, .to_port = 40000, .flags = ACK } },
	{ "F-23 the same of IPv6", IN, REPLY,
	  { .from = "2001:db8:1::1", .to = "2001:db8::2", .from_port = 443, .to_port = 40000,
	    .flags = ACK } },
	{ "F-23 data on one as if it was begun there", IN, PASSED, { CALLED4, .flags = ACK } },
	{ "F-23 its answer", OUT, REPLY,
	  { .from = "10.0.0.2", .to = "10.2.0.1", .from_port = 8080, .to_port = 50000,
	    .flags = ACK, .payload = 10 } },
	{ "F-23 a call by a peer that may only be called", IN, DEFAULT,
	  { .from = "10.1.0.1", .to = "10.0.0.2", .from_port = 443, .to_port = 40000, .flags = SYN } },
	{ "F-23 a call of a peer that may only call", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "10.2.0.1", .from_port = 8080, .to_port = 50000, .flags = SYN } },
	{ "F-23 data of a connection that no rule allows either way", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "10.3.0.1", .from_port = 40000, .to_port = 443, .flags = ACK } },
	{ "F-23 data of one that rules deny either way", IN, RULE,
	  { .from = "10.2.3.4", .to = "10.0.0.2", .from_port = 50000, .to_port = 8080, .flags = ACK } },
	{ "F-23 data to a peer that is denied", OUT, DEFAULT,
	  { .from = "10.0.0.2", .to = "10.1.9.9", .from_port = 40000, .to_port = 443, .flags = ACK } },
};
/* clang-format on */
const size_t vector_older_count = COUNT(vectors_older);
