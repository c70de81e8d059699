// SPDX-License-Identifier: GPL-2.0-only
/*
 * Socket calls by io_uring, without liburing. Each begins with OP_SOCKET, and
 * with sqpoll all are made by the kernel's own thread:
 *
 *   net-uring [sqpoll] tcp ADDRESS PORT DATA       OP_CONNECT and OP_SEND
 *   net-uring [sqpoll] udp ADDRESS PORT DATA       OP_SENDMSG to the address
 *   net-uring [sqpoll] udp-send ADDRESS PORT DATA  OP_SEND to the address
 *   net-uring [sqpoll] raw ADDRESS PORT DATA       OP_SOCKET of a raw socket only
 *
 * But not these: the ring is made and the socket connected first, then the process
 * goes to the cgroup, and the ring reads or writes there.
 *
 *   net-uring joins CGROUP read|write ADDRESS PORT DATA
 */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "net-address.h"

struct ring {
	int fd;
	bool poll;
	uint8_t *sq, *cq;
	struct io_uring_sqe *entries;
	struct io_uring_params params;
};

static _Noreturn void die(const char *what, int error)
{
	/* A wait that was cancelled by its timeout. */
	if (error == ECANCELED)
		error = ETIMEDOUT;
	printf("%s: %s\n", what, strerror(error));
	exit(1);
}

static void *map(const struct ring *ring, size_t length, off_t offset)
{
	void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, offset);

	if (at == MAP_FAILED)
		die("mmap", errno);
	return at;
}

static void ring_open(struct ring *ring)
{
	struct io_uring_params *params = &ring->params;

	if (ring->poll) {
		params->flags = IORING_SETUP_SQPOLL;
		params->sq_thread_idle = 50;
	}
	ring->fd = (int)syscall(SYS_io_uring_setup, 8, params);
	if (ring->fd < 0)
		die("io_uring_setup", errno);
	ring->sq = map(ring, params->sq_off.array + params->sq_entries * sizeof(uint32_t),
		       IORING_OFF_SQ_RING);
	ring->cq = map(ring, params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe),
		       IORING_OFF_CQ_RING);
	ring->entries = map(ring, params->sq_entries * sizeof(*ring->entries), IORING_OFF_SQES);
}

static uint32_t *field(uint8_t *base, uint32_t offset)
{
	return (uint32_t *)(base + offset);
}

/* Without SQPOLL the caller submits; with it, a sleeping thread is woken. */
static void ring_submit(struct ring *ring, unsigned int count)
{
	unsigned int flags = 0;

	if (ring->poll) {
		uint32_t *state = field(ring->sq, ring->params.sq_off.flags);

		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (!(__atomic_load_n(state, __ATOMIC_RELAXED) & IORING_SQ_NEED_WAKEUP))
			return;
		flags = IORING_ENTER_SQ_WAKEUP;
	}
	if (syscall(SYS_io_uring_enter, ring->fd, count, 0, flags, NULL, 0) < 0)
		die("io_uring_enter", errno);
}

/* The answer that is not the timeout's, which is linked behind. */
static int ring_answer(struct ring *ring, unsigned int count)
{
	struct io_uring_cqe *answers = (struct io_uring_cqe *)(ring->cq + ring->params.cq_off.cqes);
	uint32_t *head = field(ring->cq, ring->params.cq_off.head);
	uint32_t *tail = field(ring->cq, ring->params.cq_off.tail);
	uint32_t mask = *field(ring->cq, ring->params.cq_off.ring_mask);
	const struct timespec pause = { .tv_nsec = 1000 * 1000 };
	int result = -EIO;

	for (unsigned int seen = 0; seen < count; seen++) {
		while (__atomic_load_n(tail, __ATOMIC_ACQUIRE) == *head)
			nanosleep(&pause, NULL);
		if (answers[*head & mask].user_data == 1)
			result = answers[*head & mask].res;
		__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	}
	return result;
}

/* One call, given a second. */
static int ring_call(struct ring *ring, const char *what, struct io_uring_sqe call)
{
	static const struct __kernel_timespec second = { .tv_sec = 1 };
	const struct io_uring_sqe timeout = {
		.opcode = IORING_OP_LINK_TIMEOUT,
		.addr = (uintptr_t)&second,
		.len = 1,
		.user_data = 2,
	};
	uint32_t *tail = field(ring->sq, ring->params.sq_off.tail);
	uint32_t *order = field(ring->sq, ring->params.sq_off.array);
	uint32_t mask = *field(ring->sq, ring->params.sq_off.ring_mask);
	int result;

	call.user_data = 1;
	call.flags = IOSQE_IO_LINK;
	for (uint32_t i = 0; i < 2; i++) {
		uint32_t at = (*tail + i) & mask;

		ring->entries[at] = i ? timeout : call;
		order[at] = at;
	}
	__atomic_store_n(tail, *tail + 2, __ATOMIC_RELEASE);
	ring_submit(ring, 2);
	result = ring_answer(ring, 2);
	if (result < 0)
		die(what, -result);
	return result;
}

static int make_socket(struct ring *ring, const struct net_address *peer, int type, int protocol)
{
	return ring_call(ring, "socket",
			 (struct io_uring_sqe){
				 .opcode = IORING_OP_SOCKET,
				 .fd = peer->any.sa_family,
				 .off = (uint64_t)type,
				 .len = (uint32_t)protocol,
			 });
}

static void call_connect(struct ring *ring, int fd, const struct net_address *peer)
{
	ring_call(ring, "connect",
		  (struct io_uring_sqe){
			  .opcode = IORING_OP_CONNECT,
			  .fd = fd,
			  .addr = (uintptr_t)&peer->any,
			  .off = peer->length,
		  });
}

static void call_send(struct ring *ring, int fd, const struct net_address *peer, const char *data)
{
	ring_call(ring, "send",
		  (struct io_uring_sqe){
			  .opcode = IORING_OP_SEND,
			  .fd = fd,
			  .addr = (uintptr_t)data,
			  .len = (uint32_t)strlen(data),
			  .addr2 = peer ? (uintptr_t)&peer->any : 0,
			  .addr_len = peer ? (uint16_t)peer->length : 0,
		  });
}

static void call_sendmsg(struct ring *ring, int fd, struct net_address *peer, char *data)
{
	struct iovec part = { data, strlen(data) };
	struct msghdr message = {
		.msg_name = &peer->any,
		.msg_namelen = peer->length,
		.msg_iov = &part,
		.msg_iovlen = 1,
	};

	ring_call(ring, "sendmsg",
		  (struct io_uring_sqe){
			  .opcode = IORING_OP_SENDMSG,
			  .fd = fd,
			  .addr = (uintptr_t)&message,
			  .len = 1,
		  });
}

static void join(const char *cgroup)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) < 0)
		die(path, errno);
	close(fd);
}

static int call_after_join(char **argv)
{
	bool writes = !strcmp(argv[1], "write");
	struct net_address peer;
	struct ring ring = { 0 };
	char bytes[64];
	int fd;

	if (net_address(&peer, argv[2], argv[3]))
		return 2;
	fd = socket(peer.any.sa_family, SOCK_STREAM, 0);
	/* The witness answers what it gets, so that there is something to read. */
	if (fd < 0 || connect(fd, &peer.any, peer.length) || send(fd, argv[4], 1, 0) < 0)
		die("connect", errno);
	ring_open(&ring);
	join(argv[0]);
	ring_call(&ring, argv[1],
		  (struct io_uring_sqe){
			  .opcode = writes ? IORING_OP_WRITE : IORING_OP_READ,
			  .fd = fd,
			  .addr = writes ? (uintptr_t)argv[4] : (uintptr_t)bytes,
			  .len = writes ? (uint32_t)strlen(argv[4]) : sizeof(bytes),
		  });
	return 0;
}

int main(int argc, char **argv)
{
	struct net_address peer;
	struct ring ring = { 0 };
	int fd;

	if (argc == 7 && !strcmp(argv[1], "joins"))
		return call_after_join(argv + 2);
	if (argc > 1 && !strcmp(argv[1], "sqpoll")) {
		ring.poll = true;
		argc--;
		argv++;
	}
	if (argc != 5 || net_address(&peer, argv[2], argv[3])) {
		fprintf(stderr,
			"usage: net-uring [sqpoll] tcp|udp|udp-send|raw ADDRESS PORT DATA\n");
		return 2;
	}
	ring_open(&ring);
	if (!strcmp(argv[1], "tcp")) {
		fd = make_socket(&ring, &peer, SOCK_STREAM, 0);
		call_connect(&ring, fd, &peer);
		call_send(&ring, fd, NULL, argv[4]);
	} else if (!strcmp(argv[1], "raw")) {
		make_socket(&ring, &peer, SOCK_RAW, IPPROTO_UDP);
	} else {
		fd = make_socket(&ring, &peer, SOCK_DGRAM, 0);
		if (!strcmp(argv[1], "udp"))
			call_sendmsg(&ring, fd, &peer, argv[4]);
		else
			call_send(&ring, fd, &peer, argv[4]);
	}
	return 0;
}
