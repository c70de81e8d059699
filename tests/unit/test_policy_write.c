// SPDX-License-Identifier: GPL-2.0-only
/* What is written of a policy reads as the same policy, and what differs is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../bpf/reference.h"
#include "policy_file.h"
#include "policy_write.h"

static char *written(const struct policy *policy)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	assert_int_equal(policy_file_write(stream, policy), 0);
	fclose(stream);
	return text;
}

static void read_back(char *text, struct policy_file *file)
{
	struct problem problem = { "" };
	/* An empty buffer is no file to fmemopen(). */
	FILE *stream = fmemopen(*text ? text : "\n", *text ? strlen(text) : 1, "r");

	if (policy_file_read(stream, "text", file, &problem))
		fail_msg("%s in:\n%s", problem.text, text);
	fclose(stream);
}

static void lines_read(struct policy *policy, const char *const lines[])
{
	struct policy_entry entry;
	struct problem problem = { "" };

	*policy = (struct policy){ 0 };
	for (; *lines; lines++)
		if (policy_line_parse(*lines, &entry, &problem) ||
		    policy_add(policy, &entry, &problem))
			fail_msg("%s: %s", *lines, problem.text);
}

static size_t differ(const struct policy *old, const struct policy *new)
{
	struct policy_change *changes;
	size_t count;

	assert_int_equal(policy_diff(old, new, &changes, &count), 0);
	policy_changes_free(changes, count);
	return count;
}

static void writes_what_can_be_read(void **state)
{
	static const char *const lines[] = {
		"allow out 10.0.0.0/8 tcp 443 except 10.66.0.0/16,10.1.0.0/16 name models",
		"deny in any",
		"allow in host icmp echo-request name rule-2",
		"allow out tenant:globex udp 5000-5010",
		NULL,
	};
	struct policy policy;
	char *text;

	(void)state;
	lines_read(&policy, lines);
	text = written(&policy);
	assert_string_equal(text, "[rule models]\nDirection=out\nAction=allow\nPeer=10.0.0.0/8\n"
				  "Except=10.1.0.0/16\nExcept=10.66.0.0/16\nProtocol=tcp\n"
				  "Ports=443\n\n"
				  "[rule rule-2-2]\nDirection=in\nAction=deny\nPeer=any\n\n"
				  "[rule rule-2]\nDirection=in\nAction=allow\nPeer=host\n"
				  "Protocol=icmp\nType=echo-request\n\n"
				  "[rule rule-4]\nDirection=out\nAction=allow\n"
				  "Peer=tenant:globex\nProtocol=udp\nPorts=5000-5010\n");
	free(text);
	policy_free(&policy);
	policy = (struct policy){ 0 };
	text = written(&policy);
	assert_string_equal(text, "");
	free(text);
}

/* Of all that the generator makes, what a parser lets pass. */
static void random_named_policy(struct policy *policy, uint32_t rules)
{
	struct policy random = { 0 };
	uint32_t i, j;

	*policy = (struct policy){ 0 };
	random_policy(&random, rules, !random_below(4));
	for (i = 0; i < random.count; i++) {
		struct policy_entry entry = { .rule = random.rules[i] };

		for (j = 0; j < random.part_count; j++)
			if (random.parts[j].number == i + 1 &&
			    random.parts[j].peers == CLOISON_PART_EXCEPT) {
				entry.excepts[entry.except_count] = random.parts[j];
				entry.excepts[entry.except_count].peers = CLOISON_PEERS_PREFIX;
				entry.excepts[entry.except_count++].number = 0;
			}
		if (!random_below(2))
			snprintf(entry.rule.name, sizeof(entry.rule.name), "%s-%u",
				 random_below(2) ? "rule" : "name", random_below(200));
		if (!policy_entry_check(&entry, NULL))
			policy_add(policy, &entry, NULL);
	}
	policy_free(&random);
}

static void a_round_trip_changes_nothing(void **state)
{
	uint32_t round, rules = 0;

	(void)state;
	random_state = 20261128;
	for (round = 0; round < 2000; round++) {
		struct policy_file file;
		struct policy policy;
		char *first, *second;

		random_named_policy(&policy, random_below(40));
		rules += policy.count;
		first = written(&policy);
		read_back(first, &file);
		assert_int_equal(file.policy.count, policy.count);
		second = written(&file.policy);
		assert_string_equal(first, second);
		if (differ(&policy, &file.policy))
			fail_msg("not the same:\n%s", first);
		free(first);
		free(second);
		policy_file_free(&file);
		policy_free(&policy);
	}
	assert_true(rules > 10000);
}

static void each_difference_is_found(void **state)
{
	static const char *const old_lines[] = {
		"allow out 10.0.0.0/8 tcp 443 except 10.66.0.0/16,10.1.0.0/16 name models",
		"deny in any",
		"allow in host tcp 80 name web",
		"allow out tenant:globex udp 5000-5010",
		NULL,
	};
	static const char *const new_lines[] = {
		"allow out tenant:globex udp 5000-5010 name named-now",
		"allow out 10.0.0.0/8 tcp 443 except 10.1.0.0/16,10.66.0.0/16 name models",
		"allow in host tcp 80 name website",
		"deny in any udp",
		NULL,
	};
	static const struct {
		bool added;
		uint32_t number;
		const char *text;
	} wanted[] = {
		{ false, 2, "deny in any any any" },
		{ false, 3, "allow in host tcp 80 name web" },
		{ true, 3, "allow in host tcp 80 name website" },
		{ true, 4, "deny in any udp any" },
	};
	struct policy_change *changes;
	struct policy old, new;
	size_t count, i;

	(void)state;
	lines_read(&old, old_lines);
	lines_read(&new, new_lines);
	assert_int_equal(policy_diff(&old, &new, &changes, &count), 0);
	assert_int_equal(count, sizeof(wanted) / sizeof(wanted[0]));
	for (i = 0; i < count; i++) {
		assert_int_equal(changes[i].added, wanted[i].added);
		assert_int_equal(changes[i].number, wanted[i].number);
		assert_string_equal(changes[i].text, wanted[i].text);
	}
	policy_changes_free(changes, count);
	policy_free(&old);
	policy_free(&new);
}

/* One rule less is one difference, whichever it is. */
static void one_rule_is_one_difference(void **state)
{
	uint32_t round;

	(void)state;
	random_state = 7;
	for (round = 0; round < 500; round++) {
		struct policy policy, less;
		uint64_t again = random_state;

		random_named_policy(&policy, 20);
		random_state = again;
		random_named_policy(&less, 20);
		if (policy.count) {
			policy_remove(&less, 1 + random_below(less.count), NULL);
			assert_int_equal(differ(&policy, &less), 1);
			assert_int_equal(differ(&less, &policy), 1);
		}
		policy_free(&policy);
		policy_free(&less);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_can_be_read),
		cmocka_unit_test(a_round_trip_changes_nothing),
		cmocka_unit_test(each_difference_is_found),
		cmocka_unit_test(one_rule_is_one_difference),
	};

	return cmocka_run_group_tests_name("policy_write", tests, NULL, NULL);
}
