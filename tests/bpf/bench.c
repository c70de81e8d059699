// SPDX-License-Identifier: GPL-2.0-only
/* The guard under test, and lines of TAP. */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned int lines, failures;

void line(bool ok, const char *name)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++lines, name);
	failures += !ok;
}

void give_up(const char *what, const struct problem *problem)
{
	printf("Bail out! %s: %s\n", what, problem->text);
	exit(1);
}

static int program_fd(const struct bpf_object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

struct cloison_event last_event;

unsigned int events_read(const struct bench *bench)
{
	unsigned int events = 0;

	memset(&last_event, 0, sizeof(last_event));
	while (event_log_next(bench->log, &last_event))
		events++;
	return events;
}

struct cloison_test bench_test(enum cloison_mode mode, uint32_t flags)
{
	return (struct cloison_test){
		.on = 1,
		.any_socket = 1,
		.segment = {
			.tenant = TENANT,
			.index = INDEX,
			.slot = SLOT,
			.generation = 1,
			.mode = mode,
			.flags = flags,
		},
	};
}

/* As far as the generation, which is what a flow that goes on is asked for. */
static int bench_slot(const struct bench *bench, const struct cloison_test *test)
{
	struct cloison_slot slot = { .generation = test->segment.generation,
				     .tenant = test->segment.tenant };
	uint32_t index = INDEX;

	return bpf_map_update_elem(bench->maps.fd[GUARD_MAP_SLOTS], &index, &slot, BPF_ANY);
}

struct bench bench_open(const struct cloison_test *test)
{
	struct problem problem = {};
	struct bench bench = {};

	if (guard_object_load(test, NULL, &bench.object, &problem))
		give_up("the guard does not load", &problem);
	guard_object_maps(bench.object, &bench.maps);
	bench.programs[CLOISON_INGRESS] = program_fd(bench.object, "cloison_ingress");
	bench.programs[CLOISON_EGRESS] = program_fd(bench.object, "cloison_egress");
	if (guard_flows_new(&bench.maps, INDEX, CLOISON_FLOWS, &problem) ||
	    bench_slot(&bench, test))
		give_up("the tenant's maps", &problem);
	if (event_log_open(&bench.log, bench.maps.fd[GUARD_MAP_WRITTEN],
			   bench.maps.fd[GUARD_MAP_EVENTS]))
		give_up("the log of events", &problem);
	return bench;
}

void bench_close(struct bench *bench)
{
	event_log_close(bench->log);
	bpf_object__close(bench->object);
}

void bench_fill(const struct bench *bench, uint32_t slot, const struct policy *policy)
{
	struct problem problem = {};

	if (guard_slot_fill(&bench->maps, slot, policy, &problem))
		give_up("the policy", &problem);
}

void bench_policy(const struct bench *bench, uint32_t slot, const char *const rules[], size_t count)
{
	struct policy policy = {};
	struct problem problem = {};
	struct policy_entry entry;
	size_t i;

	for (i = 0; i < count; i++)
		if (policy_line_parse(rules[i], &entry, &problem) ||
		    policy_add(&policy, &entry, &problem))
			give_up(rules[i], &problem);
	bench_fill(bench, slot, &policy);
	policy_free(&policy);
}

struct cloison_stats bench_stats(const struct bench *bench, uint32_t index, uint32_t key)
{
	struct cloison_stats stats = {};
	struct problem problem = {};

	if (guard_index_stats(&bench->maps, index, key, &stats, &problem))
		give_up("the counters", &problem);
	return stats;
}

/* Whether the packet passes, or a negative errno. */
int bench_run(const struct bench *bench, enum cloison_direction direction, const uint8_t *bytes,
	      size_t length)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes, .data_size_in = length);

	if (bpf_prog_test_run_opts(bench->programs[direction], &options))
		return -errno;
	return options.retval & 1;
}

bool reason_passes(enum cloison_reason reason)
{
	return reason == CLOISON_REASON_passed || reason == CLOISON_REASON_replies;
}

/* All budgets whole again, so that the next events are told however many came before. */
void bench_budget_reset(const struct bench *bench)
{
	const struct cloison_budget whole = {};
	uint32_t index = INDEX;

	if (bpf_map_update_elem(bench->maps.fd[GUARD_MAP_BUDGET], &index, &whole, BPF_ANY))
		give_up("the budget of events", &(struct problem){ "cannot be written" });
}
