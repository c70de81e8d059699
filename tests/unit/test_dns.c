// SPDX-License-Identifier: GPL-2.0-only
/* Answers of the DNS: what is read of them, what is refused, and how long they count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>

#include "dns.h"

#define NAME "www.example.org"

static struct cloison_address address_of(const char *text)
{
	struct cloison_address address = { .family = strchr(text, ':') ? CLOISON_IPV6 :
									 CLOISON_IPV4 };

	assert_int_equal(inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, address.address),
			 1);
	return address;
}

/* ---- messages ------------------------------------------------------------------- */

struct message {
	uint8_t bytes[8192];
	size_t length;
};

static void put16(struct message *message, unsigned int value)
{
	message->bytes[message->length++] = (uint8_t)(value >> 8);
	message->bytes[message->length++] = (uint8_t)value;
}

static void put_name(struct message *message, const char *name)
{
	int length = ns_name_compress(name, message->bytes + message->length,
				      sizeof(message->bytes) - message->length, NULL, NULL);

	assert_true(length > 0);
	message->length += (size_t)length;
}

static void begin(struct message *message, const char *name, unsigned int type, unsigned int flags)
{
	*message = (struct message){ .length = 0 };
	put16(message, 0x1234);
	put16(message, flags);
	put16(message, 1);
	put16(message, 0);
	put16(message, 0);
	put16(message, 0);
	put_name(message, name);
	put16(message, type);
	put16(message, ns_c_in);
}

static void record(struct message *message, const char *owner, unsigned int type, uint32_t ttl,
		   const void *data, size_t length)
{
	put_name(message, owner);
	put16(message, type);
	put16(message, ns_c_in);
	put16(message, ttl >> 16);
	put16(message, ttl);
	put16(message, (unsigned int)length);
	memcpy(message->bytes + message->length, data, length);
	message->length += length;
	message->bytes[7]++;
	message->bytes[6] += !message->bytes[7];
}

static void put_address(struct message *message, const char *owner, uint32_t ttl, const char *text)
{
	struct cloison_address address = address_of(text);

	if (address.family == CLOISON_IPV4)
		record(message, owner, ns_t_a, ttl, address.address, 4);
	else
		record(message, owner, ns_t_aaaa, ttl, address.address, 16);
}

static void put_alias(struct message *message, const char *owner, uint32_t ttl, const char *target)
{
	uint8_t data[NS_MAXCDNAME];
	int length = ns_name_compress(target, data, sizeof(data), NULL, NULL);

	record(message, owner, ns_t_cname, ttl, data, (size_t)length);
}

#define ANSWER 0x8180

static int parse(const struct message *message, struct dns_answer *answer)
{
	*answer = (struct dns_answer){ .count = 0 };
	return dns_answer_parse(message->bytes, message->length, NAME, CLOISON_IPV4, answer);
}

static void reads_addresses(void **state)
{
	struct cloison_address one = address_of("192.0.2.1");
	struct dns_answer answer;
	struct message message;

	(void)state;
	begin(&message, "WWW.example.ORG", ns_t_a, ANSWER);
	put_address(&message, "www.EXAMPLE.org", 300, "192.0.2.1");
	put_address(&message, NAME, 60, "192.0.2.1");
	put_address(&message, NAME, 0x80000001, "192.0.2.2");
	put_address(&message, "evil.example.org", 60, "192.0.2.3");
	put_address(&message, NAME, 60, "2001:db8::1");
	assert_int_equal(parse(&message, &answer), 0);
	assert_int_equal(answer.count, 2);
	assert_memory_equal(&answer.addresses[0], &one, sizeof(one));
	assert_int_equal(answer.ttls[0], 300);
	assert_int_equal(answer.ttls[1], 0);

	begin(&message, NAME, ns_t_aaaa, ANSWER);
	put_address(&message, NAME, 60, "2001:db8::1");
	put_address(&message, NAME, 60, "192.0.2.9");
	assert_int_equal(
		dns_answer_parse(message.bytes, message.length, NAME, CLOISON_IPV6, &answer), 0);
	assert_int_equal(answer.count, 3);
	assert_int_equal(answer.addresses[2].family, CLOISON_IPV6);
}

static void follows_aliases(void **state)
{
	struct dns_answer answer;
	struct message message;
	char from[32], to[32];
	int i;

	(void)state;
	/* In no order, and the least time to live counts. */
	begin(&message, NAME, ns_t_a, ANSWER);
	put_address(&message, "b.example.net", 300, "192.0.2.1");
	put_alias(&message, "a.example.net", 20, "b.example.net");
	put_alias(&message, NAME, 600, "a.example.net");
	assert_int_equal(parse(&message, &answer), 0);
	assert_int_equal(answer.count, 1);
	assert_int_equal(answer.ttls[0], 20);
	/* A ring, and what is longer than anybody needs. */
	put_alias(&message, "b.example.net", 20, NAME);
	assert_int_equal(parse(&message, &answer), -EBADMSG);
	begin(&message, NAME, ns_t_a, ANSWER);
	put_alias(&message, NAME, 60, "n0.example.net");
	for (i = 0; i < 20; i++) {
		snprintf(from, sizeof(from), "n%d.example.net", i);
		snprintf(to, sizeof(to), "n%d.example.net", i + 1);
		put_alias(&message, from, 60, to);
	}
	put_address(&message, "n20.example.net", 60, "192.0.2.1");
	assert_int_equal(parse(&message, &answer), -EBADMSG);
	assert_int_equal(answer.count, 0);
}

static void knows_what_is_no_answer(void **state)
{
	struct dns_answer answer;
	struct message message;

	(void)state;
	begin(&message, NAME, ns_t_a, ANSWER);
	assert_int_equal(parse(&message, &answer), 0);
	begin(&message, NAME, ns_t_a, ANSWER | ns_r_nxdomain);
	assert_int_equal(parse(&message, &answer), 0);
	begin(&message, NAME, ns_t_a, ANSWER | ns_r_servfail);
	put_address(&message, NAME, 60, "192.0.2.1");
	assert_int_equal(parse(&message, &answer), -EAGAIN);
	begin(&message, NAME, ns_t_a, ANSWER | ns_r_refused);
	assert_int_equal(parse(&message, &answer), -EAGAIN);
	/* It is cut off, a question, to another question, of another type. */
	begin(&message, NAME, ns_t_a, ANSWER | 0x0200);
	put_address(&message, NAME, 60, "192.0.2.1");
	assert_int_equal(parse(&message, &answer), -EAGAIN);
	begin(&message, NAME, ns_t_a, 0x0100);
	assert_int_equal(parse(&message, &answer), -EBADMSG);
	begin(&message, "evil.example.org", ns_t_a, ANSWER);
	put_address(&message, NAME, 60, "192.0.2.1");
	assert_int_equal(parse(&message, &answer), -EBADMSG);
	begin(&message, NAME, ns_t_aaaa, ANSWER);
	assert_int_equal(parse(&message, &answer), -EBADMSG);
	begin(&message, NAME, ns_t_a, ANSWER);
	record(&message, NAME, ns_t_a, 60, "12345", 5);
	assert_int_equal(parse(&message, &answer), -EBADMSG);
	begin(&message, NAME, ns_t_a, ANSWER);
	record(&message, NAME, ns_t_cname, 60, "\xC0\x0C", 1);
	assert_int_equal(parse(&message, &answer), -EBADMSG);
}

/* Cut off anywhere, or with any byte changed: no read behind it, and nothing odd taken. */
static void survives_nonsense(void **state)
{
	struct message message, broken;
	struct dns_answer answer;
	unsigned int seed = 7;
	size_t i;
	int n;

	(void)state;
	begin(&message, NAME, ns_t_a, ANSWER);
	put_alias(&message, NAME, 60, "a.example.net");
	put_address(&message, "a.example.net", 60, "192.0.2.1");
	for (i = 0; i < message.length; i++) {
		uint8_t *exact = malloc(i + 1);

		assert_non_null(exact);
		memcpy(exact, message.bytes, i);
		answer.count = 0;
		assert_int_not_equal(dns_answer_parse(exact, i, NAME, CLOISON_IPV4, &answer), 0);
		assert_int_equal(answer.count, 0);
		free(exact);
	}
	for (n = 0; n < 200000; n++) {
		broken = message;
		for (i = 0; i < 1 + (size_t)n % 4; i++)
			broken.bytes[(size_t)rand_r(&seed) % broken.length] =
				(uint8_t)rand_r(&seed);
		parse(&broken, &answer);
		assert_true(answer.count <= 1);
	}
}

static void takes_so_many(void **state)
{
	struct dns_answer answer;
	struct message message;
	char text[32];
	int i;

	(void)state;
	begin(&message, NAME, ns_t_a, ANSWER);
	for (i = 0; i < DNS_ADDRESSES + 5; i++) {
		snprintf(text, sizeof(text), "192.0.2.%d", i);
		put_address(&message, NAME, 60, text);
	}
	assert_int_equal(parse(&message, &answer), 0);
	assert_int_equal(answer.count, DNS_ADDRESSES);
	assert_int_equal(answer.left_out, 5);
}

/* ---- rebinding ---------------------------------------------------------------------- */

static void refuses_what_no_name_has(void **state)
{
	static const char *const never[] = {
		"0.0.0.0",
		"0.1.2.3",
		"127.0.0.1",
		"127.255.255.255",
		"169.254.169.254",
		"192.0.0.1",
		"224.0.0.1",
		"240.0.0.1",
		"255.255.255.255",
		"::",
		"::1",
		"::127.0.0.1",
		"::ffff:192.0.2.1",
		"fe80::1",
		"febf::1",
		"fec0::1",
		"ff02::1",
		"2002:7f00:1::1",
		"2001::1",
		"100::1",
		"64:ff9b:1::1",
		"64:ff9b::127.0.0.1",
		"198.51.100.7",
		"2001:db8:7::1",
		"203.0.113.1",
		"64:ff9b::198.51.100.7",
	};
	static const char *const private[] = { "10.0.0.1",	   "172.16.0.1", "172.31.255.255",
					       "192.168.1.1",	   "100.64.0.1", "100.127.255.255",
					       "198.18.0.1",	   "fd00::1",	 "fc00::1",
					       "64:ff9b::10.0.0.1" };
	static const char *const right[] = { "192.0.2.1",   "8.8.8.8",	  "172.15.0.1",
					     "172.32.0.1",  "100.63.0.1", "100.128.0.1",
					     "2001:db8::1", "2a00::1",	  "64:ff9b::8.8.8.8" };
	struct policy host = { .rules = NULL }, tenants = { .rules = NULL };
	struct dns_owned owned = { &host, &tenants };
	struct cloison_address address;
	struct cloison_own own;
	size_t i;

	(void)state;
	assert_int_equal(policy_own_parse("198.51.100.7", &own, NULL), 0);
	assert_int_equal(policy_own_add(&host, &own), 0);
	assert_int_equal(policy_own_parse("2001:db8:7::/48", &own, NULL), 0);
	assert_int_equal(policy_own_add(&tenants, &own), 0);
	assert_int_equal(policy_own_parse("203.0.113.0/24", &own, NULL), 0);
	assert_int_equal(policy_own_add(&tenants, &own), 0);
	for (i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		address = address_of(never[i]);
		if (!dns_refuse(&address, true, &owned))
			fail_msg("%s is not refused", never[i]);
	}
	for (i = 0; i < sizeof(private) / sizeof(private[0]); i++) {
		address = address_of(private[i]);
		if (!dns_refuse(&address, false, &owned) || dns_refuse(&address, true, &owned))
			fail_msg("%s is not private", private[i]);
	}
	for (i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		address = address_of(right[i]);
		if (dns_refuse(&address, false, &owned))
			fail_msg("%s is refused", right[i]);
	}
	policy_free(&host);
	policy_free(&tenants);
}

static void knows_a_zone(void **state)
{
	(void)state;
	assert_true(dns_in_zone("a.example.org", "example.org"));
	assert_true(dns_in_zone("example.org", "example.org"));
	assert_false(dns_in_zone("badexample.org", "example.org"));
	assert_false(dns_in_zone("example.org", "a.example.org"));
	assert_false(dns_in_zone("example.org.evil.net", "example.org"));
}

/* ---- time --------------------------------------------------------------------------- */

static const struct dns_limits limits = { 5, 3600, 60 };

static struct dns_answer answer_of(const char *const *texts, const uint32_t *ttls, uint32_t count)
{
	struct dns_answer answer = { .count = count };
	uint32_t i;

	for (i = 0; i < count; i++) {
		answer.addresses[i] = address_of(texts[i]);
		answer.ttls[i] = ttls[i];
	}
	return answer;
}

static void counts_for_its_time(void **state)
{
	static const char *const first[] = { "192.0.2.1", "192.0.2.2" }, *const second[] = {
		"192.0.2.2"
	};
	static const uint32_t ttls[] = { 100, 1 }, again[] = { 1000000 };
	struct dns_answer answer = answer_of(first, ttls, 2);
	struct dns_name name = { .number = 1 };
	uint64_t now = 1000 * DNS_SECOND;

	(void)state;
	name.record.failures = 3;
	dns_take(&name, &answer, &limits, now);
	assert_int_equal(name.count, 2);
	assert_int_equal(name.record.failures, 0);
	assert_int_equal(name.record.answered, now);
	assert_int_equal(name.until[0], now + 160 * DNS_SECOND);
	assert_int_equal(name.until[1], now + 65 * DNS_SECOND);
	assert_int_equal(dns_wait(&answer, 0, &limits), 5);
	/* What is answered again counts from then on, what is not ends when it would have. */
	answer = answer_of(second, again, 1);
	now += 10 * DNS_SECOND;
	dns_take(&name, &answer, &limits, now);
	assert_int_equal(name.count, 2);
	assert_int_equal(name.until[1], now + 3660 * DNS_SECOND);
	assert_int_equal(dns_wait(&answer, 0, &limits), 3600);
	assert_int_equal(dns_expire(&name, 1160 * DNS_SECOND - 1), 0);
	assert_int_equal(dns_expire(&name, 1160 * DNS_SECOND), 1);
	assert_int_equal(name.count, 1);
	assert_int_equal(name.until[0], now + 3660 * DNS_SECOND);
	/* No answer adds nothing. */
	assert_int_equal(dns_expire(&name, UINT64_MAX), 1);
	assert_int_equal(name.count, 0);
}

static void asks_again(void **state)
{
	struct dns_answer none = { .count = 0 };

	(void)state;
	assert_int_equal(dns_wait(&none, 0, &limits), 30);
	assert_int_equal(dns_wait(NULL, 1, &limits), 10);
	assert_int_equal(dns_wait(NULL, 2, &limits), 20);
	assert_int_equal(dns_wait(NULL, 3, &limits), 40);
	assert_int_equal(dns_wait(NULL, 100000, &limits), 60);
}

static void what_is_answered_now_comes_first(void **state)
{
	static const char *const fresh[] = { "198.51.100.1" };
	static const uint32_t ttl[] = { 60 };
	struct dns_answer answer = { .count = DNS_ADDRESSES };
	struct cloison_address one = address_of("198.51.100.1");
	struct dns_name name = { .number = 1 };
	uint32_t i;

	(void)state;
	for (i = 0; i < DNS_ADDRESSES; i++) {
		answer.addresses[i] = address_of("192.0.2.0");
		answer.addresses[i].address[3] = (uint8_t)i;
		answer.ttls[i] = 100 + i;
	}
	dns_take(&name, &answer, &limits, 0);
	assert_int_equal(name.count, DNS_ADDRESSES);
	answer = answer_of(fresh, ttl, 1);
	dns_take(&name, &answer, &limits, DNS_SECOND);
	assert_int_equal(name.count, DNS_ADDRESSES);
	assert_int_equal(name.record.left_out, 0);
	/* In place of what would have ended first. */
	assert_memory_equal(&name.addresses[0], &one, sizeof(one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(follows_aliases),
		cmocka_unit_test(knows_what_is_no_answer),
		cmocka_unit_test(survives_nonsense),
		cmocka_unit_test(takes_so_many),
		cmocka_unit_test(refuses_what_no_name_has),
		cmocka_unit_test(knows_a_zone),
		cmocka_unit_test(counts_for_its_time),
		cmocka_unit_test(asks_again),
		cmocka_unit_test(what_is_answered_now_comes_first),
	};

	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
