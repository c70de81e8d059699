/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls that fail-nth makes fail. A new ioctl needs a row at the end of
 * this file; M-09 compares the rows with the header.
 */
#ifndef FAIL_NTH_CALLS_H
#define FAIL_NTH_CALLS_H

#define NODE "/dev/cloison/acme/fail-nth"
#define PAGE 4096UL
/* Away from all else and not aligned, so that a fault has to make page tables. */
#define FAR ((void *)0x100000001000)

/* What acme's task has before the call; each includes the ones before it. */
enum needs { NEEDS_NOTHING, NEEDS_REGION, NEEDS_OPEN, NEEDS_MAPPED, NEEDS_SEALED };

static int node = -1;
static volatile uint8_t *mapped;
/* What run() made and undo() takes back. */
static int made_fd = -1;
static void *made_map;
static uint8_t buffer[128 << 10];

static int result_of(int ret)
{
	return ret < 0 ? errno : 0;
}

static void enter_cgroup(const char *procs)
{
	int fd = open(procs, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "0", 1) != 1)
		die("%s: %s", procs, strerror(errno));
	close(fd);
}

/* Looked up before anything fails. */
static uint32_t acme, globex, accel0;

static int region_create(const char *name, uint64_t bytes, uint32_t *number)
{
	struct cloison_region_create create = {
		.size = sizeof(create),
		.tenant = acme,
		.pool = accel0,
		.bytes = bytes,
		.mode = 0600,
	};

	memcpy(create.name, name, strlen(name));
	if (ioctl(control, CLOISON_REGION_CREATE, &create))
		return errno;
	*number = create.out_region;
	return 0;
}

static uint32_t region_make(const char *name, uint64_t bytes)
{
	uint32_t number = 0;
	int error = region_create(name, bytes, &number);

	if (error)
		die("making a region: %s", strerror(error));
	return number;
}

static int on_region(unsigned int cmd, uint32_t number)
{
	struct cloison_region_number args = { .size = sizeof(args), .region = number };

	return result_of(ioctl(control, cmd, &args));
}

static void region_destroy(uint32_t number)
{
	int error = on_region(CLOISON_REGION_DESTROY, number);

	if (error)
		die("destroying a region: %s", strerror(error));
}

#include "fail-nth-tenant.h"
#include "fail-nth-admin.h"

/* ---- the table ---------------------------------------------------------------------- */

/**
 * struct call - one call that succeeds unless something fails
 * @name: of the ioctl as the header has it, with what is particular after a space
 * @by_tenant: made by acme's task, not by the admin
 * @needs: what acme's task has before
 * @spends: success leaves nothing to do it again with
 * @never_fails: no failing allocation needs to make it fail
 * @also: an errno that the kernel has for want of memory beside ENOMEM
 * @begin: before the first go, when what it needs is there, or NULL
 * @run: makes it; 0 or an errno
 * @whole: after success, 0 if all of it is there, or NULL
 * @undo: after success, takes it back, or NULL
 * @end: after the last go, or NULL
 */
struct call {
	const char *name;
	bool by_tenant;
	enum needs needs;
	bool spends;
	bool never_fails;
	int also;
	void (*begin)(void);
	int (*run)(void);
	int (*whole)(void);
	void (*undo)(void);
	void (*end)(void);
};

#define ADMIN(_name, _run, ...) { .name = (_name), .run = (_run), ##__VA_ARGS__ }
#define TENANT(_name, _needs, _run, ...) \
	{ .name = (_name), .by_tenant = true, .needs = (_needs), .run = (_run), ##__VA_ARGS__ }

static const struct call calls[] = {
	ADMIN("CLOISON_QUERY", query_run),
	ADMIN("CLOISON_POOL_ADD ram", pool_add_ram_run, .whole = pool_add_whole,
	      .undo = pool_add_undo),
	/* request_mem_region() does not say why. */
	ADMIN("CLOISON_POOL_ADD reserved", pool_add_reserved_run, .whole = pool_add_whole,
	      .undo = pool_add_undo, .also = EBUSY),
	ADMIN("CLOISON_POOL_ADD pci", pool_add_pci_run, .whole = pool_add_whole,
	      .undo = pool_add_undo),
	ADMIN("CLOISON_POOL_REMOVE", pool_remove_run, .begin = pool_remove_undo,
	      .undo = pool_remove_undo, .end = pool_add_undo),
	ADMIN("CLOISON_POOL_GET", pool_get_run),
	ADMIN("CLOISON_POOL_EXTENT", pool_extent_run),
	ADMIN("CLOISON_TENANT_ADD", tenant_add_run, .whole = tenant_add_whole,
	      .undo = tenant_add_undo),
	ADMIN("CLOISON_TENANT_REMOVE", tenant_remove_run, .begin = tenant_remove_undo,
	      .undo = tenant_remove_undo, .end = tenant_add_undo),
	ADMIN("CLOISON_TENANT_GET", tenant_get_run),
	ADMIN("CLOISON_TENANT_SET", tenant_set_run, .whole = tenant_set_whole,
	      .undo = tenant_set_undo),
	ADMIN("CLOISON_TENANT_SET cgroup", tenant_cgroup_run, .whole = tenant_cgroup_whole,
	      .undo = tenant_cgroup_undo),
	ADMIN("CLOISON_REGION_CREATE", region_create_run, .whole = region_create_whole,
	      .undo = region_create_undo),
	ADMIN("CLOISON_REGION_REVOKE", region_revoke_run, .needs = NEEDS_REGION, .spends = true),
	ADMIN("CLOISON_REGION_DESTROY", region_destroy_run, .needs = NEEDS_REGION, .spends = true,
	      .whole = region_destroy_whole),
	ADMIN("CLOISON_REGION_RESIZE", region_resize_run, .needs = NEEDS_REGION,
	      .whole = region_resize_whole, .undo = region_resize_undo),
	ADMIN("CLOISON_REGION_GET", region_get_run, .needs = NEEDS_REGION),
	ADMIN("CLOISON_GRANT_ADD", grant_add_run, .needs = NEEDS_SEALED, .whole = grant_add_whole,
	      .undo = grant_add_undo),
	ADMIN("CLOISON_GRANT_REVOKE", grant_revoke_run, .needs = NEEDS_SEALED, .begin = grant_again,
	      .undo = grant_again, .end = grant_add_undo),
	ADMIN("CLOISON_GRANT_GET", grant_get_run, .needs = NEEDS_SEALED, .begin = grant_again,
	      .end = grant_add_undo),
	ADMIN("CLOISON_GUARD_HOLD", guard_hold_run, .whole = guard_hold_whole,
	      .undo = release_again),
	ADMIN("CLOISON_GUARD_OPEN", guard_open_run, .begin = hold_again, .whole = guard_open_whole,
	      .undo = close_made, .end = release_again),
	ADMIN("CLOISON_GUARD_RELEASE", guard_release_run, .begin = hold_again, .undo = hold_again,
	      .end = release_again),
	ADMIN("CLOISON_GUARD_NEXT", guard_next_run),
	TENANT("open", NEEDS_REGION, open_run, .whole = open_whole, .undo = close_made),
	TENANT("mmap", NEEDS_OPEN, mmap_run, .whole = mmap_whole, .undo = mmap_undo),
	TENANT("fault", NEEDS_MAPPED, fault_run, .never_fails = true, .whole = fault_whole,
	       .undo = fault_undo),
	TENANT("read", NEEDS_OPEN, read_run),
	TENANT("write", NEEDS_OPEN, write_run),
	TENANT("CLOISON_REGION_INFO", NEEDS_OPEN, info_run),
	TENANT("CLOISON_REGION_SEAL", NEEDS_OPEN, seal_run, .spends = true, .whole = seal_whole),
	TENANT("CLOISON_REGION_EXPORT", NEEDS_OPEN, export_run, .whole = export_whole,
	       .undo = close_made),
	TENANT("CLOISON_REGION_MEASURE", NEEDS_OPEN, measure_run),
};

#define CALLS (sizeof(calls) / sizeof(calls[0]))

#endif /* FAIL_NTH_CALLS_H */
