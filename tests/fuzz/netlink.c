// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink walk beside the kernel, and beside the LSM program that has it.
 *
 *   netlink corpus FILE                      what real programs send passes
 *   netlink kernel FILE SEED SECONDS         calls in networks of a user namespace
 *   netlink guard FILE SEED COUNT PLACE      the same calls by a tenant's task
 *
 * A finding of the second: the walk allowed a call, and the kernel then has a device
 * of a refused kind, a route that encapsulates, something in another network, or an
 * open tunnel. As a control some calls that the walk refuses are carried out too:
 * each of these harms must have been seen, or the kernel was not asked.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>

#include "netlink_fuzz.h"

/* Calls in one world, for the kernel takes long to end one; what a call leaves, the next may use. */
#define WORLD_CALLS 2000
/* Of the calls that the walk refuses one in so many is carried out. */
#define CONTROL_ODDS 12
#define WORKERS 6

struct tally {
	unsigned long calls, allowed, carried, worlds, controls[HARMS], findings;
};

static _Noreturn void usage(void)
{
	fputs("usage: netlink corpus FILE | kernel FILE SEED SECONDS | "
	      "guard FILE SEED COUNT host|first|other\n",
	      stderr);
	exit(2);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		perror(path);
		exit(2);
	}
	close(fd);
}

/* Root of a user namespace, as a container without rights over the host. */
static void become_container(void)
{
	char text[32];
	unsigned int uid = getuid(), gid = getgid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWPID)) {
		perror("a user namespace");
		exit(2);
	}
	write_file("/proc/self/setgroups", "deny");
	snprintf(text, sizeof(text), "0 %u 1", uid);
	write_file("/proc/self/uid_map", text);
	snprintf(text, sizeof(text), "0 %u 1", gid);
	write_file("/proc/self/gid_map", text);
}

static void tell(const struct netlink_call *call, enum fuzz_where where, enum netlink_harm harm)
{
	static char text[2 * CALL_ROOM + 16];

	netlink_call_print(call, text, sizeof(text));
	printf("finding: %s, allowed in place %d: %s\n", netlink_harm_names[harm], where, text);
	fflush(stdout);
}

/* Who may do more is allowed what the others are. */
static void check_places(const struct netlink_call *call, struct tally *tally)
{
	bool host = netlink_verdict(call, FUZZ_HOST), first = netlink_verdict(call, FUZZ_FIRST);
	static char text[2 * CALL_ROOM + 16];

	if (host <= first && first <= netlink_verdict(call, FUZZ_OTHER))
		return;
	netlink_call_print(call, text, sizeof(text));
	printf("finding: allowed where more is refused: %s\n", text);
	tally->findings++;
}

/* Returns whether the world is used up. */
static bool try_call(struct netlink_world *world, const struct netlink_call *call,
		     enum fuzz_where where, uint64_t *seed, struct tally *tally)
{
	bool allowed = netlink_verdict(call, where);
	enum netlink_harm harm;

	tally->calls++;
	tally->allowed += allowed;
	check_places(call, tally);
	if (!allowed && netlink_random(seed) % CONTROL_ODDS)
		return false;
	if (call->protocol)
		return false;
	/* Looked at in any case: what ends with an error may have done half of it. */
	tally->carried += netlink_world_send(world, call);
	harm = netlink_world_look(world, where);
	if (harm == HARM_NONE)
		return world->worn;
	if (allowed) {
		tell(call, where, harm);
		tally->findings++;
	} else {
		tally->controls[harm]++;
	}
	return true;
}

static void live(struct netlink_make *make, struct tally *tally)
{
	enum fuzz_where where = netlink_random(&make->seed) % 4 ? FUZZ_FIRST : FUZZ_OTHER;
	static struct netlink_call call;
	struct netlink_world world;
	int i;

	netlink_world_make(&world);
	make->other_pid = world.other_pid;
	tally->worlds++;
	for (i = 0; i < WORLD_CALLS; i++) {
		netlink_call_make(make, &call);
		if (try_call(&world, &call, where, &make->seed, tally))
			break;
	}
	kill(world.other_pid, SIGKILL);
}

static int report(const struct tally *tally)
{
	unsigned long missing = 0;
	int harm;

	printf("# executed %lu calls at the netlink walk, %lu allowed, %lu carried out in %lu networks\n",
	       tally->calls, tally->allowed, tally->carried, tally->worlds);
	for (harm = 0; harm < HARMS; harm++) {
		printf("# control: %s, by calls that the walk refuses: %lu\n",
		       netlink_harm_names[harm], tally->controls[harm]);
		missing += !tally->controls[harm];
	}
	if (missing)
		puts("# a control saw nothing: too few calls, or a kernel without vxlan or LWTUNNEL");
	printf("# findings: %lu\n", tally->findings);
	fflush(stdout);
	return tally->findings || missing ? 1 : 0;
}

/* Worlds one after the other, each a process of its own, which leaves nothing behind. */
static _Noreturn void work(struct netlink_make *make, time_t end, struct tally *tally)
{
	int status, pid;

	while (time(NULL) < end && !tally->findings) {
		uint64_t seed = netlink_random(&make->seed);

		pid = fork();
		if (!pid) {
			/* Numbers of its own: the next state would give those of the world before. */
			make->seed = seed;
			live(make, tally);
			/* Without a sanitizer's last look, which wants this namespace's /proc. */
			fflush(stdout);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			_exit(2);
	}
	_exit(0);
}

static void tally_add(struct tally *sum, const struct tally *tally)
{
	int harm;

	sum->calls += tally->calls;
	sum->allowed += tally->allowed;
	sum->carried += tally->carried;
	sum->worlds += tally->worlds;
	sum->findings += tally->findings;
	for (harm = 0; harm < HARMS; harm++)
		sum->controls[harm] += tally->controls[harm];
}

/* The kernel mostly waits when a network ends: so there are more workers than CPUs. */
static int fuzz_kernel(struct netlink_make *make, unsigned int seconds)
{
	struct tally *tallies = mmap(NULL, WORKERS * sizeof(*tallies), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	time_t end = time(NULL) + (time_t)seconds;
	struct tally sum = { 0 };
	int status, i, failed = 0;

	if (tallies == MAP_FAILED)
		return 2;
	fuzz_tunnel = WORLD_TUNNEL;
	for (i = 0; i < WORKERS; i++) {
		uint64_t seed = netlink_random(&make->seed);

		if (fork())
			continue;
		make->seed = seed;
		become_container();
		/* The first child is the one that all others' pid namespace lives by. */
		if (!fork())
			work(make, end, &tallies[i]);
		_exit(wait(&status) < 0 || status ? 2 : 0);
	}
	while (wait(&status) > 0)
		failed |= status;
	for (i = 0; i < WORKERS; i++)
		tally_add(&sum, &tallies[i]);
	if (failed)
		puts("a worker of the fuzzer's failed");
	return report(&sum) || failed ? 1 : 0;
}

static enum fuzz_where place_of(const char *text)
{
	static const char *const places[FUZZ_WHERES] = { "host", "first", "other" };
	int where;

	for (where = 0; where < FUZZ_WHERES; where++)
		if (!strcmp(text, places[where]))
			return where;
	usage();
}

int main(int argc, char **argv)
{
	static struct netlink_corpus corpus;
	struct netlink_make make = { .corpus = &corpus, .other_pid = 1 };

	if (argc < 3)
		usage();
	netlink_corpus_read(argv[2], &corpus);
	if (argc > 3)
		make.seed = strtoull(argv[3], NULL, 10);
	if (!strcmp(argv[1], "corpus") && argc == 3)
		return netlink_corpus_passes(&corpus) ? 0 : 1;
	if (!strcmp(argv[1], "kernel") && argc == 5)
		return netlink_corpus_passes(&corpus) ?
			       fuzz_kernel(&make, (unsigned int)atoi(argv[4])) :
			       1;
	if (!strcmp(argv[1], "guard") && argc == 6)
		return netlink_guard_compare(place_of(argv[5]), strtoul(argv[4], NULL, 10), &make);
	usage();
}
