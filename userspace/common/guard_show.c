// SPDX-License-Identifier: GPL-2.0-only
/* What is loaded and attached, and what is wrong with it. */
#include "guard_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int guard_ids_read(const struct guard_maps *maps, struct cloison_guard *guard,
		   struct problem *problem)
{
	uint32_t zero = 0;

	if (!bpf_map_lookup_elem(maps->fd[GUARD_MAP_GUARD], &zero, guard))
		return 0;
	return problem_set(problem, -errno, "the programs' ids cannot be read: %s",
			   strerror(errno));
}

/* Whether the struct_ops link still is a link to anything. */
bool guard_admission_attached(uint32_t *link_id, uint32_t *map_id)
{
	_cleanup_fd_ int link = guard_open(GUARD_LINK);
	struct bpf_link_info info = {};
	uint32_t size = sizeof(info);

	*link_id = 0;
	*map_id = 0;
	if (link < 0 || bpf_obj_get_info_by_fd(link, &info, &size))
		return false;
	*link_id = info.id;
	/* struct_ops.map_id, which older headers of the UAPI do not name yet. */
	memcpy(map_id, &info.raw_tracepoint, sizeof(*map_id));
	return *map_id != 0;
}

static uint32_t program_id(const struct cloison_guard *guard, int hook)
{
	uint32_t id;

	memcpy(&id, (const char *)guard + guard_hook_types[hook].id_offset, sizeof(id));
	return id;
}

/*
 * The ids of a tenant's links; zero for one that is missing or not attached to
 * the tenant's cgroup any more or runs another program. True if none is.
 */
bool guard_links_read(const struct cloison_guard *guard, const struct cloison_tenant *tenant,
		      uint32_t ids[GUARD_HOOKS], struct problem *problem)
{
	bool whole = true;
	int hook;

	for (hook = 0; hook < GUARD_HOOKS; hook++) {
		char directory[GUARD_PIN_SIZE], path[GUARD_PIN_SIZE + 16];
		struct bpf_link_info info = {};
		uint32_t size = sizeof(info);
		const char *wrong = NULL;
		int link;

		guard_tenant_path(tenant->name, "/links", directory);
		snprintf(path, sizeof(path), "%s/%s", directory, guard_hook_types[hook].name);
		ids[hook] = 0;
		link = guard_open(path);
		if (link < 0 || bpf_obj_get_info_by_fd(link, &info, &size))
			wrong = "is missing";
		else if (info.cgroup.cgroup_id != tenant->cgroup)
			wrong = "is detached";
		else if (info.prog_id != program_id(guard, hook))
			wrong = "runs another program";
		else
			ids[hook] = info.id;
		guard_close(&link);
		if (!wrong)
			continue;
		if (whole)
			problem_set(problem, -EUCLEAN, "link %s of tenant %s %s",
				    guard_hook_types[hook].name, tenant->name, wrong);
		whole = false;
	}
	return whole;
}

static void segment_read(const struct guard_maps *maps, const struct cloison_guard *guard,
			 uint32_t number, const struct cloison_tenant *tenant,
			 struct guard_segment *segment)
{
	struct cloison_segment value = {};
	struct problem problem = {};
	struct cloison_stats stats;
	struct policy policy = {};

	segment->tenant = number;
	segment->cgroup = tenant->cgroup;
	memcpy(segment->name, tenant->name, sizeof(segment->name));
	segment->in_force = guard_links_read(guard, tenant, segment->links, &problem);

	if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_SEGMENT], &tenant->cgroup, &value))
		problem_set(&problem, -ENOENT,
			    "its cgroup has no segment: it was removed, or "
			    "nothing is attached to it");
	segment->mode = value.mode;
	segment->generation = value.generation;
	if (value.mode > CLOISON_OBSERVE)
		problem_set(&problem, -EUCLEAN, "its segment has mode %u, which there is not",
			    value.mode);
	else if (value.mode != CLOISON_UNSET && value.tenant != number)
		problem_set(&problem, -EUCLEAN, "its cgroup has the segment of tenant %u",
			    value.tenant);
	else if (value.mode != CLOISON_UNSET && value.slot / 2 != tenant->index)
		problem_set(&problem, -EUCLEAN, "its segment has the slot of another tenant");
	else if (guard_slot_verify(maps, &value, &policy, &problem))
		segment->in_force = false;
	segment->rules = policy.count;
	segment->addresses = policy.address_count;
	policy_free(&policy);
	if (value.mode == CLOISON_UNSET || value.mode > CLOISON_OBSERVE || value.tenant != number ||
	    value.slot / 2 != tenant->index)
		segment->in_force = false;
	if (!guard_index_stats(maps, tenant->index, CLOISON_STATS_ENFORCED, &stats, &problem)) {
		segment->suppressed = stats.suppressed;
		segment->lost = stats.lost;
	}
	snprintf(segment->problem, sizeof(segment->problem), "%.159s", problem.text);
}

static int segment_compare(const void *a, const void *b)
{
	const struct guard_segment *left = a, *right = b;

	return left->tenant < right->tenant ? -1 : left->tenant > right->tenant;
}

static int segments_read(const struct guard_maps *maps, const struct cloison_guard *guard,
			 struct guard_status *status)
{
	int fd = maps->fd[GUARD_MAP_TENANTS];
	uint32_t number, *before = NULL;
	struct cloison_tenant tenant;
	struct cloison_stats stats;

	if (!guard_index_stats(maps, CLOISON_SEGMENTS, CLOISON_STATS_ENFORCED, &stats, NULL)) {
		status->suppressed = stats.suppressed;
		status->lost = stats.lost;
	}
	while (!bpf_map_get_next_key(fd, before, &number)) {
		struct guard_segment *grown;

		before = &number;
		if (bpf_map_lookup_elem(fd, &number, &tenant))
			continue;
		grown = reallocarray(status->segments, status->segment_count + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		status->segments = grown;
		grown += status->segment_count++;
		memset(grown, 0, sizeof(*grown));
		segment_read(maps, guard, number, &tenant, grown);
		status->suppressed += grown->suppressed;
		status->lost += grown->lost;
		if (!grown->in_force || grown->problem[0])
			status->whole = false;
	}
	if (status->segment_count)
		qsort(status->segments, status->segment_count, sizeof(*status->segments),
		      segment_compare);
	return 0;
}

static void program_read(const char *name, uint32_t id, struct guard_program *program,
			 struct guard_status *status)
{
	char path[GUARD_PIN_SIZE];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", GUARD_PROGRAMS, name);
	snprintf(program->name, sizeof(program->name), "%s", name);
	fd = guard_open(path);
	if (fd < 0 || guard_program_info(fd, program) || (id && program->id != id)) {
		status->whole = false;
		snprintf(status->problem, sizeof(status->problem), "%.200s is %s", path,
			 fd < 0 ? "missing" : "not the program that was loaded");
	}
	guard_close(&fd);
}

/* What is held should be pinned too, for those who look with bpftool. */
static int held_read(const char *path, void *data)
{
	struct guard_status *status = data;

	status->held++;
	if (access(path, F_OK) && !status->problem[0]) {
		status->whole = false;
		snprintf(
			status->problem, sizeof(status->problem),
			"the pin %.128s is missing, which opens nothing: type 'cloison guard load'",
			path);
	}
	return 0;
}

/*
 * A device is its tenant's business: another's is held up by none. One that is gone
 * lets nothing pass, so its tenant is not held up either.
 */
static int devices_check(struct guard_status *status, struct problem *problem)
{
	struct guard_device *list;
	size_t count, i, j;
	int error = guard_devices_read(NULL, &list, &count, problem);

	for (i = 0; i < count && !error; i++) {
		for (j = 0; j < status->segment_count; j++) {
			struct guard_segment *segment = &status->segments[j];

			if (segment->tenant != list[i].number || !list[i].problem[0])
				continue;
			if (list[i].state != GUARD_DEVICE_GONE) {
				segment->in_force = false;
				status->whole = false;
			}
			if (!segment->problem[0] || list[i].state != GUARD_DEVICE_GONE)
				snprintf(segment->problem, sizeof(segment->problem), "%s",
					 list[i].problem);
		}
	}
	free(list);
	return error;
}

int guard_status_read(struct guard_status *status, struct problem *problem)
{
	struct cloison_guard guard;
	struct guard_maps maps;
	struct problem found;
	int error, hook;

	*status = (struct guard_status){ .own_build = guard_object_build() };
	error = guard_maps_open(&maps, &found);
	if (error == -ENOENT || error == -EUCLEAN) {
		snprintf(status->problem, sizeof(status->problem), "%.255s", found.text);
		return 0;
	}
	if (error)
		return problem_set(problem, error, "%s", found.text);

	error = guard_ids_read(&maps, &guard, problem);
	if (error)
		goto close_maps;
	status->loaded = true;
	status->whole = true;
	status->build = guard.build;
	for (hook = 0; hook < GUARD_HOOKS; hook++)
		program_read(guard_hook_types[hook].program, program_id(&guard, hook),
			     &status->programs[hook], status);
	program_read(GUARD_ADMIT, 0, &status->admit, status);
	if (!guard_lsm_read(status->lsm, &found)) {
		status->whole = false;
		snprintf(status->problem, sizeof(status->problem), "%.255s", found.text);
	}
	status->admitting = guard_admission_attached(&status->link, &status->link_map);
	if (!status->admitting) {
		status->whole = false;
		snprintf(status->problem, sizeof(status->problem),
			 "the module does not ask this guard: type 'cloison guard load'");
	}
	error = guard_held_walk(held_read, status);
	if (!error)
		error = segments_read(&maps, &guard, status);
	if (!error)
		error = devices_check(status, problem);
	if (error) {
		problem_set(problem, error, "the tenants cannot be read: %s", strerror(-error));
		guard_status_free(status);
	}

close_maps:
	guard_maps_close(&maps);
	return error;
}

void guard_status_free(struct guard_status *status)
{
	free(status->segments);
	status->segments = NULL;
	status->segment_count = 0;
}

/* A per-CPU counter map, all CPUs together. */
int guard_stats_sum(int fd, uint32_t key, struct cloison_stats *stats, struct problem *problem)
{
	int cpus = libbpf_num_possible_cpus(), cpu, error = 0;
	struct cloison_stats *each;
	size_t i;

	each = cpus > 0 ? calloc(cpus, sizeof(*each)) : NULL;
	if (!each)
		return problem_set(problem, cpus < 0 ? cpus : -ENOMEM, "no counters for %d CPUs",
				   cpus);
	if (bpf_map_lookup_elem(fd, &key, each))
		error = problem_set(problem, -errno, "the counters cannot be read: %s",
				    strerror(errno));
	*stats = (struct cloison_stats){};
	for (cpu = 0; cpu < cpus && !error; cpu++)
		for (i = 0; i < sizeof(*stats) / sizeof(__u64); i++)
			((__u64 *)stats)[i] += ((__u64 *)&each[cpu])[i];
	free(each);
	return error;
}

int guard_index_stats(const struct guard_maps *maps, uint32_t index, uint32_t key,
		      struct cloison_stats *stats, struct problem *problem)
{
	_cleanup_fd_ int fd = guard_inner_open(maps, GUARD_MAP_STATS, index);

	if (fd < 0)
		return problem_set(problem, fd, "the counters are missing");
	return guard_stats_sum(fd, key, stats, problem);
}

int guard_stats_read(const char *name, uint32_t key, struct cloison_stats *stats,
		     struct problem *problem)
{
	struct cloison_tenant tenant = { .index = CLOISON_SEGMENTS };
	struct guard_maps maps;
	uint32_t number;
	int error;

	error = guard_maps_open(&maps, problem);
	if (error)
		return error;
	if (name)
		error = guard_tenant_find(&maps, name, &number, &tenant, problem);
	if (!error)
		error = guard_index_stats(&maps, tenant.index, key, stats, problem);
	guard_maps_close(&maps);
	return error;
}
