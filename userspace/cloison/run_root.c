// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file systems that a command sees: the host's root (or --root) read-only, with
 * its own /tmp, /dev, /proc and /sys, and what --write names.
 *
 * The parent builds the tree in a mount namespace of its own. Init gets a copy that
 * belongs to its user namespace, in which the kernel locks what was set before: no
 * root inside makes a mount writable again, or looks below it.
 */
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"
#include "run.h"
#include "run_mount.h"

/*
 * Where the tree stands until it is the root. The host's /sys is not needed there,
 * and each system has the directory.
 */
#define TREE "/sys"

/* Nothing on them may lend rights, and the only devices are those of /dev. */
#define PLAIN (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

/*
 * Views of the kernel, which the host may have mounted anywhere. Where the command
 * has one it is of its own namespaces.
 */
static const char *const kernel_types[] = {
	"autofs", "binfmt_misc", "bpf",	       "cgroup",    "cgroup2", "configfs", "debugfs",
	"devpts", "devtmpfs",	 "efivarfs",   "fusectl",   "mqueue",  "nfsd",	   "proc",
	"pstore", "rpc_pipefs",	 "securityfs", "selinuxfs", "sysfs",   "tracefs",
};

/* Settings of the whole host, and what its processes have open on buses. */
static const char *const proc_settings[] = { "sys", "sysrq-trigger", "irq", "bus", "fs", "acpi" };

static int failed(const char *what, int error)
{
	fail_errno(error, "%s", what);
	return RUN_FAILED;
}

/* ---- in the parent ---------------------------------------------------------------- */

static bool is_kernel_type(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(kernel_types) / sizeof(kernel_types[0]); i++)
		if (!strcmp(type, kernel_types[i]))
			return true;
	return false;
}

/* How many there were below the tree. One that went with another is gone as well. */
static int take_off_once(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char line[8192];
	int count = 0;

	if (!mounts)
		return -1;
	while (getmntent_r(mounts, &entry, line, sizeof(line))) {
		if (strncmp(entry.mnt_dir, TREE "/", strlen(TREE "/")) ||
		    !is_kernel_type(entry.mnt_type))
			continue;
		umount2(entry.mnt_dir, MNT_DETACH | UMOUNT_NOFOLLOW);
		count++;
	}
	endmntent(mounts);
	return count;
}

/* Until there is none: some lie on others. */
static int take_off_kernel_mounts(void)
{
	int tries;

	for (tries = 0; tries < 64; tries++)
		if (!take_off_once())
			return 0;
	fail(EXIT_FAILED, "what the host has mounted of the kernel's cannot be taken off");
	return RUN_FAILED;
}

/* The directories to a place in a file system that is the command's own. */
static void make_directories(const char *path)
{
	char copy[4096];
	char *slash;
	int parent;

	snprintf(copy, sizeof(copy), "%s", path);
	for (slash = strchr(copy + 1, '/'); slash; *slash = '/', slash = strchr(slash + 1, '/')) {
		char *next = strchr(slash + 1, '/');

		*slash = '\0';
		parent = mount_directory(copy);
		if (parent < 0)
			return;
		if (next)
			*next = '\0';
		mkdirat(parent, slash + 1, 0755);
		if (next)
			*next = '/';
		close(parent);
	}
}

/* --write: as the host has it, at the same path. */
static int place_writable(const char *directory)
{
	char path[4096];
	int fd, rc;

	fd = mount_copy(directory, PLAIN);
	if (fd < 0)
		return failed(directory, fd);
	snprintf(path, sizeof(path), TREE "%s", directory);
	make_directories(path);
	rc = mount_place(fd, path);
	if (!rc)
		return 0;
	fail(EXIT_FAILED, "--write %s: there is no such directory inside: %s", directory,
	     strerror(-rc));
	return RUN_FAILED;
}

/* A tmpfs of the command's own; with optional where the root has such a directory. */
static int place_own(const struct run_plan *plan, const char *path, const char *mode, bool optional)
{
	struct mount_option options[3] = { { "mode", "" }, { "uid", "" }, { "gid", "" } };
	uid_t owner = run_user_shift(&plan->user, 0);
	int there = mount_directory(path), rc;

	if (there >= 0)
		close(there);
	else if (optional)
		return 0;
	snprintf(options[0].value, sizeof(options[0].value), "%s", mode);
	snprintf(options[1].value, sizeof(options[1].value), "%u", owner);
	snprintf(options[2].value, sizeof(options[2].value), "%u", owner);
	rc = mount_place(mount_make("tmpfs", options, 3, PLAIN), path);
	return rc ? failed(path + strlen(TREE), rc) : 0;
}

/*
 * Another root's files have the host's ids on disk. By the map they are the same
 * users inside; where the file system cannot do it they belong to nobody there.
 */
static int map_ids(const struct run_plan *plan, int tree)
{
	struct mount_attr change = { .attr_set = MOUNT_ATTR_IDMAP };
	int user, rc = 0;

	if (!plan->root || !plan->user.mapped)
		return 0;
	user = run_user_namespace(&plan->user);
	if (user < 0) {
		fail(EXIT_FAILED, "--root %s: no user namespace to map it by", plan->root);
		return RUN_FAILED;
	}
	change.userns_fd = (uint64_t)user;
	if (mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof(change)) &&
	    mount_setattr(tree, "", AT_EMPTY_PATH, &change, sizeof(change)) && errno != EINVAL)
		rc = failed(plan->root, -errno);
	close(user);
	return rc;
}

/* Nothing but /dev: for work that no program of the tenant's does. */
static int place_empty_root(void)
{
	int rc;

	mount_take_off(TREE);
	rc = mount_place(mount_make("tmpfs", NULL, 0, PLAIN), TREE);
	if (rc || mkdir(TREE "/dev", 0755))
		return failed("an empty root", rc ? rc : -errno);
	return 0;
}

static int place_root(const struct run_plan *plan)
{
	static const char *const needed[] = { "/dev", "/proc", "/sys", "/tmp" };
	const char *root = plan->root ? plan->root : "/";
	int tree = mount_copy(root, PLAIN | MOUNT_ATTR_RDONLY), there, rc;
	char path[64];
	size_t i;

	if (tree < 0)
		return failed(root, tree);
	if (map_ids(plan, tree)) {
		close(tree);
		return RUN_FAILED;
	}
	mount_take_off(TREE);
	rc = mount_place(tree, TREE);
	if (rc)
		return failed(root, rc);
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		snprintf(path, sizeof(path), TREE "%s", needed[i]);
		there = mount_directory(path);
		if (there >= 0) {
			close(there);
			continue;
		}
		fail(EXIT_FAILED, "%s has no directory %s, on which the tenant's is mounted", root,
		     needed[i]);
		return RUN_FAILED;
	}
	return 0;
}

static int place_devices(const struct run_plan *plan)
{
	int dev = dup(plan->devices.dev), pts = dup(plan->devices.pts);
	int rc = mount_place(dev, TREE "/dev");

	if (rc) {
		close(pts);
		return failed("/dev", rc);
	}
	rc = mount_place(pts, TREE "/dev/pts");
	if (rc)
		return failed("/dev/pts", rc);
	return place_own(plan, TREE "/dev/shm", "01777", false);
}

int run_root_prepare(struct run_plan *plan)
{
	const unsigned int kernel = PLAIN | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY;
	int i, rc;

	if (unshare(CLONE_NEWNS) || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return failed("mount namespace", -errno);
	if (plan->work) {
		rc = place_empty_root();
		return rc ? rc : place_devices(plan);
	}
	rc = place_root(plan);
	if (!rc)
		rc = place_own(plan, TREE "/tmp", "01777", false);
	if (!rc)
		rc = place_own(plan, TREE "/var/tmp", "01777", true);
	if (!rc && plan->user.mapped)
		rc = place_own(plan, TREE "/root", "0700", true);
	for (i = 0; i < plan->write.count && !rc; i++)
		rc = place_writable(plan->write.items[i]);
	if (!rc)
		rc = take_off_kernel_mounts();
	if (!rc)
		rc = place_devices(plan);
	if (rc)
		return rc;
	/* The view of the network namespace that the command will have. */
	rc = mount_place(mount_make("sysfs", NULL, 0, kernel), TREE "/sys");
	return rc ? failed("/sys", rc) : 0;
}

/* ---- in init ------------------------------------------------------------------------ */

static int cover_proc_settings(void)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(proc_settings) / sizeof(proc_settings[0]); i++) {
		snprintf(path, sizeof(path), TREE "/proc/%s", proc_settings[i]);
		/* Not every architecture has all of them. */
		if (access(path, F_OK))
			continue;
		if (mount(path, path, NULL, MS_BIND, NULL) ||
		    mount("", path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL))
			return -errno;
	}
	return 0;
}

static int mount_views(void)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	int rc;

	/* The host's /proc has to be there still: else the kernel refuses another one. */
	if (mount("proc", TREE "/proc", "proc", flags, NULL))
		return failed("/proc", -errno);
	rc = cover_proc_settings();
	if (rc)
		return failed("/proc", rc);
	if (mount("mqueue", TREE "/dev/mqueue", "mqueue", flags, NULL))
		return failed("/dev/mqueue", -errno);
	if (mount("cgroup2", TREE "/sys/fs/cgroup", "cgroup2", flags | MS_RDONLY, NULL))
		return failed("/sys/fs/cgroup", -errno);
	return 0;
}

int run_root_enter(const struct run_plan *plan)
{
	/* A mount that came with the namespace is locked, and cannot become the root. */
	if (mount(TREE, TREE, NULL, MS_BIND | MS_REC, NULL))
		return failed("the tenant's root", -errno);
	if (!plan->work && mount_views())
		return RUN_FAILED;
	/* The old root ends on top of the new one, and is taken off from there. */
	if (chdir(TREE) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) ||
	    chdir("/"))
		return failed("the tenant's root", -errno);
	return 0;
}
