// SPDX-License-Identifier: GPL-2.0-only
/* Port ranges of a class of peers: the rules of a prefix over those around it. */
#include "policy_ranges.h"

#include <errno.h>
#include <stdlib.h>

#include "policy_words.h"

/* Of two answers for a port: deny wins, then the lower number. */
static void answer_add(struct cloison_port_range *to, enum cloison_verdict verdict, uint32_t rule)
{
	if (!to->verdict || (to->verdict == verdict && rule < to->rule) ||
	    (to->verdict == CLOISON_ALLOW && verdict == CLOISON_DENY)) {
		to->verdict = verdict;
		to->rule = rule;
	}
}

static int port_compare(const void *a, const void *b)
{
	const uint32_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

/* ICMP is allowed by its types only: no rule that allows any means it. */
static bool prefix_is_for(const struct prefix *prefix, enum cloison_protocol protocol)
{
	const struct cloison_rule *rule = prefix->rule;

	if (prefix->last_port < prefix->first_port)
		return false;
	if (rule->protocol == CLOISON_ANY_PROTOCOL)
		return rule->verdict == CLOISON_DENY || !policy_has_types(protocol);
	return rule->protocol == protocol;
}

/* Every port at which the answer may change, sorted; NULL without memory. */
static uint32_t *ranges_edges(const struct ranges *around, const struct prefix *own, size_t count,
			      enum cloison_protocol protocol, size_t *edge_count)
{
	uint32_t *edges = calloc(2 * (around->count + count) + 1, sizeof(*edges));
	size_t i, n = 0, unique = 0;

	if (!edges)
		return NULL;
	for (i = 0; i < around->count; i++) {
		edges[n++] = around->range[i].first;
		edges[n++] = around->range[i].last + 1;
	}
	for (i = 0; i < count; i++) {
		if (!prefix_is_for(&own[i], protocol))
			continue;
		edges[n++] = own[i].first_port;
		edges[n++] = own[i].last_port + 1;
	}
	qsort(edges, n, sizeof(*edges), port_compare);
	for (i = 0; i < n; i++)
		if (!unique || edges[unique - 1] != edges[i])
			edges[unique++] = edges[i];
	*edge_count = unique;
	return edges;
}

int ranges_overlay(const struct ranges *around, const struct prefix *own, size_t count,
		   enum cloison_protocol protocol, struct ranges *result)
{
	size_t edge_count, at = 0, e, i;
	uint32_t *edges;

	*result = (struct ranges){};
	edges = ranges_edges(around, own, count, protocol, &edge_count);
	if (!edges)
		return -ENOMEM;
	result->range = calloc(edge_count + 1, sizeof(*result->range));
	if (!result->range) {
		free(edges);
		return -ENOMEM;
	}

	for (e = 0; e + 1 < edge_count; e++) {
		struct cloison_port_range range = {
			.first = edges[e],
			.last = edges[e + 1] - 1,
		};
		struct cloison_port_range *before = NULL;

		while (at < around->count && around->range[at].last < range.first)
			at++;
		if (at < around->count && around->range[at].first <= range.first)
			answer_add(&range, around->range[at].verdict, around->range[at].rule);
		for (i = 0; i < count; i++)
			if (prefix_is_for(&own[i], protocol) && own[i].first_port <= range.first &&
			    own[i].last_port >= range.last)
				answer_add(&range, own[i].rule->verdict, own[i].rule->number);
		if (!range.verdict)
			continue;

		if (result->count)
			before = &result->range[result->count - 1];
		if (before && before->last + 1 == range.first && before->verdict == range.verdict &&
		    before->rule == range.rule)
			before->last = range.last;
		else
			result->range[result->count++] = range;
	}
	free(edges);
	return 0;
}
