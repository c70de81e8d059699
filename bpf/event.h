/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events: what the guard denied and which flows it let begin, for all who read the
 * log. Recording is no part of a verdict: no writer waits for a reader, the oldest events
 * are written over, and readers that were too slow know how many they have lost.
 */
#ifndef CLOISON_EVENT_H
#define CLOISON_EVENT_H

#include <stdbool.h>

#include "maps.h"
#include "segment.h"

/*
 * Per tenant and class: so many at once, then one in each interval. A reader on a host
 * that is busy with the flood has more than a minute for what the log holds of a class.
 */
#define EVENT_BURST 1024
#define EVENT_INTERVAL 10000000ULL

/* How often it is tried to take from the budget while other CPUs do too. */
#define EVENT_TRIES 4

/* Where an event is being written, and what its sequence will be. */
struct event_place {
	struct cloison_logged *at;
	__u64 sequence;
};

/* Those from CLOISON_HOOK_dev on are about what reaches outside, the LSM's too. */
_Static_assert(CLOISON_HOOK_sysctl == CLOISON_HOOK_dev + 1, "dev and sysctl come last");

static __always_inline enum cloison_event_class event_class(enum cloison_hook hook, bool allowed)
{
	if (allowed)
		return CLOISON_CLASS_flows;
	if (hook >= CLOISON_HOOK_dev)
		return CLOISON_CLASS_outside;
#define EVENT_IS_CALL(name, kind) \
	(hook == CLOISON_HOOK_##name && CLOISON_KIND_##kind == CLOISON_KIND_call) ||
	if (CLOISON_HOOKS(EVENT_IS_CALL) false)
		return CLOISON_CLASS_calls;
#undef EVENT_IS_CALL
	return hook == CLOISON_HOOK_region ? CLOISON_CLASS_memory : CLOISON_CLASS_packets;
}

static __always_inline void event_count(__u32 index, __u32 field)
{
	struct cloison_stats *stats = segment_stats(index, CLOISON_STATS_ENFORCED);

	if (stats && field < sizeof(*stats) / sizeof(__u64))
		((__u64 *)stats)[field]++;
}

/*
 * Whether the tenant may tell one more of the class: a flood of one tenant must not
 * write over what others have to tell, nor a flood of one class what another has.
 * In a flood the budget is only read. @arrived: others began it
 */
static __always_inline bool event_in_budget(__u32 index, enum cloison_event_class class,
					    bool arrived, __u64 now)
{
	struct cloison_budget *budget = bpf_map_lookup_elem(&cloison_budget, &index);
	__u64 *full, before, from;
	__u32 i;

	if (!budget || class >= CLOISON_CLASS_COUNT)
		return false;
	full = arrived ? &budget->arrived[class] : &budget->full[class];
#pragma unroll
	for (i = 0; i < EVENT_TRIES; i++) {
		before = *(volatile __u64 *)full;
		from = before < now ? now : before;
		if (from - now > (EVENT_BURST - 1) * EVENT_INTERVAL)
			return false;
		if (__sync_val_compare_and_swap(full, before, from + EVENT_INTERVAL) == before)
			return true;
	}
	return false;
}

/* The next place in the log. False if it is being written to, by one a whole log behind. */
static __always_inline bool event_take_place(enum cloison_event_class class,
					     struct event_place *place)
{
	struct cloison_written *written;
	__u32 at = 0;
	__u64 before;

	written = bpf_map_lookup_elem(&cloison_written, &at);
	if (!written || class >= CLOISON_CLASS_COUNT)
		return false;
	place->sequence = __sync_fetch_and_add(&written->of[class].events, 1) + 1;
	at = CLOISON_EVENT_AT((__u32) class, place->sequence - 1);
	place->at = bpf_map_lookup_elem(&cloison_events, &at);
	if (!place->at)
		return false;
	before = *(volatile __u64 *)&place->at->sequence;
	return before != CLOISON_EVENT_WRITTEN &&
	       __sync_val_compare_and_swap(&place->at->sequence, before, CLOISON_EVENT_WRITTEN) ==
		       before;
}

/*
 * A place in the log, or NULL: then it is counted why.
 * @index: whose budget pays
 * @arrived: others began it, for which that tenant has a budget beside
 */
static __always_inline struct cloison_event *
event_reserve(__u32 index, enum cloison_event_class class, bool arrived, struct event_place *place)
{
	__u64 now = bpf_ktime_get_boot_ns();
	struct cloison_event *event;

	if (!event_in_budget(index, class, arrived, now)) {
		event_count(index, CLOISON_STATS_SUPPRESSED((__u32) class));
		return NULL;
	}
	if (!event_take_place(class, place)) {
		event_count(index, CLOISON_STATS_LOST((__u32) class));
		return NULL;
	}
	event = &place->at->event;
	__builtin_memset(event, 0, sizeof(*event));
	event->time = now;
	return event;
}

/* From now on readers may have it: all of it is written before. */
static __always_inline void event_submit(const struct event_place *place)
{
	__sync_lock_test_and_set(&place->at->sequence, place->sequence);
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
	struct event_place place = {};
	struct cloison_event *event;

	/* To bind for what comes in is the tenant's own doing. */
	event = event_reserve(segment ? segment->index : CLOISON_SEGMENTS,
			      event_class(hook, allowed),
			      direction == CLOISON_INGRESS && !event_of_task(hook), &place);
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
	event_submit(&place);
}

#endif /* CLOISON_EVENT_H */
