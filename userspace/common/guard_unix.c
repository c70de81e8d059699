// SPDX-License-Identifier: GPL-2.0-only
/* Unix sockets of the host that tenants may talk to. */
#include "guard_allow.h"
#include "guard_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* What is to be allowed, or no more. */
struct entry {
	const char *tenant; /* NULL for all */
	struct cloison_unix key;
	struct cloison_unix_hits value;
};

/*
 * A directory is known by file system and inode, as the kernel has the numbers. There are
 * file systems where stat(2) says others: those would never match.
 */
static int directory_key(const char *path, struct entry *entry, struct problem *problem)
{
	_cleanup_fd_ int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat stat_of;
	struct statfs fs;

	if (strlen(path) >= sizeof(entry->value.path))
		return problem_set(problem, -EINVAL,
				   "the path of a directory has at most %zu bytes",
				   sizeof(entry->value.path) - 1);
	if (fd < 0 || fstat(fd, &stat_of) || fstatfs(fd, &fs))
		return problem_set(problem, -errno, "%s: %s", path, strerror(errno));
	if (fs.f_type != TMPFS_MAGIC && fs.f_type != EXT4_SUPER_MAGIC &&
	    fs.f_type != XFS_SUPER_MAGIC)
		return problem_set(problem, -EINVAL,
				   "%s is on a file system where directories cannot be told apart: "
				   "use one on tmpfs, ext4 or xfs, as below /run",
				   path);
	entry->key.device = CLOISON_DEVICE(major(stat_of.st_dev), minor(stat_of.st_dev));
	entry->key.inode = stat_of.st_ino;
	strcpy(entry->value.path, path);
	return 0;
}

/* As the kernel has the name: an abstract one begins with NUL. */
static int entry_make(const char *tenant, const char *name, struct entry *entry,
		      struct problem *problem)
{
	size_t length = strlen(name);

	*entry = (struct entry){ .tenant = tenant };
	if (name[0] == '/' && length > 1 && name[length - 1] == '/')
		return directory_key(name, entry, problem);
	if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof(entry->key.name))
		return problem_set(problem, -EINVAL,
				   "\"%s\" is no name of a unix socket: say a whole path, one "
				   "with a slash at its end for a directory, or @NAME for an "
				   "abstract one, of at most %zu bytes",
				   name, sizeof(entry->key.name) - 1);
	memcpy(entry->key.name, name, length);
	if (name[0] == '@')
		entry->key.name[0] = '\0';
	return 0;
}

/* With the lock, so that no tenant is removed meanwhile: then it would stay for the next. */
static int entry_change(struct entry *entry,
			int (*change)(int fd, const struct entry *entry, struct problem *problem),
			struct problem *problem)
{
	int lock = guard_lock(problem), error;
	struct cloison_tenant tenant;
	struct guard_maps maps;

	if (lock < 0)
		return lock;
	error = guard_maps_open(&maps, problem);
	if (error)
		goto unlock;
	if (entry->tenant)
		error = guard_tenant_find(&maps, entry->tenant, &entry->key.tenant, &tenant,
					  problem);
	if (!error)
		error = change(maps.fd[GUARD_MAP_UNIX], entry, problem);
	guard_maps_close(&maps);
unlock:
	guard_unlock(lock);
	return error;
}

static int allow(int fd, const struct entry *entry, struct problem *problem)
{
	if (!bpf_map_update_elem(fd, &entry->key, &entry->value, BPF_NOEXIST) || errno == EEXIST)
		return 0;
	return problem_set(problem, errno == E2BIG ? -ENOSPC : -errno,
			   "there is room for %d sockets and directories", CLOISON_UNIX_SOCKETS);
}

/* A directory that is not there any more is known by the path that it was given with. */
static int directory_find(int fd, const struct entry *entry, struct cloison_unix *found)
{
	struct cloison_unix *before = NULL, key;
	struct cloison_unix_hits value;

	for (; !bpf_map_get_next_key(fd, before, &key); before = found) {
		*found = key;
		if (key.tenant == entry->key.tenant && key.inode &&
		    !bpf_map_lookup_elem(fd, &key, &value) &&
		    !strncmp(value.path, entry->value.path, sizeof(value.path)))
			return 0;
	}
	return -ENOENT;
}

static int forbid(int fd, const struct entry *entry, struct problem *problem)
{
	struct cloison_unix key = entry->key;
	const char *name = entry->value.path;

	if ((!*name || !directory_find(fd, entry, &key)) && !bpf_map_delete_elem(fd, &key))
		return 0;
	return problem_set(problem, -ENOENT, "this is not allowed anyway%s%s",
			   entry->tenant ? " to tenant " : "", entry->tenant ? entry->tenant : "");
}

int guard_unix_allow(const char *tenant, const char *name, struct problem *problem)
{
	struct entry entry;
	int error = entry_make(tenant, name, &entry, problem);

	return error ? error : entry_change(&entry, allow, problem);
}

int guard_unix_forbid(const char *tenant, const char *name, struct problem *problem)
{
	size_t length = strlen(name);
	struct entry entry;
	int error;

	if (name[0] == '/' && name[length - 1] == '/' && length < sizeof(entry.value.path)) {
		entry = (struct entry){ .tenant = tenant };
		strcpy(entry.value.path, name);
		return entry_change(&entry, forbid, problem);
	}
	error = entry_make(tenant, name, &entry, problem);
	return error ? error : entry_change(&entry, forbid, problem);
}

static void entry_tell(const struct guard_maps *maps, const struct cloison_unix *key,
		       const struct cloison_unix_hits *value, guard_unix_fn fn, void *data)
{
	char name[sizeof(key->name) + sizeof(value->path)] = { 0 };
	struct cloison_tenant tenant = { .name = "?" };

	if (key->inode) {
		memcpy(name, value->path, sizeof(value->path));
	} else {
		memcpy(name, key->name, sizeof(key->name));
		if (!name[0])
			name[0] = '@';
	}
	if (key->tenant != CLOISON_UNIX_OF_ALL)
		bpf_map_lookup_elem(maps->fd[GUARD_MAP_TENANTS], &key->tenant, &tenant);
	fn(key->tenant != CLOISON_UNIX_OF_ALL ? tenant.name : NULL, name, value->hits, data);
}

int guard_unix_each(guard_unix_fn fn, void *data, struct problem *problem)
{
	struct cloison_unix key, *before = NULL;
	struct cloison_unix_hits value;
	struct guard_maps maps;
	int error = guard_maps_open(&maps, problem);

	if (error)
		return error;
	while (!bpf_map_get_next_key(maps.fd[GUARD_MAP_UNIX], before, &key)) {
		before = &key;
		if (!bpf_map_lookup_elem(maps.fd[GUARD_MAP_UNIX], &key, &value))
			entry_tell(&maps, &key, &value, fn, data);
	}
	guard_maps_close(&maps);
	return 0;
}

/* With the lock held: what is for one tenant alone. */
void guard_unix_remove(const struct guard_maps *maps, uint32_t number)
{
	struct cloison_unix key, gone, *before = NULL;

	while (!bpf_map_get_next_key(maps->fd[GUARD_MAP_UNIX], before, &key)) {
		if (key.tenant != number) {
			before = &key;
			continue;
		}
		gone = key;
		bpf_map_delete_elem(maps->fd[GUARD_MAP_UNIX], &gone);
		before = NULL;
	}
}
