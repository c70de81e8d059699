// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules: what is read from words, and whether the compiled tables say what the
 * rules say, by an evaluator that only follows the definition.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../bpf/reference.h"
#include "policy.h"

/* ---- words ------------------------------------------------------------- */

static void reads_and_writes_back(void **state)
{
	static const char *const lines[] = {
		"allow in any any any",		  "allow out 10.0.0.0/8 tcp 443",
		"deny out 0.0.0.0/0 udp 1-65535", "allow in 192.0.2.1 tcp 0",
		"allow out 2001:db8::/32 udp 53", "deny in ::/0 any any",
		"allow in ::1 tcp 8080-8090",	  "allow out ::fffe:0:0/95 tcp 1",
		"allow in any icmp echo-request", "deny out any icmp any",
		"allow out 10.0.0.0/8 icmp 13",	  "allow out 2001:db8::/32 icmp6 packet-too-big",
		"allow out any sctp 5000-5010",	  "allow out tenant:globex tcp 443 name peers",
		"deny in host any any",		  "allow in any udp 53 name d-1_x",
		"allow in any tcp web",		  "allow out tenant:globex tcp web",
		"deny out group:red any any",	  "allow out group:red udp a-1 name names",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct problem problem = {};
		struct policy_entry entry;
		char text[POLICY_RULE_TEXT];

		assert_int_equal(policy_line_parse(lines[i], &entry, &problem), 0);
		policy_rule_format(&entry.rule, text);
		assert_string_equal(text, lines[i]);
	}
}

static void fills_in_what_is_left_out(void **state)
{
	static const char *const lines[][2] = {
		{ "allow in any", "allow in any any any" },
		{ "allow out 10.1.2.3", "allow out 10.1.2.3 any any" },
		{ "allow out 10.1.2.3/32 tcp", "allow out 10.1.2.3 tcp any" },
		{ "\tdeny  in\t::/0   udp 7-7 ", "deny in ::/0 udp 7" },
		{ "allow in 1.2.3.4 tcp 0-65535", "allow in 1.2.3.4 tcp any" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct policy_entry entry;
		char text[POLICY_RULE_TEXT];

		assert_int_equal(policy_line_parse(lines[i][0], &entry, NULL), 0);
		policy_rule_format(&entry.rule, text);
		assert_string_equal(text, lines[i][1]);
	}
}

/* Each bad line, and a word of the remedy that the message must have. */
static void refuses_bad_lines(void **state)
{
	static const char *const lines[][2] = {
		{ "", "allow|deny" },
		{ "   ", "allow|deny" },
		{ "permit in any", "use allow or deny" },
		{ "ALLOW in any", "use allow or deny" },
		{ "allow", "a rule is" },
		{ "allow in", "a rule is" },
		{ "allow sideways any", "use in or out" },
		{ "allow in host.example tcp 80", "is no peer" },
		{ "allow in 10.0.0.0/8, tcp", "0 to 32" },
		{ "allow in 10.0.0.1/8 tcp 80", "write 10.0.0.0/8" },
		{ "allow in 2001:db8::1/32", "write 2001:db8::/32" },
		{ "allow in 10.0.0.0/33", "0 to 32" },
		{ "allow in 10.0.0.0/-1", "0 to 32" },
		{ "allow in 10.0.0.0/08", "0 to 32" },
		{ "allow in 10.0.0.0/", "0 to 32" },
		{ "allow in ::/129", "0 to 128" },
		{ "allow in 10.0.0", "is no peer" },
		{ "allow in 010.0.0.1", "is no peer" },
		{ "allow in /8", "is no peer" },
		{ "allow in fe80::1%eth0", "is no peer" },
		{ "allow in ::ffff:10.0.0.1", "write the IPv4 prefix" },
		{ "allow in ::ffff:0:0/96", "write the IPv4 prefix" },
		{ "allow in any icmp", "icmp echo-request" },
		{ "allow in any icmp any", "icmp echo-request" },
		{ "allow in any icmp 256", "0 to 255" },
		{ "allow in any icmp 0-8", "0 to 255" },
		{ "allow in any icmp echo-reply", "the other direction" },
		{ "allow in any icmp6 129", "the other direction" },
		{ "allow in ::/0 icmp 8", "write icmp6" },
		{ "deny in 10.0.0.0/8 icmp6", "write icmp for" },
		{ "allow in any ip", "tcp, udp, sctp, icmp, icmp6 or any" },
		{ "allow in tenant:", "names no tenant" },
		{ "allow in tenant:a/b", "names no tenant" },
		{ "allow in tenant:-a", "names no tenant" },
		{ "allow in tenant:\x01", "names no tenant" },
		{ "allow in HOST", "is no peer" },
		{ "allow in 10.0.0.0/8 except 11.0.0.0/8", "is no part of 10.0.0.0/8" },
		{ "allow in 10.0.0.0/8 except 10.0.0.0/8", "is no part of 10.0.0.0/8" },
		{ "allow in 10.0.0.0/8 except 10.1.0.1/16", "write 10.1.0.0/16" },
		{ "allow in 10.0.0.0/8 except 10.1.0.0/16,", "is no peer" },
		{ "allow in 10.0.0.0/8 except ::1", "is no part of 10.0.0.0/8" },
		{ "allow in any except any", "is no peer" },
		{ "allow in any except 0.0.0.0/0", "is no part of any" },
		{ "allow in host except 10.0.0.1", "is no part of host" },
		{ "allow in any except", "one word too many" },
		{ "allow in any tcp 80 name", "one word too many" },
		{ "allow in any name 80", "has a letter in it" },
		{ "allow in any name a.b", "no name of a rule" },
		{ "allow in any name abcdefghijklmnopqrstuvwxyz012345", "up to 31 letters" },
		{ "allow in any name web name web", "one word too many" },
		{ "allow in any name web except 10.0.0.0/8", "one word too many" },
		{ "allow in any TCP", "tcp, udp, sctp" },
		{ "allow in any tcp 65536", "0 to 65535" },
		{ "allow in any tcp 99999999999999999999", "0 to 65535" },
		{ "allow in any tcp -1", "0 to 65535" },
		{ "allow in any tcp 80-", "0 to 65535" },
		{ "allow in any tcp 1-2-3", "0 to 65535" },
		{ "allow in any tcp +80", "0 to 65535" },
		{ "allow in any tcp 080", "0 to 65535" },
		{ "allow in any tcp HTTP", "0 to 65535" },
		{ "allow in any tcp -http", "0 to 65535" },
		{ "allow in any tcp http-", "0 to 65535" },
		{ "allow in any tcp ht--tp", "0 to 65535" },
		{ "allow in any tcp abcdefghijklmnop", "0 to 65535" },
		{ "allow in any any http", "a rule for tcp and one for udp" },
		{ "allow in any icmp http", "0 to 255" },
		{ "allow out any tcp http", "tenants name their ports" },
		{ "allow out 10.0.0.0/8 tcp http", "tenants name their ports" },
		{ "allow out host tcp http", "tenants name their ports" },
		{ "allow in group:", "names no group" },
		{ "allow in group:a/b", "names no group" },
		{ "allow in group:red except 10.0.0.1", "is no part of group:red" },
		{ "allow in any tcp 90-80", "write 80-90" },
		{ "allow in any any 80", "a rule for tcp and one for udp" },
		{ "allow in any tcp 80 now", "one word too many" },
		{ "allow in any tcp 80 # web", "one word too many" },
		{ "allow in \x01 tcp 80", "is no peer" },
	};
	char huge[2000];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct problem problem = {};
		struct policy_entry entry;

		if (policy_line_parse(lines[i][0], &entry, &problem) != -22 ||
		    !strstr(problem.text, lines[i][1]))
			fail_msg("'%s' gave '%s'", lines[i][0], problem.text);
	}
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(policy_line_parse(huge, &(struct policy_entry){}, NULL), -22);
}

static void numbers_stay_without_gap(void **state)
{
	struct policy policy = {};
	struct policy_entry entry;
	char line[64];
	uint32_t i;

	(void)state;
	for (i = 0; i < 200; i++) {
		snprintf(line, sizeof(line), "allow in any tcp %u", i);
		assert_int_equal(policy_line_parse(line, &entry, NULL), 0);
		assert_int_equal(policy_add(&policy, &entry, NULL), 0);
	}
	assert_int_equal(policy_add(&policy, &entry, NULL), -17);
	assert_int_equal(policy_remove(&policy, 0, NULL), -2);
	assert_int_equal(policy_remove(&policy, 201, NULL), -2);
	for (i = 0; i < 100; i++)
		assert_int_equal(policy_remove(&policy, i + 1, NULL), 0);
	assert_int_equal(policy.count, 100);
	for (i = 0; i < 100; i++) {
		assert_int_equal(policy.rules[i].number, i + 1);
		assert_int_equal(policy.rules[i].first_port, 2 * i + 1);
	}
	assert_int_equal(policy_add(&policy, &entry, NULL), -17);
	entry.rule.first_port = 0;
	assert_int_equal(policy_add(&policy, &entry, NULL), 0);
	assert_int_equal(policy.rules[100].number, 101);
	policy_free(&policy);
	assert_int_equal(policy.count, 0);
}

/* ---- tables ------------------------------------------------------------ */

/* What the programs rely on: ranges sorted, without overlap, none where it is split. */
static void tables_check(const struct policy_tables *tables)
{
	uint32_t i, j;

	for (i = 0; i < tables->ports_count; i++) {
		const struct cloison_ports *ports = &tables->ports[i].value;

		if (ports->split) {
			assert_int_equal(ports->count, 0);
			continue;
		}
		assert_in_range(ports->count, 1, CLOISON_PORT_RANGES);
		for (j = 0; j < ports->count; j++) {
			if (j)
				assert_true(ports->ranges[j].first > ports->ranges[j - 1].last);
			assert_true(ports->ranges[j].first <= ports->ranges[j].last);
		}
	}
}

#define POLICIES 2500
#define QUESTIONS 20

static void tables_say_what_rules_say(void **state)
{
	uint32_t allowed = 0, denied = 0, split = 0, parts = 0, round, i;
	uint32_t named = 0, ports = 0;

	(void)state;
	random_state = 20240607;
	for (round = 0; round < POLICIES; round++) {
		bool dense = round % 5 == 0;
		uint32_t rules = dense ? random_below(200) : random_below(20);
		struct policy policy = {};
		struct policy_tables tables;
		struct problem problem;
		struct world world;

		random_world(&world);
		assert_int_equal(random_policy_in(&policy, &world, rules, dense), 0);
		parts += policy.part_count;
		if (policy_compile(&policy, &tables, &problem))
			fail_msg("policy %u: %s", round, problem.text);
		tables_check(&tables);
		for (i = 0; i < tables.ports_count; i++)
			split += tables.ports[i].value.split;

		for (i = 0; i < QUESTIONS; i++) {
			struct policy_flow question;
			struct policy_answer want, have;

			random_flow(&policy, &question, dense);
			want = by_definition(&policy, &world.world, WORLD_SELF, &question);
			have = policy_tables_judge(&tables, &question);
			if (want.verdict != have.verdict || want.rule != have.rule)
				fail_msg("policy %u question %u: rules say %d by %u, tables %d "
					 "by %u",
					 round, i, want.verdict, want.rule, have.verdict,
					 have.rule);
			named += want.rule && policy.rules[want.rule - 1].peers;
			ports += want.rule && policy.rules[want.rule - 1].port_name[0];
			if (want.verdict == CLOISON_ALLOW)
				allowed++;
			else if (want.rule)
				denied++;
		}
		policy_tables_free(&tables);
		policy_free(&policy);
		world_end(&world);
	}
	/* The comparison means nothing if nearly all answers are the default. */
	assert_in_range(allowed, POLICIES * QUESTIONS / 10, POLICIES * QUESTIONS);
	assert_in_range(denied, POLICIES * QUESTIONS / 10, POLICIES * QUESTIONS);
	assert_in_range(split, POLICIES / 10, UINT32_MAX);
	assert_in_range(parts, POLICIES, UINT32_MAX);
	assert_in_range(named, POLICIES * QUESTIONS / 100, UINT32_MAX);
	assert_in_range(ports, POLICIES * QUESTIONS / 200, UINT32_MAX);
}

static void every_port_its_own_rule(void **state)
{
	struct policy_tables tables;
	struct policy policy = {};
	struct cloison_rule rule;
	struct policy_entry entry;
	uint32_t port;

	(void)state;
	assert_int_equal(policy_line_parse("allow in any tcp 0", &entry, NULL), 0);
	rule = entry.rule;
	assert_int_equal(policy_alloc(&policy, 1024), 0);
	for (port = 0; port < 1024; port++) {
		rule.number = port + 1;
		rule.first_port = rule.last_port = 2 * port;
		policy.rules[policy.count++] = rule;
	}
	assert_int_equal(policy_compile(&policy, &tables, NULL), 0);
	for (port = 0; port < 3000; port++) {
		struct policy_flow question = {
			.direction = CLOISON_INGRESS,
			.family = CLOISON_IPV4,
			.protocol = CLOISON_TCP,
			.port = port,
		};
		struct policy_answer answer = policy_tables_judge(&tables, &question);

		assert_int_equal(answer.rule, port < 2048 && port % 2 == 0 ? port / 2 + 1 : 0);
	}
	policy_tables_free(&tables);
	policy_free(&policy);
}

static void refuses_rules_that_contradict_themselves(void **state)
{
	struct cloison_rule good, bad;
	struct policy policy = { .rules = &bad, .count = 1 };
	struct policy_tables tables;
	struct policy_entry entry;

	(void)state;
	assert_int_equal(policy_line_parse("allow in 10.0.0.0/8 tcp 80-90", &entry, NULL), 0);
	good = entry.rule;
	good.number = 1;
#define BAD(change, message)                                                       \
	do {                                                                       \
		struct problem problem = {};                                       \
                                                                                   \
		bad = good;                                                        \
		bad.change;                                                        \
		assert_int_equal(policy_compile(&policy, &tables, &problem), -22); \
		assert_non_null(strstr(problem.text, message));                    \
	} while (0)
	BAD(direction = 0, "rule 1 has no direction");
	BAD(direction = 3, "rule 1 has no direction");
	BAD(verdict = 0, "rule 1 has no verdict");
	BAD(protocol = 2, "rule 1 has an unknown protocol");
	BAD(protocol = 1, "rule 1 allows ICMP, but not by a type");
	BAD(peers = CLOISON_PART_MEMBER, "rule 1 has unknown peers");
	BAD(family = 5, "rule 1 has an unknown address family");
	BAD(prefix = 33, "rule 1 has a prefix that is too long");
	BAD(family = CLOISON_ANY_FAMILY, "rule 1 has a prefix that is too long");
	BAD(address[1] = 1, "rule 1 has bits set behind its prefix");
	BAD(address[4] = 1, "rule 1 has bits set behind its prefix");
	BAD(first_port = 91, "rule 1 has ports that go backwards");
	BAD(number = 2, "rule 1 has the number 2");
#undef BAD
	bad = good;
	assert_int_equal(policy_compile(&policy, &tables, NULL), 0);
	policy_tables_free(&tables);
}

static void empty_means_none(void **state)
{
	struct policy policy = {};
	struct policy_tables tables;

	(void)state;
	assert_int_equal(policy_compile(&policy, &tables, NULL), 0);
	assert_int_equal(tables.addr4_count + tables.addr6_count + tables.ports_count, 0);
	policy_tables_free(&tables);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_back),
		cmocka_unit_test(fills_in_what_is_left_out),
		cmocka_unit_test(refuses_bad_lines),
		cmocka_unit_test(numbers_stay_without_gap),
		cmocka_unit_test(tables_say_what_rules_say),
		cmocka_unit_test(every_port_its_own_rule),
		cmocka_unit_test(refuses_rules_that_contradict_themselves),
		cmocka_unit_test(empty_means_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
