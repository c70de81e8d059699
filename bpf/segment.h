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
	if (segment->mode != CLOISON_ENFORCE)
		return NULL;
	return segment;
}

static __always_inline struct cloison_stats *segment_stats(__u32 index)
{
	void *inner = bpf_map_lookup_elem(&cloison_stats, &index);
	__u32 zero = 0;

	return inner ? bpf_map_lookup_elem(inner, &zero) : NULL;
}

static __always_inline void segment_count_at(__u32 index, enum cloison_reason reason)
{
	struct cloison_stats *stats = segment_stats(index);

	if (!stats || reason >= CLOISON_REASON_COUNT)
		return;
	((__u64 *)stats)[reason]++;
}

/* @segment: may be NULL */
static __always_inline void segment_count(const struct cloison_segment *segment,
					  enum cloison_reason reason)
{
	segment_count_at(segment ? segment->index : CLOISON_SEGMENTS, reason);
}

#endif /* CLOISON_SEGMENT_H */
