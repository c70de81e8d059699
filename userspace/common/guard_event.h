/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard's events, for all who read them: each reader has all of them, and knows
 * what it has lost by being too slow.
 */
#ifndef CLOISON_GUARD_EVENT_H
#define CLOISON_GUARD_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "cloison_bpf.h"
#include "problem.h"

struct guard_events;

/**
 * guard_event_fn - takes an event.
 * @event: valid for the call
 * @data: as given to guard_events_open()
 *
 * Return: 0, or a negative errno to read no further; this event was read.
 */
typedef int (*guard_event_fn)(const struct cloison_event *event, void *data);

/**
 * guard_events_open() - read what is told from now on.
 * @events: the result, for guard_events_close()
 * @take: called by guard_events_read()
 * @data: for @take
 * @problem: why not
 *
 * Return: 0, or -ENOENT if no guard is loaded.
 */
int guard_events_open(struct guard_events **events, guard_event_fn take, void *data,
		      struct problem *problem);

void guard_events_close(struct guard_events *events);

/** guard_events_rewind() - read what was told before too, as far as it is kept. */
void guard_events_rewind(struct guard_events *events);

/** guard_events_past() - whether some of what was told before is still to be read. */
bool guard_events_past(const struct guard_events *events);

/**
 * guard_events_read() - wait for events and take all there are.
 * @events: from guard_events_open()
 * @milliseconds: how long to wait for the first
 *
 * Return: 0, -EINTR after a signal, or what @take returned.
 */
int guard_events_read(struct guard_events *events, int milliseconds);

/**
 * guard_events_check() - whether it is the log of the guard in force, and its maps.
 * @events: from guard_events_open()
 * @problem: what to do
 *
 * Return: 0, or -ESTALE if another guard took its place.
 */
int guard_events_check(const struct guard_events *events, struct problem *problem);

/**
 * guard_event_tenant() - the name of an event's tenant.
 * @events: from guard_events_open()
 * @number: its number
 * @name: the result
 *
 * Return: false if it is not behind the guard any more, or was no tenant's.
 */
bool guard_event_tenant(const struct guard_events *events, uint32_t number,
			char name[CLOISON_TENANT_NAME_SIZE]);

/**
 * guard_event_rule() - the rule that decided.
 * @events: from guard_events_open()
 * @event: from @take
 * @rule: the result
 *
 * Return: false if none did, or if its policy is in force no more.
 */
bool guard_event_rule(const struct guard_events *events, const struct cloison_event *event,
		      struct cloison_rule *rule);

/**
 * struct guard_missed - events that this reader does not have.
 * @class: of which class
 * @tenant: the tenant's name, empty for cgroups without a policy, and for @lost
 * @suppressed: over the tenant's budget, so that no reader has them
 * @lost: written over before this reader came to them, or without a place in the log
 */
struct guard_missed {
	enum cloison_event_class class;
	char tenant[CLOISON_TENANT_NAME_SIZE];
	uint64_t suppressed;
	uint64_t lost;
};

/**
 * guard_events_missed() - what was missed since the last call, or since open.
 * @events: from guard_events_open()
 * @told: called for each class, and tenant, of which any was missed
 * @data: for @told
 */
void guard_events_missed(struct guard_events *events,
			 void (*told)(const struct guard_missed *missed, void *data), void *data);

/** guard_hook_word() - "ingress", "connect4", ..., NULL for a hook unknown here. */
const char *guard_hook_word(enum cloison_hook hook);

/**
 * guard_reason_name() - field of struct cloison_stats and what it means.
 * @reason: less than CLOISON_REASON_COUNT
 * @text: if not NULL: the meaning
 */
const char *guard_reason_name(enum cloison_reason reason, const char **text);

/** guard_class_word() - "flows", "packets", ..., NULL for a class unknown here. */
const char *guard_class_word(enum cloison_event_class class);

/** guard_hook_kind() - what the events of a hook are about, zero if unknown. */
enum cloison_kind guard_hook_kind(enum cloison_hook hook);

#endif /* CLOISON_GUARD_EVENT_H */
