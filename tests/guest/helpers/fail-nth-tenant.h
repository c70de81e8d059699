/* SPDX-License-Identifier: GPL-2.0-only */
/* What fail-nth's calls of acme's task do, and what it has before them. */
#ifndef FAIL_NTH_TENANT_H
#define FAIL_NTH_TENANT_H

static int seal_run(void)
{
	struct cloison_region_seal seal = { .size = sizeof(seal) };

	return result_of(ioctl(node, CLOISON_REGION_SEAL, &seal));
}

static int tenant_prepare(enum needs needs)
{
	if (needs >= NEEDS_OPEN) {
		node = open(NODE, O_RDWR | O_CLOEXEC);
		if (node < 0)
			return errno;
	}
	if (needs >= NEEDS_MAPPED) {
		mapped = mmap(FAR, 2UL << 20, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_FIXED_NOREPLACE, node, 0);
		if (mapped == MAP_FAILED)
			return errno;
	}
	return needs >= NEEDS_SEALED ? seal_run() : 0;
}

static void tenant_release(void)
{
	if (mapped)
		munmap((void *)mapped, 2UL << 20);
	mapped = NULL;
	if (node >= 0)
		close(node);
	node = -1;
}

static void close_made(void)
{
	close(made_fd);
	made_fd = -1;
}

static int open_run(void)
{
	made_fd = open(NODE, O_RDWR | O_CLOEXEC);
	return result_of(made_fd);
}

static int open_whole(void)
{
	return pread(made_fd, buffer, 1, 0) == 1 ? 0 : errno;
}

static int map_node(int fd)
{
	void *address = mmap(NULL, 2UL << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (address == MAP_FAILED)
		return errno;
	made_map = address;
	return 0;
}

static int mmap_run(void)
{
	return map_node(node);
}

static int mmap_whole(void)
{
	*(volatile uint8_t *)made_map = 1;
	return 0;
}

static void mmap_undo(void)
{
	munmap(made_map, 2UL << 20);
}

/* A fault has no errno: it is made again until there is memory. */
static int fault_run(void)
{
	mapped[PAGE] = 1;
	return 0;
}

static int fault_whole(void)
{
	return mapped[PAGE] == 1 ? 0 : EIO;
}

static void fault_undo(void)
{
	tenant_release();
	if (tenant_prepare(NEEDS_MAPPED))
		die("mapping again: %s", strerror(errno));
}

static int read_run(void)
{
	return result_of(pread(node, buffer, sizeof(buffer), 0));
}

static int write_run(void)
{
	return result_of(pwrite(node, buffer, sizeof(buffer), 0));
}

static int info_run(void)
{
	struct cloison_region_info info = { .size = sizeof(info) };

	return result_of(ioctl(node, CLOISON_REGION_INFO, &info));
}

static int seal_whole(void)
{
	return pwrite(node, buffer, 1, 0) < 0 && errno == EPERM ? 0 : EIO;
}

static int export_run(void)
{
	struct cloison_region_export export = {
		.size = sizeof(export),
		.fd_flags = O_CLOEXEC | O_RDWR,
	};

	if (ioctl(node, CLOISON_REGION_EXPORT, &export))
		return errno;
	made_fd = export.out_fd;
	return 0;
}

static int export_whole(void)
{
	int error = map_node(made_fd);

	if (error)
		return error;
	*(volatile uint8_t *)made_map = 1;
	mmap_undo();
	return 0;
}

static int measure_run(void)
{
	struct cloison_region_measure measure = { .size = sizeof(measure) };

	return result_of(ioctl(node, CLOISON_REGION_MEASURE, &measure));
}

#endif /* FAIL_NTH_TENANT_H */
