// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of every ioctl, and of open, mmap, fault, read and write,
 * fails once: each call that succeeds is made again with its first allocation
 * failing, then its second, and so on until none is left to fail. Each time it
 * must fail with ENOMEM and have changed nothing, or succeed whole.
 *
 *   fail-nth list                    what is tried, a line each
 *   fail-nth run [NAME]...           all of it, or these
 *
 * "run" wants the tenant "acme" in the cgroup "acme" with a quota of 64 MiB, the
 * tenant "globex", a cgroup "fail-nth" that is no tenant's, the pool "accel0", and that either the
 * kernel has fault injection or the test module failalloc is there. One line a
 * call, "ok WHAT" or "not ok WHAT"; exit status 1 if any was not.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cloison.h"
#include "fail-nth-census.h"
#include "fail-nth-calls.h"
#include "find.h"

/* No call allocates more often than this. */
#define MANY 2000

static bool failed;
/* Where one arms oneself, and whether other things than allocations fail too. */
static int nth_fd = -1;
static bool usercopy_fails;

static void finding(bool good, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs(good ? "ok " : "not ok ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	fflush(stdout);
	failed |= !good;
}

/* Each task has to open it for itself. */
static void nth_open(void)
{
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	usercopy_fails = nth_fd >= 0;
	if (nth_fd < 0)
		nth_fd = open("/sys/kernel/debug/cloison_failalloc/nth", O_RDWR | O_CLOEXEC);
	if (nth_fd < 0)
		die("nothing makes allocations fail here");
}

/* What is armed already may hit this very write, once. */
static void arm(unsigned int nth)
{
	char text[16];
	ssize_t written;

	snprintf(text, sizeof(text), "%u", nth);
	written = pwrite(nth_fd, text, strlen(text), 0);
	if (written < 0 && errno == EFAULT)
		written = pwrite(nth_fd, text, strlen(text), 0);
	if (written < 0)
		die("arming: %s", strerror(errno));
}

/* True if something failed since arm(); if it is this read, nothing else did. */
static bool disarm(void)
{
	char text[16] = "";
	bool hit;

	if (pread(nth_fd, text, sizeof(text) - 1, 0) <= 0 && errno != EFAULT)
		die("disarming: %s", strerror(errno));
	hit = text[0] && !atoi(text);
	arm(0);
	return hit;
}

/* ---- the tenant's task, which does what it is told -------------------------- */

enum errand { ERRAND_NEED, ERRAND_RUN, ERRAND_WHOLE, ERRAND_UNDO, ERRAND_END, ERRAND_CENSUS };

struct order {
	enum errand errand;
	size_t call;
	unsigned int nth;
};

struct answer {
	int error;
	bool hit;
};

static int to_tenant = -1;

static struct answer do_errand(const struct order *order)
{
	const struct call *call = &calls[order->call];
	struct answer answer = { 0 };

	switch (order->errand) {
	case ERRAND_NEED:
		answer.error = tenant_prepare(call->needs);
		break;
	case ERRAND_RUN:
		arm(order->nth);
		answer.error = call->run();
		answer.hit = disarm();
		break;
	case ERRAND_WHOLE:
		answer.error = call->whole ? call->whole() : 0;
		break;
	case ERRAND_UNDO:
		if (call->undo)
			call->undo();
		break;
	case ERRAND_END:
		tenant_release();
		break;
	case ERRAND_CENSUS:
		census_of_self(&shared->tenant_census);
		break;
	}
	return answer;
}

static void tenant_main(int fd)
{
	struct order order;

	/* First: a tenant's task opens nothing below debugfs. */
	nth_open();
	enter_cgroup("/sys/fs/cgroup/cloison/acme/cgroup.procs");
	while (read(fd, &order, sizeof(order)) == sizeof(order)) {
		struct answer answer = do_errand(&order);

		if (write(fd, &answer, sizeof(answer)) != sizeof(answer))
			break;
	}
	_exit(0);
}

static void tenant_begin(void)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		die("socketpair: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		close(pair[0]);
		tenant_main(pair[1]);
	}
	close(pair[1]);
	to_tenant = pair[0];
}

static struct answer tell_tenant(enum errand errand, size_t call, unsigned int nth)
{
	struct order order = { .errand = errand, .call = call, .nth = nth };
	struct answer answer;

	if (write(to_tenant, &order, sizeof(order)) != sizeof(order) ||
	    read(to_tenant, &answer, sizeof(answer)) != sizeof(answer))
		die("%s: the tenant's task is dead", calls[call].name);
	return answer;
}

/* Whoever makes the call runs its errands. */
static struct answer tell(enum errand errand, size_t call, unsigned int nth)
{
	struct order order = { .errand = errand, .call = call, .nth = nth };

	return calls[call].by_tenant ? tell_tenant(errand, call, nth) : do_errand(&order);
}

static void take_census(struct census *census)
{
	tell_tenant(ERRAND_CENSUS, 0, 0);
	census_of_all(census);
}

/* ---- one call, again and again ----------------------------------------------- */

struct tally {
	unsigned int refused;
	unsigned int survived;
};

static bool unchanged(const char *name, unsigned int nth, const char *when,
		      const struct census *before)
{
	static struct census after;

	take_census(&after);
	if (census_same(before, &after))
		return true;
	finding(false, "%s: allocation %u failing: %s, something is left", name, nth, when);
	census_compare(before, &after);
	return false;
}

/* What must be there before, made once for as many goes as it lasts. */
static void prepare(size_t index)
{
	const struct call *call = &calls[index];
	struct answer answer;

	if (call->needs >= NEEDS_REGION)
		shared->region = region_make("fail-nth", 2UL << 20);
	answer = tell_tenant(ERRAND_NEED, index, 0);
	if (answer.error)
		die("%s: cannot prepare it: %s", call->name, strerror(answer.error));
}

static void release(size_t index)
{
	tell_tenant(ERRAND_END, index, 0);
	if (calls[index].needs >= NEEDS_REGION && shared->region)
		region_destroy(shared->region);
	shared->region = 0;
}

static bool expected(const struct call *call, int error)
{
	return error == ENOMEM || error == call->also || (usercopy_fails && error == EFAULT);
}

/* One go. 1: go on with the next allocation, 0: all have failed, -1: a finding. */
static int attempt(size_t index, unsigned int nth, struct tally *tally)
{
	static struct census before;
	const struct call *call = &calls[index];
	struct answer answer, whole;

	take_census(&before);
	answer = tell(ERRAND_RUN, index, nth);
	if (answer.error) {
		if (!answer.hit || !expected(call, answer.error)) {
			finding(false, "%s: allocation %u %s: %s", call->name, nth,
				answer.hit ? "failing" : "not failing",
				strerrorname_np(answer.error));
			return -1;
		}
		tally->refused++;
		return unchanged(call->name, nth, "refused", &before) ? 1 : -1;
	}
	whole = tell(ERRAND_WHOLE, index, nth);
	if (whole.error)
		finding(false, "%s: allocation %u failing: it succeeded, but not whole: %s",
			call->name, nth, strerror(whole.error));
	tell(ERRAND_UNDO, index, nth);
	if (call->spends) {
		release(index);
		prepare(index);
	} else if (!unchanged(call->name, nth, "succeeded and taken back", &before)) {
		return -1;
	}
	if (whole.error)
		return -1;
	tally->survived += answer.hit;
	return answer.hit;
}

static void fail_each(size_t index)
{
	static struct census before;
	struct tally tally = { 0 };
	unsigned int nth;
	int more = 1;

	take_census(&before);
	prepare(index);
	if (calls[index].begin)
		calls[index].begin();
	for (nth = 1; nth <= MANY && more > 0; nth++)
		more = attempt(index, nth, &tally);
	if (calls[index].end)
		calls[index].end();
	release(index);
	if (!unchanged(calls[index].name, nth, "all over", &before))
		return;
	if (more > 0)
		finding(false, "%s: still failing after %u goes", calls[index].name, MANY);
	else if (!more && !calls[index].never_fails && !tally.refused)
		finding(false, "%s: no allocation of it could be made to fail", calls[index].name);
	else if (!more)
		finding(true, "%s: refused %u times, unharmed %u times", calls[index].name,
			tally.refused, tally.survived);
}

static bool asked_for(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc == 2 && !strcmp(argv[1], "list")) {
		for (i = 0; i < CALLS; i++)
			puts(calls[i].name);
		return 0;
	}
	if (argc < 2 || strcmp(argv[1], "run"))
		die("usage: fail-nth list | fail-nth run [NAME]...");
	signal(SIGPIPE, SIG_IGN);
	share_state();
	tenant_begin();
	nth_open();
	control_open();
	acme = tenant_number(control, "acme");
	globex = tenant_number(control, "globex");
	accel0 = pool_number(control, "accel0");
	map_create();
	for (i = 0; i < CALLS; i++)
		if (asked_for(calls[i].name, argv + 2))
			fail_each(i);
	return failed;
}
