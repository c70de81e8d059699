// SPDX-License-Identifier: GPL-2.0-only
/* clone-into DIRECTORY: a child that begins in that cgroup, known by O_PATH only. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	int cgroup, status;
	pid_t pid;

	if (argc != 2) {
		fprintf(stderr, "usage: clone-into DIRECTORY\n");
		return 2;
	}
	cgroup = open(argv[1], O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0) {
		perror(argv[1]);
		return 2;
	}
	args.cgroup = (unsigned int)cgroup;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (!pid)
		_exit(0);
	if (pid < 0) {
		puts(strerror(errno));
		return 1;
	}
	return waitpid(pid, &status, 0) == pid && !status ? 0 : 1;
}
