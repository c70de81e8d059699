// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guard's programs cost by themselves, run by the kernel's own test
 * run, and how long a policy takes to be in force. Needs no module. Prints a
 * line for each run: what was measured, a colon, whose, and nanoseconds.
 *
 *   bench-net-guard packet RULES TENANTS RUNS DEVICE
 *   bench-net-guard commit RULES TENANTS RUNS CGROUP
 *   bench-net-guard names RULES TENANTS RUNS CGROUP
 *   bench-net-guard memory RULES
 *
 * packet: established:ours and new:ours, a TCP segment of a flow that goes on
 * and one that asks for a connection, with a policy of RULES rules beside
 * TENANTS - 1 of ten; datagram:ours, one of a connected UDP socket that goes on; the
 * same as :empty for a program that does nothing; and peers:ours and peers:empty, new
 * flows to a thousand peers one after another.
 * They go by DEVICE; loopback:ours and loopback:empty, of a flow that goes on, by
 * the loopback device, where more is asked.
 * commit: all:ours, RULES rules each of TENANTS that are attached below CGROUP put
 * in force at once; and one:ours, one rule of those changed. names: name:ours, another
 * address for a name of the DNS that all of their policies have. memory: tenant:ours and
 * rules:ours, bytes of a tenant without rules, and of RULES rules.
 */
#include <net/if.h>
#include <sched.h>

#include "../bpf/packet.h"
#include "clock.h"
#include "net-guard.h"

enum { REPEAT = 200000, PEERS = 1000, TENANT_RULES = 10, LOOPBACK = 1 };

static void say(const char *measure, const char *whose, uint64_t number)
{
	printf("%s:%s %llu\n", measure, whose, (unsigned long long)number);
	fflush(stdout);
}

/* ---- packets ------------------------------------------------------------- */

static void jit_assert(int program)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(program, &info, &size))
		die("a program");
	if (!info.jited_prog_len) {
		fputs("bench-net-guard: the JIT is off: set net.core.bpf_jit_enable\n", stderr);
		exit(1);
	}
}

/* Nanoseconds for each of @repeat times; the packet has to pass. */
static uint32_t packet_run(int program, const struct packet *packet, unsigned int device,
			   int repeat)
{
	uint8_t bytes[PACKET_MAX];
	size_t transport, length = packet_write(packet, bytes, &transport);
	struct __sk_buff skb = { .ifindex = device };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = bytes, .data_size_in = length,
		    .ctx_in = &skb, .ctx_size_in = sizeof(skb), .repeat = repeat);

	if (bpf_prog_test_run_opts(program, &options))
		die("a test run");
	if (!(options.retval & 1)) {
		fputs("bench-net-guard: a packet that is allowed does not pass\n", stderr);
		exit(1);
	}
	return options.duration;
}

/* One that the policy allows: an egress rule's peer. */
static void peer_of(const struct policy *policy, size_t rule, char text[INET_ADDRSTRLEN])
{
	inet_ntop(AF_INET, policy->rules[rule | 1].address, text, INET_ADDRSTRLEN);
}

static unsigned int device_of(const char *name)
{
	unsigned int device = if_nametoindex(name);

	if (!device)
		die(name);
	return device;
}

static uint64_t peers_run(int program, const struct policy *policy, unsigned int device)
{
	uint64_t sum = 0;
	uint32_t seed = 7;
	int i;

	for (i = 0; i < PEERS; i++) {
		char peer[INET_ADDRSTRLEN];
		struct packet packet = { .from = "10.0.0.1",
					 .to = peer,
					 .from_port = 40000,
					 .to_port = PORT,
					 .flags = SYN };

		peer_of(policy, random_next(&seed) % policy->count & ~1U, peer);
		sum += packet_run(program, &packet, device, 1);
	}
	return sum / PEERS;
}

/* What a flow that goes on is asked for. */
static void slot_begin(const struct guard_maps *maps, const struct cloison_test *test)
{
	const struct cloison_slot slot = { .generation = test->segment.generation,
					   .tenant = test->segment.tenant };
	uint32_t index = test->segment.index;

	if (bpf_map_update_elem(maps->fd[GUARD_MAP_SLOTS], &index, &slot, BPF_ANY))
		die("a slot");
}

static void packet_measure(size_t rules, uint32_t tenants, int runs, unsigned int device)
{
	const struct cloison_test test = {
		.on = 1,
		.any_socket = 1,
		.connected = 1,
		.segment = { .tenant = 1, .generation = 1, .mode = CLOISON_ENFORCE },
	};
	char peer[INET_ADDRSTRLEN];
	/* As seen from outside, so that its rule is for what comes in. */
	struct packet packet = {
		.from = "10.0.0.1", .to = peer, .from_port = PORT, .to_port = PORT, .payload = 64
	};
	struct policy policy = {}, others = {}, datagrams = {};
	int ours, run, empty = empty_program(BPF_PROG_TYPE_CGROUP_SKB, 0);
	struct guard_maps maps;
	struct bpf_object *object = object_open(&test, &maps);
	uint32_t i;

	policy_make(&policy, rules, 1);
	policy_make(&others, TENANT_RULES, 2);
	policy_make(&datagrams, rules, 1);
	for (i = 0; i < datagrams.count; i++)
		datagrams.rules[i].protocol = CLOISON_UDP;
	for (i = 0; i < tenants; i++) {
		tenant_maps(&maps, i);
		if (guard_slot_fill(&maps, 2 * i, i ? &others : &policy, &problem))
			die("a policy");
	}
	slot_begin(&maps, &test);
	ours = bpf_program__fd(bpf_object__find_program_by_name(object, "cloison_egress"));
	jit_assert(ours);
	jit_assert(empty);
	peer_of(&policy, policy.count / 2, peer);
	for (run = -1; run < runs; run++) {
		const int programs[] = { ours, empty };
		const char *const whose[] = { "ours", "empty" };

		for (i = 0; i < 2; i++) {
			uint64_t on, loopback, begins, peers;

			packet.flags = ACK;
			on = packet_run(programs[i], &packet, device, REPEAT);
			loopback = packet_run(programs[i], &packet, LOOPBACK, REPEAT);
			packet.flags = SYN;
			begins = packet_run(programs[i], &packet, device, REPEAT);
			peers = peers_run(programs[i], &policy, device);
			if (run < 0)
				continue;
			say("established", whose[i], on);
			say("loopback", whose[i], loopback);
			say("new", whose[i], begins);
			say("peers", whose[i], peers);
		}
	}
	if (guard_slot_fill(&maps, 0, &datagrams, &problem))
		die("a policy");
	packet.protocol = UDP;
	packet.flags = 0;
	for (run = -1; run < runs; run++) {
		uint64_t us = packet_run(ours, &packet, device, REPEAT);
		uint64_t nothing = packet_run(empty, &packet, device, REPEAT);

		if (run < 0)
			continue;
		say("datagram", "ours", us);
		say("datagram", "empty", nothing);
	}
	bpf_object__close(object);
}

/* ---- commits ------------------------------------------------------------- */

static void commit(const struct guard_maps *maps, struct guard_tenant *tenants, size_t count)
{
	if (guard_policy_commit(maps, tenants, count, &problem))
		die("a commit");
}

/* @parent: where its cgroup is made, which no other measurement has */
static void tenant_begin(const struct guard_maps *maps, const struct bpf_object *object,
			 struct guard_tenant *tenant, uint32_t index, const char *parent,
			 size_t rules)
{
	char path[256];

	tenant->number = index + 1;
	tenant->tenant.index = index;
	snprintf(tenant->tenant.name, sizeof(tenant->tenant.name), "bench-%u", index);
	snprintf(path, sizeof(path), "%s/%d-%u", parent, getpid(), index);
	tenant->next = calloc(1, sizeof(*tenant->next));
	if (!tenant->next)
		die("no memory");
	tenant_maps(maps, tenant->tenant.index);
	tenant_attach(maps, object, tenant, path);
	policy_make(tenant->next, rules, tenant->number);
}

/* Each run: all tenants' policies at once, then one rule of one of them. */
static void commit_measure(size_t rules, uint32_t count, int runs, const char *parent)
{
	const struct cloison_test production = {};
	struct guard_maps maps;
	struct bpf_object *object = object_open(&production, &maps);
	struct guard_tenant *tenants = calloc(count, sizeof(*tenants));
	uint32_t i;
	int run;

	if (!tenants)
		die("no memory");
	for (i = 0; i < count; i++)
		tenant_begin(&maps, object, &tenants[i], i, parent, rules);
	for (run = -1; run < runs; run++) {
		struct cloison_rule *rule = &tenants[0].next->rules[0];
		uint64_t begin = now(), middle;

		commit(&maps, tenants, count);
		middle = now();
		rule->first_port = rule->last_port = (__u16)(1000 + run);
		commit(&maps, tenants, 1);
		if (run < 0)
			continue;
		say("all", "ours", middle - begin);
		say("one", "ours", now() - middle);
	}
	bpf_object__close(object);
}

/* ---- names ---------------------------------------------------------------- */

/* What the resolver hears: another address each time. */
static bool renew(struct guard_names *names, const struct dns_owned *owned, uint64_t moment,
		  void *data)
{
	struct dns_name *name = names->names;
	uint32_t *address = data;

	(void)owned;
	if (names->count != 1)
		die("there is not one name");
	*address += 1;
	name->count = 1;
	name->addresses[0] = (struct cloison_address){ .family = CLOISON_IPV4 };
	memcpy(name->addresses[0].address, address, sizeof(*address));
	name->until[0] = moment + 60 * DNS_SECOND;
	return true;
}

/* What a command does before a commit: the names in policies have numbers. */
static void named(const struct guard_maps *maps, struct guard_tenant *tenants, uint32_t count)
{
	struct guard_directory directory;
	uint32_t i;

	if (guard_directory_read(maps, &directory, &problem))
		die("the tenants");
	for (i = 0; i < count; i++)
		if (guard_names_note(maps, &directory, tenants[i].next, &problem) ||
		    guard_members_resolve(&directory, tenants[i].tenant.name, tenants[i].next, true,
					  &problem))
			die("the names of a policy");
	guard_directory_free(&directory);
}

/* A name that is in the policies of all tenants gets another address. */
static void names_measure(size_t rules, uint32_t count, int runs, const char *parent)
{
	const struct cloison_test production = {};
	struct guard_maps maps;
	struct bpf_object *object = object_open(&production, &maps);
	struct guard_tenant *tenants = calloc(count, sizeof(*tenants));
	struct guard_names names = {};
	uint32_t i, address = 1;
	int run;

	if (!tenants)
		die("no memory");
	for (i = 0; i < count; i++) {
		struct cloison_rule *rule;

		tenant_begin(&maps, object, &tenants[i], i, parent, rules);
		/* Where it is looked which names are in a policy still. */
		if (bpf_map_update_elem(maps.fd[GUARD_MAP_TENANTS], &tenants[i].number,
					&tenants[i].tenant, BPF_ANY))
			die("a tenant");
		rule = &tenants[i].next->rules[1];
		rule->peers = CLOISON_PEERS_DNS;
		rule->family = CLOISON_ANY_FAMILY;
		rule->prefix = 0;
		memset(rule->address, 0, sizeof(rule->address));
		strcpy(rule->tenant, "models.example");
	}
	named(&maps, tenants, count);
	commit(&maps, tenants, count);
	for (run = -1; run < runs; run++) {
		uint64_t begin = now();

		if (guard_names_renew(&maps, &names, renew, &address, &problem))
			die("a name");
		if (run >= 0)
			say("name", "ours", now() - begin);
	}
	bpf_object__close(object);
}

/* ---- memory -------------------------------------------------------------- */

/* What the kernel says that a map has taken. */
static uint64_t map_bytes(const struct guard_maps *maps, enum guard_map outer, uint32_t index)
{
	int fd = guard_inner_open(maps, outer, index);
	unsigned long long bytes;
	char path[64], line[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (!found && file && fgets(line, sizeof(line), file))
		found = sscanf(line, "memlock: %llu", &bytes) == 1;
	if (!found)
		die(path);
	fclose(file);
	close(fd);
	return bytes;
}

static uint64_t policy_bytes(const struct guard_maps *maps)
{
	return map_bytes(maps, GUARD_MAP_ADDR4, 0) + map_bytes(maps, GUARD_MAP_ADDR6, 0) +
	       map_bytes(maps, GUARD_MAP_PORTS, 0) + map_bytes(maps, GUARD_MAP_RULES, 0);
}

/* A slot's two places of counters, on every CPU. */
static uint64_t counters_bytes(void)
{
	return 2 * sizeof(struct cloison_stats) * (uint64_t)libbpf_num_possible_cpus();
}

static void memory_measure(size_t rules)
{
	const struct cloison_test production = {};
	struct policy policy = {}, none = {};
	struct guard_maps maps;
	struct bpf_object *object = object_open(&production, &maps);
	uint64_t empty;

	tenant_maps(&maps, 0);
	if (guard_slot_fill(&maps, 0, &none, &problem))
		die("an empty policy");
	empty = policy_bytes(&maps);
	say("tenant", "ours",
	    empty + map_bytes(&maps, GUARD_MAP_OURS, 0) + map_bytes(&maps, GUARD_MAP_THEIRS, 0) +
		    map_bytes(&maps, GUARD_MAP_FRAGMENTS, 0) + counters_bytes());
	policy_make(&policy, rules, 1);
	if (guard_slot_fill(&maps, 0, &policy, &problem))
		die("a policy");
	say("rules", "ours", policy_bytes(&maps) - empty);
	bpf_object__close(object);
}

/* ---- what to do ---------------------------------------------------------- */

static int usage(void)
{
	fputs("usage: bench-net-guard packet RULES TENANTS RUNS DEVICE\n"
	      "       bench-net-guard commit RULES TENANTS RUNS CGROUP\n"
	      "       bench-net-guard names RULES TENANTS RUNS CGROUP\n"
	      "       bench-net-guard memory RULES\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	size_t rules = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		die("the first CPU");
	if (argc == 6 && !strcmp(argv[1], "packet"))
		packet_measure(rules, (uint32_t)atoi(argv[3]), atoi(argv[4]), device_of(argv[5]));
	else if (argc == 6 && !strcmp(argv[1], "commit"))
		commit_measure(rules, (uint32_t)atoi(argv[3]), atoi(argv[4]), argv[5]);
	else if (argc == 6 && !strcmp(argv[1], "names"))
		names_measure(rules, (uint32_t)atoi(argv[3]), atoi(argv[4]), argv[5]);
	else if (argc == 3 && !strcmp(argv[1], "memory"))
		memory_measure(rules);
	else
		return usage();
	return 0;
}
