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

#include "guard_private.h"
#include "table.h"

#define TENANT 7
#define INDEX 3
#define SLOT (2 * INDEX)

/* The guard under test. */
struct bench {
	struct bpf_object *object;
	struct guard_maps maps;
	struct ring_buffer *ring;
	int programs[3]; /* by enum cloison_direction */
};

static unsigned int lines, failures;

static void line(bool ok, const char *name)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++lines, name);
	failures += !ok;
}

static void give_up(const char *what, const struct problem *problem)
{
	printf("Bail out! %s: %s\n", what, problem->text);
	exit(1);
}

static int program_fd(const struct bpf_object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

/* What the ring has had since it was last looked at. */
static struct cloison_event last_event;
static unsigned int events, flows_told;

static int event_keep(void *context, void *data, size_t size)
{
	(void)context;
	if (size == sizeof(last_event))
		memcpy(&last_event, data, size);
	events++;
	return 0;
}

static unsigned int events_read(const struct bench *bench)
{
	events = 0;
	memset(&last_event, 0, sizeof(last_event));
	ring_buffer__consume(bench->ring);
	return events;
}

static struct bench bench_open(const struct cloison_test *test)
{
	struct problem problem = {};
	struct bench bench = {};

	if (guard_object_load(test, &bench.object, &problem))
		give_up("the guard does not load", &problem);
	guard_object_maps(bench.object, &bench.maps);
	bench.programs[CLOISON_INGRESS] = program_fd(bench.object, "cloison_ingress");
	bench.programs[CLOISON_EGRESS] = program_fd(bench.object, "cloison_egress");
	if (guard_inner_new(&bench.maps, GUARD_MAP_FLOWS, INDEX, CLOISON_FLOWS, &problem) ||
	    guard_inner_new(&bench.maps, GUARD_MAP_STATS, INDEX, 1, &problem) ||
	    guard_inner_new(&bench.maps, GUARD_MAP_STATS, CLOISON_SEGMENTS, 1, &problem))
		give_up("the tenant's maps", &problem);
	bench.ring = ring_buffer__new(bench.maps.fd[GUARD_MAP_EVENTS], event_keep, NULL, NULL);
	if (!bench.ring)
		give_up("the ring of events", &problem);
	return bench;
}

static void bench_close(struct bench *bench)
{
	ring_buffer__free(bench->ring);
	bpf_object__close(bench->object);
}

static void bench_policy(const struct bench *bench, uint32_t slot, const char *const rules[],
			 size_t count)
{
	struct policy policy = {};
	struct problem problem = {};
	struct cloison_rule rule;
	size_t i;

	for (i = 0; i < count; i++)
		if (policy_line_parse(rules[i], &rule, &problem) ||
		    policy_add(&policy, &rule, &problem))
			give_up(rules[i], &problem);
	if (guard_slot_fill(&bench->maps, slot, &policy, &problem))
		give_up("the policy", &problem);
	policy_free(&policy);
}

static struct cloison_stats bench_stats(const struct bench *bench, uint32_t index)
{
	int fd = guard_inner_open(&bench->maps, GUARD_MAP_STATS, index);
	struct cloison_stats stats = {};
	struct problem problem = {};

	if (guard_stats_sum(fd, &stats, &problem))
		give_up("the counters", &problem);
	close(fd);
	return stats;
}

/* Whether the packet passes, or a negative errno. */
static int bench_run(const struct bench *bench, enum cloison_direction direction,
		     const uint8_t *bytes, size_t length)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes, .data_size_in = length);

	if (bpf_prog_test_run_opts(bench->programs[direction], &options))
		return -errno;
	return options.retval & 1;
}

static bool reason_passes(enum cloison_reason reason)
{
	return reason == CLOISON_REASON_passed || reason == CLOISON_REASON_replies;
}

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
		if (peer->protocol && peer->remote_port)
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
	before = bench_stats(bench, index);
	passed = bench_run(bench, vector->direction, bytes, length);
	after = bench_stats(bench, index);
	for (i = 0; i < CLOISON_REASON_COUNT; i++)
		counted += ((__u64 *)&after)[i] - ((__u64 *)&before)[i];

	snprintf(name, sizeof(name), "%s %s: %s",
		 vector->direction == CLOISON_EGRESS ? "out" : "in", vector->name,
		 guard_reason_name(reason, NULL));
	line(passed == passes && counted == 1 &&
		     ((__u64 *)&after)[reason] - ((__u64 *)&before)[reason] == 1,
	     name);
	event_check(bench, vector, reason, name);
	if (passed != passes)
		printf("# expected %d, saw %d\n", passes, passed);
	for (i = 0; i < CLOISON_REASON_COUNT; i++)
		if (i != reason && ((__u64 *)&after)[i] != ((__u64 *)&before)[i])
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
	int flows = guard_inner_open(&from->maps, GUARD_MAP_FLOWS, INDEX);
	struct problem problem = {};

	if (flows < 0 || guard_inner_place(&to->maps, GUARD_MAP_FLOWS, INDEX, flows, &problem))
		give_up("the flows", &problem);
	close(flows);
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

int main(void)
{
	struct cloison_test test = {
		.on = 1,
		.any_socket = 1,
		.segment = {
			.tenant = TENANT,
			.index = INDEX,
			.slot = SLOT,
			.generation = 1,
			.mode = CLOISON_ENFORCE,
		},
	};
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

	line(flows_told > 3, "flows that begin are told");
	flow_goes_on(&bench);
	truncations_run(&bench);
	instructions_check(&bench);
	bench_close(&bench);

	/* A test run's socket is of no kind, as the guard takes a raw one to be. */
	test.segment.slot--;
	test.any_socket = 0;
	all_denied(&test, INDEX, CLOISON_REASON_wrong_socket);
	/* As in production: the test run has a cgroup storage nobody wrote to. */
	all_denied(&production, CLOISON_SEGMENTS, CLOISON_REASON_no_policy);

	printf("1..%u\n", lines);
	return failures ? 1 : 0;
}
