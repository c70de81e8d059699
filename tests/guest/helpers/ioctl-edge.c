// SPDX-License-Identifier: GPL-2.0-only
/*
 * The edges of every ioctl: sizes, guard pages, unknown bits, bytes that nobody
 * wrote. One line a finding, "ok WHAT" or "not ok WHAT"; exit status 1 if any
 * was not. Each ioctl is first made with good arguments, so that what fails
 * afterwards fails for the one thing that was changed.
 *
 *   ioctl-edge control POOL DIR DIR REGION   as the admin, with a pool that has
 *                                     room, two cgroup directories for tenants
 *                                     and a sealed region of another's
 *   ioctl-edge region PATH            as the tenant that owns the region
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cloison.h"
#include "ioctl-edge-calls.h"

#define PAGE 4096UL

static bool failed;
/* One page, then one that nobody may touch. */
static uint8_t *page;

static void finding(bool good, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs(good ? "ok " : "not ok ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	failed |= !good;
}

static const char *error_name(int error)
{
	return error ? strerrorname_np(error) : "success";
}

/*
 * The call must fail with @error and leave no object, no descriptor and no used
 * byte behind.
 */
static bool refused(const struct call *call, void *args, int error, const char *what)
{
	struct census before, after;
	int seen;

	take_census(&before);
	seen = ioctl(device, call->cmd, args) ? errno : 0;
	take_census(&after);
	if (!seen && call->undo)
		call->undo(args);
	if (seen != error) {
		finding(false, "%s: %s: expected %s, saw %s", call->name, what, error_name(error),
			error_name(seen));
		return false;
	}
	if (memcmp(&before, &after, sizeof(before))) {
		finding(false, "%s: %s: %s, but something came of it", call->name, what,
			error_name(error));
		return false;
	}
	return true;
}

static void refuse(const struct call *call, void *args, int error, const char *what)
{
	if (refused(call, args, error, what))
		finding(true, "%s: %s: %s", call->name, what, error_name(error));
}

static void accept(const struct call *call, void *args, const char *what)
{
	if (ioctl(device, call->cmd, args)) {
		finding(false, "%s: %s: %s", call->name, what, strerrorname_np(errno));
		return;
	}
	finding(true, "%s: %s: accepted", call->name, what);
	if (call->undo)
		call->undo(args);
}

/* The struct where its last byte is the last of the page. */
static void *at_guard_page(const struct call *call, uint8_t fill)
{
	void *args = page + PAGE - call->size;

	memset(page, fill, PAGE);
	call->fill(args);
	return args;
}

static void *fresh(const struct call *call)
{
	static uint64_t room[128];

	memset(room, 0, sizeof(room));
	call->fill(room);
	return room;
}

static uint32_t first_size(const struct call *call)
{
	for (size_t i = 0; i < sizeof(grown_calls) / sizeof(*grown_calls); i++)
		if (grown_calls[i].cmd == call->cmd)
			return grown_calls[i].size;
	return call->size;
}

static void try_sizes(const struct call *call)
{
	const uint32_t least = first_size(call);
	const uint32_t wrong[] = { 0, 4, least - 1 };
	bool all = true;
	uint8_t *args;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		args = fresh(call);
		*(uint32_t *)args = wrong[i];
		all &= refused(call, args, EINVAL, "a size that is too small");
	}
	finding(all, "%s: sizes 0, 4 and %u: EINVAL", call->name, least - 1);
	if (least < call->size) {
		args = fresh(call);
		*(uint32_t *)args = least;
		accept(call, args, "the size it had at first");
	}
	args = fresh(call);
	*(uint32_t *)args = call->size + 64;
	accept(call, args, "larger, the rest zero");
	args = fresh(call);
	*(uint32_t *)args = call->size + 64;
	args[call->size + 63] = 1;
	refuse(call, args, E2BIG, "larger, the rest not zero");
	args = fresh(call);
	*(uint32_t *)args = UINT32_MAX;
	args[call->size] = 1;
	refuse(call, args, E2BIG, "size 4294967295");
}

static void try_memory(const struct call *call)
{
	uint8_t *args = at_guard_page(call, 0);

	accept(call, args, "the last byte before a guard page");
	args = at_guard_page(call, 0);
	*(uint32_t *)args = call->size + 8;
	refuse(call, args, EFAULT, "reaches into a guard page");
	args = at_guard_page(call, 0);
	memmove(args + 8, args, call->size - 8);
	refuse(call, args + 8, EFAULT, "begins before a guard page and ends behind it");
	refuse(call, page + PAGE, EFAULT, "in a guard page");
	refuse(call, NULL, EFAULT, "no struct");

	args = at_guard_page(call, 0);
	mprotect(page, PAGE, PROT_READ);
	if (call->has_outputs)
		refuse(call, args, EFAULT, "in read-only memory");
	else
		accept(call, args, "in read-only memory, which has no outputs");
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

static void try_bits(const struct call *call)
{
	bool all = true;
	uint8_t *args;

	for (int bit = 0; bit < 32; bit++) {
		if (call->flags & 1u << bit)
			continue;
		args = fresh(call);
		((uint32_t *)args)[1] |= 1u << bit;
		all &= refused(call, args, EOPNOTSUPP, "an unknown flag");
	}
	finding(all, "%s: every unknown flag: EOPNOTSUPP", call->name);
	if (!call->reserved)
		return;
	for (int byte = 0; byte < 4; byte += 3) {
		args = fresh(call);
		args[call->reserved + byte] = 0x80;
		refuse(call, args, EINVAL,
		       byte ? "reserved, its last byte" : "reserved, its first byte");
	}
}

/*
 * Whatever is neither an input nor written by the kernel keeps what it was
 * filled with, both times.
 */
static void try_bytes(const struct call *call)
{
	uint8_t first[512];
	size_t unwritten = 0, at = 0;
	uint8_t *args = at_guard_page(call, 0xaa);

	if (ioctl(device, call->cmd, args)) {
		finding(false, "%s: filled with aa: %s", call->name, strerrorname_np(errno));
		return;
	}
	memcpy(first, args, call->size);
	if (call->undo)
		call->undo(args);
	args = at_guard_page(call, 0x55);
	if (ioctl(device, call->cmd, args)) {
		finding(false, "%s: filled with 55: %s", call->name, strerrorname_np(errno));
		return;
	}
	for (size_t i = 0; i < call->size; i++)
		if (first[i] == 0xaa && args[i] == 0x55 && !unwritten++)
			at = i;
	if (call->undo)
		call->undo(args);
	finding(!unwritten, "%s: no byte is left unwritten (%zu are, the first at %zu)", call->name,
		unwritten, at);
}

/* Those of the contract in cloison.h that a wrong value may give. */
static bool in_contract(int error)
{
	const int contract[] = { EOPNOTSUPP, EINVAL, EBADF,  ENOENT, EEXIST, EBUSY,
				 EACCES,     EDQUOT, ENOSPC, EPERM,  ESTALE };

	for (size_t i = 0; i < sizeof(contract) / sizeof(*contract); i++)
		if (contract[i] == error)
			return true;
	return false;
}

/*
 * Each word behind the flags at its edges, one at a time. What is taken is
 * undone; what is not must say so in the contract's words and change nothing.
 * Numbers 1 and 2 must be of what may go.
 */
static void try_words(const struct call *call)
{
	const uint32_t edges[] = { 0, 1, 2, 0x7fffffff, 0x80000000, UINT32_MAX - 1, UINT32_MAX };
	const size_t count = sizeof(edges) / sizeof(*edges);
	struct census before, after;
	unsigned int taken = 0, bad = 0;

	for (size_t i = 2 * count; i < call->size / 4 * count; i++) {
		uint32_t *args = fresh(call);
		int seen;

		args[i / count] = edges[i % count];
		take_census(&before);
		seen = ioctl(device, call->cmd, args) ? errno : 0;
		take_census(&after);
		if (!seen) {
			taken++;
			if (call->undo)
				call->undo(args);
		} else if (!in_contract(seen) || memcmp(&before, &after, sizeof(before))) {
			finding(false, "%s: word %zu is %#x: %s", call->name, i / count,
				edges[i % count], error_name(seen));
			bad++;
		}
	}
	finding(!bad, "%s: every word at its edges: %u taken, else refused and nothing changed",
		call->name, taken);
}

static void try_requests(unsigned int first)
{
	const unsigned int unknown[] = {
		_IO(CLOISON_IOCTL_TYPE, 0xff),
		_IO(CLOISON_IOCTL_TYPE, first),
		_IOWR(CLOISON_IOCTL_TYPE, 0x00, uint64_t),
		0,
		0xffffffff,
		FIONREAD,
	};
	uint64_t room[64] = { sizeof(room) };

	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		int seen = ioctl(device, unknown[i], room) ? errno : 0;

		finding(seen == ENOTTY, "request %#x: expected ENOTTY, saw %s", unknown[i],
			error_name(seen));
	}
}

static void try_names(const struct call *call, const struct bad_name *names)
{
	uint8_t *args;

	for (; names->what; names++) {
		args = fresh(call);
		memset(args + call->name_at, 0, CLOISON_NAME_SIZE);
		memcpy(args + call->name_at, names->bytes, names->length);
		if (names->error)
			refuse(call, args, names->error, names->what);
		else
			accept(call, args, names->what);
	}
}

static void try_call(const struct call *call)
{
	accept(call, fresh(call), "good arguments");
	try_sizes(call);
	try_memory(call);
	try_bits(call);
	try_bytes(call);
	/* A pool of 4 GiB and more would have to be tried from the guest's memory. */
	if (call->cmd != CLOISON_POOL_ADD)
		try_words(call);
	if (call->name_at)
		try_names(call, bad_names);
}

int main(int argc, char **argv)
{
	const struct call *call;
	bool control = argc == 6 && !strcmp(argv[1], "control");

	if (!control && (argc != 3 || strcmp(argv[1], "region"))) {
		fprintf(stderr, "usage: see the head of ioctl-edge.c\n");
		return 2;
	}
	/* What was found out before a crash counts too. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || mprotect(page + PAGE, PAGE, PROT_NONE) ||
	    prepare(control, argv + 2)) {
		perror("ioctl-edge");
		return 2;
	}
	for (call = control ? control_calls : region_calls; call->name; call++)
		try_call(call);
	/* Each device must not know the other's. */
	try_requests(control ? CLOISON_REGION_SEAL : CLOISON_REGION_DESTROY);
	if (control)
		try_names(&control_calls[TENANT_ADD_CALL], tenant_names);
	tidy_up();
	return failed;
}
