// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a region costs, beside other kinds of memory, which take turns so that
 * whatever else the machine does hits all of them alike. Prints a line for each
 * run: what was measured, a colon, the kind of memory, and nanoseconds.
 *
 *   bench-memory POOL TENANT NAME CGROUP MEASURE BYTES RUNS KIND...
 *
 * POOL and TENANT are numbers; NAME is the tenant's, CGROUP a directory at or
 * below its cgroup. MEASURE is one of:
 *   touch       the first write to each page of a new mapping
 *   sequential  reading all of it, mapped and touched
 *   random      reading 64 bytes here and there, likewise
 *   memset      writing all of it, likewise
 *   life        making, mapping, touching and unmaking
 *   create      making a region
 *   scrub       from the end of a region until its memory is clean
 *   revoke      revoking a region that 8 processes have mapped and touched
 *   read write  read(2) and write(2) of all of it, a megabyte a call
 * KIND is region, devdax, hugetlb, udmabuf, dma-heap or tmpfs.
 */
#include "memory-target.h"

enum { PAGE = 4096, LINE = 64, MAPPERS = 8, CALL = 1 << 20, RANDOM_READS = 1 << 19 };

static void touch(uint8_t *map, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += PAGE)
		((volatile uint8_t *)map)[at] = 1;
}

static uint64_t read_line(const uint8_t *at)
{
	uint64_t sum = 0;

	for (int i = 0; i < LINE / 8; i++)
		sum += ((const volatile uint64_t *)at)[i];
	return sum;
}

static uint64_t read_all(const uint8_t *map, uint64_t bytes)
{
	uint64_t sum = 0;

	for (uint64_t at = 0; at < bytes; at += LINE)
		sum += read_line(map + at);
	return sum;
}

static uint64_t read_random(const uint8_t *map, uint64_t bytes)
{
	uint64_t state = 88172645463325252, sum = 0;

	for (int i = 0; i < RANDOM_READS; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		sum += read_line(map + state % (bytes / LINE) * LINE);
	}
	return sum;
}

/* So that the compiler keeps what was read. */
static volatile uint64_t kept;

/* ---- measures: nanoseconds of one run -------------------------------------- */

static uint64_t measure_touch(const struct target *target, uint64_t bytes)
{
	int fd = target_make(target, bytes);
	uint8_t *map = target_map(target, fd, bytes);
	uint64_t took = now();

	touch(map, bytes);
	took = now() - took;
	target_unmake(target, fd, map, bytes);
	return took;
}

static uint64_t mapped(const struct target *target, uint64_t bytes,
		       void (*use)(uint8_t *, uint64_t))
{
	int fd = target_make(target, bytes);
	uint8_t *map = target_map(target, fd, bytes);
	uint64_t took;

	touch(map, bytes);
	took = now();
	use(map, bytes);
	took = now() - took;
	target_unmake(target, fd, map, bytes);
	return took;
}

static void use_sequential(uint8_t *map, uint64_t bytes)
{
	kept = read_all(map, bytes);
}

static void use_random(uint8_t *map, uint64_t bytes)
{
	kept = read_random(map, bytes);
}

static void use_memset(uint8_t *map, uint64_t bytes)
{
	memset(map, 0, bytes);
	kept = map[bytes - 1];
}

static uint64_t measure_sequential(const struct target *target, uint64_t bytes)
{
	return mapped(target, bytes, use_sequential);
}

static uint64_t measure_random(const struct target *target, uint64_t bytes)
{
	return mapped(target, bytes, use_random);
}

static uint64_t measure_memset(const struct target *target, uint64_t bytes)
{
	return mapped(target, bytes, use_memset);
}

static uint64_t measure_life(const struct target *target, uint64_t bytes)
{
	uint64_t took = now();
	int fd = target_make(target, bytes);
	uint8_t *map = target_map(target, fd, bytes);

	touch(map, bytes);
	target_unmake(target, fd, map, bytes);
	return now() - took;
}

static uint64_t measure_create(const struct target *target, uint64_t bytes)
{
	uint64_t took = ask(ADMIN_CREATE, bytes);

	(void)target;
	ask(ADMIN_DESTROY, 0);
	return took;
}

static uint64_t measure_scrub(const struct target *target, uint64_t bytes)
{
	uint64_t took;

	(void)target;
	ask(ADMIN_CREATE, bytes);
	took = ask(ADMIN_DESTROY, 0);
	return took + ask(ADMIN_CLEAN, 0);
}

static _Noreturn void map_and_wait(uint64_t bytes, int ready)
{
	const struct target *target = target_of("region");
	uint8_t *map = target_map(target, open_region(), bytes);

	touch(map, bytes);
	if (write(ready, "", 1) != 1)
		_exit(1);
	pause();
	_exit(0);
}

static uint64_t measure_revoke(const struct target *target, uint64_t bytes)
{
	pid_t mappers[MAPPERS];
	uint64_t took;
	int ready[2];
	char byte;

	(void)target;
	ask(ADMIN_CREATE, bytes);
	if (pipe(ready))
		die("a pipe");
	for (int i = 0; i < MAPPERS; i++) {
		mappers[i] = fork();
		if (!mappers[i])
			map_and_wait(bytes, ready[1]);
	}
	for (int i = 0; i < MAPPERS; i++)
		if (read(ready[0], &byte, 1) != 1)
			die("a process that maps");
	took = ask(ADMIN_REVOKE, 0);
	for (int i = 0; i < MAPPERS; i++) {
		kill(mappers[i], SIGKILL);
		waitpid(mappers[i], NULL, 0);
	}
	close(ready[0]);
	close(ready[1]);
	ask(ADMIN_DESTROY, 0);
	return took;
}

static uint64_t transfer(const struct target *target, uint64_t bytes, bool write)
{
	static uint8_t buffer[CALL];
	int fd = target_make(target, bytes);
	uint64_t took = 0;

	/* The first round is for what has to be allocated. */
	for (int round = 0; round < 2; round++) {
		took = now();
		for (uint64_t at = 0; at < bytes; at += CALL)
			if ((write || !round ? pwrite(fd, buffer, CALL, (off_t)at) :
					       pread(fd, buffer, CALL, (off_t)at)) != CALL)
				die("%s: a transfer", target->name);
		took = now() - took;
	}
	target_unmake(target, fd, NULL, bytes);
	return took;
}

static uint64_t measure_read(const struct target *target, uint64_t bytes)
{
	return transfer(target, bytes, false);
}

static uint64_t measure_write(const struct target *target, uint64_t bytes)
{
	return transfer(target, bytes, true);
}

static const struct measure {
	const char *name;
	uint64_t (*run)(const struct target *target, uint64_t bytes);
} measures[] = {
	{ "touch", measure_touch },   { "sequential", measure_sequential },
	{ "random", measure_random }, { "memset", measure_memset },
	{ "life", measure_life },     { "create", measure_create },
	{ "scrub", measure_scrub },   { "revoke", measure_revoke },
	{ "read", measure_read },     { "write", measure_write },
};

static const struct measure *measure_of(const char *name)
{
	for (size_t i = 0; i < sizeof(measures) / sizeof(*measures); i++)
		if (!strcmp(measures[i].name, name))
			return &measures[i];
	fprintf(stderr, "bench-memory: nothing called %s is measured\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	const struct measure *measure;
	uint64_t bytes;
	int runs;

	if (argc < 9) {
		fputs("usage: bench-memory POOL TENANT NAME CGROUP MEASURE BYTES RUNS KIND...\n",
		      stderr);
		return 2;
	}
	measure = measure_of(argv[5]);
	bytes = strtoull(argv[6], NULL, 0);
	runs = atoi(argv[7]);
	admin_start(argv[1], argv[2], argv[3], argv[4]);
	/* The first run fills caches, of the host too, and does not count. */
	for (int run = -1; run < runs; run++) {
		for (int i = 8; i < argc; i++) {
			uint64_t took;

			ask(ADMIN_CLEAN, 0);
			took = measure->run(target_of(argv[i]), bytes);
			if (run >= 0)
				printf("%s:%s %llu\n", measure->name, argv[i],
				       (unsigned long long)took);
		}
	}
	return 0;
}
