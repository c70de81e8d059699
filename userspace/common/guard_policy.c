// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies in the kernel. A new one is built in the tenant's other slot, read
 * back, and put in force by one update of the tenant's segment; until then the
 * old one is whole and in force.
 */
#include "guard_private.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* The maps that make a slot. */
enum { SLOT_ADDR4, SLOT_ADDR6, SLOT_PORTS, SLOT_RULES, SLOT_OWN, SLOT_MAPS };

static const enum guard_map slot_maps[SLOT_MAPS] = {
	[SLOT_ADDR4] = GUARD_MAP_ADDR4, [SLOT_ADDR6] = GUARD_MAP_ADDR6,
	[SLOT_PORTS] = GUARD_MAP_PORTS, [SLOT_RULES] = GUARD_MAP_RULES,
	[SLOT_OWN] = GUARD_MAP_OWN,
};

/* The maps of one policy, which are not in place yet. */
struct slot {
	uint32_t number;
	int fds[SLOT_MAPS];
};

/* So many slots are put in place at once: a process has 1,024 descriptors. */
#define SLOTS_AT_ONCE 100

/* The rules as given, then their parts; hits go on being counted by the programs. */
static int rules_make(const struct guard_maps *maps, const struct policy *policy,
		      struct problem *problem)
{
	struct __attribute__((packed)) rule_entry {
		uint32_t key;
		struct cloison_rule value;
	} *rules;
	uint32_t count = policy->count + policy->part_count, i;
	struct guard_entries entries = { NULL, count ? count : 1, sizeof(*rules),
					 sizeof(rules->key), sizeof(rules->value) };
	int fd;

	/* A map of no rules has room for one, which is none. */
	rules = calloc(entries.count, sizeof(*rules));
	if (!rules)
		return problem_set(problem, -ENOMEM, "out of memory");
	for (i = 0; i < count; i++) {
		rules[i].key = i;
		rules[i].value = i < policy->count ? policy->rules[i] :
						     policy->parts[i - policy->count];
	}
	entries.first = rules;
	fd = guard_table_make(maps, GUARD_MAP_RULES, &entries, problem);
	free(rules);
	return fd;
}

/* The entries of one map in compiled tables. */
#define ENTRIES(name, entry)                                                              \
	(&(struct guard_entries){ tables.name, tables.name##_count, sizeof(struct entry), \
				  sizeof(((struct entry *)0)->key),                       \
				  sizeof(((struct entry *)0)->value) })

/* The tenant's own addresses. */
static int own_make(const struct guard_maps *maps, const struct policy *policy,
		    struct problem *problem)
{
	struct own_entry {
		struct cloison_own key;
		uint32_t value;
	} *entries = calloc(policy->address_count + 1, sizeof(*entries));
	struct guard_entries list = { entries, policy->address_count, sizeof(*entries),
				      sizeof(entries->key), sizeof(entries->value) };
	size_t i;
	int fd;

	if (!entries)
		return problem_set(problem, -ENOMEM, "out of memory");
	for (i = 0; i < policy->address_count; i++)
		entries[i] = (struct own_entry){ policy->addresses[i], 1 };
	fd = guard_table_make(maps, GUARD_MAP_OWN, &list, problem);
	free(entries);
	return fd;
}

static void slot_close(struct slot *slot)
{
	int i;

	for (i = 0; i < SLOT_MAPS; i++) {
		guard_close(&slot->fds[i]);
		slot->fds[i] = -1;
	}
}

static int slot_make(const struct guard_maps *maps, uint32_t number, const struct policy *policy,
		     struct slot *slot, struct problem *problem)
{
	struct policy_tables tables;
	int i, error = policy_compile(policy, &tables, problem);

	if (error)
		return error;
	slot->number = number;
	slot->fds[SLOT_ADDR4] =
		guard_table_make(maps, GUARD_MAP_ADDR4, ENTRIES(addr4, policy_addr4), problem);
	slot->fds[SLOT_ADDR6] =
		guard_table_make(maps, GUARD_MAP_ADDR6, ENTRIES(addr6, policy_addr6), problem);
	slot->fds[SLOT_PORTS] =
		guard_table_make(maps, GUARD_MAP_PORTS, ENTRIES(ports, policy_ports), problem);
	slot->fds[SLOT_RULES] = rules_make(maps, policy, problem);
	slot->fds[SLOT_OWN] = own_make(maps, policy, problem);
	policy_tables_free(&tables);
	for (i = 0; i < SLOT_MAPS; i++)
		if (slot->fds[i] < 0)
			error = slot->fds[i];
	if (error)
		slot_close(slot);
	return error;
}

/* Up to SLOTS_AT_ONCE of them. */
static int slots_place(const struct guard_maps *maps, const struct slot *slots, uint32_t count,
		       struct problem *problem)
{
	uint32_t numbers[SLOTS_AT_ONCE], i;
	int fds[SLOTS_AT_ONCE];
	int error = 0, map;

	if (!count)
		return 0;
	for (map = 0; map < SLOT_MAPS && !error; map++) {
		for (i = 0; i < count; i++) {
			numbers[i] = slots[i].number;
			fds[i] = slots[i].fds[map];
		}
		error = guard_inner_place(maps, slot_maps[map], numbers, fds, count, problem);
	}
	return error;
}

/* Build a policy in a slot that is not in use. */
int guard_slot_fill(const struct guard_maps *maps, uint32_t number, const struct policy *policy,
		    struct problem *problem)
{
	struct slot slot;
	int error = slot_make(maps, number, policy, &slot, problem);

	if (error)
		return error;
	error = slots_place(maps, &slot, 1, problem);
	slot_close(&slot);
	if (error)
		guard_slot_clear(maps, number);
	return error;
}

void guard_slot_clear(const struct guard_maps *maps, uint32_t slot)
{
	size_t i;

	for (i = 0; i < SLOT_MAPS; i++)
		guard_inner_clear(maps, slot_maps[i], slot);
}

/* For people to look at: failing at it changes no verdict. */
void guard_slot_pin(const struct guard_maps *maps, uint32_t slot, const char *tenant)
{
	size_t i;

	for (i = 0; i < SLOT_MAPS; i++)
		guard_inner_pin(maps, slot_maps[i], slot, tenant, NULL);
}

/* Waits until no program runs that has begun before. */
static void programs_wait(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(20000);
}

static int segment_write(const struct guard_maps *maps, uint64_t cgroup,
			 const struct cloison_segment *segment, struct problem *problem)
{
	struct cloison_segment back;

	if (bpf_map_update_elem(maps->fd[GUARD_MAP_SEGMENT], &cgroup, segment, BPF_EXIST) ||
	    bpf_map_lookup_elem(maps->fd[GUARD_MAP_SEGMENT], &cgroup, &back))
		return problem_set(problem, -errno, "cannot put the policy in force: %s",
				   strerror(errno));
	if (memcmp(&back, segment, sizeof(back)))
		return problem_set(
			problem, -EUCLEAN,
			"another command changed the tenant at the same time: try again");
	return 0;
}

/*
 * What devices go by, which is their own copy. Programs that have begun before
 * may still go by the old one. @changed: set if it was another, may be NULL
 */
static int current_write(const struct guard_maps *maps, uint32_t number,
			 const struct cloison_segment *segment, bool *changed,
			 struct problem *problem)
{
	struct cloison_segment back = {};
	int fd = maps->fd[GUARD_MAP_CURRENT];

	if (segment->mode == CLOISON_UNSET ||
	    (!bpf_map_lookup_elem(fd, &number, &back) && !memcmp(&back, segment, sizeof(back))))
		return 0;
	if (bpf_map_update_elem(fd, &number, segment, BPF_ANY))
		return problem_set(problem, -errno, "cannot put the policy in force: %s",
				   strerror(errno));
	if (changed)
		*changed = true;
	return 0;
}

/* The segment of the tenant's coming policy, in the slot beside the one in force. */
static void coming_plan(struct guard_tenant *tenant)
{
	const struct cloison_segment *old = &tenant->segment;

	/* Zero is for those that remember no policy. */
	tenant->coming = (struct cloison_segment){
		.tenant = tenant->number,
		.index = tenant->tenant.index,
		.generation = old->generation + 1 ? old->generation + 1 : 1,
		.mode = tenant->next->mode == CLOISON_OBSERVE ? CLOISON_OBSERVE : CLOISON_ENFORCE,
		.flags = policy_flags(tenant->next),
		.slot = 2 * tenant->tenant.index +
			(old->mode != CLOISON_UNSET ? !(old->slot & 1) : 0),
	};
}

/* All coming policies, many at a time: the kernel waits for each call, not for each map. */
static int coming_build(const struct guard_maps *maps, struct guard_tenant *tenants, size_t count,
			struct problem *problem)
{
	struct slot slots[SLOTS_AT_ONCE];
	uint32_t made = 0;
	int error = 0;
	size_t i;

	for (i = 0; i <= count && !error; i++) {
		if (made == SLOTS_AT_ONCE || i == count) {
			error = slots_place(maps, slots, made, problem);
			while (made)
				slot_close(&slots[--made]);
		}
		if (i == count || error || !tenants[i].next)
			continue;
		error = slot_make(maps, tenants[i].coming.slot, tenants[i].next, &slots[made],
				  problem);
		if (!error)
			made++;
	}
	while (made)
		slot_close(&slots[--made]);
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
	struct slot slots[SLOTS_AT_ONCE], none;
	uint32_t gone = 0;
	size_t i;

	if (slot_make(maps, 0, &nothing, &none, NULL))
		return;
	for (i = 0; i < count; i++) {
		if (!tenants[i].next || tenants[i].segment.mode == CLOISON_UNSET)
			continue;
		slots[gone] = none;
		slots[gone++].number = tenants[i].segment.slot;
		if (gone < SLOTS_AT_ONCE)
			continue;
		slots_place(maps, slots, gone, NULL);
		gone = 0;
	}
	slots_place(maps, slots, gone, NULL);
	slot_close(&none);
}

/* For sockets by the one write, then for devices. */
static int coming_begin(const struct guard_maps *maps, const struct guard_tenant *tenant,
			struct problem *problem)
{
	int error = segment_write(maps, tenant->tenant.cgroup, &tenant->coming, problem);

	return error ? error : current_write(maps, tenant->number, &tenant->coming, NULL, problem);
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
	bool late = false;
	int error = 0;
	size_t i;

	for (i = 0; i < count && !error; i++) {
		struct guard_tenant *tenant = &tenants[i];

		if (!tenant->next)
			continue;
		if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_SEGMENT], &tenant->tenant.cgroup,
					&tenant->segment))
			return problem_set(problem, -EUCLEAN,
					   "tenant %s has no segment: detach and attach it again",
					   tenant->tenant.name);
		coming_plan(tenant);
		/* Killed, a command may have left devices at the slot that is filled next. */
		error = current_write(maps, tenant->number, &tenant->segment, &late, problem);
	}
	if (error)
		return error;
	if (late)
		programs_wait();
	error = coming_build(maps, tenants, count, problem);
	if (error) {
		for (i = 0; i < count; i++)
			if (tenants[i].next)
				guard_slot_clear(maps, tenants[i].coming.slot);
		return error;
	}

	for (i = 0; i < count && !error; i++)
		if (tenants[i].next)
			error = coming_begin(maps, &tenants[i], problem);
	if (error)
		return error;
	/* Nothing that fails from here on changes a verdict. */
	for (i = 0; i < count; i++)
		if (tenants[i].next)
			coming_settle(maps, &tenants[i]);
	programs_wait();
	gone_empty(maps, tenants, count);
	return 0;
}

static int rules_read(const struct guard_maps *maps, uint32_t slot, struct policy *policy)
{
	const struct guard_entries entries = { .key_size = sizeof(uint32_t),
					       .value_size = sizeof(struct cloison_rule) };
	_cleanup_fd_ int fd = guard_inner_open(maps, GUARD_MAP_RULES, slot);
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info), i;
	struct guard_columns columns;
	int error;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	if (policy_alloc(policy, info.max_entries))
		return -ENOMEM;
	error = guard_columns_alloc(&columns, &entries, info.max_entries + 1);
	if (error)
		return error;
	error = guard_columns_read(fd, &entries, &columns);
	for (i = 0; i < columns.count && !error; i++) {
		struct cloison_rule rule;

		memcpy(&rule, columns.values + i * sizeof(rule), sizeof(rule));
		/* A map of no rules has room for one. */
		if (!rule.number)
			continue;
		if (rule.peers != CLOISON_PART_MEMBER && rule.peers != CLOISON_PART_EXCEPT)
			policy->rules[policy->count++] = rule;
		else if (policy_part_add(policy, rule.number, &rule, rule.peers))
			error = -ENOMEM;
	}
	guard_columns_free(&columns);
	return error;
}

static int own_read(const struct guard_maps *maps, uint32_t slot, struct policy *policy)
{
	_cleanup_fd_ int fd = guard_inner_open(maps, GUARD_MAP_OWN, slot);
	struct cloison_own own, *before = NULL;

	if (fd < 0)
		return fd;
	while (!bpf_map_get_next_key(fd, before, &own)) {
		before = &own;
		if (policy_own_add(policy, &own) == -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}

static int parts_read(const struct guard_maps *maps, const struct cloison_segment *segment,
		      bool rules, struct policy *policy)
{
	int error = 0;

	*policy = (struct policy){};
	if (segment->mode == CLOISON_UNSET)
		return 0;
	if (rules)
		error = rules_read(maps, segment->slot, policy);
	if (!error)
		error = own_read(maps, segment->slot, policy);
	policy->mode = segment->mode;
	if (error)
		policy_free(policy);
	return error;
}

/* The policy of a segment; of one that is unset, none. */
int guard_slot_read(const struct guard_maps *maps, const struct cloison_segment *segment,
		    struct policy *policy)
{
	return parts_read(maps, segment, true, policy);
}

/* Its addresses alone. */
int guard_own_read(const struct guard_maps *maps, const struct cloison_segment *segment,
		   struct policy *policy)
{
	return parts_read(maps, segment, false, policy);
}

static int table_verify(const struct guard_maps *maps, enum guard_map outer, uint32_t slot,
			const struct guard_entries *entries, struct problem *problem)
{
	_cleanup_fd_ int fd = guard_inner_open(maps, outer, slot);
	int error = fd < 0 ? fd : guard_entries_verify(fd, entries);

	if (!error)
		return 0;
	return problem_set(problem, -EUCLEAN,
			   "%s in force is not what the rules compile to: put a policy in force "
			   "again, as by 'cloison net mode'",
			   guard_map_names[outer]);
}

/*
 * Whether what the programs look up is what the rules say: somebody may have
 * put other maps in their place. @policy: the rules, for policy_free()
 */
int guard_slot_verify(const struct guard_maps *maps, const struct cloison_segment *segment,
		      struct policy *policy, struct problem *problem)
{
	struct policy_tables tables;
	int error = guard_slot_read(maps, segment, policy);

	if (error)
		return problem_set(problem, error, "the policy in force has lost its maps");
	error = policy_compile(policy, &tables, problem);
	if (error)
		return error;
	error = table_verify(maps, GUARD_MAP_ADDR4, segment->slot, ENTRIES(addr4, policy_addr4),
			     problem);
	if (!error)
		error = table_verify(maps, GUARD_MAP_ADDR6, segment->slot,
				     ENTRIES(addr6, policy_addr6), problem);
	if (!error)
		error = table_verify(maps, GUARD_MAP_PORTS, segment->slot,
				     ENTRIES(ports, policy_ports), problem);
	if (!error && segment->flags != policy_flags(policy))
		error = problem_set(problem, -EUCLEAN, "its segment has the wrong flags");
	policy_tables_free(&tables);
	return error;
}

int guard_policy_read(const char *name, struct policy *policy, uint32_t *generation,
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

	if (bpf_map_lookup_elem(maps.fd[GUARD_MAP_SEGMENT], &tenant.cgroup, &segment))
		error = -errno;
	else
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

/* Whether the addresses of a tenant are to be others from now on. */
static bool addresses_change(const struct policy *old, const struct policy *next)
{
	size_t i, j;

	if (old->address_count != next->address_count)
		return true;
	for (i = 0; i < next->address_count; i++) {
		for (j = 0; j < old->address_count; j++)
			if (!memcmp(&next->addresses[i], &old->addresses[j],
				    sizeof(old->addresses[j])))
				break;
		if (j == old->address_count)
			return true;
	}
	return false;
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
	if (!error)
		error = guard_members_resolve(&change.directory, name, policy, strict, problem);
	if (!error)
		error = guard_policy_commit(&change.maps, tenant, 1, problem);
	if (!error && addresses_change(&tenant->own, policy))
		error = guard_members_renew(&change.maps, name, problem);
end:
	change_end(&change);
	return error;
}

/* With the lock held: what the files leave out stays as it is. */
static int replacements_note(const struct guard_directory *directory,
			     struct guard_replacement *list, size_t count, struct problem *problem)
{
	size_t i, j;

	for (i = 0; i < count; i++) {
		struct guard_tenant *tenant = guard_directory_find(directory, list[i].tenant);
		struct policy *policy = list[i].policy;

		if (!tenant)
			return problem_set(problem, -ENOENT, NOT_BEHIND, list[i].tenant);
		policy->mode = tenant->segment.mode;
		for (j = 0; j < tenant->own.address_count; j++)
			if (policy_own_add(policy, &tenant->own.addresses[j]) == -ENOMEM)
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

		error = guard_members_resolve(&change.directory, list[i].tenant, list[i].policy,
					      true, &found);
		if (error)
			problem_set(problem, error, "%.64s: %.180s", list[i].tenant, found.text);
	}
	if (!error)
		error = guard_policy_commit(&change.maps, change.directory.tenants,
					    change.directory.count, problem);
	change_end(&change);
	return error;
}
