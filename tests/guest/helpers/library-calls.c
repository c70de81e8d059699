// SPDX-License-Identifier: GPL-2.0-only
/*
 * library-calls REGION STEP: what a runtime does by libcloison, one step a run.
 * Ends with 1 and a line that says what was not so.
 */
#include <errno.h>
#include <fcntl.h>
#include <libcloison.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static int expect(const char *what, int seen, int expected)
{
	if (seen == expected)
		return 0;
	fprintf(stderr, "%s: %d (%s), expected %d (%s)\n", what, seen,
		seen < 0 ? cloison_strerror(seen) : "done", expected,
		expected < 0 ? cloison_strerror(expected) : "done");
	return 1;
}

/* A part that begins and ends within a page is written, and read by read(2). */
static int range(struct cloison_region **held)
{
	struct cloison_region *region = *held;
	struct cloison_mapping *mapping = NULL;
	char seen[8] = "";
	int bad;

	bad = expect("map",
		     cloison_region_map(region, PAGE + 1, 7, PROT_READ | PROT_WRITE, &mapping), 0);
	if (bad)
		return bad;
	bad |= expect("bytes", (int)cloison_mapping_bytes(mapping), 7);
	memcpy(cloison_mapping_address(mapping), "cloison", 7);
	bad |= expect("read", (int)pread(cloison_region_fd(region), seen, 7, PAGE + 1), 7);
	bad |= expect("content", memcmp(seen, "cloison", 7), 0);
	cloison_unmap(mapping);
	return bad;
}

static int limits(struct cloison_region **held)
{
	struct cloison_region *region = *held;
	uint64_t bytes = cloison_region_bytes(region);
	struct cloison_mapping *mapping = NULL;
	int bad = 0;

	bad |= expect("map at the end", cloison_region_map(region, bytes, 0, PROT_READ, &mapping),
		      -EINVAL);
	bad |= expect("map past the end",
		      cloison_region_map(region, bytes - 1, 2, PROT_READ, &mapping), -EINVAL);
	bad |= expect("map that wraps",
		      cloison_region_map(region, UINT64_MAX, 2, PROT_READ, &mapping), -EINVAL);
	bad |= expect("map to write only", cloison_region_map(region, 0, 0, PROT_WRITE, &mapping),
		      -EINVAL);
	bad |= expect("map to run",
		      cloison_region_map(region, 0, 0, PROT_READ | PROT_EXEC, &mapping), -EINVAL);
	bad |= expect("export off the page", cloison_region_export(region, 1, PAGE, O_RDONLY),
		      -EINVAL);
	bad |= expect("no mapping was made", mapping == NULL, 1);
	return bad;
}

/* What `range` wrote is there in a dma-buf that begins with its page. */
static int export(struct cloison_region **held)
{
	struct cloison_region *region = *held;
	int fd = cloison_region_export(region, PAGE, PAGE, O_RDONLY), bad;
	char *memory;

	if (fd < 0)
		return expect("export", fd, 0);
	memory = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) {
		perror("mmap of the dma-buf");
		return 1;
	}
	bad = expect("content", memcmp(memory + 1, "cloison", 7), 0);
	bad |= expect("close on exec", fcntl(fd, F_GETFD), FD_CLOEXEC);
	munmap(memory, PAGE);
	close(fd);
	return bad;
}

/* A mapping goes on when the last reference to its region was dropped. */
static int outlive(struct cloison_region **region)
{
	uint64_t bytes = cloison_region_bytes(*region);
	struct cloison_mapping *mapping = NULL;
	int bad = expect("map", cloison_region_map(*region, 0, 0, PROT_READ, &mapping), 0);
	const char *content;

	if (bad)
		return bad;
	*region = cloison_region_unref(*region);
	content = cloison_mapping_address(mapping);
	bad |= expect("content", memcmp(content + PAGE + 1, "cloison", 7), 0);
	bad |= expect("all of it", cloison_mapping_bytes(mapping) == bytes, 1);
	cloison_unmap(mapping);
	return bad;
}

static int seal(struct cloison_region **held)
{
	struct cloison_region *region = *held;
	struct cloison_region_info info = CLOISON_ARG(cloison_region_info);
	struct cloison_mapping *mapping = NULL;
	int bad = 0;

	bad |= expect("seal", cloison_region_seal(region), 0);
	bad |= expect("seal again", cloison_region_seal(region), 0);
	bad |= expect("info", cloison_region_info(region, &info), 0);
	bad |= expect("state", (int)info.out_state, CLOISON_REGION_SEALED);
	bad |= expect("write", pwrite(cloison_region_fd(region), "x", 1, 0) < 0 ? -errno : 0,
		      -EPERM);
	bad |= expect("map to write",
		      cloison_region_map(region, 0, 0, PROT_READ | PROT_WRITE, &mapping), -EPERM);
	bad |= expect("map to read", cloison_region_map(region, 0, 0, PROT_READ, &mapping), 0);
	cloison_unmap(mapping);
	bad |= expect("export to write", cloison_region_export(region, 0, 0, O_RDWR), -EPERM);
	return bad;
}

static const struct {
	const char *name;
	int (*run)(struct cloison_region **region);
} steps[] = {
	{ "range", range },	{ "limits", limits }, { "export", export },
	{ "outlive", outlive }, { "seal", seal },
};

int main(int argc, char **argv)
{
	struct cloison_region *region;
	struct cloison_ctx *ctx;
	int bad = 2, rc;
	size_t i;

	if (argc != 3 || cloison_new(&ctx))
		return bad;
	rc = cloison_region_open(ctx, argv[1], O_RDWR, &region);
	if (rc)
		return expect("open", rc, 0);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!strcmp(steps[i].name, argv[2]))
			bad = steps[i].run(&region);
	cloison_region_unref(region);
	cloison_unref(ctx);
	return bad;
}
