// SPDX-License-Identifier: GPL-2.0-only
/* libcloison, as far as it goes without the module. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <libcloison.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#define X63 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void names_follow_the_rule(void **state)
{
	static const char *const good[] = { "a", "7", "acme", "A-b_9", X63 };
	static const char *const bad[] = { "",	 "-a", "_a",  ".a",	  "a b",  "a/b",
					   "a:", "..", "a\n", "\303\251", X63 "x" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(cloison_name_valid(good[i]));
		assert_true(cloison_region_name_valid(good[i]));
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(cloison_name_valid(bad[i]));
		assert_false(cloison_region_name_valid(bad[i]));
	}
	assert_false(cloison_name_valid(NULL));
	assert_false(cloison_name_valid("model.gguf"));
	assert_true(cloison_region_name_valid("model.gguf"));
}

static void full_names_are_split(void **state)
{
	static const char *const bad[] = { "",	       "acme",	  "/w",	  "acme/",
					   "acme/w/x", "a.b/w",	  "../w", "acme/..",
					   X63 "x/w",  "acme//w", NULL };
	char tenant[CLOISON_NAME_SIZE] = "?", region[CLOISON_NAME_SIZE] = "?";
	size_t i;

	(void)state;
	for (i = 0; bad[i]; i++)
		assert_int_equal(cloison_split_name(bad[i], tenant, region), -EINVAL);
	assert_int_equal(cloison_split_name(NULL, tenant, region), -EINVAL);
	assert_string_equal(tenant, "?");
	assert_int_equal(cloison_split_name(X63 "/w.gguf", tenant, region), 0);
	assert_string_equal(tenant, X63);
	assert_string_equal(region, "w.gguf");
}

static void errors_have_sentences(void **state)
{
	(void)state;
	assert_string_equal(cloison_strerror(-ESTALE), "the region or the grant was revoked");
	assert_string_equal(cloison_strerror(ESTALE), "the region or the grant was revoked");
	assert_string_equal(cloison_strerror(-EDQUOT), "the tenant's quota does not allow it");
	assert_non_null(cloison_strerror(-ENOMEM));
	assert_string_equal(cloison_strerror(-99999), "unknown error");
}

static void values_have_names(void **state)
{
	(void)state;
	assert_string_equal(cloison_pool_kind_name(CLOISON_POOL_PCI), "pci");
	assert_string_equal(cloison_extent_state_name(CLOISON_EXTENT_SCRUBBING), "scrubbing");
	assert_string_equal(cloison_region_state_name(CLOISON_REGION_SEALED), "sealed");
	assert_string_equal(cloison_enforcement_name(CLOISON_ENFORCE_IOMMU), "iommu");
	assert_string_equal(cloison_pool_kind_name(99), "unknown");
}

/* A directory in the place of /dev/cloison. */
struct fixture {
	struct cloison_ctx *ctx;
	char directory[32];
	unsigned int messages;
};

static void count(struct cloison_ctx *ctx, int priority, void *data, const char *format,
		  va_list args)
{
	struct fixture *fixture = data;

	(void)ctx;
	(void)args;
	assert_true(priority <= LOG_DEBUG);
	assert_non_null(format);
	fixture->messages++;
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char path[64];

	strcpy(fixture->directory, "/tmp/cloison-unit-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(path, sizeof(path), "%s/acme", fixture->directory);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/acme/file", fixture->directory);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	snprintf(path, sizeof(path), "%s/acme/fifo", fixture->directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(cloison_new(&fixture->ctx), 0);
	assert_int_equal(cloison_set_device_directory(fixture->ctx, fixture->directory), 0);
	cloison_set_log_fn(fixture->ctx, count, fixture);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const last[] = { "/acme/file", "/acme/fifo", "/acme", "" };
	struct fixture *fixture = *state;
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", fixture->directory, last[i]);
		assert_int_equal(remove(path), 0);
	}
	cloison_unref(fixture->ctx);
	free(fixture);
	return 0;
}

static void what_is_no_region_is_not_opened(void **state)
{
	struct fixture *fixture = *state;
	struct cloison_region *region = NULL;
	char path[64];

	assert_int_equal(cloison_region_open(fixture->ctx, "acme/none", O_RDONLY, &region),
			 -ENOENT);
	assert_int_equal(cloison_region_open(fixture->ctx, "acme/file", O_RDONLY, &region),
			 -ENOTTY);
	snprintf(path, sizeof(path), "%s/acme/file", fixture->directory);
	assert_int_equal(cloison_region_open(fixture->ctx, path, O_RDWR, &region), -ENOTTY);
	/* It returns, although nobody writes into the pipe. */
	assert_int_not_equal(cloison_region_open(fixture->ctx, "acme/fifo", O_RDONLY, &region), 0);
	assert_int_equal(fixture->messages, 4);
	assert_null(region);
}

static void wrong_arguments_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct cloison_region *region = NULL;

	assert_int_equal(cloison_region_open(fixture->ctx, "acme", O_RDONLY, &region), -EINVAL);
	assert_int_equal(cloison_region_open(fixture->ctx, NULL, O_RDONLY, &region), -EINVAL);
	assert_int_equal(cloison_region_open(fixture->ctx, "acme/file", O_RDWR | O_TRUNC, &region),
			 -EINVAL);
	assert_int_equal(cloison_region_open(fixture->ctx, "acme/file", O_ACCMODE, &region),
			 -EINVAL);
	assert_int_equal(cloison_set_device_directory(fixture->ctx, "relative"), -EINVAL);
	assert_string_equal(cloison_device_directory(fixture->ctx), fixture->directory);
	assert_null(region);
}

static void no_module_is_no_entry(void **state)
{
	struct fixture *fixture = *state;
	struct cloison_control *control = NULL;

	assert_int_equal(cloison_control_open(fixture->ctx, &control), -ENOENT);
	assert_null(control);
	/* A debug message that nobody asked for is not sent. */
	assert_int_equal(fixture->messages, 0);
	cloison_set_log_priority(fixture->ctx, LOG_DEBUG);
	assert_int_equal(cloison_control_open(fixture->ctx, &control), -ENOENT);
	assert_int_equal(fixture->messages, 1);
}

static void references_are_counted(void **state)
{
	struct fixture *fixture = *state;

	assert_ptr_equal(cloison_ref(fixture->ctx), fixture->ctx);
	assert_null(cloison_unref(fixture->ctx));
	assert_string_equal(cloison_device_directory(fixture->ctx), fixture->directory);
	assert_null(cloison_unref(NULL));
	assert_null(cloison_region_unref(NULL));
	assert_null(cloison_unmap(NULL));
	assert_null(cloison_control_close(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_follow_the_rule),
		cmocka_unit_test(full_names_are_split),
		cmocka_unit_test(errors_have_sentences),
		cmocka_unit_test(values_have_names),
		cmocka_unit_test_setup_teardown(what_is_no_region_is_not_opened, set_up, tear_down),
		cmocka_unit_test_setup_teardown(wrong_arguments_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_module_is_no_entry, set_up, tear_down),
		cmocka_unit_test_setup_teardown(references_are_counted, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
