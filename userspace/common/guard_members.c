// SPDX-License-Identifier: GPL-2.0-only
/* What the names in a policy stand for: the addresses of tenants and of this host. */
#include "guard_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static int by_name(const void *a, const void *b)
{
	const struct guard_tenant *left = a, *right = b;

	return strncmp(left->tenant.name, right->tenant.name, sizeof(left->tenant.name));
}

void guard_directory_free(struct guard_directory *directory)
{
	size_t i;

	for (i = 0; i < directory->count; i++)
		policy_free(&directory->tenants[i].own);
	free(directory->tenants);
	*directory = (struct guard_directory){};
}

/* With the lock held: every tenant and its own addresses. */
int guard_directory_read(const struct guard_maps *maps, struct guard_directory *directory,
			 struct problem *problem)
{
	int fd = maps->fd[GUARD_MAP_TENANTS];
	uint32_t number, *before = NULL;

	*directory = (struct guard_directory){
		.tenants = calloc(CLOISON_SEGMENTS, sizeof(*directory->tenants)),
	};
	if (!directory->tenants)
		return problem_set(problem, -ENOMEM, "out of memory");
	while (directory->count < CLOISON_SEGMENTS && !bpf_map_get_next_key(fd, before, &number)) {
		struct guard_tenant *tenant = &directory->tenants[directory->count];

		before = &number;
		*tenant = (struct guard_tenant){ .number = number };
		if (bpf_map_lookup_elem(fd, &number, &tenant->tenant))
			continue;
		directory->count++;
		/* Of one that has lost its maps nothing is known; a new policy mends it. */
		if (!guard_segment_read(maps, &tenant->tenant, &tenant->segment))
			guard_own_read(maps, &tenant->segment, &tenant->own);
	}
	qsort(directory->tenants, directory->count, sizeof(*directory->tenants), by_name);
	return 0;
}

struct guard_tenant *guard_directory_find(const struct guard_directory *directory, const char *name)
{
	struct guard_tenant key = {};

	snprintf(key.tenant.name, sizeof(key.tenant.name), "%s", name);
	return bsearch(&key, directory->tenants, directory->count, sizeof(key), by_name);
}

/* What a tenant's own addresses are going to be. */
static const struct policy *own_of(const struct guard_tenant *tenant)
{
	return tenant->next ? tenant->next : &tenant->own;
}

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

static int members_of_tenant(const struct guard_tenant *tenant, struct policy *policy,
			     uint32_t rule, struct problem *problem)
{
	const struct policy *own = own_of(tenant);
	size_t i;

	for (i = 0; i < own->address_count; i++)
		if (member_add(policy, rule, own->addresses[i].family, own->addresses[i].address))
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
int guard_members_resolve(const struct guard_directory *directory, const char *name,
			  struct policy *policy, bool strict, struct problem *problem)
{
	int error = 0;
	size_t i;

	policy_members_drop(policy);
	for (i = 0; i < policy->count && !error; i++) {
		const struct cloison_rule *rule = &policy->rules[i];
		const struct guard_tenant *peer;

		if (rule->peers == CLOISON_PEERS_HOST)
			error = members_of_host(policy, rule->number, problem);
		if (rule->peers != CLOISON_PEERS_TENANT)
			continue;
		if (strict && !strcmp(rule->tenant, name))
			return problem_set(problem, -EINVAL,
					   "rule %u: tenant %s names itself: a tenant's own "
					   "traffic is no peer's",
					   rule->number, name);
		peer = guard_directory_find(directory, rule->tenant);
		if (peer)
			error = members_of_tenant(peer, policy, rule->number, problem);
		else if (strict)
			error = problem_set(problem, -ENOENT,
					    "rule %u: tenant %s is not behind the guard: see "
					    "'cloison tenant list'",
					    rule->number, rule->tenant);
		if (!error && strict && !own_of(peer)->address_count)
			error = problem_set(problem, -EINVAL,
					    "rule %u: tenant %s has no addresses: give it some by "
					    "'cloison net address %s'",
					    rule->number, rule->tenant, rule->tenant);
	}
	return error;
}

/* Whether a policy in force names the tenant. */
static bool policy_names(const struct policy *policy, const char *name)
{
	size_t i;

	for (i = 0; i < policy->count; i++)
		if (policy->rules[i].peers == CLOISON_PEERS_TENANT &&
		    !strcmp(policy->rules[i].tenant, name))
			return true;
	return false;
}

/* Whether @parts of the policy, as it was resolved before, are not those of now. */
static bool members_differ(const struct policy *policy, const struct cloison_rule *parts,
			   size_t count)
{
	return policy->part_count != count ||
	       (count && memcmp(policy->parts, parts, count * sizeof(*parts)) != 0);
}

/*
 * Looks up the names of a policy in force anew. Return: 1 if one stands for other
 * addresses than it has there, 0 if none does, or a negative errno.
 */
static int member_renew(const struct guard_directory *directory, const struct guard_tenant *tenant,
			struct policy *policy, const char *name, struct problem *problem)
{
	size_t count = policy->part_count;
	struct cloison_rule *parts = NULL;
	int error;

	if (name && !policy_names(policy, name))
		return 0;
	if (count) {
		parts = calloc(count, sizeof(*parts));
		if (!parts)
			return problem_set(problem, -ENOMEM, "out of memory");
		memcpy(parts, policy->parts, count * sizeof(*parts));
	}
	error = guard_members_resolve(directory, tenant->tenant.name, policy, false, problem);
	if (!error)
		error = name || members_differ(policy, parts, count);
	free(parts);
	return error;
}

/*
 * With the lock held: tenant @name has other addresses, or is gone. NULL: whichever
 * policy has the addresses of a name that stands for others now, because the command
 * that should have renewed it was killed.
 */
int guard_members_renew(const struct guard_maps *maps, const char *name, struct problem *problem)
{
	struct guard_directory directory;
	int error = guard_directory_read(maps, &directory, problem);
	size_t i;

	for (i = 0; i < directory.count && !error; i++) {
		struct guard_tenant *tenant = &directory.tenants[i];
		struct policy policy;

		if (tenant->segment.mode == CLOISON_UNSET ||
		    guard_slot_read(maps, &tenant->segment, &policy))
			continue;
		error = member_renew(&directory, tenant, &policy, name, problem);
		if (error > 0) {
			tenant->next = &policy;
			error = guard_policy_commit(maps, tenant, 1, problem);
			tenant->next = NULL;
		}
		policy_free(&policy);
	}
	guard_directory_free(&directory);
	return error;
}

/* An address and whose it is going to be. */
struct claim {
	struct cloison_own address;
	const struct guard_tenant *tenant;
};

static int claim_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct cloison_own));
}

/* With the lock held: no address is two tenants' own. */
int guard_addresses_check(const struct guard_directory *directory, struct problem *problem)
{
	size_t room = 0, count = 0, i, j;
	struct claim *claims;
	int error = 0;

	for (i = 0; i < directory->count; i++)
		room += own_of(&directory->tenants[i])->address_count;
	claims = calloc(room + 1, sizeof(*claims));
	if (!claims)
		return problem_set(problem, -ENOMEM, "out of memory");
	for (i = 0; i < directory->count; i++)
		for (j = 0; j < own_of(&directory->tenants[i])->address_count; j++)
			claims[count++] =
				(struct claim){ own_of(&directory->tenants[i])->addresses[j],
						&directory->tenants[i] };
	qsort(claims, count, sizeof(*claims), claim_compare);
	for (i = 1; i < count && !error; i++) {
		const struct guard_tenant *other = claims[i - 1].tenant;
		char text[POLICY_RULE_TEXT];

		if (claim_compare(&claims[i - 1], &claims[i]))
			continue;
		/* Whose it is already, not who asks for it. */
		if (other->next)
			other = claims[i].tenant;
		policy_own_format(&claims[i].address, text);
		error = problem_set(problem, -EEXIST, "%.64s is tenant %s's address", text,
				    other->tenant.name);
	}
	free(claims);
	return error;
}
