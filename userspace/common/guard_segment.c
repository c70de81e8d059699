// SPDX-License-Identifier: GPL-2.0-only
/* A tenant's cgroup behind the guard, and out again. */
#include "guard_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define CGROUP2_MAGIC 0x63677270

/* FILEID_KERNFS: the handle is the inode number, which is the cgroup's id. */
#define KERNFS_HANDLE 0xfe

/* @sub: "", or a part below the tenant's directory that begins with a slash */
void guard_tenant_path(const char *name, const char *sub, char path[GUARD_PIN_SIZE])
{
	snprintf(path, GUARD_PIN_SIZE, "%s/%.64s%s", GUARD_TENANTS, name, sub);
}

int guard_tenant_find(const struct guard_maps *maps, const char *name, uint32_t *number,
		      struct cloison_tenant *tenant, struct problem *problem)
{
	int fd = maps->fd[GUARD_MAP_TENANTS];
	uint32_t *before = NULL;

	while (!bpf_map_get_next_key(fd, before, number)) {
		before = number;
		if (!bpf_map_lookup_elem(fd, number, tenant) &&
		    !strncmp(tenant->name, name, sizeof(tenant->name)))
			return 0;
	}
	return problem_set(problem, -ENOENT, NOT_BEHIND, name);
}

/* As the module wants names. They become part of a path here. */
static bool name_is_valid(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_";
	size_t length = strlen(name);

	return length && length < CLOISON_TENANT_NAME_SIZE && strspn(name, letters) == length &&
	       name[0] != '-' && name[0] != '_';
}

static int cgroup_number(int cgroup_fd, __u64 *id, struct problem *problem)
{
	struct statfs fs;
	struct stat stat;

	if (fstatfs(cgroup_fd, &fs) || fstat(cgroup_fd, &stat))
		return problem_set(problem, -errno, "the tenant's cgroup: %s", strerror(errno));
	if (fs.f_type != CGROUP2_MAGIC || !S_ISDIR(stat.st_mode))
		return problem_set(problem, -EINVAL,
				   "this is not a directory of a cgroup v2 file system");
	*id = stat.st_ino;
	return 0;
}

/*
 * Whether the tenant is new, and which index is free for it. The same once more
 * was left by a command that was killed on its way, and keeps its index.
 */
static int tenant_place(const struct guard_maps *maps, uint32_t number,
			struct cloison_tenant *tenant, struct problem *problem)
{
	static __thread uint8_t taken[CLOISON_SEGMENTS];
	int fd = maps->fd[GUARD_MAP_TENANTS];
	uint32_t key, *before = NULL;
	struct cloison_tenant other;

	memset(taken, 0, sizeof(taken));
	while (!bpf_map_get_next_key(fd, before, &key)) {
		before = &key;
		if (bpf_map_lookup_elem(fd, &key, &other))
			continue;
		if (key == number && other.cgroup == tenant->cgroup &&
		    !strncmp(other.name, tenant->name, sizeof(other.name))) {
			tenant->index = other.index;
			return 0;
		}
		if (key == number || other.cgroup == tenant->cgroup ||
		    !strncmp(other.name, tenant->name, sizeof(other.name)))
			return problem_set(problem, -EEXIST,
					   "tenant %.63s (number %u) is behind the guard already",
					   other.name, key);
		if (other.index < CLOISON_SEGMENTS)
			taken[other.index] = 1;
	}
	for (tenant->index = 0; tenant->index < CLOISON_SEGMENTS; tenant->index++)
		if (!taken[tenant->index])
			return 0;
	return problem_set(problem, -ENOSPC, "the guard has room for %d tenants", CLOISON_SEGMENTS);
}

/*
 * Deny all, whatever was there: a cgroup's storage outlives what was attached
 * to it. The generation goes on, so that no socket's memory of an earlier
 * policy is taken for one of the next.
 */
static void segment_reset(const struct guard_maps *maps, uint32_t number, uint64_t cgroup)
{
	struct cloison_segment segment;

	bpf_map_delete_elem(maps->fd[GUARD_MAP_CURRENT], &number);
	if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_SEGMENT], &cgroup, &segment))
		return;
	segment = (struct cloison_segment){ .generation = segment.generation };
	bpf_map_update_elem(maps->fd[GUARD_MAP_SEGMENT], &cgroup, &segment, BPF_EXIST);
}

static int link_attach(const char *name, int cgroup_fd, enum guard_hook hook,
		       struct problem *problem)
{
	const struct guard_hook_type *type = &guard_hook_types[hook];
	char path[GUARD_PIN_SIZE];
	int program, link, error;

	snprintf(path, sizeof(path), "%s/%s", GUARD_PROGRAMS, type->program);
	program = guard_open(path);
	if (program < 0)
		return problem_set(problem, -EUCLEAN,
				   "%s is missing: type 'cloison guard unload --force', then "
				   "'cloison guard load'",
				   path);
	link = bpf_link_create(program, cgroup_fd, type->attach, NULL);
	error = link < 0 ? -errno : 0;
	close(program);
	if (error)
		return problem_set(problem, error, "cannot attach at %s: %s%s", type->name,
				   strerror(-error),
				   error == -EPERM ? ": a program of somebody else's allows no "
						     "other beside it" :
						     "");
	guard_tenant_path(name, "/links", path);
	error = guard_keep(link, path, type->name, problem);
	close(link);
	return error;
}

/* The cgroup directory of an id, which is what its file handle consists of. */
int guard_cgroup_open(uint64_t id)
{
	_cleanup_fd_ int root = open(GUARD_CGROUPS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct {
		struct file_handle head;
		uint64_t id;
	} handle = { .head = { .handle_bytes = sizeof(id), .handle_type = KERNFS_HANDLE } };
	int fd;

	if (root < 0)
		return -errno;
	memcpy(handle.head.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(root, &handle.head, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The cgroup's directory. Return: 0; -ESTALE if it is gone; another error if nobody can say. */
int guard_cgroup_path(uint64_t cgroup, char *path, size_t size)
{
	_cleanup_fd_ int fd = guard_cgroup_open(cgroup);
	char link[64];
	ssize_t length;

	path[0] = '\0';
	if (fd < 0)
		return fd;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, size - 1);
	if (length < 0)
		return -errno;
	path[length] = '\0';
	return strncmp(path, GUARD_CGROUPS, strlen(GUARD_CGROUPS)) ? -EXDEV : 0;
}

/*
 * With the lock held: attach again what was detached from a tenant's cgroup.
 * Its policy is that of before, for the cgroup's storage has it still.
 * Return: how many hooks had to be, or a negative errno.
 */
int guard_segment_mend(const struct cloison_guard *guard, const struct cloison_tenant *tenant,
		       struct problem *problem)
{
	uint32_t links[GUARD_HOOKS];
	int error = 0, hook, cgroup, mended = 0;

	if (guard_links_read(guard, tenant, links, NULL))
		return 0;
	cgroup = guard_cgroup_open(tenant->cgroup);
	if (cgroup < 0)
		return problem_set(problem, cgroup,
				   "the cgroup of tenant %s is gone: remove the tenant",
				   tenant->name);
	for (hook = 0; hook < GUARD_HOOKS && !error; hook++) {
		if (links[hook])
			continue;
		error = link_attach(tenant->name, cgroup, hook, problem);
		mended++;
	}
	close(cgroup);
	return error ? error : mended;
}

/* With the lock held: pin a tenant's own maps again where somebody unpinned them. */
int guard_segment_pin(const struct guard_maps *maps, const struct cloison_tenant *tenant,
		      struct problem *problem)
{
	char path[GUARD_PIN_SIZE];
	struct cloison_segment segment;
	int error;

	guard_tenant_path(tenant->name, "/stats", path);
	if (!access(path, F_OK))
		return 0;
	error = guard_flows_pin(maps, tenant->index, tenant->name, problem);
	if (!error)
		error = guard_inner_pin(maps, GUARD_MAP_STATS, tenant->index, tenant->name,
					problem);
	if (!error && !bpf_map_lookup_elem(maps->fd[GUARD_MAP_SEGMENT], &tenant->cgroup, &segment))
		guard_slot_pin(maps, segment.slot, tenant->name);
	return error ? error : 1;
}

static void segment_clear(const struct guard_maps *maps, uint32_t number,
			  const struct cloison_tenant *tenant)
{
	char path[GUARD_PIN_SIZE];

	/* First deny, which ends admission too; then let go. */
	segment_reset(maps, number, tenant->cgroup);
	guard_tenant_path(tenant->name, "", path);
	guard_forget(path);
	guard_devices_remove(maps, number);
	guard_networks_remove(maps, number);
	guard_slot_clear(maps, 2 * tenant->index);
	guard_slot_clear(maps, 2 * tenant->index + 1);
	guard_flows_clear(maps, tenant->index);
	guard_inner_clear(maps, GUARD_MAP_STATS, tenant->index);
}

static int segment_build(const struct guard_maps *maps, uint32_t number,
			 const struct cloison_tenant *tenant, int cgroup_fd,
			 struct problem *problem)
{
	struct policy nothing_passes = {};
	struct guard_tenant commit = { .number = number,
				       .tenant = *tenant,
				       .next = &nothing_passes };
	int error, hook;

	/* First: while this index is in any program's hands it is not free. */
	if (bpf_map_update_elem(maps->fd[GUARD_MAP_TENANTS], &number, tenant, BPF_ANY))
		return problem_set(problem, -errno, "cannot note tenant %s: %s", tenant->name,
				   strerror(errno));
	error = guard_lsm_wall_add(maps, number, tenant, problem);
	if (!error)
		error = guard_flows_new(maps, tenant->index, CLOISON_FLOWS, problem);
	if (!error)
		error = guard_inner_new(maps, GUARD_MAP_STATS, tenant->index, 2, problem);
	if (!error)
		error = guard_flows_pin(maps, tenant->index, tenant->name, problem);
	if (!error)
		error = guard_inner_pin(maps, GUARD_MAP_STATS, tenant->index, tenant->name,
					problem);
	for (hook = 0; hook < GUARD_HOOKS && !error; hook++)
		error = link_attach(tenant->name, cgroup_fd, hook, problem);
	/* Also puts the segment in force, so that admission may be granted. */
	if (!error)
		error = guard_policy_commit(maps, &commit, 1, problem);
	return error;
}

/* With the lock held. The index is free when nothing uses it any more. */
int guard_segment_remove(const struct guard_maps *maps, uint32_t number,
			 const struct cloison_tenant *tenant)
{
	segment_clear(maps, number, tenant);
	if (bpf_map_delete_elem(maps->fd[GUARD_MAP_TENANTS], &number))
		return -errno;
	return guard_lsm_wall_remove(maps, number, tenant);
}

int guard_segment_attach(uint32_t number, const char *name, int cgroup_fd, struct problem *problem)
{
	struct cloison_tenant tenant = {};
	struct guard_maps maps;
	int error, lock;

	if (!name_is_valid(name))
		return problem_set(problem, -EINVAL, "'%.64s' is no name for a tenant", name);
	error = cgroup_number(cgroup_fd, &tenant.cgroup, problem);
	if (error)
		return error;
	snprintf(tenant.name, sizeof(tenant.name), "%s", name);

	lock = guard_lock(problem);
	if (lock < 0)
		return lock;
	error = guard_maps_open(&maps, problem);
	if (error)
		goto unlock;
	error = tenant_place(&maps, number, &tenant, problem);
	if (error)
		goto close_maps;

	/* Also what an attach left that was killed on its way. */
	segment_clear(&maps, number, &tenant);
	error = segment_build(&maps, number, &tenant, cgroup_fd, problem);
	if (error)
		guard_segment_remove(&maps, number, &tenant);

close_maps:
	guard_maps_close(&maps);
unlock:
	guard_unlock(lock);
	return error;
}

/* With the lock: what @change makes of a tenant that is behind the guard. */
int guard_tenant_change(const char *name, guard_tenant_change_fn change, const void *data,
			struct problem *problem)
{
	struct cloison_tenant tenant;
	struct guard_maps maps;
	uint32_t number;
	int error, lock;

	lock = guard_lock(problem);
	if (lock < 0)
		return lock;
	error = guard_maps_open(&maps, problem);
	if (error)
		goto unlock;
	error = guard_tenant_find(&maps, name, &number, &tenant, problem);
	if (!error)
		error = change(&maps, number, &tenant, data, problem);
	guard_maps_close(&maps);
unlock:
	guard_unlock(lock);
	return error;
}

static int segment_detach(const struct guard_maps *maps, uint32_t number,
			  const struct cloison_tenant *tenant, const void *data,
			  struct problem *problem)
{
	int error = guard_segment_remove(maps, number, tenant);

	(void)data;
	/* Rules of others that mean it mean nobody from now on. */
	return error ? error : guard_members_renew(maps, tenant->name, problem);
}

int guard_segment_detach(const char *name, struct problem *problem)
{
	return guard_tenant_change(name, segment_detach, NULL, problem);
}
