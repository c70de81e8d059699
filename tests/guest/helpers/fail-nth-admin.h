/* SPDX-License-Identifier: GPL-2.0-only */
/* What fail-nth's calls of the admin do. */
#ifndef FAIL_NTH_ADMIN_H
#define FAIL_NTH_ADMIN_H

static int query_run(void)
{
	struct cloison_query query = { .size = sizeof(query) };

	return result_of(ioctl(control, CLOISON_QUERY, &query));
}

static int pool_add(struct cloison_pool_add *add)
{
	add->size = sizeof(*add);
	add->numa_node = -1;
	add->bytes = 4UL << 20;
	memcpy(add->name, "fail-nth", sizeof("fail-nth"));
	if (ioctl(control, CLOISON_POOL_ADD, add))
		return errno;
	shared->made = add->out_pool;
	return 0;
}

static int pool_add_ram_run(void)
{
	struct cloison_pool_add add = { .kind = CLOISON_POOL_RAM };

	return pool_add(&add);
}

static int pool_add_reserved_run(void)
{
	struct cloison_pool_add add = { .kind = CLOISON_POOL_RESERVED, .start = 0x40000000 };

	return pool_add(&add);
}

/* The accelerator, 0000:00:04.0, BAR 2, bound to the driver before. */
static int pool_add_pci_run(void)
{
	struct cloison_pool_add add = {
		.kind = CLOISON_POOL_PCI,
		.pci_address = 4 << 3,
		.pci_bar = 2,
	};

	return pool_add(&add);
}

static int pool_add_whole(void)
{
	return access("/sys/class/cloison_pool/fail-nth", F_OK) ? errno : 0;
}

static int pool_remove(uint32_t number)
{
	struct cloison_pool_remove args = { .size = sizeof(args), .pool = number };

	return result_of(ioctl(control, CLOISON_POOL_REMOVE, &args));
}

static void pool_add_undo(void)
{
	int error = pool_remove(shared->made);

	if (error)
		die("removing a pool: %s", strerror(error));
}

static int pool_remove_run(void)
{
	return pool_remove(shared->made);
}

static void pool_remove_undo(void)
{
	int error = pool_add_ram_run();

	if (error)
		die("adding a pool: %s", strerror(error));
}

static int pool_get_run(void)
{
	struct cloison_pool_get get = { .size = sizeof(get), .flags = CLOISON_GET_FLAG_NEXT };

	return result_of(ioctl(control, CLOISON_POOL_GET, &get));
}

static int pool_extent_run(void)
{
	struct cloison_pool_extent extent = { .size = sizeof(extent), .pool = 1 };

	return result_of(ioctl(control, CLOISON_POOL_EXTENT, &extent));
}

static int tenant_add_run(void)
{
	struct cloison_tenant_add add = {
		.size = sizeof(add),
		.tenant = 4711,
		.quota = 1UL << 30,
		.name = "fail-nth",
	};
	int error;

	add.cgroup_fd = open("/sys/fs/cgroup/cloison/fail-nth", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (add.cgroup_fd < 0)
		return errno;
	error = result_of(ioctl(control, CLOISON_TENANT_ADD, &add));
	close(add.cgroup_fd);
	return error;
}

static int tenant_add_whole(void)
{
	return access("/sys/class/cloison_tenant/fail-nth", F_OK) ? errno : 0;
}

static int tenant_remove_run(void)
{
	struct cloison_tenant_remove args = { .size = sizeof(args), .tenant = 4711 };

	return result_of(ioctl(control, CLOISON_TENANT_REMOVE, &args));
}

static void tenant_add_undo(void)
{
	int error = tenant_remove_run();

	if (error)
		die("removing a tenant: %s", strerror(error));
}

static void tenant_remove_undo(void)
{
	int error = tenant_add_run();

	if (error)
		die("adding a tenant: %s", strerror(error));
}

static int tenant_get_run(void)
{
	struct cloison_tenant_get get = { .size = sizeof(get), .flags = CLOISON_GET_FLAG_NEXT };

	return result_of(ioctl(control, CLOISON_TENANT_GET, &get));
}

static int tenant_set(uint64_t quota)
{
	struct cloison_tenant_set set = { .size = sizeof(set), .tenant = acme, .quota = quota };

	return result_of(ioctl(control, CLOISON_TENANT_SET, &set));
}

static int tenant_set_run(void)
{
	return tenant_set(96UL << 20);
}

static int tenant_set_whole(void)
{
	struct cloison_tenant_get get = { .size = sizeof(get), .tenant = acme };

	if (ioctl(control, CLOISON_TENANT_GET, &get))
		return errno;
	return get.out_quota == 96UL << 20 ? 0 : EIO;
}

/* What the test made it with. */
static void tenant_set_undo(void)
{
	int error = tenant_set(64UL << 20);

	if (error)
		die("setting the quota: %s", strerror(error));
}

static int tenant_cgroup(const char *path)
{
	struct cloison_tenant_set set = {
		.size = sizeof(set),
		.flags = CLOISON_TENANT_SET_CGROUP,
		.tenant = acme,
		.cgroup_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};
	int error;

	if (set.cgroup_fd < 0)
		return errno;
	error = result_of(ioctl(control, CLOISON_TENANT_SET, &set));
	close(set.cgroup_fd);
	return error;
}

static int tenant_cgroup_run(void)
{
	return tenant_cgroup("/sys/fs/cgroup/cloison/fail-nth");
}

static int tenant_cgroup_whole(void)
{
	struct cloison_tenant_get get = { .size = sizeof(get), .tenant = acme };
	struct stat stat_;

	if (ioctl(control, CLOISON_TENANT_GET, &get) ||
	    stat("/sys/fs/cgroup/cloison/fail-nth", &stat_))
		return errno;
	return get.out_cgroup_id == stat_.st_ino ? 0 : EIO;
}

static void tenant_cgroup_undo(void)
{
	int error = tenant_cgroup("/sys/fs/cgroup/cloison/acme");

	if (error)
		die("setting the cgroup: %s", strerror(error));
}

static int region_create_run(void)
{
	return region_create("fail-nth-new", 2UL << 20, &shared->made);
}

/* A region nobody can open would be charged for nothing. */
static int region_create_whole(void)
{
	return access("/dev/cloison/acme/fail-nth-new", F_OK) ? errno : 0;
}

static void region_create_undo(void)
{
	region_destroy(shared->made);
}

static int region_resize(uint64_t bytes)
{
	struct cloison_region_resize args = {
		.size = sizeof(args),
		.region = shared->region,
		.bytes = bytes,
	};

	return result_of(ioctl(control, CLOISON_REGION_RESIZE, &args));
}

static int region_resize_run(void)
{
	return region_resize(6UL << 20);
}

static int region_resize_whole(void)
{
	struct cloison_region_get get = { .size = sizeof(get), .region = shared->region };

	if (ioctl(control, CLOISON_REGION_GET, &get))
		return errno;
	return get.out_bytes == 6UL << 20 ? 0 : EIO;
}

static void region_resize_undo(void)
{
	int error = region_resize(2UL << 20);

	if (error)
		die("resizing back: %s", strerror(error));
}

static int region_revoke_run(void)
{
	return on_region(CLOISON_REGION_REVOKE, shared->region);
}

static int region_destroy_run(void)
{
	int error = on_region(CLOISON_REGION_DESTROY, shared->region);

	if (!error)
		shared->region = 0;
	return error;
}

static int region_destroy_whole(void)
{
	return access(NODE, F_OK) ? 0 : EEXIST;
}

static int region_get_run(void)
{
	struct cloison_region_get get = { .size = sizeof(get), .region = shared->region };

	return result_of(ioctl(control, CLOISON_REGION_GET, &get));
}

static int grant_add_run(void)
{
	struct cloison_grant_add add = {
		.size = sizeof(add),
		.region = shared->region,
		.tenant = globex,
		.mode = 0400,
		.name = "fail-nth",
	};

	if (ioctl(control, CLOISON_GRANT_ADD, &add))
		return errno;
	shared->made = add.out_grant;
	return 0;
}

static int grant_add_whole(void)
{
	return access("/dev/cloison/globex/fail-nth", F_OK) ? errno : 0;
}

static int grant_revoke_run(void)
{
	struct cloison_grant_number args = { .size = sizeof(args), .grant = shared->made };

	return result_of(ioctl(control, CLOISON_GRANT_REVOKE, &args));
}

static void grant_add_undo(void)
{
	int error = grant_revoke_run();

	if (error)
		die("revoking a grant: %s", strerror(error));
}

static void grant_again(void)
{
	int error = grant_add_run();

	if (error)
		die("granting: %s", strerror(error));
}

static int grant_get_run(void)
{
	struct cloison_grant_get get = { .size = sizeof(get), .grant = shared->made };

	return result_of(ioctl(control, CLOISON_GRANT_GET, &get));
}

/* ---- what the module holds for the guard ----------------------------------------- */

static int a_map = -1;

static void map_create(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};

	a_map = syscall(__NR_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
	if (a_map < 0)
		die("creating a map: %s", strerror(errno));
}

static int guard_hold_run(void)
{
	struct cloison_guard_hold args = {
		.size = sizeof(args),
		.fd = a_map,
		.name = "fail-nth/map",
	};

	return result_of(ioctl(control, CLOISON_GUARD_HOLD, &args));
}

static int guard_open_run(void)
{
	struct cloison_guard_open args = { .size = sizeof(args), .name = "fail-nth/map" };

	if (ioctl(control, CLOISON_GUARD_OPEN, &args))
		return errno;
	made_fd = args.out_fd;
	return 0;
}

static int guard_open_whole(void)
{
	return fcntl(made_fd, F_GETFD) < 0 ? errno : 0;
}

static int guard_hold_whole(void)
{
	int error = guard_open_run();

	if (!error)
		close_made();
	return error;
}

static int guard_release_run(void)
{
	struct cloison_guard_release args = { .size = sizeof(args), .name = "fail-nth/map" };

	return result_of(ioctl(control, CLOISON_GUARD_RELEASE, &args));
}

static int guard_next_run(void)
{
	struct cloison_guard_next args = { .size = sizeof(args) };

	return result_of(ioctl(control, CLOISON_GUARD_NEXT, &args));
}

static void hold_again(void)
{
	int error = guard_hold_run();

	if (error)
		die("holding a map: %s", strerror(error));
}

static void release_again(void)
{
	int error = guard_release_run();

	if (error)
		die("releasing a map: %s", strerror(error));
}

#endif /* FAIL_NTH_ADMIN_H */
