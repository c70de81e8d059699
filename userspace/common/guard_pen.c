// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pens: parent cgroups where the segmentation is attached once, for all tenants
 * below. The links come first, then the pen into the map: before that a task below
 * is the host's to the LSM, and has no packets.
 */
#include "guard_pen.h"
#include "guard_private.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cgroup.h"

/* The pen's part of a path below GUARD_PATH: a dot is not for pins. */
void guard_pen_pins(const char *path, char pins[GUARD_PIN_SIZE])
{
	size_t length = (size_t)snprintf(pins, GUARD_PIN_SIZE, "%s/", GUARD_PENS);

	for (path++; *path; path++)
		pins[length++] = isalnum((unsigned char)*path) || *path == '-' ? *path : '_';
	pins[length] = '\0';
}

/* ---- links ------------------------------------------------------------------------ */

/*
 * The ids of a pen's links; zero for one that is missing or not attached to the
 * pen's cgroup any more or runs another program. True if none is.
 */
bool guard_pen_links(const struct cloison_guard *guard, const struct cloison_pen *pen,
		     uint32_t ids[GUARD_HOOKS], struct problem *problem)
{
	char pins[GUARD_PIN_SIZE], path[GUARD_PIN_SIZE + 16];
	bool whole = true;
	int hook;

	guard_pen_pins(pen->path, pins);
	for (hook = 0; hook < GUARD_HOOKS; hook++) {
		struct bpf_link_info info = {};
		uint32_t size = sizeof(info);
		const char *wrong = NULL;
		int link;

		snprintf(path, sizeof(path), "%s/%s", pins, guard_hook_types[hook].name);
		ids[hook] = 0;
		link = guard_open(path);
		if (link < 0 || bpf_obj_get_info_by_fd(link, &info, &size))
			wrong = "is missing";
		else if (info.cgroup.cgroup_id != CLOISON_PLACE_CGROUP(pen->place))
			wrong = "is detached";
		else if (info.prog_id != guard_hook_program(guard, hook))
			wrong = "runs another program";
		else
			ids[hook] = info.id;
		guard_close(&link);
		if (!wrong)
			continue;
		if (whole)
			problem_set(problem, -EUCLEAN,
				    "link %s of pen %s %s: type 'cloison guard load'",
				    guard_hook_types[hook].name, pen->path, wrong);
		whole = false;
	}
	return whole;
}

/* @programs: the directory of the build that it is to be of */
int guard_pen_link_attach(const struct guard_pen_coming *pen, int hook, const char *programs,
			  struct problem *problem)
{
	const struct guard_hook_type *type = &guard_hook_types[hook];
	char path[GUARD_PIN_SIZE];
	int program, link, error;

	snprintf(path, sizeof(path), "%s/%s", programs, type->program);
	program = guard_open(path);
	if (program < 0)
		return problem_set(problem, -EUCLEAN,
				   "%s is missing: type 'cloison guard unload --force', then "
				   "'cloison guard load'",
				   path);
	link = bpf_link_create(program, pen->fd, type->attach, NULL);
	error = link < 0 ? -errno : 0;
	close(program);
	if (error)
		return problem_set(problem, error, "cannot attach at %s of %s: %s%s", type->name,
				   pen->path, strerror(-error),
				   error == -EPERM ? ": a program of another tool allows none "
						     "beside it: see 'bpftool cgroup tree'" :
						     "");
	guard_pen_pins(pen->path, path);
	error = guard_keep(link, path, type->name, problem);
	close(link);
	return error;
}

/* ---- the map ------------------------------------------------------------------------ */

/* The cgroup of @path that lies at @level: its id, or 0. */
static uint64_t ancestor_of(const char *path, uint32_t level)
{
	char directory[4096], *mount, *end;
	struct stat stat_of;
	uint64_t id = 0;

	if (cgroup_mount(&mount))
		return 0;
	snprintf(directory, sizeof(directory), "%s%s", mount, path);
	for (end = directory + strlen(mount); level; level--) {
		end += strcspn(end + 1, "/") + 1;
		if (!*end)
			break;
	}
	*end = '\0';
	if (!stat(directory, &stat_of))
		id = stat_of.st_ino;
	free(mount);
	return id;
}

/* Each pen's first, at the depth of the highest pen. Killed anywhere, each one holds. */
static void firsts_note(struct cloison_pens *pens, const struct guard_pen_coming *more)
{
	uint32_t highest = more ? more->level : CLOISON_LEVELS;
	int i;

	for (i = 0; i < CLOISON_PENS; i++)
		if (pens->pens[i].place && CLOISON_PLACE_LEVEL(pens->pens[i].place) < highest)
			highest = CLOISON_PLACE_LEVEL(pens->pens[i].place);
	for (i = 0; i < CLOISON_PENS; i++) {
		uint64_t id;

		if (!pens->pens[i].path[0])
			continue;
		id = ancestor_of(pens->pens[i].path, highest);
		/* One that is gone is found again by who makes it. */
		if (id)
			__atomic_store_n(&pens->pens[i].first, CLOISON_PLACE(id, highest),
					 __ATOMIC_SEQ_CST);
	}
}

void guard_pen_enter(struct cloison_pens *pens, int at, const struct guard_pen_coming *coming,
		     uint64_t flags)
{
	struct cloison_pen *pen = &pens->pens[at];

	memcpy(pen->path, coming->path, sizeof(pen->path));
	firsts_note(pens, coming);
	__atomic_store_n(&pen->place, CLOISON_PLACE(coming->cgroup, coming->level) | flags,
			 __ATOMIC_SEQ_CST);
}

/* ---- a pen that is to be ---------------------------------------------------------------- */

void guard_pen_close(struct guard_pen_coming *coming)
{
	guard_close(&coming->fd);
	coming->fd = -1;
}

/* @path: below the mount, or with it */
int guard_pen_open(const char *path, struct guard_pen_coming *coming, struct problem *problem)
{
	char *mount, *directory;
	struct stat stat_of;
	int error = guard_cgroup_mount(&mount, problem);

	*coming = (struct guard_pen_coming){ .fd = -1 };
	if (error)
		return error;
	error = cgroup_resolve(mount, path, &directory);
	if (error) {
		error = problem_set(problem, error, "\"%s\" is not a directory below %s", path,
				    mount);
		free(mount);
		return error;
	}
	if ((size_t)snprintf(coming->path, sizeof(coming->path), "%s", directory + strlen(mount)) >=
	    sizeof(coming->path))
		error = problem_set(problem, -ENAMETOOLONG, "%s is too long for a pen: %d bytes",
				    directory, CLOISON_PEN_PATH_SIZE - 1);
	snprintf(coming->directory, sizeof(coming->directory), "%s", directory);
	free(directory);
	free(mount);
	coming->level = guard_depth(coming->path);
	if (!error && coming->level > CLOISON_LEVELS - 2)
		error = problem_set(problem, -EINVAL, "%s lies too deep for a pen", coming->path);
	if (error)
		return error;
	error = cgroup_make(coming->directory, &coming->made);
	if (error)
		return problem_set(problem, error, "%s cannot be made: %s", coming->directory,
				   strerror(-error));
	coming->fd = open(coming->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (coming->fd < 0 || fstat(coming->fd, &stat_of))
		return problem_set(problem, -errno, "%s: %s", coming->directory, strerror(errno));
	coming->cgroup = stat_of.st_ino;
	/* A place is 64 bits: those of an id, and a depth. */
	if (coming->cgroup >> 56)
		return problem_set(problem, -EOVERFLOW, "%s has an id beyond 56 bits",
				   coming->directory);
	return 0;
}

int guard_pen_refuse_tasks(const struct guard_pen_coming *coming, const char *again,
			   struct problem *problem)
{
	int rc = cgroup_populated(coming->directory);

	if (rc < 0)
		return problem_set(problem, rc, "%s: %s", coming->directory, strerror(-rc));
	if (!rc)
		return 0;
	return problem_set(problem, -EBUSY,
			   "%s has processes already, and what they opened no wall can see: end "
			   "them first, or take them in as they are: %s",
			   coming->directory, again);
}

/* Links first. Whether it is there already is the caller's to look at. */
int guard_pen_attach(const struct guard_maps *maps, const struct guard_pen_coming *coming, int at,
		     struct problem *problem)
{
	struct cloison_pens *pens = guard_pens_map(maps);
	char pins[GUARD_PIN_SIZE];
	int hook, error = 0;

	if (!pens)
		return problem_set(problem, -errno, "cloison_pens: %s", strerror(errno));
	for (hook = 0; hook < GUARD_HOOKS && !error; hook++)
		error = guard_pen_link_attach(coming, hook, GUARD_PROGRAMS, problem);
	if (!error) {
		guard_pen_enter(pens, at, coming, 0);
	} else {
		guard_pen_pins(coming->path, pins);
		guard_forget(pins);
	}
	guard_pens_unmap(pens);
	return error;
}

/* ---- for tenants -------------------------------------------------------------------------- */

/* The place of the pen that the cgroup lies below, or -1. */
static int pen_above(const struct cloison_pens *pens, const char *name)
{
	int i;

	for (i = 0; i < CLOISON_PENS; i++)
		if (pens->pens[i].place && guard_below(name, pens->pens[i].path))
			return i;
	return -1;
}

/* With the lock held: whether a tenant's cgroup may be here. @name: guard_cgroup_name() */
int guard_pen_find(const struct guard_maps *maps, const char *name, struct cloison_pen *pen,
		   struct problem *problem)
{
	struct cloison_pens *pens = guard_pens_map(maps);
	int at;

	if (!pens)
		return problem_set(problem, -errno, "cloison_pens: %s", strerror(errno));
	at = pen_above(pens, name);
	if (at >= 0)
		*pen = pens->pens[at];
	guard_pens_unmap(pens);
	if (at < 0 || !strcmp(name, pen->path))
		return problem_set(problem, -EXDEV,
				   "%s is outside every pen, so nothing is attached there: choose "
				   "a cgroup below one that 'cloison pen list' shows, or make its "
				   "parent one: cloison pen add %.*s",
				   name,
				   guard_depth(name) > 1 ? (int)(strrchr(name, '/') - name) : 5,
				   guard_depth(name) > 1 ? name : "/PATH");
	if (pen->place & CLOISON_PLACE_NAKED)
		return problem_set(problem, -EUCLEAN,
				   "pen %s was made again, and nothing is attached there: type "
				   "'cloison guard load'",
				   pen->path);
	return 0;
}

/* ---- guard show ---------------------------------------------------------------- */

static void pen_show(const struct cloison_guard *guard, const struct cloison_pen *pen,
		     struct guard_pen *shown)
{
	char name[CLOISON_PEN_PATH_SIZE];
	struct problem problem = { "" };

	*shown = (struct guard_pen){ .cgroup = CLOISON_PLACE_CGROUP(pen->place) };
	memcpy(shown->path, pen->path, sizeof(shown->path));
	shown->in_force = guard_pen_links(guard, pen, shown->links, &problem);
	if (pen->place & CLOISON_PLACE_NAKED) {
		shown->in_force = false;
		problem_set(&problem, -EUCLEAN,
			    "it was made again, and all below it is refused everything: type "
			    "'cloison guard load'");
	} else if (guard_cgroup_name(shown->cgroup, name, sizeof(name))) {
		shown->in_force = false;
		problem_set(&problem, -ENOENT,
			    "it is gone, and what is made again there is refused everything: "
			    "make it, then type 'cloison guard load'");
	}
	snprintf(shown->problem, sizeof(shown->problem), "%.159s", problem.text);
}

/* All of them; how many is in @count. */
int guard_pens_show(const struct guard_maps *maps, const struct cloison_guard *guard,
		    struct guard_pen list[CLOISON_PENS], size_t *count, struct problem *problem)
{
	struct cloison_pens *pens = guard_pens_map(maps);
	int i;

	*count = 0;
	if (!pens)
		return problem_set(problem, -errno, "cloison_pens: %s", strerror(errno));
	for (i = 0; i < CLOISON_PENS; i++)
		if (pens->pens[i].place)
			pen_show(guard, &pens->pens[i], &list[(*count)++]);
	guard_pens_unmap(pens);
	return 0;
}
