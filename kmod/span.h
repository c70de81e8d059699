/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which granules of a range are taken, and the smallest gap that will do. Knows
 * nothing of pools, locks or memory: every span is its owner's, so that nothing
 * here can fail. tests/unit/test_span.c runs it by itself.
 */
#ifndef CLOISON_SPAN_H
#define CLOISON_SPAN_H

#include <linux/rbtree_augmented.h>

/* Alignments go from one granule to 2^9 of them: 1 GiB. */
#define CLOISON_SPAN_ORDERS 10

/**
 * struct cloison_rooms - how many granules fit, by alignment
 * @granules: by order of the alignment; capped, since no pool has 2^32 granules
 */
struct cloison_rooms {
	u32 granules[CLOISON_SPAN_ORDERS];
};

/**
 * struct cloison_span - a run of granules that is taken, and the gap behind it
 * @by_first: in cloison_spans.by_first
 * @by_gap: in cloison_spans.by_gap, unless @gap is zero
 * @first: first granule
 * @count: number of granules
 * @gap: how many are free between this span and the next, or the end
 * @phase: that of its range, for those who see only the span
 * @rooms: the most that fits into any gap of the subtree of @by_gap
 */
struct cloison_span {
	struct rb_node by_first;
	struct rb_node by_gap;
	u64 first;
	u64 count;
	u64 gap;
	u32 phase;
	struct cloison_rooms rooms;
};

/**
 * struct cloison_spans - the spans of a range
 * @by_first: all of them, by position
 * @by_gap: those with a gap behind them, the smallest gap first
 * @head: a span of no granules before all others, so that each gap has a span
 * @gaps: how many gaps there are
 * @phase: what to add to a granule's number before it is aligned
 *
 * Inserting, removing and finding take time O(log n) in the number of spans.
 */
struct cloison_spans {
	struct rb_root by_first;
	struct rb_root by_gap;
	struct cloison_span head;
	u64 gaps;
	u32 phase;
};

void cloison_spans_init(struct cloison_spans *spans, u64 granules, u32 phase);
void cloison_span_insert(struct cloison_spans *spans, struct cloison_span *span);
void cloison_span_remove(struct cloison_spans *spans, struct cloison_span *span);
void cloison_span_resize(struct cloison_spans *spans, struct cloison_span *span, u64 count);
void cloison_span_trim(struct cloison_spans *spans, struct cloison_span *span, u64 count);
bool cloison_spans_fit(const struct cloison_spans *spans, u64 count, unsigned int order,
		       u64 *first);
u64 cloison_spans_largest_gap(const struct cloison_spans *spans);
struct cloison_span *cloison_spans_at(struct cloison_spans *spans, u64 granule);
struct cloison_span *cloison_spans_first(struct cloison_spans *spans);

static inline u64 cloison_span_end(const struct cloison_span *span)
{
	return span->first + span->count;
}

#endif /* CLOISON_SPAN_H */
