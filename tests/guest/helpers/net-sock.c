// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the socket calls that a test spells out:
 *
 *   net-sock 'socket s udp4; sendto s 10.9.0.2 7001 hello'
 *   net-sock -            reads such lines and answers each by one line:
 *                         "ok [VALUE]", or "error CALL: what errno means"
 *
 * The calls of a line stop at the first that fails. Sockets have names and stay
 * open from line to line, so that one made before the wall can be used after.
 * Nothing waits longer than its patience; what has not come by then has timed out.
 */
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/in6.h>
#include <net/ethernet.h>
#include <netinet/ip_icmp.h>
#include <linux/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/time.h>
#include <unistd.h>

#include "net-address.h"

#define MAX_SOCKETS 16
#define MAX_WORDS 8
#define MAX_LINE 16384
#define MAX_BYTES 4096

static struct {
	char name[16];
	int fd;
	int patience; /* that it was told */
} sockets[MAX_SOCKETS];

/* How many milliseconds a call may wait; "patience" says it for the rest of its line. */
enum { MUCH_PATIENCE = 10000 };
static int patience;

/* What the last call of a line has to say. */
static char value[MAX_BYTES + 1];

static const struct kind {
	const char *name;
	int family, type, protocol; /* protocol -1: it is the next word */
} kinds[] = {
	{ "tcp4", AF_INET, SOCK_STREAM, IPPROTO_TCP },
	{ "tcp6", AF_INET6, SOCK_STREAM, IPPROTO_TCP },
	{ "udp4", AF_INET, SOCK_DGRAM, IPPROTO_UDP },
	{ "udp6", AF_INET6, SOCK_DGRAM, IPPROTO_UDP },
	{ "mptcp4", AF_INET, SOCK_STREAM, IPPROTO_MPTCP },
	{ "mptcp6", AF_INET6, SOCK_STREAM, IPPROTO_MPTCP },
	{ "ping4", AF_INET, SOCK_DGRAM, IPPROTO_ICMP },
	{ "ping6", AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6 },
	{ "raw4", AF_INET, SOCK_RAW, -1 },
	{ "raw6", AF_INET6, SOCK_RAW, -1 },
	/* The caller writes the IP header too. */
	{ "header4", AF_INET, SOCK_RAW, IPPROTO_RAW },
	{ "header6", AF_INET6, SOCK_RAW, IPPROTO_RAW },
	/* Sends to the device that it was bound to; for what comes from outside. */
	{ "packet", AF_PACKET, SOCK_RAW, 0 },
	{ "packet-dgram", AF_PACKET, SOCK_DGRAM, 0 },
	{ "xdp", AF_XDP, SOCK_RAW, 0 },
	{ "vsock", AF_VSOCK, SOCK_STREAM, 0 },
	{ "smc", AF_SMC, SOCK_STREAM, 0 },
	{ "netlink", AF_NETLINK, SOCK_RAW, -1 },
	{ "unix", AF_UNIX, SOCK_STREAM, 0 },
	{ "unix-dgram", AF_UNIX, SOCK_DGRAM, 0 },
};

static const struct option {
	const char *name;
	int level, option;
	char what; /* f: on, i: an interface, s: its name, x: bytes */
} set_options[] = {
	{ "broadcast", SOL_SOCKET, SO_BROADCAST, 'f' },
	{ "reuse", SOL_SOCKET, SO_REUSEADDR, 'f' },
	{ "bypass", SOL_PACKET, PACKET_QDISC_BYPASS, 'f' },
	{ "device", SOL_SOCKET, SO_BINDTODEVICE, 's' },
	{ "fastopen", IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 'f' },
	{ "multicast4", SOL_IP, IP_MULTICAST_IF, 'i' },
	{ "multicast6", SOL_IPV6, IPV6_MULTICAST_IF, 'i' },
	{ "options", SOL_IP, IP_OPTIONS, 'x' },
	{ "hop", SOL_IPV6, IPV6_HOPOPTS, 'x' },
	{ "destination", SOL_IPV6, IPV6_DSTOPTS, 'x' },
	{ "routing", SOL_IPV6, IPV6_RTHDR, 'x' },
};

static int tell_patience(int fd)
{
	const struct timeval time = { .tv_sec = patience / 1000,
				      .tv_usec = patience % 1000 * 1000 };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
	return patience;
}

/* One that the guard has closed is forgotten. */
static int *find_socket(const char *name)
{
	for (int i = 0; i < MAX_SOCKETS; i++) {
		if (sockets[i].fd <= 0 || strcmp(sockets[i].name, name))
			continue;
		/* Its number may become another file's. */
		if (fcntl(sockets[i].fd, F_GETFD) < 0) {
			sockets[i].fd = 0;
			continue;
		}
		if (sockets[i].patience != patience)
			sockets[i].patience = tell_patience(sockets[i].fd);
		return &sockets[i].fd;
	}
	return NULL;
}

/* A socket of that name from before is closed. */
static int add_socket(const char *name, int fd)
{
	int *old = find_socket(name);

	if (fd < 0)
		return -errno;
	tell_patience(fd);
	if (old) {
		close(*old);
		*old = fd;
		return 0;
	}
	for (int i = 0; i < MAX_SOCKETS; i++) {
		if (sockets[i].fd > 0)
			continue;
		snprintf(sockets[i].name, sizeof(sockets[i].name), "%s", name);
		sockets[i].fd = fd;
		sockets[i].patience = patience;
		return 0;
	}
	close(fd);
	return -EMFILE;
}

static int call_socket(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *kind = &kinds[i];
		int protocol = kind->protocol;

		if (strcmp(kind->name, argv[1]))
			continue;
		if (protocol < 0 && argc < 3)
			return -EINVAL;
		if (protocol < 0)
			protocol = atoi(argv[2]);
		return add_socket(argv[0],
				  socket(kind->family, kind->type | SOCK_CLOEXEC, protocol));
	}
	return -EINVAL;
}

static int call_close(int argc, char **argv)
{
	int *fd = find_socket(argv[0]), old;

	(void)argc;
	if (!fd)
		return -EBADF;
	old = *fd;
	*fd = 0;
	return close(old) ? -errno : 0;
}

static int set_one(int fd, const struct option *option, const char *word)
{
	struct ip_mreqn interface = { 0 };
	uint8_t bytes[MAX_BYTES];
	int on = 1, n;

	switch (option->what) {
	case 'f':
		return setsockopt(fd, option->level, option->option, &on, sizeof(on));
	case 's':
		return setsockopt(fd, option->level, option->option, word, strlen(word));
	case 'i':
		interface.imr_ifindex = if_nametoindex(word);
		if (option->level == SOL_IP)
			return setsockopt(fd, option->level, option->option, &interface,
					  sizeof(interface));
		return setsockopt(fd, option->level, option->option, &interface.imr_ifindex,
				  sizeof(interface.imr_ifindex));
	default:
		n = net_bytes(bytes, sizeof(bytes), word);
		errno = EINVAL;
		return n < 0 ? -1 : setsockopt(fd, option->level, option->option, bytes, n);
	}
}

static int call_set(int argc, char **argv)
{
	int *fd = find_socket(argv[0]);

	if (!fd)
		return -EBADF;
	for (size_t i = 0; i < sizeof(set_options) / sizeof(set_options[0]); i++) {
		const struct option *option = &set_options[i];

		if (strcmp(option->name, argv[1]))
			continue;
		if (option->what != 'f' && argc < 3)
			return -EINVAL;
		return set_one(*fd, option, argv[2]) ? -errno : 0;
	}
	return -EINVAL;
}

static int call_bind(int argc, char **argv)
{
	struct net_address address;
	int *fd = find_socket(argv[0]);

	(void)argc;
	if (!fd)
		return -EBADF;
	if (net_address(&address, argv[1], argv[2]))
		return -EINVAL;
	return bind(*fd, &address.any, address.length) ? -errno : 0;
}

/* Binds a packet socket, which gets nothing but sends there. */
static int call_device(int argc, char **argv)
{
	struct sockaddr_ll link = { .sll_family = AF_PACKET };
	int *fd = find_socket(argv[0]);

	(void)argc;
	link.sll_ifindex = if_nametoindex(argv[1]);
	if (!fd || !link.sll_ifindex)
		return -EINVAL;
	return bind(*fd, (struct sockaddr *)&link, sizeof(link)) ? -errno : 0;
}

static int call_connect(int argc, char **argv)
{
	struct net_address address;
	int *fd = find_socket(argv[0]);

	(void)argc;
	if (!fd)
		return -EBADF;
	if (net_address(&address, argv[1], argv[2]))
		return -EINVAL;
	return connect(*fd, &address.any, address.length) ? -errno : 0;
}

static int call_listen(int argc, char **argv)
{
	int *fd = find_socket(argv[0]);

	(void)argc;
	return !fd ? -EBADF : listen(*fd, 8) ? -errno : 0;
}

static int call_accept(int argc, char **argv)
{
	int *fd = find_socket(argv[0]);

	(void)argc;
	return fd ? add_socket(argv[1], accept4(*fd, NULL, NULL, SOCK_CLOEXEC)) : -EBADF;
}

static int send_bytes(const char *name, const struct net_address *to, const void *bytes,
		      size_t length, int flags)
{
	int *fd = find_socket(name);
	ssize_t sent;

	if (!fd)
		return -EBADF;
	sent = sendto(*fd, bytes, length, flags | MSG_NOSIGNAL, to ? &to->any : NULL,
		      to ? to->length : 0);
	if (sent < 0)
		return -errno;
	return (size_t)sent == length ? 0 : -EMSGSIZE;
}

static int call_send(int argc, char **argv)
{
	(void)argc;
	return send_bytes(argv[0], NULL, argv[1], strlen(argv[1]), 0);
}

static int send_to(char **argv, const void *bytes, size_t length, int flags)
{
	struct net_address address;

	if (net_address(&address, argv[1], argv[2]))
		return -EINVAL;
	return send_bytes(argv[0], &address, bytes, length, flags);
}

static int call_sendto(int argc, char **argv)
{
	(void)argc;
	return send_to(argv, argv[3], strlen(argv[3]), 0);
}

static int call_fastopen(int argc, char **argv)
{
	(void)argc;
	return send_to(argv, argv[3], strlen(argv[3]), MSG_FASTOPEN);
}

/* Data that is a word followed by so many bytes in all. */
static int call_bigto(int argc, char **argv)
{
	size_t length = strtoul(argv[4], NULL, 10);
	char *bytes = calloc(1, length + 1);
	int rc;

	(void)argc;
	if (!bytes)
		return -ENOMEM;
	memset(bytes, '.', length);
	memcpy(bytes, argv[3], strnlen(argv[3], length));
	rc = send_to(argv, bytes, length, 0);
	free(bytes);
	return rc;
}

static int call_hex(int argc, char **argv)
{
	uint8_t bytes[MAX_BYTES];
	int n = net_bytes(bytes, sizeof(bytes), argv[1]);

	(void)argc;
	return n < 0 ? n : send_bytes(argv[0], NULL, bytes, n, 0);
}

static int call_hexto(int argc, char **argv)
{
	uint8_t bytes[MAX_BYTES];
	int n = net_bytes(bytes, sizeof(bytes), argv[3]);

	(void)argc;
	return n < 0 ? n : send_to(argv, bytes, n, 0);
}

static uint16_t checksum(const uint8_t *bytes, size_t length)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < length; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xFFFF) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* An echo request of ICMP or ICMPv6; the latter's checksum the kernel writes. */
static int call_echo(int argc, char **argv)
{
	struct net_address address;
	uint8_t bytes[64 + sizeof(struct icmphdr)] = { 0 };
	struct icmphdr header = { .un.echo.id = htons(77), .un.echo.sequence = htons(1) };
	size_t length = sizeof(header) + strnlen(argv[2], 64);

	(void)argc;
	if (net_address(&address, argv[1], "0"))
		return -EINVAL;
	header.type = address.any.sa_family == AF_INET ? ICMP_ECHO : 128;
	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), argv[2], length - sizeof(header));
	header.checksum = checksum(bytes, length);
	memcpy(bytes, &header, sizeof(header));
	return send_bytes(argv[0], &address, bytes, length, 0);
}

static int call_recv(int argc, char **argv)
{
	int *fd = find_socket(argv[0]);
	ssize_t n;

	(void)argc;
	if (!fd)
		return -EBADF;
	n = recv(*fd, value, sizeof(value) - 1, 0);
	if (n < 0)
		return -errno;
	for (ssize_t i = 0; i < n; i++)
		if (value[i] < ' ' || value[i] > '~')
			value[i] = '.';
	value[n] = '\0';
	return n ? 0 : -EPIPE;
}

/* The port that the socket has, if need be by autobind. */
static int call_port(int argc, char **argv)
{
	struct net_address address = { .length = sizeof(address.in6) };
	int *fd = find_socket(argv[0]);

	(void)argc;
	if (!fd)
		return -EBADF;
	if (getsockname(*fd, &address.any, &address.length))
		return -errno;
	snprintf(value, sizeof(value), "%u", ntohs(address.in4.sin_port));
	return 0;
}

static int call_patience(int argc, char **argv)
{
	(void)argc;
	patience = atoi(argv[0]);
	return 0;
}

static int call_netns(int argc, char **argv)
{
	int fd = open(argv[0], O_RDONLY | O_CLOEXEC), rc;

	(void)argc;
	if (fd < 0)
		return -errno;
	rc = setns(fd, CLONE_NEWNET) ? -errno : 0;
	close(fd);
	return rc;
}

/* Moves this process, with the sockets that it has. */
static int call_cgroup(int argc, char **argv)
{
	char path[256];
	int fd, rc;

	(void)argc;
	snprintf(path, sizeof(path), "%s/cgroup.procs", argv[0]);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	rc = write(fd, "0", 1) < 0 ? -errno : 0;
	close(fd);
	return rc;
}

#include "net-sock-unix.h"

static const struct call {
	const char *name;
	int (*fn)(int argc, char **argv);
	int words;
} calls[] = { { "socket", call_socket, 2 },	/* NAME KIND [PROTOCOL] */
	      { "close", call_close, 1 },	/* NAME */
	      { "set", call_set, 2 },		/* NAME OPTION [INTERFACE|HEX] */
	      { "bind", call_bind, 3 },		/* NAME ADDRESS PORT */
	      { "device", call_device, 2 },	/* NAME INTERFACE */
	      { "connect", call_connect, 3 },	/* NAME ADDRESS PORT */
	      { "listen", call_listen, 1 },	/* NAME */
	      { "accept", call_accept, 2 },	/* NAME NEW */
	      { "send", call_send, 2 },		/* NAME DATA */
	      { "sendto", call_sendto, 4 },	/* NAME ADDRESS PORT DATA */
	      { "fastopen", call_fastopen, 4 }, /* NAME ADDRESS PORT DATA */
	      { "bigto", call_bigto, 5 },	/* NAME ADDRESS PORT DATA LENGTH */
	      { "hex", call_hex, 2 },		/* NAME HEX */
	      { "hexto", call_hexto, 4 },	/* NAME ADDRESS PORT HEX */
	      { "echo", call_echo, 3 },		/* NAME ADDRESS DATA */
	      { "recv", call_recv, 1 },		/* NAME; answers what came */
	      { "port", call_port, 1 },		/* NAME; answers its own port */
	      { "patience", call_patience, 1 }, /* MILLISECONDS, for the rest of the line */
	      { "netns", call_netns, 1 },	/* PATH */
	      { "cgroup", call_cgroup, 1 },	/* DIRECTORY */
	      MORE_CALLS };

static const char *meaning(int error)
{
	/* How the kernel says that the time is over. */
	if (error == EAGAIN || error == EINPROGRESS)
		error = ETIMEDOUT;
	return strerror(error);
}

/* Whether all calls of the line went well; if not, value says which did not. */
static bool run_line(char *line)
{
	char *save_call = NULL, *save_word, *text, *word;

	value[0] = '\0';
	patience = MUCH_PATIENCE;
	for (text = strtok_r(line, ";\n", &save_call); text;
	     text = strtok_r(NULL, ";\n", &save_call)) {
		char *words[MAX_WORDS + 1] = { NULL };
		int n = 0, rc = -ENOSYS;

		save_word = NULL;
		for (word = strtok_r(text, " \t", &save_word); word && n < MAX_WORDS;
		     word = strtok_r(NULL, " \t", &save_word))
			words[n++] = word;
		if (!n)
			continue;
		for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
			if (!strcmp(calls[i].name, words[0]) && n > calls[i].words)
				rc = calls[i].fn(n - 1, words + 1);
		if (!rc)
			continue;
		snprintf(value, sizeof(value), "%s: %s", words[0], meaning(-rc));
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	static char line[MAX_LINE];

	setlinebuf(stdout);
	if (argc != 2) {
		fprintf(stderr, "usage: net-sock CALLS | -\n");
		return 2;
	}
	if (strcmp(argv[1], "-")) {
		bool well = run_line(argv[1]);

		if (value[0])
			puts(value);
		return well ? 0 : 1;
	}
	while (fgets(line, sizeof(line), stdin)) {
		bool well = run_line(line);

		printf("%s%s%s\n", well ? "ok" : "error", value[0] ? " " : "", value);
	}
	return 0;
}
