// SPDX-License-Identifier: GPL-2.0-only
/* A pool drawn as a bar. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "bar.h"

#define GIB (1ULL << 30)

static const struct bar_part pool[] = {
	{ 4 * GIB, BAR_USED, 'A', 2 },
	{ 2 * GIB, BAR_DIRTY, 0, 0 },
	{ 1 * GIB, BAR_QUARANTINED, 0, 0 },
	{ 9 * GIB, BAR_CLEAN, 0, 0 },
};

static char *drawn(const struct bar_part *parts, size_t count, const struct bar_style *style)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	bar_draw(out, parts, count, style);
	fclose(out);
	return text;
}

static void a_bar_is_to_scale(void **state)
{
	const struct bar_style style = { .width = 16 };
	char *text = drawn(pool, 4, &style);

	(void)state;
	assert_string_equal(text, "[AAAA~~!.........]");
	free(text);
}

static void signs_may_be_utf8_and_coloured(void **state)
{
	const struct bar_style style = { .width = 4, .utf8 = true };
	const struct bar_style colours = { .width = 4, .colour = true };
	char *text = drawn(pool, 4, &style);

	(void)state;
	assert_string_equal(text, "[A\303\227\302\267\302\267]");
	free(text);
	text = drawn(pool, 1, &colours);
	assert_string_equal(text, "[\033[1;32mA\033[0m\033[1;32mA\033[0m\033[1;32mA\033[0m"
				  "\033[1;32mA\033[0m]");
	free(text);
}

static void a_small_region_is_never_lost(void **state)
{
	const struct bar_part parts[] = {
		{ 500 * GIB, BAR_CLEAN, 0, 0 },
		{ 2 << 20, BAR_USED, 'B', 1 },
		{ 500 * GIB, BAR_CLEAN, 0, 0 },
	};
	size_t cell, seen = 0;

	(void)state;
	for (cell = 0; cell < 75; cell++)
		seen += bar_cell(parts, 3, 75, cell) == 1;
	assert_true(seen >= 1);
}

static void of_two_owners_the_larger_share_shows(void **state)
{
	const struct bar_part parts[] = {
		{ 3 * GIB, BAR_USED, 'A', 1 },
		{ 5 * GIB, BAR_USED, 'B', 2 },
	};

	(void)state;
	assert_int_equal(bar_cell(parts, 2, 1, 0), 1);
	assert_int_equal(bar_cell(parts, 2, 2, 0), 0);
}

static void a_pool_of_nothing_is_blank(void **state)
{
	const struct bar_style style = { .width = 3 };
	char *text = drawn(NULL, 0, &style);

	(void)state;
	assert_string_equal(text, "[   ]");
	free(text);
}

static void the_largest_pool_does_not_overflow(void **state)
{
	const struct bar_part parts[] = {
		{ UINT64_MAX / 2, BAR_DIRTY, 0, 0 },
		{ UINT64_MAX / 2, BAR_USED, 'A', 1 },
	};

	(void)state;
	assert_int_equal(bar_cell(parts, 2, 160, 0), 0);
	assert_int_equal(bar_cell(parts, 2, 160, 159), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bar_is_to_scale),
		cmocka_unit_test(signs_may_be_utf8_and_coloured),
		cmocka_unit_test(a_small_region_is_never_lost),
		cmocka_unit_test(of_two_owners_the_larger_share_shows),
		cmocka_unit_test(a_pool_of_nothing_is_blank),
		cmocka_unit_test(the_largest_pool_does_not_overflow),
	};

	return cmocka_run_group_tests_name("bar", tests, NULL, NULL);
}
