// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random policies and packets: the definition, the compiled tables, the same
 * steps through the kernel's maps, and the guard's programs themselves must
 * agree on verdict and rule for each.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "packet.h"
#include "reference.h"

/* Within the burst of events that a tenant may tell. */
#define CASES 400

/* As many of the cases have an end here that is no address of the tenant's. */
#define FOREIGN_ONE_IN 16

/* One in two policies has prefixes of its own, in which the addresses are. */
static const char *const own_addresses[][2] = { { "10.0.0.2", "2001:db8::2" },
						{ "10.0.0.0/28", "2001:db8::/64" } };

/* Inside those prefixes, and outside. */
static const char *const more_addresses[][2] = { { "10.0.0.3", "2001:db8::3" },
						 { "10.0.0.15", "2001:db8::f:0:0:1" },
						 { "10.0.0.16", "2001:db8:0:1::2" },
						 { "10.0.1.2", "2001:db9::2" } };

/* As many are looked up in the kernel's maps too, which takes many calls. */
#define LIVE_ONE_IN 8

struct tally {
	unsigned int cases, allowed, denied, defaults, foreign, answers, named, ports, wrong;
};

/* A policy that is tried, and who else there is. */
struct trial {
	const struct bench *bench;
	struct world world;
	struct policy policy;
	struct policy_tables tables;
};

static void text_of(const struct policy_flow *flow, char text[INET6_ADDRSTRLEN])
{
	inet_ntop(flow->family == CLOISON_IPV4 ? AF_INET : AF_INET6, flow->address, text,
		  INET6_ADDRSTRLEN);
}

/* Those that no rule can let begin anything. */
static bool is_answer(const struct policy_flow *flow)
{
	return (flow->protocol == CLOISON_ICMP && flow->port == 0) ||
	       (flow->protocol == CLOISON_ICMP6 && flow->port == 129);
}

/* All other ICMP has nothing that tells one of a type from the next. */
static bool is_echo(const struct policy_flow *flow)
{
	return is_answer(flow) || (flow->protocol == CLOISON_ICMP && flow->port == 8) ||
	       (flow->protocol == CLOISON_ICMP6 && flow->port == 128);
}

/* An address at this end, and whether it is the tenant's own. */
static const char *end_of(const struct policy *policy, bool ipv6, bool *foreign)
{
	const char *end = own_addresses[0][ipv6];
	struct policy_flow local = { .family = ipv6 ? CLOISON_IPV6 : CLOISON_IPV4 };

	if (!random_below(FOREIGN_ONE_IN))
		end = more_addresses[random_below(4)][ipv6];
	inet_pton(ipv6 ? AF_INET6 : AF_INET, end, local.address);
	*foreign = !is_own(policy->addresses, policy->address_count, &local);
	return end;
}

/* The first packet of a flow; @unique: so that no flow is there already. */
static size_t packet_of(const struct policy_flow *flow, const char *own, uint16_t unique,
			uint8_t *bytes)
{
	bool out = flow->direction == CLOISON_EGRESS;
	char peer[INET6_ADDRSTRLEN];
	struct packet packet = {
		.protocol = flow->protocol,
		.from_port = unique,
		.to_port = flow->port,
		.flags = SYN,
		.type = flow->port,
	};
	size_t transport;

	text_of(flow, peer);
	packet.from = out ? own : peer;
	packet.to = out ? peer : own;
	packet.id = is_echo(flow) ? unique : 0;
	return packet_write(&packet, bytes, &transport);
}

static void complain(const struct policy_flow *flow, const struct policy_answer *want,
		     const char *who, enum cloison_verdict verdict, uint32_t rule)
{
	char peer[INET6_ADDRSTRLEN];

	text_of(flow, peer);
	printf("# %s %s %u/%s: %s says %s by rule %u, the definition %s by rule %u\n",
	       policy_direction_name(flow->direction), peer, flow->port,
	       policy_protocol_name(flow->protocol), who, policy_verdict_name(verdict), rule,
	       policy_verdict_name(want->verdict), want->rule);
}

static void case_run(const struct trial *trial, const struct policy_flow *flow, uint16_t unique,
		     struct tally *tally)
{
	const struct bench *bench = trial->bench;
	const struct policy *policy = &trial->policy;
	struct policy_answer want = by_definition(policy, &trial->world.world, WORLD_SELF, flow),
			     have;
	bool foreign, answer = is_answer(flow);
	const char *end = end_of(policy, flow->family == CLOISON_IPV6, &foreign);
	enum cloison_reason reason = want.verdict == CLOISON_ALLOW ? CLOISON_REASON_passed :
				     want.rule			   ? CLOISON_REASON_denied_rule :
								     CLOISON_REASON_denied_default;
	bool types = flow->protocol == CLOISON_ICMP || flow->protocol == CLOISON_ICMP6;
	uint8_t bytes[PACKET_MAX];
	unsigned int told;
	size_t length;
	int passed;

	if (want.rule) {
		tally->named += policy->rules[want.rule - 1].peers != CLOISON_PEERS_PREFIX;
		tally->ports += policy->rules[want.rule - 1].port_name[0] != 0;
	}
	have = policy_tables_judge(&trial->tables, flow);
	if (have.verdict != want.verdict || have.rule != want.rule) {
		complain(flow, &want, "the compiler", have.verdict, have.rule);
		tally->wrong++;
	}
	if (unique % LIVE_ONE_IN == 0 && (guard_slot_judge(&bench->maps, SLOT, flow, &have) ||
					  have.verdict != want.verdict || have.rule != want.rule)) {
		complain(flow, &want, "explain by the maps", have.verdict, have.rule);
		tally->wrong++;
	}

	/* What stands before the rules: whose packet it is, and that it begins something. */
	if (answer || foreign) {
		reason = answer ? CLOISON_REASON_denied_default : CLOISON_REASON_not_own;
		want = (struct policy_answer){ CLOISON_DENY, 0 };
	}
	length = packet_of(flow, end, unique, bytes);
	passed = bench_run(bench, flow->direction, bytes, length);
	told = events_read(bench);
	/* Of a flow that goes on nothing is told. */
	if (types && !is_echo(flow) && passed == 1 && !told)
		last_event = (struct cloison_event){ .verdict = CLOISON_ALLOW,
						     .rule = want.rule,
						     .reason = CLOISON_REASON_passed };
	else if (told != 1)
		last_event = (struct cloison_event){};
	if (passed != (want.verdict == CLOISON_ALLOW) || last_event.verdict != want.verdict ||
	    last_event.rule != want.rule || last_event.reason != reason) {
		complain(flow, &want, "the kernel", last_event.verdict, last_event.rule);
		printf("# passed %d, counted as %u, expected %u\n", passed, last_event.reason,
		       reason);
		tally->wrong++;
	}
	tally->cases++;
	tally->allowed += reason == CLOISON_REASON_passed;
	tally->denied += reason == CLOISON_REASON_denied_rule;
	tally->defaults += reason == CLOISON_REASON_denied_default && !answer;
	tally->foreign += reason == CLOISON_REASON_not_own;
	tally->answers += answer;
}

static void policy_run(const struct bench *bench, bool dense, struct tally *tally)
{
	const char *const *own = own_addresses[random_below(2)];
	struct trial trial = { .bench = bench };
	struct policy *policy = &trial.policy;
	struct problem problem = {};
	struct cloison_own address;
	struct policy_flow flow;
	uint16_t i;

	random_world(&trial.world);
	if (random_policy_in(policy, &trial.world, dense ? random_below(200) : random_below(20),
			     dense))
		give_up("the names of a policy", &problem);
	for (i = 0; i < 2; i++)
		if (policy_own_parse(own[i], &address, &problem) ||
		    policy_own_add(policy, &address))
			give_up("an address", &problem);
	if (policy_compile(policy, &trial.tables, &problem))
		give_up("a policy", &problem);
	bench_fill(bench, SLOT, policy);
	if (guard_flows_new(&bench->maps, INDEX, CLOISON_FLOWS, &problem))
		give_up("the flows", &problem);
	bench_budget_reset(bench);
	for (i = 0; i < CASES; i++) {
		random_flow(policy, &flow, dense);
		case_run(&trial, &flow, i + 1, tally);
	}
	policy_tables_free(&trial.tables);
	policy_free(policy);
	world_end(&trial.world);
}

void property_run(unsigned int count, uint64_t seed)
{
	struct cloison_test test = bench_test(CLOISON_ENFORCE, CLOISON_HAS_ADDRESSES);
	struct bench bench = bench_open(&test);
	struct tally tally = {};
	unsigned int policies = 0;
	char name[128];

	random_state = seed;
	while (tally.cases < count && tally.wrong < 10)
		policy_run(&bench, policies++ % 5 == 0, &tally);
	bench_close(&bench);

	snprintf(name, sizeof(name), "%u random cases, no disagreement", tally.cases);
	line(!tally.wrong && tally.cases >= count && count, name);
	printf("# seed %llu, %u policies: %u allowed, %u denied by a rule, %u by default, %u of "
	       "foreign addresses, %u answers; %u decided by a name of peers, %u of ports\n",
	       (unsigned long long)seed, policies, tally.allowed, tally.denied, tally.defaults,
	       tally.foreign, tally.answers, tally.named, tally.ports);
	/* It means nothing if nearly all answers are the same. */
	line(tally.allowed > count / 10 && tally.denied > count / 10 &&
		     tally.defaults > count / 10 && tally.foreign > count / 50 &&
		     tally.named > count / 100 && tally.ports > count / 200,
	     "the cases are of all kinds");
}
