// SPDX-License-Identifier: GPL-2.0-only
/*
 * A terminal of the command's own in the place of the caller's, which no process of
 * the tenant gets a descriptor of: so none can read what is typed after the command,
 * put words into the caller's mouth, or take the foreground.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "run.h"

static const char *const standard_names[] = { "input", "output", "error" };

static bool is_unix_socket(int fd)
{
	socklen_t size = sizeof(int);
	int family;

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) && family == AF_UNIX;
}

/* What the kernel does for the host with it, such as a disk, would be done inside too. */
static bool may_go_along(int fd, const struct stat *status)
{
	return S_ISREG(status->st_mode) || S_ISFIFO(status->st_mode) || S_ISCHR(status->st_mode) ||
	       (S_ISSOCK(status->st_mode) && is_unix_socket(fd));
}

int run_terminal_look(struct run_terminal *terminal)
{
	struct stat status;
	int fd;

	terminal->in = terminal->out = terminal->master = -1;
	for (fd = 2; fd >= 0; fd--) {
		if (fstat(fd, &status))
			continue;
		if (isatty(fd)) {
			terminal->replaced[fd] = true;
			terminal->any = true;
			/* Standard output comes first, then error, and input is better than none. */
			if (fd || terminal->out < 0)
				terminal->out = fd;
			continue;
		}
		if (may_go_along(fd, &status))
			continue;
		fail(EXIT_FAILED,
		     "standard %s is neither a file, a terminal, a pipe nor a unix "
		     "socket, and would go along",
		     standard_names[fd]);
		advise("redirect it, such as with </dev/null");
		return RUN_FAILED;
	}
	if (terminal->replaced[0])
		terminal->in = 0;
	return 0;
}

static int open_pair(const struct run_plan *plan, struct run_terminal *terminal)
{
	int unlocked = 0;
	char name[16];

	terminal->master =
		openat(plan->devices.pts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (terminal->master < 0 || ioctl(terminal->master, TIOCGPTN, &terminal->number) ||
	    ioctl(terminal->master, TIOCSPTLCK, &unlocked))
		return -errno;
	snprintf(name, sizeof(name), "%d", terminal->number);
	return fchownat(plan->devices.pts, name,
			run_user_shift(&plan->user, plan->user.given ? plan->user.uid : 0),
			(gid_t)-1, 0) ?
		       -errno :
		       0;
}

int run_terminal_open(struct run_plan *plan)
{
	struct run_terminal *terminal = &plan->terminal;
	int rc;

	if (!terminal->any)
		return 0;
	rc = open_pair(plan, terminal);
	if (rc) {
		fail_errno(rc, "the command's terminal");
		return RUN_FAILED;
	}
	if (!tcgetattr(terminal->out, &terminal->saved))
		tcsetattr(terminal->master, TCSANOW, &terminal->saved);
	run_terminal_size(terminal);
	return 0;
}

void run_terminal_size(const struct run_terminal *terminal)
{
	struct winsize size;

	if (terminal->any && !ioctl(terminal->out, TIOCGWINSZ, &size))
		ioctl(terminal->master, TIOCSWINSZ, &size);
}

bool run_terminal_foreground(const struct run_terminal *terminal)
{
	return terminal->in >= 0 && tcgetpgrp(terminal->in) == getpgrp();
}

void run_terminal_raw(struct run_terminal *terminal)
{
	struct termios raw;

	if (!run_terminal_foreground(terminal))
		return;
	/* Also when it was raw: a shell gives it back to itself behind our back. */
	if (!terminal->raw && tcgetattr(terminal->in, &terminal->saved))
		return;
	raw = terminal->saved;
	cfmakeraw(&raw);
	/* What the command writes has been through its own terminal already. */
	terminal->raw = !tcsetattr(terminal->in, TCSADRAIN, &raw);
}

void run_terminal_restore(struct run_terminal *terminal)
{
	if (terminal->raw)
		tcsetattr(terminal->in, TCSADRAIN, &terminal->saved);
	terminal->raw = false;
}

bool run_terminal_interrupts(const struct run_terminal *terminal)
{
	return terminal->saved.c_lflag & ISIG &&
	       memchr(terminal->keys, terminal->saved.c_cc[VINTR], terminal->key_count);
}

bool run_terminal_keys(struct run_terminal *terminal)
{
	ssize_t length = read(terminal->in, terminal->keys, sizeof(terminal->keys));

	if (length <= 0)
		return length < 0 && (errno == EINTR || errno == EAGAIN);
	terminal->key_count = (size_t)length;
	return true;
}

void run_terminal_push(struct run_terminal *terminal)
{
	ssize_t length = write(terminal->master, terminal->keys, terminal->key_count);

	if (length <= 0)
		return;
	terminal->key_count -= (size_t)length;
	memmove(terminal->keys, terminal->keys + length, terminal->key_count);
}

/* What cannot be shown any more is lost, and holds nobody up. */
static void show(int fd, const char *text, size_t length)
{
	struct pollfd polled = { .fd = fd, .events = POLLOUT };

	while (length) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno == EAGAIN && poll(&polled, 1, -1) >= 0)
			continue;
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return;
		text += written;
		length -= (size_t)written;
	}
}

bool run_terminal_output(const struct run_terminal *terminal)
{
	char text[4096];
	ssize_t length = read(terminal->master, text, sizeof(text));

	if (length <= 0)
		return length < 0 && (errno == EINTR || errno == EAGAIN);
	show(terminal->out, text, (size_t)length);
	return true;
}

int run_terminal_enter(const struct run_terminal *terminal)
{
	char path[32];
	int fd, standard;

	if (!terminal->any)
		return 0;
	snprintf(path, sizeof(path), "/dev/pts/%d", terminal->number);
	fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, TIOCSCTTY, 0))
		return -errno;
	for (standard = 0; standard < 3; standard++)
		if (terminal->replaced[standard] && dup2(fd, standard) < 0)
			return -errno;
	/* Else the caller's end never sees the end of what the others write. */
	if (fd > 2)
		close(fd);
	return 0;
}
