// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tenants that come, fill a region and end, each in one of many ways, several at
 * a time.
 *
 *   churn SEED SECONDS LEAST BATCH CGROUP...
 *
 * Each CGROUP is that of a tenant of the same name. The module's side of it is
 * removed and made anew for each tenant, of which so many come and go under one
 * number; the guard's side stays. Regions come from the pool accel0; the way
 * "pool" adds and removes one of its own on the accelerator, bound to the driver
 * before. A tenant writes the mark below and which of all it is over all of its
 * region. After every BATCH tenants all of them are gone and their memory is clean;
 * then "batch N" is printed and a line is read, so that the host can look. The last
 * batch is the one in which the time is over and LEAST tenants have ended. At the end
 * a line for each way, then "ok" or "not ok" lines; exit status 1 if any was not.
 */
#include <sys/wait.h>

#include "attack.h"
#include "find.h"

#define BYTES (2UL << 20)
#define MAX_CGROUPS 16
/* "cloison!", as the host looks for it. */
#define MARK 0x216e6f73696f6c63ULL

enum way { WAY_CLOSE, WAY_EXIT, WAY_KILL, WAY_OOM, WAY_REVOKE, WAY_DESTROY, WAY_POOL, WAYS };

static const char *const way_names[WAYS] = {
	"close", "exit", "kill -9", "out of memory", "revoke", "destroy", "pool removal",
};

static int control = -1;
static uint32_t accel0;
static struct random draw;
static uint64_t ended[WAYS];
static uint64_t leaks;
static bool failed;

/* ---- the tenant's task ------------------------------------------------------------ */

/* Whatever is there before it writes is another's. */
static bool filled(volatile uint64_t *words, uint64_t tenant)
{
	bool clean = true;
	size_t i;

	for (i = 0; i < BYTES / 16; i++) {
		clean &= !words[2 * i] && !words[2 * i + 1];
		words[2 * i] = MARK;
		words[2 * i + 1] = tenant;
	}
	return clean;
}

static void eat(void)
{
	for (;;) {
		char *more = malloc(1 << 20);

		if (more)
			memset(more, 1, 1 << 20);
	}
}

/* Says "f" or, if it found a byte of somebody's, "l"; ends as told. */
static void live(const char *cgroup, enum way way, uint64_t tenant, int say, int hear)
{
	char path[64], heard;
	volatile uint64_t *words;
	int fd;

	touch_init();
	enter_cgroup(cgroup);
	snprintf(path, sizeof(path), "/dev/cloison/%s/churn", cgroup);
	fd = open(path, O_RDWR | O_CLOEXEC);
	words = fd < 0 ? MAP_FAILED : mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (words == MAP_FAILED)
		die("%s: %s", path, strerror(errno));
	if (write(say, filled(words, tenant) ? "f" : "l", 1) != 1)
		_exit(2);
	if (read(hear, &heard, 1) != 1)
		_exit(3);
	switch (way) {
	case WAY_CLOSE:
		munmap((void *)words, BYTES);
		close(fd);
		_exit(0);
	case WAY_OOM:
		eat();
		break;
	case WAY_REVOKE:
	case WAY_DESTROY:
		/* Its memory is somebody else's by now. */
		_exit(touch((volatile uint8_t *)words, 1) < 0 ? 0 : 4);
	default:
		_exit(0);
	}
}

/* ---- the admin ----------------------------------------------------------------------- */

static int call(unsigned int cmd, void *args)
{
	return ioctl(control, cmd, args) ? errno : 0;
}

static void must(int error, const char *what)
{
	if (error)
		die("%s: %s", what, strerror(error));
}

static uint32_t find_accel0(void)
{
	struct cloison_pool_get get = { .size = sizeof(get), .flags = CLOISON_GET_FLAG_NEXT };

	while (!call(CLOISON_POOL_GET, &get)) {
		if (!strcmp((char *)get.out_name, "accel0"))
			return get.out_pool;
		get.pool = get.out_pool + 1;
	}
	die("no pool accel0");
}

static void wait_clean(void)
{
	struct cloison_pool_get get = { .size = sizeof(get), .pool = accel0 };

	do {
		usleep(1000);
		must(call(CLOISON_POOL_GET, &get), "looking at accel0");
	} while (get.out_dirty);
	if (get.out_used || get.out_quarantined)
		die("%llu bytes are used and %llu quarantined when all are gone",
		    (unsigned long long)get.out_used, (unsigned long long)get.out_quarantined);
}

struct guest {
	const char *cgroup;
	uint32_t number;
	unsigned int which;
	enum way way;
	uint32_t pool;
	uint32_t region;
	pid_t pid;
	int say;
	int hear;
};

static void tenant_add(const struct guest *guest)
{
	struct cloison_tenant_add add = {
		.size = sizeof(add),
		.tenant = guest->number,
		.quota = BYTES,
	};
	char path[256];

	snprintf(path, sizeof(path), "/sys/fs/cgroup/cloison/%s", guest->cgroup);
	add.cgroup_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	memcpy(add.name, guest->cgroup, strlen(guest->cgroup));
	must(call(CLOISON_TENANT_ADD, &add), "adding a tenant");
	close(add.cgroup_fd);
}

static void tenant_remove(uint32_t number)
{
	struct cloison_tenant_remove remove = { .size = sizeof(remove), .tenant = number };

	must(call(CLOISON_TENANT_REMOVE, &remove), "removing a tenant");
}

static uint32_t own_pool(void)
{
	struct cloison_pool_add add = {
		.size = sizeof(add),
		.kind = CLOISON_POOL_PCI,
		.numa_node = -1,
		.bytes = BYTES,
		.pci_address = 4 << 3,
		.pci_bar = 2,
		.name = "churn",
	};

	must(call(CLOISON_POOL_ADD, &add), "adding a pool");
	return add.out_pool;
}

static void begin(struct guest *guest, bool pool_is_free)
{
	struct cloison_region_create create = {
		.size = sizeof(create),
		.tenant = guest->number,
		.bytes = BYTES,
		.mode = 0600,
		.name = "churn",
	};
	int to[2], from[2];
	char said;

	guest->way = random_below(&draw, pool_is_free ? WAYS : WAYS - 1);
	guest->pool = guest->way == WAY_POOL ? own_pool() : accel0;
	tenant_add(guest);
	create.pool = guest->pool;
	must(call(CLOISON_REGION_CREATE, &create), "creating a region");
	guest->region = create.out_region;
	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		die("pipe: %s", strerror(errno));
	guest->pid = fork();
	if (!guest->pid) {
		close(to[1]);
		live(guest->cgroup, guest->way, guest->which, from[1], to[0]);
	}
	close(to[0]);
	close(from[1]);
	guest->say = to[1];
	guest->hear = from[0];
	if (read(guest->hear, &said, 1) != 1)
		die("tenant %u ended before its time", guest->which);
	leaks += said == 'l';
}

static void expect(const struct guest *guest, int status)
{
	bool right;

	switch (guest->way) {
	case WAY_KILL:
	case WAY_OOM:
		right = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
		break;
	default:
		right = WIFEXITED(status) && !WEXITSTATUS(status);
	}
	if (right)
		return;
	printf("not ok tenant %u, %s, ended with status %#x\n", guest->which, way_names[guest->way],
	       status);
	failed = true;
}

static void finish(struct guest *guest)
{
	struct cloison_region_number region = { .size = sizeof(region), .region = guest->region };
	struct cloison_pool_remove pool = { .size = sizeof(pool), .pool = guest->pool };
	int status;

	if (guest->way == WAY_REVOKE)
		must(call(CLOISON_REGION_REVOKE, &region), "revoking a region");
	if (guest->way == WAY_DESTROY)
		must(call(CLOISON_REGION_DESTROY, &region), "destroying a region");
	if (guest->way == WAY_KILL)
		kill(guest->pid, SIGKILL);
	else if (write(guest->say, "g", 1) != 1)
		die("tenant %u is dead", guest->which);
	waitpid(guest->pid, &status, 0);
	expect(guest, status);
	close(guest->say);
	close(guest->hear);
	if (guest->way != WAY_DESTROY)
		must(call(CLOISON_REGION_DESTROY, &region), "destroying a region");
	tenant_remove(guest->number);
	if (guest->way == WAY_POOL)
		must(call(CLOISON_POOL_REMOVE, &pool), "removing a pool");
	ended[guest->way]++;
	guest->pid = 0;
}

static void batch_over(unsigned int done)
{
	char line[16];

	wait_clean();
	printf("batch %u\n", done);
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		die("nobody looks");
}

int main(int argc, char **argv)
{
	struct guest guests[MAX_CGROUPS] = { 0 };
	unsigned int least, batch, cgroups, begun = 0, done = 0, i;
	time_t end;
	int way;

	if (argc < 6 || argc - 5 > MAX_CGROUPS)
		die("usage: churn SEED SECONDS LEAST BATCH CGROUP...");
	random_seed(&draw, strtoull(argv[1], NULL, 0), 0);
	end = time(NULL) + atol(argv[2]);
	least = atoi(argv[3]);
	batch = atoi(argv[4]);
	cgroups = argc - 5;
	control = open("/dev/cloison/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		die("/dev/cloison/control: %s", strerror(errno));
	accel0 = find_accel0();
	for (i = 0; i < cgroups; i++) {
		guests[i].cgroup = argv[5 + i];
		guests[i].number = tenant_number(control, guests[i].cgroup);
		if (!guests[i].number)
			die("no tenant %s", guests[i].cgroup);
		tenant_remove(guests[i].number);
	}
	while (done < least || done % batch || time(NULL) < end) {
		struct guest *guest = &guests[random_below(&draw, cgroups)];

		if (!guest->pid && begun < (done / batch + 1) * batch) {
			bool pool_is_free = true;

			for (i = 0; i < cgroups; i++)
				pool_is_free &= !guests[i].pid || guests[i].way != WAY_POOL;
			guest->which = begun++;
			begin(guest, pool_is_free);
		} else if (guest->pid) {
			finish(guest);
			if (!(++done % batch))
				batch_over(done);
		}
	}
	for (i = 0; i < cgroups; i++)
		tenant_add(&guests[i]);
	for (way = 0; way < WAYS; way++)
		printf("%sok %llu ended by %s\n", ended[way] ? "" : "not ",
		       (unsigned long long)ended[way], way_names[way]);
	for (way = 0; way < WAYS; way++)
		failed |= !ended[way];
	printf("%sok none of %u found a byte in its new region (%llu did)\n", leaks ? "not " : "",
	       done, (unsigned long long)leaks);
	return failed || leaks;
}
