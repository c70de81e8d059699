/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What region-try does with a mapping. A part of region-try.c, which includes it
 * and has the list of steps.
 */
#ifndef REGION_TRY_MAPPING_H
#define REGION_TRY_MAPPING_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL

/* A step answers 0, a negative errno, or SAID when it has printed the reason. */
enum { SAID = 1 };

static int fd = -1;
static unsigned char *map;
static size_t map_bytes;
static sigjmp_buf died;

static bool failed_memory;

static void on_death(int number, siginfo_t *info, void *context)
{
	(void)context;
	failed_memory = number == SIGBUS && info->si_code == BUS_MCEERR_AR;
	siglongjmp(died, number);
}

static void await_death(int number)
{
	const struct sigaction action = { .sa_sigaction = on_death, .sa_flags = SA_SIGINFO };

	sigaction(number, &action, NULL);
}

static unsigned long long number(const char *text)
{
	return strtoull(text, NULL, 0);
}

static unsigned char hex(const char *text)
{
	return (unsigned char)strtoul(text, NULL, 16);
}

static int result(long value)
{
	return value < 0 ? -errno : 0;
}

static int say(const char *text)
{
	puts(text);
	return SAID;
}

/* ---- touching ----------------------------------------------------------- */

/* Runs @touch, which may not come back. */
static int survive(int (*touch)(size_t offset, int value), size_t offset, int value)
{
	int number;

	await_death(SIGBUS);
	await_death(SIGSEGV);
	number = sigsetjmp(died, 1);
	if (number)
		return say(failed_memory    ? "SIGBUS of failed memory" :
			   number == SIGBUS ? "SIGBUS" :
					      "SIGSEGV");
	return touch(offset, value);
}

static int saw(unsigned char byte)
{
	printf("saw %02x\n", byte);
	return SAID;
}

static int touch_get(size_t offset, int value)
{
	unsigned char byte = *(volatile unsigned char *)(map + offset);

	return value < 0 || byte == value ? 0 : saw(byte);
}

static int touch_put(size_t offset, int value)
{
	*(volatile unsigned char *)(map + offset) = (unsigned char)value;
	return 0;
}

static int touch_fill(size_t offset, int value)
{
	memset(map + offset, value, map_bytes - offset);
	return 0;
}

static int touch_zeros(size_t offset, int value)
{
	for (; offset < map_bytes; offset++)
		if (map[offset] != value)
			return saw(map[offset]);
	return 0;
}

static int step_get(char **words, int n)
{
	(void)n;
	return survive(touch_get, number(words[1]), hex(words[2]));
}

static int step_put(char **words, int n)
{
	(void)n;
	return survive(touch_put, number(words[1]), hex(words[2]));
}

static int step_fill(char **words, int n)
{
	(void)n;
	return survive(touch_fill, 0, hex(words[1]));
}

static int step_zeros(char **words, int n)
{
	(void)words;
	(void)n;
	return survive(touch_zeros, 0, 0);
}

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int touch_until(size_t seconds, int value)
{
	const struct timespec pause = { .tv_nsec = 500000 };
	long long end = now_ns() + (long long)seconds * 1000000000LL;

	while (now_ns() < end) {
		touch_get(0, value);
		nanosleep(&pause, NULL);
	}
	return say("it lives on");
}

static int step_hold(char **words, int n)
{
	int number;

	(void)n;
	await_death(SIGBUS);
	number = sigsetjmp(died, 1);
	if (!number)
		return touch_until(atoi(words[1]), -1);
	printf("died %lld\n", now_ns());
	fflush(stdout);
	return 0;
}

static int step_fork(char **words, int n)
{
	int status;
	pid_t child = fork();

	(void)n;
	if (!child) {
		touch_get(number(words[1]), -1);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -errno;
	if (WIFSIGNALED(status))
		return say(WTERMSIG(status) == SIGSEGV ? "SIGSEGV" : "another signal");
	return 0;
}

/* ---- the mapping ---------------------------------------------------------- */

static int protection(const char *word)
{
	return !strcmp(word, "r") ? PROT_READ :
	       !strcmp(word, "w") ? PROT_WRITE :
				    PROT_READ | PROT_WRITE;
}

static int step_map(char **words, int n)
{
	int kind = n > 4 && !strcmp(words[4], "private") ? MAP_PRIVATE : MAP_SHARED;
	void *at;

	map_bytes = n > 3 ? number(words[3]) : (size_t)lseek(fd, 0, SEEK_END);
	at = mmap(NULL, map_bytes, protection(words[1]), kind, fd, n > 2 ? number(words[2]) : 0);
	if (at == MAP_FAILED)
		return -errno;
	map = at;
	map_bytes = (map_bytes + PAGE - 1) & ~(PAGE - 1);
	return 0;
}

static int step_protect(char **words, int n)
{
	(void)n;
	return result(mprotect(map, map_bytes, protection(words[1])));
}

static int moved(void *at, size_t bytes)
{
	if (at == MAP_FAILED)
		return -errno;
	map = at;
	map_bytes = bytes;
	return 0;
}

static int step_resize(char **words, int n)
{
	size_t bytes = number(words[1]);

	(void)n;
	return moved(mremap(map, map_bytes, bytes, MREMAP_MAYMOVE), bytes);
}

/* An old length of zero asks for a second mapping of the same, and here of more. */
static int step_double(char **words, int n)
{
	(void)words;
	(void)n;
	return moved(mremap(map, 0, 2 * map_bytes, MREMAP_MAYMOVE), 2 * map_bytes);
}

static int step_move(char **words, int n)
{
	void *to = mmap(NULL, map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)words;
	(void)n;
	return moved(mremap(map, map_bytes, map_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to),
		     map_bytes);
}

/* Lets the first page of the mapping show another page of the file. */
static int step_remap(char **words, int n)
{
	(void)n;
	return result(remap_file_pages(map, PAGE, 0, number(words[1]), 0));
}

static int step_unmap(char **words, int n)
{
	(void)n;
	return result(munmap(map + number(words[1]), number(words[2])));
}

static int step_advise(char **words, int n)
{
	int advice = !strcmp(words[1], "dofork") ? MADV_DOFORK : MADV_DODUMP;

	(void)n;
	return result(madvise(map, map_bytes, advice));
}

static int direct(const char *path, bool out)
{
	int file = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);

	if (file < 0)
		return say("cannot open the file");
	return result(out ? pwrite(file, map, PAGE, 0) : pread(file, map, PAGE, 0));
}

static int step_direct_out(char **words, int n)
{
	(void)n;
	return direct(words[1], true);
}

static int step_direct_in(char **words, int n)
{
	(void)n;
	return direct(words[1], false);
}

static int step_vmsplice(char **words, int n)
{
	struct iovec part = { map, PAGE };
	int ends[2];

	(void)words;
	(void)n;
	return pipe(ends) ? -errno : result(vmsplice(ends[1], &part, 1, 0));
}

#endif /* REGION_TRY_MAPPING_H */
