// SPDX-License-Identifier: GPL-2.0-only
/* What the names in a policy stand for: the addresses of tenants and of this host. */
#include "guard_policy.h"
#include "guard_private.h"
#include "policy_resolve.h"

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
	free(directory->names);
	*directory = (struct guard_directory){};
}

/* With the lock held: every tenant and its own addresses. */
int guard_directory_read(const struct guard_maps *maps, struct guard_directory *directory,
			 struct problem *problem)
{
	int fd = maps->fd[GUARD_MAP_TENANTS];
	uint32_t number, *before = NULL;
	int error;

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
	error = guard_names_load(maps, directory, problem);
	if (error)
		guard_directory_free(directory);
	return error;
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

/* All that the host has but loopback, which is no peer of a tenant elsewhere. */
int guard_host_read(struct policy *host, struct problem *problem)
{
	struct ifaddrs *list, *each;
	int error = 0;

	if (getifaddrs(&list))
		return problem_set(problem, -errno, "the host's addresses cannot be read: %s",
				   strerror(errno));
	for (each = list; each && error != -ENOMEM; each = each->ifa_next) {
		const struct sockaddr *address = each->ifa_addr;
		const struct sockaddr_in *in = (const void *)address;
		const struct sockaddr_in6 *in6 = (const void *)address;
		struct cloison_own own = {};

		if (address && address->sa_family == AF_INET &&
		    ntohl(in->sin_addr.s_addr) >> 24 != 127) {
			own.family = CLOISON_IPV4;
			own.prefix = CLOISON_FAMILY_BITS + 32;
			memcpy(own.address, &in->sin_addr, sizeof(in->sin_addr));
		} else if (address && address->sa_family == AF_INET6 &&
			   !IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr)) {
			own.family = CLOISON_IPV6;
			own.prefix = CLOISON_FAMILY_BITS + 128;
			memcpy(own.address, &in6->sin6_addr, sizeof(in6->sin6_addr));
		} else {
			continue;
		}
		error = policy_own_add(host, &own);
	}
	freeifaddrs(list);
	return error == -ENOMEM ? problem_set(problem, error, "out of memory") : 0;
}

/* Who there is, as the tenants are going to be. @host: for policy_free() */
static int world_make(const struct guard_directory *directory, struct policy_world *world,
		      struct policy *host, struct problem *problem)
{
	size_t i;
	int error;

	*host = (struct policy){};
	*world = (struct policy_world){
		.tenants = calloc(directory->count + 1, sizeof(*world->tenants)),
		.names = directory->names,
		.name_count = directory->name_count,
	};
	if (!world->tenants)
		return problem_set(problem, -ENOMEM, "out of memory");
	for (i = 0; i < directory->count; i++)
		world->tenants[world->tenant_count++] =
			(struct policy_tenant){ directory->tenants[i].tenant.name,
						own_of(&directory->tenants[i]) };
	error = guard_host_read(host, problem);
	if (error) {
		free(world->tenants);
		policy_free(host);
	}
	world->host = host->addresses;
	world->host_count = host->address_count;
	return error;
}

static void world_free(struct policy_world *world, struct policy *host)
{
	free(world->tenants);
	policy_free(host);
}

/*
 * With the lock held: look up all names of the policy of tenant @name.
 * @strict: a name must be a tenant's that has addresses
 */
int guard_members_resolve(const struct guard_directory *directory, const char *name,
			  struct policy *policy, bool strict, struct problem *problem)
{
	struct policy_world world;
	struct policy host;
	int error;

	if (!policy_has_names(policy)) {
		policy_members_drop(policy);
		return 0;
	}
	error = world_make(directory, &world, &host, problem);
	if (error)
		return error;
	error = policy_resolve(policy, name, &world, strict, problem);
	world_free(&world, &host);
	return error;
}

/* Whether a policy in force means something else by now; then @policy is what it means. */
static int policy_renew(const struct guard_maps *maps, const struct guard_tenant *tenant,
			const struct policy_world *world, struct policy *policy, bool *changed)
{
	struct policy old;
	int error;

	*changed = false;
	*policy = (struct policy){};
	/* Of one that has lost its maps nothing is known; a new policy mends it. */
	if (guard_slot_read(maps, &tenant->segment, &old))
		return 0;
	if (!policy_has_names(&old)) {
		policy_free(&old);
		return 0;
	}
	error = guard_slot_read(maps, &tenant->segment, policy);
	if (!error)
		error = policy_resolve(policy, tenant->tenant.name, world, false, NULL);
	*changed = !error && !policy_same_meaning(&old, policy);
	policy_free(&old);
	if (!*changed)
		policy_free(policy);
	return error;
}

/*
 * With the lock held: the addresses or labels of a tenant are others, or it is gone.
 * Every policy whose names stand for something else by now is put in force again, all
 * in one go: also what a command that was killed in between has left as it was.
 */
int guard_members_renew(const struct guard_maps *maps, struct problem *problem)
{
	struct guard_directory directory;
	int error = guard_directory_read(maps, &directory, problem);
	struct policy *policies = NULL, host;
	struct policy_world world;
	bool changed, any = false;
	size_t i;

	if (error)
		return error;
	error = world_make(&directory, &world, &host, problem);
	if (error)
		goto free_directory;
	policies = calloc(directory.count + 1, sizeof(*policies));
	if (!policies)
		error = problem_set(problem, -ENOMEM, "out of memory");
	for (i = 0; i < directory.count && !error; i++) {
		error = policy_renew(maps, &directory.tenants[i], &world, &policies[i], &changed);
		if (error)
			problem_set(problem, error, "the policy of tenant %s cannot be renewed: %s",
				    directory.tenants[i].tenant.name, strerror(-error));
		any |= changed;
		if (changed)
			directory.tenants[i].next = &policies[i];
	}
	if (!error && any)
		error = guard_policy_commit(maps, directory.tenants, directory.count, problem);
	for (i = 0; i < directory.count && policies; i++)
		policy_free(&policies[i]);
	free(policies);
	world_free(&world, &host);

free_directory:
	guard_directory_free(&directory);
	return error;
}

int guard_policies_renew(struct problem *problem)
{
	int lock = guard_lock(problem), error;
	struct guard_maps maps;

	if (lock < 0)
		return lock;
	error = guard_maps_open(&maps, problem);
	if (!error) {
		error = guard_members_renew(&maps, problem);
		guard_maps_close(&maps);
	}
	guard_unlock(lock);
	return error;
}

/* An address and whose it is going to be. */
struct claim {
	struct cloison_own address;
	const struct guard_tenant *tenant;
};

static int claim_compare(const void *a, const void *b)
{
	const struct claim *left = a, *right = b;
	const struct cloison_own *x = &left->address, *y = &right->address;
	int order;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	order = memcmp(x->address, y->address, sizeof(x->address));
	return order ? order : x->prefix < y->prefix ? -1 : x->prefix > y->prefix;
}

/* Two tenants' overlap: say whose it is already, not who asks for it. */
static int claim_refuse(const struct claim *a, const struct claim *b, struct problem *problem)
{
	const struct claim *old = a->tenant->next ? b : a, *new = old == a ? b : a;
	char has[POLICY_RULE_TEXT], wants[POLICY_RULE_TEXT];

	policy_own_format(&old->address, has);
	policy_own_format(&new->address, wants);
	if (!strcmp(has, wants))
		return problem_set(problem, -EEXIST, "%.64s is tenant %s's address", has,
				   old->tenant->tenant.name);
	return problem_set(problem, -EEXIST, "%.64s overlaps %.64s, which is tenant %s's", wants,
			   has, old->tenant->tenant.name);
}

/*
 * With the lock held: no address is two tenants' own. A prefix stands before all
 * that is in it, so what is around a claim is among those that are still open.
 */
int guard_addresses_check(const struct guard_directory *directory, struct problem *problem)
{
	size_t room = 0, count = 0, depth = 0, i, j;
	struct claim *claims;
	const struct claim **open;
	int error = 0;

	for (i = 0; i < directory->count; i++)
		room += own_of(&directory->tenants[i])->address_count;
	claims = calloc(room + 1, sizeof(*claims));
	open = calloc(room + 1, sizeof(*open));
	if (!claims || !open) {
		error = problem_set(problem, -ENOMEM, "out of memory");
		goto free_claims;
	}
	for (i = 0; i < directory->count; i++)
		for (j = 0; j < own_of(&directory->tenants[i])->address_count; j++)
			claims[count++] =
				(struct claim){ own_of(&directory->tenants[i])->addresses[j],
						&directory->tenants[i] };
	qsort(claims, count, sizeof(*claims), claim_compare);
	for (i = 0; i < count && !error; i++) {
		while (depth && !policy_own_overlaps(&open[depth - 1]->address, &claims[i].address))
			depth--;
		/* All that is open overlaps: if one is another's, so is the innermost, or this. */
		if (depth && open[depth - 1]->tenant != claims[i].tenant)
			error = claim_refuse(open[depth - 1], &claims[i], problem);
		open[depth++] = &claims[i];
	}

free_claims:
	free(open);
	free(claims);
	return error;
}
