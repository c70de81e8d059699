// SPDX-License-Identifier: GPL-2.0-only
/*
 * One capture, replayed at a tenant that is enforced and at one that is only
 * observed. It is made from a seed: flows and replies to them, of all protocols,
 * and packets that are broken in all the ways that a few changed bytes break one.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "packet.h"
#include "reference.h"

#define RULES 60
#define ENDS 600

/* A flow's ends, from which packets of both its directions are made. */
struct ends {
	struct policy_flow flow;
	uint16_t other_port;
};

/* One of the two: how it judges, and where it counts. */
struct side {
	struct bench bench;
	uint32_t key;
	struct cloison_stats before;
	unsigned int passed;
};

static struct side side_open(enum cloison_mode mode, uint32_t key, const struct policy *policy)
{
	struct cloison_test test = bench_test(mode, CLOISON_HAS_ADDRESSES);
	struct side side = { .bench = bench_open(&test), .key = key };

	bench_fill(&side.bench, SLOT, policy);
	side.before = bench_stats(&side.bench, INDEX, key);
	return side;
}

/* What the packet was counted as; -1 if not just once. */
static int side_run(struct side *side, enum cloison_direction direction, const uint8_t *bytes,
		    size_t length)
{
	struct cloison_stats after;
	int passed, reason = -1;
	unsigned int counted = 0;
	uint64_t grown;
	int i;

	passed = bench_run(&side->bench, direction, bytes, length);
	if (passed < 0)
		return -1;
	side->passed += passed;
	after = bench_stats(&side->bench, INDEX, side->key);
	for (i = 0; i < CLOISON_REASON_COUNT; i++) {
		grown = ((__u64 *)&after)[CLOISON_STATS_REASON(i)] -
			((__u64 *)&side->before)[CLOISON_STATS_REASON(i)];
		counted += grown;
		if (grown)
			reason = i;
	}
	side->before = after;
	return counted == 1 ? reason : -1;
}

static size_t packet_of(const struct ends *ends, bool reply, uint8_t *bytes)
{
	const struct policy_flow *flow = &ends->flow;
	bool ipv6 = flow->family == CLOISON_IPV6;
	bool out = (flow->direction == CLOISON_EGRESS) != reply;
	const char *own = random_below(50) ? ipv6 ? "2001:db8::2" : "10.0.0.2" :
			  ipv6		   ? "2001:db8::3" :
					     "10.0.0.3";
	char peer[INET6_ADDRSTRLEN];
	struct packet packet = {
		.protocol = flow->protocol,
		.from_port = reply ? flow->port : ends->other_port,
		.to_port = reply ? ends->other_port : flow->port,
		.flags = reply		 ? SYN | ACK :
			 random_below(3) ? SYN :
					   ACK,
		.payload = random_below(3) ? 0 : random_below(600),
		.type = flow->port,
	};
	size_t transport;

	inet_ntop(ipv6 ? AF_INET6 : AF_INET, flow->address, peer, sizeof(peer));
	packet.from = out ? own : peer;
	packet.to = out ? peer : own;
	if (flow->protocol == CLOISON_ICMP && (flow->port == 8 || flow->port == 0))
		packet.type = reply ? 0 : 8;
	if (flow->protocol == CLOISON_ICMP6 && (flow->port == 128 || flow->port == 129))
		packet.type = reply ? 129 : 128;
	packet.id = ends->other_port;
	return packet_write(&packet, bytes, &transport);
}

/* In one packet of ten something is broken; never so that the kernel takes none. */
static size_t packet_break(uint8_t *bytes, size_t length)
{
	size_t least = ETHERNET_HEADER + packet_ip_header(bytes), i;

	if (random_below(10))
		return length;
	for (i = 1 + random_below(3); i; i--)
		bytes[ETHERNET_HEADER + random_below(length - ETHERNET_HEADER)] ^=
			1 << random_below(8);
	return random_below(2) ? length : least + random_below(length - least + 1);
}

static void policy_make(struct policy *policy, struct ends *ends)
{
	static const char *const addresses[] = { "10.0.0.2", "2001:db8::2" };
	struct cloison_own own;
	size_t i;

	random_policy(policy, RULES, false);
	for (i = 0; i < 2; i++)
		if (policy_own_parse(addresses[i], &own, NULL) || policy_own_add(policy, &own))
			give_up("an address", &(struct problem){ "cannot be added" });
	for (i = 0; i < ENDS; i++) {
		random_flow(policy, &ends[i].flow, false);
		ends[i].other_port = 1024 + random_below(60000);
	}
}

void replay_run(unsigned int count, uint64_t seed)
{
	static struct ends ends[ENDS];
	unsigned int seen[CLOISON_REASON_COUNT] = {}, differ = 0, unclear = 0, kinds = 0, i;
	struct side enforced, observed;
	struct policy policy = {};
	uint8_t bytes[PACKET_MAX];
	unsigned int passes = 0;
	char name[128];

	random_state = seed;
	policy_make(&policy, ends);
	enforced = side_open(CLOISON_ENFORCE, CLOISON_STATS_ENFORCED, &policy);
	observed = side_open(CLOISON_OBSERVE, CLOISON_STATS_OBSERVED, &policy);
	for (i = 0; i < count; i++) {
		const struct ends *end = &ends[random_below(ENDS)];
		bool reply = !random_below(3);
		bool out = (end->flow.direction == CLOISON_EGRESS) != reply;
		enum cloison_direction direction = out ? CLOISON_EGRESS : CLOISON_INGRESS;
		size_t length = packet_break(bytes, packet_of(end, reply, bytes));
		int first = side_run(&enforced, direction, bytes, length);
		int second = side_run(&observed, direction, bytes, length);

		if (first < 0)
			unclear++;
		else
			seen[first]++;
		if (first >= 0 && reason_passes(first))
			passes++;
		if (first != second && differ++ < 10)
			printf("# packet %u: enforced %d, observed %d\n", i, first, second);
	}
	bench_close(&enforced.bench);
	bench_close(&observed.bench);
	policy_free(&policy);

	snprintf(name, sizeof(name), "%u packets, the same verdict for each", count);
	line(!differ && !unclear && count, name);
	snprintf(name, sizeof(name), "observed, none is stopped: %u passed", observed.passed);
	line(observed.passed == count, name);
	snprintf(name, sizeof(name), "enforced, %u passed: those with a verdict that says so",
		 enforced.passed);
	line(enforced.passed == passes && passes, name);
	for (i = 0; i < CLOISON_REASON_COUNT; i++) {
		kinds += seen[i] > 0;
		printf("# %s %u\n", guard_reason_name(i, NULL), seen[i]);
	}
	line(kinds >= 8 && seen[CLOISON_REASON_replies] && seen[CLOISON_REASON_denied_rule],
	     "the capture has packets of all kinds");
}
