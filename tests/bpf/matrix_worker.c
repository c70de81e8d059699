// SPDX-License-Identifier: GPL-2.0-only
/* Who makes the matrix's socket calls: one task a tenant, until the test ends. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "matrix.h"

const uint16_t matrix_ports[MATRIX_PORTS] = { 4000, 4001, 4096 };

/* What a worker has open. By family: IPv4 is first. */
struct sockets {
	int tcp[2][MATRIX_PORTS], udp[2][MATRIX_PORTS];
	int calling; /* the flow that MATRIX_SEND began */
};

void matrix_die(const char *what)
{
	fprintf(stderr, "matrix: %s: %s\n", what, strerror(errno));
	exit(1);
}

void matrix_address(unsigned int tenant, enum cloison_family family, uint8_t address[16])
{
	static const uint8_t ipv4[16] = { 10, 8, 0, 1 };
	static const uint8_t ipv6[16] = { 0xFD, 0, 0, 8, [15] = 1 };

	memcpy(address, family == CLOISON_IPV4 ? ipv4 : ipv6, 16);
	address[family == CLOISON_IPV4 ? 3 : 15] += tenant;
}

void matrix_enter(unsigned int tenant)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/m%u", tenant);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		matrix_die(path);
	close(fd);
}

static socklen_t address_set(struct sockaddr_storage *to, enum cloison_family family,
			     const uint8_t *address, uint16_t port)
{
	struct sockaddr_in *in = (void *)to;
	struct sockaddr_in6 *in6 = (void *)to;

	memset(to, 0, sizeof(*to));
	if (family == CLOISON_IPV4) {
		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		if (address)
			memcpy(&in->sin_addr, address, 4);
		return sizeof(*in);
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(port);
	if (address)
		memcpy(&in6->sin6_addr, address, 16);
	return sizeof(*in6);
}

static int socket_make(enum cloison_family family, enum cloison_protocol protocol)
{
	return socket(family == CLOISON_IPV4 ? AF_INET : AF_INET6,
		      (protocol == CLOISON_TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK |
			      SOCK_CLOEXEC,
		      protocol);
}

/* Waits for who calls. */
static int server_open(enum cloison_family family, enum cloison_protocol protocol, uint16_t port)
{
	int fd = socket_make(family, protocol), on = 1;
	struct sockaddr_storage address;
	socklen_t length = address_set(&address, family, NULL, port);

	if (fd < 0)
		matrix_die("a server's socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (family == CLOISON_IPV6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, length) ||
	    (protocol == CLOISON_TCP && listen(fd, 64)))
		matrix_die("a server");
	return fd;
}

/* An echo, whose token is its identifier as well as its data; the kernel sums it up. */
static size_t echo_write(const struct matrix_request *request, uint8_t *bytes)
{
	struct icmphdr header = { .type = request->protocol == CLOISON_ICMP ? ICMP_ECHO :
									      ICMP6_ECHO_REQUEST };

	memcpy(bytes, &header, sizeof(header));
	memcpy(bytes + sizeof(header), &request->token, sizeof(request->token));
	return sizeof(header) + sizeof(request->token);
}

static int flow_begin(struct sockets *sockets, const struct matrix_request *request)
{
	struct sockaddr_storage to;
	uint8_t address[16], bytes[64];
	size_t size = sizeof(request->token);
	socklen_t length;

	matrix_address(request->peer, request->family, address);
	length = address_set(&to, request->family, address, matrix_ports[request->port]);
	sockets->calling = socket_make(request->family, request->protocol);
	if (sockets->calling < 0)
		return -errno;
	if (request->protocol == CLOISON_TCP)
		return connect(sockets->calling, (struct sockaddr *)&to, length) &&
				       errno != EINPROGRESS ?
			       -errno :
			       0;
	memcpy(bytes, &request->token, sizeof(request->token));
	if (request->protocol != CLOISON_UDP) {
		size = echo_write(request, bytes);
		length = address_set(&to, request->family, address, 0);
	}
	return sendto(sockets->calling, bytes, size, 0, (struct sockaddr *)&to, length) < 0 ?
		       -errno :
		       0;
}

/* Everything that has come is taken; whether the token was among it. It is sent back. */
static bool datagram_take(int fd, uint32_t token)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);
	bool found = false;
	uint32_t have;

	while (recvfrom(fd, &have, sizeof(have), 0, (struct sockaddr *)&from, &length) ==
	       sizeof(have)) {
		if (have == token) {
			found = true;
			/* What becomes of the answer the caller sees. */
			sendto(fd, &have, sizeof(have), 0, (struct sockaddr *)&from, length);
		}
		length = sizeof(from);
	}
	return found;
}

static void reset(int fd)
{
	struct linger none = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

static bool connection_take(int fd)
{
	bool found = false;
	int connection;

	while ((connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		found = true;
		reset(connection);
	}
	return found;
}

static bool flow_take(struct sockets *sockets, const struct matrix_request *request)
{
	int family = request->family != CLOISON_IPV4;

	if (request->protocol == CLOISON_TCP)
		return connection_take(sockets->tcp[family][request->port]);
	return datagram_take(sockets->udp[family][request->port], request->token);
}

static bool answer_has_come(int fd, const struct matrix_request *request)
{
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	uint8_t bytes[64];
	size_t header = request->protocol == CLOISON_UDP ? 0 : sizeof(struct icmphdr);
	ssize_t size;

	if (request->protocol == CLOISON_TCP)
		return poll(&writable, 1, 0) == 1 && writable.revents == POLLOUT;
	while ((size = recv(fd, bytes, sizeof(bytes), 0)) >= 0)
		if ((size_t)size == header + sizeof(request->token) &&
		    !memcmp(bytes + header, &request->token, sizeof(request->token)))
			return true;
	return false;
}

static bool flow_finish(struct sockets *sockets, const struct matrix_request *request)
{
	bool answered;

	if (sockets->calling < 0)
		return false;
	answered = answer_has_come(sockets->calling, request);
	reset(sockets->calling);
	sockets->calling = -1;
	return answered;
}

static void serve(unsigned int tenant, const char *cgroup, int from, int to)
{
	struct sockets sockets = { .calling = -1 };
	struct matrix_request request;
	char path[256];
	int fd, port;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	matrix_enter(tenant);
	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		matrix_die(path);
	close(fd);
	for (port = 0; port < MATRIX_PORTS; port++) {
		sockets.tcp[0][port] = server_open(CLOISON_IPV4, CLOISON_TCP, matrix_ports[port]);
		sockets.tcp[1][port] = server_open(CLOISON_IPV6, CLOISON_TCP, matrix_ports[port]);
		sockets.udp[0][port] = server_open(CLOISON_IPV4, CLOISON_UDP, matrix_ports[port]);
		sockets.udp[1][port] = server_open(CLOISON_IPV6, CLOISON_UDP, matrix_ports[port]);
	}
	while (read(from, &request, sizeof(request)) == sizeof(request)) {
		int32_t answer = request.call == MATRIX_SEND ? flow_begin(&sockets, &request) :
				 request.call == MATRIX_TAKE ? flow_take(&sockets, &request) :
							       flow_finish(&sockets, &request);

		if (write(to, &answer, sizeof(answer)) != sizeof(answer))
			break;
	}
	_exit(0);
}

struct matrix_worker matrix_worker_start(unsigned int tenant, const char *cgroup)
{
	struct matrix_worker worker;
	int there[2], back[2];

	if (pipe2(there, O_CLOEXEC) || pipe2(back, O_CLOEXEC))
		matrix_die("a pipe");
	worker = (struct matrix_worker){ .pid = fork(), .to = there[1], .from = back[0] };
	if (worker.pid < 0)
		matrix_die("a worker");
	if (!worker.pid) {
		close(there[1]);
		close(back[0]);
		serve(tenant, cgroup, there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	return worker;
}

int matrix_worker_call(const struct matrix_worker *worker, const struct matrix_request *request)
{
	int32_t answer;

	if (write(worker->to, request, sizeof(*request)) != sizeof(*request) ||
	    read(worker->from, &answer, sizeof(answer)) != sizeof(answer))
		matrix_die("a worker has ended");
	return answer;
}

void matrix_worker_end(const struct matrix_worker *worker)
{
	/* Its pipe would not end: those that were started later have it too. */
	kill(worker->pid, SIGKILL);
	close(worker->to);
	close(worker->from);
	waitpid(worker->pid, NULL, 0);
}
