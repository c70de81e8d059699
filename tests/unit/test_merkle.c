// SPDX-License-Identifier: GPL-2.0-only
/* The Merkle root against the recursive definition of RFC 6962. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "merkle.h"

/* MTH of section 2.1, by its definition: split at the largest power of two. */
static void definition(const uint8_t *data, size_t bytes, uint8_t out[CLOISON_ROOT_SIZE])
{
	size_t leaves = (bytes + CLOISON_GRANULE - 1) / CLOISON_GRANULE;
	uint8_t node[1 + 2 * CLOISON_ROOT_SIZE] = { 1 };
	size_t half = 1;

	if (leaves == 1) {
		uint8_t *leaf = malloc(bytes + 1);

		assert_non_null(leaf);
		leaf[0] = 0;
		memcpy(leaf + 1, data, bytes);
		SHA256(leaf, bytes + 1, out);
		free(leaf);
		return;
	}
	while (half * 2 < leaves)
		half *= 2;
	definition(data, half * CLOISON_GRANULE, node + 1);
	definition(data + half * CLOISON_GRANULE, bytes - half * CLOISON_GRANULE,
		   node + 1 + CLOISON_ROOT_SIZE);
	SHA256(node, sizeof(node), out);
}

static void compare(size_t bytes)
{
	uint8_t *data = malloc(bytes), expected[CLOISON_ROOT_SIZE], seen[CLOISON_ROOT_SIZE];
	FILE *file = tmpfile();
	uint64_t measured;
	size_t i;

	assert_non_null(data);
	assert_non_null(file);
	for (i = 0; i < bytes; i++)
		data[i] = (uint8_t)(i * 2654435761U >> 13);
	assert_int_equal(fwrite(data, 1, bytes, file), bytes);
	assert_int_equal(fflush(file), 0);
	assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
	assert_int_equal(merkle_measure(fileno(file), seen, &measured), 0);
	assert_int_equal(measured, bytes);
	definition(data, bytes, expected);
	assert_memory_equal(seen, expected, sizeof(seen));
	fclose(file);
	free(data);
}

static void test_sizes(void **state)
{
	size_t leaves;

	(void)state;
	compare(1);
	compare(CLOISON_GRANULE - 1);
	for (leaves = 1; leaves <= 9; leaves++) {
		compare(leaves * CLOISON_GRANULE);
		compare(leaves * CLOISON_GRANULE + 1);
	}
}

static void test_one_byte_matters(void **state)
{
	uint8_t first[CLOISON_ROOT_SIZE], second[CLOISON_ROOT_SIZE];
	FILE *file = tmpfile();
	uint64_t bytes;

	(void)state;
	assert_non_null(file);
	assert_int_equal(ftruncate(fileno(file), 3 * CLOISON_GRANULE), 0);
	assert_int_equal(merkle_measure(fileno(file), first, &bytes), 0);
	assert_int_equal(pwrite(fileno(file), "x", 1, 2 * CLOISON_GRANULE + 7), 1);
	assert_int_equal(lseek(fileno(file), 0, SEEK_SET), 0);
	assert_int_equal(merkle_measure(fileno(file), second, &bytes), 0);
	assert_memory_not_equal(first, second, sizeof(first));
	fclose(file);
}

static void test_nothing(void **state)
{
	uint8_t root[CLOISON_ROOT_SIZE];
	FILE *file = tmpfile();
	uint64_t bytes;

	(void)state;
	assert_non_null(file);
	assert_int_equal(merkle_measure(fileno(file), root, &bytes), -ENODATA);
	assert_int_equal(merkle_measure(-1, root, &bytes), -EBADF);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_one_byte_matters),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
