/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Good arguments for every ioctl, and what has to be there for them. A part of
 * ioctl-edge.c, which includes it.
 */
#ifndef IOCTL_EDGE_CALLS_H
#define IOCTL_EDGE_CALLS_H

#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cloison.h"

#define GRANULE CLOISON_GRANULE
/* Numbers that no other tenant of a test has. */
enum { STANDING_TENANT = 4000, NEW_TENANT = 4001 };

/**
 * struct call - one ioctl
 * @name: for people
 * @cmd: the request
 * @size: of its struct
 * @flags: the bits that it knows
 * @reserved: offset of its reserved field, zero if it has none
 * @name_at: offset of a name that it takes, zero if it takes none
 * @has_outputs: the kernel writes to the struct
 * @fill: writes all inputs, and nothing else
 * @undo: takes back what a success did, or NULL
 */
struct call {
	const char *name;
	unsigned int cmd;
	uint32_t size;
	uint32_t flags;
	size_t reserved;
	size_t name_at;
	bool has_outputs;
	void (*fill)(void *args);
	void (*undo)(void *args);
};

/** struct bad_name - bytes of a name field and the error that they must give */
struct bad_name {
	const char *what;
	const char *bytes;
	size_t length;
	int error;
};

static int device = -1;
static int standing_cgroup = -1, inner_cgroup = -1, new_cgroup = -1, standing_map = -1;
static uint32_t room_pool, standing_pool, standing_region;

/* ---- what there is ------------------------------------------------------- */

/* All that an ioctl could leave behind. */
struct census {
	unsigned int descriptors, pools, tenants, regions, grants;
	uint64_t used;
};

static void take_census(struct census *census)
{
	struct cloison_pool_get pool = { .size = sizeof(pool), .flags = CLOISON_GET_FLAG_NEXT };
	struct cloison_tenant_get tenant = { .size = sizeof(tenant),
					     .flags = CLOISON_GET_FLAG_NEXT };
	struct cloison_region_get region = { .size = sizeof(region),
					     .flags = CLOISON_GET_FLAG_NEXT };
	struct cloison_grant_get grant = { .size = sizeof(grant), .flags = CLOISON_GET_FLAG_NEXT };
	DIR *directory = opendir("/proc/self/fd");

	memset(census, 0, sizeof(*census));
	while (directory && readdir(directory))
		census->descriptors++;
	closedir(directory);
	for (; !ioctl(device, CLOISON_POOL_GET, &pool); pool.pool = pool.out_pool + 1)
		census->pools++;
	for (; !ioctl(device, CLOISON_TENANT_GET, &tenant); tenant.tenant = tenant.out_tenant + 1) {
		census->tenants++;
		census->used += tenant.out_used;
	}
	for (; !ioctl(device, CLOISON_REGION_GET, &region); region.region = region.out_region + 1)
		census->regions++;
	for (; !ioctl(device, CLOISON_GRANT_GET, &grant); grant.grant = grant.out_grant + 1)
		census->grants++;
}

/* ---- /dev/cloison/control --------------------------------------------------- */

#define START(_type, _args)                \
	struct _type *args = (_args);      \
	args->size = sizeof(struct _type); \
	args->flags = 0

static void set_name(uint8_t *to, const char *name)
{
	memset(to, 0, CLOISON_NAME_SIZE);
	strcpy((char *)to, name);
}

#include "ioctl-edge-admin.h"
#include "ioctl-edge-guard.h"

static const struct call control_calls[] = {
	{ "QUERY", CLOISON_QUERY, sizeof(struct cloison_query), 0, 0, 0, true, fill_query, NULL },
	{ "POOL_ADD", CLOISON_POOL_ADD, sizeof(struct cloison_pool_add), 0,
	  offsetof(struct cloison_pool_add, reserved), offsetof(struct cloison_pool_add, name),
	  true, fill_pool_add, undo_pool_add },
	{ "POOL_REMOVE", CLOISON_POOL_REMOVE, sizeof(struct cloison_pool_remove), 0,
	  offsetof(struct cloison_pool_remove, reserved), 0, false, fill_pool_remove, NULL },
	{ "POOL_GET", CLOISON_POOL_GET, sizeof(struct cloison_pool_get), CLOISON_GET_FLAG_NEXT, 0,
	  0, true, fill_pool_get, NULL },
	{ "POOL_EXTENT", CLOISON_POOL_EXTENT, sizeof(struct cloison_pool_extent), 0, 0, 0, true,
	  fill_pool_extent, NULL },
	[TENANT_ADD_CALL] = { "TENANT_ADD", CLOISON_TENANT_ADD, sizeof(struct cloison_tenant_add),
			      0, 0, offsetof(struct cloison_tenant_add, name), false,
			      fill_tenant_add, undo_tenant_add },
	{ "TENANT_REMOVE", CLOISON_TENANT_REMOVE, sizeof(struct cloison_tenant_remove), 0,
	  offsetof(struct cloison_tenant_remove, reserved), 0, false, fill_tenant_remove, NULL },
	{ "TENANT_GET", CLOISON_TENANT_GET, sizeof(struct cloison_tenant_get),
	  CLOISON_GET_FLAG_NEXT, offsetof(struct cloison_tenant_get, reserved), 0, true,
	  fill_tenant_get, NULL },
	{ "TENANT_SET", CLOISON_TENANT_SET, sizeof(struct cloison_tenant_set),
	  CLOISON_TENANT_SET_CGROUP, offsetof(struct cloison_tenant_set, cgroup_fd), 0, false,
	  fill_tenant_set, undo_tenant_set },
	{ "TENANT_SET of a cgroup", CLOISON_TENANT_SET, sizeof(struct cloison_tenant_set),
	  CLOISON_TENANT_SET_CGROUP, offsetof(struct cloison_tenant_set, quota), 0, false,
	  fill_tenant_cgroup, undo_tenant_cgroup },
	{ "REGION_CREATE", CLOISON_REGION_CREATE, sizeof(struct cloison_region_create),
	  CLOISON_REGION_ALLOW_PINNING, offsetof(struct cloison_region_create, reserved),
	  offsetof(struct cloison_region_create, name), true, fill_region_create,
	  undo_region_create },
	{ "REGION_REVOKE", CLOISON_REGION_REVOKE, sizeof(struct cloison_region_number), 0,
	  offsetof(struct cloison_region_number, reserved), 0, false, fill_region_number, NULL },
	{ "REGION_DESTROY", CLOISON_REGION_DESTROY, sizeof(struct cloison_region_number), 0,
	  offsetof(struct cloison_region_number, reserved), 0, false, fill_region_number, NULL },
	{ "REGION_GET", CLOISON_REGION_GET, sizeof(struct cloison_region_get),
	  CLOISON_GET_FLAG_NEXT, offsetof(struct cloison_region_get, reserved), 0, true,
	  fill_region_get, NULL },
	{ "REGION_RESIZE", CLOISON_REGION_RESIZE, sizeof(struct cloison_region_resize), 0,
	  offsetof(struct cloison_region_resize, reserved), 0, false, fill_region_resize,
	  undo_region_resize },
	{ "GRANT_ADD", CLOISON_GRANT_ADD, sizeof(struct cloison_grant_add), 0, 0,
	  offsetof(struct cloison_grant_add, name), true, fill_grant_add, undo_grant_add },
	{ "GRANT_REVOKE", CLOISON_GRANT_REVOKE, sizeof(struct cloison_grant_number), 0,
	  offsetof(struct cloison_grant_number, reserved), 0, false, fill_grant_revoke, NULL },
	{ "GRANT_GET", CLOISON_GRANT_GET, sizeof(struct cloison_grant_get), CLOISON_GET_FLAG_NEXT,
	  0, 0, true, fill_grant_get, NULL },
	{ "GUARD_HOLD", CLOISON_GUARD_HOLD, sizeof(struct cloison_guard_hold), 0,
	  offsetof(struct cloison_guard_hold, reserved), 0, false, fill_guard_hold,
	  undo_guard_hold },
	{ "GUARD_OPEN", CLOISON_GUARD_OPEN, sizeof(struct cloison_guard_open), 0,
	  offsetof(struct cloison_guard_open, reserved), 0, true, fill_guard_open,
	  undo_guard_open },
	{ "GUARD_RELEASE", CLOISON_GUARD_RELEASE, sizeof(struct cloison_guard_release),
	  CLOISON_GUARD_FLAG_BELOW, 0, 0, false, fill_guard_release, NULL },
	{ "GUARD_NEXT", CLOISON_GUARD_NEXT, sizeof(struct cloison_guard_next), 0, 0, 0, true,
	  fill_guard_next, NULL },
	{ 0 },
};

/* Calls whose struct has got fields since it first appeared, and its size then. */
static const struct {
	unsigned int cmd;
	uint32_t size;
} grown_calls[] = {
	{ CLOISON_POOL_GET, offsetof(struct cloison_pool_get, out_free_runs) },
	{ CLOISON_REGION_CREATE, offsetof(struct cloison_region_create, align_shift) },
	{ CLOISON_REGION_INFO, offsetof(struct cloison_region_info, out_grant) },
};

#define NAME(_what, _bytes, _error) { _what, _bytes, sizeof(_bytes) - 1, _error }

/* Hold for pools, tenants and regions. */
static const struct bad_name bad_names[] = {
	NAME("an empty name", "", EINVAL),
	NAME("a name of 63 characters",
	     "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc", 0),
	NAME("a name of 64 characters, without an end",
	     "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcd", EINVAL),
	NAME("a name with a slash", "a/b", EINVAL),
	NAME("the name of the directory above", "..", EINVAL),
	NAME("a name that begins with a dash", "-a", EINVAL),
	NAME("a name that begins with a dot", ".a", EINVAL),
	NAME("a name with a blank", "a b", EINVAL),
	NAME("a name with a newline", "a\nb", EINVAL),
	NAME("a name with a delete character", "a\x7f", EINVAL),
	NAME("a name with a letter outside ASCII", "caf\xc3\xa9", EINVAL),
	NAME("a name with a per cent sign", "a%s", EINVAL),
	NAME("a name that goes on behind its end", "a\0b", EINVAL),
	{ 0 },
};

/* /dev/cloison/control is there already, and no directory. */
static const struct bad_name tenant_names[] = {
	NAME("the name of the control node", "control", EEXIST),
	NAME("a name with a dot", "a.b", EINVAL),
	{ 0 },
};

/* ---- a region's node ---------------------------------------------------------- */

static void fill_info(void *room)
{
	START(cloison_region_info, room);
	args->reserved = 0;
}

static void fill_seal(void *room)
{
	START(cloison_region_seal, room);
}

static void fill_export(void *room)
{
	START(cloison_region_export, room);
	args->offset = 0;
	args->bytes = 0;
	args->fd_flags = O_RDONLY | O_CLOEXEC;
}

static void undo_export(void *room)
{
	close(((struct cloison_region_export *)room)->out_fd);
}

static const struct call region_calls[] = {
	{ "REGION_INFO", CLOISON_REGION_INFO, sizeof(struct cloison_region_info), 0,
	  offsetof(struct cloison_region_info, reserved), 0, true, fill_info, NULL },
	{ "REGION_EXPORT", CLOISON_REGION_EXPORT, sizeof(struct cloison_region_export), 0, 0, 0,
	  true, fill_export, undo_export },
	{ "REGION_SEAL", CLOISON_REGION_SEAL, sizeof(struct cloison_region_seal), 0, 0, 0, false,
	  fill_seal, NULL },
	{ 0 },
};

/* ---- before and after ------------------------------------------------------------ */

static int prepare(bool control, char **words)
{
	struct cloison_tenant_add add;

	device = open(control ? "/dev/cloison/control" : words[0], O_RDWR | O_CLOEXEC);
	if (device < 0 || !control)
		return device < 0;
	room_pool = (uint32_t)atoi(words[0]);
	standing_map = map_make();
	standing_cgroup = open(words[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Below it, where no other tenant can be. */
	mkdirat(standing_cgroup, "inner", 0755);
	inner_cgroup = openat(standing_cgroup, "inner", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	sealed_region = (uint32_t)atoi(words[3]);
	new_cgroup = open(words[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fill_tenant(&add, STANDING_TENANT, standing_cgroup, "edge-standing");
	return ioctl(device, CLOISON_TENANT_ADD, &add);
}

static void tidy_up(void)
{
	struct cloison_tenant_add add = { .tenant = STANDING_TENANT };

	if (standing_cgroup < 0)
		return;
	revoke_grant(standing_grant());
	if (standing_region)
		destroy_region(standing_region);
	if (standing_pool)
		remove_pool(standing_pool);
	undo_guard_hold(NULL);
	undo_tenant_add(&add);
	add.tenant = NEW_TENANT;
	undo_tenant_add(&add);
}

#endif /* IOCTL_EDGE_CALLS_H */
