// SPDX-License-Identifier: GPL-2.0-only
/*
 * entry-splice KIND WAY CGROUP WHAT: a socket of the host's, KIND tcp or unix (a
 * connection to a named listener), comes into CGROUP by WAY, and is spliced from there,
 * after an exec, as an attacker would run what it likes:
 *   moved      a task that has it is moved
 *   cloned     a task that has it begets a child in there
 *   inherited  likewise, and the parent waits until the child has executed a program
 *   passed     it is sent to a task in there
 *   fetched    a task in there takes it by pidfd_getfd
 * Splicing must succeed where CGROUP is no tenant's, which WHAT says ("control..."), and
 * must fail in any other. A line "ok ..." or "not ok ..." says how it went.
 *
 *   entry-splice --from FD     the program of the exec
 */
#include "entry.h"

static int splice_from(int fd)
{
	int ends[2];
	ssize_t n;

	if (fd < 0)
		return -fd;
	/* Before the pipe takes its number. */
	if (fcntl(fd, F_GETFD) < 0)
		return errno;
	if (pipe(ends))
		die("pipe");
	n = splice(fd, NULL, ends[1], NULL, 64, 0);
	return n > 0 ? 0 : n ? errno : EPIPE;
}

/* Never returns; its exit status is an errno. */
static void exec_and_splice(int fd)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", fd);
	execl("/proc/self/exe", "entry-splice", "--from", number, NULL);
	_exit(errno);
}

/* In CGROUP already, with one end of a connection to the parent. */
static void get_and_splice(int from, pid_t whose, int its, bool fetch)
{
	int fd, pidfd;

	if (fetch) {
		pidfd = (int)syscall(SYS_pidfd_open, whose, 0);
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, its, 0);
		if (fd < 0)
			fd = -errno;
	} else {
		fd = take(from);
	}
	_exit(splice_from(fd));
}

/* Its own connection, by which it is told to go on. */
static pid_t begin(const char *way, const char *cgroup, int fd, int near)
{
	pid_t pid, self = getpid();
	char byte;

	if (!strcmp(way, "cloned"))
		pid = clone_into(cgroup, 0);
	else if (!strcmp(way, "inherited"))
		pid = clone_into(cgroup, CLONE_VFORK);
	else
		pid = fork();
	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	if (!strcmp(way, "moved")) {
		/* Moved by its parent, which then writes. */
		if (read(near, &byte, 1) != 1)
			die("read");
		exec_and_splice(fd);
	}
	if (!strcmp(way, "cloned") || !strcmp(way, "inherited"))
		exec_and_splice(fd);
	close(fd);
	if (read(near, &byte, 1) != 1)
		die("read");
	get_and_splice(near, self, fd, !strcmp(way, "fetched"));
	return 0;
}

int main(int argc, char **argv)
{
	const char *way, *cgroup, *what;
	int fd, far, ends[2], status;
	bool control;
	pid_t pid;

	if (argc == 3 && !strcmp(argv[1], "--from"))
		return splice_from(atoi(argv[2]));
	if (argc != 5) {
		fprintf(stderr, "usage: entry-splice KIND WAY CGROUP WHAT\n");
		return 2;
	}
	way = argv[2];
	cgroup = argv[3];
	what = argv[4];
	control = !strncmp(what, "control", 7);
	fd = strcmp(argv[1], "tcp") ? unix_pair(&far) : tcp_pair(&far);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) || write(far, "hello", 5) != 5)
		die("sockets");
	/* The fetcher may ask for its parent's descriptors where nothing else forbids it. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	pid = begin(way, cgroup, fd, ends[0]);
	if (strcmp(way, "cloned") && strcmp(way, "inherited")) {
		move_to(cgroup, pid);
		if (write(ends[1], "x", 1) != 1 || (!strcmp(way, "passed") && pass(ends[1], fd)))
			die("telling it to go on");
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (WIFSIGNALED(status))
		status = 256 + WTERMSIG(status);
	else
		status = WEXITSTATUS(status);
	printf("%s %s: %s socket, %s: splice from it: %s\n",
	       control == !status && status < 256 ? "ok" : "not ok", what, argv[1], way,
	       !status	    ? "bytes" :
	       status < 256 ? strerror(status) :
			      "killed");
	return 0;
}
