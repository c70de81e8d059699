// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tenant's tables of flows: of what it began itself, of what its peers began, and
 * of packets that come in pieces.
 */
#include "guard_limit.h"
#include "guard_private.h"

#include <errno.h>

static const struct {
	enum guard_map map;
	uint32_t entries; /* 0: as many as the tenant's flows are to be */
} tables[] = {
	{ GUARD_MAP_OURS, 0 },
	{ GUARD_MAP_THEIRS, 0 },
	{ GUARD_MAP_FRAGMENTS, CLOISON_FRAGMENTS },
};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* A whole number of buckets is made. */
int guard_flows_new(const struct guard_maps *maps, uint32_t index, uint32_t entries,
		    struct problem *problem)
{
	int error = 0;
	size_t i;

	for (i = 0; i < TABLES && !error; i++) {
		uint32_t flows = tables[i].entries ? tables[i].entries : entries;

		error = guard_inner_new(maps, tables[i].map, index,
					(flows + CLOISON_WAYS - 1) / CLOISON_WAYS, problem);
	}
	return error;
}

void guard_flows_clear(const struct guard_maps *maps, uint32_t index)
{
	size_t i;

	for (i = 0; i < TABLES; i++)
		guard_inner_clear(maps, tables[i].map, index);
}

int guard_flows_pin(const struct guard_maps *maps, uint32_t index, const char *tenant,
		    struct problem *problem)
{
	int error = 0;
	size_t i;

	for (i = 0; i < TABLES && !error; i++)
		error = guard_inner_pin(maps, tables[i].map, index, tenant, problem);
	return error;
}

static int flows_set(const struct guard_maps *maps, uint32_t number,
		     const struct cloison_tenant *tenant, const void *data, struct problem *problem)
{
	const uint32_t *flows = data;
	int error = guard_flows_new(maps, tenant->index, *flows, problem);

	(void)number;
	return error ? error : guard_flows_pin(maps, tenant->index, tenant->name, problem);
}

int guard_flows_set(const char *name, uint32_t flows, struct problem *problem)
{
	return guard_tenant_change(name, flows_set, &flows, problem);
}

int guard_flows_read(const char *name, uint32_t *flows, struct problem *problem)
{
	struct bpf_map_info info = {};
	uint32_t number, size = sizeof(info);
	struct cloison_tenant tenant;
	struct guard_maps maps;
	int fd = -1, error = guard_maps_open(&maps, problem);

	if (error)
		return error;
	error = guard_tenant_find(&maps, name, &number, &tenant, problem);
	if (!error) {
		fd = guard_inner_open(&maps, GUARD_MAP_OURS, tenant.index);
		if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size))
			error = problem_set(problem, fd < 0 ? fd : -errno, "the flows of tenant %s",
					    name);
	}
	*flows = info.max_entries * CLOISON_WAYS;
	guard_close(&fd);
	guard_maps_close(&maps);
	return error;
}
