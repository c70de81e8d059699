// SPDX-License-Identifier: GPL-2.0-only
/*
 * From rules to the tables of the guard.
 *
 * The prefixes of one direction and family form a tree by what contains what.
 * Each prefix is a class of peers: the rules for its addresses are its own and
 * those of all prefixes around it, so the guard needs the longest match only,
 * and a denial of a wide prefix is found through a narrow one. The port ranges
 * of a class are those of the class around it with its own rules laid over.
 */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LAST_PORT 65535

/* So many entries, about 200 MB, and the policy is a mistake. */
#define PORTS_MAX (1U << 20)

/* Prefixes around a prefix: one of each length. */
#define DEPTH_MAX 129

static const enum cloison_protocol protocols[] = { CLOISON_TCP, CLOISON_UDP };
#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

/* A list of sorted port ranges that do not overlap. */
struct ranges {
	struct cloison_port_range *range;
	size_t count;
};

/* A prefix that a rule names. */
struct prefix {
	uint8_t address[16];
	uint32_t bits;
	const struct cloison_rule *rule;
};

/* A class whose prefix contains the one being compiled. */
struct level {
	const struct prefix *prefix;
	struct ranges ranges[PROTOCOLS];
};

struct compiler {
	struct policy_tables *tables;
	struct problem *problem;
	size_t ports_room;
	uint32_t classes;
	struct level levels[DEPTH_MAX];
	size_t depth;
};

static int out_of_memory(struct problem *problem)
{
	return problem_set(problem, -ENOMEM, "out of memory while compiling the policy");
}

static int rule_check(const struct cloison_rule *rule, struct problem *problem)
{
	uint32_t bits = rule->family == CLOISON_IPV4 ? 32 : rule->family == CLOISON_IPV6 ? 128 : 0;
	const char *wrong = NULL;
	uint32_t i;

	if (rule->direction != CLOISON_INGRESS && rule->direction != CLOISON_EGRESS)
		wrong = "has no direction";
	else if (rule->verdict != CLOISON_ALLOW && rule->verdict != CLOISON_DENY)
		wrong = "has no verdict";
	else if (rule->protocol != CLOISON_ANY_PROTOCOL && rule->protocol != CLOISON_TCP &&
		 rule->protocol != CLOISON_UDP)
		wrong = "has an unknown protocol";
	else if (rule->family != CLOISON_ANY_FAMILY && !bits)
		wrong = "has an unknown address family";
	else if (rule->prefix > bits)
		wrong = "has a prefix that is too long";
	else if (rule->last_port < rule->first_port)
		wrong = "has ports that go backwards";

	for (i = rule->prefix; !wrong && i < 128; i++)
		if (rule->address[i / 8] & (0x80 >> (i % 8)))
			wrong = "has bits set behind its prefix";

	if (wrong)
		return problem_set(problem, -EINVAL, "rule %u %s", rule->number, wrong);
	return 0;
}

/* By address, a prefix before what it contains, rules by number. */
static int prefix_compare(const void *a, const void *b)
{
	const struct prefix *left = a, *right = b;
	int order = memcmp(left->address, right->address, sizeof(left->address));

	if (order)
		return order;
	if (left->bits != right->bits)
		return left->bits < right->bits ? -1 : 1;
	return left->rule->number < right->rule->number ? -1 : 1;
}

static bool prefix_contains(const struct prefix *outer, const struct prefix *inner)
{
	uint32_t whole = outer->bits / 8, rest = outer->bits % 8;

	if (outer->bits > inner->bits || memcmp(outer->address, inner->address, whole))
		return false;
	return !rest || !((outer->address[whole] ^ inner->address[whole]) >> (8 - rest));
}

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

static bool rule_has(const struct cloison_rule *rule, enum cloison_protocol protocol)
{
	return rule->protocol == CLOISON_ANY_PROTOCOL || rule->protocol == protocol;
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
		if (!rule_has(own[i].rule, protocol))
			continue;
		edges[n++] = own[i].rule->first_port;
		edges[n++] = own[i].rule->last_port + 1;
	}
	qsort(edges, n, sizeof(*edges), port_compare);
	for (i = 0; i < n; i++)
		if (!unique || edges[unique - 1] != edges[i])
			edges[unique++] = edges[i];
	*edge_count = unique;
	return edges;
}

/* Lay the @count rules of a prefix over the ranges of the class around it. */
static int ranges_overlay(const struct ranges *around, const struct prefix *own, size_t count,
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
			if (rule_has(own[i].rule, protocol) &&
			    own[i].rule->first_port <= range.first &&
			    own[i].rule->last_port >= range.last)
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

static int ports_append(struct compiler *compiler, const struct policy_ports *entry)
{
	struct policy_tables *tables = compiler->tables;

	if (tables->ports_count == compiler->ports_room) {
		size_t room = compiler->ports_room ? 2 * compiler->ports_room : 64;
		struct policy_ports *ports = reallocarray(tables->ports, room, sizeof(*ports));

		if (!ports)
			return -ENOMEM;
		tables->ports = ports;
		compiler->ports_room = room;
	}
	if (tables->ports_count >= PORTS_MAX)
		return -ENOSPC;
	tables->ports[tables->ports_count++] = *entry;
	return 0;
}

/*
 * An entry for the ports from @first to @last, and finer pages if its ranges
 * are too many. The finest page always has room: it has no more ports.
 */
static int ports_emit(struct compiler *compiler, const struct ranges *ranges,
		      enum cloison_protocol protocol, uint32_t first, uint32_t last)
{
	uint32_t width = last - first + 1, part, step;
	struct policy_ports entry = {
		.key = { .class = compiler->classes, .protocol = protocol },
	};
	size_t i;
	int error;

	entry.key.page = width == CLOISON_PORT_RANGES ? CLOISON_PAGE_8(first) :
			 width == 256		      ? CLOISON_PAGE_256(first) :
							CLOISON_PAGE_ALL;

	for (i = 0; i < ranges->count && !entry.value.split; i++) {
		struct cloison_port_range range = ranges->range[i];

		if (range.last < first || range.first > last)
			continue;
		if (range.first < first)
			range.first = first;
		if (range.last > last)
			range.last = last;
		if (entry.value.count == CLOISON_PORT_RANGES) {
			memset(&entry.value, 0, sizeof(entry.value));
			entry.value.split = 1;
		} else {
			entry.value.ranges[entry.value.count++] = range;
		}
	}
	if (!entry.value.count && !entry.value.split)
		return 0;
	error = ports_append(compiler, &entry);
	if (error || !entry.value.split)
		return error;

	step = width == 256 ? CLOISON_PORT_RANGES : 256;
	for (part = first; part <= last; part += step) {
		error = ports_emit(compiler, ranges, protocol, part, part + step - 1);
		if (error)
			return error;
	}
	return 0;
}

static void level_pop(struct compiler *compiler)
{
	struct level *level = &compiler->levels[--compiler->depth];
	size_t p;

	for (p = 0; p < PROTOCOLS; p++) {
		free(level->ranges[p].range);
		level->ranges[p] = (struct ranges){};
	}
}

static void address_emit(struct compiler *compiler, const struct prefix *prefix,
			 enum cloison_direction direction, enum cloison_family family)
{
	struct policy_tables *tables = compiler->tables;

	if (family == CLOISON_IPV4) {
		struct policy_addr4 *entry = &tables->addr4[tables->addr4_count++];

		entry->key.prefix = CLOISON_DIRECTION_BITS + prefix->bits;
		entry->key.direction = direction;
		memcpy(entry->key.address, prefix->address, sizeof(entry->key.address));
		entry->value.class = compiler->classes;
	} else {
		struct policy_addr6 *entry = &tables->addr6[tables->addr6_count++];

		entry->key.prefix = CLOISON_DIRECTION_BITS + prefix->bits;
		entry->key.direction = direction;
		memcpy(entry->key.address, prefix->address, sizeof(entry->key.address));
		entry->value.class = compiler->classes;
	}
}

/* One class: the @count rules of one prefix. */
static int class_compile(struct compiler *compiler, const struct prefix *own, size_t count,
			 enum cloison_direction direction, enum cloison_family family)
{
	static const struct ranges none;
	struct level *around, *level;
	int error = 0;
	size_t p;

	while (compiler->depth &&
	       !prefix_contains(compiler->levels[compiler->depth - 1].prefix, own))
		level_pop(compiler);
	around = compiler->depth ? &compiler->levels[compiler->depth - 1] : NULL;
	level = &compiler->levels[compiler->depth++];
	*level = (struct level){ .prefix = own };

	compiler->classes++;
	address_emit(compiler, own, direction, family);
	for (p = 0; p < PROTOCOLS && !error; p++) {
		error = ranges_overlay(around ? &around->ranges[p] : &none, own, count,
				       protocols[p], &level->ranges[p]);
		if (!error)
			error = ports_emit(compiler, &level->ranges[p], protocols[p], 0, LAST_PORT);
	}
	if (error == -ENOSPC)
		return problem_set(compiler->problem, error,
				   "the policy needs too many tables at rule %u: its prefix joins "
				   "too many ports; use wider port ranges",
				   own[0].rule->number);
	return error ? out_of_memory(compiler->problem) : 0;
}

static bool rule_is_for(const struct cloison_rule *rule, enum cloison_direction direction,
			enum cloison_family family)
{
	return rule->direction == direction &&
	       (rule->family == family || rule->family == CLOISON_ANY_FAMILY);
}

static int tree_compile(struct compiler *compiler, const struct policy *policy,
			enum cloison_direction direction, enum cloison_family family)
{
	struct prefix *prefixes = calloc(policy->count + 1, sizeof(*prefixes));
	size_t count = 0, i, end;
	int error = 0;

	if (!prefixes)
		return out_of_memory(compiler->problem);
	for (i = 0; i < policy->count; i++) {
		const struct cloison_rule *rule = &policy->rules[i];

		if (!rule_is_for(rule, direction, family))
			continue;
		memcpy(prefixes[count].address, rule->address, sizeof(rule->address));
		prefixes[count].bits = rule->prefix;
		prefixes[count++].rule = rule;
	}
	qsort(prefixes, count, sizeof(*prefixes), prefix_compare);

	for (i = 0; i < count && !error; i = end) {
		for (end = i + 1; end < count && prefixes[end].bits == prefixes[i].bits &&
				  !memcmp(prefixes[end].address, prefixes[i].address, 16);
		     end++)
			;
		error = class_compile(compiler, &prefixes[i], end - i, direction, family);
	}
	while (compiler->depth)
		level_pop(compiler);
	free(prefixes);
	return error;
}

int policy_compile(const struct policy *policy, struct policy_tables *tables,
		   struct problem *problem)
{
	static const enum cloison_direction directions[] = { CLOISON_INGRESS, CLOISON_EGRESS };
	struct compiler compiler = { .tables = tables, .problem = problem };
	int error = 0;
	size_t i;

	*tables = (struct policy_tables){};
	if (policy->count > CLOISON_RULES)
		return problem_set(problem, -ENOSPC, "a policy has at most %d rules",
				   CLOISON_RULES);
	for (i = 0; i < policy->count; i++) {
		if (policy->rules[i].number != i + 1)
			return problem_set(problem, -EINVAL, "rule %zu has the number %u", i + 1,
					   policy->rules[i].number);
		error = rule_check(&policy->rules[i], problem);
		if (error)
			return error;
	}

	/* A rule is in one direction: so many classes a family at most. */
	tables->addr4 = calloc(policy->count + 1, sizeof(*tables->addr4));
	tables->addr6 = calloc(policy->count + 1, sizeof(*tables->addr6));
	if (!tables->addr4 || !tables->addr6)
		error = out_of_memory(problem);
	for (i = 0; i < 2 && !error; i++) {
		error = tree_compile(&compiler, policy, directions[i], CLOISON_IPV4);
		if (!error)
			error = tree_compile(&compiler, policy, directions[i], CLOISON_IPV6);
	}
	if (error)
		policy_tables_free(tables);
	return error;
}

void policy_tables_free(struct policy_tables *tables)
{
	free(tables->addr4);
	free(tables->addr6);
	free(tables->ports);
	*tables = (struct policy_tables){};
}
