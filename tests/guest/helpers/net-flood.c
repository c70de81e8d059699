// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sends a word by UDP on and on, a thousand times a second at most, whatever
 * becomes of it:
 *
 *   net-flood COUNTS ADDRESS PORT WORD [connected]
 *
 * The file COUNTS says how often it was tried, and how often it was refused. The
 * variable FLOOD_PAUSE is for milliseconds between two of them, if not one.
 * connected: by a socket that was connected once, at the start, so that no later
 * call names the peer.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "net-address.h"

enum { NOTE_EVERY = 64 };

static void note(int counts, unsigned long tries, unsigned long refused)
{
	char text[64];
	int length = snprintf(text, sizeof(text), "%lu %lu\n", tries, refused);

	/* Neither number gets shorter: what is read is one state or the next. */
	if (pwrite(counts, text, (size_t)length, 0) != length)
		exit(1);
}

int main(int argc, char **argv)
{
	const char *milliseconds = getenv("FLOOD_PAUSE");
	const struct timespec pause = { 0, 1000000L * (milliseconds ? atoi(milliseconds) : 1) };
	bool connected = argc == 6 && !strcmp(argv[5], "connected");
	unsigned long tries = 0, refused = 0;
	struct net_address address;
	int counts, fd;

	if (argc < 5 || (argc > 5 && !connected) || net_address(&address, argv[2], argv[3])) {
		fputs("usage: net-flood COUNTS ADDRESS PORT WORD [connected]\n", stderr);
		return 2;
	}
	counts = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (counts < 0 || fd < 0 || (connected && connect(fd, &address.any, address.length))) {
		perror("net-flood");
		return 1;
	}
	while (1) {
		ssize_t sent = sendto(fd, argv[4], strlen(argv[4]), MSG_DONTWAIT,
				      connected ? NULL : &address.any,
				      connected ? 0 : address.length);

		refused += sent < 0 && errno == EPERM;
		if (++tries % NOTE_EVERY == 0)
			note(counts, tries, refused);
		nanosleep(&pause, NULL);
	}
}
