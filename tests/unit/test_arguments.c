// SPDX-License-Identifier: GPL-2.0-only
/* A verb's options and operands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "arguments.h"

struct values {
	bool flag, given;
	const char *text;
	uint64_t size;
	uint32_t number, mode;
	struct argument_list list;
};

#define WORDS(...) ((char *[]){ __VA_ARGS__, NULL })

static char reason[ARGUMENT_REASON];

static int parse(struct values *values, char **argv)
{
	const struct argument_option options[] = {
		{ "flag", 'f', ARGUMENT_FLAG, &values->flag, NULL },
		{ "text", 't', ARGUMENT_TEXT, &values->text, NULL },
		{ "size", 0, ARGUMENT_SIZE, &values->size, &values->given },
		{ "number", 0, ARGUMENT_NUMBER, &values->number, NULL },
		{ "mode", 0, ARGUMENT_MODE, &values->mode, NULL },
		{ "list", 0, ARGUMENT_LIST, &values->list, NULL },
		{ 0 },
	};
	int argc = 0;

	memset(values, 0, sizeof(*values));
	reason[0] = '\0';
	while (argv[argc])
		argc++;
	return arguments_parse(argc, argv, options, reason);
}

static void options_stand_anywhere(void **state)
{
	char **argv = WORDS("one", "--size", "64M", "two", "-f", "--text=a=b", "three");
	struct values values;

	(void)state;
	assert_int_equal(parse(&values, argv), 3);
	assert_string_equal(argv[0], "one");
	assert_string_equal(argv[1], "two");
	assert_string_equal(argv[2], "three");
	assert_true(values.flag);
	assert_true(values.given);
	assert_string_equal(values.text, "a=b");
	assert_int_equal(values.size, 64 << 20);
}

static void two_dashes_end_the_options(void **state)
{
	char **argv = WORDS("-f", "--", "--size", "-", "--");
	struct values values;

	(void)state;
	assert_int_equal(parse(&values, argv), 3);
	assert_string_equal(argv[0], "--size");
	assert_string_equal(argv[1], "-");
	assert_string_equal(argv[2], "--");
	assert_false(values.given);
}

static void a_dash_alone_is_an_operand(void **state)
{
	struct values values;

	(void)state;
	assert_int_equal(parse(&values, WORDS("-")), 1);
}

static void numbers_and_modes(void **state)
{
	struct values values;

	(void)state;
	assert_int_equal(parse(&values, WORDS("--number", "2147483647", "--mode", "0640")), 0);
	assert_int_equal(values.number, INT32_MAX);
	assert_int_equal(values.mode, 0640);
}

static void lists_grow_up_to_their_size(void **state)
{
	char *argv[2 * (ARGUMENT_LIST_SIZE + 1) + 1];
	struct values values;
	int i;

	(void)state;
	assert_int_equal(parse(&values, WORDS("--list", "a", "one", "--list=b")), 1);
	assert_int_equal(values.list.count, 2);
	assert_string_equal(values.list.items[0], "a");
	assert_string_equal(values.list.items[1], "b");
	assert_int_equal(parse(&values, WORDS("--list=")), -EINVAL);
	assert_string_equal(reason, "--list \"\": it is empty");
	for (i = 0; i < 2 * (ARGUMENT_LIST_SIZE + 1); i += 2) {
		argv[i] = "--list";
		argv[i + 1] = "a";
	}
	argv[i] = NULL;
	assert_int_equal(parse(&values, argv), -EINVAL);
	assert_string_equal(reason, "--list \"a\": there are too many of them");
}

static void mistakes_are_named(void **state)
{
	struct values values;

	(void)state;
	assert_int_equal(parse(&values, WORDS("--sizes", "1")), -EINVAL);
	assert_string_equal(reason, "unknown option \"--sizes\"");
	assert_int_equal(parse(&values, WORDS("-ff")), -EINVAL);
	assert_string_equal(reason, "unknown option \"-ff\"");
	assert_int_equal(parse(&values, WORDS("--size")), -EINVAL);
	assert_string_equal(reason, "--size wants a value");
	assert_int_equal(parse(&values, WORDS("--flag=yes")), -EINVAL);
	assert_string_equal(reason, "--flag takes no value");
	assert_int_equal(parse(&values, WORDS("--text=")), -EINVAL);
	assert_string_equal(reason, "--text \"\": it is empty");
	assert_int_equal(parse(&values, WORDS("--size", "-1")), -EINVAL);
	assert_string_equal(reason, "--size \"-1\": it is negative");
	assert_int_equal(parse(&values, WORDS("--number", "2147483648")), -EINVAL);
	assert_string_equal(reason, "--number \"2147483648\": it is too large");
	assert_int_equal(parse(&values, WORDS("--mode", "0689")), -EINVAL);
	assert_int_equal(parse(&values, WORDS("--mode", "1777")), -EINVAL);
	assert_int_equal(parse(&values, WORDS("--mode", "-1")), -EINVAL);
	assert_string_equal(reason, "--mode \"-1\": it is not an octal mode such as 0660");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(a_dash_alone_is_an_operand),
		cmocka_unit_test(numbers_and_modes),
		cmocka_unit_test(lists_grow_up_to_their_size),
		cmocka_unit_test(mistakes_are_named),
	};

	return cmocka_run_group_tests_name("arguments", tests, NULL, NULL);
}
