// SPDX-License-Identifier: GPL-2.0-only
/*
 * A tenant's task sends the fuzzer's calls: the LSM program must say of each what
 * the walk says here. The task has no capability, so that the kernel changes
 * nothing; it is asked only after the LSM.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "netlink_fuzz.h"

/* Calls by one socket: what is not read of its answers goes with it. */
#define SOCKET_CALLS 64

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { 0 };

	return (int)syscall(SYS_capset, &header, none);
}

/* @fds: a socket of each protocol, made when it is needed. */
static int send_call(const struct netlink_call *call, int *fds)
{
	int *fd = &fds[call->protocol];

	if (*fd < 0)
		*fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, call->protocol);
	if (*fd < 0)
		return -errno;
	return send(*fd, call->bytes, call->length, MSG_DONTWAIT) < 0 ? -errno : 0;
}

#define PROTOCOLS 32

static void sockets_close(int *fds)
{
	int i;

	for (i = 0; i < PROTOCOLS; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

int netlink_guard_compare(enum fuzz_where where, unsigned long count, struct netlink_make *make)
{
	static char text[2 * CALL_ROOM + 16];
	static struct netlink_call call;
	unsigned long allowed = 0, differ = 0, i;
	int fds[PROTOCOLS], error;

	for (i = 0; i < PROTOCOLS; i++)
		fds[i] = -1;
	if (drop_capabilities()) {
		perror("capset");
		return 2;
	}
	for (i = 0; i < count; i++) {
		bool expected;

		if (i % SOCKET_CALLS == 0)
			sockets_close(fds);
		netlink_call_make(make, &call);
		expected = netlink_verdict(&call, where);
		error = send_call(&call, fds);
		allowed += !error;
		if (expected ? !error : error == -EPERM)
			continue;
		differ++;
		netlink_call_print(&call, text, sizeof(text));
		printf("the walk %s, the guard says %d: %s\n", expected ? "allows" : "refuses",
		       error, text);
	}
	sockets_close(fds);
	printf("%lu calls, %lu allowed, %lu that the guard and the walk differ in\n", count,
	       allowed, differ);
	/* A guard that refuses all, or nothing, compares to nothing. */
	return differ || allowed < count / 20 || allowed > count - count / 20 ? 1 : 0;
}
