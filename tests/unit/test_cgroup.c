// SPDX-License-Identifier: GPL-2.0-only
/* Which directory a cgroup's path means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "cgroup.h"

#define MOUNT "/sys/fs/cgroup"

static void good(const char *path, const char *expected)
{
	char *directory = NULL;

	assert_int_equal(cgroup_resolve(MOUNT, path, &directory), 0);
	assert_string_equal(directory, expected);
	free(directory);
}

static void paths_are_below_the_mount(void **state)
{
	(void)state;
	good("acme", MOUNT "/acme");
	good("cloison/acme/", MOUNT "/cloison/acme");
	good("cloison/..acme", MOUNT "/cloison/..acme");
	good(MOUNT "/cloison/acme", MOUNT "/cloison/acme");
	good(MOUNT "//acme", MOUNT "/acme");
}

static void others_are_refused(void **state)
{
	static const char *const paths[] = {
		"",    "..",	  "a/../../b", "a/..",	       "/",
		MOUNT, MOUNT "/", "/tmp/acme", MOUNT "2/acme", MOUNT "/../etc"
	};
	char *directory = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(cgroup_resolve(MOUNT, paths[i], &directory), -EINVAL);
	assert_null(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_below_the_mount),
		cmocka_unit_test(others_are_refused),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
