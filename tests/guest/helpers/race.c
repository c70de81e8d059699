// SPDX-License-Identifier: GPL-2.0-only
/*
 * Eight threads at once on one name: three of the admin's that create, revoke
 * and destroy, three of one tenant's and two of another's that open, map, touch,
 * seal, export, measure, read and write.
 *
 *   race SEED ROUNDS        each of the admin's threads makes ROUNDS steps
 *   race SEED --seconds N   until N seconds are over
 *
 * Both tenants, acme and globex, have a cgroup of that name and quota in the pool
 * accel0, from which all regions come; so memory goes from one to the other all
 * the time. A tenant writes its mark and nothing else; whoever reads a byte that
 * is neither zero nor its own mark has found a leak. Any errno that is not in the
 * contract is a finding too. Prints how often each step was made and what came
 * of it, then "ok" or "not ok" lines; exit status 1 if any was not.
 */
#include <pthread.h>
#include <sys/wait.h>

#include "attack.h"

#define ADMINS 3
#define TENANTS 2
#define BYTES (4UL << 20)

enum step {
	STEP_CREATE,
	STEP_REVOKE,
	STEP_DESTROY,
	STEP_LOOK,
	STEP_OPEN,
	STEP_MAP,
	STEP_TOUCH,
	STEP_PROTECT,
	STEP_UNMAP,
	STEP_READ,
	STEP_WRITE,
	STEP_SEAL,
	STEP_EXPORT,
	STEP_MEASURE,
	STEP_CLOSE,
	STEPS
};

static const char *const step_names[STEPS] = {
	"create", "revoke", "destroy", "look", "open",	 "map",	    "touch", "mprotect",
	"unmap",  "read",   "write",   "seal", "export", "measure", "close",
};

static const struct tenant {
	const char *name;
	const char *node;
	uint8_t mark;
	unsigned int threads;
} tenants[TENANTS] = {
	{ "acme", "/dev/cloison/acme/race", 0xac, 3 },
	{ "globex", "/dev/cloison/globex/race", 0x61, 2 },
};

/* Shared by all processes. */
static struct shared {
	uint32_t tenant_numbers[TENANTS];
	uint32_t pool;
	/* The admin's threads are done; the tenants' go on until then. */
	bool over;
	uint64_t done[STEPS];
	uint64_t refused[STEPS];
	uint64_t dead;
	uint64_t leaks;
	uint64_t strange;
	int strange_step;
	int strange_error;
} *shared;

static uint64_t seed;
static uint64_t rounds;
static time_t end;
static int control = -1;

static void count(enum step step, int error)
{
	__atomic_fetch_add(error ? &shared->refused[step] : &shared->done[step], 1,
			   __ATOMIC_RELAXED);
	if (error && !in_contract(error)) {
		shared->strange_step = step;
		shared->strange_error = error;
		__atomic_fetch_add(&shared->strange, 1, __ATOMIC_RELAXED);
	}
}

/* ---- the admin's threads ------------------------------------------------------- */

static uint32_t any_region(struct random *random)
{
	struct cloison_region_get get = {
		.size = sizeof(get),
		.flags = CLOISON_GET_FLAG_NEXT,
	};
	uint32_t first;

	if (ioctl(control, CLOISON_REGION_GET, &get))
		return 0;
	first = get.out_region;
	if (random_below(random, 2))
		return first;
	get.region = first + 1;
	return ioctl(control, CLOISON_REGION_GET, &get) ? first : get.out_region;
}

static int create(struct random *random)
{
	unsigned int who = random_below(random, TENANTS);
	struct cloison_region_create args = {
		.size = sizeof(args),
		.tenant = shared->tenant_numbers[who],
		.pool = shared->pool,
		.bytes = BYTES,
		.mode = 0600,
		.name = "race",
	};

	return ioctl(control, CLOISON_REGION_CREATE, &args) ? errno : 0;
}

static int end_region(struct random *random, unsigned int cmd)
{
	struct cloison_region_number args = {
		.size = sizeof(args),
		.region = any_region(random),
	};

	return ioctl(control, cmd, &args) ? errno : 0;
}

static int look(struct random *random)
{
	struct cloison_pool_extent extent = {
		.size = sizeof(extent),
		.pool = shared->pool,
		.offset = random_below(random, 32) * (2UL << 20),
	};

	return ioctl(control, CLOISON_POOL_EXTENT, &extent) ? errno : 0;
}

static void *admin(void *number)
{
	struct random random;
	uint64_t round;

	random_seed(&random, seed, (uintptr_t)number);
	for (round = 0; end ? time(NULL) < end : round < rounds; round++) {
		uint32_t choice = random_below(&random, 16);

		if (choice < 8)
			count(STEP_CREATE, create(&random));
		else if (choice < 9)
			count(STEP_REVOKE, end_region(&random, CLOISON_REGION_REVOKE));
		else if (choice < 10)
			count(STEP_DESTROY, end_region(&random, CLOISON_REGION_DESTROY));
		else
			count(STEP_LOOK, look(&random));
		/* So that tenants get something between a create and its end. */
		usleep(random_below(&random, 10000));
	}
	return NULL;
}

/* ---- a tenant's threads ----------------------------------------------------------- */

/* What one thread has; another may close or unmap nothing of it. */
struct hold {
	const struct tenant *tenant;
	struct random random;
	int fd;
	int dmabuf;
	volatile uint8_t *map;
};

static void seen(struct hold *hold, int byte)
{
	if (byte < 0)
		__atomic_fetch_add(&shared->dead, 1, __ATOMIC_RELAXED);
	else if (byte && byte != hold->tenant->mark)
		__atomic_fetch_add(&shared->leaks, 1, __ATOMIC_RELAXED);
}

static void unmap(struct hold *hold)
{
	if (hold->map)
		munmap((void *)hold->map, BYTES);
	hold->map = NULL;
}

/* A thread without a node has nothing else to do. */
static int step_open(struct hold *hold)
{
	int flags = random_below(&hold->random, 4) ? O_RDWR : O_RDONLY;

	if (hold->fd >= 0)
		close(hold->fd);
	hold->fd = open(hold->tenant->node, flags | O_CLOEXEC);
	if (hold->fd >= 0)
		return 0;
	usleep(random_below(&hold->random, 2000));
	return errno;
}

static int step_map(struct hold *hold)
{
	int prot = random_below(&hold->random, 4) ? PROT_READ | PROT_WRITE : PROT_READ;
	int fd = hold->dmabuf >= 0 && random_below(&hold->random, 2) ? hold->dmabuf : hold->fd;
	void *map;

	unmap(hold);
	map = mmap(NULL, BYTES, prot, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return errno;
	hold->map = map;
	return 0;
}

/* Reads before it writes: what is there first may be another's. */
static int step_touch(struct hold *hold)
{
	unsigned int i;

	if (!hold->map)
		return ENOENT;
	for (i = 0; i < 8; i++) {
		volatile uint8_t *address = hold->map + random_below(&hold->random, BYTES);

		seen(hold, touch(address, -1));
		touch(address, hold->tenant->mark);
	}
	return 0;
}

static int step_protect(struct hold *hold)
{
	int prot = random_below(&hold->random, 2) ? PROT_READ : PROT_READ | PROT_WRITE;

	if (!hold->map)
		return ENOENT;
	return mprotect((void *)hold->map, BYTES / 2, prot) ? errno : 0;
}

static int step_read(struct hold *hold)
{
	uint8_t bytes[4096];
	ssize_t n = pread(hold->fd, bytes, sizeof(bytes), random_below(&hold->random, BYTES));

	if (n < 0)
		return errno;
	while (n-- > 0)
		seen(hold, bytes[n]);
	return 0;
}

static int step_write(struct hold *hold)
{
	uint8_t bytes[4096];

	memset(bytes, hold->tenant->mark, sizeof(bytes));
	return pwrite(hold->fd, bytes, sizeof(bytes), random_below(&hold->random, BYTES)) < 0 ?
		       errno :
		       0;
}

static int step_seal(struct hold *hold)
{
	struct cloison_region_seal args = { .size = sizeof(args) };

	return ioctl(hold->fd, CLOISON_REGION_SEAL, &args) ? errno : 0;
}

static int step_export(struct hold *hold)
{
	struct cloison_region_export args = {
		.size = sizeof(args),
		.fd_flags = O_CLOEXEC | (random_below(&hold->random, 2) ? O_RDWR : O_RDONLY),
	};

	if (hold->dmabuf >= 0)
		close(hold->dmabuf);
	hold->dmabuf = -1;
	if (ioctl(hold->fd, CLOISON_REGION_EXPORT, &args))
		return errno;
	hold->dmabuf = args.out_fd;
	return 0;
}

static int step_measure(struct hold *hold)
{
	struct cloison_region_measure args = { .size = sizeof(args) };

	return ioctl(hold->fd, CLOISON_REGION_MEASURE, &args) ? errno : 0;
}

static int step_close(struct hold *hold)
{
	if (hold->fd >= 0)
		close(hold->fd);
	hold->fd = -1;
	return 0;
}

static int step_unmap(struct hold *hold)
{
	unmap(hold);
	return 0;
}

static const struct {
	unsigned int weight;
	enum step step;
	int (*make)(struct hold *hold);
} tenant_steps[] = {
	{ 16, STEP_OPEN, step_open },	 { 12, STEP_MAP, step_map },
	{ 40, STEP_TOUCH, step_touch },	 { 4, STEP_PROTECT, step_protect },
	{ 4, STEP_UNMAP, step_unmap },	 { 6, STEP_READ, step_read },
	{ 6, STEP_WRITE, step_write },	 { 1, STEP_SEAL, step_seal },
	{ 4, STEP_EXPORT, step_export }, { 3, STEP_MEASURE, step_measure },
	{ 4, STEP_CLOSE, step_close },
};

static void any_step(struct hold *hold)
{
	unsigned int all = 0, choice;
	size_t i;

	if (hold->fd < 0) {
		count(STEP_OPEN, step_open(hold));
		return;
	}
	for (i = 0; i < sizeof(tenant_steps) / sizeof(tenant_steps[0]); i++)
		all += tenant_steps[i].weight;
	choice = random_below(&hold->random, all);
	for (i = 0; choice >= tenant_steps[i].weight; i++)
		choice -= tenant_steps[i].weight;
	count(tenant_steps[i].step, tenant_steps[i].make(hold));
}

static void *tenant_thread(void *arg)
{
	struct hold *hold = arg;

	while (!__atomic_load_n(&shared->over, __ATOMIC_RELAXED))
		any_step(hold);
	unmap(hold);
	if (hold->fd >= 0)
		close(hold->fd);
	if (hold->dmabuf >= 0)
		close(hold->dmabuf);
	return NULL;
}

static int tenant_main(unsigned int which)
{
	const struct tenant *tenant = &tenants[which];
	pthread_t threads[8];
	struct hold holds[8];
	unsigned int i;

	enter_cgroup(tenant->name);
	touch_init();
	for (i = 0; i < tenant->threads; i++) {
		holds[i] = (struct hold){ .tenant = tenant, .fd = -1, .dmabuf = -1 };
		random_seed(&holds[i].random, seed, 100 + which * 10 + i);
		if (pthread_create(&threads[i], NULL, tenant_thread, &holds[i]))
			die("no thread");
	}
	for (i = 0; i < tenant->threads; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

/* ---- all together ---------------------------------------------------------------------- */

static void find_numbers(void)
{
	struct cloison_pool_get pool = { .size = sizeof(pool), .flags = CLOISON_GET_FLAG_NEXT };
	uint32_t next = 0;
	unsigned int i;

	if (ioctl(control, CLOISON_POOL_GET, &pool))
		die("no pool");
	shared->pool = pool.out_pool;
	for (;;) {
		struct cloison_tenant_get get = {
			.size = sizeof(get),
			.flags = CLOISON_GET_FLAG_NEXT,
			.tenant = next,
		};

		if (ioctl(control, CLOISON_TENANT_GET, &get))
			return;
		for (i = 0; i < TENANTS; i++)
			if (!strcmp((char *)get.out_name, tenants[i].name))
				shared->tenant_numbers[i] = get.out_tenant;
		next = get.out_tenant + 1;
	}
}

static bool report(const int *statuses)
{
	bool failed = false;
	int step;
	unsigned int i;

	for (step = 0; step < STEPS; step++)
		printf("# %-8s %9llu made, %9llu refused\n", step_names[step],
		       (unsigned long long)shared->done[step],
		       (unsigned long long)shared->refused[step]);
	printf("# touched when gone %llu\n", (unsigned long long)shared->dead);
	for (i = 0; i < TENANTS; i++) {
		failed |= statuses[i] != 0;
		printf("%sok %s's task lived to the end (status %#x)\n", statuses[i] ? "not " : "",
		       tenants[i].name, statuses[i]);
	}
	/* Steps that never succeeded were not tried. */
	for (step = 0; step < STEPS; step++) {
		if (!shared->done[step]) {
			printf("not ok no %s ever succeeded\n", step_names[step]);
			failed = true;
		}
	}
	failed |= shared->leaks || shared->strange;
	printf("%sok nobody read a byte that was not its own (%llu were)\n",
	       shared->leaks ? "not " : "", (unsigned long long)shared->leaks);
	printf("%sok every errno is in the contract (%llu were not: %s of %s)\n",
	       shared->strange ? "not " : "", (unsigned long long)shared->strange,
	       strerrorname_np(shared->strange_error), step_names[shared->strange_step]);
	return failed;
}

int main(int argc, char **argv)
{
	int statuses[TENANTS];
	pthread_t threads[ADMINS];
	pid_t pids[TENANTS];
	unsigned int i;

	if (argc == 4 && !strcmp(argv[2], "--seconds"))
		end = time(NULL) + atol(argv[3]);
	else if (argc == 3)
		rounds = strtoull(argv[2], NULL, 0);
	else
		die("usage: race SEED ROUNDS | race SEED --seconds N");
	seed = strtoull(argv[1], NULL, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	control = open("/dev/cloison/control", O_RDWR | O_CLOEXEC);
	if (shared == MAP_FAILED || control < 0)
		die("cannot begin: %s", strerror(errno));
	find_numbers();
	for (i = 0; i < TENANTS; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(tenant_main(i));
	}
	for (i = 0; i < ADMINS; i++)
		if (pthread_create(&threads[i], NULL, admin, (void *)(uintptr_t)i))
			die("no thread");
	for (i = 0; i < ADMINS; i++)
		pthread_join(threads[i], NULL);
	__atomic_store_n(&shared->over, true, __ATOMIC_RELAXED);
	for (i = 0; i < TENANTS; i++)
		waitpid(pids[i], &statuses[i], 0);
	return report(statuses);
}
