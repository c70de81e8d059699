/* SPDX-License-Identifier: GPL-2.0-only */
/* Good arguments for pools, tenants, regions and grants. A part of ioctl-edge-calls.h, which includes it. */
#ifndef IOCTL_EDGE_ADMIN_H
#define IOCTL_EDGE_ADMIN_H

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
	args->cgroup_fd = 0;
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

static void fill_tenant_cgroup(void *room)
{
	START(cloison_tenant_set, room);
	args->flags = CLOISON_TENANT_SET_CGROUP;
	args->tenant = STANDING_TENANT;
	args->cgroup_fd = inner_cgroup;
	args->quota = 0;
}

/* Back to where the test made it, whichever tenant it was. */
static void undo_tenant_cgroup(void *room)
{
	struct cloison_tenant_set args = {
		.size = sizeof(args),
		.flags = CLOISON_TENANT_SET_CGROUP,
		.tenant = ((struct cloison_tenant_set *)room)->tenant,
		.cgroup_fd = standing_cgroup,
	};
	struct cloison_tenant_get get = { .size = sizeof(get), .tenant = args.tenant };
	char path[64 + CLOISON_NAME_SIZE];

	if (args.tenant == STANDING_TENANT) {
		ioctl(device, CLOISON_TENANT_SET, &args);
		return;
	}
	if (ioctl(device, CLOISON_TENANT_GET, &get))
		return;
	snprintf(path, sizeof(path), "/sys/fs/cgroup/cloison/%s", (char *)get.out_name);
	args.cgroup_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ioctl(device, CLOISON_TENANT_SET, &args);
	close(args.cgroup_fd);
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

#endif /* IOCTL_EDGE_ADMIN_H */
