/* SPDX-License-Identifier: GPL-2.0-only */
/* What the names in a policy stand for. Pure: who there is, the caller knows. */
#ifndef CLOISON_POLICY_RESOLVE_H
#define CLOISON_POLICY_RESOLVE_H

#include "policy.h"

/**
 * struct policy_tenant - a tenant that rules may name.
 * @name: its name
 * @own: its addresses and labels; its rules are not looked at
 */
struct policy_tenant {
	const char *name;
	const struct policy *own;
};

/**
 * struct policy_dns - a name of the DNS that rules may have.
 * @name: in small letters
 * @number: by which the guard's programs know it
 */
struct policy_dns {
	char name[CLOISON_TENANT_NAME_SIZE];
	uint32_t number;
};

/**
 * struct policy_world - all that a name may stand for.
 * @tenants: sorted by name
 * @tenant_count: how many
 * @host: the addresses of this host
 * @host_count: how many
 * @names: of the DNS, sorted by name
 * @name_count: how many
 */
struct policy_world {
	struct policy_tenant *tenants;
	size_t tenant_count;
	struct cloison_own *host;
	size_t host_count;
	struct policy_dns *names;
	size_t name_count;
};

/**
 * policy_resolve() - look up all names in a policy again.
 * @policy: its members, and the ports of rules that name one, become what @world says
 * @self: the name of the tenant whose policy it is; its own labels are in @policy
 * @world: who there is
 * @strict: a name that stands for nothing is an error; else its rule is for nobody.
 *	A group may be empty, for a tenant may join it later
 * @problem: why not
 *
 * Return: 0; -ENOENT for a tenant that there is not; -EINVAL; -ENOMEM.
 */
int policy_resolve(struct policy *policy, const char *self, const struct policy_world *world,
		   bool strict, struct problem *problem);

/** policy_same_meaning() - whether the names of the same rules stand for the same. */
bool policy_same_meaning(const struct policy *a, const struct policy *b);

#endif /* CLOISON_POLICY_RESOLVE_H */
