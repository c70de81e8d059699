/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of the fuzzer: every ioctl by its row, and what is done with a file,
 * a mapping and sysfs. Each takes its values from one number and what is wrong
 * with them from another, zero for nothing.
 */
#ifndef FUZZ_CALLS_H
#define FUZZ_CALLS_H

#define RESULT(_call) ((_call) < 0 ? errno : 0)

static const char *const names[] = { "a", "b", "c", "d" };

static uint64_t interesting(struct random *random)
{
	static const uint64_t values[] = {
		0,
		1,
		2,
		4095,
		4096,
		4097,
		(2 << 20) - 1,
		2 << 20,
		(2 << 20) + 1,
		3 << 20,
		0x7fffffff,
		0x80000000,
		0xfffffffe,
		0xffffffff,
		1ULL << 32,
		1ULL << 52,
		(1ULL << 63) - 1,
		1ULL << 63,
		~0ULL - 4095,
		~0ULL - 1,
		~0ULL,
	};
	uint32_t choice = random_below(random, sizeof(values) / sizeof(values[0]) + 2);

	if (choice < sizeof(values) / sizeof(values[0]))
		return values[choice];
	return random_next(random) >> random_below(random, 64);
}

/* One that was made, or the one that is always there. */
static uint32_t made(struct random *random, const uint32_t *slots, uint32_t always)
{
	uint32_t number = slots[random_below(random, SLOTS)];

	return number && random_below(random, 2) ? number : always;
}

static uint64_t good_value(struct random *random, enum meaning meaning, uint32_t size)
{
	switch (meaning) {
	case FIELD_SIZE:
		return size;
	case FIELD_GET_FLAGS:
		return random_below(random, 2);
	case FIELD_POOL:
		return made(random, world->pools, world->accel0);
	case FIELD_TENANT:
		return random_below(random, 4) ? world->acme : NEW_TENANT;
	case FIELD_REGION:
		return made(random, world->regions, world->regions[0]);
	case FIELD_GRANT:
		return made(random, world->grants, world->grants[0]);
	case FIELD_GRANTEE:
		return random_below(random, 4) ? world->globex : NEW_TENANT;
	case FIELD_GRANT_MODE:
		return 0440;
	case FIELD_NEW_TENANT:
		return NEW_TENANT;
	case FIELD_CGROUP_FD:
		return fuzz_cgroup;
	case FIELD_BYTES:
		return (1 + random_below(random, 4)) << (12 + random_below(random, 10));
	case FIELD_POOL_BYTES:
		return (1 + random_below(random, 4)) * (2UL << 20);
	case FIELD_OFFSET:
		return random_below(random, 1024) << 12;
	case FIELD_MODE:
		return random_below(random, 2) ? 0600 : 0640;
	case FIELD_KIND:
		return CLOISON_POOL_RAM;
	case FIELD_NODE:
		return -1;
	case FIELD_ALIGN:
		return random_below(random, 2) ? 0 : 21;
	case FIELD_BPF_FD:
		return bpf_map;
	case FIELD_FD_FLAGS:
		return O_CLOEXEC | (random_below(random, 2) ? O_RDWR : O_RDONLY);
	default:
		return 0;
	}
}

static void put(uint8_t *args, const struct field *field, uint64_t value)
{
	memcpy(args + field->offset, &value, field->size < 8 ? field->size : 8);
}

static uint32_t get32(const uint8_t *args, const struct field *field)
{
	uint32_t value;

	memcpy(&value, args + field->offset, sizeof(value));
	return value;
}

static void put_name(uint8_t *args, const struct field *field, struct random *random, bool spoilt)
{
	static const char *const bad[] = {
		"", ".", "..", "a/b", "control", "\x01", "a\nb", "\xc3\xa9", "-", "a b",
	};

	if (!spoilt && field->meaning == FIELD_HELD_NAME)
		sprintf((char *)args + field->offset, "fuzz/%s", names[random_below(random, 2)]);
	else if (!spoilt)
		strcpy((char *)args + field->offset, names[random_below(random, SLOTS)]);
	else if (random_below(random, 2))
		memset(args + field->offset, 'x', random_below(random, field->size + 1));
	else
		strcpy((char *)args + field->offset,
		       bad[random_below(random, sizeof(bad) / sizeof(bad[0]))]);
}

static void fill(const struct ioctl_row *row, uint8_t *args, uint32_t values, uint32_t spoils)
{
	struct random good, bad;
	const struct field *field;

	random_seed(&good, values, 1);
	random_seed(&bad, spoils, 2);
	for (field = row->fields; field->size; field++) {
		bool spoilt = spoils && !random_below(&bad, 4);

		if (field->meaning == FIELD_NAME || field->meaning == FIELD_HELD_NAME)
			put_name(args, field, spoilt ? &bad : &good, spoilt);
		else if (spoilt)
			put(args, field, interesting(&bad));
		else if (field->meaning < MADE_POOL)
			put(args, field, good_value(&good, field->meaning, row->size));
	}
	/* A tail that the kernel does not know, zero or not. */
	if (spoils && !random_below(&bad, 4))
		args[row->size + random_below(&bad, 64)] = random_below(&bad, 2);
}

static void remember(uint32_t *slots, uint32_t number)
{
	unsigned int i;

	for (i = 0; i < SLOTS - 1 && slots[i]; i++)
		;
	slots[i] = number;
}

static void remember_fd(int fd, struct random *random)
{
	unsigned int i = random_below(random, SLOTS);

	if (fds[i] >= 0)
		close(fds[i]);
	fds[i] = fd;
}

static void take_made(const struct ioctl_row *row, const uint8_t *args, struct random *random)
{
	const struct field *field;

	for (field = row->fields; field->size; field++) {
		if (field->meaning == MADE_POOL)
			remember(world->pools, get32(args, field));
		else if (field->meaning == MADE_REGION)
			remember(world->regions, get32(args, field));
		else if (field->meaning == MADE_GRANT)
			remember(world->grants, get32(args, field));
		else if (field->meaning == MADE_FD)
			remember_fd((int)get32(args, field), random);
	}
}

/* Mostly one that is open, if any is: else hardly a call would get beyond EBADF. */
static int any_fd(struct random *random)
{
	unsigned int slot = random_below(random, SLOTS), i;

	if (random_below(random, 8))
		for (i = 0; i < SLOTS && fds[slot] < 0; i++)
			slot = (slot + 1) % SLOTS;
	return fds[slot];
}

/* So is a mapping. */
static unsigned int any_map(uint32_t values)
{
	unsigned int slot = values % SLOTS, i;

	for (i = 0; i < SLOTS && !maps[slot].address; i++)
		slot = (slot + 1) % SLOTS;
	return slot;
}

static int make_ioctl(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	static uint8_t args[1 << 16];
	struct random random;
	int fd;

	random_seed(&random, values, 3);
	fd = row->by_tenant ? any_fd(&random) : control;
	memset(args, 0, 4096);
	fill(row, args, values, spoils);
	/* Not all that is held: the guard itself is. */
	if (row->cmd == CLOISON_GUARD_RELEASE && !((struct cloison_guard_release *)args)->name[0])
		args[4] = 0;
	if (spoils && !random_below(&random, 8))
		return RESULT(ioctl(fd, row->cmd, NULL));
	if (ioctl(fd, row->cmd, args) < 0)
		return errno;
	take_made(row, args, &random);
	return 0;
}

/* Any number, any bytes, any file. */
static int make_raw_ioctl(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct random random;
	uint64_t args[64];
	unsigned int i, cmd;
	int fd;

	(void)row;
	random_seed(&random, values, spoils);
	cmd = 0xe100 | random_below(&random, 0x60);
	if (cmd == CLOISON_GUARD_RELEASE)
		return ENOTTY;
	for (i = 0; i < 64; i++)
		args[i] = interesting(&random);
	/* A size that may be one. */
	if (random_below(&random, 2))
		args[0] = (args[0] & ~0xffffffffULL) | (8 + random_below(&random, 200));
	fd = random_below(&random, 2) ? any_fd(&random) : control;
	return RESULT(ioctl(fd, cmd, args));
}

/* ---- files -------------------------------------------------------------------- */

static int make_open(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	static const int flags[] = { O_RDWR, O_RDONLY, O_WRONLY, O_RDWR | O_APPEND,
				     O_RDWR | O_NONBLOCK };
	static const int odd[] = { O_DIRECT, O_TRUNC, O_SYNC, O_PATH, O_DIRECTORY, O_CREAT };
	struct random random;
	char path[64];
	int flag, fd;

	(void)row;
	random_seed(&random, values, 4);
	snprintf(path, sizeof(path), "/dev/cloison/acme/%s",
		 names[random_below(&random, 2) ? 0 : random_below(&random, SLOTS)]);
	flag = flags[random_below(&random, 2) ? 0 : random_below(&random, 5)];
	if (spoils)
		flag |= odd[spoils % 6];
	fd = open(path, flag | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == ENOTDIR ? ENOENT : errno;
	remember_fd(fd, &random);
	return 0;
}

static int make_close(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	(void)spoils;
	(void)row;
	if (fds[values % SLOTS] < 0)
		return EBADF;
	close(fds[values % SLOTS]);
	fds[values % SLOTS] = -1;
	return 0;
}

static void check_bytes(const uint8_t *bytes, ssize_t n)
{
	while (n-- > 0)
		if (bytes[n] && bytes[n] != MARK)
			__atomic_fetch_add(&world->leaks, 1, __ATOMIC_RELAXED);
}

/* A dma-buf is for mapping, so the kernel has ESPIPE for those who move bytes by it. */
static int moved(int fd, ssize_t n)
{
	struct stat file;

	if (n >= 0)
		return 0;
	return errno == ESPIPE && !fstat(fd, &file) && !S_ISCHR(file.st_mode) ? EINVAL : errno;
}

static int make_read(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	static uint8_t bytes[160 << 10];
	struct random random;
	off_t offset;
	ssize_t n;
	int fd;

	(void)row;
	random_seed(&random, values, spoils);
	offset = spoils ? (off_t)interesting(&random) : random_below(&random, 4 << 20);
	memset(bytes, 0, sizeof(bytes));
	fd = any_fd(&random);
	n = pread(fd, bytes, random_below(&random, sizeof(bytes)), offset);
	check_bytes(bytes, n);
	return moved(fd, n);
}

static int make_write(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	static uint8_t bytes[160 << 10];
	struct random random;
	const void *from = bytes;
	off_t offset;
	int fd;

	(void)row;
	random_seed(&random, values, spoils);
	offset = spoils ? (off_t)interesting(&random) : random_below(&random, 4 << 20);
	memset(bytes, MARK, sizeof(bytes));
	/* What is not mapped is found out half way through. */
	if (spoils % 5 == 1)
		from = (void *)4096UL;
	fd = any_fd(&random);
	return moved(fd, pwrite(fd, from, random_below(&random, sizeof(bytes)), offset));
}

static int make_seek(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct random random;

	(void)row;
	random_seed(&random, values, spoils);
	return RESULT(
		lseek(any_fd(&random), (off_t)interesting(&random), (int)random_below(&random, 6)));
}

static int make_poll(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct pollfd on = { .fd = fds[values % SLOTS], .events = (short)spoils };

	(void)row;
	return RESULT(poll(&on, 1, 0));
}

static int make_sendfile(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct random random;
	int to = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int error;

	(void)row;
	random_seed(&random, values, spoils);
	error = RESULT(sendfile(to, any_fd(&random), NULL, 4096));
	close(to);
	return error;
}

/* ---- mappings --------------------------------------------------------------------- */

static int make_mmap(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	static const int prots[] = { PROT_READ | PROT_WRITE, PROT_READ, PROT_WRITE, PROT_NONE,
				     PROT_READ | PROT_EXEC };
	struct random random;
	size_t bytes;
	off_t offset;
	int flags;
	unsigned int slot;
	void *address;

	(void)row;
	random_seed(&random, values, spoils);
	slot = random_below(&random, SLOTS);
	bytes = (1 + random_below(&random, 1024)) << 12;
	offset = random_below(&random, 2) ? 0 : (off_t)random_below(&random, 512) << 12;
	flags = MAP_SHARED;
	if (spoils) {
		flags = spoils % 3 ? MAP_SHARED : MAP_PRIVATE;
		flags |= spoils % 5 ? 0 : MAP_POPULATE;
		offset = spoils % 2 ? offset : (off_t)(interesting(&random) & ~4095ULL);
	} else if (random_below(&random, 2)) {
		bytes = 4UL << 20;
		offset = 0;
	}
	address = mmap(NULL, bytes, prots[spoils ? random_below(&random, 5) : 0], flags,
		       any_fd(&random), offset);
	if (address == MAP_FAILED)
		return errno == EOVERFLOW ? EINVAL : errno;
	if (maps[slot].address)
		munmap(maps[slot].address, maps[slot].bytes);
	maps[slot].address = address;
	maps[slot].bytes = bytes;
	return 0;
}

static int make_touch(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct random random;
	unsigned int slot = any_map(values), i;
	int error = 0;

	(void)row;
	random_seed(&random, values, spoils);
	if (!maps[slot].address)
		return ENOENT;
	for (i = 0; i < 4; i++) {
		uint8_t *at = maps[slot].address + random_below(&random, maps[slot].bytes);
		uint8_t byte;
		int seen = touch(at, random_below(&random, 2) ? MARK : -1);

		if (seen < 0)
			error = ENXIO;
		byte = seen < 0 ? 0 : seen;
		check_bytes(&byte, 1);
	}
	return error;
}

/* A page to begin at in what is mapped; ENOENT if nothing is. */
static int any_part(struct random *random, uint32_t values, uint32_t spoils, size_t *from)
{
	unsigned int slot = any_map(values);

	random_seed(random, values, spoils);
	if (!maps[slot].address)
		return ENOENT;
	*from = random_below(random, maps[slot].bytes >> 12) << 12;
	return 0;
}

static int make_mprotect(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	unsigned int slot = any_map(values);
	struct random random;
	size_t from;

	(void)row;
	if (any_part(&random, values, spoils, &from))
		return ENOENT;
	return RESULT(mprotect(maps[slot].address + from, maps[slot].bytes - from,
			       (int)random_below(&random, 8)));
}

static int make_munmap(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	unsigned int slot = any_map(values);
	struct random random;
	size_t from;

	(void)row;
	if (any_part(&random, values, spoils, &from))
		return ENOENT;
	/* A hole in the middle splits it; the slot still covers what is left. */
	return RESULT(munmap(maps[slot].address + from,
			     (1 + random_below(&random, (maps[slot].bytes - from) >> 12)) << 12));
}

static int make_mremap(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct random random;
	unsigned int slot = any_map(values);
	size_t bytes;
	void *address;

	(void)row;
	random_seed(&random, values, spoils);
	if (!maps[slot].address)
		return ENOENT;
	bytes = spoils ? (1 + random_below(&random, 2048)) << 12 : maps[slot].bytes;
	address = mremap(maps[slot].address, maps[slot].bytes, bytes,
			 MREMAP_MAYMOVE | (spoils % 7 == 1 ? MREMAP_DONTUNMAP : 0));
	if (address == MAP_FAILED)
		return errno;
	maps[slot].address = address;
	maps[slot].bytes = bytes;
	return 0;
}

static int make_madvise(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	static const int advice[] = { MADV_DONTNEED,	  MADV_DOFORK,	      MADV_DODUMP,
				      MADV_HUGEPAGE,	  MADV_WILLNEED,      MADV_REMOVE,
				      MADV_FREE,	  MADV_COLD,	      MADV_PAGEOUT,
				      MADV_POPULATE_READ, MADV_POPULATE_WRITE };
	unsigned int slot = any_map(values);

	(void)row;
	if (!maps[slot].address)
		return ENOENT;
	return RESULT(madvise(maps[slot].address, maps[slot].bytes, advice[spoils % 11]));
}

static int make_fork(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	unsigned int slot = any_map(values);
	pid_t pid = fork();
	int status;

	(void)spoils;
	(void)row;
	if (pid < 0)
		return errno;
	if (!pid) {
		if (maps[slot].address)
			touch(maps[slot].address, MARK);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return 0;
}

/* ---- around it ------------------------------------------------------------------------ */

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
