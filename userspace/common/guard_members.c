// SPDX-License-Identifier: GPL-2.0-only
/* What the names in a policy stand for: the addresses of tenants and of this host. */
#include "guard_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* A function is called for each tenant with its policy, until one returns an error. */
typedef int (*tenant_visit)(const struct guard_maps *maps, uint32_t number,
			    const struct cloison_tenant *tenant, struct policy *policy,
			    void *context, struct problem *problem);

static int tenants_visit(const struct guard_maps *maps, tenant_visit visit, void *context,
			 struct problem *problem)
{
	int fd = maps->fd[GUARD_MAP_TENANTS], error = 0;
	uint32_t number, *before = NULL;
	struct cloison_segment segment;
	struct cloison_tenant tenant;
	struct policy policy;

	while (!error && !bpf_map_get_next_key(fd, before, &number)) {
		before = &number;
		if (bpf_map_lookup_elem(fd, &number, &tenant) ||
		    bpf_map_lookup_elem(maps->fd[GUARD_MAP_SEGMENT], &tenant.cgroup, &segment) ||
		    guard_slot_read(maps, &segment, &policy))
			continue;
		error = visit(maps, number, &tenant, &policy, context, problem);
		policy_free(&policy);
	}
	return error;
}

/* Which tenant's addresses are asked for, and the rule that they become members of. */
struct members {
	const char *name;
	struct policy *policy;
	uint32_t rule;
	bool found;
};

static int member_add(struct policy *policy, uint32_t rule, enum cloison_family family,
		      const void *address)
{
	struct cloison_rule part = {
		.family = family,
		.prefix = family == CLOISON_IPV4 ? 32 : 128,
	};

	memcpy(part.address, address, part.prefix / 8);
	return policy_part_add(policy, rule, &part, CLOISON_PART_MEMBER);
}

static int members_of_tenant(const struct guard_maps *maps, uint32_t number,
			     const struct cloison_tenant *tenant, struct policy *policy,
			     void *context, struct problem *problem)
{
	struct members *members = context;
	size_t i;

	(void)maps;
	(void)number;
	if (strncmp(tenant->name, members->name, sizeof(tenant->name)))
		return 0;
	members->found = true;
	for (i = 0; i < policy->address_count; i++)
		if (member_add(members->policy, members->rule, policy->addresses[i].family,
			       policy->addresses[i].address))
			return problem_set(problem, -ENOMEM, "out of memory");
	return 0;
}

/* All that the host has but loopback, which is no peer of a tenant elsewhere. */
static int members_of_host(struct policy *policy, uint32_t rule, struct problem *problem)
{
	struct ifaddrs *list, *each;
	int error = 0;

	if (getifaddrs(&list))
		return problem_set(problem, -errno, "the host's addresses cannot be read: %s",
				   strerror(errno));
	for (each = list; each && !error; each = each->ifa_next) {
		const struct sockaddr *address = each->ifa_addr;

		if (!address)
			continue;
		if (address->sa_family == AF_INET) {
			const struct sockaddr_in *in = (const void *)address;

			if (ntohl(in->sin_addr.s_addr) >> 24 != 127)
				error = member_add(policy, rule, CLOISON_IPV4, &in->sin_addr);
		} else if (address->sa_family == AF_INET6) {
			const struct sockaddr_in6 *in6 = (const void *)address;

			if (!IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr))
				error = member_add(policy, rule, CLOISON_IPV6, &in6->sin6_addr);
		}
	}
	freeifaddrs(list);
	return error ? problem_set(problem, error, "out of memory") : 0;
}

/*
 * With the lock held: look up all names of the policy of tenant @name.
 * @strict: a name must be a tenant's that has addresses
 */
int guard_members_resolve(const struct guard_maps *maps, const char *name, struct policy *policy,
			  bool strict, struct problem *problem)
{
	int error = 0;
	size_t i;

	policy_members_drop(policy);
	for (i = 0; i < policy->count && !error; i++) {
		const struct cloison_rule *rule = &policy->rules[i];
		struct members members = { rule->tenant, policy, rule->number, false };
		size_t before = policy->part_count;

		if (rule->peers == CLOISON_PEERS_HOST)
			error = members_of_host(policy, rule->number, problem);
		if (rule->peers != CLOISON_PEERS_TENANT)
			continue;
		if (strict && !strcmp(rule->tenant, name))
			return problem_set(problem, -EINVAL,
					   "rule %u: tenant %s names itself: a tenant's own "
					   "traffic is no peer's",
					   rule->number, name);
		error = tenants_visit(maps, members_of_tenant, &members, problem);
		if (!error && strict && !members.found)
			error = problem_set(problem, -ENOENT,
					    "rule %u: tenant %s is not behind the guard: see "
					    "'cloison tenant list'",
					    rule->number, rule->tenant);
		else if (!error && strict && policy->part_count == before)
			error = problem_set(problem, -EINVAL,
					    "rule %u: tenant %s has no addresses: give it some by "
					    "'cloison net address %s'",
					    rule->number, rule->tenant, rule->tenant);
	}
	return error;
}

static int renew_one(const struct guard_maps *maps, uint32_t number,
		     const struct cloison_tenant *tenant, struct policy *policy, void *context,
		     struct problem *problem)
{
	const char *name = context;
	int error;
	size_t i;

	for (i = 0; i < policy->count; i++)
		if (policy->rules[i].peers == CLOISON_PEERS_TENANT &&
		    !strcmp(policy->rules[i].tenant, name))
			break;
	if (i == policy->count)
		return 0;
	error = guard_members_resolve(maps, tenant->name, policy, false, problem);
	return error ? error : guard_policy_commit(maps, number, tenant, policy, problem);
}

/* With the lock held: tenant @name has other addresses, or is gone. */
int guard_members_renew(const struct guard_maps *maps, const char *name, struct problem *problem)
{
	return tenants_visit(maps, renew_one, (void *)name, problem);
}

/* Whose addresses are going to be noted. */
struct claim {
	uint32_t number;
	const struct policy *policy;
};

static int claim_check(const struct guard_maps *maps, uint32_t number,
		       const struct cloison_tenant *tenant, struct policy *policy, void *context,
		       struct problem *problem)
{
	const struct claim *claim = context;
	char text[POLICY_RULE_TEXT];
	size_t i, j;

	(void)maps;
	if (number == claim->number)
		return 0;
	for (i = 0; i < policy->address_count; i++)
		for (j = 0; j < claim->policy->address_count; j++) {
			if (memcmp(&policy->addresses[i], &claim->policy->addresses[j],
				   sizeof(policy->addresses[i])))
				continue;
			policy_own_format(&policy->addresses[i], text);
			return problem_set(problem, -EEXIST, "%.64s is tenant %s's address", text,
					   tenant->name);
		}
	return 0;
}

/* With the lock held: no address is two tenants' own. */
int guard_addresses_check(const struct guard_maps *maps, uint32_t number,
			  const struct policy *policy, struct problem *problem)
{
	struct claim claim = { number, policy };

	return policy->address_count ? tenants_visit(maps, claim_check, &claim, problem) : 0;
}
