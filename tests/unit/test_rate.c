// SPDX-License-Identifier: GPL-2.0-only
/* Rates as people type and read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "rate.h"

#define MOST (1ULL << 30)

static void good(const char *text, uint64_t amount, uint64_t seconds)
{
	struct rate rate = { 0 };
	char again[RATE_TEXT];
	const char *why = NULL;

	assert_int_equal(rate_parse(text, MOST, &rate, &why), 0);
	assert_int_equal(rate.amount, amount);
	assert_int_equal(rate.seconds, seconds);
	assert_string_equal(rate_format(again, &rate), text);
}

static void bad(const char *text, int error, const char *reason)
{
	struct rate rate = { 42, 43 };
	const char *why = NULL;

	assert_int_equal(rate_parse(text, MOST, &rate, &why), error);
	assert_string_equal(why, reason);
	assert_int_equal(rate.amount, 42);
	assert_int_equal(rate.seconds, 43);
}

static void rates_are_read(void **state)
{
	(void)state;
	good("1/second", 1, 1);
	good("90/minute", 90, 60);
	good("5/hour", 5, 3600);
	good("10M/second", 10 << 20, 1);
	good("1G/second", MOST, 1);
	good("60G/minute", 60 * MOST, 60);
}

static void junk_is_refused(void **state)
{
	(void)state;
	bad("", -EINVAL, "it has no time, as in 10/second");
	bad("10", -EINVAL, "it has no time, as in 10/second");
	bad("/second", -EINVAL, "it is not a number");
	bad("-1/second", -EINVAL, "it is negative");
	bad("10/", -EINVAL, "its time is not second, minute or hour");
	bad("10/seconds", -EINVAL, "its time is not second, minute or hour");
	bad("10/second/hour", -EINVAL, "its time is not second, minute or hour");
	bad("10X/second", -EINVAL, "its unit is not K, M, G or T");
	bad("0/second", -ERANGE, "a rate of nothing is a rule that denies");
	bad("2G/second", -ERANGE, "it is too large");
	bad("61G/minute", -ERANGE, "it is too large");
	bad("00000000000000000000000000000001/second", -ERANGE, "it is too large");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_read),
		cmocka_unit_test(junk_is_refused),
	};

	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
