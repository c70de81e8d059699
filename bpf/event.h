/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events: what the guard denied and which flows it let begin, for whoever reads
 * the ring. Recording is no part of a verdict: with a full ring, or with no
 * reader at all, packets pass and are dropped as before, and what could not be
 * told is counted.
 */
#ifndef CLOISON_EVENT_H
#define CLOISON_EVENT_H

#include <stdbool.h>

#include "maps.h"
#include "segment.h"

/* Per tenant, CPU and verdict: so many at once, then one in each interval. */
#define EVENT_BURST 1024
#define EVENT_INTERVAL 1000000ULL

/*
 * Whether the tenant may tell one more: a flood of one tenant must not fill the
 * ring that all share. What it was let do has a budget of its own, or else a
 * tenant could hide a denial behind new flows.
 */
static __always_inline bool event_in_budget(__u32 index, bool allowed, __u64 now)
{
	struct cloison_budget *budget = bpf_map_lookup_elem(&cloison_budget, &index);
	__u64 spent;

	if (!budget)
		return false;
	spent = allowed ? budget->allowed : budget->denied;
	if (spent < now)
		spent = now;
	if (spent - now > (EVENT_BURST - 1) * EVENT_INTERVAL)
		return false;
	spent += EVENT_INTERVAL;
	if (allowed)
		budget->allowed = spent;
	else
		budget->denied = spent;
	return true;
}

/* Room in the ring, or NULL: then it is counted why. @index: who pays */
static __always_inline struct cloison_event *event_reserve(__u32 index, bool allowed)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct cloison_event *event;
	struct cloison_stats *stats;

	if (!event_in_budget(index, allowed, now)) {
		stats = segment_stats(index, CLOISON_STATS_ENFORCED);
		if (stats)
			stats->suppressed++;
		return NULL;
	}
	event = bpf_ringbuf_reserve(&cloison_events, sizeof(*event), 0);
	if (!event) {
		stats = segment_stats(index, CLOISON_STATS_ENFORCED);
		if (stats)
			stats->lost++;
		return NULL;
	}
	__builtin_memset(event, 0, sizeof(*event));
	event->time = now;
	return event;
}

/* Hooks that run in the task that called; at the others current is anybody. */
static __always_inline bool event_of_task(enum cloison_hook hook)
{
#define EVENT_OF_TASK(name, kind) \
	(hook == CLOISON_HOOK_##name && CLOISON_KIND_##kind != CLOISON_KIND_packet) ||
#define EVENT_OF_LSM(name, program) hook == CLOISON_HOOK_##name ||
	return CLOISON_HOOKS(EVENT_OF_TASK) CLOISON_LSM_HOOKS(EVENT_OF_LSM) false;
#undef EVENT_OF_LSM
#undef EVENT_OF_TASK
}

/*
 * Tell of a denial, or of a flow that begins; never of what goes on.
 * @segment: whose; NULL if nobody's policy is in force there
 * @reason: what the packet or call was counted as
 * @rule: that decided, 0 for the default
 * @peer: the two ends, what of them is known; may be NULL
 * @local: the tenant's own address, as in struct cloison_peer; may be NULL
 */
static __always_inline void event_emit(const struct cloison_segment *segment,
				       enum cloison_hook hook, enum cloison_direction direction,
				       enum cloison_reason reason, __u32 rule,
				       const struct cloison_peer *peer, const __u8 *local)
{
	bool allowed = reason == CLOISON_REASON_passed;
	struct cloison_event *event;

	event = event_reserve(segment ? segment->index : CLOISON_SEGMENTS, allowed);
	if (!event)
		return;
	if (segment) {
		event->tenant = segment->tenant;
		event->generation = segment->generation;
		event->mode = segment->mode;
	}
	event->rule = rule;
	event->hook = hook;
	event->direction = direction;
	event->verdict = allowed ? CLOISON_ALLOW : CLOISON_DENY;
	event->reason = reason;
	if (event_of_task(hook)) {
		event->process = bpf_get_current_pid_tgid() >> 32;
		bpf_get_current_comm(event->name, sizeof(event->name));
	}
	if (peer)
		event->peer = *peer;
	if (local)
		__builtin_memcpy(event->local, local, sizeof(event->local));
	bpf_ringbuf_submit(event, 0);
}

#endif /* CLOISON_EVENT_H */
