// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tenant's /dev: its own regions' nodes and those that have no device behind
 * them. The host makes it, since a tmpfs that a user namespace mounts has no usable
 * nodes. The parent keeps it open and adds what regions are made later.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "command.h"
#include "run.h"
#include "run_mount.h"

#define REGIONS "/dev/cloison"

static const struct {
	const char *name;
	unsigned int minor_of, major_of;
} nodes[] = {
	{ "null", 3, 1 },   { "zero", 5, 1 },	 { "full", 7, 1 },
	{ "random", 8, 1 }, { "urandom", 9, 1 }, { "tty", 0, 5 },
};

static const struct {
	const char *name, *to;
} links[] = {
	{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

static const char *const directories[] = { "pts", "shm", "mqueue", "cloison" };

/* Owner and mode apart, since mknod has a mask, and those may change. */
static int node_set(int directory, const char *name, uid_t uid, gid_t gid, mode_t mode)
{
	if (fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW) ||
	    fchmodat(directory, name, mode & 0777, 0))
		return -errno;
	return 0;
}

static int fill(const struct run_plan *plan, int dev)
{
	const struct run_user *user = &plan->user;
	size_t i;
	int rc = 0;

	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		if (mkdirat(dev, directories[i], 0755))
			return -errno;
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		if (symlinkat(links[i].to, dev, links[i].name))
			return -errno;
	for (i = 0; i < sizeof(nodes) / sizeof(nodes[0]) && !rc; i++) {
		if (mknodat(dev, nodes[i].name, S_IFCHR | 0600,
			    makedev(nodes[i].major_of, nodes[i].minor_of)))
			return -errno;
		rc = node_set(dev, nodes[i].name, run_user_shift(user, 0), run_user_shift(user, 0),
			      0666);
	}
	return rc;
}

/* One node as the host has it; its owner is named inside as on the host. */
static int node_copy(const struct run_plan *plan, const char *name, const struct stat *from)
{
	const struct run_devices *devices = &plan->devices;
	const struct run_user *user = &plan->user;
	struct stat to;

	if (!fstatat(devices->nodes, name, &to, AT_SYMLINK_NOFOLLOW) &&
	    to.st_rdev != from->st_rdev && unlinkat(devices->nodes, name, 0))
		return -errno;
	if (mknodat(devices->nodes, name, S_IFCHR | 0600, from->st_rdev) && errno != EEXIST)
		return -errno;
	/* What the host's root asks for is done whatever the node's mode. */
	if (plan->work)
		return node_set(devices->nodes, name, user->uid, user->gid, 0600);
	return node_set(devices->nodes, name, run_user_shift(user, from->st_uid),
			run_user_shift(user, from->st_gid), from->st_mode);
}

/* Nodes whose region has gone. */
static int prune(const struct run_plan *plan, int host)
{
	int copy = openat(plan->devices.nodes, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	struct stat status;
	int rc = 0;

	if (!directory)
		return -errno;
	while (!rc && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		if ((host < 0 || fstatat(host, entry->d_name, &status, AT_SYMLINK_NOFOLLOW)) &&
		    unlinkat(plan->devices.nodes, entry->d_name, 0) && errno != ENOENT)
			rc = -errno;
	}
	closedir(directory);
	return rc;
}

static int follow(const struct run_plan *plan)
{
	char path[512];
	struct dirent *entry;
	struct stat status;
	DIR *directory;
	int fd, rc;

	snprintf(path, sizeof(path), REGIONS "/%s", plan->tenant);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = prune(plan, fd);

	/* With its last region the tenant's directory goes as well. */
	directory = fd < 0 ? NULL : fdopendir(fd);
	while (!rc && directory && (entry = readdir(directory))) {
		if (fstatat(fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISCHR(status.st_mode))
			continue;
		rc = node_copy(plan, entry->d_name, &status);
	}
	if (directory)
		closedir(directory);
	return rc;
}

/* First watch, then look, so that nothing is made in between unseen. */
static void watch(const struct run_plan *plan)
{
	char path[512];

	snprintf(path, sizeof(path), REGIONS "/%s", plan->tenant);
	inotify_add_watch(plan->devices.watcher, REGIONS, IN_CREATE | IN_ONLYDIR);
	inotify_add_watch(plan->devices.watcher, path,
			  IN_CREATE | IN_DELETE | IN_ATTRIB | IN_ONLYDIR);
}

int run_devices_follow(const struct run_plan *plan)
{
	char events[4096];
	int rc;

	while (read(plan->devices.watcher, events, sizeof(events)) > 0)
		;
	watch(plan);
	rc = follow(plan);
	return rc ? fail_errno(rc, "nodes of the tenant's regions") : 0;
}

static int make(struct run_plan *plan)
{
	struct run_devices *devices = &plan->devices;
	struct mount_option pts[] = { { "ptmxmode", "0666" }, { "mode", "0620" }, { "gid", "" } };
	const struct mount_option root[] = { { "mode", "0755" } };
	char path[512];
	int rc;

	/* The group tty has the number 5 in every Debian, and most others. */
	snprintf(pts[2].value, sizeof(pts[2].value), "%u", run_user_shift(&plan->user, 5));
	devices->dev = mount_make("tmpfs", root, 1, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	devices->pts = mount_make("devpts", pts, 3, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (devices->dev < 0 || devices->pts < 0)
		return devices->dev < 0 ? devices->dev : devices->pts;
	rc = fill(plan, devices->dev);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "cloison/%s", plan->tenant);
	if (mkdirat(devices->dev, path, 0755))
		return -errno;
	devices->nodes = openat(devices->dev, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	devices->watcher = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	return devices->nodes < 0 || devices->watcher < 0 ? -errno : 0;
}

int run_devices_make(struct run_plan *plan)
{
	int rc = make(plan);

	if (!rc)
		return run_devices_follow(plan) ? RUN_FAILED : 0;
	fail_errno(rc, "the tenant's /dev");
	return RUN_FAILED;
}
