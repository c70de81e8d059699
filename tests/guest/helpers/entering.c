// SPDX-License-Identifier: GPL-2.0-only
/*
 * entering CGROUP HOW COPY: does what a container engine does. It connects to a named
 * listener of the host's, moves its child into CGROUP, and the child opens a terminal
 * and passes it by that connection before it executes the program, COPY, a copy of
 * this one. Prints three words: what came of passing the terminal, of passing it once
 * more after the exec, and, for two execs, after the second. HOW is
 *   plain    by path, COPY
 *   path     by path, this program itself once more
 *   self     this program by descriptor, as runc does, then COPY
 *   memory   a copy of it in memory, as runc does, then COPY
 *   space    likewise, after a mount namespace of its own
 *   script   a script whose interpreter this program is
 *   thread   COPY, by a thread that is not the first
 *   fork     COPY, by a child of the child that is moved
 * and for other tries:
 *   received  a connection of the same kind comes to the child after it was moved
 *   shared    the child's descriptors are its parent's too
 *   spawned   posix_spawn into CGROUP of a task that maps an io_uring
 *
 *   entering --after FD COPY    the program of the exec
 */
#include "entry.h"

#include <linux/io_uring.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/mman.h>

static const char *copy;
static int connection;

static const char *word(int error)
{
	switch (error) {
	case 0:
		return "passed";
	case EBADF:
		return "closed";
	case EPERM:
		return "refused";
	default:
		return strerror(error);
	}
}

static void say(const char *what)
{
	dprintf(1, "%s ", what);
}

static void pass_terminal(int to)
{
	int fd;

	/* Before the terminal takes its number. */
	if (fcntl(to, F_GETFD) < 0) {
		say(word(errno));
		return;
	}
	fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	say(fd < 0 ? "no-terminal" : word(pass(to, fd)));
	close(fd);
}

static char number[16];

/* By path, or by the descriptor if there is no path. */
static void run(const char *path, int fd, const char *next)
{
	char *const arguments[] = { "entering", "--after", number, (char *)next, NULL };
	char *const environment[] = { NULL };

	snprintf(number, sizeof(number), "%d", connection);
	if (path)
		execve(path, arguments, environment);
	else
		syscall(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH);
	die("exec");
}

static int in_memory(void)
{
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = memfd_create("entering", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	char bytes[4096];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)n) != n)
			die("a copy in memory");
	close(from);
	fcntl(to, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	return to;
}

/* A script that a task of the tenant could have written. */
static void run_script(void)
{
	char path[256], line[256], self[200];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int fd;

	if (n < 0)
		die("/proc/self/exe");
	self[n] = 0;
	snprintf(path, sizeof(path), "%s.sh", copy);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	snprintf(line, sizeof(line), "#!%s --script-%d\n", self, connection);
	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		die(path);
	close(fd);
	run(path, -1, NULL);
}

static void *exec_copy(void *unused)
{
	(void)unused;
	run(copy, -1, NULL);
	return NULL;
}

static void child(const char *how)
{
	pthread_t thread;

	pass_terminal(connection);
	if (!strcmp(how, "plain")) {
		run(copy, -1, NULL);
	} else if (!strcmp(how, "path")) {
		run("/proc/self/exe", -1, NULL);
	} else if (!strcmp(how, "self")) {
		run(NULL, open("/proc/self/exe", O_RDONLY | O_CLOEXEC), copy);
	} else if (!strcmp(how, "memory")) {
		run(NULL, in_memory(), copy);
	} else if (!strcmp(how, "space")) {
		int fd = in_memory();

		if (unshare(CLONE_NEWNS))
			die("unshare");
		run(NULL, fd, NULL);
	} else if (!strcmp(how, "script")) {
		run_script();
	} else if (!strcmp(how, "thread")) {
		if (pthread_create(&thread, NULL, exec_copy, NULL))
			die("pthread_create");
		pause();
	} else if (!strcmp(how, "fork")) {
		pid_t pid = fork();

		if (!pid) {
			pass_terminal(connection);
			run(copy, -1, NULL);
		}
		waitpid(pid, NULL, 0);
	}
	_exit(0);
}

static void engine(const char *cgroup, const char *how)
{
	int far, tell[2];
	pid_t pid;
	char byte;

	connection = unix_pair(&far);
	if (pipe(tell))
		die("pipe");
	pid = fork();
	if (!pid) {
		if (read(tell[0], &byte, 1) != 1)
			die("read");
		child(how);
	}
	move_to(cgroup, pid);
	if (write(tell[1], "x", 1) != 1)
		die("write");
	waitpid(pid, NULL, 0);
}

/* What the kernel strips is not there. */
static void received(const char *cgroup)
{
	int far, ends[2], fd;
	pid_t pid;
	char byte;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		die("socketpair");
	pid = fork();
	if (!pid) {
		if (read(ends[0], &byte, 1) != 1)
			die("read");
		fd = take(ends[0]);
		say(fd < 0 ? "stripped" : word(pass(fd, 2)));
		_exit(0);
	}
	connection = unix_pair(&far);
	move_to(cgroup, pid);
	if (write(ends[1], "x", 1) != 1)
		die("write");
	pass(ends[1], connection);
	waitpid(pid, NULL, 0);
}

static void shared(const char *cgroup)
{
	struct clone_args args = { .flags = CLONE_FILES, .exit_signal = SIGCHLD };
	int status, tell[2];
	pid_t pid;
	char byte;

	if (pipe(tell))
		die("pipe");
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		_exit(read(tell[0], &byte, 1) != 1);
	move_to(cgroup, pid);
	if (write(tell[1], "x", 1) != 1)
		die("write");
	waitpid(pid, &status, 0);
	say(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? "killed" : "lives");
}

static void spawned(const char *cgroup)
{
	struct io_uring_params params = { 0 };
	int ring = (int)syscall(SYS_io_uring_setup, 4, &params), fd, status;
	char *const arguments[] = { "true", NULL };
	char *const environment[] = { NULL };
	posix_spawnattr_t attributes;
	pid_t pid;

	if (ring < 0 || mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring,
			     IORING_OFF_SQ_RING) == MAP_FAILED)
		die("io_uring");
	fd = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETCGROUP);
	posix_spawnattr_setcgroup_np(&attributes, fd);
	errno = posix_spawn(&pid, "/usr/bin/true", NULL, &attributes, arguments, environment);
	if (errno)
		die("posix_spawn");
	waitpid(pid, &status, 0);
	say(status ? "killed" : "ran");
}

int main(int argc, char **argv)
{
	const char *script = "--script-";

	if (argc >= 2 && !strncmp(argv[1], script, strlen(script))) {
		pass_terminal(atoi(argv[1] + strlen(script)));
		return 0;
	}
	if (argc >= 3 && !strcmp(argv[1], "--after")) {
		connection = atoi(argv[2]);
		pass_terminal(connection);
		if (argc == 4)
			run(argv[3], -1, NULL);
		return 0;
	}
	if (argc != 4) {
		fprintf(stderr, "usage: entering CGROUP HOW COPY\n");
		return 2;
	}
	copy = argv[3];
	if (!strcmp(argv[2], "received"))
		received(argv[1]);
	else if (!strcmp(argv[2], "shared"))
		shared(argv[1]);
	else if (!strcmp(argv[2], "spawned"))
		spawned(argv[1]);
	else
		engine(argv[1], argv[2]);
	say("\n");
	return 0;
}
