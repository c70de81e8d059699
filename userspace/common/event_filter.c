// SPDX-License-Identifier: GPL-2.0-only
/* Which events a reader wants. */
#include "event_filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guard_event.h"
#include "policy.h"

/* The most that a message says of the words there are, beside all else it says. */
#define CHOICES 360

const char *event_kind_word(enum cloison_kind kind)
{
	switch (kind) {
	case CLOISON_KIND_packet:
		return "packet";
	case CLOISON_KIND_call:
		return "call";
	case CLOISON_KIND_memory:
		return "memory";
	case CLOISON_KIND_ended:
		return "ended";
	}
	return NULL;
}

static const char *kind_word(int kind)
{
	return event_kind_word((enum cloison_kind)kind);
}

static const char *verdict_word(int verdict)
{
	return verdict ? policy_verdict_name((enum cloison_verdict)verdict) : NULL;
}

static const char *hook_word(int hook)
{
	return guard_hook_word((enum cloison_hook)hook);
}

static const char *reason_word(int reason)
{
	return guard_reason_name((enum cloison_reason)reason, NULL);
}

/* Note one of the words that @word_of knows, or say which there are. */
static int choice_add(bool *chosen, int count, const char *(*word_of)(int), const char *what,
		      const char *word, struct problem *problem)
{
	char choices[CHOICES] = "";
	size_t length = 0;
	int i;

	for (i = 0; i < count; i++) {
		const char *known = word_of(i);

		if (known && !strcmp(known, word)) {
			chosen[i] = true;
			return 0;
		}
		if (known && length + strlen(known) + sizeof(", ...") < sizeof(choices))
			length += snprintf(choices + length, sizeof(choices) - length, "%s%s",
					   length ? ", " : "", known);
		else if (known && choices[length - 1] != '.')
			length += snprintf(choices + length, sizeof(choices) - length, ", ...");
	}
	return problem_set(problem, -EINVAL, "%s \"%.64s\": it is one of %s", what, word, choices);
}

static int word_add(char list[][EVENT_FILTER_WORD], size_t *count, const char *what,
		    const char *word, struct problem *problem)
{
	if (*count == EVENT_FILTER_WORDS)
		return problem_set(problem, -EINVAL, "at most %d of %s can be asked for",
				   EVENT_FILTER_WORDS, what);
	snprintf(list[(*count)++], EVENT_FILTER_WORD, "%s", word);
	return 0;
}

static int peer_add(struct event_filter *filter, const char *word, struct problem *problem)
{
	struct cloison_rule *peer = &filter->peers[filter->peer_count];
	struct problem found = { "" };

	if (filter->peer_count == EVENT_FILTER_WORDS)
		return problem_set(problem, -EINVAL, "at most %d of peer can be asked for",
				   EVENT_FILTER_WORDS);
	*peer = (struct cloison_rule){};
	if (policy_peer_parse(word, peer, &found))
		return problem_set(problem, -EINVAL, "peer: %.200s", found.text);
	if (peer->peers != CLOISON_PEERS_PREFIX || !peer->family)
		return problem_set(problem, -EINVAL,
				   "peer \"%.64s\": an event has an address: give one, or a prefix "
				   "such as 10.0.0.0/8",
				   word);
	filter->peer_count++;
	return 0;
}

static int one_add(struct event_filter *filter, enum event_filter_key key, const char *word,
		   struct problem *problem)
{
	switch (key) {
	case EVENT_FILTER_TENANT:
		return word_add(filter->tenants, &filter->tenant_count, "tenant", word, problem);
	case EVENT_FILTER_REGION:
		return word_add(filter->regions, &filter->region_count, "region", word, problem);
	case EVENT_FILTER_PEER:
		return peer_add(filter, word, problem);
	case EVENT_FILTER_VERDICT:
		return choice_add(filter->verdicts, CLOISON_DENY + 1, verdict_word, "verdict", word,
				  problem);
	case EVENT_FILTER_KIND:
		return choice_add(filter->kinds, CLOISON_KIND_ended + 1, kind_word, "kind", word,
				  problem);
	case EVENT_FILTER_HOOK:
		return choice_add(filter->hooks, CLOISON_HOOK_COUNT, hook_word, "hook", word,
				  problem);
	case EVENT_FILTER_REASON:
		return choice_add(filter->reasons, CLOISON_REASON_COUNT, reason_word, "reason",
				  word, problem);
	default:
		return -EINVAL;
	}
}

int event_filter_add(struct event_filter *filter, enum event_filter_key key, const char *words,
		     struct problem *problem)
{
	char word[EVENT_FILTER_WORD];
	size_t length;
	int error;

	for (;; words += length + 1) {
		length = strcspn(words, ",");
		if (!length || length >= sizeof(word))
			return problem_set(problem, -EINVAL,
					   "\"%.64s\" is not a list of words with commas between",
					   words);
		snprintf(word, sizeof(word), "%.*s", (int)length, words);
		error = one_add(filter, key, word, problem);
		if (error)
			return error;
		filter->given[key] = true;
		if (!words[length])
			return 0;
	}
}

bool event_filter_tenant(const struct event_filter *filter, const char *tenant)
{
	size_t i;

	if (!filter->given[EVENT_FILTER_TENANT])
		return true;
	for (i = 0; i < filter->tenant_count; i++)
		if (!strcmp(filter->tenants[i], tenant))
			return true;
	return false;
}

static bool has_region(const struct event_filter *filter, const struct cloison_event *event,
		       const char *tenant, const char *region)
{
	char name[EVENT_FILTER_WORD], number[16];
	size_t i;

	if (!event->region)
		return false;
	snprintf(name, sizeof(name), "%.63s/%.63s", tenant, region);
	snprintf(number, sizeof(number), "%u", event->region);
	for (i = 0; i < filter->region_count; i++)
		if (!strcmp(filter->regions[i], number) ||
		    (*region && !strcmp(filter->regions[i], name)))
			return true;
	return false;
}

static bool has_peer(const struct event_filter *filter, const struct cloison_peer *peer)
{
	size_t i;
	uint32_t bit;

	for (i = 0; i < filter->peer_count; i++) {
		const struct cloison_rule *prefix = &filter->peers[i];

		if (prefix->family != peer->family)
			continue;
		for (bit = 0; bit < prefix->prefix; bit++)
			if ((prefix->address[bit / 8] ^ peer->address[bit / 8]) & (0x80 >> bit % 8))
				break;
		if (bit == prefix->prefix)
			return true;
	}
	return false;
}

bool event_filter_wants(const struct event_filter *filter, const struct cloison_event *event,
			const char *tenant, const char *region)
{
	const bool *given = filter->given;
	enum cloison_kind kind = guard_hook_kind(event->hook);

	/* A number that this build does not know is none that was asked for. */
	return event_filter_tenant(filter, tenant) &&
	       (!given[EVENT_FILTER_REGION] || has_region(filter, event, tenant, region)) &&
	       (!given[EVENT_FILTER_PEER] || has_peer(filter, &event->peer)) &&
	       (!given[EVENT_FILTER_VERDICT] ||
		(event->verdict <= CLOISON_DENY && filter->verdicts[event->verdict])) &&
	       (!given[EVENT_FILTER_KIND] || filter->kinds[kind]) &&
	       (!given[EVENT_FILTER_HOOK] ||
		(event->hook < CLOISON_HOOK_COUNT && filter->hooks[event->hook])) &&
	       (!given[EVENT_FILTER_REASON] ||
		(event->reason < CLOISON_REASON_COUNT && filter->reasons[event->reason]));
}
