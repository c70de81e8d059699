// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tries one way to a region's bytes, or to another's server, and says in one line what came of it.
 * The demo runs it as the one who may (it must succeed) and as the one who may not.
 *
 *   attempt open PATH               open it, then read and map it
 *   attempt mknod PATH MAJOR:MINOR  make a device node there, then the same
 *   attempt send SOCKET PATH        open PATH and pass it on to whoever connects to SOCKET
 *   attempt receive SOCKET          take what "send" passes on, then read and map it
 *   attempt peek PID TEXT           read process PID's mapping whose line in maps has TEXT
 *   attempt connect ADDRESS PORT    make a TCP connection
 *   attempt watch PATH              map it and touch it until it is gone; say when that was
 *   attempt detach PIN              detach a pinned BPF link; say when that was
 *
 * Exit status: 0 the bytes or the connection were got, 1 refused, 2 wrong usage or no such thing.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GOT = 0, REFUSED = 1, BROKEN = 2 };
enum { LOOK = 4, CONNECT_MS = 1500 };

static sigjmp_buf bus_error;

static void on_bus_error(int number)
{
	siglongjmp(bus_error, number);
}

static long long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static int broken(const char *what)
{
	printf("%s: %s\n", what, strerror(errno));
	return BROKEN;
}

/* Adds "how: error" to the one line of what was refused. */
static void refused(const char *how, int error)
{
	static bool more;

	printf("%s%s: %s", more ? ", " : "", how, strerror(error));
	more = true;
}

static int got(const char *how, const unsigned char *bytes)
{
	printf("got %02x %02x %02x %02x by %s\n", bytes[0], bytes[1], bytes[2], bytes[3], how);
	return GOT;
}

/* Copies from a mapping that may die at any moment. */
static bool touch(const volatile unsigned char *from, unsigned char *to, size_t n)
{
	size_t i;

	signal(SIGBUS, on_bus_error);
	if (sigsetjmp(bus_error, 1))
		return false;
	for (i = 0; i < n; i++)
		to[i] = from[i];
	return true;
}

static int try_descriptor(int fd)
{
	unsigned char bytes[LOOK];
	void *map;

	if (pread(fd, bytes, LOOK, 0) == LOOK)
		return got("pread", bytes);
	refused("pread", errno);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		refused("mmap", errno);
	} else {
		if (touch(map, bytes, LOOK))
			return got("mmap", bytes);
		printf(", mmap: SIGBUS");
	}
	puts("");
	return REFUSED;
}

static int try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;

	if (fd >= 0)
		return try_descriptor(fd);
	error = errno;
	refused("open", error);
	puts("");
	return error == ENOENT ? BROKEN : REFUSED;
}

static int try_mknod(const char *path, const char *numbers)
{
	unsigned int major, minor;

	if (sscanf(numbers, "%u:%u", &major, &minor) != 2)
		return BROKEN;
	unlink(path);
	if (mknod(path, S_IFCHR | 0666, makedev(major, minor)))
		return broken("mknod");
	return try_open(path);
}

static int unix_socket(const char *path, struct sockaddr_un *address)
{
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", path);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/* A message of one byte with room for one descriptor. */
struct fd_message {
	char byte;
	struct iovec part;
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr header;
};

static void prepare(struct fd_message *m)
{
	memset(m, 0, sizeof(*m));
	m->part = (struct iovec){ &m->byte, 1 };
	m->header.msg_iov = &m->part;
	m->header.msg_iovlen = 1;
	m->header.msg_control = m->control.room;
	m->header.msg_controllen = sizeof(m->control.room);
}

static int send_descriptor(const char *path, const char *node)
{
	struct sockaddr_un address;
	int listener = unix_socket(path, &address), fd = open(node, O_RDONLY | O_CLOEXEC), peer;
	struct fd_message m;

	if (fd < 0)
		return broken("open");
	unlink(path);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 4))
		return broken("bind");
	for (;;) {
		peer = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
		if (peer < 0)
			return broken("accept");
		prepare(&m);
		m.control.header.cmsg_level = SOL_SOCKET;
		m.control.header.cmsg_type = SCM_RIGHTS;
		m.control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&m.control.header), &fd, sizeof(fd));
		sendmsg(peer, &m.header, MSG_NOSIGNAL);
		close(peer);
	}
}

static int receive_descriptor(const char *path)
{
	struct sockaddr_un address;
	int peer = unix_socket(path, &address), fd, error;
	struct fd_message m;

	if (connect(peer, (struct sockaddr *)&address, sizeof(address))) {
		error = errno;
		refused("connect", error);
		puts("");
		return error == ENOENT || error == ECONNREFUSED ? BROKEN : REFUSED;
	}
	prepare(&m);
	if (recvmsg(peer, &m.header, MSG_CMSG_CLOEXEC) != 1)
		return broken("recvmsg");
	if (!CMSG_FIRSTHDR(&m.header)) {
		puts("the descriptor was taken out of the message");
		return REFUSED;
	}
	memcpy(&fd, CMSG_DATA(&m.control.header), sizeof(fd));
	return try_descriptor(fd);
}

/* An address in the middle, where there are weights and not a header. */
static unsigned long long find_mapping(const char *pid, const char *text)
{
	char path[64], line[512];
	unsigned long long start = 0, end;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	errno = 0;
	maps = fopen(path, "re");
	if (!maps)
		return 0;
	errno = 0;
	while (!start && fgets(line, sizeof(line), maps))
		if (strstr(line, text))
			sscanf(line, "%llx-%llx", &start, &end);
	fclose(maps);
	return start ? start + (end - start) / 2 / sizeof(long) * sizeof(long) : 0;
}

static bool peek_by_ptrace(pid_t pid, void *at, unsigned char *bytes)
{
	long word = -1;
	int error;

	if (ptrace(PTRACE_ATTACH, pid, 0, 0))
		return false;
	waitpid(pid, NULL, __WALL);
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, at, 0);
	error = errno;
	ptrace(PTRACE_DETACH, pid, 0, 0);
	errno = error;
	memcpy(bytes, &word, LOOK);
	return !error;
}

static int peek(const char *pid, const char *text)
{
	unsigned long long at = find_mapping(pid, text);
	unsigned char bytes[LOOK];
	struct iovec here = { bytes, LOOK }, there = { (void *)at, LOOK };
	char path[64];
	int fd;

	/* Where it is mapped is refused already: any address is as good for the rest. */
	if (!at && errno) {
		refused("/proc/PID/maps", errno);
		there.iov_base = (void *)path;
	} else if (!at) {
		printf("process %s has no mapping of %s\n", pid, text);
		return BROKEN;
	}
	if (process_vm_readv(atoi(pid), &here, 1, &there, 1, 0) == LOOK)
		return got("process_vm_readv", bytes);
	refused("process_vm_readv", errno);
	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pread(fd, bytes, LOOK, (off_t)at) == LOOK)
		return got("/proc/PID/mem", bytes);
	refused("/proc/PID/mem", errno);
	if (peek_by_ptrace(atoi(pid), (void *)at, bytes))
		return got("ptrace", bytes);
	refused("ptrace", errno);
	puts("");
	return REFUSED;
}

static int try_connect(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	socklen_t size = sizeof(error);

	if (fd < 0 || inet_pton(AF_INET, address, &to.sin_addr) != 1)
		return broken("socket");
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS)
		error = errno;
	else if (poll(&wait, 1, CONNECT_MS) != 1)
		error = ETIMEDOUT;
	else
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error) {
		printf("connect: %s\n", strerror(error));
		return error == EPERM || error == EACCES || error == ETIMEDOUT ? REFUSED : BROKEN;
	}
	puts("connected");
	return GOT;
}

/*
 * What is printed: "mapped"; when it is gone, with tabs between, the moment of the last touch that
 * still worked and of the first that did not, in ns, and what read(2) says then.  On a busy machine
 * the two may lie apart, because nobody touched it in between.
 */
static int watch(const char *path)
{
	const struct timespec pause = { .tv_nsec = 200000 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char byte;
	void *map;
	long long last = 0, dead;

	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return broken("mmap");
	if (!touch(map, &byte, 1)) {
		puts("SIGBUS at the first touch");
		return REFUSED;
	}
	puts("mapped");
	fflush(stdout);
	while (touch(map, &byte, 1)) {
		last = now_ns();
		nanosleep(&pause, NULL);
	}
	dead = now_ns();
	errno = 0;
	pread(fd, &byte, 1, 0);
	printf("%lld\t%lld\tread: %s\n", last, dead, strerror(errno));
	return GOT;
}

static int detach(const char *pin)
{
	union bpf_attr attr = { .pathname = (uint64_t)(uintptr_t)pin };
	int link = (int)syscall(SYS_bpf, BPF_OBJ_GET, &attr, sizeof(attr));
	long long at;

	if (link < 0)
		return broken(pin);
	memset(&attr, 0, sizeof(attr));
	attr.link_detach.link_fd = link;
	at = now_ns();
	if (syscall(SYS_bpf, BPF_LINK_DETACH, &attr, sizeof(attr)))
		return broken("BPF_LINK_DETACH");
	printf("%lld\n", at);
	return GOT;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (!strcmp(what, "open") && argc == 3)
		return try_open(argv[2]);
	if (!strcmp(what, "mknod") && argc == 4)
		return try_mknod(argv[2], argv[3]);
	if (!strcmp(what, "send") && argc == 4)
		return send_descriptor(argv[2], argv[3]);
	if (!strcmp(what, "receive") && argc == 3)
		return receive_descriptor(argv[2]);
	if (!strcmp(what, "peek") && argc == 4)
		return peek(argv[2], argv[3]);
	if (!strcmp(what, "connect") && argc == 4)
		return try_connect(argv[2], argv[3]);
	if (!strcmp(what, "watch") && argc == 3)
		return watch(argv[2]);
	if (!strcmp(what, "detach") && argc == 3)
		return detach(argv[2]);
	fprintf(stderr, "usage: see the head of attempt.c\n");
	return BROKEN;
}
