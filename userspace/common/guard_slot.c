// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy as maps: built apart, read back, and put into a slot, of which each
 * tenant has two.
 */
#include "guard_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const enum guard_map slot_maps[SLOT_MAPS] = {
	[SLOT_ADDR4] = GUARD_MAP_ADDR4, [SLOT_ADDR6] = GUARD_MAP_ADDR6,
	[SLOT_PORTS] = GUARD_MAP_PORTS, [SLOT_RULES] = GUARD_MAP_RULES,
	[SLOT_OWN] = GUARD_MAP_OWN,
};

/* The rules as given, then their parts, then the tenant's labels. Programs go on counting hits. */
static int rules_make(const struct guard_maps *maps, const struct policy *policy,
		      struct problem *problem)
{
	struct __attribute__((packed)) rule_entry {
		uint32_t key;
		struct cloison_rule value;
	} *rules;
	uint32_t parts = policy->count, labels = parts + policy->part_count;
	uint32_t count = labels + policy->label_count, i;
	struct guard_entries entries = { NULL, count ? count : 1, sizeof(*rules),
					 sizeof(rules->key), sizeof(rules->value) };
	int fd;

	/* A map of no rules has room for one, which is none. */
	rules = calloc(entries.count, sizeof(*rules));
	if (!rules)
		return problem_set(problem, -ENOMEM, "out of memory");
	for (i = 0; i < count; i++) {
		rules[i].key = i;
		rules[i].value = i < parts  ? policy->rules[i] :
				 i < labels ? policy->parts[i - parts] :
					      policy->labels[i - labels];
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

void guard_slot_close(struct guard_slot *slot)
{
	int i;

	for (i = 0; i < SLOT_MAPS; i++) {
		guard_close(&slot->fds[i]);
		slot->fds[i] = -1;
	}
}

int guard_slot_make(const struct guard_maps *maps, uint32_t number, const struct policy *policy,
		    struct guard_slot *slot, struct problem *problem)
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
		guard_slot_close(slot);
	return error;
}

/* Up to SLOTS_AT_ONCE of them. */
int guard_slots_place(const struct guard_maps *maps, const struct guard_slot *slots, uint32_t count,
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
	struct guard_slot slot;
	int error = guard_slot_make(maps, number, policy, &slot, problem);

	if (error)
		return error;
	error = guard_slots_place(maps, &slot, 1, problem);
	guard_slot_close(&slot);
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
		/* The labels are read by themselves. A map of no rules has room for one. */
		if (!rule.number)
			continue;
		if (rule.peers != CLOISON_PART_MEMBER && rule.peers != CLOISON_PART_EXCEPT &&
		    rule.peers != CLOISON_PART_DNS)
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

/* They stand last, so that they are read without the rules. */
static int labels_read(const struct guard_maps *maps, uint32_t slot, struct policy *policy)
{
	_cleanup_fd_ int fd = guard_inner_open(maps, GUARD_MAP_RULES, slot);
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info), at;
	struct cloison_rule label;
	bool more = true;

	if (fd < 0)
		return fd;
	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	for (at = info.max_entries; at && more; at -= more) {
		uint32_t key = at - 1;

		if (bpf_map_lookup_elem(fd, &key, &label))
			return -errno;
		more = label.peers == CLOISON_LABEL_GROUP || label.peers == CLOISON_LABEL_PORT;
	}
	for (; at < info.max_entries; at++) {
		if (bpf_map_lookup_elem(fd, &at, &label))
			return -errno;
		if (policy_label_add(policy, &label) == -ENOMEM)
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
	if (!error)
		error = labels_read(maps, segment->slot, policy);
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

/* Its addresses and labels alone. */
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
