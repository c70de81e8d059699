// SPDX-License-Identifier: GPL-2.0-only
/*
 * From rules to the tables of the guard.
 *
 * The prefixes of one direction and family form a tree by what contains what.
 * Each prefix is a class of peers: the rules for its addresses are its own and
 * those of all prefixes around it, so the guard needs the longest match only,
 * and a denial of a wide prefix is found through a narrow one. The port ranges
 * of a class are those of the class around it with its own rules laid over. What
 * a rule leaves out is a class too, of all rules around it but that one.
 */
#include "policy_ranges.h"
#include "policy_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* So many entries, about 200 MB, and the policy is a mistake. */
#define PORTS_MAX (1U << 20)

/* Prefixes around a prefix: one of each length. */
#define DEPTH_MAX 129

static const enum cloison_protocol protocols[] = {
	CLOISON_TCP, CLOISON_UDP, CLOISON_SCTP, CLOISON_ICMP, CLOISON_ICMP6,
};
#define PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

/* A class whose prefix contains the one being compiled, and the rules of just it. */
struct level {
	const struct prefix *prefix;
	size_t count;
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

static bool protocol_is_known(enum cloison_protocol protocol)
{
	size_t p;

	for (p = 0; p < PROTOCOLS; p++)
		if (protocols[p] == protocol)
			return true;
	return protocol == CLOISON_ANY_PROTOCOL;
}

/* Of a part, too: its rule's number is checked by those who look for its rule. */
static int rule_check(const struct cloison_rule *rule, struct problem *problem)
{
	uint32_t bits = rule->family == CLOISON_IPV4 ? 32 : rule->family == CLOISON_IPV6 ? 128 : 0;
	const char *wrong = NULL;
	uint32_t i;

	if (rule->peers != CLOISON_PEERS_PREFIX && rule->peers != CLOISON_PEERS_TENANT &&
	    rule->peers != CLOISON_PEERS_GROUP && rule->peers != CLOISON_PEERS_HOST &&
	    rule->peers != CLOISON_PEERS_DNS)
		wrong = "has unknown peers";
	else if (rule->peers == CLOISON_PEERS_DNS &&
		 (rule->verdict != CLOISON_ALLOW || rule->direction != CLOISON_EGRESS))
		wrong = "has a name of the DNS, but does not allow what the tenant begins";
	else if (rule->direction != CLOISON_INGRESS && rule->direction != CLOISON_EGRESS)
		wrong = "has no direction";
	else if (rule->verdict != CLOISON_ALLOW && rule->verdict != CLOISON_DENY)
		wrong = "has no verdict";
	else if (!protocol_is_known(rule->protocol))
		wrong = "has an unknown protocol";
	else if (policy_has_types(rule->protocol) && rule->verdict == CLOISON_ALLOW &&
		 rule->first_port != rule->last_port)
		wrong = "allows ICMP, but not by a type";
	else if (rule->family != CLOISON_ANY_FAMILY && !bits)
		wrong = "has an unknown address family";
	else if (rule->prefix > bits)
		wrong = "has a prefix that is too long";
	else if (rule->last_port < rule->first_port && !rule->port_name[0])
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

static bool level_leaves_out(const struct level *level, const struct cloison_rule *rule)
{
	size_t i;

	for (i = 0; i < level->count; i++)
		if (level->prefix[i].except && level->prefix[i].rule == rule)
			return true;
	return false;
}

/* All rules for the innermost class, of it and of those around: to begin anew. */
static struct prefix *rules_around(const struct compiler *compiler, size_t *count)
{
	struct prefix *rules;
	size_t room = 0, d, e, i;

	for (d = 0; d < compiler->depth; d++)
		room += compiler->levels[d].count;
	rules = calloc(room + 1, sizeof(*rules));
	*count = 0;
	for (d = 0; d < compiler->depth && rules; d++)
		for (i = 0; i < compiler->levels[d].count; i++) {
			const struct prefix *prefix = &compiler->levels[d].prefix[i];
			bool out = prefix->except;

			for (e = d; e < compiler->depth && !out; e++)
				out = level_leaves_out(&compiler->levels[e], prefix->rule);
			if (!out)
				rules[(*count)++] = *prefix;
		}
	return rules;
}

static int class_ranges(struct compiler *compiler, const struct level *around, struct level *level)
{
	static const struct ranges none;
	const struct prefix *own = level->prefix;
	struct prefix *all = NULL;
	size_t count = level->count, i, p;
	int error = 0;

	for (i = 0; i < level->count && !all; i++) {
		if (!own[i].except)
			continue;
		all = rules_around(compiler, &count);
		if (!all)
			return -ENOMEM;
	}
	if (all) {
		own = all;
		around = NULL;
	}
	for (p = 0; p < PROTOCOLS && !error; p++) {
		error = ranges_overlay(around ? &around->ranges[p] : &none, own, count,
				       protocols[p], &level->ranges[p]);
		if (!error)
			error = ports_emit(compiler, &level->ranges[p], protocols[p], 0,
					   POLICY_LAST_PORT);
	}
	free(all);
	return error;
}

/* One class: the @count rules of one prefix. */
static int class_compile(struct compiler *compiler, const struct prefix *own, size_t count,
			 enum cloison_direction direction, enum cloison_family family)
{
	struct level *around, *level;
	int error;

	while (compiler->depth &&
	       !prefix_contains(compiler->levels[compiler->depth - 1].prefix, own))
		level_pop(compiler);
	around = compiler->depth ? &compiler->levels[compiler->depth - 1] : NULL;
	level = &compiler->levels[compiler->depth++];
	*level = (struct level){ .prefix = own, .count = count };

	compiler->classes++;
	address_emit(compiler, own, direction, family);
	error = class_ranges(compiler, around, level);
	if (error == -ENOSPC)
		return problem_set(compiler->problem, error,
				   "the policy needs too many tables at rule %u: its prefix joins "
				   "too many ports; use wider port ranges",
				   own[0].rule->number);
	return error ? out_of_memory(compiler->problem) : 0;
}

static bool family_is(const struct cloison_rule *rule, enum cloison_family family)
{
	return rule->family == family || rule->family == CLOISON_ANY_FAMILY;
}

static bool rule_is_for(const struct cloison_rule *rule, enum cloison_direction direction,
			enum cloison_family family)
{
	if (rule->direction != direction || !family_is(rule, family))
		return false;
	return rule->protocol != (family == CLOISON_IPV4 ? CLOISON_ICMP6 : CLOISON_ICMP);
}

static void prefix_set(struct prefix *prefix, const struct cloison_rule *address,
		       const struct cloison_rule *rule)
{
	memcpy(prefix->address, address->address, sizeof(address->address));
	prefix->bits = address->prefix;
	prefix->except = address->peers == CLOISON_PART_EXCEPT;
	prefix->rule = rule;
	prefix->first_port = rule->first_port;
	prefix->last_port = rule->last_port;
	/* A name of a port stands for what it is in each of the peers. */
	if (rule->port_name[0] && rule->direction == CLOISON_EGRESS) {
		prefix->first_port = address->first_port;
		prefix->last_port = address->last_port;
	}
}

/* The prefixes of one tree, sorted. A name's are its members, not the rule's. */
static struct prefix *prefixes_collect(const struct policy *policy,
				       enum cloison_direction direction, enum cloison_family family,
				       size_t *count)
{
	struct prefix *prefixes = calloc(policy->count + policy->part_count + 1, sizeof(*prefixes));
	size_t i;

	*count = 0;
	if (!prefixes)
		return NULL;
	for (i = 0; i < policy->count; i++)
		if (policy->rules[i].peers == CLOISON_PEERS_PREFIX &&
		    rule_is_for(&policy->rules[i], direction, family))
			prefix_set(&prefixes[(*count)++], &policy->rules[i], &policy->rules[i]);
	for (i = 0; i < policy->part_count; i++) {
		const struct cloison_rule *part = &policy->parts[i];
		const struct cloison_rule *rule = &policy->rules[part->number - 1];

		if (part->peers != CLOISON_PART_DNS && family_is(part, family) &&
		    rule_is_for(rule, direction, family))
			prefix_set(&prefixes[(*count)++], part, rule);
	}
	qsort(prefixes, *count, sizeof(*prefixes), prefix_compare);
	return prefixes;
}

static int tree_compile(struct compiler *compiler, const struct policy *policy,
			enum cloison_direction direction, enum cloison_family family)
{
	size_t count, i, end;
	struct prefix *prefixes = prefixes_collect(policy, direction, family, &count);
	int error = 0;

	if (!prefixes)
		return out_of_memory(compiler->problem);
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

static int dns_compare(const void *a, const void *b)
{
	const struct prefix *left = a, *right = b;

	/* The number of the name stands for the bits. */
	if (left->bits != right->bits)
		return left->bits < right->bits ? -1 : 1;
	return left->rule->number < right->rule->number ? -1 : 1;
}

/* A class for each name of the DNS: the rules that have it, whatever its addresses are. */
static int dns_class_compile(struct compiler *compiler, const struct prefix *own, size_t count)
{
	static const struct ranges none;
	uint32_t classes = compiler->classes;
	int error = 0;
	size_t p;

	compiler->classes = CLOISON_CLASS_OF_NAME(own->bits);
	for (p = 0; p < PROTOCOLS && !error; p++) {
		struct ranges ranges = {};

		error = ranges_overlay(&none, own, count, protocols[p], &ranges);
		if (!error)
			error = ports_emit(compiler, &ranges, protocols[p], 0, POLICY_LAST_PORT);
		free(ranges.range);
	}
	compiler->classes = classes;
	if (error == -ENOSPC)
		return problem_set(compiler->problem, error,
				   "the policy needs too many tables at rule %u",
				   own->rule->number);
	return error ? out_of_memory(compiler->problem) : 0;
}

static int dns_compile(struct compiler *compiler, const struct policy *policy)
{
	struct prefix *names = calloc(policy->part_count + 1, sizeof(*names));
	size_t count = 0, i, end;
	int error = 0;

	if (!names)
		return out_of_memory(compiler->problem);
	for (i = 0; i < policy->part_count; i++)
		if (policy->parts[i].peers == CLOISON_PART_DNS)
			prefix_set(&names[count++], &policy->parts[i],
				   &policy->rules[policy->parts[i].number - 1]);
	qsort(names, count, sizeof(*names), dns_compare);
	for (i = 0; i < count && !error; i = end) {
		for (end = i + 1; end < count && names[end].bits == names[i].bits; end++)
			;
		error = dns_class_compile(compiler, &names[i], end - i);
	}
	free(names);
	return error;
}

/* Parts are addresses of a rule that is there, and of the right kind. */
static int part_check(const struct policy *policy, const struct cloison_rule *part,
		      struct problem *problem)
{
	const struct cloison_rule *rule;
	struct cloison_rule whole;

	if (!part->number || part->number > policy->count)
		return problem_set(problem, -EINVAL, "a part is of rule %u, which there is not",
				   part->number);
	rule = &policy->rules[part->number - 1];
	if (part->peers == CLOISON_PART_DNS && rule->peers == CLOISON_PEERS_DNS) {
		if (part->prefix && part->prefix <= CLOISON_NAMES)
			return 0;
		return problem_set(problem, -EINVAL, "rule %u has a name without a number",
				   part->number);
	}
	if (rule->peers == CLOISON_PEERS_DNS ||
	    part->peers != (rule->peers == CLOISON_PEERS_PREFIX ? CLOISON_PART_EXCEPT :
								  CLOISON_PART_MEMBER) ||
	    part->family == CLOISON_ANY_FAMILY)
		return problem_set(problem, -EINVAL, "rule %u has a part that is none of it",
				   part->number);
	whole = *rule;
	whole.peers = CLOISON_PEERS_PREFIX;
	whole.family = part->family;
	whole.prefix = part->prefix;
	memcpy(whole.address, part->address, sizeof(whole.address));
	return rule_check(&whole, problem);
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

	for (i = 0; i < policy->part_count; i++) {
		error = part_check(policy, &policy->parts[i], problem);
		if (error)
			return error;
	}

	/* A rule is in one direction: so many classes a family at most. */
	tables->addr4 = calloc(policy->count + policy->part_count + 1, sizeof(*tables->addr4));
	tables->addr6 = calloc(policy->count + policy->part_count + 1, sizeof(*tables->addr6));
	if (!tables->addr4 || !tables->addr6)
		error = out_of_memory(problem);
	for (i = 0; i < 2 && !error; i++) {
		error = tree_compile(&compiler, policy, directions[i], CLOISON_IPV4);
		if (!error)
			error = tree_compile(&compiler, policy, directions[i], CLOISON_IPV6);
	}
	if (!error)
		error = dns_compile(&compiler, policy);
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
