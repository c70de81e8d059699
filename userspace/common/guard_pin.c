// SPDX-License-Identifier: GPL-2.0-only
/* The tree under GUARD_PATH, where people and bpftool find the guard. */
#include "guard_record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define BPFFS "/sys/fs/bpf"
#define BPFFS_MAGIC 0xcafe4a11

/* Not in the tree below BPFFS, which may be mounted anew at any time. */
#define LOCK "/run/cloison-guard.lock"

static bool bpffs_is_there(void)
{
	struct statfs fs;

	return !statfs(BPFFS, &fs) && fs.f_type == BPFFS_MAGIC;
}

int guard_mount(struct problem *problem)
{
	int error;

	if (bpffs_is_there() ||
	    !mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
		return 0;
	error = -errno;
	return problem_set(problem, error, "no BPF file system can be mounted at %s: %s", BPFFS,
			   strerror(-error));
}

/* One change at a time. Returns a descriptor for guard_unlock(). */
int guard_lock(struct problem *problem)
{
	int lock = open(LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (lock < 0 || flock(lock, LOCK_EX)) {
		int error = -errno;

		guard_close(&lock);
		return problem_set(problem, error, "%s: %s", LOCK, strerror(-error));
	}
	return lock;
}

void guard_unlock(int lock)
{
	close(lock);
}

/* @path and the directories above it, up to BPFFS. */
static int directory_make(const char *path)
{
	char part[GUARD_PIN_SIZE];
	size_t at;

	snprintf(part, sizeof(part), "%s", path);
	for (at = sizeof(BPFFS); at <= strlen(path); at++) {
		if (path[at] && path[at] != '/')
			continue;
		part[at] = '\0';
		if (mkdir(part, 0700) && errno != EEXIST)
			return -errno;
		part[at] = path[at];
	}
	return 0;
}

/*
 * Pin, in the place of what may have that name. A second name that is renamed
 * leaves no moment without either.
 */
int guard_pin(int fd, const char *directory, const char *name, struct problem *problem)
{
	char next[GUARD_PIN_SIZE], path[GUARD_PIN_SIZE];
	int error;

	if (!bpffs_is_there())
		return problem_set(problem, -ENOENT,
				   "there is no BPF file system at %s: type 'cloison guard load'",
				   BPFFS);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	snprintf(next, sizeof(next), "%s/%s-next", directory, name);
	error = directory_make(directory);
	if (error)
		return problem_set(problem, error, "%s: %s", directory, strerror(-error));
	unlink(next);
	if (!bpf_obj_pin(fd, next) && !rename(next, path))
		return 0;
	error = -errno;
	unlink(next);
	return problem_set(problem, error, "cannot pin %s: %s", path, strerror(-error));
}

/* Remove a pin, or a directory with all that is in it. */
void guard_remove(const char *path)
{
	struct dirent *entry;
	DIR *directory;

	if (!unlink(path) || errno == ENOENT)
		return;
	directory = opendir(path);
	if (!directory)
		return;
	while ((entry = readdir(directory))) {
		char *inside;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (asprintf(&inside, "%s/%s", path, entry->d_name) < 0)
			continue;
		guard_remove(inside);
		free(inside);
	}
	closedir(directory);
	rmdir(path);
}

/*
 * Return: 0, -ENOENT if no guard is loaded, -EEXIST if it is another build's,
 * -EUCLEAN if a map is missing.
 */
int guard_maps_open(struct guard_maps *maps, struct problem *problem)
{
	int i, error;

	for (i = 0; i < GUARD_MAPS; i++)
		maps->fd[i] = -1;
	error = guard_record_check(problem);
	if (error)
		return error;
	for (i = GUARD_MAPS - 1; i >= 0; i--) {
		char path[GUARD_PIN_SIZE];

		snprintf(path, sizeof(path), "%s/%s", GUARD_MAPS_PATH, guard_map_names[i]);
		maps->fd[i] = guard_open(path);
		if (maps->fd[i] >= 0)
			continue;
		error = maps->fd[i];
		guard_maps_close(maps);
		if (error != -ENOENT)
			return problem_set(problem, error, "%s: %s", path, strerror(-error));
		if (i == GUARD_MAP_GUARD)
			return problem_set(problem, -ENOENT,
					   "no guard is loaded: type 'cloison guard load'");
		return problem_set(problem, -EUCLEAN,
				   "%s is missing: type 'cloison guard unload --force', then "
				   "'cloison guard load'",
				   path);
	}
	return 0;
}

void guard_maps_close(struct guard_maps *maps)
{
	int i;

	for (i = 0; i < GUARD_MAPS; i++) {
		guard_close(&maps->fd[i]);
		maps->fd[i] = -1;
	}
}
