// SPDX-License-Identifier: GPL-2.0-only
/* Policies as files: what is read, and that every error names its place. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy_file.h"

static int read_bytes(const char *bytes, size_t length, struct policy_file *file,
		      struct problem *problem)
{
	/* fmemopen() takes no empty buffer. */
	FILE *stream = length ? fmemopen((void *)bytes, length, "r") : fopen("/dev/null", "r");
	int error;

	assert_non_null(stream);
	error = policy_file_read(stream, "acme.policy", file, problem);
	fclose(stream);
	return error;
}

#define DIRECTION "Direction=out\n"
#define ACTION "Action=allow\n"
#define HEAD "[rule a]\n" DIRECTION ACTION
#define WHOLE HEAD "Peer=any\n"

static void reads_rules(void **state)
{
	static const char text[] = "# comment\n"
				   "; another\n"
				   "\n"
				   "[rule models]\n"
				   "Direction = egress\n"
				   "Action=allow\n"
				   "Peer=10.0.0.0/8 ; why\n"
				   "Ports=443-444\n"
				   "Protocol=tcp\n"
				   "Except=10.66.0.0/16 10.67.0.0/16\n"
				   "Except=10.68.0.0/16\n"
				   "[rule ping]\n"
				   "Direction=in\nAction=allow\nPeer=tenant:globex\n"
				   "Protocol=icmp6\nType=echo-request\n"
				   "[rule last]\n"
				   "Direction=in\nAction=deny\nPeer=host";
	static const char *const rules[] = {
		"allow out 10.0.0.0/8 tcp 443-444 name models",
		"allow in tenant:globex icmp6 echo-request name ping",
		"deny in host any any name last",
	};
	struct policy_file file;
	struct problem problem = {};
	char line[POLICY_RULE_TEXT];
	size_t i;

	(void)state;
	if (read_bytes(text, strlen(text), &file, &problem))
		fail_msg("%s", problem.text);
	assert_int_equal(file.policy.count, 3);
	for (i = 0; i < 3; i++) {
		policy_rule_format(&file.policy.rules[i], line);
		assert_string_equal(line, rules[i]);
	}
	assert_int_equal(file.policy.part_count, 3);
	assert_int_equal(file.policy.parts[2].number, 1);
	assert_int_equal(file.lines[0], 4);
	assert_int_equal(file.lines[1], 12);
	assert_int_equal(file.lines[2], 18);
	policy_file_free(&file);
}

static void empty_means_none(void **state)
{
	static const char *const texts[] = { "", "\n\n", "# nothing\n" };
	struct policy_file file;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(read_bytes(texts[i], strlen(texts[i]), &file, NULL), 0);
		assert_int_equal(file.policy.count, 0);
		policy_file_free(&file);
	}
}

/* Each bad file, and where and how the message must say what to do. */
static void names_file_line_rule_and_remedy(void **state)
{
	static const char *const texts[][2] = {
		{ "Peer=any\n", ":1: this is in no section" },
		{ "[rules a]\n", ":1: this is no section" },
		{ "[policy]\n", ":1: this is no section" },
		{ "[rule a\n", ":1: this is no section" },
		{ "[rule a] x\n", ":1: this is no section" },
		{ "[rule ]\n", ":1: '' is no name" },
		{ "[rule a b]\n", ":1: 'a b' is no name" },
		{ "[rule 17]\n", "has a letter in it" },
		{ "[rule abcdefghijklmnopqrstuvwxyz0123456]\n", "up to 31 letters" },
		{ " [rule a]\n", ":1: a section is at the beginning" },
		{ "[rule a]\n", ":1: rule a: Direction= is missing: write Direction=" },
		{ "\n[rule a]\nDirection=in\n", ":2: rule a: Action= is missing" },
		{ HEAD, ":1: rule a: Peer= is missing: write Peer=any" },
		{ WHOLE "nonsense\n", ":5: rule a: this is neither" },
		{ WHOLE "Port=80\n", ":5: rule a: there is no Port=: use" },
		{ WHOLE "peer=any\n", ":5: rule a: there is no peer=" },
		{ WHOLE "Peer=any\n", ":5: rule a: Peer= was given in line 4" },
		{ WHOLE "Protocol=tpc\n", ":5: rule a: 'tpc' is no protocol" },
		{ WHOLE "Ports=80\n", ":5: rule a: ports '80' need a protocol" },
		{ WHOLE "Ports=90-80\nProtocol=tcp\n", ":5: rule a: ports '90-80' go backwards" },
		{ WHOLE "Ports=1-70000\nProtocol=udp\n", ":5: rule a: '1-70000' is no port" },
		{ WHOLE "Ports=80 443\nProtocol=udp\n", ":5: rule a: '80 443' is no port" },
		{ WHOLE "Type=8\nProtocol=udp\n", "use Ports=" },
		{ WHOLE "Ports=8\nProtocol=icmp\n", "use Type=" },
		{ WHOLE "Protocol=icmp\n", ":1: rule a: icmp is allowed by its type" },
		{ WHOLE "Except=\n", "" },
		{ HEAD "Peer=10.0.0.0/8\nExcept=11.0.0.0/8\n",
		  ":1: rule a: 11.0.0.0/8 is no part" },
		{ HEAD "Peer=10.0.0.1/8\n", ":4: rule a: '10.0.0.1/8' has bits set" },
		{ HEAD "Peer=::ffff:10.0.0.1\n", ":4: rule a: '::ffff:10.0.0.1' is IPv4" },
		{ HEAD "Peer=\n", ":4: rule a: '' is no peer" },
		{ HEAD "Peer=any any\n", ":4: rule a: 'any any' is no peer" },
		{ "[rule a]\nDirection=up\n" ACTION "Peer=any\n", ":2: rule a: 'up' is no" },
		{ "[rule a]\n" DIRECTION "Action=drop\nPeer=any\n", ":3: rule a: 'drop' is no" },
		{ WHOLE "[rule a]\nDirection=in\n" ACTION "Peer=any\n",
		  ":5: rule a has the name of rule a of line 1 already" },
		{ WHOLE "[rule b]\n" DIRECTION ACTION "Peer=any\n",
		  ":5: rule b says just what rule a of line 1 says" },
		{ WHOLE "Protocol=tcp\r\n", ":5: rule a: byte 0x0d" },
		{ WHOLE "\x1b[2J\n", ":5: rule a: byte 0x1b" },
		{ "\xEF\xBB\xBF[rule a]\x7f\n", ":1: byte 0x7f" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct problem problem = {};
		struct policy_file file;
		int error = read_bytes(texts[i][0], strlen(texts[i][0]), &file, &problem);

		/* A key without a value leaves out nothing, which is no error. */
		if (!*texts[i][1]) {
			policy_file_free(&file);
			continue;
		}
		if (!error || !strstr(problem.text, texts[i][1]) ||
		    strncmp(problem.text, "acme.policy:", 12))
			fail_msg("'%s' gave %d '%s'", texts[i][0], error, problem.text);
		assert_int_equal(file.policy.count, 0);
	}
}

static void refuses_bytes_that_no_text_has(void **state)
{
	char text[] = WHOLE "Protocol=tcp\n";
	struct policy_file file;
	size_t i;

	(void)state;
	for (i = 0; i < strlen(text); i++) {
		char copy[sizeof(text)];
		struct problem problem = {};

		memcpy(copy, text, sizeof(text));
		copy[i] = '\0';
		assert_int_equal(read_bytes(copy, sizeof(text) - 1, &file, &problem), -EINVAL);
		assert_non_null(strstr(problem.text, "byte 0x00"));
	}
}

/* Also ten thousand rules on one line, and a section that libinih would cut. */
static void refuses_long_lines(void **state)
{
	size_t length = 200000, i;
	char *text = malloc(length + 1);
	struct problem problem = {};
	struct policy_file file;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < length; i++)
		text[i] = "allow in any; "[i % 14];
	memcpy(text, "[rule a]\n", 9);
	text[length] = '\0';
	assert_int_equal(read_bytes(text, length, &file, &problem), -EINVAL);
	assert_non_null(strstr(problem.text, "acme.policy:2: rule a: a line has at most"));
	memset(text, 'x', length);
	memcpy(text, "[rule ", 6);
	assert_int_equal(read_bytes(text, 150, &file, &problem), -EINVAL);
	assert_int_equal(read_bytes(text, length, &file, &problem), -EINVAL);
	free(text);
}

static void takes_many_rules(void **state)
{
	static const unsigned int count = 20000;
	char *text = malloc(count * 100), *end = text;
	struct problem problem = {};
	struct policy_file file;
	struct policy_tables tables;
	unsigned int i;

	(void)state;
	assert_non_null(text);
	for (i = 0; i < count; i++)
		end += sprintf(end, "[rule r%u]\n" DIRECTION ACTION "Peer=10.%u.%u.0/24\n", i,
			       i >> 8, i & 255);
	if (read_bytes(text, end - text, &file, &problem))
		fail_msg("%s", problem.text);
	assert_int_equal(file.policy.count, count);
	assert_int_equal(file.lines[count - 1], 4 * (count - 1) + 1);
	assert_int_equal(policy_compile(&file.policy, &tables, &problem), 0);
	assert_int_equal(tables.addr4_count, count);
	policy_tables_free(&tables);
	policy_file_free(&file);
	/* One of them twice is found, and both places are named. */
	end += sprintf(end, "[rule again]\n" DIRECTION ACTION "Peer=10.1.1.0/24\n");
	assert_int_equal(read_bytes(text, end - text, &file, &problem), -EEXIST);
	assert_non_null(strstr(problem.text, ":80001: rule again says just what rule r257 of "
					     "line 1029 says"));
	free(text);
}

static void finds_rules_that_allow_nothing(void **state)
{
	static const struct {
		const char *deny;
		uint32_t covered;
	} lines[] = {
		{ "deny out any", 1 },
		{ "deny out 10.0.0.0/8", 1 },
		{ "deny out 10.1.0.0/16 tcp 80-90", 1 },
		{ "deny out 10.1.0.0/16 tcp 81-90", 0 },
		{ "deny out 10.1.0.0/16 udp 80", 0 },
		{ "deny out 10.1.0.0/17", 0 },
		{ "deny out 10.0.0.0/8 any any except 10.1.1.0/24", 0 },
		{ "deny in 10.0.0.0/8", 0 },
		{ "deny out ::/0", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct policy policy = {};
		struct policy_entry entry;
		uint32_t by = 0;

		assert_int_equal(policy_line_parse("allow out 10.1.0.0/16 tcp 80", &entry, NULL),
				 0);
		assert_int_equal(policy_add(&policy, &entry, NULL), 0);
		assert_int_equal(policy_line_parse(lines[i].deny, &entry, NULL), 0);
		assert_int_equal(policy_add(&policy, &entry, NULL), 0);
		assert_int_equal(policy_covered_next(&policy, 0, &by), lines[i].covered);
		if (lines[i].covered)
			assert_int_equal(by, 2);
		policy_free(&policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_rules),
		cmocka_unit_test(empty_means_none),
		cmocka_unit_test(names_file_line_rule_and_remedy),
		cmocka_unit_test(refuses_bytes_that_no_text_has),
		cmocka_unit_test(refuses_long_lines),
		cmocka_unit_test(takes_many_rules),
		cmocka_unit_test(finds_rules_that_allow_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
