// SPDX-License-Identifier: GPL-2.0-only
/*
 * host-try WHAT [ARGUMENT...]: one attempt on what is the host's and not a process;
 * what failed is printed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdbool.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int failed(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

/* option LEVEL OPTION TYPE [TEXT]: sets it on a socket of tcp, udp or udp6. */
static int set_option(char **words)
{
	int level = atoi(words[0]), option = atoi(words[1]), on = 1;
	bool stream = !strcmp(words[2], "tcp"), six = !strcmp(words[2], "udp6");
	int fd = socket(six ? AF_INET6 : AF_INET, stream ? SOCK_STREAM : SOCK_DGRAM, 0);
	/* Of the packet filters: what they read first, all zero. */
	char zeros[128] = "";

	if (fd < 0)
		return failed("socket");
	if (words[3] && strcmp(words[3], "zeros"))
		return setsockopt(fd, level, option, words[3], strlen(words[3])) ?
			       failed("option") :
			       0;
	if (setsockopt(fd, level, option, words[3] ? (void *)zeros : &on,
		       words[3] ? sizeof(zeros) : sizeof(on)))
		return failed("option");
	return 0;
}

/* The node may be one of the caller's own. */
static int tun(char **words)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open(words[0], O_RDWR);

	if (fd < 0)
		return failed("open");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", words[1]);
	return ioctl(fd, TUNSETIFF, &request) ? failed("TUNSETIFF") : 0;
}

/* write PATH TEXT: as a shell does it, but the error is that of open or write. */
static int write_text(char **words)
{
	int fd = open(words[0], O_WRONLY);

	if (fd < 0)
		return failed("open");
	return write(fd, words[1], strlen(words[1])) < 0 ? failed("write") : 0;
}

/* inherit TEXT: by descriptor 9, which another process opened. */
static int inherit(char **words)
{
	return pwrite(9, words[0], strlen(words[0]), 0) < 0 ? failed("write") : 0;
}

/* open PATH: for reading, which must not block. */
static int open_only(char **words)
{
	return open(words[0], O_RDONLY | O_NONBLOCK) < 0 ? failed("open") : 0;
}

/* listen PORT after|before: SO_REUSEPORT behind or before bind, then it waits for its end. */
static int listen_on(char **words)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)atoi(words[0])),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	bool before = !strcmp(words[1], "before");

	if (fd < 0)
		return failed("socket");
	if (before && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)))
		return failed("reuseport");
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return failed("bind");
	if (!before && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)))
		return failed("reuseport");
	if (listen(fd, 16))
		return failed("listen");
	puts("listens");
	fflush(stdout);
	if (!words[2])
		return 0;
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		if (peer < 0)
			return failed("accept");
		puts("accepted");
		fflush(stdout);
		close(peer);
	}
}

static const struct {
	const char *name;
	int least;
	int (*attempt)(char **words);
} attempts[] = {
	{ "option", 3, set_option }, { "tun", 2, tun },	       { "write", 2, write_text },
	{ "inherit", 1, inherit },   { "open", 1, open_only }, { "listen", 2, listen_on },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(attempts) / sizeof(attempts[0]); i++)
		if (!strcmp(argv[1], attempts[i].name) && argc - 2 >= attempts[i].least)
			return attempts[i].attempt(argv + 2);
	fprintf(stderr, "usage: host-try option|tun|write|inherit|open|listen ARGUMENT...\n");
	return 2;
}
