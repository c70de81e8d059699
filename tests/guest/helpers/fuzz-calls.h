/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All calls of the fuzzer, a row each, and those around files and mappings.
 */
#ifndef FUZZ_CALLS_H
#define FUZZ_CALLS_H

/* An attempt out of the tenant's cgroup: the host has moved the task there, and back after it. */
static int make_outside(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	unsigned int slot = any_map(values);
	struct random random;
	uint8_t byte;
	int fd;

	(void)row;
	random_seed(&random, values, spoils);
	fd = any_fd(&random);
	if (maps[slot].address && values % 2)
		touch(maps[slot].address, -1);
	return moved(fd, pread(fd, &byte, 1, 0));
}

static int make_sysfs(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	static const char *const classes[] = { "cloison", "cloison_pool", "cloison_tenant" };
	char path[512], text[256];
	struct dirent *entry, *file;
	DIR *class, *dir;
	int fd;

	(void)row;
	(void)spoils;
	snprintf(path, sizeof(path), "/sys/class/%s", classes[values % 3]);
	class = opendir(path);
	if (!class)
		return errno;
	while ((entry = readdir(class))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/class/%s/%s", classes[values % 3],
			 entry->d_name);
		dir = opendir(path);
		while (dir && (file = readdir(dir))) {
			fd = openat(dirfd(dir), file->d_name, O_RDONLY | O_CLOEXEC);
			if (fd >= 0 && read(fd, text, sizeof(text)) < 0 && errno != EISDIR)
				world->strange_error = errno;
			if (fd >= 0)
				close(fd);
		}
		if (dir)
			closedir(dir);
	}
	closedir(class);
	return 0;
}

struct kind {
	const char *name;
	bool by_tenant;
	int (*make)(uint32_t values, uint32_t spoils, const struct ioctl_row *row);
	const struct ioctl_row *row;
};

static const struct kind other_kinds[] = {
	{ "ioctl of any number", false, make_raw_ioctl, NULL },
	{ "tenant's ioctl of any", true, make_raw_ioctl, NULL },
	{ "open", true, make_open, NULL },
	{ "open", true, make_open, NULL },
	{ "close", true, make_close, NULL },
	{ "read", true, make_read, NULL },
	{ "write", true, make_write, NULL },
	{ "lseek", true, make_seek, NULL },
	{ "poll", true, make_poll, NULL },
	{ "sendfile", true, make_sendfile, NULL },
	{ "mmap", true, make_mmap, NULL },
	{ "mmap", true, make_mmap, NULL },
	{ "touch", true, make_touch, NULL },
	{ "touch", true, make_touch, NULL },
	{ "mprotect", true, make_mprotect, NULL },
	{ "munmap", true, make_munmap, NULL },
	{ "mremap", true, make_mremap, NULL },
	{ "madvise", true, make_madvise, NULL },
	{ "fork", true, make_fork, NULL },
	{ "outside the cgroup", true, make_outside, NULL },
	{ "sysfs", false, make_sysfs, NULL },
};

#define OTHER_KINDS (sizeof(other_kinds) / sizeof(other_kinds[0]))
#define KINDS (IOCTLS + OTHER_KINDS)

static struct kind kinds[MAX_KINDS];

static void kinds_make(void)
{
	size_t i;

	_Static_assert(KINDS <= MAX_KINDS, "too many calls");
	for (i = 0; i < IOCTLS; i++)
		kinds[i] = (struct kind){ ioctls[i].name, ioctls[i].by_tenant, make_ioctl,
					  &ioctls[i] };
	memcpy(&kinds[IOCTLS], other_kinds, sizeof(other_kinds));
}

#endif /* FUZZ_CALLS_H */
