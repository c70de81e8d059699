// SPDX-License-Identifier: GPL-2.0-only
/* Where the tenants' cgroups are, for the LSM programs. */
#include "guard_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The one value of cloison_lsm, shared with the kernel. NULL: errno says why. */
struct cloison_lsm *guard_lsm_map(const struct guard_maps *maps)
{
	void *at = mmap(NULL, sizeof(struct cloison_lsm), PROT_READ | PROT_WRITE, MAP_SHARED,
			maps->fd[GUARD_MAP_LSM], 0);

	return at == MAP_FAILED ? NULL : at;
}

void guard_lsm_unmap(struct cloison_lsm *lsm)
{
	munmap(lsm, sizeof(*lsm));
}

/* All tenants together. */
struct walls {
	char shared[4096]; /* the directory that they have in common, "" for none yet */
	uint32_t levels;
};

/* How deep a directory of the cgroup file system lies; its root at 0. */
static int depth_of(const char *path)
{
	int depth = 0;

	for (path += strlen(GUARD_CGROUPS); *path; path++)
		depth += path[0] == '/' && path[1] && path[1] != '/';
	return depth;
}

static void share(char *shared, const char *path)
{
	size_t i = 0, end = 0;

	if (!shared[0]) {
		strcpy(shared, path);
		return;
	}
	/* Whole names only: /a/bc and /a/bd share /a. */
	for (;; i++) {
		bool ends = !shared[i] || shared[i] == '/', ended = !path[i] || path[i] == '/';

		if (ends && ended)
			end = i;
		if (shared[i] != path[i] || !shared[i])
			break;
	}
	shared[end] = '\0';
}

static int wall_add(const struct guard_maps *maps, uint32_t number,
		    const struct cloison_tenant *tenant, struct walls *walls,
		    struct problem *problem)
{
	struct cloison_wall wall = { .tenant = number, .index = tenant->index };
	char path[sizeof(walls->shared)];
	int depth, error = guard_cgroup_path(tenant->cgroup, path, sizeof(path));

	/* Nobody is in a cgroup that is gone. Of any other the LSM's part must know. */
	if (error == -ESTALE)
		return 0;
	if (error)
		return problem_set(problem, error,
				   "the cgroup of tenant %.64s is not found below %s: %s",
				   tenant->name, GUARD_CGROUPS, strerror(-error));
	depth = depth_of(path);
	if (depth < 1 || depth >= CLOISON_LEVELS)
		return problem_set(problem, -EINVAL,
				   "%s lies too deep for a tenant's cgroup: at most %d levels",
				   path, CLOISON_LEVELS - 1);
	walls->levels |= 1U << depth;
	share(walls->shared, path);
	if (!bpf_map_update_elem(maps->fd[GUARD_MAP_WALLS], &tenant->cgroup, &wall, BPF_ANY))
		return 0;
	return problem_set(problem, -errno, "cloison_walls: %s", strerror(errno));
}

/* Those of tenants that are no more. */
static void walls_prune(const struct guard_maps *maps)
{
	uint64_t cgroup, *before = NULL, gone;
	struct cloison_wall wall;

	while (!bpf_map_get_next_key(maps->fd[GUARD_MAP_WALLS], before, &cgroup)) {
		struct cloison_tenant tenant;

		gone = cgroup;
		if (!bpf_map_lookup_elem(maps->fd[GUARD_MAP_WALLS], &cgroup, &wall) &&
		    !bpf_map_lookup_elem(maps->fd[GUARD_MAP_TENANTS], &wall.tenant, &tenant) &&
		    tenant.cgroup == cgroup) {
			before = &cgroup;
			continue;
		}
		bpf_map_delete_elem(maps->fd[GUARD_MAP_WALLS], &gone);
		before = NULL;
	}
}

static uint64_t first_of(const struct walls *walls)
{
	struct stat stat_of;

	/* 64 bits hold a depth and 56 bits of a number that counts inodes. */
	if (!walls->shared[0] || stat(walls->shared, &stat_of) || stat_of.st_ino >> 56)
		return 0;
	return CLOISON_FIRST(stat_of.st_ino, depth_of(walls->shared));
}

/* Killed anywhere, it leaves the programs looking in more places, never fewer. */
static void walls_note(struct cloison_lsm *lsm, const struct walls *walls)
{
	__atomic_store_n(&lsm->levels, walls->levels, __ATOMIC_SEQ_CST);
	__atomic_store_n(&lsm->first, first_of(walls), __ATOMIC_SEQ_CST);
}

/* With the lock held: all of them anew. */
int guard_lsm_walls(const struct guard_maps *maps, struct problem *problem)
{
	struct cloison_lsm *lsm = guard_lsm_map(maps);
	uint32_t number, *before = NULL;
	struct cloison_tenant tenant;
	struct walls walls = {};
	int error = 0;

	if (!lsm)
		return problem_set(problem, -errno, "cloison_lsm: %s", strerror(errno));
	__atomic_store_n(&lsm->first, 0, __ATOMIC_SEQ_CST);
	while (!error && !bpf_map_get_next_key(maps->fd[GUARD_MAP_TENANTS], before, &number)) {
		before = &number;
		if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_TENANTS], &number, &tenant))
			continue;
		error = wall_add(maps, number, &tenant, &walls, problem);
		__atomic_fetch_or(&lsm->levels, walls.levels, __ATOMIC_SEQ_CST);
	}
	if (!error) {
		walls_prune(maps);
		walls_note(lsm, &walls);
	}
	guard_lsm_unmap(lsm);
	return error;
}

/* With the lock held: of a host of thousands one more, without a look at the others. */
int guard_lsm_wall_add(const struct guard_maps *maps, uint32_t number,
		       const struct cloison_tenant *tenant, struct problem *problem)
{
	struct cloison_lsm *lsm = guard_lsm_map(maps);
	struct walls walls = {};
	uint64_t first;
	int error;

	if (!lsm)
		return problem_set(problem, -errno, "cloison_lsm: %s", strerror(errno));
	first = lsm->first;
	walls.levels = lsm->levels;
	error = first ? guard_cgroup_path(CLOISON_FIRST_CGROUP(first), walls.shared,
					  sizeof(walls.shared)) :
			-ESTALE;
	if (walls.levels && error) {
		guard_lsm_unmap(lsm);
		return guard_lsm_walls(maps, problem);
	}
	__atomic_store_n(&lsm->first, 0, __ATOMIC_SEQ_CST);
	error = wall_add(maps, number, tenant, &walls, problem);
	walls_note(lsm, &walls);
	guard_lsm_unmap(lsm);
	return error;
}

/* With the lock held. Where the others are needs no second look. */
int guard_lsm_wall_remove(const struct guard_maps *maps, uint32_t number,
			  const struct cloison_tenant *tenant)
{
	const struct walls none = {};
	struct cloison_wall wall;
	struct cloison_lsm *lsm;
	uint64_t any;

	if (!bpf_map_lookup_elem(maps->fd[GUARD_MAP_WALLS], &tenant->cgroup, &wall) &&
	    wall.tenant == number)
		bpf_map_delete_elem(maps->fd[GUARD_MAP_WALLS], &tenant->cgroup);
	if (!bpf_map_get_next_key(maps->fd[GUARD_MAP_WALLS], NULL, &any))
		return 0;
	lsm = guard_lsm_map(maps);
	if (!lsm)
		return -errno;
	walls_note(lsm, &none);
	guard_lsm_unmap(lsm);
	return 0;
}
