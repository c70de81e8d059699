// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs packets through the guard's programs, as the kernel has verified and
 * compiled them, by BPF_PROG_TEST_RUN. The policy gets there by the same code
 * as a real tenant's. Prints TAP.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "table.h"

static unsigned int flows_told;

static bool same_address(const char *text, const uint8_t address[16])
{
	bool ipv6 = strchr(text, ':');
	uint8_t bytes[16] = {};

	return inet_pton(ipv6 ? AF_INET6 : AF_INET, text, bytes) == 1 &&
	       !memcmp(bytes, address, sizeof(bytes));
}

/*
 * Every denial is told once, with what could be read of the packet; of what
 * passes only the first packet of a flow.
 */
static void event_check(const struct bench *bench, const struct vector *vector,
			enum cloison_reason reason, const char *name)
{
	bool out = vector->direction == CLOISON_EGRESS;
	unsigned int told = events_read(bench);
	const struct packet *packet = &vector->packet;
	const struct cloison_peer *peer = &last_event.peer;
	bool right = true;
	char text[300];

	snprintf(text, sizeof(text), "%s: its event", name);
	if (told) {
		right = last_event.reason == reason && last_event.direction == vector->direction &&
			last_event.hook == (out ? CLOISON_HOOK_egress : CLOISON_HOOK_ingress) &&
			last_event.verdict ==
				(reason_passes(reason) ? CLOISON_ALLOW : CLOISON_DENY) &&
			(reason != CLOISON_REASON_denied_rule || last_event.rule);
		if (reason != CLOISON_REASON_no_policy)
			right &= last_event.tenant == TENANT && last_event.mode == CLOISON_ENFORCE;
		if (peer->protocol && peer->remote_port && !peer->request)
			right &= same_address(out ? packet->to : packet->from, peer->address) &&
				 same_address(out ? packet->from : packet->to, last_event.local) &&
				 peer->remote_port == (out ? packet->to_port : packet->from_port) &&
				 peer->local_port == (out ? packet->from_port : packet->to_port);
	}
	if (reason_passes(reason)) {
		right &= told <= 1 && (reason != CLOISON_REASON_replies || !told);
		flows_told += told;
	} else {
		right &= told == 1;
	}
	if (reason == CLOISON_REASON_denied_rule || reason == CLOISON_REASON_denied_default)
		right &= peer->protocol != 0;
	line(right, text);
	if (!right)
		printf("# %u events, the last: reason %u rule %u\n", told, last_event.reason,
		       last_event.rule);
}

static void vector_run(const struct bench *bench, uint32_t index, const struct vector *vector,
		       enum cloison_reason reason)
{
	bool passes = reason_passes(reason);
	struct cloison_stats before, after;
	uint8_t bytes[PACKET_MAX];
	size_t transport, length, i;
	uint64_t counted = 0;
	char name[256];
	int passed;

	length = packet_write(&vector->packet, bytes, &transport);
	before = bench_stats(bench, index, CLOISON_STATS_ENFORCED);
	passed = bench_run(bench, vector->direction, bytes, length);
	after = bench_stats(bench, index, CLOISON_STATS_ENFORCED);
	for (i = 0; i < CLOISON_REASON_COUNT; i++)
		counted += ((__u64 *)&after)[CLOISON_STATS_REASON(i)] -
			   ((__u64 *)&before)[CLOISON_STATS_REASON(i)];

	snprintf(name, sizeof(name), "%s %s: %s",
		 vector->direction == CLOISON_EGRESS ? "out" : "in", vector->name,
		 guard_reason_name(reason, NULL));
	line(passed == passes && counted == 1 &&
		     ((__u64 *)&after)[CLOISON_STATS_REASON(reason)] -
				     ((__u64 *)&before)[CLOISON_STATS_REASON(reason)] ==
			     1,
	     name);
	if (passes) {
		bool out = vector->direction == CLOISON_EGRESS;

		snprintf(name, sizeof(name), "%s %s: its bytes", out ? "out" : "in", vector->name);
		line(after.bytes_out - before.bytes_out == (out ? length - ETHERNET_HEADER : 0) &&
			     after.bytes_in - before.bytes_in ==
				     (out ? 0 : length - ETHERNET_HEADER),
		     name);
	}
	event_check(bench, vector, reason, name);
	if (passed != passes)
		printf("# expected %d, saw %d\n", passes, passed);
	for (i = 0; i < CLOISON_REASON_COUNT; i++)
		if (i != reason && ((__u64 *)&after)[CLOISON_STATS_REASON(i)] !=
					   ((__u64 *)&before)[CLOISON_STATS_REASON(i)])
			printf("# counted as %s\n", guard_reason_name(i, NULL));
}

/* The same datagram twice: the second is of the flow that the first began. */
static void flow_goes_on(const struct bench *bench)
{
	const struct vector *vector = vectors;
	uint8_t bytes[PACKET_MAX];
	size_t transport, length;

	while (vector->reason != CLOISON_REASON_passed || vector->packet.protocol != UDP)
		vector++;
	length = packet_write(&vector->packet, bytes, &transport);
	bench_run(bench, vector->direction, bytes, length);
	events_read(bench);
	line(bench_run(bench, vector->direction, bytes, length) == 1 && !events_read(bench),
	     "a flow that goes on is not told again");
}

/*
 * Every shorter piece of every packet. As it is, none may pass: the headers
 * promise more than there is. With an IP header that agrees, it may pass if
 * the transport header is whole and the whole packet passed.
 */
static void truncations_run(const struct bench *bench)
{
	unsigned int ran = 0, refused = 0, leaked = 0, fewer = 0;
	char name[128];
	size_t i, length;

	for (i = 0; i < vector_count; i++) {
		const struct vector *vector = &vectors[i];
		bool passes = reason_passes(vector->reason);
		size_t whole, transport;
		uint8_t bytes[PACKET_MAX];

		whole = packet_write(&vector->packet, bytes, &transport);
		for (length = ETHERNET_HEADER; length < whole; length++) {
			int passed, agreeing;

			packet_write(&vector->packet, bytes, &transport);
			passed = bench_run(bench, vector->direction, bytes, length);
			packet_claim(bytes, length);
			agreeing = bench_run(bench, vector->direction, bytes, length);
			if (passed < 0 || agreeing < 0) {
				/* Some kernels take no packet without an IP header. */
				refused++;
				if (length < ETHERNET_HEADER + packet_ip_header(bytes))
					continue;
				printf("# %zu of %zu bytes: %s: %s\n", length, whole,
				       strerror(passed < 0 ? -passed : -agreeing), vector->name);
				leaked++;
				continue;
			}
			ran++;
			if (passed || (agreeing && (!passes || length < transport))) {
				printf("# %zu of %zu bytes pass: %s\n", length, whole,
				       vector->name);
				leaked++;
			}
			fewer += agreeing;
		}
	}
	snprintf(name, sizeof(name), "N-30 no truncated packet passes");
	line(!leaked && ran > 2000, name);
	printf("# %u truncations, %u passed with a shorter payload that all headers agree on, "
	       "%u too short for the kernel's test run\n",
	       ran, fewer, refused);
}

/* A tenant's flows, found by another generation of the guard and its policy. */
static void flows_share(const struct bench *from, const struct bench *to)
{
	static const enum guard_map tables[] = { GUARD_MAP_OURS, GUARD_MAP_THEIRS };
	struct problem problem = {};
	size_t i;

	for (i = 0; i < 2; i++) {
		int flows = guard_inner_open(&from->maps, tables[i], INDEX);

		if (flows < 0 || guard_inner_place(&to->maps, tables[i], &(uint32_t){ INDEX },
						   &flows, 1, &problem))
			give_up("the flows", &problem);
		close(flows);
	}
}

/* The same packets again, each of which would pass, for one reason not to. */
static void all_denied(const struct cloison_test *test, uint32_t index, enum cloison_reason reason)
{
	struct bench bench = bench_open(test);
	size_t i;

	bench_policy(&bench, SLOT, vector_policy, vector_policy_count);
	for (i = 0; i < vector_count; i++)
		if (reason_passes(vectors[i].reason))
			vector_run(&bench, index, &vectors[i], reason);
	bench_close(&bench);
}

/* The kernel gives up at a million; a margin is for kernels to come. */
#define INSTRUCTIONS_MAX 100000

static void instructions_check(const struct bench *bench)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, bench->object) {
		struct guard_program info;
		char name[128];

		if (bpf_program__fd(program) < 0 ||
		    guard_program_info(bpf_program__fd(program), &info))
			continue;
		snprintf(name, sizeof(name), "%s: at most %u instructions to verify", info.name,
			 INSTRUCTIONS_MAX);
		line(info.instructions && info.instructions <= INSTRUCTIONS_MAX, name);
		printf("# %u\n", info.instructions);
	}
}

static void older_run(struct cloison_test test)
{
	struct bench bench;
	size_t i;

	test.older = 1;
	bench = bench_open(&test);
	bench_policy(&bench, test.segment.slot, vector_policy, vector_policy_count);
	for (i = 0; i < vector_older_count; i++)
		vector_run(&bench, INDEX, &vectors_older[i], vectors_older[i].reason);
	bench_close(&bench);
}

static void vectors_run(void)
{
	struct cloison_test test = bench_test(CLOISON_ENFORCE, 0);
	struct cloison_test production = {};
	struct bench bench, next;
	size_t i;

	bench = bench_open(&test);
	bench_policy(&bench, SLOT, vector_policy, vector_policy_count);
	for (i = 0; i < vector_count; i++)
		vector_run(&bench, INDEX, &vectors[i], vectors[i].reason);

	test.segment.slot++;
	test.segment.generation++;
	next = bench_open(&test);
	flows_share(&bench, &next);
	bench_policy(&next, SLOT + 1, vector_policy_after, vector_policy_after_count);
	for (i = 0; i < vector_after_count; i++)
		vector_run(&next, INDEX, &vectors_after[i], vectors_after[i].reason);
	bench_close(&next);

	older_run(test);

	line(flows_told > 3, "flows that begin are told");
	flow_goes_on(&bench);
	truncations_run(&bench);
	instructions_check(&bench);
	bench_close(&bench);

	/* A test run's socket is of no kind, as the guard takes a raw one to be. */
	test.segment.slot--;
	test.any_socket = 0;
	all_denied(&test, INDEX, CLOISON_REASON_wrong_socket);
	/* As in production: the test run's socket is in no tenant's cgroup. */
	all_denied(&production, CLOISON_SEGMENTS, CLOISON_REASON_no_policy);
}

/* cloison-vectors [property|replay COUNT SEED | matrix COUNT SEED CGROUPS DIRECTORY] */
int main(int argc, char **argv)
{
	unsigned int count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;

	if (argc == 1) {
		vectors_run();
		device_run();
	} else if (!strcmp(argv[1], "property"))
		property_run(count, seed);
	else if (!strcmp(argv[1], "replay"))
		replay_run(count, seed);
	else if (!strcmp(argv[1], "matrix") && argc == 6)
		matrix_run(count, seed, argv[4], argv[5]);
	printf("1..%u\n", lines);
	return failures || !lines ? 1 : 0;
}
