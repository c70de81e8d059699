// SPDX-License-Identifier: GPL-2.0-only
/* Values of one build as another build has them, and what a conversion refuses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "guard_shape.h"

/* Two builds: each has its BTF, and there the numbers of its types. */
struct build {
	struct btf *btf;
	int u16, u32, s32, u64, byte;
};

static struct build old_build, new_build;

static void build_make(struct build *build)
{
	build->btf = btf__new_empty();
	assert_non_null(build->btf);
	build->byte = btf__add_int(build->btf, "unsigned char", 1, 0);
	build->u16 = btf__add_int(build->btf, "unsigned short", 2, 0);
	build->u32 = btf__add_int(build->btf, "unsigned int", 4, 0);
	build->s32 = btf__add_int(build->btf, "int", 4, BTF_INT_SIGNED);
	build->u64 = btf__add_int(build->btf, "unsigned long long", 8, 0);
}

static int begin(void **state)
{
	(void)state;
	build_make(&old_build);
	build_make(&new_build);
	return 0;
}

static int end(void **state)
{
	(void)state;
	btf__free(old_build.btf);
	btf__free(new_build.btf);
	return 0;
}

static int type_struct(struct build *build, uint32_t size)
{
	return btf__add_struct(build->btf, "value", size);
}

static void field(struct build *build, const char *name, int type, uint32_t byte)
{
	assert_return_code(btf__add_field(build->btf, name, type, byte * 8, 0), 0);
}

static int converted(int from, const void *in, int to, void *out)
{
	return guard_convert(old_build.btf, from, in, new_build.btf, to, out);
}

static void test_fields_go_by_name(void **state)
{
	const struct {
		uint32_t tenant, mode;
	} in = { 7, 2 };
	struct {
		uint64_t mode;
		uint32_t added, tenant;
	} out;
	int from = type_struct(&old_build, sizeof(in)), to;

	(void)state;
	field(&old_build, "tenant", old_build.u32, 0);
	field(&old_build, "mode", old_build.u32, 4);
	to = type_struct(&new_build, sizeof(out));
	field(&new_build, "mode", new_build.u64, 0);
	field(&new_build, "added", new_build.u32, 8);
	field(&new_build, "tenant", new_build.u32, 12);
	memset(&out, 0xAA, sizeof(out));
	assert_int_equal(converted(from, &in, to, &out), 0);
	assert_int_equal(out.tenant, 7);
	assert_int_equal(out.mode, 2);
	assert_int_equal(out.added, 0);
}

static void test_a_field_that_is_lost_must_be_zero(void **state)
{
	uint32_t in[2] = { 7, 0 }, out = 0;
	int from = type_struct(&old_build, sizeof(in)), to;

	(void)state;
	field(&old_build, "tenant", old_build.u32, 0);
	field(&old_build, "group", old_build.u32, 4);
	to = type_struct(&new_build, sizeof(out));
	field(&new_build, "tenant", new_build.u32, 0);
	assert_int_equal(converted(from, in, to, &out), 0);
	assert_int_equal(out, 7);
	in[1] = 1;
	assert_int_equal(converted(from, in, to, &out), -ERANGE);
}

static void test_a_number_that_does_not_fit_is_refused(void **state)
{
	uint32_t in = 65535;
	int32_t negative = -1;
	uint16_t out;
	uint64_t wide;

	(void)state;
	assert_int_equal(converted(old_build.u32, &in, new_build.u16, &out), 0);
	assert_int_equal(out, 65535);
	in++;
	assert_int_equal(converted(old_build.u32, &in, new_build.u16, &out), -ERANGE);
	assert_int_equal(converted(old_build.s32, &negative, new_build.u64, &wide), -ERANGE);
	in = 0x80000000;
	assert_int_equal(converted(old_build.u32, &in, new_build.s32, &out), -ERANGE);
	negative = -5;
	assert_int_equal(converted(old_build.s32, &negative, new_build.s32, &in), 0);
	assert_int_equal((int32_t)in, -5);
}

static void test_enumerators_go_by_name(void **state)
{
	int from = btf__add_enum(old_build.btf, "reason", 4), to;
	uint32_t in = 2, out;

	(void)state;
	btf__add_enum_value(old_build.btf, "DENY", 1);
	btf__add_enum_value(old_build.btf, "ALLOW", 2);
	btf__add_enum_value(old_build.btf, "GONE", 3);
	to = btf__add_enum(new_build.btf, "reason", 4);
	btf__add_enum_value(new_build.btf, "ALLOW", 5);
	btf__add_enum_value(new_build.btf, "DENY", 6);
	assert_int_equal(converted(from, &in, to, &out), 0);
	assert_int_equal(out, 5);
	in = 3;
	assert_int_equal(converted(from, &in, to, &out), -ENOENT);
	in = 9;
	assert_int_equal(converted(from, &in, to, &out), -ENOENT);
	in = 0;
	assert_int_equal(converted(from, &in, to, &out), 0);
	assert_int_equal(out, 0);
}

static void test_a_text_that_does_not_fit_is_refused(void **state)
{
	char in[16] = "acme", out[8], longer[32];
	int from = btf__add_array(old_build.btf, old_build.u32, old_build.byte, sizeof(in));
	int to = btf__add_array(new_build.btf, new_build.u32, new_build.byte, sizeof(out));
	int more = btf__add_array(new_build.btf, new_build.u32, new_build.byte, sizeof(longer));

	(void)state;
	assert_int_equal(converted(from, in, to, out), 0);
	assert_string_equal(out, "acme");
	assert_int_equal(converted(from, in, more, longer), 0);
	assert_string_equal(longer, "acme");
	assert_int_equal(longer[31], 0);
	memcpy(in, "acme-limited", 12);
	assert_int_equal(converted(from, in, to, out), -ERANGE);
}

static void test_another_kind_is_refused(void **state)
{
	uint32_t in = 1, out;
	int to = type_struct(&new_build, 4);

	(void)state;
	field(&new_build, "a", new_build.u32, 0);
	assert_int_equal(converted(old_build.u32, &in, to, &out), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(test_fields_go_by_name),
		TEST(test_a_field_that_is_lost_must_be_zero),
		TEST(test_a_number_that_does_not_fit_is_refused),
		TEST(test_enumerators_go_by_name),
		TEST(test_a_text_that_does_not_fit_is_refused),
		TEST(test_another_kind_is_refused),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
