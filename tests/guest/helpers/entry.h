/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs about entering a tenant share: moving, cloning, passing, sockets. */
#ifndef ENTRY_H
#define ENTRY_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static inline void die(const char *what)
{
	fprintf(stderr, "cannot go on: %s: %s\n", what, strerror(errno));
	_exit(2);
}

/* PID, or 0 for the caller, goes to the cgroup. */
static inline void move_to(const char *cgroup, pid_t pid)
{
	char path[256], number[16];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	snprintf(number, sizeof(number), "%d", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, number, strlen(number)) < 0)
		die(path);
	close(fd);
}

/* A child that is born in the cgroup. */
static inline pid_t clone_into(const char *cgroup, uint64_t flags)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP | flags, .exit_signal = SIGCHLD };
	int fd = open(cgroup, O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid_t pid;

	if (fd < 0)
		die(cgroup);
	args.cgroup = (unsigned int)fd;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		die("clone3");
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(fd);
	return pid;
}

/* A connection over loopback; the far end is in @far. */
static inline int tcp_pair(int *far)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0), fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&at, &length) ||
	    connect(fd, (struct sockaddr *)&at, sizeof(at)))
		die("a connection over loopback");
	*far = accept(listener, NULL, NULL);
	close(listener);
	return fd;
}

/* A connection to a listener with a name, as a service of the host has one. */
static inline int unix_pair(int *far)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd = socket(AF_UNIX, SOCK_STREAM, 0);
	socklen_t length;

	snprintf(at.sun_path + 1, sizeof(at.sun_path) - 1, "entry-%d", getpid());
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(at.sun_path + 1));
	if (bind(listener, (struct sockaddr *)&at, length) || listen(listener, 1) ||
	    connect(fd, (struct sockaddr *)&at, length))
		die("a unix connection");
	*far = accept(listener, NULL, NULL);
	close(listener);
	return fd;
}

/* Passes a descriptor; 0 or an errno. */
static inline int pass(int to, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 'x';
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(to, &message, MSG_NOSIGNAL) < 0 ? errno : 0;
}

/* Takes one; a negative errno, or -ENOENT if none came with the message. */
static inline int take(int from)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(from, &message, 0);
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	int fd;

	if (n <= 0)
		return n ? -errno : -EPIPE;
	if (!head || head->cmsg_len != CMSG_LEN(sizeof(int)))
		return -ENOENT;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

#endif /* ENTRY_H */
