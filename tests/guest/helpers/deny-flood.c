// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tries on and on what no packet's hook sees and a tenant's task may not do:
 *
 *   deny-flood COUNTS REGION PID
 *
 * a packet socket, the opening of another tenant's REGION, the tracing of process
 * PID. The file COUNTS says how often it tried all of them, and how often each was
 * let through.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static unsigned long packet_sockets, regions, traces;

static void try_packet_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	packet_sockets++;
	close(fd);
}

static void try_region(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	regions++;
	close(fd);
}

static void try_trace(pid_t pid)
{
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL))
		return;
	traces++;
	waitpid(pid, NULL, __WALL);
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

int main(int argc, char **argv)
{
	/* The kernel's log has a line of some. */
	const struct timespec pause = { .tv_nsec = 10000000 };
	unsigned long tries = 0;
	char text[128];
	int counts;

	if (argc != 4) {
		fputs("usage: deny-flood COUNTS REGION PID\n", stderr);
		return 2;
	}
	counts = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	while (counts >= 0) {
		int length;

		try_packet_socket();
		try_region(argv[2]);
		try_trace(atoi(argv[3]));
		length = snprintf(text, sizeof(text), "%lu %lu %lu %lu\n", ++tries, packet_sockets,
				  regions, traces);
		if (pwrite(counts, text, (size_t)length, 0) != length)
			break;
		nanosleep(&pause, NULL);
	}
	perror(argv[1]);
	return 1;
}
