/* SPDX-License-Identifier: GPL-2.0-only */
/* Tenants' policies, and the names that they have of the DNS. For the rules of all, see guard.h. */
#ifndef CLOISON_GUARD_POLICY_H
#define CLOISON_GUARD_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns.h"
#include "policy.h"
#include "problem.h"

/**
 * guard_policy_read() - the rules in force, as the kernel has them.
 * @name: the tenant's name
 * @policy: the result, for policy_free(); each rule has its hits
 * @generation: if not NULL: the policy's number, which no other has or had
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_policy_read(const char *name, struct policy *policy, uint64_t *generation,
		      struct problem *problem);

/**
 * guard_policy_replace() - put a whole policy in force at one moment.
 * @name: the tenant's name
 * @policy: the rules; an empty policy lets nothing pass. What the names in it
 *	stand for is looked up again
 * @strict: a name that stands for nothing is an error; else, such as for rules
 *	that were in force when the name still meant a tenant, the rule has no peers
 * @problem: why not
 *
 * If the tenant's own addresses are others than before, so are those that the
 * rules of other tenants mean by its name. After any failure the old policy is
 * in force, whole.
 *
 * Return: 0; -ENOENT, also for a name in it; -EINVAL; -ENOSPC; -EEXIST for an
 * address that another tenant has.
 */
int guard_policy_replace(const char *name, struct policy *policy, bool strict,
			 struct problem *problem);

/**
 * guard_policies_renew() - look up again what the names in all policies stand for.
 * @problem: why not
 *
 * For what changes without a word to the guard: the host's own addresses. Policies
 * whose names stand for the same as before are left alone.
 *
 * Return: 0, or as guard_policy_replace().
 */
int guard_policies_renew(struct problem *problem);

/**
 * guard_policy_try() - all that guard_policy_replace() does, but for the change.
 * @name: the tenant's name
 * @policy: as for guard_policy_replace()
 * @strict: likewise
 * @problem: why it would fail
 *
 * Return: what guard_policy_replace() would return, as far as that can be known
 * without a map.
 */
int guard_policy_try(const char *name, struct policy *policy, bool strict, struct problem *problem);

/**
 * guard_addresses_read() - a tenant's own addresses, without its rules.
 * @name: the tenant's name
 * @policy: the result, for policy_free()
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_addresses_read(const char *name, struct policy *policy, struct problem *problem);

/**
 * struct guard_replacement - a policy that is to be a tenant's.
 * @tenant: its name
 * @policy: the rules; mode and addresses are filled in, as they are in force
 */
struct guard_replacement {
	const char *tenant;
	struct policy *policy;
};

/**
 * guard_policies_replace() - put the rules of many tenants in force.
 * @list: whose
 * @count: how many
 * @problem: why not
 *
 * All are built before the first is in force: after a failure the old ones are.
 *
 * Return: as of guard_policy_replace(), whose names are strict.
 */
int guard_policies_replace(struct guard_replacement *list, size_t count, struct problem *problem);

/**
 * struct guard_names - names of the DNS that policies have, and their addresses.
 * @names: by number
 * @count: how many
 * @owned: the tenants' own addresses, as far as they are known
 * @generation: of the policies, when that was read last
 */
struct guard_names {
	struct dns_name *names;
	size_t count;
	struct policy owned;
	uint64_t generation;
};

/**
 * guard_names_read() - the names and what they have now.
 * @names: the result, for guard_names_free()
 * @problem: why not
 */
int guard_names_read(struct guard_names *names, struct problem *problem);

/** guard_names_free() - give back what names hold. */
void guard_names_free(struct guard_names *names);

/* What becomes of them. Return: whether it is to be written. */
typedef bool (*guard_names_fn)(struct guard_names *names, const struct dns_owned *owned,
			       uint64_t now, void *data);

/**
 * guard_names_change() - change what names have, as a whole.
 * @names: kept from call to call, at first all zero; those of policies now
 * @change: called once, while no policy changes
 * @data: for it
 * @problem: why not
 *
 * Names that no policy has any more are forgotten.
 */
int guard_names_change(struct guard_names *names, guard_names_fn change, void *data,
		       struct problem *problem);

/** guard_flow_resolve() - note in a flow which names its peer has now. */
int guard_flow_resolve(struct policy_flow *flow, struct problem *problem);

/**
 * guard_live_judge() - judge a flow by the maps that the programs look up.
 * @name: the tenant's name
 * @flow: what is to be judged
 * @answer: the verdict of enforcement, also where it is only observed
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_live_judge(const char *name, const struct policy_flow *flow, struct policy_answer *answer,
		     struct problem *problem);

#endif /* CLOISON_GUARD_POLICY_H */
