// SPDX-License-Identifier: GPL-2.0-only
/*
 * The allocator of the module against a model that looks at every granule, and
 * at the size the module promises: 65,536 regions in pools of over 1 TiB. What
 * runs here is kmod/span.c itself, over a tree of tests/unit/kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../kmod/span.c"

#include <cmocka.h>

enum { TIB = 524288 /* granules */, REGIONS = 65536 };

/* One range, the spans in it, and the model: whose each granule is. */
static struct {
	struct cloison_spans spans;
	struct cloison_span *of[REGIONS];
	u64 regions, granules;
	bool *owner;
} world;

static u64 random_below(u64 limit)
{
	static u64 state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % limit;
}

static void begin(u64 granules, u32 phase)
{
	memset(&world, 0, sizeof(world));
	world.granules = granules;
	world.owner = calloc(granules, sizeof(*world.owner));
	assert_non_null(world.owner);
	cloison_spans_init(&world.spans, granules, phase);
}

static void end(void)
{
	while (world.regions) {
		struct cloison_span *span = world.of[--world.regions];

		cloison_span_remove(&world.spans, span);
		free(span);
	}
	assert_int_equal(world.spans.gaps, 1);
	assert_int_equal(cloison_spans_largest_gap(&world.spans), world.granules);
	assert_null(cloison_spans_first(&world.spans));
	free(world.owner);
}

/* ---- the model ------------------------------------------------------------ */

static u64 next_gap(u64 at, u64 *length)
{
	u64 first;

	while (at < world.granules && world.owner[at])
		at++;
	for (first = at; at < world.granules && !world.owner[at]; at++)
		;
	*length = at - first;
	return first;
}

static u64 aligned(u64 first, unsigned int order)
{
	u64 size = 1ULL << order, phase = world.spans.phase;

	return (first + phase + size - 1) / size * size - phase;
}

/* What best fit must choose: the smallest gap that will do, the first of these. */
static bool model_fit(u64 count, unsigned int order, u64 *found)
{
	u64 at, length, best = UINT64_MAX;

	for (at = next_gap(0, &length); length; at = next_gap(at + length, &length)) {
		u64 first = aligned(at, order);

		if (first + count <= at + length && length < best) {
			best = length;
			*found = first;
		}
	}
	return best != UINT64_MAX;
}

static void compare_fit(u64 count, unsigned int order)
{
	u64 found = 0, expected = 0;
	bool fits = model_fit(count, order, &expected);

	assert_int_equal(cloison_spans_fit(&world.spans, count, order, &found), fits);
	if (fits)
		assert_int_equal(found, expected);
}

static void compare_all(void)
{
	u64 at, length, gaps = 0, largest = 0;
	struct cloison_span *span;

	for (at = next_gap(0, &length); length; at = next_gap(at + length, &length)) {
		span = cloison_spans_at(&world.spans, at + random_below(length));
		assert_int_equal(cloison_span_end(span), at);
		assert_int_equal(span->gap, length);
		gaps++;
		if (length > largest)
			largest = length;
	}
	assert_int_equal(world.spans.gaps, gaps);
	assert_int_equal(cloison_spans_largest_gap(&world.spans), largest);
	for (at = 0; at < world.regions; at++) {
		span = world.of[at];
		assert_ptr_equal(cloison_spans_at(&world.spans,
						  span->first + random_below(span->count)),
				 span);
	}
}

static void mark(u64 first, u64 count, bool value)
{
	while (count--)
		world.owner[first++] = value;
}

/* ---- what happens to a pool --------------------------------------------------- */

static bool take(u64 count, unsigned int order)
{
	struct cloison_span *span = calloc(1, sizeof(*span));
	u64 i;

	assert_non_null(span);
	if (world.regions == REGIONS ||
	    !cloison_spans_fit(&world.spans, count, order, &span->first)) {
		free(span);
		return false;
	}
	assert_int_equal((span->first + world.spans.phase) % (1ULL << order), 0);
	assert_true(span->first + count <= world.granules);
	for (i = 0; i < count; i++)
		assert_int_equal(world.owner[span->first + i], 0);
	span->count = count;
	cloison_span_insert(&world.spans, span);
	mark(span->first, count, true);
	world.of[world.regions++] = span;
	return true;
}

static void give_back(u64 which)
{
	struct cloison_span *span = world.of[which];

	cloison_span_remove(&world.spans, span);
	mark(span->first, span->count, false);
	world.of[which] = world.of[--world.regions];
	free(span);
}

static void resize(struct cloison_span *span)
{
	u64 end = cloison_span_end(span);
	u64 count = 1 + random_below(span->count + span->gap);

	mark(span->first, span->count, false);
	cloison_span_resize(&world.spans, span, count);
	mark(span->first, count, true);
	assert_true(span->gap + cloison_span_end(span) >= end);
}

/* As a scrub does: the beginning is free, the rest not yet. */
static void trim(struct cloison_span *span)
{
	u64 count = random_below(span->count);

	mark(span->first, count, false);
	cloison_span_trim(&world.spans, span, count);
}

static void anything(u64 largest, bool full)
{
	struct cloison_span *span;
	u64 what = random_below(full ? 12 : 20);

	if (!world.regions || what >= 6) {
		take(1 + random_below(largest),
		     random_below(4) ? 0 : (unsigned int)random_below(CLOISON_SPAN_ORDERS));
		return;
	}
	span = world.of[random_below(world.regions)];
	if (what < 3)
		give_back(random_below(world.regions));
	else if (what < 5)
		resize(span);
	else
		trim(span);
}

/* ---- tests ------------------------------------------------------------------ */

static void every_step_in_small_pools(void **state)
{
	u64 granules, i;

	(void)state;
	for (granules = 1; granules < 3000; granules = granules * 2 + random_below(3)) {
		begin(granules, (u32)random_below(512));
		for (i = 0; i < 3000; i++) {
			anything(1 + granules / 8, i & 512);
			compare_all();
			compare_fit(1 + random_below(granules),
				    (unsigned int)random_below(CLOISON_SPAN_ORDERS));
		}
		end();
	}
}

static void the_end_of_a_range(void **state)
{
	u64 first;

	(void)state;
	begin(8, 0);
	assert_true(take(8, 0));
	assert_int_equal(world.spans.gaps, 0);
	assert_int_equal(cloison_spans_largest_gap(&world.spans), 0);
	assert_false(cloison_spans_fit(&world.spans, 1, 0, &first));
	give_back(0);
	assert_false(cloison_spans_fit(&world.spans, 9, 0, &first));
	assert_false(cloison_spans_fit(&world.spans, UINT64_MAX, 0, &first));
	end();
}

static void a_gigabyte_of_an_odd_base(void **state)
{
	u64 first;

	(void)state;
	/* Begins 3 granules before a multiple of 1 GiB and ends 1 behind one. */
	begin(3 + 512 + 1, 509);
	assert_true(cloison_spans_fit(&world.spans, 512, 9, &first));
	assert_int_equal(first, 3);
	assert_false(cloison_spans_fit(&world.spans, 514, 9, &first));
	/* A small request leaves it whole where it can: the gaps are 3, and the rest. */
	assert_true(take(512, 9));
	assert_true(take(1, 0));
	assert_int_equal(world.of[1]->first, 515);
	end();
}

static void the_largest_host(void **state)
{
	const u64 granules = 3ULL * TIB + 12345;
	u64 i, most = 0;

	(void)state;
	begin(granules, 77);
	for (i = 0; world.regions < REGIONS; i++)
		if (!take(1 + random_below(i % 64 ? 16 : 2048), i % 64 ? 0 : 9))
			give_back(random_below(world.regions));
	compare_all();
	for (i = 0; i < 1000000; i++) {
		anything(i % 32 ? 24 : 1024, i & 65536);
		if (world.regions > most)
			most = world.regions;
		if (i % 100000)
			continue;
		compare_all();
		compare_fit(1 + random_below(4096),
			    (unsigned int)random_below(CLOISON_SPAN_ORDERS));
	}
	assert_int_equal(most, REGIONS);
	compare_all();
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_step_in_small_pools),
		cmocka_unit_test(the_end_of_a_range),
		cmocka_unit_test(a_gigabyte_of_an_odd_base),
		cmocka_unit_test(the_largest_host),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
