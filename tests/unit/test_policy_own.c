// SPDX-License-Identifier: GPL-2.0-only
/* What is a tenant's own, and what names stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "policy.h"
#include "policy_resolve.h"

static struct cloison_own own_of(const char *word)
{
	struct problem problem = { "" };
	struct cloison_own own = { 0 };

	if (policy_own_parse(word, &own, &problem))
		fail_msg("%s", problem.text);
	return own;
}

static struct cloison_rule port_of(const char *word)
{
	struct problem problem = { "" };
	struct cloison_rule label = { 0 };

	if (policy_port_parse(word, &label, &problem))
		fail_msg("%s", problem.text);
	return label;
}

static struct cloison_rule group_of(const char *word)
{
	struct cloison_rule label = { 0 };

	assert_int_equal(policy_group_parse(word, &label, NULL), 0);
	return label;
}

static void reads_and_writes_back(void **state)
{
	static const char *const owns[] = { "10.9.0.1",	   "10.9.0.0/28", "fd00:9::1",
					    "fd00:9::/64", "0.0.0.1",	  "223.255.255.0/24" };
	static const char *const ports[] = { "web=tcp/8080", "dns=udp/53", "a-1=sctp/5000-5010" };
	char text[POLICY_RULE_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(owns) / sizeof(owns[0]); i++) {
		struct cloison_own own = own_of(owns[i]);

		policy_own_format(&own, text);
		assert_string_equal(text, owns[i]);
	}
	for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		struct cloison_rule label = port_of(ports[i]);

		policy_label_format(&label, text);
		assert_string_equal(text, ports[i]);
	}
}

static void refuses_what_is_nobodys(void **state)
{
	static const char *const words[] = {
		"0.0.0.0",
		"0.0.0.0/0",
		"127.0.0.1",
		"126.0.0.0/7",
		"224.0.0.1",
		"192.0.0.0/2",
		"::",
		"::1",
		"::/0",
		"ff02::1",
		"fe00::/7",
		"10.0.0.1/8",
		"any",
		"host",
		"tenant:a",
		"",
		"::ffff:10.0.0.1",
	};
	static const char *const ports[] = {
		"web",
		"web=tcp",
		"web=tcp/",
		"web=any/80",
		"web=icmp/8",
		"web=tcp/http",
		"web=tcp/any",
		"80=tcp/80",
		"Web=tcp/80",
		"=tcp/80",
		"web=tcp/80,",
		"web=tcp/65536",
		"abcdefghijklmnop=tcp/80",
	};
	struct cloison_rule label;
	struct cloison_own own;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (policy_own_parse(words[i], &own, NULL) != -EINVAL)
			fail_msg("%s was taken", words[i]);
	for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (policy_port_parse(ports[i], &label, NULL) != -EINVAL)
			fail_msg("%s was taken", ports[i]);
	assert_int_equal(policy_group_parse("a/b", &label, NULL), -EINVAL);
	assert_int_equal(policy_group_parse("", &label, NULL), -EINVAL);
}

static void tells_what_overlaps(void **state)
{
	static const struct {
		const char *a, *b;
		bool overlap;
	} pairs[] = {
		{ "10.9.0.1", "10.9.0.1", true },	{ "10.9.0.1", "10.9.0.2", false },
		{ "10.9.0.0/28", "10.9.0.15", true },	{ "10.9.0.0/28", "10.9.0.16", false },
		{ "10.9.0.0/28", "10.9.0.8/29", true }, { "10.9.0.0/29", "10.9.0.8/29", false },
		{ "fd00:9::/64", "fd00:9::1", true },	{ "fd00:9::/64", "fd00:9:0:1::1", false },
		{ "a00::/8", "10.0.0.1", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct cloison_own a = own_of(pairs[i].a), b = own_of(pairs[i].b);

		assert_int_equal(policy_own_overlaps(&a, &b), pairs[i].overlap);
		assert_int_equal(policy_own_overlaps(&b, &a), pairs[i].overlap);
	}
}

static void labels_are_there_once(void **state)
{
	struct cloison_rule web = port_of("web=tcp/80"), other = port_of("web=tcp/81"),
			    udp = port_of("web=udp/80"), red = group_of("red"),
			    blue = group_of("blue");
	struct policy policy = { 0 }, copy = { 0 };

	(void)state;
	assert_int_equal(policy_label_add(&policy, &web), 0);
	assert_int_equal(policy_label_add(&policy, &other), -EEXIST);
	assert_int_equal(policy_label_add(&policy, &udp), 0);
	assert_int_equal(policy_label_add(&policy, &red), 0);
	assert_int_equal(policy_label_add(&policy, &red), -EEXIST);
	assert_true(policy_in_group(&policy, "red"));
	assert_false(policy_in_group(&policy, "blue"));
	assert_int_equal(policy_port_find(&policy, "web", CLOISON_TCP)->first_port, 80);
	assert_null(policy_port_find(&policy, "web", CLOISON_SCTP));
	assert_int_equal(policy_own_copy(&copy, &policy), 0);
	assert_false(policy_own_differs(&copy, &policy));
	policy_labels_drop(&copy, CLOISON_LABEL_GROUP);
	assert_int_equal(copy.label_count, 2);
	assert_true(policy_own_differs(&copy, &policy));
	assert_int_equal(policy_label_add(&copy, &blue), 0);
	assert_true(policy_own_differs(&copy, &policy));
	policy_free(&policy);
	policy_free(&copy);
}

/* acme's rule, in a world where globex has an address and a port, and initech has nothing. */
static int resolve(const char *line, bool strict, struct policy *policy, struct problem *problem)
{
	struct policy globex = { 0 }, initech = { 0 };
	struct policy_tenant tenants[] = { { "globex", &globex }, { "initech", &initech } };
	struct policy_dns names[] = { { "a.example.org", 7 }, { "b.example.org", 9 } };
	struct policy_world world = { tenants, 2, NULL, 0, names, 2 };
	struct cloison_own address = own_of("10.9.0.0/30");
	struct cloison_rule web = port_of("web=tcp/80-81"), red = group_of("red"),
			    dns = port_of("dns=udp/53");
	struct policy_entry entry;
	int error;

	*policy = (struct policy){ 0 };
	if (policy_own_add(&globex, &address) || policy_label_add(&globex, &web) ||
	    policy_label_add(&globex, &red) || policy_label_add(&initech, &red) ||
	    policy_label_add(policy, &dns) || policy_line_parse(line, &entry, problem) ||
	    policy_add(policy, &entry, problem))
		fail_msg("%s: %s", line, problem->text);
	error = policy_resolve(policy, "acme", &world, strict, problem);
	policy_free(&globex);
	policy_free(&initech);
	return error;
}

static void names_stand_for_what_is_there(void **state)
{
	static const struct {
		const char *line;
		size_t members;
		uint32_t first, last; /* of the rule, or of its member if it has one */
	} rules[] = {
		{ "allow out tenant:globex tcp 443", 1, 443, 443 },
		{ "allow out tenant:globex tcp web", 1, 80, 81 },
		{ "allow out group:red tcp web", 1, 80, 81 },
		{ "allow out group:red udp web", 0, 1, 0 },
		{ "allow out group:blue tcp web", 0, 1, 0 },
		{ "allow in any udp dns", 0, 53, 53 },
		{ "allow in tenant:globex udp dns", 1, 53, 53 },
		{ "allow in any tcp 443", 0, 443, 443 },
		{ "deny out tenant:globex tcp web", 1, 80, 81 },
		/* A denial does not vanish with the name. */
		{ "deny out group:red udp web", 1, 0, 65535 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct problem problem = { "" };
		struct policy policy;
		const struct cloison_rule *ports;

		if (resolve(rules[i].line, true, &policy, &problem))
			fail_msg("%s: %s", rules[i].line, problem.text);
		assert_int_equal(policy.part_count, rules[i].members);
		ports = rules[i].members ? policy.parts : policy.rules;
		assert_int_equal(ports->first_port, rules[i].first);
		assert_int_equal(ports->last_port, rules[i].last);
		policy_free(&policy);
	}
}

static void says_what_a_name_lacks(void **state)
{
	static const struct {
		const char *line;
		int error;
		const char *says;
	} rules[] = {
		{ "allow out tenant:nobody tcp 1", -ENOENT, "cloison tenant list" },
		{ "allow out tenant:acme tcp 1", -EINVAL, "names itself" },
		{ "allow out tenant:initech tcp 1", -EINVAL, "cloison net address initech" },
		{ "allow out tenant:globex udp web", -EINVAL,
		  "cloison tenant set globex --port web=udp/NUMBER" },
		{ "allow in any tcp dns", -EINVAL,
		  "cloison tenant set acme --port dns=tcp/NUMBER" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		struct problem problem = { "" };
		struct policy policy;

		assert_int_equal(resolve(rules[i].line, true, &policy, &problem), rules[i].error);
		if (!strstr(problem.text, rules[i].says))
			fail_msg("%s: %s", rules[i].line, problem.text);
		policy_free(&policy);
		/* In force already, such a rule is for nobody. */
		assert_int_equal(resolve(rules[i].line, false, &policy, &problem), 0);
		assert_int_equal(policy.part_count, 0);
		policy_free(&policy);
	}
}

static void a_denial_does_not_vanish_with_a_name(void **state)
{
	struct problem problem = { "" };
	struct policy policy;

	(void)state;
	assert_int_equal(resolve("deny in any tcp dns", true, &policy, &problem), -EINVAL);
	policy_free(&policy);
	assert_int_equal(resolve("deny in any tcp dns", false, &policy, &problem), 0);
	assert_int_equal(policy.rules[0].first_port, 0);
	assert_int_equal(policy.rules[0].last_port, 65535);
	policy_free(&policy);
	assert_int_equal(resolve("deny out tenant:globex udp web", false, &policy, &problem), 0);
	assert_int_equal(policy.part_count, 1);
	assert_int_equal(policy.parts[0].last_port, 65535);
	policy_free(&policy);
}

static struct policy_answer judged(const struct policy *policy, const char *word,
				   const uint32_t *names, uint32_t count)
{
	struct problem problem = { "" };
	struct policy_tables tables;
	struct policy_answer answer;
	struct policy_flow flow;

	assert_int_equal(policy_compile(policy, &tables, &problem), 0);
	assert_int_equal(policy_flow_parse("->", word, &flow, &problem), 0);
	for (; flow.name_count < count; flow.name_count++)
		flow.names[flow.name_count] = names[flow.name_count];
	answer = policy_tables_judge(&tables, &flow);
	policy_tables_free(&tables);
	return answer;
}

static void a_name_is_a_class_of_its_own(void **state)
{
	static const uint32_t names[] = { 9, 7, 12 };
	struct problem problem = { "" };
	struct policy_entry entry;
	struct policy policy;

	(void)state;
	assert_int_equal(resolve("allow out dns:A.example.org. tcp 443", true, &policy, &problem),
			 0);
	assert_int_equal(policy.part_count, 1);
	assert_int_equal(policy.parts[0].peers, CLOISON_PART_DNS);
	assert_int_equal(policy.parts[0].prefix, 7);
	assert_true(policy_flags(&policy) & CLOISON_HAS_DNS);
	assert_int_equal(judged(&policy, "10.0.0.1:443/tcp", names, 0).verdict, CLOISON_DENY);
	assert_int_equal(judged(&policy, "10.0.0.1:443/tcp", names, 1).verdict, CLOISON_DENY);
	assert_int_equal(judged(&policy, "10.0.0.1:443/tcp", names, 2).rule, 1);
	assert_int_equal(judged(&policy, "[2001:db8::1]:443/tcp", names, 3).verdict, CLOISON_ALLOW);
	assert_int_equal(judged(&policy, "10.0.0.1:80/tcp", names, 3).verdict, CLOISON_DENY);
	assert_int_equal(judged(&policy, "10.0.0.1:443/udp", names, 3).verdict, CLOISON_DENY);
	/* A denial beats it. */
	assert_int_equal(policy_line_parse("deny out 10.0.0.0/8", &entry, &problem), 0);
	assert_int_equal(policy_add(&policy, &entry, &problem), 0);
	assert_int_equal(judged(&policy, "10.0.0.1:443/tcp", names, 3).rule, 2);
	assert_int_equal(judged(&policy, "11.0.0.1:443/tcp", names, 3).rule, 1);
	policy_members_drop(&policy);
	assert_int_equal(policy.part_count, 0);
	policy_free(&policy);
	/* One that has no number yet is for nobody. */
	assert_int_equal(resolve("allow out dns:c.example.org", true, &policy, &problem), 0);
	assert_int_equal(policy.part_count, 0);
	assert_int_equal(judged(&policy, "10.0.0.1:443/tcp", names, 3).verdict, CLOISON_DENY);
	policy_free(&policy);
}

static void names_are_whole(void **state)
{
	static const char *const right[] = { "a.b", "xn--bcher-kva.example", "_dmarc.example.org",
					     "1.a", "A-B.C" };
	static const char *const wrong[] = {
		"",
		".",
		"a",
		"a..b",
		".a.b",
		"-a.b",
		"a-.b",
		"a.b-",
		"a.-b",
		"*.a.b",
		"a b.c",
		"10.0.0.1",
		"a.b/8",
		"a.b:443",
		"a,b.c",
		"\xc3\xa9.fr",
		"a123456789.a123456789.a123456789.a123456789.a123456789.a12345678",
	};
	char name[CLOISON_TENANT_NAME_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_int_equal(policy_dns_parse(right[i], name, NULL), 0);
	assert_string_equal(name, "a-b.c");
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!policy_dns_parse(wrong[i], name, NULL))
			fail_msg("%s is taken for a name", wrong[i]);
}

static void tells_whether_the_meaning_is_the_same(void **state)
{
	struct problem problem = { "" };
	struct policy a, b;

	(void)state;
	assert_int_equal(resolve("allow out group:red tcp web", true, &a, &problem), 0);
	assert_int_equal(resolve("allow out group:red tcp web", true, &b, &problem), 0);
	assert_true(policy_same_meaning(&a, &b));
	b.parts[0].last_port++;
	assert_false(policy_same_meaning(&a, &b));
	policy_members_drop(&b);
	assert_false(policy_same_meaning(&a, &b));
	policy_free(&a);
	policy_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_and_writes_back),
		cmocka_unit_test(refuses_what_is_nobodys),
		cmocka_unit_test(tells_what_overlaps),
		cmocka_unit_test(labels_are_there_once),
		cmocka_unit_test(names_stand_for_what_is_there),
		cmocka_unit_test(says_what_a_name_lacks),
		cmocka_unit_test(a_denial_does_not_vanish_with_a_name),
		cmocka_unit_test(a_name_is_a_class_of_its_own),
		cmocka_unit_test(names_are_whole),
		cmocka_unit_test(tells_whether_the_meaning_is_the_same),
	};

	return cmocka_run_group_tests_name("policy_own", tests, NULL, NULL);
}
