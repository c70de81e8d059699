/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What there is for the fuzzer to work on, shared by the admin's task and
 * acme's, and how all that a program made is taken down again.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#define SLOTS 4
#define MAX_KINDS 64
#define MARK 0xac
/* The number of the tenant that programs add and remove. */
#define NEW_TENANT 4711

struct world {
	uint64_t programs;
	uint32_t edges;
	uint8_t edge_map[EDGES];
	uint64_t done[MAX_KINDS];
	uint64_t refused[MAX_KINDS];
	uint64_t strange;
	int strange_kind;
	int strange_error;
	uint64_t leaks;
	uint32_t acme;
	uint32_t globex;
	uint32_t accel0;
	struct cloison_pool_add accel0_again;
	/* Of this program; zero if not made. */
	uint32_t pools[SLOTS];
	uint32_t regions[SLOTS];
	uint32_t grants[SLOTS];
};

static struct world *world;
static int control = -1;
/* Of the tenant that programs add: one lies in the other. */
#define FUZZ_CGROUPS 2
static int fuzz_cgroups[FUZZ_CGROUPS] = { -1, -1 };
static int acme_cgroup = -1, globex_cgroup = -1;
static int bpf_map = -1;

/* Acme's. */
static int fds[SLOTS] = { -1, -1, -1, -1 };
static struct {
	uint8_t *address;
	size_t bytes;
} maps[SLOTS];

static int open_cgroup(const char *path)
{
	int cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (cgroup < 0)
		die("%s: %s", path, strerror(errno));
	return cgroup;
}

/* There has to be one of that name. */
static uint32_t known(uint32_t number, const char *name)
{
	return number ? number : (die("there is no %s", name), 0);
}

/* How to make it again as it was. */
static void note_accel0(void)
{
	struct cloison_pool_get get = { .size = sizeof(get), .pool = world->accel0 };

	if (ioctl(control, CLOISON_POOL_GET, &get))
		die("accel0: %s", strerror(errno));
	world->accel0_again = (struct cloison_pool_add){
		.kind = get.out_kind,
		.numa_node = -1,
		.bytes = get.out_bytes,
		.pci_address = get.out_pci_address,
		.pci_bar = get.out_pci_bar,
	};
	memcpy(world->accel0_again.name, get.out_name, sizeof(get.out_name));
}

static void world_make(void)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1,
	};

	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (world == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	edge_map = world->edge_map;
	edge_count = &world->edges;
	control = open("/dev/cloison/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		die("/dev/cloison/control: %s", strerror(errno));
	fuzz_cgroups[0] = open_cgroup("/sys/fs/cgroup/cloison/fuzz");
	fuzz_cgroups[1] = open_cgroup("/sys/fs/cgroup/cloison/fuzz/inner");
	acme_cgroup = open_cgroup("/sys/fs/cgroup/cloison/acme");
	globex_cgroup = open_cgroup("/sys/fs/cgroup/cloison/globex");
	bpf_map = syscall(__NR_bpf, BPF_MAP_CREATE, &map, sizeof(map));
	if (bpf_map < 0)
		die("creating a map: %s", strerror(errno));
	world->acme = known(tenant_number(control, "acme"), "acme");
	world->globex = known(tenant_number(control, "globex"), "globex");
	world->accel0 = known(pool_number(control, "accel0"), "accel0");
	note_accel0();
}

/* A spoilt number may be that of what is always there. */
static void mend_tenant(uint32_t number, const char *name, int cgroup, uint64_t quota)
{
	struct cloison_tenant_set set = { .size = sizeof(set), .tenant = number, .quota = quota };
	struct cloison_tenant_set back = {
		.size = sizeof(back),
		.flags = CLOISON_TENANT_SET_CGROUP,
		.tenant = number,
		.cgroup_fd = cgroup,
	};
	struct cloison_tenant_add add = {
		.size = sizeof(add),
		.tenant = number,
		.cgroup_fd = cgroup,
		.quota = quota,
	};

	if (!ioctl(control, CLOISON_TENANT_SET, &set) && !ioctl(control, CLOISON_TENANT_SET, &back))
		return;
	strcpy((char *)add.name, name);
	if (ioctl(control, CLOISON_TENANT_ADD, &add))
		die("program %llu: tenant %s cannot be made again: %s",
		    (unsigned long long)world->programs, name, strerror(errno));
}

static void mend_pool(void)
{
	struct cloison_pool_get get = { .size = sizeof(get), .pool = world->accel0 };

	/* Its number may be another's by now. */
	if (!ioctl(control, CLOISON_POOL_GET, &get) && !strcmp((char *)get.out_name, "accel0"))
		return;
	world->accel0_again.size = sizeof(world->accel0_again);
	if (ioctl(control, CLOISON_POOL_ADD, &world->accel0_again))
		die("program %llu: pool accel0 cannot be made again: %s",
		    (unsigned long long)world->programs, strerror(errno));
	world->accel0 = world->accel0_again.out_pool;
}

/* All that there is before a program. */
static void world_mend(void)
{
	mend_tenant(world->acme, "acme", acme_cgroup, 64UL << 20);
	mend_tenant(world->globex, "globex", globex_cgroup, 64UL << 20);
	mend_pool();
}

/* Half of all programs have a region from the start, half of these have it open and mapped. */
static bool begins_with_region(void)
{
	return world->programs % 2 == 0;
}

static bool begins_open(void)
{
	return world->programs % 4 == 0;
}

#define BEGIN_BYTES (4UL << 20)

static void world_begin(void)
{
	struct cloison_region_create create = {
		.size = sizeof(create),
		.tenant = world->acme,
		.bytes = BEGIN_BYTES,
		.mode = 0600,
		.name = "a",
	};

	world_mend();
	create.pool = world->accel0;
	if (!begins_with_region())
		return;
	if (ioctl(control, CLOISON_REGION_CREATE, &create))
		die("program %llu: the region that all have: %s",
		    (unsigned long long)world->programs, strerror(errno));
	world->regions[0] = create.out_region;
}

static void close_files(void)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

/* By acme: who cannot, after whatever came before, has been shut out. */
static void tenant_open_first(void)
{
	void *address;

	fds[0] = open("/dev/cloison/acme/a", O_RDWR | O_CLOEXEC);
	if (fds[0] < 0)
		die("program %llu: opening acme's region: %s", (unsigned long long)world->programs,
		    strerror(errno));
	address = mmap(NULL, BEGIN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0);
	if (address == MAP_FAILED)
		die("program %llu: mapping acme's region: %s", (unsigned long long)world->programs,
		    strerror(errno));
	maps[0].address = address;
	maps[0].bytes = BEGIN_BYTES;
}

static void tenant_clean_up(void)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		if (maps[i].address)
			munmap(maps[i].address, maps[i].bytes);
		maps[i].address = NULL;
	}
	close_files();
}

/* Whatever is there beside acme and accel0 goes. */
static void admin_clean_up(void)
{
	struct cloison_region_get region = {
		.size = sizeof(region),
		.flags = CLOISON_GET_FLAG_NEXT,
	};
	struct cloison_tenant_remove tenant = { .size = sizeof(tenant), .tenant = NEW_TENANT };
	struct cloison_pool_get pool = { .size = sizeof(pool), .flags = CLOISON_GET_FLAG_NEXT };
	struct cloison_guard_release held = {
		.size = sizeof(held),
		.flags = CLOISON_GUARD_FLAG_BELOW,
		.name = "fuzz",
	};

	close_files();
	ioctl(control, CLOISON_GUARD_RELEASE, &held);
	while (!ioctl(control, CLOISON_REGION_GET, &region)) {
		struct cloison_region_number number = {
			.size = sizeof(number),
			.region = region.out_region,
		};

		if (ioctl(control, CLOISON_REGION_DESTROY, &number))
			die("program %llu: region %u cannot be destroyed: %s",
			    (unsigned long long)world->programs, number.region, strerror(errno));
	}
	ioctl(control, CLOISON_TENANT_REMOVE, &tenant);
	while (!ioctl(control, CLOISON_POOL_GET, &pool)) {
		struct cloison_pool_remove remove = {
			.size = sizeof(remove),
			.pool = pool.out_pool,
		};

		pool.pool = pool.out_pool + 1;
		if (strcmp((char *)pool.out_name, "accel0") &&
		    ioctl(control, CLOISON_POOL_REMOVE, &remove))
			die("program %llu: pool %u cannot be removed: %s",
			    (unsigned long long)world->programs, remove.pool, strerror(errno));
	}
	memset(world->pools, 0, sizeof(world->pools));
	memset(world->grants, 0, sizeof(world->grants));
	memset(world->regions, 0, sizeof(world->regions));
}

#endif /* FUZZ_WORLD_H */
