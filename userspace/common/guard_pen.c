// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pens: parent cgroups where the segmentation is attached once, for all tenants
 * below. The links come first, then the pen into the map: before that a task below
 * is the host's to the LSM, and has no packets.
 */
#include "guard_private.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cgroup.h"

/* Where tenants are if nothing else is said; the second if systemd has it. */
static const char *const standard[] = { "/cloison", "/cloison.slice" };
#define STANDARD (sizeof(standard) / sizeof(standard[0]))

#define CONTROL_NODE "/dev/cloison/control"

/* A pen as it is to be. */
struct coming {
	char path[CLOISON_PEN_PATH_SIZE]; /* from the root of the cgroup file system */
	char directory[4096];
	uint32_t level;
	uint64_t cgroup;
	bool made; /* the directory is ours to remove if it fails */
	int fd;
};

/* The pen's part of a path below GUARD_PATH: a dot is not for pins. */
static void pen_pins(const char *path, char pins[GUARD_PIN_SIZE])
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

	pen_pins(pen->path, pins);
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
static int link_attach(const struct coming *pen, int hook, const char *programs,
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
	pen_pins(pen->path, path);
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
static void firsts_note(struct cloison_pens *pens, const struct coming *more)
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

static void pen_enter(struct cloison_pens *pens, int at, const struct coming *coming,
		      uint64_t flags)
{
	struct cloison_pen *pen = &pens->pens[at];

	memcpy(pen->path, coming->path, sizeof(pen->path));
	firsts_note(pens, coming);
	__atomic_store_n(&pen->place, CLOISON_PLACE(coming->cgroup, coming->level) | flags,
			 __ATOMIC_SEQ_CST);
}

static void pen_leave(struct cloison_pen *pen)
{
	char pins[GUARD_PIN_SIZE];

	pen_pins(pen->path, pins);
	__atomic_store_n(&pen->place, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&pen->first, 0, __ATOMIC_SEQ_CST);
	guard_forget(pins);
	memset(pen->path, 0, sizeof(pen->path));
}

/* ---- a pen that is to be ---------------------------------------------------------------- */

static void coming_close(struct coming *coming)
{
	guard_close(&coming->fd);
	coming->fd = -1;
}

/* @path: below the mount, or with it */
static int coming_open(const char *path, struct coming *coming, struct problem *problem)
{
	char *mount, *directory;
	struct stat stat_of;
	int error = guard_cgroup_mount(&mount, problem);

	*coming = (struct coming){ .fd = -1 };
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

static int coming_refuse_tasks(const struct coming *coming, const char *again,
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
static int coming_attach(const struct guard_maps *maps, const struct coming *coming, int at,
			 struct problem *problem)
{
	struct cloison_pens *pens = guard_pens_map(maps);
	char pins[GUARD_PIN_SIZE];
	int hook, error = 0;

	if (!pens)
		return problem_set(problem, -errno, "cloison_pens: %s", strerror(errno));
	for (hook = 0; hook < GUARD_HOOKS && !error; hook++)
		error = link_attach(coming, hook, GUARD_PROGRAMS, problem);
	if (!error) {
		pen_enter(pens, at, coming, 0);
	} else {
		pen_pins(coming->path, pins);
		guard_forget(pins);
	}
	guard_pens_unmap(pens);
	return error;
}

/* ---- guard load -------------------------------------------------------------------------- */

/* Whether all standard pens can be; they are made where that is ours to do. */
static int standard_open(size_t number, bool adopt, struct coming *coming, struct problem *problem)
{
	char *mount, *directory;
	bool there;
	int error = guard_cgroup_mount(&mount, problem);

	*coming = (struct coming){ .fd = -1 };
	if (error)
		return error;
	if (asprintf(&directory, "%s%s", mount, standard[number]) < 0)
		directory = NULL;
	free(mount);
	there = directory && !access(directory, F_OK);
	free(directory);
	if (number && !there)
		return 0;
	error = coming_open(standard[number] + 1, coming, problem);
	if (!error && !adopt)
		error = coming_refuse_tasks(coming, "cloison guard load --adopt", problem);
	if (error)
		coming_close(coming);
	return error;
}

/* Before a guard is loaded: whether its pens can be attached to. */
int guard_pens_check(bool adopt, struct problem *problem)
{
	struct coming coming;
	int error = 0;
	size_t i;

	for (i = 0; i < STANDARD && !error; i++) {
		error = standard_open(i, adopt, &coming, problem);
		coming_close(&coming);
	}
	return error;
}

/* The kernel's number of a device, as its inodes have it. */
static uint32_t control_device(void)
{
	struct stat node;

	if (stat(CONTROL_NODE, &node))
		return 0;
	return major(node.st_rdev) << 20 | minor(node.st_rdev);
}

/* Of a guard that is new, its programs held: attach where pens are if nothing else is said. */
int guard_pens_begin(const struct guard_maps *maps, struct problem *problem)
{
	struct cloison_pens *pens = guard_pens_map(maps);
	struct coming coming;
	int error = 0;
	size_t i;

	if (!pens)
		return problem_set(problem, -errno, "cloison_pens: %s", strerror(errno));
	pens->control = control_device();
	guard_pens_unmap(pens);
	for (i = 0; i < STANDARD && !error; i++) {
		error = standard_open(i, true, &coming, problem);
		if (!error && coming.fd >= 0)
			error = coming_attach(maps, &coming, (int)i, problem);
		coming_close(&coming);
	}
	return error;
}

/* A directory that stands where the pen was is the pen, made again. */
static int mend_open(const struct cloison_pen *pen, struct coming *coming)
{
	struct stat stat_of;
	char *mount;
	int error = cgroup_mount(&mount);

	*coming = (struct coming){ .fd = -1 };
	if (error)
		return error;
	memcpy(coming->path, pen->path, sizeof(coming->path));
	snprintf(coming->directory, sizeof(coming->directory), "%s%s", mount, pen->path);
	free(mount);
	coming->fd = open(coming->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (coming->fd < 0 || fstat(coming->fd, &stat_of))
		return -errno;
	coming->cgroup = stat_of.st_ino;
	coming->level = guard_depth(coming->path);
	return 0;
}

/*
 * Attach what is missing. A pen that was made again stays naked until all is there;
 * if it is made again meanwhile, it is naked still. Return: how many links, or an
 * error.
 */
static int pen_mend(struct cloison_pens *pens, int at, const struct cloison_guard *guard,
		    struct problem *problem)
{
	struct cloison_pen *pen = &pens->pens[at];
	uint32_t links[GUARD_HOOKS];
	struct coming coming;
	__u64 naked;
	int error, hook, mended = 0;

	error = mend_open(pen, &coming);
	/* Nothing is below what is gone. It comes back naked. */
	if (error == -ENOENT)
		return 0;
	if (error)
		return problem_set(problem, error, "pen %s", pen->path);
	if (coming.cgroup != CLOISON_PLACE_CGROUP(pen->place))
		pen_enter(pens, at, &coming, CLOISON_PLACE_NAKED);
	guard_pen_links(guard, pen, links, NULL);
	for (hook = 0; hook < GUARD_HOOKS && !error; hook++) {
		if (links[hook])
			continue;
		error = link_attach(&coming, hook, GUARD_PROGRAMS, problem);
		mended++;
	}
	naked = CLOISON_PLACE(coming.cgroup, coming.level) | CLOISON_PLACE_NAKED;
	if (!error)
		mended += __atomic_compare_exchange_n(&pen->place, &naked,
						      naked & ~CLOISON_PLACE_NAKED, false,
						      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	coming_close(&coming);
	return error ? error : mended;
}

/* At the hooks where a pen has no link at all: the build that comes has more of them. */
static int pen_extend(const struct cloison_pen *pen, const char *programs, struct problem *problem)
{
	char pins[GUARD_PIN_SIZE], path[GUARD_PIN_SIZE + 16];
	struct coming coming;
	int error = mend_open(pen, &coming), hook;

	/* What is gone or made again is mended by the load that follows. */
	if (error || coming.cgroup != CLOISON_PLACE_CGROUP(pen->place)) {
		coming_close(&coming);
		return 0;
	}
	pen_pins(pen->path, pins);
	for (hook = 0; hook < GUARD_HOOKS && !error; hook++) {
		_cleanup_fd_ int link = -1;

		snprintf(path, sizeof(path), "%s/%s", pins, guard_hook_types[hook].name);
		link = guard_open(path);
		if (link < 0)
			error = link_attach(&coming, hook, programs, problem);
	}
	coming_close(&coming);
	return error;
}

/* With the lock held: before the programs of a build must be in force at all hooks. */
int guard_pens_extend(const struct guard_maps *maps, const char *programs, struct problem *problem)
{
	struct cloison_pens *pens = guard_pens_map(maps);
	int i, error = 0;

	if (!pens)
		return problem_set(problem, -errno, "cloison_pens: %s", strerror(errno));
	for (i = 0; i < CLOISON_PENS && !error; i++)
		if (pens->pens[i].place)
			error = pen_extend(&pens->pens[i], programs, problem);
	guard_pens_unmap(pens);
	return error;
}

/* With the lock held. One pen that cannot be mended keeps no other from it. */
int guard_pens_mend(const struct guard_maps *maps, const struct cloison_guard *guard, bool *changed,
		    struct problem *problem)
{
	struct cloison_pens *pens = guard_pens_map(maps);
	int i, error = 0, mended;

	if (!pens)
		return problem_set(problem, -errno, "cloison_pens: %s", strerror(errno));
	for (i = 0; i < CLOISON_PENS; i++) {
		if (!pens->pens[i].place)
			continue;
		mended = pen_mend(pens, i, guard, problem);
		*changed |= mended > 0;
		if (mended < 0)
			error = mended;
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

/* ---- cloison pen ---------------------------------------------------------------------------- */

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

static int place_for(const struct cloison_pens *pens, const struct coming *coming,
		     struct problem *problem)
{
	char pins[GUARD_PIN_SIZE], others[GUARD_PIN_SIZE];
	int i, at = -1;

	pen_pins(coming->path, pins);
	for (i = 0; i < CLOISON_PENS; i++) {
		const struct cloison_pen *pen = &pens->pens[i];

		if (!pen->place) {
			if (at < 0)
				at = i;
			continue;
		}
		pen_pins(pen->path, others);
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
	struct coming coming;
	struct change change;
	int error, at;

	error = change_begin(&change, problem);
	if (error)
		return error;
	error = coming_open(path, &coming, problem);
	if (!error) {
		at = place_for(change.pens, &coming, problem);
		error = at < 0 ? at : 0;
	}
	snprintf(again, sizeof(again), "cloison pen add %s --adopt", coming.path);
	if (!error && !adopt)
		error = coming_refuse_tasks(&coming, again, problem);
	if (!error)
		error = coming_attach(&change.maps, &coming, at, problem);
	if (error && coming.made)
		rmdir(coming.directory);
	coming_close(&coming);
	change_end(&change);
	return error;
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

/* ---- guard show ------------------------------------------------------------------------------- */

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
