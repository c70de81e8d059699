// SPDX-License-Identifier: GPL-2.0-only
/*
 * A conversation that must never break, by numbered messages that come back:
 *
 *   net-echo serve PORT                       answers on TCP and UDP, IPv4
 *   net-echo talk tcp|udp ADDRESS PORT FILE   one connected socket, a message at a time
 *
 * FILE has the number of the last message that came back; with "broken" behind it
 * if one did not, or if another came instead. A datagram that is lost is sent again
 * once a second, for half a minute.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "net-address.h"

enum { TRIES = 30, CLIENTS = 16 };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int bound(int type, const char *port)
{
	struct net_address address;
	const int one = 1;
	int fd;

	if (net_address(&address, "0.0.0.0", port))
		exit(2);
	fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(fd, &address.any, address.length))
		die("net-echo");
	return fd;
}

static void answer_datagram(int fd)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	uint64_t message;
	ssize_t got = recvfrom(fd, &message, sizeof(message), 0, (void *)&from, &length);

	if (got > 0)
		sendto(fd, &message, (size_t)got, 0, (void *)&from, length);
}

/* Returns false when the client has gone. */
static bool answer_stream(int fd)
{
	char bytes[512];
	ssize_t got = read(fd, bytes, sizeof(bytes));

	return got > 0 && write(fd, bytes, (size_t)got) == got;
}

static int serve(const char *port)
{
	struct pollfd polled[2 + CLIENTS];
	nfds_t count = 2, i;

	polled[0] = (struct pollfd){ .fd = bound(SOCK_STREAM, port), .events = POLLIN };
	polled[1] = (struct pollfd){ .fd = bound(SOCK_DGRAM, port), .events = POLLIN };
	if (listen(polled[0].fd, CLIENTS))
		die("listen");
	puts("ready");
	fflush(stdout);
	while (poll(polled, count, -1) > 0) {
		if (polled[1].revents)
			answer_datagram(polled[1].fd);
		for (i = 2; i < count; i++)
			if (polled[i].revents && !answer_stream(polled[i].fd)) {
				close(polled[i].fd);
				polled[i--] = polled[--count];
			}
		if (polled[0].revents && count < 2 + CLIENTS) {
			polled[count] = (struct pollfd){ .fd = accept(polled[0].fd, NULL, NULL),
							 .events = POLLIN };
			count += polled[count].fd >= 0;
		}
	}
	return 1;
}

static void note(int file, uint64_t number, const char *what)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "%llu%s\n", (unsigned long long)number, what);

	if (pwrite(file, text, (size_t)length, 0) != length)
		exit(1);
}

/* Whether @number came back; an older one, sent twice, is passed over. */
static bool comes_back(int fd, bool stream, uint64_t number)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	uint64_t got;

	while (poll(&polled, 1, 1000) > 0) {
		ssize_t length = recv(fd, &got, sizeof(got), stream ? MSG_WAITALL : 0);

		if (length != sizeof(got) || got > number || (stream && got != number))
			return false;
		if (got == number)
			return true;
	}
	return false;
}

static bool exchange(int fd, bool stream, uint64_t number)
{
	int tries;

	for (tries = 0; tries < TRIES; tries++) {
		/* A stream's own peer sends again. */
		if ((!stream || !tries) &&
		    send(fd, &number, sizeof(number), MSG_NOSIGNAL) != sizeof(number))
			return false;
		if (comes_back(fd, stream, number))
			return true;
	}
	return false;
}

static int talk(bool stream, const char *to, const char *port, const char *path)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	struct net_address address;
	uint64_t number = 0;
	int file, fd;

	if (net_address(&address, to, port))
		return 2;
	file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	fd = socket(address.any.sa_family, (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (file < 0 || fd < 0 || connect(fd, &address.any, address.length))
		die("net-echo");
	while (exchange(fd, stream, number + 1)) {
		note(file, ++number, "");
		nanosleep(&pause, NULL);
	}
	note(file, number, " broken");
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve(argv[2]);
	if (argc == 6 && !strcmp(argv[1], "talk"))
		return talk(!strcmp(argv[2], "tcp"), argv[3], argv[4], argv[5]);
	fputs("usage: net-echo serve PORT | talk tcp|udp ADDRESS PORT FILE\n", stderr);
	return 2;
}
