// SPDX-License-Identifier: GPL-2.0-only
/*
 * entry-many CGROUP COUNT: COUNT times a child of this program comes into CGROUP with
 * sockets of the host's and with what it may keep, half of them moved and half cloned,
 * each fourth with threads that open and close all the while. Prints how many sockets
 * were left, how many descriptors were closed that should not have been, and how many
 * children came.
 */
#include "entry.h"

#include <pthread.h>
#include <sys/eventfd.h>

#define THREADS 3

enum { LEFT = 1, WRONG = 2 };

/* What a child has: the first is at descriptor 0 too. */
static int foreign[2], kept[5];
static volatile bool stop;

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static bool is_socket(int fd)
{
	struct stat seen;

	return !fstat(fd, &seen) && S_ISSOCK(seen.st_mode);
}

static bool is_null(int fd)
{
	struct stat seen;

	return !fstat(fd, &seen) && S_ISCHR(seen.st_mode) && seen.st_rdev == 0x103;
}

/*
 * What a thread opens is its own, and nobody closes it. It may be faster in taking the
 * number of a standard descriptor than the module, which then leaves it there.
 */
static void *open_and_close(void *wrong)
{
	while (!stop) {
		int fd = open("/dev/null", O_RDWR);

		if (fd < 0 || !is_null(fd) || (fd > 2 && close(fd)))
			*(bool *)wrong = true;
	}
	return NULL;
}

static int look(void)
{
	int found = 0;
	size_t i;

	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (is_socket(foreign[i]))
			found |= LEFT;
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (!is_open(kept[i]))
			found |= WRONG;
	if (!is_null(0))
		found |= is_socket(0) ? LEFT : WRONG;
	return found;
}

static void child(bool moved, int told, bool threads)
{
	pthread_t thread[THREADS];
	bool wrong = false;
	int found, i;
	char byte;

	for (i = 0; threads && i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, open_and_close, &wrong))
			die("pthread_create");
	if (moved && read(told, &byte, 1) != 1)
		_exit(WRONG);
	found = look();
	stop = true;
	for (i = 0; threads && i < THREADS; i++)
		pthread_join(thread[i], NULL);
	_exit(found | (wrong ? WRONG : 0));
}

int main(int argc, char **argv)
{
	int far, tell[2], status, count, i, left = 0, wrong = 0, came = 0;
	pid_t pid;

	if (argc != 3) {
		fprintf(stderr, "usage: entry-many CGROUP COUNT\n");
		return 2;
	}
	count = atoi(argv[2]);
	foreign[0] = tcp_pair(&far);
	foreign[1] = socket(AF_INET, SOCK_DGRAM, 0);
	if (foreign[1] < 0 || dup2(foreign[0], 0) || pipe(tell) || pipe(kept))
		die("descriptors");
	kept[2] = eventfd(0, 0);
	kept[3] = open("/proc/self/exe", O_RDONLY);
	kept[4] = open("/proc", O_RDONLY | O_DIRECTORY);
	for (i = 0; i < count; i++) {
		bool moved = i % 2, threads = i % 8 < 2;

		pid = moved ? fork() : clone_into(argv[1], 0);
		if (pid < 0)
			die("fork");
		if (!pid)
			child(moved, tell[0], threads);
		if (moved) {
			move_to(argv[1], pid);
			if (write(tell[1], "x", 1) != 1)
				die("write");
		}
		if (waitpid(pid, &status, 0) != pid)
			die("waitpid");
		came += WIFEXITED(status);
		left += WIFEXITED(status) && WEXITSTATUS(status) & LEFT;
		wrong += WIFEXITED(status) && WEXITSTATUS(status) & WRONG;
	}
	printf("%d %d %d\n", left, wrong, came);
	return 0;
}
