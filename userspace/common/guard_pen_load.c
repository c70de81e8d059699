// SPDX-License-Identifier: GPL-2.0-only
/* What guard load does for pens: the standard ones, and those that lost something. */
#include "guard_pen.h"
#include "guard_private.h"

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

/* Whether all standard pens can be; they are made where that is ours to do. */
static int standard_open(size_t number, bool adopt, struct guard_pen_coming *coming,
			 struct problem *problem)
{
	char *mount, *directory;
	bool there;
	int error = guard_cgroup_mount(&mount, problem);

	*coming = (struct guard_pen_coming){ .fd = -1 };
	if (error)
		return error;
	if (asprintf(&directory, "%s%s", mount, standard[number]) < 0)
		directory = NULL;
	free(mount);
	there = directory && !access(directory, F_OK);
	free(directory);
	if (number && !there)
		return 0;
	error = guard_pen_open(standard[number] + 1, coming, problem);
	if (!error && !adopt)
		error = guard_pen_refuse_tasks(coming, "cloison guard load --adopt", problem);
	if (error)
		guard_pen_close(coming);
	return error;
}

/* Before a guard is loaded: whether its pens can be attached to. */
int guard_pens_check(bool adopt, struct problem *problem)
{
	struct guard_pen_coming coming;
	int error = 0;
	size_t i;

	for (i = 0; i < STANDARD && !error; i++) {
		error = standard_open(i, adopt, &coming, problem);
		guard_pen_close(&coming);
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
	struct guard_pen_coming coming;
	int error = 0;
	size_t i;

	if (!pens)
		return problem_set(problem, -errno, "cloison_pens: %s", strerror(errno));
	pens->control = control_device();
	guard_pens_unmap(pens);
	for (i = 0; i < STANDARD && !error; i++) {
		error = standard_open(i, true, &coming, problem);
		if (!error && coming.fd >= 0)
			error = guard_pen_attach(maps, &coming, (int)i, problem);
		guard_pen_close(&coming);
	}
	return error;
}

/* A directory that stands where the pen was is the pen, made again. */
static int mend_open(const struct cloison_pen *pen, struct guard_pen_coming *coming)
{
	struct stat stat_of;
	char *mount;
	int error = cgroup_mount(&mount);

	*coming = (struct guard_pen_coming){ .fd = -1 };
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
	struct guard_pen_coming coming;
	__u64 naked;
	int error, hook, mended = 0;

	error = mend_open(pen, &coming);
	/* Nothing is below what is gone. It comes back naked. */
	if (error == -ENOENT)
		return 0;
	if (error)
		return problem_set(problem, error, "pen %s", pen->path);
	if (coming.cgroup != CLOISON_PLACE_CGROUP(pen->place))
		guard_pen_enter(pens, at, &coming, CLOISON_PLACE_NAKED);
	guard_pen_links(guard, pen, links, NULL);
	for (hook = 0; hook < GUARD_HOOKS && !error; hook++) {
		if (links[hook])
			continue;
		error = guard_pen_link_attach(&coming, hook, GUARD_PROGRAMS, problem);
		mended++;
	}
	naked = CLOISON_PLACE(coming.cgroup, coming.level) | CLOISON_PLACE_NAKED;
	if (!error)
		mended += __atomic_compare_exchange_n(&pen->place, &naked,
						      naked & ~CLOISON_PLACE_NAKED, false,
						      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	guard_pen_close(&coming);
	return error ? error : mended;
}

/* At the hooks where a pen has no link at all: the build that comes has more of them. */
static int pen_extend(const struct cloison_pen *pen, const char *programs, struct problem *problem)
{
	char pins[GUARD_PIN_SIZE], path[GUARD_PIN_SIZE + 16];
	struct guard_pen_coming coming;
	int error = mend_open(pen, &coming), hook;

	/* What is gone or made again is mended by the load that follows. */
	if (error || coming.cgroup != CLOISON_PLACE_CGROUP(pen->place)) {
		guard_pen_close(&coming);
		return 0;
	}
	guard_pen_pins(pen->path, pins);
	for (hook = 0; hook < GUARD_HOOKS && !error; hook++) {
		_cleanup_fd_ int link = -1;

		snprintf(path, sizeof(path), "%s/%s", pins, guard_hook_types[hook].name);
		link = guard_open(path);
		if (link < 0)
			error = guard_pen_link_attach(&coming, hook, programs, problem);
	}
	guard_pen_close(&coming);
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
