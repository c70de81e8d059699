// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tries one way into another process's memory, four bytes at an address.
 *
 *   peek WAY PID ADDRESS    WAY is one of vm-readv vm-writev mem-read mem-write
 *                           ptrace-peek ptrace-poke
 *
 * Prints what it read, or the errno's name; exit status 1 if it was refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static uint32_t bytes = 0x61626364;

static int by_vm(pid_t pid, uint64_t address, int write)
{
	struct iovec here = { &bytes, sizeof(bytes) };
	struct iovec there = { (void *)address, sizeof(bytes) };

	return (int)(write ? process_vm_writev(pid, &here, 1, &there, 1, 0) :
			     process_vm_readv(pid, &here, 1, &there, 1, 0));
}

static int by_mem(pid_t pid, uint64_t address, int write)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	return (int)(write ? pwrite(fd, &bytes, sizeof(bytes), (off_t)address) :
			     pread(fd, &bytes, sizeof(bytes), (off_t)address));
}

static int by_ptrace(pid_t pid, uint64_t address, int write)
{
	long word = bytes;
	int error;

	if (ptrace(PTRACE_ATTACH, pid, 0, 0) || waitpid(pid, NULL, __WALL) < 0)
		return -1;
	errno = 0;
	if (write)
		ptrace(PTRACE_POKEDATA, pid, address, word);
	else
		word = ptrace(PTRACE_PEEKDATA, pid, address, 0);
	error = errno;
	ptrace(PTRACE_DETACH, pid, 0, 0);
	bytes = (uint32_t)word;
	errno = error;
	return error ? -1 : (int)sizeof(bytes);
}

static const struct {
	const char *name;
	int (*run)(pid_t pid, uint64_t address, int write);
	int write;
} ways[] = {
	{ "vm-readv", by_vm, 0 },	 { "vm-writev", by_vm, 1 },
	{ "mem-read", by_mem, 0 },	 { "mem-write", by_mem, 1 },
	{ "ptrace-peek", by_ptrace, 0 }, { "ptrace-poke", by_ptrace, 1 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 4 && i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(argv[1], ways[i].name))
			continue;
		if (ways[i].run(atoi(argv[2]), strtoull(argv[3], NULL, 16), ways[i].write) ==
		    sizeof(bytes)) {
			printf("%08x\n", bytes);
			return 0;
		}
		puts(strerrorname_np(errno));
		return 1;
	}
	fprintf(stderr, "usage: see the head of peek.c\n");
	return 2;
}
