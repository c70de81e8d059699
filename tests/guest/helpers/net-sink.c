// SPDX-License-Identifier: GPL-2.0-only
/*
 * The witness: writes down what arrives, a line each, and echoes it.
 *
 *   net-sink LOG udp:PORT tcp:PORT mptcp:PORT frames:INTERFACE ...
 *
 * PORT@ADDRESS is one address only, of IPv4 as ::ffff:127.0.0.1.
 *
 *   ready                                        all of these are open
 *   udp PORT from ADDRESS PORT: DATA
 *   tcp PORT from ADDRESS PORT                   a connection was accepted
 *   tcp PORT from ADDRESS PORT: DATA
 *   frame ip4|ip6 PROTOCOL FROM PORT to ADDRESS PORT: TEXT
 *   frame ETHERTYPE: TEXT
 *
 * Frames are those that come in from the wire. TEXT is all of the frame, with
 * dots for what cannot be printed. What has no ports has 0; of ICMP the first
 * is its type.
 */
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <unistd.h>

#include "net-address.h"

#define MAX_OPEN 64
#define MAX_BYTES 65536

enum kind { UDP, LISTENER, STREAM, FRAMES };

static struct pollfd polled[MAX_OPEN];
static struct {
	enum kind kind;
	char name[96];
} opened[MAX_OPEN];
static int n_opened;

static FILE *out;
static char bytes[MAX_BYTES + 1];

static void die(const char *what)
{
	fprintf(stderr, "net-sink: %s: %s\n", what, strerror(errno));
	exit(1);
}

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(out, format, args);
	va_end(args);
	fputc('\n', out);
	fflush(out);
}

static void add(int fd, enum kind kind, const char *name)
{
	if (fd < 0 || n_opened == MAX_OPEN)
		die(name);
	polled[n_opened] = (struct pollfd){ .fd = fd, .events = POLLIN };
	opened[n_opened].kind = kind;
	snprintf(opened[n_opened].name, sizeof(opened[n_opened].name), "%s", name);
	n_opened++;
}

/* Both families, all addresses unless one is given. */
static void add_port(const char *kind, char *port)
{
	struct net_address address;
	bool udp = !strcmp(kind, "udp");
	int protocol = !strcmp(kind, "mptcp") ? IPPROTO_MPTCP : 0, on = 1, fd;
	char name[64], *only = strchr(port, '@');

	if (only)
		*only++ = '\0';
	snprintf(name, sizeof(name), "%s %s", kind, port);
	if (net_address(&address, only ? only : "::", port))
		die(only);
	fd = socket(AF_INET6, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, protocol);
	/* Of UDP it would mean that others may have the port too, which takes a rule. */
	if (!udp)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, &address.any, address.length))
		die(name);
	if (!udp) {
		setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, &on, sizeof(on));
		if (listen(fd, 16))
			die(name);
	}
	add(fd, udp ? UDP : LISTENER, name);
}

static void add_frames(const char *interface)
{
	struct sockaddr_ll link = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	link.sll_ifindex = if_nametoindex(interface);
	if (fd < 0 || !link.sll_ifindex || bind(fd, (struct sockaddr *)&link, sizeof(link)))
		die(interface);
	add(fd, FRAMES, interface);
}

/* Addresses as one would write them: IPv4 not in its IPv6 disguise. */
static void peer_name(const struct net_address *peer, char *name, size_t room)
{
	char text[INET6_ADDRSTRLEN];
	const struct in6_addr *in6 = &peer->in6.sin6_addr;

	if (IN6_IS_ADDR_V4MAPPED(in6))
		inet_ntop(AF_INET, &in6->s6_addr[12], text, sizeof(text));
	else
		inet_ntop(AF_INET6, in6, text, sizeof(text));
	snprintf(name, room, "from %s %u", text, ntohs(peer->in6.sin6_port));
}

static void printable(ssize_t n)
{
	for (ssize_t i = 0; i < n; i++)
		if (bytes[i] < ' ' || bytes[i] > '~')
			bytes[i] = '.';
	bytes[n] = '\0';
}

static void got_udp(int at)
{
	struct net_address peer = { .length = sizeof(peer.in6) };
	ssize_t n = recvfrom(polled[at].fd, bytes, MAX_BYTES, 0, &peer.any, &peer.length);
	char name[64];

	if (n < 0)
		return;
	sendto(polled[at].fd, bytes, n, 0, &peer.any, peer.length);
	peer_name(&peer, name, sizeof(name));
	printable(n);
	say("%s %s: %s", opened[at].name, name, bytes);
}

static void got_connection(int at)
{
	struct net_address peer = { .length = sizeof(peer.in6) };
	int fd = accept4(polled[at].fd, &peer.any, &peer.length, SOCK_CLOEXEC);
	char from[64], name[96];

	if (fd < 0)
		return;
	peer_name(&peer, from, sizeof(from));
	snprintf(name, sizeof(name), "%.24s %s", opened[at].name, from);
	say("%s", name);
	add(fd, STREAM, name);
}

static void got_stream(int at)
{
	ssize_t n = recv(polled[at].fd, bytes, MAX_BYTES, 0);

	if (n <= 0) {
		close(polled[at].fd);
		polled[at] = polled[n_opened - 1];
		opened[at] = opened[n_opened - 1];
		n_opened--;
		return;
	}
	send(polled[at].fd, bytes, n, MSG_NOSIGNAL);
	printable(n);
	say("%s: %s", opened[at].name, bytes);
}

/* Two ports, or the type of ICMP, if there are any where they would be. */
static void ports_of(const char *transport, const char *end, int protocol, uint16_t ports[2])
{
	bool has = protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;

	ports[0] = ports[1] = 0;
	if (transport + 4 > end)
		return;
	if (has)
		memcpy(ports, transport, 4);
	else if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6)
		ports[0] = htons((uint8_t)*transport);
}

static void got_frame(int at)
{
	ssize_t n;
	struct sockaddr_ll link;
	socklen_t length = sizeof(link);
	char from[INET6_ADDRSTRLEN] = "?", to[INET6_ADDRSTRLEN] = "?";
	const char *packet = bytes + ETH_HLEN, *end;
	uint16_t type, ports[2];
	int protocol;

	n = recvfrom(polled[at].fd, bytes, MAX_BYTES, 0, (struct sockaddr *)&link, &length);
	if (n < ETH_HLEN || link.sll_pkttype == PACKET_OUTGOING)
		return;
	end = bytes + n;
	memcpy(&type, bytes + 12, 2);
	type = ntohs(type);
	if (type == ETH_P_IP && end - packet >= 20) {
		bool first = !(packet[6] & 0x1F) && !packet[7];

		protocol = (uint8_t)packet[9];
		inet_ntop(AF_INET, packet + 12, from, sizeof(from));
		inet_ntop(AF_INET, packet + 16, to, sizeof(to));
		ports_of(packet + (packet[0] & 0xF) * 4, end, first ? protocol : 0, ports);
	} else if (type == ETH_P_IPV6 && end - packet >= 40) {
		protocol = (uint8_t)packet[6];
		inet_ntop(AF_INET6, packet + 8, from, sizeof(from));
		inet_ntop(AF_INET6, packet + 24, to, sizeof(to));
		ports_of(packet + 40, end, protocol, ports);
	} else {
		printable(n);
		say("frame %04x: %s", type, bytes);
		return;
	}
	printable(n);
	say("frame %s %d %s %u to %s %u: %s", type == ETH_P_IP ? "ip4" : "ip6", protocol, from,
	    ntohs(ports[0]), to, ntohs(ports[1]), bytes);
}

static void serve(void)
{
	static void (*const got[])(int at) = { got_udp, got_connection, got_stream, got_frame };

	while (poll(polled, n_opened, -1) > 0)
		/* From the end, so that one that closes moves only what was seen. */
		for (int at = n_opened - 1; at >= 0; at--)
			if (polled[at].revents)
				got[opened[at].kind](at);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: net-sink LOG KIND:PORT|frames:INTERFACE...\n");
		return 2;
	}
	out = fopen(argv[1], "we");
	if (!out)
		die(argv[1]);
	for (int i = 2; i < argc; i++) {
		char *colon = strchr(argv[i], ':');

		if (!colon)
			return 2;
		*colon = '\0';
		if (!strcmp(argv[i], "frames"))
			add_frames(colon + 1);
		else
			add_port(argv[i], colon + 1);
	}
	say("ready");
	serve();
	return 0;
}
