// SPDX-License-Identifier: GPL-2.0-only
/* Which events a reader gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "event_filter.h"

/* acme's connection to 10.1.2.3, which a rule denies. */
static const struct cloison_event call = {
	.tenant = 1,
	.hook = CLOISON_HOOK_connect4,
	.verdict = CLOISON_DENY,
	.reason = CLOISON_REASON_denied_rule,
	.peer = { .address = { 10, 1, 2, 3 }, .family = CLOISON_IPV4 },
};
static const struct cloison_event packet = {
	.tenant = 1,
	.hook = CLOISON_HOOK_egress,
	.verdict = CLOISON_ALLOW,
	.reason = CLOISON_REASON_passed,
	.peer = { .address = { 0xFD, 0, 0, 9 }, .family = CLOISON_IPV6 },
};
static const struct cloison_event memory = {
	.tenant = 1,
	.hook = CLOISON_HOOK_region,
	.verdict = CLOISON_DENY,
	.reason = CLOISON_REASON_region_foreign,
	.region = 7,
};

/* Each filter, and which of the three events it wants: c, p, m. */
static void wants_what_was_asked_for(void **state)
{
	static const struct {
		enum event_filter_key key, other;
		const char *words, *other_words, *wanted;
	} filters[] = {
		{ EVENT_FILTER_TENANT, 0, "acme", NULL, "cpm" },
		{ EVENT_FILTER_TENANT, 0, "globex", NULL, "" },
		{ EVENT_FILTER_TENANT, 0, "globex,acme", NULL, "cpm" },
		{ EVENT_FILTER_REGION, 0, "acme/weights", NULL, "m" },
		{ EVENT_FILTER_REGION, 0, "weights", NULL, "" },
		{ EVENT_FILTER_REGION, 0, "globex/weights", NULL, "" },
		{ EVENT_FILTER_REGION, 0, "7", NULL, "m" },
		{ EVENT_FILTER_REGION, 0, "0", NULL, "" },
		{ EVENT_FILTER_PEER, 0, "10.0.0.0/8", NULL, "c" },
		{ EVENT_FILTER_PEER, 0, "10.1.2.2/31", NULL, "c" },
		{ EVENT_FILTER_PEER, 0, "10.1.2.4", NULL, "" },
		{ EVENT_FILTER_PEER, 0, "0.0.0.0/0,::/0", NULL, "cp" },
		{ EVENT_FILTER_PEER, 0, "fd00:9::/32", NULL, "p" },
		{ EVENT_FILTER_VERDICT, 0, "deny", NULL, "cm" },
		{ EVENT_FILTER_VERDICT, 0, "allow,deny", NULL, "cpm" },
		{ EVENT_FILTER_KIND, 0, "memory,packet", NULL, "pm" },
		{ EVENT_FILTER_HOOK, 0, "connect4,connect6", NULL, "c" },
		{ EVENT_FILTER_HOOK, 0, "socket_create", NULL, "" },
		{ EVENT_FILTER_REASON, 0, "denied_rule", NULL, "c" },
		{ EVENT_FILTER_REASON, 0, "passed,region_foreign", NULL, "pm" },
		/* Of each key one word must fit. */
		{ EVENT_FILTER_VERDICT, EVENT_FILTER_PEER, "deny", "10.0.0.0/8", "c" },
		{ EVENT_FILTER_VERDICT, EVENT_FILTER_PEER, "allow", "10.0.0.0/8", "" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		struct event_filter filter = { 0 };
		char wanted[4] = "";

		assert_int_equal(event_filter_add(&filter, filters[i].key, filters[i].words, NULL),
				 0);
		if (filters[i].other_words)
			assert_int_equal(event_filter_add(&filter, filters[i].other,
							  filters[i].other_words, NULL),
					 0);
		if (event_filter_wants(&filter, &call, "acme", ""))
			strcat(wanted, "c");
		if (event_filter_wants(&filter, &packet, "acme", ""))
			strcat(wanted, "p");
		if (event_filter_wants(&filter, &memory, "acme", "weights"))
			strcat(wanted, "m");
		assert_string_equal(wanted, filters[i].wanted);
	}
}

static void without_a_filter_all_are_wanted(void **state)
{
	const struct event_filter filter = { 0 };

	(void)state;
	assert_true(event_filter_wants(&filter, &call, "", ""));
	assert_true(event_filter_wants(&filter, &memory, "", ""));
}

static void numbers_of_another_build_are_not_what_was_asked_for(void **state)
{
	struct cloison_event strange = call;
	struct event_filter filter = { 0 };

	(void)state;
	strange.hook = CLOISON_HOOK_COUNT + 1;
	strange.reason = CLOISON_REASON_COUNT + 1;
	assert_int_equal(event_filter_add(&filter, EVENT_FILTER_REASON, "passed", NULL), 0);
	assert_false(event_filter_wants(&filter, &strange, "acme", ""));
}

static void says_which_words_there_are(void **state)
{
	static const struct {
		enum event_filter_key key;
		const char *words, *says;
	} wrong[] = {
		{ EVENT_FILTER_VERDICT, "drop", "allow, deny" },
		{ EVENT_FILTER_KIND, "file", "packet, call, memory" },
		{ EVENT_FILTER_HOOK, "sendmsg", "sendmsg4" },
		{ EVENT_FILTER_REASON, "denied", "denied_rule" },
		{ EVENT_FILTER_REASON, "passed,", "commas between" },
		{ EVENT_FILTER_REASON, "", "commas between" },
		{ EVENT_FILTER_PEER, "10.0.0.1/8", "10.0.0.0/8" },
		{ EVENT_FILTER_PEER, "tenant:acme", "such as 10.0.0.0/8" },
		{ EVENT_FILTER_PEER, "any", "such as 10.0.0.0/8" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct event_filter filter = { 0 };
		struct problem problem = { "" };

		assert_int_equal(event_filter_add(&filter, wrong[i].key, wrong[i].words, &problem),
				 -EINVAL);
		if (!strstr(problem.text, wrong[i].says))
			fail_msg("'%s' gave '%s'", wrong[i].words, problem.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wants_what_was_asked_for),
		cmocka_unit_test(without_a_filter_all_are_wanted),
		cmocka_unit_test(numbers_of_another_build_are_not_what_was_asked_for),
		cmocka_unit_test(says_which_words_there_are),
	};

	return cmocka_run_group_tests_name("event_filter", tests, NULL, NULL);
}
