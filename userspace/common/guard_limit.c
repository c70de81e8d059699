// SPDX-License-Identifier: GPL-2.0-only
/* A tenant's limits of bytes and of flows that begin. */
#include "guard_limit.h"
#include "guard_private.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define SECOND 1000000000ULL

/* One packet of the largest kind that devices make of many, and one flow. */
#define LEAST_BYTES (128ULL << 10)
#define LEAST_FLOWS 1ULL

/* The limits of sockets; those of devices, in the same order, are the same. */
_Static_assert(CLOISON_LIMIT_COUNT == 2 * GUARD_LIMITS, "a limit at sockets is one at devices");

static struct cloison_rate rate_make(const struct rate *rate, uint64_t least)
{
	struct cloison_rate made = { .amount = rate->amount, .period = rate->seconds * SECOND };

	if (!made.amount)
		return (struct cloison_rate){ 0 };
	/* What a second gives is there at once, but no less than the least. */
	made.room = least * made.period / made.amount;
	if (made.room < SECOND)
		made.room = SECOND;
	return made;
}

static struct rate rate_of(const struct cloison_rate *made)
{
	return (struct rate){ .amount = made->amount, .seconds = made->period / SECOND };
}

static int limits_read(const struct guard_maps *maps, uint32_t index, struct cloison_limits *limits)
{
	struct cloison_slot slot;

	memset(limits, 0, sizeof(*limits));
	if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_SLOTS], &index, &slot))
		return -errno;
	/* As the programs see it: a command that was killed may have left an entry. */
	if (!slot.limited)
		return 0;
	if (!bpf_map_lookup_elem(maps->fd[GUARD_MAP_LIMITS], &index, limits) || errno == ENOENT)
		return 0;
	return -errno;
}

static bool limits_any(const struct cloison_limits *limits)
{
	int i;

	for (i = 0; i < CLOISON_LIMIT_COUNT; i++)
		if (limits->of[i].amount)
			return true;
	return false;
}

/* The programs deny where the slot says that there are limits and there are none. */
static int limits_write(const struct guard_maps *maps, uint32_t index,
			const struct cloison_limits *limits)
{
	bool any = limits_any(limits);
	int error;

	if (any && bpf_map_update_elem(maps->fd[GUARD_MAP_LIMITS], &index, limits, BPF_ANY))
		return -errno;
	error = guard_slot_limit(maps, index, any);
	if (!error && !any)
		guard_limits_clear(maps, index);
	return error;
}

void guard_limits_clear(const struct guard_maps *maps, uint32_t index)
{
	bpf_map_delete_elem(maps->fd[GUARD_MAP_LIMITS], &index);
}

static int limits_set(const struct guard_maps *maps, uint32_t number,
		      const struct cloison_tenant *tenant, const void *data,
		      struct problem *problem)
{
	const struct guard_limits *change = data;
	struct cloison_limits limits;
	int error = limits_read(maps, tenant->index, &limits), i;

	(void)number;
	for (i = 0; i < GUARD_LIMITS && !error; i++) {
		if (!change->given[i])
			continue;
		limits.of[i] = rate_make(&change->of[i],
					 guard_limit_is_bytes(i) ? LEAST_BYTES : LEAST_FLOWS);
		limits.of[i + GUARD_LIMITS] = limits.of[i];
	}
	if (!error)
		error = limits_write(maps, tenant->index, &limits);
	return error ? problem_set(problem, error, "the limits of tenant %s cannot be noted: %s",
				   tenant->name, strerror(-error)) :
		       0;
}

int guard_limits_set(const char *name, const struct guard_limits *change, struct problem *problem)
{
	return guard_tenant_change(name, limits_set, change, problem);
}

int guard_limits_read(const char *name, struct guard_limits *limits, struct problem *problem)
{
	struct cloison_limits read;
	struct cloison_tenant tenant;
	struct guard_maps maps;
	uint32_t number;
	int error = guard_maps_open(&maps, problem), i;

	*limits = (struct guard_limits){ 0 };
	if (error)
		return error;
	error = guard_tenant_find(&maps, name, &number, &tenant, problem);
	if (!error)
		error = limits_read(&maps, tenant.index, &read);
	for (i = 0; i < GUARD_LIMITS && !error; i++) {
		limits->given[i] = read.of[i].amount;
		limits->of[i] = rate_of(&read.of[i]);
	}
	guard_maps_close(&maps);
	return error;
}
