// SPDX-License-Identifier: GPL-2.0-only
/* What is loaded and attached, and what is wrong with it. */
#include "guard_limit.h"
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

uint32_t guard_hook_program(const struct cloison_guard *guard, int hook)
{
	uint32_t id;

	memcpy(&id, (const char *)guard + guard_hook_types[hook].id_offset, sizeof(id));
	return id;
}

/* The pen that it is below, if the programs are in force there. */
static bool segment_pen(const struct guard_pen *pens, size_t count, struct guard_segment *segment,
			struct problem *problem)
{
	char name[4096];
	size_t i;
	int error = guard_cgroup_name(segment->cgroup, name, sizeof(name));

	if (error) {
		problem_set(problem, error,
			    "its cgroup is gone: type 'cloison tenant bind %.63s' to make it again",
			    segment->name);
		return false;
	}
	for (i = 0; i < count; i++) {
		if (!guard_below(name, pens[i].path))
			continue;
		memcpy(segment->pen, pens[i].path, sizeof(segment->pen));
		if (!pens[i].in_force)
			problem_set(problem, -EUCLEAN, "pen %s: %s", pens[i].path, pens[i].problem);
		return pens[i].in_force;
	}
	problem_set(problem, -EUCLEAN, "its cgroup %s is below no pen", name);
	return false;
}

/* What the programs look up to find it. */
static bool segment_place(const struct guard_maps *maps, const struct cloison_tenant *tenant,
			  uint32_t number, struct problem *problem)
{
	struct cloison_cgroup cgroup;
	struct cloison_slot slot;

	if (!bpf_map_lookup_elem(maps->fd[GUARD_MAP_CGROUPS], &tenant->cgroup, &cgroup) &&
	    cgroup.index == tenant->index &&
	    !bpf_map_lookup_elem(maps->fd[GUARD_MAP_SLOTS], &tenant->index, &slot) &&
	    slot.cgroup == tenant->cgroup && slot.tenant == number && slot.level == tenant->level)
		return true;
	problem_set(problem, -EUCLEAN,
		    "its cgroup is not bound, as after a command that was killed: type 'cloison "
		    "tenant bind %.63s'",
		    tenant->name);
	return false;
}

static bool segment_policy(const struct guard_maps *maps, const struct cloison_tenant *tenant,
			   struct guard_segment *segment, struct problem *problem)
{
	struct cloison_segment value = {};
	struct policy policy = {};
	int error = guard_segment_read(maps, tenant, &value);

	segment->mode = value.mode;
	segment->generation = value.generation;
	if (error)
		problem_set(problem, error, "its segment cannot be read");
	else if (value.mode == CLOISON_UNSET || value.mode > CLOISON_OBSERVE)
		problem_set(problem, -EUCLEAN,
			    "no policy is in force: put one there, as by "
			    "'cloison net mode'");
	else if (value.tenant != segment->tenant)
		problem_set(problem, -EUCLEAN, "its segment is that of tenant %u", value.tenant);
	else if (value.slot / 2 != tenant->index)
		problem_set(problem, -EUCLEAN, "its segment has the slot of another tenant");
	else
		error = guard_slot_verify(maps, &value, &policy, problem);
	segment->rules = policy.count;
	segment->addresses = policy.address_count;
	policy_free(&policy);
	return !error && !problem->text[0];
}

/* Of all classes together. @first: the field of the first class */
static uint64_t missed_sum(const struct cloison_stats *stats, int first)
{
	uint64_t sum = 0;
	int class;

	for (class = 0; class < CLOISON_CLASS_COUNT; ++class)
		sum += ((const __u64 *)stats)[first + class];
	return sum;
}

static void segment_read(const struct guard_maps *maps, const struct guard_pen *pens,
			 size_t pen_count, uint32_t number, const struct cloison_tenant *tenant,
			 struct guard_segment *segment)
{
	struct problem problem = { "" }, where = { "" };
	struct cloison_stats stats;

	segment->tenant = number;
	segment->cgroup = tenant->cgroup;
	memcpy(segment->name, tenant->name, sizeof(segment->name));
	segment->in_force = segment_policy(maps, tenant, segment, &problem);
	segment->in_force &= segment_pen(pens, pen_count, segment, &where) &&
			     segment_place(maps, tenant, number, &where);
	if (!guard_index_stats(maps, tenant->index, CLOISON_STATS_ENFORCED, &stats, &problem)) {
		segment->suppressed = missed_sum(&stats, CLOISON_STATS_SUPPRESSED(0));
		segment->lost = missed_sum(&stats, CLOISON_STATS_LOST(0));
	}
	snprintf(segment->problem, sizeof(segment->problem), "%.159s",
		 where.text[0] ? where.text : problem.text);
}

static int segment_compare(const void *a, const void *b)
{
	const struct guard_segment *left = a, *right = b;

	return left->tenant < right->tenant ? -1 : left->tenant > right->tenant;
}

static int segments_read(const struct guard_maps *maps, struct guard_status *status)
{
	int fd = maps->fd[GUARD_MAP_TENANTS];
	uint32_t number, *before = NULL;
	struct cloison_tenant tenant;
	struct cloison_stats stats;

	if (!guard_index_stats(maps, CLOISON_SEGMENTS, CLOISON_STATS_ENFORCED, &stats, NULL)) {
		status->suppressed = missed_sum(&stats, CLOISON_STATS_SUPPRESSED(0));
		status->lost = missed_sum(&stats, CLOISON_STATS_LOST(0));
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
		segment_read(maps, status->pens, status->pen_count, number, &tenant, grown);
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

static int pens_read(const struct guard_maps *maps, const struct cloison_guard *guard,
		     struct guard_status *status)
{
	size_t i;
	int error = guard_pens_show(maps, guard, status->pens, &status->pen_count, NULL);

	for (i = 0; i < status->pen_count; i++) {
		if (status->pens[i].in_force)
			continue;
		status->whole = false;
		if (!status->problem[0])
			snprintf(status->problem, sizeof(status->problem), "pen %.60s: %.159s",
				 status->pens[i].path, status->pens[i].problem);
	}
	return error;
}

/*
 * A device is its tenant's business: another's is held up by none. One that is gone
 * lets nothing pass, so its tenant is not held up either.
 */
static void segment_devices(struct guard_segment *segment, const struct guard_device *list,
			    size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		bool gone = list[i].state == GUARD_DEVICE_GONE;

		if (segment->tenant != list[i].number || !list[i].problem[0])
			continue;
		segment->in_force &= gone;
		if (!segment->problem[0] || !gone)
			snprintf(segment->problem, sizeof(segment->problem), "%s", list[i].problem);
	}
}

static int devices_check(struct guard_status *status, struct problem *problem)
{
	struct guard_device *list;
	size_t count, i;
	int error = guard_devices_read(NULL, &list, &count, problem);

	for (i = 0; i < status->segment_count && !error; i++) {
		segment_devices(&status->segments[i], list, count);
		status->whole &= status->segments[i].in_force;
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
		program_read(guard_hook_types[hook].program, guard_hook_program(&guard, hook),
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
		error = pens_read(&maps, &guard, status);
	if (!error)
		error = segments_read(&maps, status);
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

/* What all tenants' walls have in common. */
static int guard_check(const struct guard_maps *maps, struct cloison_guard *guard,
		       struct problem *problem)
{
	struct guard_lsm_program lsm[CLOISON_LSM_COUNT];
	uint32_t link, map;
	int error = guard_ids_read(maps, guard, problem);

	if (error)
		return error;
	if (!guard_admission_attached(&link, &map))
		return problem_set(problem, -EUCLEAN,
				   "the module does not ask this guard: type 'cloison guard load'");
	return guard_lsm_read(lsm, problem) ? 0 : -EUCLEAN;
}

int guard_tenant_check(const char *name, struct problem *problem)
{
	struct guard_pen pens[CLOISON_PENS];
	struct guard_segment segment = {};
	struct cloison_tenant tenant;
	struct cloison_guard guard;
	struct guard_maps maps;
	struct guard_device *devices = NULL;
	size_t count, device_count = 0;
	uint32_t number;
	int error = guard_maps_open(&maps, problem);

	if (error)
		return error;
	error = guard_check(&maps, &guard, problem);
	if (!error)
		error = guard_tenant_find(&maps, name, &number, &tenant, problem);
	if (!error)
		error = guard_pens_show(&maps, &guard, pens, &count, problem);
	if (!error) {
		segment_read(&maps, pens, count, number, &tenant, &segment);
		error = guard_devices_read(name, &devices, &device_count, problem);
	}
	if (!error) {
		segment_devices(&segment, devices, device_count);
		if (!segment.in_force)
			error = problem_set(problem, -EUCLEAN, "%s", segment.problem);
	}
	free(devices);
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
static int stats_sum(int fd, uint32_t key, struct cloison_stats *stats, struct problem *problem)
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
	return stats_sum(maps->fd[GUARD_MAP_STATS], CLOISON_STATS_AT(index, key), stats, problem);
}

/* A slot's counters begin anew. That they do not changes no verdict. */
void guard_stats_clear(const struct guard_maps *maps, uint32_t index)
{
	int cpus = libbpf_num_possible_cpus();
	struct cloison_stats *none = cpus > 0 ? calloc(cpus, sizeof(*none)) : NULL;
	uint32_t key, at;

	for (key = 0; key < 2 && none; key++) {
		at = CLOISON_STATS_AT(index, key);
		bpf_map_update_elem(maps->fd[GUARD_MAP_STATS], &at, none, BPF_ANY);
	}
	free(none);
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
