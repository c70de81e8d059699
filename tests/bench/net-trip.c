// SPDX-License-Identifier: GPL-2.0-only
/*
 * A byte there and back over TCP, and whole connections; both ends on a CPU of
 * their own.
 *
 *   bench-net-trip serve ADDRESS PORT
 *   bench-net-trip trip|connect SERIES ADDRESS PORT COUNT
 *
 * trip: nanoseconds of one round trip of a byte on a connection that stands.
 * connect: of one connection: made, a byte there and back, closed. COUNT of
 * them are made; one line, "SERIES NUMBER", is printed. IPv4.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench-net-trip: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("a CPU of its own");
}

static struct sockaddr_in address_of(const char *text, const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)atoi(port)) };

	if (inet_pton(AF_INET, text, &address.sin_addr) != 1)
		die(text);
	return address;
}

static int socket_new(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)))
		die("a socket");
	return fd;
}

/* Ends with whoever started it. */
static _Noreturn void serve(const char *text, const char *port)
{
	struct sockaddr_in address = address_of(text, port);
	int listener = socket_new(), on = 1;
	char byte;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 128))
		die("a listener");
	while (1) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			die("accept");
		while (read(fd, &byte, 1) == 1)
			if (write(fd, &byte, 1) != 1)
				break;
		close(fd);
	}
}

static int call(const struct sockaddr_in *address)
{
	/* No TIME_WAIT: ten thousand of them would be measured too. */
	const struct linger reset = { .l_onoff = 1 };
	int fd = socket_new();

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) ||
	    connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		die("connect");
	return fd;
}

static void there_and_back(int fd)
{
	char byte = 'x';

	if (write(fd, &byte, 1) != 1 || read(fd, &byte, 1) != 1)
		die("a byte there and back");
}

static uint64_t trips(const struct sockaddr_in *address, int count)
{
	int fd = call(address), i;
	uint64_t begin;

	for (i = 0; i < count / 10; i++)
		there_and_back(fd);
	begin = now();
	for (i = 0; i < count; i++)
		there_and_back(fd);
	begin = now() - begin;
	close(fd);
	return begin / (uint64_t)count;
}

static uint64_t connections(const struct sockaddr_in *address, int count)
{
	uint64_t begin = now();
	int i;

	for (i = 0; i < count; i++) {
		int fd = call(address);

		there_and_back(fd);
		close(fd);
	}
	return (now() - begin) / (uint64_t)count;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address;
	uint64_t took;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && !strcmp(argv[1], "serve")) {
		pin(1);
		serve(argv[2], argv[3]);
	}
	if (argc != 6) {
		fputs("usage: bench-net-trip serve ADDRESS PORT\n"
		      "       bench-net-trip trip|connect SERIES ADDRESS PORT COUNT\n",
		      stderr);
		return 2;
	}
	pin(0);
	address = address_of(argv[3], argv[4]);
	took = strcmp(argv[1], "trip") ? connections(&address, atoi(argv[5])) :
					 trips(&address, atoi(argv[5]));
	printf("%s %llu\n", argv[2], (unsigned long long)took);
	return 0;
}
