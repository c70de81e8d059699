// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring-poll CGROUP OTHER: a task of CGROUP makes a polled io_uring; its child
 * goes to OTHER and maps the ring, whose entries the parent's thread carries out.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int join(const char *cgroup)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) < 0) {
		perror(path);
		return 2;
	}
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 10000 };
	int ring, status;
	pid_t pid;

	if (argc != 3 || join(argv[1]))
		return 2;
	ring = (int)syscall(SYS_io_uring_setup, 4, &params);
	if (ring < 0) {
		perror("io_uring_setup");
		return 2;
	}
	pid = fork();
	if (!pid) {
		void *at;

		if (join(argv[2]))
			_exit(2);
		at = mmap(NULL, params.sq_entries * sizeof(struct io_uring_sqe),
			  PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
		if (at == MAP_FAILED)
			puts(strerror(errno));
		fflush(stdout);
		_exit(at == MAP_FAILED);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
