/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose packet it is, and the counting of what was done with it. */
#ifndef CLOISON_SEGMENT_H
#define CLOISON_SEGMENT_H

#include "maps.h"

/* What the attached cgroup's segment says, or NULL: then deny. */
static __always_inline const struct cloison_segment *segment_of_hook(void)
{
	const struct cloison_segment *segment;

	/* A test run has a new, empty storage each time. */
	if (cloison_test.on)
		return (const struct cloison_segment *)&cloison_test.segment;

	segment = bpf_get_local_storage(&cloison_segment, 0);
	if (segment->mode != CLOISON_ENFORCE && segment->mode != CLOISON_OBSERVE)
		return NULL;
	return segment;
}

/* @segment: may be NULL */
static __always_inline bool segment_enforces(const struct cloison_segment *segment)
{
	return !segment || segment->mode != CLOISON_OBSERVE;
}

/*
 * Whether what is refused is to be stopped: not in a pilot, which is told what
 * would have been, unless it is in what another tenant has for itself.
 */
static __always_inline bool segment_stops(const struct cloison_segment *segment,
					  enum cloison_reason reason)
{
	return segment_enforces(segment) || reason == CLOISON_REASON_foreign;
}

/* @key: CLOISON_STATS_ENFORCED or CLOISON_STATS_OBSERVED */
static __always_inline struct cloison_stats *segment_stats(__u32 index, __u32 key)
{
	void *inner = bpf_map_lookup_elem(&cloison_stats, &index);

	return inner ? bpf_map_lookup_elem(inner, &key) : NULL;
}

static __always_inline void segment_count_at(__u32 index, __u32 key, enum cloison_reason reason)
{
	struct cloison_stats *stats = segment_stats(index, key);

	if (!stats || reason >= CLOISON_REASON_COUNT)
		return;
	((__u64 *)stats)[reason]++;
}

/* @segment: may be NULL */
static __always_inline void segment_count(const struct cloison_segment *segment,
					  enum cloison_reason reason)
{
	segment_count_at(segment ? segment->index : CLOISON_SEGMENTS,
			 segment_stops(segment, reason) ? CLOISON_STATS_ENFORCED :
							  CLOISON_STATS_OBSERVED,
			 reason);
}

#endif /* CLOISON_SEGMENT_H */
