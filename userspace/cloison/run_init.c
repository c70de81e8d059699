// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of the tenant's new namespaces. It is what the command's orphans
 * become children of, and the command is another process: the kernel keeps signals
 * that are not handled from the first one. With it all the others end.
 *
 * No program of the tenant runs in it, and none can look at it. What no hook could
 * see afterwards must not be there: open files, rights.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "run.h"

static int failed(const char *what, int error)
{
	fail_errno(error, "%s", what);
	return RUN_FAILED;
}

/* A message is far shorter than what a pipe takes whole. */
int run_tell(const struct run_control *control, enum run_word word, int value)
{
	const struct run_message message = { .word = word, .value = value };

	return write(control->out, &message, sizeof(message)) == sizeof(message) ? 0 : -EPIPE;
}

bool run_hear(const struct run_control *control, struct run_message *message)
{
	ssize_t length;

	do {
		length = read(control->in, message, sizeof(*message));
	} while (length < 0 && errno == EINTR);
	return length == sizeof(*message);
}

/* The parent may have died meanwhile: then there is nothing to be heard. */
static bool expect(const struct run_control *control, enum run_word word)
{
	struct run_message message;

	return run_hear(control, &message) && message.word == word;
}

/* All but these, in their order, is the host's. */
static int close_but(const int *kept, size_t count)
{
	unsigned int from = 3;
	size_t i;

	for (i = 0; i < count; i++) {
		if ((unsigned int)kept[i] > from && close_range(from, (unsigned int)kept[i] - 1, 0))
			return -errno;
		from = (unsigned int)kept[i] + 1;
	}
	return close_range(from, ~0U, 0) ? -errno : 0;
}

/* The two ends of the control beside the standard descriptors, and what work needs. */
static int keep_control(const struct run_plan *plan, struct run_control *control)
{
	int in = fcntl(control->in, F_DUPFD_CLOEXEC, plan->keep < 0 ? 3 : plan->keep + 1);
	int out = fcntl(control->out, F_DUPFD_CLOEXEC, in + 1);
	const int kept[] = { plan->keep, in, out };

	if (in < 0 || out < 0)
		return -errno;
	*control = (struct run_control){ .in = in, .out = out };
	return plan->keep < 0 ? close_but(kept + 1, 2) : close_but(kept, 3);
}

static int enter(const struct run_plan *plan)
{
	int rc;

	if (plan->user.mapped) {
		rc = run_user_become(&plan->user);
		if (rc)
			return failed("root of the user namespace", rc);
	}
	if (unshare(CLONE_NEWCGROUP))
		return failed("cgroup namespace", -errno);
	if (sethostname(plan->tenant, strlen(plan->tenant)))
		return failed("host name", -errno);
	return run_root_enter(plan);
}

/* From here on this process can do no more than the command can. */
static int give_up_rights(const struct run_plan *plan, const struct run_control *control)
{
	int rc = run_rights_drop(&plan->user);

	if (rc)
		return failed("dropping rights", rc);
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return failed("session keyring", -errno);
	/* A change of the user took both back. */
	if (prctl(PR_SET_DUMPABLE, 0) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		return failed("prctl", -errno);
	if (run_tell(control, RUN_READY, 0) || !expect(control, RUN_START))
		return RUN_FAILED;
	return 0;
}

static void start_directory(const struct run_plan *plan)
{
	if (plan->root || !plan->directory || chdir(plan->directory))
		(void)!chdir("/");
}

/* The command's own process group, which is the terminal's. */
static int become_command(const struct run_plan *plan)
{
	char **environment = run_environment(plan);
	int terminal, error, fd;
	sigset_t none;

	setpgid(0, 0);
	for (fd = 0; fd < 3; fd++)
		if (plan->terminal.replaced[fd])
			break;
	terminal = fd < 3 ? fd : -1;
	if (terminal >= 0)
		tcsetpgrp(terminal, getpid());
	umask(022);
	start_directory(plan);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!environment)
		return failed("environment", -ENOMEM);
	environ = environment;
	execvp(plan->command[0], plan->command);
	error = errno;
	fail(EXIT_FAILED, "%s: %s", plan->command[0], strerror(error));
	return error == ENOENT ? RUN_NOT_FOUND : RUN_NOT_EXECUTABLE;
}

/* True when the command has ended. */
static bool reap(pid_t command, const struct run_control *control)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != command)
			continue;
		if (WIFSTOPPED(status)) {
			run_tell(control, RUN_STOPPED, WSTOPSIG(status));
			continue;
		}
		run_tell(control, RUN_ENDED, status);
		return true;
	}
	return false;
}

static void pass_on(pid_t command, const struct run_message *message)
{
	if (message->word == RUN_SIGNAL)
		kill(command, message->value);
	else if (message->word == RUN_SIGNAL_ALL)
		kill(-command, message->value);
}

static int attend(pid_t command, const struct run_control *control, int signals)
{
	struct pollfd polled[] = { { .fd = signals, .events = POLLIN },
				   { .fd = control->in, .events = POLLIN } };
	struct signalfd_siginfo info;
	struct run_message message;

	for (;;) {
		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			return RUN_FAILED;
		if (polled[0].revents && read(signals, &info, sizeof(info)) > 0 &&
		    reap(command, control))
			return 0;
		if (!polled[1].revents)
			continue;
		if (!run_hear(control, &message))
			return RUN_FAILED;
		pass_on(command, &message);
	}
}

int run_init(const struct run_plan *plan, struct run_control control)
{
	sigset_t child;
	int signals, rc;
	pid_t command;

	/* Nothing of the tenant's may look at this process. */
	prctl(PR_SET_DUMPABLE, 0);
	rc = keep_control(plan, &control);
	if (rc)
		return failed("descriptors", rc);
	if (!expect(&control, RUN_GO))
		return RUN_FAILED;
	rc = enter(plan);
	if (!rc)
		rc = give_up_rights(plan, &control);
	if (rc || plan->work)
		return rc ? rc : plan->work(plan->work_data);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0 || setsid() < 0)
		return failed("session", -errno);
	rc = run_terminal_enter(&plan->terminal);
	if (rc)
		return failed("the command's terminal", rc);
	command = fork();
	if (!command)
		_exit(become_command(plan));
	if (command < 0)
		return failed("fork", -errno);
	setpgid(command, command);
	return attend(command, &control, signals);
}
