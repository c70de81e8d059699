/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kinds of memory that are compared, behind one interface: made, mapped,
 * unmade. A part of memory.c, which includes it.
 */
#ifndef BENCH_MEMORY_TARGET_H
#define BENCH_MEMORY_TARGET_H

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-heap.h>
#include <linux/memfd.h>
#include <linux/udmabuf.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cloison.h"
#include "clock.h"

static _Noreturn void die(const char *format, ...)
{
	int error = errno;
	va_list list;

	va_start(list, format);
	fputs("bench-memory: ", stderr);
	vfprintf(stderr, format, list);
	va_end(list);
	fprintf(stderr, ": %s\n", strerror(error));
	exit(1);
}

/* ---- the admin ----------------------------------------------------------- */

/*
 * Regions are made by a process outside of every tenant, and used by one inside
 * of one: a child that was left behind when this process joined its tenant.
 */
enum admin_verb { ADMIN_CREATE, ADMIN_DESTROY, ADMIN_REVOKE, ADMIN_CLEAN };

struct admin_request {
	enum admin_verb verb;
	uint64_t bytes;
};

static struct {
	int control, requests, answers;
	uint32_t pool, tenant, region;
	const char *tenant_name;
} admin;

static void admin_ioctl(unsigned long cmd, void *args, const char *what)
{
	if (ioctl(admin.control, cmd, args))
		die("%s", what);
}

static void admin_create(uint64_t bytes)
{
	struct cloison_region_create args = {
		.size = sizeof(args),
		.tenant = admin.tenant,
		.pool = admin.pool,
		.bytes = bytes,
		.mode = 0660,
		.name = "bench",
	};

	admin_ioctl(CLOISON_REGION_CREATE, &args, "a region");
	admin.region = args.out_region;
}

static void admin_end(unsigned long cmd)
{
	struct cloison_region_number args = { .size = sizeof(args), .region = admin.region };

	admin_ioctl(cmd, &args, "the end of a region");
}

/* Scrubbed to the last granule: what is measured next has the machine to itself. */
static void admin_clean(void)
{
	struct cloison_pool_get args = { .size = sizeof(args), .pool = admin.pool };

	do {
		admin_ioctl(CLOISON_POOL_GET, &args, "the pool");
		usleep(200);
	} while (args.out_dirty);
}

/* Answers each request with the nanoseconds that it took. */
static _Noreturn void admin_serve(int requests, int answers)
{
	struct admin_request request;
	uint64_t took;

	while (read(requests, &request, sizeof(request)) == sizeof(request)) {
		took = now();
		switch (request.verb) {
		case ADMIN_CREATE:
			admin_create(request.bytes);
			break;
		case ADMIN_DESTROY:
			admin_end(CLOISON_REGION_DESTROY);
			break;
		case ADMIN_REVOKE:
			admin_end(CLOISON_REGION_REVOKE);
			break;
		case ADMIN_CLEAN:
			admin_clean();
			break;
		}
		took = now() - took;
		if (write(answers, &took, sizeof(took)) != sizeof(took))
			break;
	}
	_exit(0);
}

static uint64_t ask(enum admin_verb verb, uint64_t bytes)
{
	struct admin_request request = { verb, bytes };
	uint64_t took;

	if (write(admin.requests, &request, sizeof(request)) != sizeof(request) ||
	    read(admin.answers, &took, sizeof(took)) != sizeof(took))
		die("the admin is gone");
	return took;
}

/* Leaves the admin behind and joins the tenant. */
static void admin_start(const char *pool, const char *tenant, const char *tenant_name,
			const char *cgroup)
{
	int requests[2], answers[2], procs;
	char path[256];

	admin.pool = (uint32_t)atoi(pool);
	admin.tenant = (uint32_t)atoi(tenant);
	admin.tenant_name = tenant_name;
	admin.control = open("/dev/cloison/control", O_RDWR | O_CLOEXEC);
	if (admin.control < 0 || pipe(requests) || pipe(answers))
		die("/dev/cloison/control");
	if (!fork()) {
		close(requests[1]);
		admin_serve(requests[0], answers[1]);
	}
	close(requests[0]);
	close(admin.control);
	admin.requests = requests[1];
	admin.answers = answers[0];
	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	procs = open(path, O_WRONLY);
	if (procs < 0 || write(procs, "0", 1) != 1)
		die("%s", path);
	close(procs);
}

/* ---- targets -------------------------------------------------------------- */

/**
 * struct target - a kind of memory
 * @name: of the series, and what follows a colon of it on the command line
 * @make: a descriptor of so many bytes that can be mapped
 * @unmake: what closing the descriptor does not do, or NULL
 */
struct target {
	const char *name;
	int (*make)(uint64_t bytes);
	void (*unmake)(void);
};

static int open_region(void)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/dev/cloison/%s/bench", admin.tenant_name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		die("%s", path);
	return fd;
}

static int make_region(uint64_t bytes)
{
	ask(ADMIN_CREATE, bytes);
	return open_region();
}

static void unmake_region(void)
{
	ask(ADMIN_DESTROY, 0);
}

static int make_dax(uint64_t bytes)
{
	(void)bytes;
	return open("/dev/dax0.0", O_RDWR | O_CLOEXEC);
}

static int make_memfd(uint64_t bytes, unsigned int flags)
{
	int fd = memfd_create("bench", MFD_CLOEXEC | flags);

	return fd < 0 || ftruncate(fd, (off_t)bytes) ? -1 : fd;
}

static int make_hugetlb(uint64_t bytes)
{
	return make_memfd(bytes, MFD_HUGETLB | MFD_HUGE_2MB);
}

static int make_udmabuf(uint64_t bytes)
{
	struct udmabuf_create args = { .flags = UDMABUF_FLAGS_CLOEXEC, .size = bytes };
	int memory = make_memfd(bytes, MFD_ALLOW_SEALING), fd;
	int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);

	if (memory < 0 || device < 0 || fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK))
		return -1;
	args.memfd = (uint32_t)memory;
	fd = ioctl(device, UDMABUF_CREATE, &args);
	close(memory);
	close(device);
	return fd;
}

static int make_heap(uint64_t bytes)
{
	struct dma_heap_allocation_data args = { .len = bytes, .fd_flags = O_RDWR | O_CLOEXEC };
	int device = open("/dev/dma_heap/system", O_RDWR | O_CLOEXEC);
	int failed = device < 0 || ioctl(device, DMA_HEAP_IOCTL_ALLOC, &args);

	close(device);
	return failed ? -1 : (int)args.fd;
}

static int make_tmpfs(uint64_t bytes)
{
	return make_memfd(bytes, 0);
}

static const struct target targets[] = {
	{ "region", make_region, unmake_region }, { "devdax", make_dax, NULL },
	{ "hugetlb", make_hugetlb, NULL },	  { "udmabuf", make_udmabuf, NULL },
	{ "dma-heap", make_heap, NULL },	  { "tmpfs", make_tmpfs, NULL },
};

static const struct target *target_of(const char *name)
{
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		if (!strcmp(targets[i].name, name))
			return &targets[i];
	fprintf(stderr, "bench-memory: no kind of memory is called %s\n", name);
	exit(2);
}

static int target_make(const struct target *target, uint64_t bytes)
{
	int fd = target->make(bytes);

	if (fd < 0)
		die("%s", target->name);
	return fd;
}

static uint8_t *target_map(const struct target *target, int fd, uint64_t bytes)
{
	void *map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		die("%s: mmap", target->name);
	return map;
}

static void target_unmake(const struct target *target, int fd, void *map, uint64_t bytes)
{
	if (map)
		munmap(map, bytes);
	close(fd);
	if (target->unmake)
		target->unmake();
}

#endif /* BENCH_MEMORY_TARGET_H */
