// SPDX-License-Identifier: GPL-2.0-only
/*
 * process-try victim              a process to be reached: prints its address, then each
 *                                 signal that comes to it as "signal N"
 * process-try WHAT PID [ADDRESS]  one attempt on a process; what failed is printed
 * process-try traceme PARENT CHILD    a child asks its parent to trace it, each in a
 *                                 cgroup directory of its own; they move there first
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/sockios.h>

#define WORD "the-words-of-another"

static char words[64] = WORD;

static int failed(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static int told(long result, const char *what)
{
	return result < 0 ? failed(what) : 0;
}

/* ---- who is reached ------------------------------------------------------------- */

static void arrived(int signal)
{
	char line[32];
	int length = snprintf(line, sizeof(line), "signal %d\n", signal);

	if (write(1, line, length) != length)
		_exit(3);
}

static void victim(void)
{
	struct sigaction action = { .sa_handler = arrived };

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGCONT, &action, NULL);
	sigaction(SIGIO, &action, NULL);
	printf("pid %d\nat %p\n", getpid(), (void *)words);
	fflush(stdout);
	for (;;)
		pause();
}

/* ---- its memory and files --------------------------------------------------------- */

static int attach(pid_t pid, const char *address)
{
	(void)address;
	if (ptrace(PTRACE_ATTACH, pid, 0, 0))
		return failed("attach");
	waitpid(pid, NULL, 0);
	return told(ptrace(PTRACE_DETACH, pid, 0, 0), "detach");
}

static int seize(pid_t pid, const char *address)
{
	(void)address;
	/* The tracer's end lets it go on. */
	return told(ptrace(PTRACE_SEIZE, pid, 0, 0), "seize");
}

static int vm(pid_t pid, const char *address, bool write)
{
	char buffer[sizeof(WORD)] = WORD;
	struct iovec here = { buffer, sizeof(buffer) };
	struct iovec there = { (void *)strtoul(address, NULL, 0), sizeof(buffer) };
	ssize_t done;

	if (!write)
		memset(buffer, 0, sizeof(buffer));
	done = write ? process_vm_writev(pid, &here, 1, &there, 1, 0) :
		       process_vm_readv(pid, &here, 1, &there, 1, 0);
	if (done < 0)
		return failed(write ? "process_vm_writev" : "process_vm_readv");
	return done != sizeof(buffer) || strcmp(buffer, WORD);
}

static int vm_readv(pid_t pid, const char *address)
{
	return vm(pid, address, false);
}

static int vm_writev(pid_t pid, const char *address)
{
	return vm(pid, address, true);
}

static int of_proc(pid_t pid, const char *name, int flags)
{
	char path[64], byte;
	int fd, result;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, flags);
	if (fd < 0)
		return failed(name);
	result = flags & (O_DIRECTORY | O_PATH) ? 0 : told(read(fd, &byte, 1) < 0 ? -1 : 0, name);
	close(fd);
	return result;
}

static int mem(pid_t pid, const char *address)
{
	char path[64], buffer[sizeof(WORD)] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR);
	if (fd < 0)
		return failed("mem");
	if (pread(fd, buffer, sizeof(buffer), (off_t)strtoul(address, NULL, 0)) < 0)
		return failed("mem");
	return strcmp(buffer, WORD) != 0;
}

static int of_environ(pid_t pid, const char *address)
{
	(void)address;
	return of_proc(pid, "environ", O_RDONLY);
}

static int maps(pid_t pid, const char *address)
{
	(void)address;
	return of_proc(pid, "maps", O_RDONLY);
}

static int smaps(pid_t pid, const char *address)
{
	(void)address;
	return of_proc(pid, "smaps", O_RDONLY);
}

static int cmdline(pid_t pid, const char *address)
{
	(void)address;
	return of_proc(pid, "cmdline", O_RDONLY);
}

static int oom(pid_t pid, const char *address)
{
	char path[64];
	int fd, result;

	(void)address;
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return failed("oom_score_adj");
	result = told(write(fd, "1", 1), "oom_score_adj");
	close(fd);
	return result;
}

static int auxv(pid_t pid, const char *address)
{
	(void)address;
	return of_proc(pid, "auxv", O_RDONLY);
}

static int root(pid_t pid, const char *address)
{
	(void)address;
	return of_proc(pid, "root/etc", O_RDONLY | O_DIRECTORY);
}

static int descriptor(pid_t pid, const char *address)
{
	(void)address;
	return of_proc(pid, "fd/1", O_RDONLY | O_PATH);
}

static int namespace(pid_t pid, const char *address)
{
	char path[64];
	int fd;

	(void)address;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	fd = open(path, O_RDONLY);
	return told(fd, "ns/net");
}

static int getfd(pid_t pid, const char *address)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	(void)address;
	if (pidfd < 0)
		return failed("pidfd_open");
	return told(syscall(SYS_pidfd_getfd, pidfd, 1, 0), "pidfd_getfd");
}

/* What is in the pages stays as it is. */
static int page_out(pid_t pid, const char *address)
{
	const unsigned long page = strtoul(address, NULL, 0) & ~4095UL;
	struct iovec there = { (void *)page, 4096 };
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		return failed("pidfd_open");
	return told(syscall(SYS_process_madvise, pidfd, &there, 1, MADV_PAGEOUT, 0),
		    "process_madvise");
}

/* ---- signals ------------------------------------------------------------------------ */

static int send_kill(pid_t pid, const char *address)
{
	(void)address;
	return told(kill(pid, SIGUSR1), "kill");
}

static int send_tgkill(pid_t pid, const char *address)
{
	(void)address;
	return told(syscall(SYS_tgkill, pid, pid, SIGUSR1), "tgkill");
}

static int send_queue(pid_t pid, const char *address)
{
	union sigval value = { .sival_int = 1 };

	(void)address;
	return told(sigqueue(pid, SIGUSR2, value), "sigqueue");
}

static int send_pidfd(pid_t pid, const char *address)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	(void)address;
	if (pidfd < 0)
		return failed("pidfd_open");
	return told(syscall(SYS_pidfd_send_signal, pidfd, SIGUSR2, NULL, 0), "pidfd_send_signal");
}

/* To all that it may: a process that goes on anyway is not hurt by it. */
static int send_all(pid_t pid, const char *address)
{
	(void)pid;
	(void)address;
	return told(kill(-1, SIGCONT), "kill(-1)");
}

enum owner { BY_FCNTL, BY_FCNTL_EX, BY_IOCTL };

/* A socket that tells its owner that there is something to read. */
static int send_io(pid_t pid, enum owner how)
{
	struct f_owner_ex owner = { F_OWNER_PID, pid };
	int ends[2], status = 0, on = 1;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return failed("socketpair");
	switch (how) {
	case BY_FCNTL:
		status = fcntl(ends[0], F_SETOWN, pid);
		break;
	case BY_FCNTL_EX:
		status = fcntl(ends[0], F_SETOWN_EX, &owner);
		break;
	case BY_IOCTL:
		status = ioctl(ends[0], SIOCSPGRP, &pid);
		break;
	}
	if (status)
		return failed("owner");
	if (ioctl(ends[0], FIOASYNC, &on))
		return failed("FIOASYNC");
	return told(write(ends[1], "x", 1), "write");
}

static int setown(pid_t pid, const char *address)
{
	(void)address;
	return send_io(pid, BY_FCNTL);
}

static int setown_ex(pid_t pid, const char *address)
{
	(void)address;
	return send_io(pid, BY_FCNTL_EX);
}

static int setown_ioctl(pid_t pid, const char *address)
{
	(void)address;
	return send_io(pid, BY_IOCTL);
}

/* It tells itself: what a program of its own may always do. */
static int setown_self(pid_t pid, const char *address)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	(void)pid;
	(void)address;
	sigaction(SIGIO, &action, NULL);
	return send_io(getpid(), BY_FCNTL);
}

/* ---- how it runs ---------------------------------------------------------------------- */

static int nice_of(pid_t pid, const char *address)
{
	(void)address;
	return told(setpriority(PRIO_PROCESS, (id_t)pid, 1), "setpriority");
}

static int ioprio_of(pid_t pid, const char *address)
{
	(void)address;
	return told(syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid,
			    IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 5)),
		    "ioprio_set");
}

static int scheduler_of(pid_t pid, const char *address)
{
	struct sched_param param = {};

	(void)address;
	return told(sched_setscheduler(pid, SCHED_BATCH, &param), "sched_setscheduler");
}

static int affinity_of(pid_t pid, const char *address)
{
	cpu_set_t set;

	(void)address;
	if (sched_getaffinity(pid, sizeof(set), &set))
		return failed("sched_getaffinity");
	return told(sched_setaffinity(pid, sizeof(set), &set), "sched_setaffinity");
}

static int rlimit_of(pid_t pid, const char *address)
{
	struct rlimit limit;

	(void)address;
	if (prlimit(pid, RLIMIT_CORE, NULL, &limit))
		return failed("prlimit, reading");
	return told(prlimit(pid, RLIMIT_CORE, &limit, NULL), "prlimit");
}

static int pages_of(pid_t pid, const char *address)
{
	unsigned long from = 1, to = 1;

	(void)address;
	return told(syscall(SYS_migrate_pages, pid, 8 * sizeof(from), &from, &to), "migrate_pages");
}

static const struct {
	const char *name;
	int (*attempt)(pid_t pid, const char *address);
} attempts[] = {
	{ "attach", attach },
	{ "seize", seize },
	{ "vm-readv", vm_readv },
	{ "vm-writev", vm_writev },
	{ "mem", mem },
	{ "environ", of_environ },
	{ "maps", maps },
	{ "smaps", smaps },
	{ "cmdline", cmdline },
	{ "oom", oom },
	{ "auxv", auxv },
	{ "root", root },
	{ "fd", descriptor },
	{ "ns", namespace },
	{ "getfd", getfd },
	{ "madvise", page_out },
	{ "kill", send_kill },
	{ "tgkill", send_tgkill },
	{ "sigqueue", send_queue },
	{ "pidfd-signal", send_pidfd },
	{ "kill-all", send_all },
	{ "setown", setown },
	{ "setown-ex", setown_ex },
	{ "setown-ioctl", setown_ioctl },
	{ "setown-self", setown_self },
	{ "nice", nice_of },
	{ "ioprio", ioprio_of },
	{ "scheduler", scheduler_of },
	{ "affinity", affinity_of },
	{ "rlimit", rlimit_of },
	{ "migrate-pages", pages_of },
};

/* ---- traceme --------------------------------------------------------------------------- */

static void enter(const char *cgroup)
{
	char path[256];
	FILE *procs;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	procs = fopen(path, "w");
	if (!procs || fprintf(procs, "%d\n", getpid()) < 0 || fclose(procs)) {
		perror(path);
		_exit(2);
	}
}

/* The child first goes to its place, then the parent; only then it asks. */
static int traceme_child(const char *cgroup, int tell, int go)
{
	char byte = 0;

	enter(cgroup);
	if (write(tell, &byte, 1) != 1 || read(go, &byte, 1) != 1)
		return 2;
	return told(ptrace(PTRACE_TRACEME, 0, 0, 0), "traceme");
}

static int traceme(const char *parent_cgroup, const char *child_cgroup)
{
	int told_by[2], go[2], status;
	char byte = 0;
	pid_t child;

	if (pipe(told_by) || pipe(go))
		return 2;
	child = fork();
	if (!child) {
		status = traceme_child(child_cgroup, told_by[1], go[0]);
		fflush(stdout);
		_exit(status);
	}
	if (child < 0 || read(told_by[0], &byte, 1) != 1)
		return 2;
	enter(parent_cgroup);
	if (write(go[1], &byte, 1) != 1 || waitpid(child, &status, 0) != child)
		return 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc == 2 && !strcmp(argv[1], "victim"))
		victim();
	if (argc == 4 && !strcmp(argv[1], "traceme"))
		return traceme(argv[2], argv[3]);
	for (i = 0; argc >= 3 && i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (!strcmp(argv[1], attempts[i].name))
			return attempts[i].attempt(atoi(argv[2]), argc > 3 ? argv[3] : "0");
	fprintf(stderr, "usage: process-try victim | WHAT PID [ADDRESS] | traceme PARENT CHILD\n");
	return 2;
}
