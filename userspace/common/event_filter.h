/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which events a reader wants. Pure: it looks at an event and at the names of
 * what is in it, wherever they came from.
 */
#ifndef CLOISON_EVENT_FILTER_H
#define CLOISON_EVENT_FILTER_H

#include <stdbool.h>
#include <stddef.h>

#include "cloison_bpf.h"
#include "problem.h"

/* A filter names at most so many tenants, prefixes or regions. */
#define EVENT_FILTER_WORDS 16

/* "TENANT/REGION", and its end. */
#define EVENT_FILTER_WORD (2 * CLOISON_TENANT_NAME_SIZE)

/* What a filter can ask for. */
enum event_filter_key {
	EVENT_FILTER_TENANT,
	EVENT_FILTER_REGION,
	EVENT_FILTER_PEER,
	EVENT_FILTER_VERDICT,
	EVENT_FILTER_KIND,
	EVENT_FILTER_HOOK,
	EVENT_FILTER_REASON,
	EVENT_FILTER_KEYS,
};

/**
 * struct event_filter - what is asked for; all zero asks for everything.
 * @given: by enum event_filter_key
 * @tenants: by name
 * @tenant_count: how many
 * @regions: "TENANT/REGION", or a number
 * @region_count: how many
 * @peers: prefixes of the peer's address
 * @peer_count: how many
 * @verdicts: by enum cloison_verdict
 * @kinds: by enum cloison_kind
 * @hooks: by enum cloison_hook
 * @reasons: by enum cloison_reason
 */
struct event_filter {
	bool given[EVENT_FILTER_KEYS];
	char tenants[EVENT_FILTER_WORDS][EVENT_FILTER_WORD];
	size_t tenant_count;
	char regions[EVENT_FILTER_WORDS][EVENT_FILTER_WORD];
	size_t region_count;
	struct cloison_rule peers[EVENT_FILTER_WORDS];
	size_t peer_count;
	bool verdicts[CLOISON_DENY + 1];
	bool kinds[CLOISON_KIND_ended + 1];
	bool hooks[CLOISON_HOOK_COUNT];
	bool reasons[CLOISON_REASON_COUNT];
};

/**
 * event_filter_add() - ask for one more thing.
 * @filter: the filter
 * @key: what @words are
 * @words: one, or several with commas between; any of them will do
 * @problem: names the word and says what it may be
 *
 * Return: 0 or -EINVAL.
 */
int event_filter_add(struct event_filter *filter, enum event_filter_key key, const char *words,
		     struct problem *problem);

/**
 * event_filter_wants() - whether an event is one that was asked for.
 * @filter: the filter; of each key that was given, one word must fit
 * @event: the event
 * @tenant: the name of its tenant, empty if it is not known
 * @region: the name of its region without the tenant's, empty if it is not known
 */
bool event_filter_wants(const struct event_filter *filter, const struct cloison_event *event,
			const char *tenant, const char *region);

/** event_filter_tenant() - whether events of this tenant were asked for; empty: of none. */
bool event_filter_tenant(const struct event_filter *filter, const char *tenant);

/** event_kind_word() - "packet", "call" or "memory", NULL for another. */
const char *event_kind_word(enum cloison_kind kind);

#endif /* CLOISON_EVENT_FILTER_H */
