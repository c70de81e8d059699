// SPDX-License-Identifier: GPL-2.0-only
/* Listings: the same fields as text and as JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"

static const char *const names[] = { "name", "bytes", "on", NULL };

static struct table *sample(void)
{
	struct table *table = table_new(names);

	table_text(table, "acme");
	table_bytes(table, 64 << 20);
	table_flag(table, true);
	table_text(table, "g\303\251nie");
	table_none(table);
	table_flag(table, false);
	return table;
}

static char *printed(struct table *table, bool json,
		     int (*print)(const struct table *, bool, FILE *))
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(print(table, json, out), 0);
	fclose(out);
	table_free(table);
	return text;
}

static void text_lines_up(void **state)
{
	char *text = printed(sample(), false, table_print);

	(void)state;
	assert_string_equal(text, "name   bytes  on\n"
				  "acme     64M  yes\n"
				  "g\303\251nie      -  no\n");
	free(text);
}

static void json_has_the_same_fields(void **state)
{
	char *text = printed(sample(), true, table_print);
	json_t *json = json_loads(text, 0, NULL);
	json_t *row = json_array_get(json, 0);
	size_t i;

	(void)state;
	assert_int_equal(json_array_size(json), 2);
	assert_int_equal(json_object_size(row), 3);
	for (i = 0; names[i]; i++)
		assert_non_null(json_object_get(row, names[i]));
	assert_string_equal(json_string_value(json_object_get(row, "name")), "acme");
	assert_int_equal(json_integer_value(json_object_get(row, "bytes")), 64 << 20);
	assert_true(json_is_true(json_object_get(row, "on")));
	assert_true(json_is_null(json_object_get(json_array_get(json, 1), "bytes")));
	json_decref(json);
	free(text);
}

static void an_empty_listing_is_an_empty_array(void **state)
{
	char *text = printed(table_new(names), true, table_print);

	(void)state;
	assert_string_equal(text, "[]\n");
	free(text);
	text = printed(table_new(names), false, table_print);
	assert_string_equal(text, "name  bytes  on\n");
	free(text);
}

static struct table *one_row(void)
{
	struct table *table = table_new(names);

	table_text(table, "acme");
	table_number(table, 7);
	table_json(table, json_pack("[i]", 1), "one");
	return table;
}

static void one_row_is_a_line_a_field(void **state)
{
	char *text = printed(one_row(), false, table_print_one);
	json_t *json;

	(void)state;
	assert_string_equal(text, "name   acme\nbytes  7\non     one\n");
	free(text);
	text = printed(one_row(), true, table_print_one);
	json = json_loads(text, 0, NULL);
	assert_true(json_is_object(json));
	assert_int_equal(json_array_size(json_object_get(json, "on")), 1);
	json_decref(json);
	free(text);
}

static void one_row_means_one(void **state)
{
	struct table *table = sample();

	(void)state;
	assert_int_equal(table_print_one(table, false, stdout), -EINVAL);
	table_free(table);
}

static struct table *hostile(void)
{
	struct table *table = table_new(names);

	table_text(table, "\033[2J\377");
	table_none(table);
	table_none(table);
	return table;
}

static void text_of_others_is_escaped(void **state)
{
	char *text = printed(hostile(), false, table_print);
	json_t *json;

	(void)state;
	assert_string_equal(text, "name         bytes  on\n"
				  "\\x1b[2J\\xff  -      -\n");
	free(text);
	text = printed(hostile(), true, table_print);
	json = json_loads(text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json, 0), "name")),
			    "\\x1b[2J\\xff");
	json_decref(json);
	free(text);
	json = output_text("a\nb");
	assert_string_equal(json_string_value(json), "a\\x0ab");
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_lines_up),
		cmocka_unit_test(json_has_the_same_fields),
		cmocka_unit_test(an_empty_listing_is_an_empty_array),
		cmocka_unit_test(one_row_is_a_line_a_field),
		cmocka_unit_test(one_row_means_one),
		cmocka_unit_test(text_of_others_is_escaped),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
