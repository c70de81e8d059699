// SPDX-License-Identifier: GPL-2.0-only
/*
 * Best fit in logarithmic time. A gap is a property of the span before it, so
 * that it needs no record and neighbours merge by themselves. The gaps are kept
 * by size; each subtree knows what fits into the best of its gaps at each
 * alignment, so that the smallest gap that will do is found by going down once.
 */
#include "span.h"

static struct cloison_span *positioned(struct rb_node *node)
{
	return node ? rb_entry(node, struct cloison_span, by_first) : NULL;
}

static struct cloison_span *sized(struct rb_node *node)
{
	return node ? rb_entry(node, struct cloison_span, by_gap) : NULL;
}

/* From the end of a span to the next multiple of the alignment. */
static u64 skip(const struct cloison_span *span, unsigned int order)
{
	return -(cloison_span_end(span) + span->phase) & ((1ULL << order) - 1);
}

static u32 room_behind(const struct cloison_span *span, unsigned int order)
{
	u64 lost = skip(span, order);
	u64 room = span->gap > lost ? span->gap - lost : 0;

	return room < U32_MAX ? room : U32_MAX;
}

static u32 rooms_of(struct rb_node *node, unsigned int order)
{
	return node ? sized(node)->rooms.granules[order] : 0;
}

static bool compute_rooms(struct cloison_span *span, bool exit)
{
	bool same = true;
	unsigned int order;

	for (order = 0; order < CLOISON_SPAN_ORDERS; order++) {
		u32 left = rooms_of(span->by_gap.rb_left, order);
		u32 right = rooms_of(span->by_gap.rb_right, order);
		u32 most = room_behind(span, order);

		most = left > most ? left : most;
		most = right > most ? right : most;
		same &= most == span->rooms.granules[order];
		span->rooms.granules[order] = most;
	}
	return exit && same;
}

RB_DECLARE_CALLBACKS(static, rooms_callbacks, struct cloison_span, by_gap, rooms, compute_rooms);

static bool gap_before(const struct cloison_span *a, const struct cloison_span *b)
{
	return a->gap != b->gap ? a->gap < b->gap : cloison_span_end(a) < cloison_span_end(b);
}

static void gap_insert(struct cloison_spans *spans, struct cloison_span *span)
{
	struct rb_node **link = &spans->by_gap.rb_node;
	struct rb_node *parent = NULL;

	if (!span->gap)
		return;
	while (*link) {
		parent = *link;
		link = gap_before(span, sized(parent)) ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&span->by_gap, parent, link);
	compute_rooms(span, false);
	rooms_callbacks_propagate(parent, NULL);
	rb_insert_augmented(&span->by_gap, &spans->by_gap, &rooms_callbacks);
	spans->gaps++;
}

static void gap_erase(struct cloison_spans *spans, struct cloison_span *span)
{
	if (!span->gap)
		return;
	rb_erase_augmented(&span->by_gap, &spans->by_gap, &rooms_callbacks);
	spans->gaps--;
}

/* Where a span ends and how much is behind it decide on its place among the gaps. */
static void set_end(struct cloison_spans *spans, struct cloison_span *span, u64 count, u64 gap)
{
	gap_erase(spans, span);
	span->count = count;
	span->gap = gap;
	gap_insert(spans, span);
}

static struct cloison_span *before(struct cloison_span *span)
{
	return positioned(rb_prev(&span->by_first));
}

static void position_insert(struct cloison_spans *spans, struct cloison_span *span)
{
	struct rb_node **link = &spans->by_first.rb_node;
	struct rb_node *parent = NULL;

	while (*link) {
		parent = *link;
		/* Equal goes behind: the head begins where the first span may begin. */
		link = span->first < positioned(parent)->first ? &parent->rb_left :
								 &parent->rb_right;
	}
	rb_link_node(&span->by_first, parent, link);
	rb_insert_color(&span->by_first, &spans->by_first);
}

/**
 * cloison_spans_init - a range in which nothing is taken
 * @spans: the range
 * @granules: its size, below 2^32
 * @phase: of its granule zero, as struct cloison_spans says
 */
void cloison_spans_init(struct cloison_spans *spans, u64 granules, u32 phase)
{
	*spans = (struct cloison_spans){ .by_first = RB_ROOT, .by_gap = RB_ROOT, .phase = phase };
	spans->head.phase = phase;
	spans->head.gap = granules;
	position_insert(spans, &spans->head);
	gap_insert(spans, &spans->head);
}

/**
 * cloison_span_insert - take granules
 * @spans: the range
 * @span: @first and @count set; all of it lies in one gap
 */
void cloison_span_insert(struct cloison_spans *spans, struct cloison_span *span)
{
	struct cloison_span *ahead;
	u64 end;

	position_insert(spans, span);
	ahead = before(span);
	end = cloison_span_end(ahead) + ahead->gap;
	set_end(spans, ahead, ahead->count, span->first - cloison_span_end(ahead));
	span->phase = spans->phase;
	span->gap = end - cloison_span_end(span);
	gap_insert(spans, span);
}

/**
 * cloison_span_remove - give granules back
 * @spans: the range
 * @span: one of its spans
 */
void cloison_span_remove(struct cloison_spans *spans, struct cloison_span *span)
{
	struct cloison_span *ahead = before(span);

	gap_erase(spans, span);
	rb_erase(&span->by_first, &spans->by_first);
	set_end(spans, ahead, ahead->count, ahead->gap + span->count + span->gap);
}

/**
 * cloison_span_resize - give back the end of a span, or take from the gap behind
 * @spans: the range
 * @span: one of its spans
 * @count: how many granules it is to have, from one to all that there is room for
 */
void cloison_span_resize(struct cloison_spans *spans, struct cloison_span *span, u64 count)
{
	set_end(spans, span, count, span->count + span->gap - count);
}

/**
 * cloison_span_trim - give back the beginning of a span
 * @spans: the range
 * @span: one of its spans
 * @count: how many granules, fewer than it has
 */
void cloison_span_trim(struct cloison_spans *spans, struct cloison_span *span, u64 count)
{
	struct cloison_span *ahead = before(span);

	span->first += count;
	span->count -= count;
	set_end(spans, ahead, ahead->count, ahead->gap + count);
}

/**
 * cloison_spans_fit - the smallest gap that will do
 * @spans: the range
 * @count: granules wanted, not zero
 * @order: @first plus the range's phase is to be a multiple of 2^@order
 * @first: set to where the wanted granules may begin
 *
 * Small requests so leave the large gaps whole.
 *
 * Return: whether there is such a gap.
 */
bool cloison_spans_fit(const struct cloison_spans *spans, u64 count, unsigned int order, u64 *first)
{
	struct rb_node *node = spans->by_gap.rb_node;

	if (rooms_of(node, order) < count)
		return false;
	for (;;) {
		struct cloison_span *span = sized(node);

		if (rooms_of(node->rb_left, order) >= count) {
			node = node->rb_left;
		} else if (room_behind(span, order) >= count) {
			*first = cloison_span_end(span) + skip(span, order);
			return true;
		} else {
			node = node->rb_right;
		}
	}
}

/**
 * cloison_spans_largest_gap - granules of the largest gap
 * @spans: the range
 */
u64 cloison_spans_largest_gap(const struct cloison_spans *spans)
{
	struct cloison_span *span = sized(rb_last(&spans->by_gap));

	return span ? span->gap : 0;
}

/**
 * cloison_spans_at - the span that has a granule, or in whose gap it lies
 * @spans: the range
 * @granule: in the range
 *
 * Return: the span; the head if nothing before @granule is taken.
 */
struct cloison_span *cloison_spans_at(struct cloison_spans *spans, u64 granule)
{
	struct rb_node *node = spans->by_first.rb_node;
	struct cloison_span *found = &spans->head;

	while (node) {
		struct cloison_span *span = positioned(node);

		if (span->first <= granule) {
			found = span;
			node = node->rb_right;
		} else {
			node = node->rb_left;
		}
	}
	return found;
}

/**
 * cloison_spans_first - the first span, or NULL if nothing is taken
 * @spans: the range
 */
struct cloison_span *cloison_spans_first(struct cloison_spans *spans)
{
	return positioned(rb_next(&spans->head.by_first));
}
