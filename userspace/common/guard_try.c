// SPDX-License-Identifier: GPL-2.0-only
/* What can be asked about policies without a change of anything. */
#include "guard_policy.h"
#include "guard_private.h"

#include <errno.h>
#include <string.h>

static int directory_try(const struct guard_maps *maps, const char *name, struct policy *policy,
			 bool strict, struct problem *problem)
{
	struct guard_directory directory;
	struct policy_tables tables;
	struct guard_tenant *tenant;
	int error = guard_directory_read(maps, &directory, problem);

	if (error)
		return error;
	tenant = guard_directory_find(&directory, name);
	if (!tenant) {
		error = problem_set(problem, -ENOENT, NOT_BEHIND, name);
		goto free_directory;
	}
	tenant->next = policy;
	error = guard_addresses_check(&directory, problem);
	if (!error)
		error = guard_members_resolve(&directory, name, policy, strict, problem);
	if (!error)
		error = policy_compile(policy, &tables, problem);
	if (!error)
		policy_tables_free(&tables);

free_directory:
	guard_directory_free(&directory);
	return error;
}

int guard_policy_try(const char *name, struct policy *policy, bool strict, struct problem *problem)
{
	int lock = guard_lock(problem), error;
	struct guard_maps maps;

	if (lock < 0)
		return lock;
	error = guard_maps_open(&maps, problem);
	if (!error) {
		error = directory_try(&maps, name, policy, strict, problem);
		guard_maps_close(&maps);
	}
	guard_unlock(lock);
	return error;
}

int guard_addresses_read(const char *name, struct policy *policy, struct problem *problem)
{
	struct cloison_segment segment;
	struct cloison_tenant tenant;
	struct guard_maps maps;
	uint32_t number;
	int error;

	*policy = (struct policy){};
	error = guard_maps_open(&maps, problem);
	if (error)
		return error;
	error = guard_tenant_find(&maps, name, &number, &tenant, problem);
	if (!error && guard_segment_read(&maps, &tenant, &segment))
		error = problem_set(problem, -errno, "tenant %s has no segment", name);
	if (!error) {
		error = guard_own_read(&maps, &segment, policy);
		if (error)
			problem_set(problem, error, "the addresses of tenant %s cannot be read: %s",
				    name, strerror(-error));
	}
	guard_maps_close(&maps);
	return error;
}
