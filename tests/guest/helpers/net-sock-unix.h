/* SPDX-License-Identifier: GPL-2.0-only */
/* The calls of net-sock on unix sockets, on passed ones, and on roads around send and receive. */
#ifndef NET_SOCK_UNIX_H
#define NET_SOCK_UNIX_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/un.h>

/* A path, or @NAME for an abstract one. */
static socklen_t unix_address(struct sockaddr_un *address, const char *name)
{
	size_t length = strnlen(name, sizeof(address->sun_path) - 1);

	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, name, length);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (name[0] != '@'));
}

static int unix_call(char **argv,
		     int (*call)(int fd, const struct sockaddr *address, socklen_t size))
{
	struct sockaddr_un address;
	socklen_t length = unix_address(&address, argv[1]);
	int *fd = find_socket(argv[0]);

	return !fd ? -EBADF : call(*fd, (struct sockaddr *)&address, length) ? -errno : 0;
}

static int call_ubind(int argc, char **argv)
{
	(void)argc;
	return unix_call(argv, bind);
}

static int call_uconnect(int argc, char **argv)
{
	(void)argc;
	return unix_call(argv, connect);
}

static int call_usendto(int argc, char **argv)
{
	struct sockaddr_un address;
	socklen_t length = unix_address(&address, argv[1]);
	int *fd = find_socket(argv[0]);

	(void)argc;
	if (!fd)
		return -EBADF;
	return sendto(*fd, argv[2], strlen(argv[2]), 0, (struct sockaddr *)&address, length) < 0 ?
		       -errno :
		       0;
}

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* Passes a socket over a connected unix socket. */
static int call_pass(int argc, char **argv)
{
	int *fd = find_socket(argv[0]), *through = find_socket(argv[1]);
	char byte = '.';
	struct iovec part = { &byte, 1 };
	union control control = { 0 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	(void)argc;
	if (!fd || !through)
		return -EBADF;
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), fd, sizeof(int));
	return sendmsg(*through, &message, 0) < 0 ? -errno : 0;
}

static int call_take(int argc, char **argv)
{
	int *through = find_socket(argv[0]), fd = -1;
	char byte;
	struct iovec part = { &byte, 1 };
	union control control = { 0 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };

	(void)argc;
	if (!through)
		return -EBADF;
	if (recvmsg(*through, &message, 0) < 0)
		return -errno;
	if (control.header.cmsg_type != SCM_RIGHTS ||
	    control.header.cmsg_len != CMSG_LEN(sizeof(int)))
		return -EPERM;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(int));
	return add_socket(argv[1], fd);
}

static int call_write(int argc, char **argv)
{
	int *fd = find_socket(argv[0]);

	(void)argc;
	return !fd ? -EBADF : write(*fd, argv[1], strlen(argv[1])) < 0 ? -errno : 0;
}

static int call_read(int argc, char **argv)
{
	int *fd = find_socket(argv[0]);
	ssize_t n;

	(void)argc;
	if (!fd)
		return -EBADF;
	n = read(*fd, value, sizeof(value) - 1);
	if (n < 0)
		return -errno;
	value[n] = '\0';
	return 0;
}

/* Data from a file, and from a pipe. */
static int call_sendfile(int argc, char **argv)
{
	int *fd = find_socket(argv[0]), file = memfd_create("data", 0), rc;
	size_t length = strlen(argv[1]);
	off_t offset = 0;

	(void)argc;
	if (!fd || file < 0 || write(file, argv[1], length) < 0)
		return -EBADF;
	rc = sendfile(*fd, file, &offset, length) < 0 ? -errno : 0;
	close(file);
	return rc;
}

static int call_splice_to(int argc, char **argv)
{
	int *fd = find_socket(argv[0]), ends[2], rc;
	size_t length = strlen(argv[1]);

	(void)argc;
	if (!fd || pipe(ends) || write(ends[1], argv[1], length) < 0)
		return -EBADF;
	rc = splice(ends[0], NULL, *fd, NULL, length, 0) < 0 ? -errno : 0;
	close(ends[0]);
	close(ends[1]);
	return rc;
}

static int call_splice_from(int argc, char **argv)
{
	int *fd = find_socket(argv[0]), ends[2], rc = 0;
	ssize_t n;

	(void)argc;
	if (!fd || pipe(ends))
		return -EBADF;
	n = splice(*fd, NULL, ends[1], NULL, MAX_BYTES, 0);
	if (n < 0)
		rc = -errno;
	else if (n > 0)
		value[read(ends[0], value, sizeof(value) - 1)] = '\0';
	close(ends[0]);
	close(ends[1]);
	return rc ? rc : n ? 0 : -EPIPE;
}

/* Receives into mapped pages: no recvmsg at all. */
static int call_zerocopy(int argc, char **argv)
{
	struct tcp_zerocopy_receive receive = { 0 };
	socklen_t length = sizeof(receive);
	int *fd = find_socket(argv[0]), rc;
	char copied[64] = { 0 };
	void *at;

	(void)argc;
	if (!fd)
		return -EBADF;
	at = mmap(NULL, 1 << 16, PROT_READ, MAP_SHARED, *fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	receive.address = (uintptr_t)at;
	receive.length = 1 << 16;
	receive.copybuf_address = (uintptr_t)copied;
	receive.copybuf_len = sizeof(copied) - 1;
	rc = getsockopt(*fd, IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, &receive, &length) ? -errno : 0;
	if (!rc)
		snprintf(value, sizeof(value), "%s", copied);
	munmap(at, 1 << 16);
	return rc;
}

/* Maps a packet socket's ring: what arrives is read from memory. */
static int call_ring(int argc, char **argv)
{
	struct tpacket_req request = {
		.tp_block_size = 4096, .tp_block_nr = 1, .tp_frame_size = 2048, .tp_frame_nr = 2
	};
	int *fd = find_socket(argv[0]);
	void *at;

	(void)argc;
	if (!fd)
		return -EBADF;
	/* A ring of before may be there. */
	if (setsockopt(*fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) &&
	    errno != EBUSY && errno != EPERM)
		return -errno;
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	return munmap(at, 4096) ? -errno : 0;
}

/* Binds a packet socket that gets all that comes by. */
static int call_sniff(int argc, char **argv)
{
	struct sockaddr_ll link = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int *fd = find_socket(argv[0]);

	(void)argc;
	link.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (!fd || !link.sll_ifindex)
		return -EINVAL;
	return bind(*fd, (struct sockaddr *)&link, sizeof(link)) ? -errno : 0;
}

#define MORE_CALLS                                                                              \
	{ "ubind", call_ubind, 2 },			/* NAME PATH|@NAME */                   \
		{ "uconnect", call_uconnect, 2 },	/* NAME PATH|@NAME */                   \
		{ "usendto", call_usendto, 3 },		/* NAME PATH|@NAME DATA */              \
		{ "pass", call_pass, 2 },		/* NAME, over the unix socket NAME */   \
		{ "take", call_take, 2 },		/* from the unix socket NAME, as NEW */ \
		{ "write", call_write, 2 },		/* NAME DATA */                         \
		{ "read", call_read, 1 },		/* NAME; answers what came */           \
		{ "sendfile", call_sendfile, 2 },	/* NAME DATA */                         \
		{ "splice-to", call_splice_to, 2 },	/* NAME DATA */                         \
		{ "splice-from", call_splice_from, 1 }, /* NAME; answers what came */           \
		{ "zerocopy", call_zerocopy, 1 },	/* NAME; answers what came */           \
		{ "ring", call_ring, 1 },		/* NAME: maps a packet socket's ring */ \
		{ "sniff", call_sniff, 2 },		/* NAME INTERFACE */

#endif /* NET_SOCK_UNIX_H */
