/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose packet it is, and the counting of what was done with it. */
#ifndef CLOISON_SEGMENT_H
#define CLOISON_SEGMENT_H

#include "maps.h"

/*
 * The segment in force of a slot, or NULL: then deny. The two may be read while a
 * policy takes force; a second look then finds the new one.
 */
static __always_inline const struct cloison_segment *segment_of_slot(__u32 index)
{
	const struct cloison_segment *segment;
	const struct cloison_slot *slot;
	__u64 generation;
	__u32 at, i;

	slot = bpf_map_lookup_elem(&cloison_slots, &index);
	if (!slot)
		return NULL;
#pragma unroll
	for (i = 0; i < 2; i++) {
		generation = *(const volatile __u64 *)&slot->generation;
		at = CLOISON_SEGMENT_AT(index, generation);
		segment = bpf_map_lookup_elem(&cloison_segments, &at);
		if (!generation || !segment)
			return NULL;
		if (*(const volatile __u64 *)&segment->generation == generation)
			return segment->mode == CLOISON_ENFORCE ||
					       segment->mode == CLOISON_OBSERVE ?
				       segment :
				       NULL;
	}
	return NULL;
}

/* The same by the tenant's number, where there is no cgroup to ask. */
static __always_inline const struct cloison_segment *segment_of_tenant(__u32 number)
{
	const struct cloison_tenant *tenant = bpf_map_lookup_elem(&cloison_tenants, &number);
	const struct cloison_segment *segment;

	segment = tenant ? segment_of_slot(tenant->index) : NULL;
	return segment && segment->tenant == number ? segment : NULL;
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
	__u32 at = CLOISON_STATS_AT(index, key);

	return bpf_map_lookup_elem(&cloison_stats, &at);
}

static __always_inline void segment_count_at(__u32 index, __u32 key, enum cloison_reason reason)
{
	struct cloison_stats *stats = segment_stats(index, key);

	if (!stats || reason >= CLOISON_REASON_COUNT)
		return;
	((__u64 *)stats)[CLOISON_STATS_REASON(reason)]++;
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

/* Bytes of what passes, for this reason. By itself for the stack's room. @segment: may be NULL */
static __noinline void segment_count_bytes(const struct cloison_segment *segment,
					   enum cloison_reason reason, enum cloison_bytes which,
					   __u32 bytes)
{
	struct cloison_stats *stats;

	stats = segment_stats(segment ? segment->index : CLOISON_SEGMENTS,
			      segment_stops(segment, reason) ? CLOISON_STATS_ENFORCED :
							       CLOISON_STATS_OBSERVED);
	if (stats && which < CLOISON_BYTES_COUNT)
		((__u64 *)stats)[which] += bytes;
}

#endif /* CLOISON_SEGMENT_H */
