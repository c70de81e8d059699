/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzzer does with a mapping: mmap, touch, mprotect, munmap, mremap,
 * madvise, fork.
 */
#ifndef FUZZ_CALL_MAPS_H
#define FUZZ_CALL_MAPS_H

/* Mostly one that is there. */
static unsigned int any_map(uint32_t values)
{
	unsigned int slot = values % SLOTS, i;

	for (i = 0; i < SLOTS && !maps[slot].address; i++)
		slot = (slot + 1) % SLOTS;
	return slot;
}

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

/* A part of what is mapped: from a page to the end. None if nothing is. */
static void *any_part(struct random *random, uint32_t values, uint32_t spoils, size_t *bytes)
{
	unsigned int slot = any_map(values);
	size_t from;

	random_seed(random, values, spoils);
	if (!maps[slot].address)
		return NULL;
	from = random_below(random, maps[slot].bytes >> 12) << 12;
	*bytes = maps[slot].bytes - from;
	return maps[slot].address + from;
}

static int make_mprotect(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct random random;
	size_t bytes;
	void *part = any_part(&random, values, spoils, &bytes);

	(void)row;
	return part ? RESULT(mprotect(part, bytes, (int)random_below(&random, 8))) : ENOENT;
}

/* A hole in the middle splits a mapping; its slot still covers what is left. */
static int make_munmap(uint32_t values, uint32_t spoils, const struct ioctl_row *row)
{
	struct random random;
	size_t bytes;
	void *part = any_part(&random, values, spoils, &bytes);

	(void)row;
	return part ? RESULT(munmap(part, (1 + random_below(&random, bytes >> 12)) << 12)) : ENOENT;
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

#endif /* FUZZ_CALL_MAPS_H */
