// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer of the module's ioctls, mappings and files. It knows the structs, and
 * where the kernel has kcov, what it has not seen yet guides it.
 *
 *   fuzz list                     the ioctls it knows, a line each
 *   fuzz run SEED SECONDS LOG     until the time is over
 *   fuzz replay SEED LOG          the same once more, up to where the log ends
 *
 * Wants the tenants "acme" in the cgroup "acme" and "globex", the pool "accel0" and a cgroup
 * "fuzz" that is no tenant's. A program is a few calls, each of the admin's or of
 * acme's; what one leaves is taken down before the next, and all of it follows
 * from the seed and from which programs were kept to build on, which the log has.
 * So the log repeats a run whatever guided it. Prints how often each call was
 * made, then "ok" or "not ok" lines; exit status 1 if any was not.
 */
#include <dirent.h>
#include <linux/bpf.h>
#include <poll.h>
#include <stddef.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "attack.h"
#include "find.h"
#include "fuzz-ioctls.h"
#include "fuzz-kcov.h"
#include "fuzz-world.h"
#include "fuzz-call-ioctls.h"
#include "fuzz-call-files.h"
#include "fuzz-call-maps.h"
#include "fuzz-calls.h"

#define MAX_CALLS 12
#define MAX_CORPUS 4096
/* Programs between two lines of the log. */
#define BATCH 32

struct call {
	uint8_t kind;
	/* What its values are drawn from, and which of them are spoilt. */
	uint32_t values;
	uint32_t spoils;
};

struct program {
	unsigned int length;
	struct call calls[MAX_CALLS];
};

static struct program corpus[MAX_CORPUS];
static unsigned int corpus_size;
static struct random random_programs;

/* ---- programs ------------------------------------------------------------------- */

static struct call any_call(void)
{
	return (struct call){
		.kind = random_below(&random_programs, KINDS),
		.values = random_next(&random_programs),
		/* Most are right, or nothing would ever get far. */
		.spoils = random_below(&random_programs, 3) ? 0 : random_next(&random_programs),
	};
}

static void mutate(struct program *program)
{
	unsigned int at = random_below(&random_programs, program->length);
	const struct program *other = &corpus[random_below(&random_programs, corpus_size)];

	switch (random_below(&random_programs, 6)) {
	case 0:
		program->calls[at] = any_call();
		break;
	case 1:
		program->calls[at].values = random_next(&random_programs);
		break;
	case 2:
		program->calls[at].spoils = random_next(&random_programs);
		break;
	case 3:
		if (program->length < MAX_CALLS)
			program->calls[program->length++] = any_call();
		break;
	case 4:
		if (program->length > 1) {
			memmove(&program->calls[at], &program->calls[at + 1],
				(program->length - at - 1) * sizeof(struct call));
			program->length--;
		}
		break;
	case 5:
		/* The end of another one. */
		if (at < other->length) {
			memcpy(&program->calls[at], &other->calls[at],
			       (other->length - at) * sizeof(struct call));
			program->length = other->length;
		}
		break;
	}
}

static void next_program(struct program *program)
{
	unsigned int i, n;

	if (corpus_size && random_below(&random_programs, 4)) {
		*program = corpus[random_below(&random_programs, corpus_size)];
		for (n = 1 + random_below(&random_programs, 3); n; n--)
			mutate(program);
		return;
	}
	program->length = 1 + random_below(&random_programs, MAX_CALLS);
	for (i = 0; i < program->length; i++)
		program->calls[i] = any_call();
}

static void keep(const struct program *program)
{
	corpus[corpus_size++] = *program;
}

/* ---- acme's task ------------------------------------------------------------------ */

struct order {
	enum { ORDER_OPEN, ORDER_CALL, ORDER_CLEAN_UP } what;
	struct call call;
};

static int to_tenant = -1;
static pid_t tenant_pid;

static void make_call(const struct call *call)
{
	int error;

	kcov_begin();
	error = kinds[call->kind].make(call->values, call->spoils, kinds[call->kind].row);
	kcov_end();
	__atomic_fetch_add(error ? &world->refused[call->kind] : &world->done[call->kind], 1,
			   __ATOMIC_RELAXED);
	if (error && !in_contract(error)) {
		world->strange++;
		world->strange_kind = call->kind;
		world->strange_error = error;
	}
}

static void tenant_main(int fd)
{
	struct order order;

	/* First: a tenant's task opens nothing below debugfs. */
	kcov_open();
	enter_cgroup("acme");
	touch_init();
	while (read(fd, &order, sizeof(order)) == sizeof(order)) {
		if (order.what == ORDER_OPEN)
			tenant_open_first();
		else if (order.what == ORDER_CLEAN_UP)
			tenant_clean_up();
		else
			make_call(&order.call);
		if (write(fd, "", 1) != 1)
			break;
	}
	_exit(0);
}

static void tenant_begin(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		die("socketpair: %s", strerror(errno));
	tenant_pid = fork();
	if (!tenant_pid) {
		close(pair[0]);
		tenant_main(pair[1]);
	}
	close(pair[1]);
	to_tenant = pair[0];
}

static const char *name_of(const struct order *order)
{
	switch (order->what) {
	case ORDER_OPEN:
		return "the first open";
	case ORDER_CLEAN_UP:
		return "cleaning up";
	default:
		return kinds[order->call.kind].name;
	}
}

/* Two minutes without an answer are a hang. */
static void tell_tenant(const struct order *order)
{
	struct pollfd answer = { .fd = to_tenant, .events = POLLIN };
	char byte;

	if (write(to_tenant, order, sizeof(*order)) != sizeof(*order))
		die("program %llu: acme's task is dead", (unsigned long long)world->programs);
	if (poll(&answer, 1, 120000) != 1)
		die("program %llu: %s hangs", (unsigned long long)world->programs, name_of(order));
	if (read(to_tenant, &byte, 1) != 1)
		die("program %llu: %s killed acme's task", (unsigned long long)world->programs,
		    name_of(order));
}

/* True if it went where none before it did. */
static bool run(const struct program *program)
{
	uint32_t before = world->edges;
	unsigned int i;

	world_begin();
	if (begins_open())
		tell_tenant(&(struct order){ .what = ORDER_OPEN });
	for (i = 0; i < program->length; i++) {
		struct order order = { .what = ORDER_CALL, .call = program->calls[i] };
		bool outside = kinds[order.call.kind].make == make_outside;

		if (outside)
			move_to_cgroup(tenant_pid, ".");
		if (kinds[order.call.kind].by_tenant)
			tell_tenant(&order);
		else
			make_call(&order.call);
		if (outside)
			move_to_cgroup(tenant_pid, "acme");
	}
	tell_tenant(&(struct order){ .what = ORDER_CLEAN_UP });
	admin_clean_up();
	world->programs++;
	return world->edges > before;
}

/* ---- runs ---------------------------------------------------------------------------- */

static bool report(void)
{
	bool failed = world->strange || world->leaks;
	unsigned int kind;

	for (kind = 0; kind < KINDS; kind++)
		printf("# %-24s %9llu made, %9llu refused\n", kinds[kind].name,
		       (unsigned long long)world->done[kind],
		       (unsigned long long)world->refused[kind]);
	printf("# %llu programs, %u kept, %u edges\n", (unsigned long long)world->programs,
	       corpus_size, world->edges);
	printf("%sok every errno is in the contract (%llu were not: %s of %s)\n",
	       world->strange ? "not " : "", (unsigned long long)world->strange,
	       strerrorname_np(world->strange_error), kinds[world->strange_kind].name);
	printf("%sok nobody read a byte that was not its own (%llu were)\n",
	       world->leaks ? "not " : "", (unsigned long long)world->leaks);
	return failed;
}

static void fuzz(long seconds, const char *path)
{
	time_t end = time(NULL) + seconds;
	FILE *log = fopen(path, "we");
	struct program program;

	if (!log)
		die("%s: %s", path, strerror(errno));
	while (time(NULL) < end) {
		/* Written before it runs: it may be the last thing this kernel does. */
		if (!(world->programs % BATCH)) {
			fprintf(log, "run %llu\n", (unsigned long long)world->programs);
			fflush(log);
		}
		next_program(&program);
		if (run(&program) && corpus_size < MAX_CORPUS) {
			fprintf(log, "keep %llu\n", (unsigned long long)world->programs - 1);
			fflush(log);
			keep(&program);
		}
	}
	fprintf(log, "end %llu\n", (unsigned long long)world->programs);
	fclose(log);
}

static void replay(const char *path)
{
	static uint64_t kept[MAX_CORPUS];
	unsigned int n = 0, next = 0;
	FILE *log = fopen(path, "re");
	struct program program;
	unsigned long long number;
	uint64_t end = 0;
	char word[8];

	if (!log)
		die("%s: %s", path, strerror(errno));
	while (fscanf(log, "%7s %llu", word, &number) == 2) {
		/* The kernel may have died in any of those that the line stands for. */
		if (!strcmp(word, "run"))
			end = number + BATCH;
		else if (!strcmp(word, "keep") && n < MAX_CORPUS)
			kept[n++] = number;
		else if (!strcmp(word, "end"))
			end = number;
	}
	fclose(log);
	while (world->programs < end) {
		next_program(&program);
		run(&program);
		if (next < n && kept[next] == world->programs - 1) {
			keep(&program);
			next++;
		}
	}
}

int main(int argc, char **argv)
{
	bool failed;
	size_t i;

	if (argc == 2 && !strcmp(argv[1], "list")) {
		for (i = 0; i < IOCTLS; i++)
			puts(ioctls[i].name);
		return 0;
	}
	if (!(argc == 5 && !strcmp(argv[1], "run")) && !(argc == 4 && !strcmp(argv[1], "replay")))
		die("usage: fuzz list | fuzz run SEED SECONDS LOG | fuzz replay SEED LOG");
	signal(SIGPIPE, SIG_IGN);
	random_seed(&random_programs, strtoull(argv[2], NULL, 0), 0);
	kinds_make();
	world_make();
	tenant_begin();
	touch_init();
	kcov_open();
	if (argc == 5)
		fuzz(atol(argv[3]), argv[4]);
	else
		replay(argv[3]);
	world_mend();
	failed = report();
	close(to_tenant);
	waitpid(tenant_pid, NULL, 0);
	return failed;
}
