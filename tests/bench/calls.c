// SPDX-License-Identifier: GPL-2.0-only
/*
 * What calls cost that the guard's LSM programs see, made by a task of no tenant.
 *
 *   bench-calls SERIES COUNT
 *
 * Makes each COUNT times and prints a line for it: "CALL:SERIES NUMBER",
 * nanoseconds of one. Where the clock counts instructions (tests/vm/boot --count),
 * a nanosecond is one.
 *   open     a file opened for reading, and closed
 *   read     4 KiB of a file
 *   write    likewise
 *   mmap     64 KiB of a file mapped, and unmapped
 *   sendmsg  a datagram of 64 bytes to a socket of this program's, and received
 *   spawn    a process made, which executes a program that ends at once
 *   byte     one byte read of /dev/zero: a call that does next to nothing
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum { BLOCK = 4096, MAPPED = 16 * BLOCK, DATAGRAM = 64 };

static char buffer[BLOCK];
static char path[] = "/tmp/bench-calls.XXXXXX";
static int file, zero, sender, receiver;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench-calls: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- the calls ------------------------------------------------------------- */

static bool call_open(void)
{
	int fd = open(path, O_RDONLY);

	return fd >= 0 && !close(fd);
}

static bool call_read(void)
{
	return pread(file, buffer, BLOCK, 0) == BLOCK;
}

static bool call_write(void)
{
	return pwrite(file, buffer, BLOCK, 0) == BLOCK;
}

static bool call_mmap(void)
{
	void *map = mmap(NULL, MAPPED, PROT_READ, MAP_SHARED, file, 0);

	return map != MAP_FAILED && !munmap(map, MAPPED);
}

static bool call_sendmsg(void)
{
	struct iovec vector = { buffer, DATAGRAM };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };

	return sendmsg(sender, &message, 0) == DATAGRAM &&
	       recvmsg(receiver, &message, 0) == DATAGRAM;
}

static bool call_byte(void)
{
	return read(zero, buffer, 1) == 1;
}

static bool call_spawn(void)
{
	pid_t child = fork();
	int status;

	if (!child) {
		execl("/bin/true", "true", NULL);
		_exit(127);
	}
	return child > 0 && waitpid(child, &status, 0) == child && !status;
}

static const struct call {
	const char *name;
	bool (*make)(void);
} calls[] = {
	{ "open", call_open },	 { "read", call_read },	      { "write", call_write },
	{ "mmap", call_mmap },	 { "sendmsg", call_sendmsg }, { "byte", call_byte },
	{ "spawn", call_spawn },
};

/* ---- how long they take ---------------------------------------------------- */

static void prepare(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);

	file = mkstemp(path);
	if (file < 0 || ftruncate(file, MAPPED))
		die(path);
	zero = open("/dev/zero", O_RDONLY);
	if (zero < 0)
		die("/dev/zero");
	receiver = socket(AF_INET, SOCK_DGRAM, 0);
	sender = socket(AF_INET, SOCK_DGRAM, 0);
	if (receiver < 0 || sender < 0 || bind(receiver, (void *)&address, length) ||
	    getsockname(receiver, (void *)&address, &length) ||
	    connect(sender, (void *)&address, length))
		die("a pair of sockets");
}

static void measure(const struct call *call, const char *series, uint64_t count)
{
	uint64_t begin = 0;

	/* The first of them find nothing in any cache. */
	for (uint64_t i = 0; i < count + count / 10; i++) {
		if (i == count / 10)
			begin = now();
		if (!call->make())
			die(call->name);
	}
	printf("%s:%s %.1f\n", call->name, series, (double)(now() - begin) / (double)count);
}

int main(int argc, char **argv)
{
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

	if (!count) {
		fputs("usage: bench-calls SERIES COUNT\n", stderr);
		return 2;
	}
	prepare();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		measure(&calls[i], argv[1], count);
	unlink(path);
	return 0;
}
