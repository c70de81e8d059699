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

#include "policy.h"

/* ---- words ------------------------------------------------------------- */

static void reads_and_writes_back(void **state)
{
	static const char *const lines[] = {
		"allow in any any any",		  "allow out 10.0.0.0/8 tcp 443",
		"deny out 0.0.0.0/0 udp 1-65535", "allow in 192.0.2.1 tcp 0",
		"allow out 2001:db8::/32 udp 53", "deny in ::/0 any any",
		"allow in ::1 tcp 8080-8090",	  "allow out ::fffe:0:0/95 tcp 1",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct problem problem = {};
		struct cloison_rule rule;
		char text[POLICY_RULE_TEXT];

		assert_int_equal(policy_line_parse(lines[i], &rule, &problem), 0);
		policy_rule_format(&rule, text);
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
		struct cloison_rule rule;
		char text[POLICY_RULE_TEXT];

		assert_int_equal(policy_line_parse(lines[i][0], &rule, NULL), 0);
		policy_rule_format(&rule, text);
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
		{ "allow in any icmp", "tcp, udp or any" },
		{ "allow in any TCP", "tcp, udp or any" },
		{ "allow in any tcp 65536", "0 to 65535" },
		{ "allow in any tcp 99999999999999999999", "0 to 65535" },
		{ "allow in any tcp -1", "0 to 65535" },
		{ "allow in any tcp 80-", "0 to 65535" },
		{ "allow in any tcp 1-2-3", "0 to 65535" },
		{ "allow in any tcp +80", "0 to 65535" },
		{ "allow in any tcp 080", "0 to 65535" },
		{ "allow in any tcp http", "0 to 65535" },
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
		struct cloison_rule rule;

		if (policy_line_parse(lines[i][0], &rule, &problem) != -22 ||
		    !strstr(problem.text, lines[i][1]))
			fail_msg("'%s' gave '%s'", lines[i][0], problem.text);
	}
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(policy_line_parse(huge, &(struct cloison_rule){}, NULL), -22);
}

static void numbers_stay_without_gap(void **state)
{
	struct policy policy = {};
	struct cloison_rule rule;
	char line[64];
	uint32_t i;

	(void)state;
	for (i = 0; i < 200; i++) {
		snprintf(line, sizeof(line), "allow in any tcp %u", i);
		assert_int_equal(policy_line_parse(line, &rule, NULL), 0);
		assert_int_equal(policy_add(&policy, &rule, NULL), 0);
	}
	assert_int_equal(policy_add(&policy, &rule, NULL), -17);
	assert_int_equal(policy_remove(&policy, 0, NULL), -2);
	assert_int_equal(policy_remove(&policy, 201, NULL), -2);
	for (i = 0; i < 100; i++)
		assert_int_equal(policy_remove(&policy, i + 1, NULL), 0);
	assert_int_equal(policy.count, 100);
	for (i = 0; i < 100; i++) {
		assert_int_equal(policy.rules[i].number, i + 1);
		assert_int_equal(policy.rules[i].first_port, 2 * i + 1);
	}
	assert_int_equal(policy_add(&policy, &rule, NULL), -17);
	rule.first_port = 0;
	assert_int_equal(policy_add(&policy, &rule, NULL), 0);
	assert_int_equal(policy.rules[100].number, 101);
	policy_free(&policy);
	assert_int_equal(policy.count, 0);
}

/* ---- tables ------------------------------------------------------------ */

/* A flow to be judged, and the answer. */
struct question {
	enum cloison_direction direction;
	enum cloison_family family;
	enum cloison_protocol protocol;
	uint8_t address[16];
	uint16_t port;
};

struct answer {
	enum cloison_verdict verdict;
	uint32_t rule;
};

static bool prefix_matches(const uint8_t *prefix, const uint8_t *address, uint32_t bits)
{
	uint32_t i;

	for (i = 0; i < bits; i++)
		if ((prefix[i / 8] ^ address[i / 8]) & (0x80 >> (i % 8)))
			return false;
	return true;
}

/* The definition: any rule that denies, else any that allows, else deny. */
static struct answer by_definition(const struct policy *policy, const struct question *question)
{
	struct answer answer = { CLOISON_DENY, 0 };
	size_t i;

	for (i = 0; i < policy->count; i++) {
		const struct cloison_rule *rule = &policy->rules[i];

		if (rule->direction != question->direction ||
		    (rule->family && rule->family != question->family) ||
		    (rule->protocol && rule->protocol != question->protocol) ||
		    question->port < rule->first_port || question->port > rule->last_port ||
		    !prefix_matches(rule->address, question->address, rule->prefix))
			continue;
		if (rule->verdict == CLOISON_DENY)
			return (struct answer){ CLOISON_DENY, rule->number };
		if (!answer.rule)
			answer = (struct answer){ CLOISON_ALLOW, rule->number };
	}
	return answer;
}

static uint32_t longest_match(const struct policy_tables *tables, const struct question *question)
{
	uint32_t best = 0, class = 0;
	size_t i;

#define MATCH(table)                                                                \
	for (i = 0; i < tables->table##_count; i++) {                               \
		uint32_t bits = tables->table[i].key.prefix;                        \
                                                                                    \
		if (tables->table[i].key.direction == question->direction &&        \
		    prefix_matches(tables->table[i].key.address, question->address, \
				   bits - CLOISON_DIRECTION_BITS) &&                \
		    bits > best) {                                                  \
			best = bits;                                                \
			class = tables->table[i].value.class;                       \
		}                                                                   \
	}
	if (question->family == CLOISON_IPV4) {
		MATCH(addr4)
	} else {
		MATCH(addr6)
	}
#undef MATCH
	return class;
}

static const struct cloison_ports *page_find(const struct policy_tables *tables, uint32_t class,
					     enum cloison_protocol protocol, uint32_t page)
{
	size_t i;

	for (i = 0; i < tables->ports_count; i++)
		if (tables->ports[i].key.class == class &&
		    tables->ports[i].key.protocol == protocol && tables->ports[i].key.page == page)
			return &tables->ports[i].value;
	return NULL;
}

/* By the tables, in the steps that bpf/policy.h takes. */
static struct answer by_tables(const struct policy_tables *tables, const struct question *question)
{
	struct answer answer = { CLOISON_DENY, 0 };
	uint32_t class = longest_match(tables, question);
	const struct cloison_ports *ports;
	uint32_t i;

	if (!class)
		return answer;
	ports = page_find(tables, class, question->protocol, CLOISON_PAGE_ALL);
	if (ports && ports->split)
		ports = page_find(tables, class, question->protocol,
				  CLOISON_PAGE_256(question->port));
	if (ports && ports->split)
		ports = page_find(tables, class, question->protocol,
				  CLOISON_PAGE_8(question->port));
	if (!ports)
		return answer;
	assert_false(ports->split);
	assert_in_range(ports->count, 1, CLOISON_PORT_RANGES);
	for (i = 0; i < ports->count; i++) {
		if (i)
			assert_true(ports->ranges[i].first > ports->ranges[i - 1].last);
		assert_true(ports->ranges[i].first <= ports->ranges[i].last);
		if (question->port >= ports->ranges[i].first &&
		    question->port <= ports->ranges[i].last)
			answer = (struct answer){ ports->ranges[i].verdict, ports->ranges[i].rule };
	}
	return answer;
}

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % n;
}

/* Few distinct bits, so that prefixes often contain one another. */
static void random_address(uint8_t address[16], uint32_t bits)
{
	uint32_t i;

	memset(address, 0, 16);
	for (i = 0; i < bits / 8; i++)
		address[i] = random_below(3) ? 0 : 1 << random_below(8);
}

static uint32_t random_port(bool dense)
{
	return dense	       ? random_below(600) :
	       random_below(8) ? random_below(16) * 4096 + random_below(3) :
				 random_below(65536);
}

static void random_rule(struct cloison_rule *rule, bool dense)
{
	uint32_t bits, i, kind = random_below(10);

	*rule = (struct cloison_rule){
		.verdict = random_below(3) ? CLOISON_ALLOW : CLOISON_DENY,
		.direction = random_below(2) ? CLOISON_INGRESS : CLOISON_EGRESS,
		.protocol = random_below(dense ? 60 : 3) == 0 ? CLOISON_ANY_PROTOCOL :
			    random_below(2)		      ? CLOISON_TCP :
								CLOISON_UDP,
		.last_port = 65535,
	};
	if (kind) {
		rule->family = kind < 6 ? CLOISON_IPV4 : CLOISON_IPV6;
		bits = kind < 6 ? 32 : 128;
		random_address(rule->address, bits);
		rule->prefix = random_below(2) ? random_below(9) : random_below(bits + 1);
		for (i = rule->prefix; i < bits; i++)
			rule->address[i / 8] &= ~(0x80 >> (i % 8));
	}
	if (rule->protocol && random_below(dense ? 30 : 3)) {
		rule->first_port = random_port(dense);
		rule->last_port = rule->first_port;
		if (!random_below(dense ? 40 : 2)) {
			rule->last_port = random_port(dense);
			if (rule->last_port < rule->first_port) {
				uint16_t swap = rule->first_port;

				rule->first_port = rule->last_port;
				rule->last_port = swap;
			}
		}
	}
}

/* Often at an edge of a rule: that is where compilers err. */
static void random_question(const struct policy *policy, struct question *question, bool dense)
{
	memset(question, 0, sizeof(*question));
	question->direction = random_below(2) ? CLOISON_INGRESS : CLOISON_EGRESS;
	question->family = random_below(2) ? CLOISON_IPV4 : CLOISON_IPV6;
	question->protocol = random_below(2) ? CLOISON_TCP : CLOISON_UDP;
	question->port = random_port(dense);
	random_address(question->address, question->family == CLOISON_IPV4 ? 32 : 128);

	if (policy->count && random_below(4)) {
		const struct cloison_rule *rule = &policy->rules[random_below(policy->count)];
		uint32_t bits = rule->family == CLOISON_IPV4 ? 32 : 128;
		uint32_t flip = random_below(bits);

		question->direction = rule->direction;
		if (rule->family) {
			question->family = rule->family;
			memcpy(question->address, rule->address, 16);
			if (random_below(2))
				question->address[flip / 8] ^= 0x80 >> (flip % 8);
		}
		switch (random_below(4)) {
		case 0:
			question->port = rule->first_port - 1;
			break;
		case 1:
			question->port = rule->first_port;
			break;
		case 2:
			question->port = rule->last_port;
			break;
		default:
			question->port = rule->last_port + 1;
		}
	}
}

#define POLICIES 2500
#define QUESTIONS 20

static void tables_say_what_rules_say(void **state)
{
	uint32_t allowed = 0, denied = 0, split = 0, round, i;

	(void)state;
	random_state = 20240607;
	for (round = 0; round < POLICIES; round++) {
		bool dense = round % 5 == 0;
		uint32_t rules = dense ? random_below(200) : random_below(20);
		struct policy policy = {};
		struct policy_tables tables;
		struct problem problem;

		for (i = 0; i < rules; i++) {
			struct cloison_rule rule;

			random_rule(&rule, dense);
			policy_add(&policy, &rule, NULL);
		}
		if (policy_compile(&policy, &tables, &problem))
			fail_msg("policy %u: %s", round, problem.text);
		for (i = 0; i < tables.ports_count; i++)
			split += tables.ports[i].value.split;

		for (i = 0; i < QUESTIONS; i++) {
			struct question question;
			struct answer want, have;

			random_question(&policy, &question, dense);
			want = by_definition(&policy, &question);
			have = by_tables(&tables, &question);
			if (want.verdict != have.verdict || want.rule != have.rule)
				fail_msg("policy %u question %u: rules say %d by %u, tables %d "
					 "by %u",
					 round, i, want.verdict, want.rule, have.verdict,
					 have.rule);
			if (want.verdict == CLOISON_ALLOW)
				allowed++;
			else if (want.rule)
				denied++;
		}
		policy_tables_free(&tables);
		policy_free(&policy);
	}
	/* The comparison means nothing if nearly all answers are the default. */
	assert_in_range(allowed, POLICIES * QUESTIONS / 10, POLICIES * QUESTIONS);
	assert_in_range(denied, POLICIES * QUESTIONS / 10, POLICIES * QUESTIONS);
	assert_in_range(split, POLICIES / 10, UINT32_MAX);
}

static void every_port_its_own_rule(void **state)
{
	struct policy_tables tables;
	struct policy policy = {};
	struct cloison_rule rule;
	uint32_t port;

	(void)state;
	assert_int_equal(policy_line_parse("allow in any tcp 0", &rule, NULL), 0);
	assert_int_equal(policy_alloc(&policy, 1024), 0);
	for (port = 0; port < 1024; port++) {
		rule.number = port + 1;
		rule.first_port = rule.last_port = 2 * port;
		policy.rules[policy.count++] = rule;
	}
	assert_int_equal(policy_compile(&policy, &tables, NULL), 0);
	for (port = 0; port < 3000; port++) {
		struct question question = {
			.direction = CLOISON_INGRESS,
			.family = CLOISON_IPV4,
			.protocol = CLOISON_TCP,
			.port = port,
		};
		struct answer answer = by_tables(&tables, &question);

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

	(void)state;
	assert_int_equal(policy_line_parse("allow in 10.0.0.0/8 tcp 80-90", &good, NULL), 0);
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
	BAD(protocol = 1, "rule 1 has an unknown protocol");
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
