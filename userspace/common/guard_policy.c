// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies in the kernel. A new one is built beside the one in force, read back,
 * and put in force by one store of its generation; until then the old one is whole
 * and in force.
 */
#include "guard_policy.h"
#include "guard_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The segment of the tenant's coming policy, in the slot beside the one in force. */
static int coming_plan(const struct guard_maps *maps, struct guard_tenant *tenant,
		       struct problem *problem)
{
	const struct cloison_segment *old = &tenant->segment;

	tenant->coming = (struct cloison_segment){
		.tenant = tenant->number,
		.index = tenant->tenant.index,
		.mode = tenant->next->mode == CLOISON_OBSERVE ? CLOISON_OBSERVE : CLOISON_ENFORCE,
		.flags = policy_flags(tenant->next),
		.slot = 2 * tenant->tenant.index +
			(old->mode != CLOISON_UNSET ? !(old->slot & 1) : 0),
	};
	return guard_generation_new(maps, old->generation, &tenant->coming.generation, problem);
}

/* All coming policies, many at a time: the kernel waits for each call, not for each map. */
static int coming_build(const struct guard_maps *maps, struct guard_tenant *tenants, size_t count,
			struct problem *problem)
{
	struct guard_slot slots[SLOTS_AT_ONCE];
	uint32_t made = 0;
	int error = 0;
	size_t i;

	for (i = 0; i <= count && !error; i++) {
		if (made == SLOTS_AT_ONCE || i == count) {
			error = guard_slots_place(maps, slots, made, problem);
			while (made)
				guard_slot_close(&slots[--made]);
		}
		if (i == count || error || !tenants[i].next)
			continue;
		error = guard_slot_make(maps, tenants[i].coming.slot, tenants[i].next, &slots[made],
					problem);
		if (!error)
			made++;
	}
	while (made)
		guard_slot_close(&slots[--made]);
	return error;
}

/*
 * The old policies go. To clear a slot is a grace period for each map, so they all
 * get the same maps of nothing, many at a time. Failing at it changes no verdict.
 */
static void gone_empty(const struct guard_maps *maps, const struct guard_tenant *tenants,
		       size_t count)
{
	const struct policy nothing = {};
	struct guard_slot slots[SLOTS_AT_ONCE], none;
	uint32_t gone = 0;
	size_t i;

	if (guard_slot_make(maps, 0, &nothing, &none, NULL))
		return;
	for (i = 0; i < count; i++) {
		if (!tenants[i].next || tenants[i].segment.mode == CLOISON_UNSET)
			continue;
		slots[gone] = none;
		slots[gone++].number = tenants[i].segment.slot;
		if (gone < SLOTS_AT_ONCE)
			continue;
		guard_slots_place(maps, slots, gone, NULL);
		gone = 0;
	}
	guard_slots_place(maps, slots, gone, NULL);
	guard_slot_close(&none);
}

static void coming_settle(const struct guard_maps *maps, const struct guard_tenant *tenant)
{
	/* Who becomes a tenant with connections open may be given its rules first. */
	if (tenant->segment.mode != CLOISON_UNSET)
		guard_cut(tenant->tenant.cgroup);
	guard_slot_pin(maps, tenant->coming.slot, tenant->tenant.name);
}

/*
 * Put policies in force: each whole, and none before all are built. If one then
 * cannot be, which takes a change by somebody without the lock, those before it
 * are in force.
 * @tenants: those without a next policy are left alone
 */
int guard_policy_commit(const struct guard_maps *maps, struct guard_tenant *tenants, size_t count,
			struct problem *problem)
{
	/* A command that was killed may have left programs at what is filled next. */
	int error = guard_settle(maps, problem);
	size_t i;

	for (i = 0; i < count && !error; i++) {
		struct guard_tenant *tenant = &tenants[i];

		if (!tenant->next)
			continue;
		if (guard_segment_read(maps, &tenant->tenant, &tenant->segment))
			return problem_set(problem, -EUCLEAN,
					   "tenant %s has no segment: remove it and add it again",
					   tenant->tenant.name);
		error = coming_plan(maps, tenant, problem);
	}
	if (error)
		return error;
	error = coming_build(maps, tenants, count, problem);
	if (error) {
		for (i = 0; i < count; i++)
			if (tenants[i].next)
				guard_slot_clear(maps, tenants[i].coming.slot);
		return error;
	}

	for (i = 0; i < count && !error; i++)
		if (tenants[i].next)
			error = guard_segment_write(maps, &tenants[i].coming, problem);
	if (error)
		return error;
	/* Nothing that fails from here on changes a verdict. */
	for (i = 0; i < count; i++)
		if (tenants[i].next)
			coming_settle(maps, &tenants[i]);
	if (!guard_settle(maps, NULL))
		gone_empty(maps, tenants, count);
	return 0;
}

int guard_policy_read(const char *name, struct policy *policy, uint64_t *generation,
		      struct problem *problem)
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
	if (error)
		goto close_maps;

	error = guard_segment_read(&maps, &tenant, &segment);
	if (!error)
		error = guard_slot_read(&maps, &segment, policy);
	if (error) {
		policy_free(policy);
		problem_set(problem, error, "the policy of tenant %s cannot be read: %s", name,
			    strerror(-error));
	} else if (generation) {
		*generation = segment.generation;
	}

close_maps:
	guard_maps_close(&maps);
	return error;
}

/* The lock, the guard's maps and all tenants, for who changes policies. */
struct change {
	int lock;
	struct guard_maps maps;
	struct guard_directory directory;
};

static void change_end(struct change *change)
{
	guard_directory_free(&change->directory);
	guard_maps_close(&change->maps);
	guard_unlock(change->lock);
}

static int change_begin(struct change *change, struct problem *problem)
{
	int error;

	*change = (struct change){ .lock = guard_lock(problem) };
	if (change->lock < 0)
		return change->lock;
	error = guard_maps_open(&change->maps, problem);
	if (error) {
		guard_unlock(change->lock);
		return error;
	}
	error = guard_directory_read(&change->maps, &change->directory, problem);
	if (error)
		change_end(change);
	return error;
}

int guard_policy_replace(const char *name, struct policy *policy, bool strict,
			 struct problem *problem)
{
	struct guard_tenant *tenant;
	struct change change;
	int error = change_begin(&change, problem);

	if (error)
		return error;
	tenant = guard_directory_find(&change.directory, name);
	if (!tenant) {
		error = problem_set(problem, -ENOENT, NOT_BEHIND, name);
		goto end;
	}
	tenant->next = policy;
	error = guard_addresses_check(&change.directory, problem);
	/* Where a name still has an address of before, it must not become this tenant's. */
	if (!error && policy_own_differs(&tenant->own, policy))
		error = guard_members_renew(&change.maps, problem);
	if (!error)
		error = guard_names_note(&change.maps, &change.directory, policy, problem);
	if (!error)
		error = guard_members_resolve(&change.directory, name, policy, strict, problem);
	if (!error)
		error = guard_policy_commit(&change.maps, tenant, 1, problem);
	if (!error && policy_own_differs(&tenant->own, policy))
		error = guard_members_renew(&change.maps, problem);
end:
	change_end(&change);
	return error;
}

/* With the lock held: what the files leave out stays as it is. */
static int replacements_note(const struct guard_directory *directory,
			     struct guard_replacement *list, size_t count, struct problem *problem)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct guard_tenant *tenant = guard_directory_find(directory, list[i].tenant);
		struct policy *policy = list[i].policy;

		if (!tenant)
			return problem_set(problem, -ENOENT, NOT_BEHIND, list[i].tenant);
		policy->mode = tenant->segment.mode;
		if (policy_own_copy(policy, &tenant->own))
			return problem_set(problem, -ENOMEM, "out of memory");
		tenant->next = policy;
	}
	return 0;
}

int guard_policies_replace(struct guard_replacement *list, size_t count, struct problem *problem)
{
	struct change change;
	int error = change_begin(&change, problem);
	size_t i;

	if (error)
		return error;
	error = replacements_note(&change.directory, list, count, problem);
	for (i = 0; i < count && !error; i++) {
		struct problem found = { "" };

		error = guard_names_note(&change.maps, &change.directory, list[i].policy, &found);
		if (!error)
			error = guard_members_resolve(&change.directory, list[i].tenant,
						      list[i].policy, true, &found);
		if (error)
			problem_set(problem, error, "%.64s: %.180s", list[i].tenant, found.text);
	}
	if (!error)
		error = guard_policy_commit(&change.maps, change.directory.tenants,
					    change.directory.count, problem);
	change_end(&change);
	return error;
}
