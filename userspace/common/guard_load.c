// SPDX-License-Identifier: GPL-2.0-only
/* The guard as a whole: in and out of the kernel. */
#include "guard.h"
#include "guard_record.h"
#include "guard_upgrade.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* BPF_STRUCT_OPS of enum bpf_attach_type, which older headers do not have yet. */
#define ATTACH_STRUCT_OPS 44

static int admission_refused(int error, struct problem *problem)
{
	if (error == -EBUSY || error == -EEXIST)
		return problem_set(problem, error,
				   "the module has another guard already: see 'bpftool link show'");
	return problem_set(problem, error, "the module does not take the guard: %s",
			   strerror(-error));
}

/* From here on the module asks the guard. Not held, it ends with this process. */
static int admission_begin(const struct bpf_object *object, struct bpf_link **link,
			   struct problem *problem)
{
	*link = bpf_map__attach_struct_ops(bpf_object__find_map_by_name(object, GUARD_OPS_MAP));
	return *link ? 0 : admission_refused(-errno, problem);
}

/* A map that was a link once becomes one again. */
static int admission_resume(int ops, struct problem *problem)
{
	int link = bpf_link_create(ops, 0, ATTACH_STRUCT_OPS, NULL);
	int error;

	if (link < 0)
		return admission_refused(-errno, problem);
	error = guard_keep(link, GUARD_PATH, "admit", problem);
	close(link);
	return error;
}

/*
 * Nothing is loaded until the map of the programs is held; what a load that was killed
 * has left until then no command takes for a guard. What is missing then, the next load
 * puts there.
 */
static int load_new(struct problem *problem)
{
	struct guard_maps maps;
	struct bpf_link *admission = NULL;
	struct cloison_record record;
	struct bpf_object *object;
	int error, i;

	error = guard_object_load(NULL, NULL, &object, problem);
	if (error)
		return error;
	guard_object_maps(object, &maps);

	error = guard_ids_write(object, &maps, -1, problem);
	if (!error)
		error = guard_ids_freeze(&maps, problem);
	if (!error)
		error = guard_record_make(object, &record, problem);
	if (!error)
		error = guard_record_write(maps.fd[GUARD_MAP_RECORD], &record, problem);
	if (!error)
		error = guard_nodes_begin(&maps, problem);
	if (!error)
		error = guard_lsm_begin(object, &maps, problem);
	if (!error)
		error = admission_begin(object, &admission, problem);
	if (!error)
		error = guard_programs_keep(object, GUARD_PROGRAMS, problem);
	if (!error)
		error = guard_pens_begin(&maps, problem);
	for (i = 0; i < GUARD_MAPS && !error; i++)
		error = guard_keep(maps.fd[i], GUARD_MAPS_PATH, guard_map_names[i], problem);
	if (!error)
		error = guard_keep(bpf_link__fd(admission), GUARD_PATH, "admit", problem);
	/* Last: from here on other commands go by it. */
	if (!error)
		error = guard_keep(maps.fd[GUARD_MAP_RECORD], GUARD_PATH, "record", problem);
	if (error)
		guard_forget(GUARD_PATH);
	bpf_link__destroy(admission);
	bpf_object__close(object);
	return error;
}

/* One tenant whose maps are lost keeps no other from its pins. */
static int segments_pin(const struct guard_maps *maps, bool *changed, struct problem *problem)
{
	int fd = maps->fd[GUARD_MAP_TENANTS], pinned, error = 0;
	uint32_t number, *before = NULL;
	struct cloison_tenant tenant;

	while (!bpf_map_get_next_key(fd, before, &number)) {
		before = &number;
		if (bpf_map_lookup_elem(fd, &number, &tenant))
			continue;
		pinned = guard_segment_pin(maps, &tenant, problem);
		if (pinned >= 0)
			*changed |= pinned > 0;
		else
			error = pinned;
	}
	return error;
}

/* A pin that somebody removed, of what lives all the same. */
static int pin_again(const char *path, void *data)
{
	char directory[GUARD_PIN_SIZE];
	bool *changed = data;
	char *name;
	int fd, error;

	if (!access(path, F_OK))
		return 0;
	snprintf(directory, sizeof(directory), "%s", path);
	name = strrchr(directory, '/');
	*name++ = '\0';
	fd = guard_open(path);
	if (fd < 0)
		return fd;
	error = guard_pin(fd, directory, name, NULL);
	close(fd);
	*changed = true;
	return error;
}

/* What is loaded: leave it alone, or give it back what was taken from it. */
static int load_again(const struct guard_maps *maps, bool *changed, struct problem *problem)
{
	struct cloison_guard guard;
	uint32_t link, map;
	int error, mended;

	error = guard_ids_read(maps, &guard, problem);
	if (error)
		return error;
	error = guard_held_walk(pin_again, changed);
	if (error)
		return problem_set(problem, error, "what the module holds cannot be pinned: %s",
				   strerror(-error));
	error = guard_lsm_mend(maps, changed, problem);
	if (error)
		return error;
	if (!guard_admission_attached(&link, &map)) {
		*changed = true;
		error = admission_resume(maps->fd[GUARD_MAP_OPS], problem);
		if (error)
			return error;
	}
	error = guard_pens_mend(maps, &guard, changed, problem);
	if (!error)
		error = segments_pin(maps, changed, problem);
	if (!error)
		error = guard_members_renew(maps, problem);
	mended = guard_devices_mend(maps, error ? NULL : problem);
	*changed |= mended > 0;
	return error || mended >= 0 ? error : mended;
}

static int is_of_tenant(const char *path, void *data)
{
	(void)data;
	return !strncmp(path, GUARD_TENANTS "/", sizeof(GUARD_TENANTS));
}

/* Whether a tenant's links are held, be the maps of its guard there or not. */
static bool tenants_left(void)
{
	return guard_held_walk(is_of_tenant, NULL) > 0;
}

/* Nothing is loaded, but a load that was killed may have left something. */
static int load_first(struct problem *problem)
{
	guard_forget(GUARD_PATH);
	return load_new(problem);
}

/* Without it nobody can say where the tenants are. */
static int cgroup2_check(struct problem *problem)
{
	char *mount;
	int error = guard_cgroup_mount(&mount, problem);

	if (!error)
		free(mount);
	return error;
}

int guard_load(bool adopt, bool *changed, struct problem *problem)
{
	struct guard_maps maps;
	bool any = false, none = false;
	int error, lock;

	lock = guard_lock(problem);
	if (lock < 0)
		return lock;

	error = guard_mount(problem);
	if (!error)
		error = cgroup2_check(problem);
	if (!error)
		error = guard_tunnels_keep_out(problem);
	if (error)
		goto unlock;
	error = guard_record_settle(&any, problem);
	if (!error)
		error = guard_upgrade_settle(&any, problem);
	if (error)
		goto unlock;
	error = guard_record_check(problem);
	/* An upgrade may fail with -ENOENT too, while a guard is in force. */
	none = error == -ENOENT;
	if (error == -EEXIST) {
		any = true;
		error = guard_upgrade(problem);
	}
	if (!error) {
		error = guard_maps_open(&maps, problem);
		none = error == -ENOENT;
	}
	if (!error) {
		error = load_again(&maps, &any, problem);
		guard_maps_close(&maps);
	} else if (none) {
		any = true;
		error = guard_pens_check(adopt, problem);
		if (!error)
			error = load_first(problem);
	}
unlock:
	guard_unlock(lock);
	if (changed)
		*changed = any;
	return error;
}

static void segments_remove(const struct guard_maps *maps)
{
	struct cloison_tenant tenant;
	uint32_t number;

	while (!bpf_map_get_next_key(maps->fd[GUARD_MAP_TENANTS], NULL, &number)) {
		if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_TENANTS], &number, &tenant) ||
		    guard_segment_remove(maps, number, &tenant))
			break;
	}
}

int guard_unload(bool force, struct problem *problem)
{
	struct guard_maps maps;
	uint32_t number;
	int error, lock;
	int link;

	lock = guard_lock(problem);
	if (lock < 0)
		return lock;

	/* Without its maps there still may be something to let go. */
	error = guard_maps_open(&maps, problem);
	if (!force && error == -EEXIST)
		goto close_maps;
	if (!force &&
	    ((!error && !bpf_map_get_next_key(maps.fd[GUARD_MAP_TENANTS], NULL, &number)) ||
	     tenants_left())) {
		error = problem_set(problem, -EBUSY,
				    "tenants are behind the guard: remove them first, or say "
				    "--force to leave their traffic unjudged");
		goto close_maps;
	}

	/* Memory first: no region is used without the segmentation around it. */
	link = guard_open(GUARD_LINK);
	if (link >= 0) {
		bpf_link_detach(link);
		close(link);
	}
	guard_forget(GUARD_LINK);
	if (!error)
		segments_remove(&maps);
	guard_forget(GUARD_PATH);
	error = 0;
	if (problem)
		problem->text[0] = '\0';

close_maps:
	guard_maps_close(&maps);
	guard_unlock(lock);
	return error;
}
