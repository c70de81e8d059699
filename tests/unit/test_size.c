// SPDX-License-Identifier: GPL-2.0-only
/* Sizes and numbers as people type and read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "size.h"

static void good(const char *text, uint64_t expected)
{
	uint64_t bytes = 0;
	const char *why = NULL;

	assert_int_equal(size_parse(text, &bytes, &why), 0);
	assert_int_equal(bytes, expected);
}

static void bad(const char *text, int error, const char *reason)
{
	uint64_t bytes = 42;
	const char *why = NULL;

	assert_int_equal(size_parse(text, &bytes, &why), error);
	assert_string_equal(why, reason);
	assert_int_equal(bytes, 42);
}

static void sizes_are_read(void **state)
{
	(void)state;
	good("0", 0);
	good("4096", 4096);
	good("64K", 64 << 10);
	good("64k", 64 << 10);
	good("64M", 64 << 20);
	good("2G", 2ULL << 30);
	good("2GiB", 2ULL << 30);
	good("1T", 1ULL << 40);
	good("0x200000", 0x200000);
	good("0x40M", 0x40ULL << 20);
	good("18446744073709551615", UINT64_MAX);
	good("16777215T", 16777215ULL << 40);
}

static void junk_is_refused(void **state)
{
	(void)state;
	bad("", -EINVAL, "it is not a number");
	bad("M", -EINVAL, "it is not a number");
	bad("0x", -EINVAL, "it is not a number");
	bad(" 1", -EINVAL, "it is not a number");
	bad("+1", -EINVAL, "it is not a number");
	bad("-1", -EINVAL, "it is negative");
	bad("-9223372036854775808", -EINVAL, "it is negative");
	bad("1.5G", -EINVAL, "it is not a whole number");
	bad("1X", -EINVAL, "its unit is not K, M, G or T");
	bad("1M ", -EINVAL, "its unit is not K, M, G or T");
	bad("1MM", -EINVAL, "its unit is not K, M, G or T");
	bad("1MB", -EINVAL, "its unit is not K, M, G or T");
	bad("0xg", -EINVAL, "it is not a number");
}

static void overflow_is_refused(void **state)
{
	(void)state;
	bad("18446744073709551616", -ERANGE, "it is too large");
	bad("16777216T", -ERANGE, "it is too large");
	bad("18014398509481984K", -ERANGE, "it is too large");
	bad("0x10000000000000000", -ERANGE, "it is too large");
}

static void what_is_written_reads_the_same(void **state)
{
	static const uint64_t values[] = { 0,	       1,	   1023,       1024,
					   1025,       1536 << 10, 2ULL << 30, 3ULL << 40,
					   5ULL << 50, UINT64_MAX };
	char text[SIZE_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		good(size_format(text, values[i]), values[i]);
	assert_string_equal(size_format(text, 64 << 20), "64M");
	assert_string_equal(size_format(text, 1536 << 10), "1536K");
	assert_string_equal(size_format(text, 4097), "4097");
}

static void rates_are_rounded(void **state)
{
	char text[SIZE_TEXT];

	(void)state;
	assert_string_equal(size_human(text, 0), "0 B");
	assert_string_equal(size_human(text, 1023), "1023 B");
	assert_string_equal(size_human(text, 1536), "1.5 KiB");
	assert_string_equal(size_human(text, 2.0 * (1 << 30)), "2.0 GiB");
}

static void numbers_have_a_limit(void **state)
{
	uint64_t number = 42;
	const char *why;

	(void)state;
	assert_int_equal(number_parse("7", 7, &number, &why), 0);
	assert_int_equal(number, 7);
	assert_int_equal(number_parse("0x10", 16, &number, &why), 0);
	assert_int_equal(number, 16);
	assert_int_equal(number_parse("8", 7, &number, &why), -ERANGE);
	assert_int_equal(number_parse("8K", UINT64_MAX, &number, &why), -EINVAL);
	assert_int_equal(number_parse("-1", UINT64_MAX, &number, &why), -EINVAL);
	assert_int_equal(number, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(junk_is_refused),
		cmocka_unit_test(overflow_is_refused),
		cmocka_unit_test(what_is_written_reads_the_same),
		cmocka_unit_test(rates_are_rounded),
		cmocka_unit_test(numbers_have_a_limit),
	};

	return cmocka_run_group_tests_name("size", tests, NULL, NULL);
}
