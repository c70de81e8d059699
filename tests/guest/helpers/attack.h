/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs that attack the module at random share: a generator that a
 * seed repeats, touching memory that may be gone, and which errnos are no surprise.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cloison.h"

__attribute__((format(printf, 1, 2), noreturn, unused)) static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("not ok ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	fflush(stdout);
	_exit(1);
}

/* xorshift64*: small, and the same everywhere. */
struct random {
	uint64_t state;
};

static inline void random_seed(struct random *random, uint64_t seed, uint64_t stream)
{
	random->state = (seed * 0x9e3779b97f4a7c15 + stream * 0xd1342543de82ef95) | 1;
}

static inline uint64_t random_next(struct random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * 0x2545f4914f6cdd1d;
}

static inline uint32_t random_below(struct random *random, uint32_t limit)
{
	return (random_next(random) >> 33) % limit;
}

/* ---- touching what may be gone ------------------------------------------------ */

static __thread sigjmp_buf touch_back;
static __thread volatile sig_atomic_t touching;

static void touch_failed(int signal)
{
	if (!touching)
		_exit(128 + signal);
	siglongjmp(touch_back, 1);
}

__attribute__((unused)) static void touch_init(void)
{
	struct sigaction action = { .sa_handler = touch_failed };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

/* What is at an address, or -1 if nothing is; writes @value there unless it is negative. */
__attribute__((unused)) static int touch(volatile uint8_t *address, int value)
{
	int seen = -1;

	if (!sigsetjmp(touch_back, 1)) {
		touching = 1;
		seen = *address;
		if (value >= 0)
			*address = value;
	} else {
		seen = -1;
	}
	touching = 0;
	return seen;
}

/* ---- the errno contract --------------------------------------------------------- */

/* Those of cloison.h, and what open, mmap and the kernel's own checks have. */
__attribute__((unused)) static bool in_contract(int error)
{
	switch (error) {
	case ENOTTY:
	case E2BIG:
	case EOPNOTSUPP:
	case EINVAL:
	case ENOENT:
	case EACCES:
	case EDQUOT:
	case ENOSPC:
	case EPERM:
	case ENODEV:
	case ESTALE:
	case EEXIST:
	case EBUSY:
	case EFAULT:
	case EBADF:
	case ENOMEM:
	case EINTR:
	case EIO:
	case ENXIO:
		return true;
	default:
		return false;
	}
}

/* @pid: 0 for the caller, who may only be on the way into a tenant: its tasks do not leave. */
__attribute__((unused)) static void move_to_cgroup(pid_t pid, const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/cgroup/cloison/%s/cgroup.procs", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dprintf(fd, "%d", pid) < 1)
		die("%s: %s", path, strerror(errno));
	close(fd);
}

__attribute__((unused)) static void enter_cgroup(const char *name)
{
	move_to_cgroup(0, name);
}

#endif /* ATTACK_H */
