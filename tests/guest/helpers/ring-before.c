// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring-before CGROUP OTHER: a task of CGROUP maps a packet ring, then goes to
 * OTHER, reads it there, and maps it once more; a line says how each went.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define RING 8192

static bool join(const char *cgroup)
{
	char path[256];
	bool joined;
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	joined = fd >= 0 && write(fd, "0", 1) == 1;
	close(fd);
	return joined;
}

static void *map_ring(int fd)
{
	return mmap(NULL, RING, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

/* Something comes by on lo; the kernel gives its frame to the ring. */
static void see(const char *when, int sender, volatile struct tpacket_hdr *frame)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons(9),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int tries;

	frame->tp_status = TP_STATUS_KERNEL;
	for (tries = 0; tries < 50 && !(frame->tp_status & TP_STATUS_USER); tries++) {
		/* The kernel says so whoever sends: here it is this task's own. */
		sendto(sender, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to));
		usleep(20000);
	}
	printf("%s: %s\n", when, frame->tp_status & TP_STATUS_USER ? "read" : "nothing came");
}

int main(int argc, char **argv)
{
	struct tpacket_req request = {
		.tp_block_size = RING, .tp_block_nr = 1, .tp_frame_size = RING, .tp_frame_nr = 1
	};
	int fd, sender, pipe_of[2];
	pid_t pid;
	void *at;

	/* It may be killed any time after it has joined. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc != 3 || !join(argv[1]) || pipe(pipe_of))
		return 2;
	fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	sender = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request))) {
		perror("ring");
		return 2;
	}
	at = map_ring(fd);
	if (at == MAP_FAILED)
		return 2;
	see("mapped before", sender, at);
	/* Somebody else of the host goes on sending. */
	pid = fork();
	if (!pid) {
		const struct sockaddr_in to = { .sin_family = AF_INET,
						.sin_port = htons(9),
						.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		for (int i = 0; i < 500; i++) {
			sendto(sender, "x", 1, 0, (const struct sockaddr *)&to, sizeof(to));
			usleep(20000);
		}
		_exit(0);
	}
	if (!join(argv[2]))
		return 2;
	see("joined", sender, at);
	at = map_ring(fd);
	printf("mapped again: %s\n", at == MAP_FAILED ? strerror(errno) : "yes");
	return 0;
}
