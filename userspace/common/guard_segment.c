// SPDX-License-Identifier: GPL-2.0-only
/* A tenant's cgroup behind the guard, and out again. */
#include "guard_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define CGROUP2_MAGIC 0x63677270

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

/* With the lock held: pin a tenant's own maps again where somebody unpinned them. */
int guard_segment_pin(const struct guard_maps *maps, const struct cloison_tenant *tenant,
		      struct problem *problem)
{
	char path[GUARD_PIN_SIZE];
	struct cloison_segment segment;
	int error;

	guard_tenant_path(tenant->name, "/ours", path);
	if (!access(path, F_OK))
		return 0;
	error = guard_flows_pin(maps, tenant->index, tenant->name, problem);
	if (!error && !guard_segment_read(maps, tenant, &segment) && segment.mode != CLOISON_UNSET)
		guard_slot_pin(maps, segment.slot, tenant->name);
	return error ? error : 1;
}

static void segment_clear(const struct guard_maps *maps, uint32_t number,
			  const struct cloison_tenant *tenant)
{
	char path[GUARD_PIN_SIZE];

	guard_cgroup_leave(maps, tenant);
	guard_tenant_path(tenant->name, "", path);
	guard_forget(path);
	guard_devices_remove(maps, number);
	guard_networks_remove(maps, number);
	guard_nodes_remove(maps, number);
	guard_unix_remove(maps, number);
	guard_slot_clear(maps, 2 * tenant->index);
	guard_slot_clear(maps, 2 * tenant->index + 1);
	guard_flows_clear(maps, tenant->index);
	guard_stats_clear(maps, tenant->index);
	guard_slot_limit(maps, tenant->index, false);
	guard_limits_clear(maps, tenant->index);
}

/* A task below the cgroup is a stray, to whom all is denied, until all is there. */
static int segment_build(const struct guard_maps *maps, uint32_t number,
			 const struct cloison_tenant *tenant, struct problem *problem)
{
	struct policy nothing_passes = {};
	struct guard_tenant commit = { .number = number,
				       .tenant = *tenant,
				       .next = &nothing_passes };
	int error;

	/* First: while this index is in any program's hands it is not free. */
	if (bpf_map_update_elem(maps->fd[GUARD_MAP_TENANTS], &number, tenant, BPF_ANY))
		return problem_set(problem, -errno, "cannot note tenant %s: %s", tenant->name,
				   strerror(errno));
	error = guard_slot_take(maps, number, tenant, problem);
	if (!error)
		error = guard_flows_new(maps, tenant->index, CLOISON_FLOWS, problem);
	if (!error)
		error = guard_flows_pin(maps, tenant->index, tenant->name, problem);
	/* Puts the segment in force, so that admission may be granted. */
	if (!error)
		error = guard_policy_commit(maps, &commit, 1, problem);
	return error ? error : guard_cgroup_enter(maps, tenant, problem);
}

/* With the lock held. The index is free when nothing uses it any more. */
int guard_segment_remove(const struct guard_maps *maps, uint32_t number,
			 const struct cloison_tenant *tenant)
{
	segment_clear(maps, number, tenant);
	return bpf_map_delete_elem(maps->fd[GUARD_MAP_TENANTS], &number) ? -errno : 0;
}

/* Whether the cgroup may be a tenant's: below a pen, and in no other tenant. */
static int cgroup_check(const struct guard_maps *maps, uint32_t number,
			struct cloison_tenant *tenant, struct problem *problem)
{
	int fd = maps->fd[GUARD_MAP_TENANTS], error;
	char name[4096], others[4096];
	uint32_t key, *before = NULL;
	struct cloison_tenant other;
	struct cloison_pen pen;

	error = guard_cgroup_name(tenant->cgroup, name, sizeof(name));
	if (error)
		return problem_set(problem, error, "the tenant's cgroup is not to be found: %s",
				   strerror(-error));
	error = guard_pen_find(maps, name, &pen, problem);
	if (error)
		return error;
	tenant->level = guard_depth(name);
	if (tenant->level >= CLOISON_LEVELS)
		return problem_set(problem, -EINVAL,
				   "%s lies too deep for a tenant's cgroup: at most %d levels",
				   name, CLOISON_LEVELS - 1);
	while (!bpf_map_get_next_key(fd, before, &key)) {
		before = &key;
		/* At the same depth none is in the other. */
		if (bpf_map_lookup_elem(fd, &key, &other) || key == number ||
		    (other.level == tenant->level && other.cgroup != tenant->cgroup) ||
		    guard_cgroup_name(other.cgroup, others, sizeof(others)))
			continue;
		if (guard_below(name, others) || guard_below(others, name))
			return problem_set(
				problem, -EBUSY,
				"%s is at, above or below %s, the cgroup of tenant %.63s", name,
				others, other.name);
	}
	return 0;
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
	if (!error)
		error = cgroup_check(&maps, number, &tenant, problem);
	if (error)
		goto close_maps;

	/* Also what an attach left that was killed on its way. */
	segment_clear(&maps, number, &tenant);
	error = segment_build(&maps, number, &tenant, problem);
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

/* ---- another cgroup ------------------------------------------------------------ */

/* What is to be a tenant's cgroup, and the module's half of it. */
struct binding {
	int cgroup_fd;
	guard_bind_fn module;
	void *data;
};

/*
 * Under the policy in force, with another generation: what sockets remember of their
 * tenant is worth nothing from then on.
 */
static int segment_renew(const struct guard_maps *maps, uint32_t number,
			 const struct cloison_tenant *tenant, struct problem *problem)
{
	struct policy policy = {};
	struct guard_tenant commit = { .number = number, .tenant = *tenant, .next = &policy };
	struct cloison_segment segment;
	int error = guard_segment_read(maps, tenant, &segment);

	if (!error)
		error = guard_slot_read(maps, &segment, &policy);
	if (error)
		return problem_set(problem, error, "the policy of tenant %s cannot be read: %s",
				   tenant->name, strerror(-error));
	error = guard_policy_commit(maps, &commit, 1, problem);
	policy_free(&policy);
	return error;
}

static int tenant_move(const struct guard_maps *maps, uint32_t number,
		       const struct cloison_tenant *tenant, struct problem *problem)
{
	int error = guard_slot_move(maps, tenant);

	if (!error && bpf_map_update_elem(maps->fd[GUARD_MAP_TENANTS], &number, tenant, BPF_EXIST))
		error = -errno;
	if (!error)
		return 0;
	return problem_set(problem, error, "cannot note tenant %s: %s", tenant->name,
			   strerror(-error));
}

/*
 * First the old cgroup is a stray's, then the module moves the memory, then the
 * new cgroup is the tenant's. Killed anywhere, both are denied what they have not
 * yet, or no more, and the same once more ends it.
 */
static int segment_bind(const struct guard_maps *maps, uint32_t number,
			const struct cloison_tenant *tenant, const void *data,
			struct problem *problem)
{
	const struct binding *binding = data;
	struct cloison_tenant bound = *tenant;
	int error;

	error = cgroup_number(binding->cgroup_fd, &bound.cgroup, problem);
	if (!error)
		error = cgroup_check(maps, number, &bound, problem);
	if (error)
		return error;
	guard_cgroup_drop(maps, tenant);
	error = segment_renew(maps, number, tenant, problem);
	if (!error)
		error = tenant_move(maps, number, &bound, problem);
	if (error)
		return error;
	error = binding->module(number, binding->cgroup_fd, binding->data);
	if (!error)
		return guard_cgroup_enter(maps, &bound, problem);
	/* What the module refuses leaves all as it was. */
	if (!tenant_move(maps, number, tenant, problem))
		guard_cgroup_enter(maps, tenant, problem);
	return problem_set(problem, error, "the module does not move tenant %s: %s", tenant->name,
			   strerror(-error));
}

int guard_segment_bind(const char *name, int cgroup_fd, guard_bind_fn module, void *data,
		       struct problem *problem)
{
	const struct binding binding = { cgroup_fd, module, data };

	return guard_tenant_change(name, segment_bind, &binding, problem);
}

static int segment_detach(const struct guard_maps *maps, uint32_t number,
			  const struct cloison_tenant *tenant, const void *data,
			  struct problem *problem)
{
	int error = guard_segment_remove(maps, number, tenant);

	(void)data;
	/* Rules of others that mean it mean nobody from now on. */
	return error ? error : guard_members_renew(maps, problem);
}

int guard_segment_detach(const char *name, struct problem *problem)
{
	return guard_tenant_change(name, segment_detach, NULL, problem);
}
