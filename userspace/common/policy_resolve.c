// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the names in a policy stand for: tenants, groups and the host for addresses,
 * the name of a port for the ports of the tenant that is called.
 */
#include "policy_resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_words.h"

static int tenant_compare(const void *key, const void *tenant)
{
	return strcmp(key, ((const struct policy_tenant *)tenant)->name);
}

static const struct policy_tenant *tenant_find(const struct policy_world *world, const char *name)
{
	return bsearch(name, world->tenants, world->tenant_count, sizeof(*world->tenants),
		       tenant_compare);
}

/* @ports: of the peer, if the rule names one; else those of the rule */
static int member_add(struct policy *policy, const struct cloison_rule *rule,
		      const struct cloison_own *own, const struct cloison_rule *ports,
		      struct problem *problem)
{
	struct cloison_rule part = {
		.family = own->family,
		.prefix = policy_own_bits(own),
		.first_port = ports->first_port,
		.last_port = ports->last_port,
	};

	memcpy(part.address, own->address, sizeof(part.address));
	if (policy_part_add(policy, rule->number, &part, CLOISON_PART_MEMBER))
		return problem_set(problem, -ENOMEM, "out of memory");
	return 0;
}

/*
 * What the name of a rule's port is where it is called, or NULL. A denial must not
 * vanish with a name: where there is no such port, it denies all of its protocol.
 */
static const struct cloison_rule *called_ports(const struct cloison_rule *rule,
					       const struct policy *called)
{
	static const struct cloison_rule every_port = { .last_port = POLICY_LAST_PORT };
	const struct cloison_rule *label =
		policy_port_find(called, rule->port_name, rule->protocol);

	return label || rule->verdict != CLOISON_DENY ? label : &every_port;
}

static bool names_port_of_peer(const struct cloison_rule *rule)
{
	return rule->port_name[0] && rule->direction == CLOISON_EGRESS;
}

static int members_of(struct policy *policy, const struct cloison_rule *rule,
		      const struct policy_tenant *peer, struct problem *problem)
{
	const struct cloison_rule *ports =
		names_port_of_peer(rule) ? called_ports(rule, peer->own) : rule;
	int error = 0;
	size_t i;

	for (i = 0; ports && i < peer->own->address_count && !error; i++)
		error = member_add(policy, rule, &peer->own->addresses[i], ports, problem);
	return error;
}

static int port_is_missing(const struct cloison_rule *rule, const char *tenant,
			   struct problem *problem)
{
	return problem_set(problem, -EINVAL,
			   "rule %u: tenant %s has no port of %s called %s: give it one by "
			   "'cloison tenant set %s --port %s=%s/NUMBER'",
			   rule->number, tenant, policy_protocol_name(rule->protocol),
			   rule->port_name, tenant, rule->port_name,
			   policy_protocol_name(rule->protocol));
}

static int tenant_resolve(struct policy *policy, const struct cloison_rule *rule, const char *self,
			  const struct policy_world *world, bool strict, struct problem *problem)
{
	const struct policy_tenant *peer = tenant_find(world, rule->tenant);

	if (strict && !strcmp(rule->tenant, self))
		return problem_set(problem, -EINVAL,
				   "rule %u: tenant %s names itself: a tenant's own traffic is no "
				   "peer's",
				   rule->number, self);
	if (strict && !peer)
		return problem_set(
			problem, -ENOENT,
			"rule %u: tenant %s is not behind the guard: see 'cloison tenant "
			"list'",
			rule->number, rule->tenant);
	if (strict && !peer->own->address_count)
		return problem_set(
			problem, -EINVAL,
			"rule %u: tenant %s has no addresses: give it some by 'cloison net "
			"address %s'",
			rule->number, rule->tenant, rule->tenant);
	if (strict && names_port_of_peer(rule) &&
	    !policy_port_find(peer->own, rule->port_name, rule->protocol))
		return port_is_missing(rule, rule->tenant, problem);
	return peer ? members_of(policy, rule, peer, problem) : 0;
}

/* A tenant's own traffic is not a peer's, whatever group it is in. */
static int group_resolve(struct policy *policy, const struct cloison_rule *rule, const char *self,
			 const struct policy_world *world, struct problem *problem)
{
	int error = 0;
	size_t i;

	for (i = 0; i < world->tenant_count && !error; i++) {
		const struct policy_tenant *peer = &world->tenants[i];

		if (strcmp(peer->name, self) && policy_in_group(peer->own, rule->tenant))
			error = members_of(policy, rule, peer, problem);
	}
	return error;
}

static int dns_compare(const void *key, const void *dns)
{
	return strcmp(key, ((const struct policy_dns *)dns)->name);
}

/* What addresses it has is for the resolver to say, at any time: see cloison_resolved. */
static int dns_resolve(struct policy *policy, const struct cloison_rule *rule,
		       const struct policy_world *world, struct problem *problem)
{
	const struct policy_dns *dns = bsearch(rule->tenant, world->names, world->name_count,
					       sizeof(*world->names), dns_compare);
	struct cloison_rule part = {};

	if (!dns)
		return 0;
	part.prefix = dns->number;
	if (policy_part_add(policy, rule->number, &part, CLOISON_PART_DNS))
		return problem_set(problem, -ENOMEM, "out of memory");
	return 0;
}

/* Of a rule of ingress: who is called is the tenant itself. */
static int own_port_resolve(struct cloison_rule *rule, const struct policy *policy,
			    const char *self, bool strict, struct problem *problem)
{
	const struct cloison_rule *ports;

	if (!rule->port_name[0])
		return 0;
	/* No port, also for a rule of egress, which has those of its members. */
	rule->first_port = 1;
	rule->last_port = 0;
	if (rule->direction == CLOISON_EGRESS)
		return 0;
	if (strict && !policy_port_find(policy, rule->port_name, rule->protocol))
		return port_is_missing(rule, self, problem);
	ports = called_ports(rule, policy);
	if (ports) {
		rule->first_port = ports->first_port;
		rule->last_port = ports->last_port;
	}
	return 0;
}

int policy_resolve(struct policy *policy, const char *self, const struct policy_world *world,
		   bool strict, struct problem *problem)
{
	int error = 0;
	size_t i, j;

	policy_members_drop(policy);
	for (i = 0; i < policy->count && !error; i++) {
		struct cloison_rule *rule = &policy->rules[i];

		error = own_port_resolve(rule, policy, self, strict, problem);
		if (!error && rule->peers == CLOISON_PEERS_TENANT)
			error = tenant_resolve(policy, rule, self, world, strict, problem);
		if (!error && rule->peers == CLOISON_PEERS_GROUP)
			error = group_resolve(policy, rule, self, world, problem);
		if (!error && rule->peers == CLOISON_PEERS_DNS)
			error = dns_resolve(policy, rule, world, problem);
		if (rule->peers == CLOISON_PEERS_HOST)
			for (j = 0; j < world->host_count && !error; j++)
				error = member_add(policy, rule, &world->host[j], rule, problem);
	}
	return error;
}

static int part_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct cloison_rule));
}

/* The members in an order that does not depend on how they were found. */
static struct cloison_rule *members_sorted(const struct policy *policy, size_t *count)
{
	struct cloison_rule *members = calloc(policy->part_count + 1, sizeof(*members));
	size_t i;

	*count = 0;
	for (i = 0; i < policy->part_count && members; i++)
		if (policy->parts[i].peers != CLOISON_PART_EXCEPT)
			members[(*count)++] = policy->parts[i];
	if (members)
		qsort(members, *count, sizeof(*members), part_compare);
	return members;
}

bool policy_same_meaning(const struct policy *a, const struct policy *b)
{
	size_t left_count, right_count, i;
	struct cloison_rule *left, *right;
	bool same;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++)
		if (a->rules[i].first_port != b->rules[i].first_port ||
		    a->rules[i].last_port != b->rules[i].last_port)
			return false;
	left = members_sorted(a, &left_count);
	right = members_sorted(b, &right_count);
	same = left && right && left_count == right_count &&
	       !memcmp(left, right, left_count * sizeof(*left));
	free(left);
	free(right);
	return same;
}
