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
static int standing_cgroup = -1, new_cgroup = -1, standing_map = -1;
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

static void fill_query(void *room)
{
	START(cloison_query, room);
}

static void fill_pool(struct cloison_pool_add *args, const char *name)
{
	args->size = sizeof(*args);
	args->flags = 0;
	args->kind = CLOISON_POOL_RAM;
	args->numa_node = -1;
	args->start = 0;
	args->bytes = GRANULE;
	args->pci_address = 0;
	args->pci_bar = 0;
	args->reserved = 0;
	set_name(args->name, name);
}

static void fill_pool_add(void *room)
{
	fill_pool(room, "edge-new");
}

static void remove_pool(uint32_t number)
{
	struct cloison_pool_remove args = { .size = sizeof(args), .pool = number };

	ioctl(device, CLOISON_POOL_REMOVE, &args);
}

static void undo_pool_add(void *room)
{
	remove_pool(((struct cloison_pool_add *)room)->out_pool);
}

/* The object that is to go must be there, whether or not the last call took it. */
static void fill_pool_remove(void *room)
{
	struct cloison_pool_get there = { .size = sizeof(there), .pool = standing_pool };
	struct cloison_pool_add add = { 0 };

	if (!standing_pool || ioctl(device, CLOISON_POOL_GET, &there)) {
		fill_pool(&add, "edge-standing");
		if (!ioctl(device, CLOISON_POOL_ADD, &add))
			standing_pool = add.out_pool;
	}
	START(cloison_pool_remove, room);
	args->pool = standing_pool;
	args->reserved = 0;
}

static void fill_pool_get(void *room)
{
	START(cloison_pool_get, room);
	args->pool = room_pool;
}

static void fill_pool_extent(void *room)
{
	START(cloison_pool_extent, room);
	args->pool = room_pool;
	args->offset = 0;
}

static void fill_tenant(struct cloison_tenant_add *args, uint32_t number, int cgroup,
			const char *name)
{
	args->size = sizeof(*args);
	args->flags = 0;
	args->tenant = number;
	args->cgroup_fd = cgroup;
	args->quota = 8 * GRANULE;
	set_name(args->name, name);
}

static void fill_tenant_add(void *room)
{
	fill_tenant(room, NEW_TENANT, new_cgroup, "edge-new");
}

static void undo_tenant_add(void *room)
{
	struct cloison_tenant_remove args = {
		.size = sizeof(args),
		.tenant = ((struct cloison_tenant_add *)room)->tenant,
	};

	ioctl(device, CLOISON_TENANT_REMOVE, &args);
}

static void fill_tenant_remove(void *room)
{
	struct cloison_tenant_add add;

	fill_tenant_add(&add);
	ioctl(device, CLOISON_TENANT_ADD, &add);
	START(cloison_tenant_remove, room);
	args->tenant = NEW_TENANT;
	args->reserved = 0;
}

/* A refused removal leaves the tenant that other calls' arguments need absent. */
static void fill_tenant_get(void *room)
{
	START(cloison_tenant_get, room);
	args->tenant = STANDING_TENANT;
	args->reserved = 0;
}

static void fill_tenant_set(void *room)
{
	START(cloison_tenant_set, room);
	args->tenant = STANDING_TENANT;
	args->reserved = 0;
	args->quota = 16 * GRANULE;
}

/* However little it was set to, others' arguments need some of it. */
static void undo_tenant_set(void *room)
{
	struct cloison_tenant_set args = {
		.size = sizeof(args),
		.tenant = ((struct cloison_tenant_set *)room)->tenant,
		.quota = 16 * GRANULE,
	};

	ioctl(device, CLOISON_TENANT_SET, &args);
}

static void fill_region(struct cloison_region_create *args, const char *name)
{
	args->size = sizeof(*args);
	args->flags = 0;
	args->tenant = STANDING_TENANT;
	args->pool = room_pool;
	args->bytes = GRANULE;
	args->uid = 0;
	args->gid = 0;
	args->mode = 0660;
	args->align_shift = 0;
	args->reserved = 0;
	set_name(args->name, name);
}

static void fill_region_create(void *room)
{
	fill_region(room, "edge-new");
}

static void destroy_region(uint32_t number)
{
	struct cloison_region_number args = { .size = sizeof(args), .region = number };

	ioctl(device, CLOISON_REGION_DESTROY, &args);
}

static void undo_region_create(void *room)
{
	destroy_region(((struct cloison_region_create *)room)->out_region);
}

static void fill_region_number(void *room)
{
	struct cloison_region_get there = { .size = sizeof(there), .region = standing_region };
	struct cloison_region_create create = { 0 };

	if (!standing_region || ioctl(device, CLOISON_REGION_GET, &there)) {
		fill_region(&create, "edge-standing");
		if (!ioctl(device, CLOISON_REGION_CREATE, &create))
			standing_region = create.out_region;
	}
	START(cloison_region_number, room);
	args->region = standing_region;
	args->reserved = 0;
}

static void fill_region_get(void *room)
{
	struct cloison_region_number number;

	fill_region_number(&number);
	START(cloison_region_get, room);
	args->region = standing_region;
	args->reserved = 0;
}

static void fill_region_resize(void *room)
{
	struct cloison_region_number number;

	fill_region_number(&number);
	START(cloison_region_resize, room);
	args->region = standing_region;
	args->reserved = 0;
	args->bytes = GRANULE - 1;
}

/* What others' arguments count on. */
static void undo_region_resize(void *room)
{
	struct cloison_region_resize args;

	(void)room;
	fill_region_resize(&args);
	ioctl(device, CLOISON_REGION_RESIZE, &args);
}

/* What another tenant has sealed is granted to the standing one. */
static uint32_t sealed_region;

static void fill_grant(struct cloison_grant_add *args, const char *name)
{
	args->size = sizeof(*args);
	args->flags = 0;
	args->region = sealed_region;
	args->tenant = STANDING_TENANT;
	args->uid = 0;
	args->gid = 0;
	args->mode = 0440;
	set_name(args->name, name);
}

static void fill_grant_add(void *room)
{
	fill_grant(room, "edge-grant");
}

static void revoke_grant(uint32_t number)
{
	struct cloison_grant_number args = { .size = sizeof(args), .grant = number };

	ioctl(device, CLOISON_GRANT_REVOKE, &args);
}

static void undo_grant_add(void *room)
{
	revoke_grant(((struct cloison_grant_add *)room)->out_grant);
}

static uint32_t standing_grant(void)
{
	struct cloison_grant_get there = { .size = sizeof(there), .flags = CLOISON_GET_FLAG_NEXT };
	struct cloison_grant_add add = { 0 };

	if (!ioctl(device, CLOISON_GRANT_GET, &there))
		return there.out_grant;
	fill_grant(&add, "edge-standing-grant");
	return ioctl(device, CLOISON_GRANT_ADD, &add) ? 0 : add.out_grant;
}

static void fill_grant_revoke(void *room)
{
	START(cloison_grant_number, room);
	args->grant = standing_grant();
	args->reserved = 0;
}

static void fill_grant_get(void *room)
{
	START(cloison_grant_get, room);
	args->grant = standing_grant();
}

static int map_make(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static void set_held_name(uint8_t *to, const char *name)
{
	memset(to, 0, CLOISON_GUARD_NAME_SIZE);
	strcpy((char *)to, name);
}

static void undo_guard_hold(void *room)
{
	struct cloison_guard_release args = {
		.size = sizeof(args),
		.flags = CLOISON_GUARD_FLAG_BELOW,
	};

	(void)room;
	set_held_name(args.name, "edge");
	ioctl(device, CLOISON_GUARD_RELEASE, &args);
}

static void fill_guard_hold(void *room)
{
	START(cloison_guard_hold, room);
	args->fd = standing_map;
	args->reserved = 0;
	set_held_name(args->name, "edge/held");
}

/* What is to be found must be held, whether or not the last call let it go. */
static void hold_one(void)
{
	struct cloison_guard_hold hold;

	fill_guard_hold(&hold);
	ioctl(device, CLOISON_GUARD_HOLD, &hold);
}

static void fill_guard_open(void *room)
{
	hold_one();
	START(cloison_guard_open, room);
	args->reserved = 0;
	set_held_name(args->name, "edge/held");
}

static void undo_guard_open(void *room)
{
	close(((struct cloison_guard_open *)room)->out_fd);
}

static void fill_guard_release(void *room)
{
	hold_one();
	START(cloison_guard_release, room);
	set_held_name(args->name, "edge/held");
}

static void fill_guard_next(void *room)
{
	hold_one();
	START(cloison_guard_next, room);
	set_held_name(args->name, "edge");
}

enum { TENANT_ADD_CALL = 5 };

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
	{ "TENANT_SET", CLOISON_TENANT_SET, sizeof(struct cloison_tenant_set), 0,
	  offsetof(struct cloison_tenant_set, reserved), 0, false, fill_tenant_set,
	  undo_tenant_set },
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
