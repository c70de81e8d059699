// SPDX-License-Identifier: GPL-2.0-only
/* Pens that are added and removed while the guard is in force. */
#include "guard_pen.h"
#include "guard_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"

/* The lock, the maps and the pens in them. */
struct change {
	int lock;
	struct guard_maps maps;
	struct cloison_pens *pens;
};

static void change_end(struct change *change)
{
	if (change->pens)
		guard_pens_unmap(change->pens);
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
	change->pens = guard_pens_map(&change->maps);
	if (change->pens)
		return 0;
	error = problem_set(problem, -errno, "cloison_pens: %s", strerror(errno));
	change_end(change);
	return error;
}

static int place_for(const struct cloison_pens *pens, const struct guard_pen_coming *coming,
		     struct problem *problem)
{
	char pins[GUARD_PIN_SIZE], others[GUARD_PIN_SIZE];
	int i, at = -1;

	guard_pen_pins(coming->path, pins);
	for (i = 0; i < CLOISON_PENS; i++) {
		const struct cloison_pen *pen = &pens->pens[i];

		if (!pen->place) {
			if (at < 0)
				at = i;
			continue;
		}
		guard_pen_pins(pen->path, others);
		if (!strcmp(pen->path, coming->path))
			return problem_set(problem, -EEXIST, "%s is a pen already", pen->path);
		if (!strcmp(pins, others))
			return problem_set(
				problem, -EEXIST,
				"%s and the pen %s differ in punctuation only, and their "
				"links would have one name: give it another",
				coming->path, pen->path);
		if (guard_below(pen->path, coming->path) || guard_below(coming->path, pen->path))
			return problem_set(problem, -EEXIST,
					   "%s and the pen %s lie one in the other: one of them is "
					   "enough",
					   coming->path, pen->path);
	}
	if (at >= 0)
		return at;
	return problem_set(problem, -ENOSPC, "there are %d pens, and no more can be: remove one",
			   CLOISON_PENS);
}

int guard_pen_add(const char *path, bool adopt, struct problem *problem)
{
	char again[CLOISON_PEN_PATH_SIZE + 32];
	struct guard_pen_coming coming;
	struct change change;
	int error, at;

	error = change_begin(&change, problem);
	if (error)
		return error;
	error = guard_pen_open(path, &coming, problem);
	if (!error) {
		at = place_for(change.pens, &coming, problem);
		error = at < 0 ? at : 0;
	}
	snprintf(again, sizeof(again), "cloison pen add %s --adopt", coming.path);
	if (!error && !adopt)
		error = guard_pen_refuse_tasks(&coming, again, problem);
	if (!error)
		error = guard_pen_attach(&change.maps, &coming, at, problem);
	if (error && coming.made)
		rmdir(coming.directory);
	guard_pen_close(&coming);
	change_end(&change);
	return error;
}

static void pen_leave(struct cloison_pen *pen)
{
	char pins[GUARD_PIN_SIZE];

	guard_pen_pins(pen->path, pins);
	__atomic_store_n(&pen->place, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&pen->first, 0, __ATOMIC_SEQ_CST);
	guard_forget(pins);
	memset(pen->path, 0, sizeof(pen->path));
}

/* Who still is below it would be behind no wall from then on. */
static int pen_refuse_tasks(const struct cloison_pen *pen, struct problem *problem)
{
	char *mount, *directory;
	int rc = guard_cgroup_mount(&mount, problem);

	if (rc)
		return rc;
	rc = asprintf(&directory, "%s%s", mount, pen->path) < 0 ? -ENOMEM : 0;
	free(mount);
	if (rc)
		return problem_set(problem, rc, "out of memory");
	rc = cgroup_populated(directory);
	free(directory);
	if (!rc || rc == -ENOENT)
		return 0;
	if (rc < 0)
		return problem_set(problem, rc, "the processes of %s", pen->path);
	return problem_set(problem, -EBUSY,
			   "%s has processes, which could reach anything from then on: end them "
			   "first, or let them go: cloison pen remove %s --force",
			   pen->path, pen->path);
}

static int pen_refuse_tenants(const struct guard_maps *maps, const struct cloison_pen *pen,
			      struct problem *problem)
{
	int fd = maps->fd[GUARD_MAP_TENANTS];
	uint32_t number, *before = NULL;
	struct cloison_tenant tenant;
	char name[4096];

	while (!bpf_map_get_next_key(fd, before, &number)) {
		before = &number;
		if (bpf_map_lookup_elem(fd, &number, &tenant) ||
		    guard_cgroup_name(tenant.cgroup, name, sizeof(name)) ||
		    !guard_below(name, pen->path))
			continue;
		return problem_set(problem, -EBUSY,
				   "tenant %s lies below the pen %s: type 'cloison tenant remove "
				   "%s' first",
				   tenant.name, pen->path, tenant.name);
	}
	return 0;
}

int guard_pen_remove(const char *path, bool force, struct problem *problem)
{
	char *mount, *directory;
	struct change change;
	int error, i, at = -1;

	error = change_begin(&change, problem);
	if (error)
		return error;
	error = guard_cgroup_mount(&mount, problem);
	if (error)
		goto end;
	if (!cgroup_resolve(mount, path, &directory)) {
		for (i = 0; i < CLOISON_PENS; i++)
			if (change.pens->pens[i].place &&
			    !strcmp(change.pens->pens[i].path, directory + strlen(mount)))
				at = i;
		free(directory);
	}
	free(mount);
	if (at < 0) {
		error = problem_set(problem, -ENOENT, "%s is not a pen: see 'cloison pen list'",
				    path);
		goto end;
	}
	error = pen_refuse_tenants(&change.maps, &change.pens->pens[at], problem);
	if (!error && !force)
		error = pen_refuse_tasks(&change.pens->pens[at], problem);
	if (!error)
		pen_leave(&change.pens->pens[at]);
end:
	change_end(&change);
	return error;
}
