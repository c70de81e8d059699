// SPDX-License-Identifier: GPL-2.0-only
/* The list of rules of a tenant. */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Lists grow by so many at a time, when they are full to a multiple of it. */
#define POLICY_STEP 64

static int out_of_memory(struct problem *problem)
{
	return problem_set(problem, -ENOMEM, "out of memory");
}

/* Room for one more element, where lists grow by POLICY_STEP. */
static int list_grow(void **list, size_t count, size_t size)
{
	void *grown;

	if (count % POLICY_STEP)
		return 0;
	grown = reallocarray(*list, count + POLICY_STEP, size);
	if (!grown)
		return -ENOMEM;
	*list = grown;
	return 0;
}

/* A rule without what does not belong to what it says. */
static struct cloison_rule rule_bare(const struct cloison_rule *rule)
{
	struct cloison_rule bare = *rule;

	bare.number = 0;
	bare.hits = 0;
	/* What the name of a port stands for is not what the rule says. */
	if (bare.port_name[0]) {
		bare.first_port = 0;
		bare.last_port = 0;
	}
	memset(bare.name, 0, sizeof(bare.name));
	return bare;
}

static int rules_compare(const struct cloison_rule *a, const struct cloison_rule *b)
{
	struct cloison_rule left = rule_bare(a), right = rule_bare(b);

	return memcmp(&left, &right, sizeof(left));
}

/* The excepts of a rule, one by one; NULL behind the last. */
static const struct cloison_rule *except_next(const struct policy *policy, uint32_t number,
					      const struct cloison_rule *before)
{
	const struct cloison_rule *part = before ? before + 1 : policy->parts;

	for (; part < policy->parts + policy->part_count; part++)
		if (part->number == number && part->peers == CLOISON_PART_EXCEPT)
			return part;
	return NULL;
}

static bool excepts_alike(const struct policy *policy, uint32_t a, uint32_t b)
{
	const struct cloison_rule *left = NULL, *right = NULL;

	do {
		left = except_next(policy, a, left);
		right = except_next(policy, b, right);
		if (!left || !right)
			return left == right;
	} while (!rules_compare(left, right));
	return false;
}

int policy_alloc(struct policy *policy, size_t count)
{
	size_t room = (count / POLICY_STEP + 1) * POLICY_STEP;

	*policy = (struct policy){ .rules = calloc(room, sizeof(*policy->rules)) };
	return policy->rules ? 0 : -ENOMEM;
}

int policy_part_add(struct policy *policy, uint32_t number, const struct cloison_rule *part,
		    enum cloison_peers kind)
{
	if (list_grow((void **)&policy->parts, policy->part_count, sizeof(*part)))
		return -ENOMEM;
	policy->parts[policy->part_count++] = (struct cloison_rule){
		.number = number,
		.peers = kind,
		.family = part->family,
		.prefix = part->prefix,
		.first_port = part->first_port,
		.last_port = part->last_port,
	};
	memcpy(policy->parts[policy->part_count - 1].address, part->address, sizeof(part->address));
	return 0;
}

int policy_append(struct policy *policy, const struct policy_entry *entry, struct problem *problem)
{
	size_t i;

	if (policy->count >= CLOISON_RULES)
		return problem_set(problem, -ENOSPC,
				   "a policy has at most %d rules: join some into wider prefixes",
				   CLOISON_RULES);
	if (list_grow((void **)&policy->rules, policy->count, sizeof(*policy->rules)))
		return out_of_memory(problem);
	policy->rules[policy->count] = entry->rule;
	policy->rules[policy->count].hits = 0;
	policy->rules[policy->count].number = policy->count + 1;
	for (i = 0; i < entry->except_count; i++)
		if (policy_part_add(policy, policy->count + 1, &entry->excepts[i],
				    CLOISON_PART_EXCEPT)) {
			policy->part_count -= i;
			return out_of_memory(problem);
		}
	policy->count++;
	return 0;
}

int policy_add(struct policy *policy, const struct policy_entry *entry, struct problem *problem)
{
	const struct cloison_rule *rule;
	int error = policy_append(policy, entry, problem);
	uint32_t i;

	if (error)
		return error;
	rule = &policy->rules[policy->count - 1];
	for (i = 1; i < policy->count && !error; i++) {
		const struct cloison_rule *other = &policy->rules[i - 1];

		if (rule->name[0] && !strcmp(rule->name, other->name))
			error = problem_set(problem, -EEXIST, "rule %u has the name %s already", i,
					    rule->name);
		else if (!rules_compare(rule, other) && excepts_alike(policy, rule->number, i))
			error = problem_set(problem, -EEXIST, "rule %u says just this", i);
	}
	if (error)
		policy_remove(policy, policy->count, NULL);
	return error;
}

int policy_remove(struct policy *policy, uint32_t number, struct problem *problem)
{
	size_t i, kept = 0;

	if (!number || number > policy->count)
		return problem_set(problem, -ENOENT, "there is no rule %u: the policy has %zu",
				   number, policy->count);

	memmove(&policy->rules[number - 1], &policy->rules[number],
		(policy->count - number) * sizeof(*policy->rules));
	policy->count--;
	for (i = number - 1; i < policy->count; i++)
		policy->rules[i].number = i + 1;
	for (i = 0; i < policy->part_count; i++) {
		if (policy->parts[i].number == number)
			continue;
		policy->parts[kept] = policy->parts[i];
		if (policy->parts[kept].number > number)
			policy->parts[kept].number--;
		kept++;
	}
	policy->part_count = kept;
	/* Adding counts on room up to the next step. */
	return 0;
}

void policy_members_drop(struct policy *policy)
{
	size_t i, kept = 0;

	for (i = 0; i < policy->part_count; i++)
		if (policy->parts[i].peers == CLOISON_PART_EXCEPT)
			policy->parts[kept++] = policy->parts[i];
	policy->part_count = kept;
}

static int by_name(const void *a, const void *b)
{
	const struct cloison_rule *left = *(const struct cloison_rule *const *)a;
	const struct cloison_rule *right = *(const struct cloison_rule *const *)b;
	int order = strcmp(left->name, right->name);

	return order ? order : left->number < right->number ? -1 : 1;
}

static int by_meaning(const void *a, const void *b)
{
	const struct cloison_rule *left = *(const struct cloison_rule *const *)a;
	const struct cloison_rule *right = *(const struct cloison_rule *const *)b;
	int order = rules_compare(left, right);

	return order ? order : left->number < right->number ? -1 : 1;
}

int policy_duplicates_find(const struct policy *policy, uint32_t *number, uint32_t *other)
{
	const struct cloison_rule **sorted = calloc(policy->count + 1, sizeof(*sorted));
	int error = 0;
	size_t i;

	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < policy->count; i++)
		sorted[i] = &policy->rules[i];
	qsort(sorted, policy->count, sizeof(*sorted), by_name);
	for (i = 1; i < policy->count && !error; i++)
		if (sorted[i]->name[0] && !strcmp(sorted[i]->name, sorted[i - 1]->name))
			error = -EEXIST;
	if (!error) {
		qsort(sorted, policy->count, sizeof(*sorted), by_meaning);
		for (i = 1; i < policy->count && !error; i++)
			if (!rules_compare(sorted[i], sorted[i - 1]) &&
			    excepts_alike(policy, sorted[i]->number, sorted[i - 1]->number))
				error = -EEXIST;
	}
	if (error) {
		*number = sorted[i - 1]->number;
		*other = sorted[i - 2]->number;
	}
	free(sorted);
	return error;
}

uint32_t policy_rule_find(const struct policy *policy, const char *word)
{
	char *end;
	unsigned long number = strtoul(word, &end, 10);
	size_t i;

	if (word[0] >= '0' && word[0] <= '9' && !*end)
		return number <= policy->count ? number : 0;
	for (i = 0; i < policy->count; i++)
		if (policy->rules[i].name[0] && !strcmp(policy->rules[i].name, word))
			return i + 1;
	return 0;
}

uint32_t policy_flags(const struct policy *policy)
{
	uint32_t flags = policy->address_count ? CLOISON_HAS_ADDRESSES : 0;
	size_t i;

	for (i = 0; i < policy->count; i++) {
		if (policy->rules[i].verdict != CLOISON_ALLOW)
			continue;
		if (policy->rules[i].peers == CLOISON_PEERS_DNS)
			flags |= CLOISON_HAS_DNS;
		switch (policy->rules[i].protocol) {
		case CLOISON_ICMP:
			flags |= CLOISON_HAS_ICMP;
			break;
		case CLOISON_ICMP6:
			flags |= CLOISON_HAS_ICMP6;
			break;
		case CLOISON_ANY_PROTOCOL:
		case CLOISON_SCTP:
			flags |= CLOISON_HAS_SCTP;
			break;
		default:
			break;
		}
	}
	return flags;
}

void policy_free(struct policy *policy)
{
	free(policy->rules);
	free(policy->parts);
	free(policy->addresses);
	free(policy->labels);
	*policy = (struct policy){};
}
