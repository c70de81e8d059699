/* SPDX-License-Identifier: GPL-2.0-only */
/* cgroup v2 directories: where they are, who is in them, and joining one. */
#ifndef CLOISON_CGROUP_H
#define CLOISON_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The cgroup2 mount, to be freed: the first one that shows the whole hierarchy,
 * wherever it is. -ENOENT if there is none.
 */
int cgroup_mount(char **out);

/* What to type if there is none. Where version 1 is mounted too this covers none of it. */
#define CGROUP_MOUNT_COMMAND "mount --mkdir -t cgroup2 none /run/cgroup2"

/*
 * The directory that `path` means: below the cgroup2 mount `mount` if it is
 * relative, as it stands if absolute. To be freed. -EINVAL if it has "..", is
 * the mount itself or lies outside of it.
 */
int cgroup_resolve(const char *mount, const char *path, char **out);

/*
 * Make the directory, and those above it where they are missing.
 * *made tells whether the last one is new.
 */
int cgroup_make(const char *directory, bool *made);

/* Is a process in the directory or anywhere below it? 1, 0 or -errno. */
int cgroup_populated(const char *directory);

/*
 * Call fn for each process in the directory and below it until it returns not
 * zero, which is then returned.
 */
int cgroup_for_each_process(const char *directory, int (*fn)(pid_t pid, void *data), void *data);

#endif /* CLOISON_CGROUP_H */
