/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tenant's limits: so many bytes, and so many flows that begin, in a time. What is
 * over them is dropped, and TCP sends more slowly; nothing waits in a queue here.
 *
 * A limit is one word: when the tenant will have all of its room again. What passes
 * moves that on by its share of the time, and what would move it too far does not pass.
 */
#ifndef CLOISON_LIMIT_H
#define CLOISON_LIMIT_H

#include "maps.h"
#include "segment.h"

/* How often it is tried to take from a limit while other CPUs do too. */
#define LIMIT_TRIES 4

/*
 * Whether so much passes; verified once, as parse_packet(). A limit that was noted at
 * the slot and is not there denies.
 */
__noinline int limit_takes(__u32 index, enum cloison_limit which, __u64 units)
{
	struct cloison_limits *limits = bpf_map_lookup_elem(&cloison_limits, &index);
	__u64 now = bpf_ktime_get_boot_ns(), before, from, cost;
	struct cloison_rate *rate;
	__u32 i;

	if (!limits || which >= CLOISON_LIMIT_COUNT)
		return 0;
	rate = &limits->of[which];
	if (!rate->amount)
		return 1;
	cost = units * rate->period / rate->amount;
#pragma unroll
	for (i = 0; i < LIMIT_TRIES; i++) {
		before = *(volatile __u64 *)&rate->full;
		from = before < now ? now : before;
		/* What is larger than the whole room passes when all of it is there. */
		if (from > now && from - now + cost > rate->room)
			return 0;
		if (__sync_val_compare_and_swap(&rate->full, before, from + cost) == before)
			return 1;
	}
	/* Others move it on meanwhile, so it is not in the past. */
	__sync_fetch_and_add(&rate->full, cost);
	return 1;
}

/* @segment: may be NULL. @which: of the sockets; those of the devices follow */
static __always_inline bool limit_passes(const struct cloison_segment *segment, bool device,
					 enum cloison_limit which, __u64 units)
{
	const struct cloison_slot *slot;
	__u32 index;

	if (!segment)
		return true;
	index = segment->index;
	slot = bpf_map_lookup_elem(&cloison_slots, &index);
	if (!slot || !slot->limited)
		return true;
	return limit_takes(index, which + (device ? CLOISON_LIMIT_device_bytes_in : 0), units);
}

static __always_inline bool limit_passes_bytes(const struct cloison_segment *segment, bool device,
					       enum cloison_direction direction, __u64 bytes)
{
	return limit_passes(segment, device,
			    direction == CLOISON_EGRESS ? CLOISON_LIMIT_bytes_out :
							  CLOISON_LIMIT_bytes_in,
			    bytes);
}

/* A flow that begins. */
static __always_inline bool limit_passes_flow(const struct cloison_segment *segment, bool device,
					      enum cloison_direction direction)
{
	return limit_passes(
		segment, device,
		direction == CLOISON_EGRESS ? CLOISON_LIMIT_flows_out : CLOISON_LIMIT_flows_in, 1);
}

#endif /* CLOISON_LIMIT_H */
