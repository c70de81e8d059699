// SPDX-License-Identifier: GPL-2.0-only
/* The list of rules of a tenant. */
#include "policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Lists grow by so many rules at a time, when they are full to a multiple of it. */
#define POLICY_STEP 64

static bool rules_alike(const struct cloison_rule *a, const struct cloison_rule *b)
{
	struct cloison_rule left = *a, right = *b;

	left.number = right.number = 0;
	left.hits = right.hits = 0;
	return !memcmp(&left, &right, sizeof(left));
}

int policy_alloc(struct policy *policy, size_t count)
{
	size_t room = (count / POLICY_STEP + 1) * POLICY_STEP;

	*policy = (struct policy){ .rules = calloc(room, sizeof(*policy->rules)) };
	return policy->rules ? 0 : -ENOMEM;
}

int policy_add(struct policy *policy, const struct cloison_rule *rule, struct problem *problem)
{
	struct cloison_rule *rules;
	size_t i;

	for (i = 0; i < policy->count; i++)
		if (rules_alike(&policy->rules[i], rule))
			return problem_set(problem, -EEXIST, "rule %u says just this",
					   policy->rules[i].number);
	if (policy->count >= CLOISON_RULES)
		return problem_set(problem, -ENOSPC,
				   "a policy has at most %d rules: join some into wider prefixes",
				   CLOISON_RULES);

	if (policy->count % POLICY_STEP == 0) {
		rules = reallocarray(policy->rules, policy->count + POLICY_STEP, sizeof(*rules));
		if (!rules)
			return problem_set(problem, -ENOMEM, "out of memory");
		policy->rules = rules;
	}
	policy->rules[policy->count] = *rule;
	policy->rules[policy->count].hits = 0;
	policy->count++;
	policy->rules[policy->count - 1].number = policy->count;
	return 0;
}

int policy_remove(struct policy *policy, uint32_t number, struct problem *problem)
{
	size_t i;

	if (!number || number > policy->count)
		return problem_set(problem, -ENOENT, "there is no rule %u: the policy has %zu",
				   number, policy->count);

	memmove(&policy->rules[number - 1], &policy->rules[number],
		(policy->count - number) * sizeof(*policy->rules));
	policy->count--;
	for (i = number - 1; i < policy->count; i++)
		policy->rules[i].number = i + 1;
	/* policy_add() counts on room up to the next step. */
	return 0;
}

void policy_free(struct policy *policy)
{
	free(policy->rules);
	*policy = (struct policy){};
}
