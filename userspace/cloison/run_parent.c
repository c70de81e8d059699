// SPDX-License-Identifier: GPL-2.0-only
/*
 * The half of `cloison run` that stays outside: it starts the tenant's first process,
 * stands between the two terminals, and ends as the command did.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "run.h"

struct parent {
	struct run_plan *plan;
	struct run_control control;
	pid_t pid; /* init, as the host numbers it */
	int pidfd;
	int signals;
	bool started; /* the command is about to run, or does */
	bool silent;  /* init's end of the pipe is closed */
	bool written; /* no more comes from the command's terminal */
	bool has_ended;
	int ended;     /* how, as wait(2) has it */
	int killed_by; /* the signal for which this process killed it, or 0 */
};

enum source { SIGNALS, CONTROL, FREEZER, WATCHER, MASTER, KEYS, SOURCES };

/* ---- start ------------------------------------------------------------------------ */

/* What the caller is sent the command gets. */
static void watched_signals(sigset_t *set)
{
	static const int numbers[] = { SIGHUP,	SIGINT,	 SIGQUIT, SIGTERM,  SIGUSR1, SIGUSR2,
				       SIGALRM, SIGCONT, SIGTSTP, SIGWINCH, SIGCHLD, SIGTTOU };
	size_t i;

	sigemptyset(set);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(set, numbers[i]);
}

static int fail_clone(const struct run_plan *plan, int error)
{
	fail(EXIT_FAILED, "no process can be started in tenant %s: %s", plan->tenant,
	     strerror(error));
	if (error == ENOSPC && plan->user.mapped)
		advise("user namespaces are used up or off: sysctl -w user.max_user_namespaces=1024; "
		       "or run as a user of the host: --user USER");
	else if (error == EOPNOTSUPP)
		advise("its cgroup is threaded: give the tenant one that is not");
	else if (error == EBUSY)
		advise("controllers are on for the children of its cgroup while it has processes: "
		       "see cgroup.subtree_control there");
	return RUN_FAILED;
}

static int start_init(struct parent *parent, const struct run_control *inits)
{
	const struct run_plan *plan = parent->plan;
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP | CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWPID |
			 CLONE_NEWIPC | CLONE_NEWUTS | (plan->user.mapped ? CLONE_NEWUSER : 0),
		.pidfd = (uintptr_t)&parent->pidfd,
		.exit_signal = SIGCHLD,
		.cgroup = (uint64_t)plan->leaf.leaf,
	};
	int unused[2] = { parent->control.in, parent->control.out };

	fflush(NULL);
	parent->pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (!parent->pid) {
		/* Its own end must not keep the pipe open when the parent is gone. */
		close(unused[0]);
		close(unused[1]);
		_exit(run_init(plan, *inits));
	}
	if (parent->pid < 0)
		return fail_clone(plan, errno);
	if (plan->user.mapped && run_user_map(parent->pid, &plan->user))
		return RUN_FAILED;
	return run_tell(&parent->control, RUN_GO, 0) ? RUN_FAILED : 0;
}

static int start(struct parent *parent)
{
	int to[2], from[2], rc;
	struct run_control inits;

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) {
		fail(EXIT_FAILED, "pipe: %s", strerror(errno));
		return RUN_FAILED;
	}
	inits = (struct run_control){ .in = to[0], .out = from[1] };
	parent->control = (struct run_control){ .in = from[0], .out = to[1] };
	rc = start_init(parent, &inits);
	close(inits.in);
	close(inits.out);
	/* A command that stands still must not hold up the one that passes signals. */
	fcntl(parent->control.out, F_SETFL, O_NONBLOCK);
	return rc;
}

/* ---- while it runs ------------------------------------------------------------------ */

static void kill_all(struct parent *parent, int for_signal)
{
	parent->killed_by = for_signal;
	pidfd_send_signal(parent->pidfd, SIGKILL, NULL, 0);
}

static void go_on(struct parent *parent)
{
	run_terminal_raw(&parent->plan->terminal);
	run_terminal_size(&parent->plan->terminal);
	run_tell(&parent->control, RUN_SIGNAL_ALL, SIGCONT);
}

/* Stop as any program would that is told to, this process or its whole group. */
static void stand_still(pid_t whom, int number)
{
	sigset_t one;

	signal(number, SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	kill(whom, number);
	sigprocmask(SIG_BLOCK, &one, NULL);
}

/*
 * The command stopped, as by Ctrl-Z: so does the caller's job, if the keys were the
 * caller's. A tenant that stops its own processes else stops nothing of the host's.
 */
static void follow_stop(struct parent *parent, int number)
{
	struct run_terminal *terminal = &parent->plan->terminal;

	if (number == SIGSTOP || !run_terminal_foreground(terminal))
		return;
	run_terminal_restore(terminal);
	stand_still(0, SIGTSTP);
	go_on(parent);
}

static bool ends(int number)
{
	return number == SIGHUP || number == SIGINT || number == SIGQUIT || number == SIGTERM;
}

static void on_signal(struct parent *parent)
{
	struct signalfd_siginfo info;
	int number;

	if (read(parent->signals, &info, sizeof(info)) != sizeof(info))
		return;
	number = (int)info.ssi_signo;
	if (number == SIGCHLD || number == SIGTTOU)
		return;
	if (number == SIGWINCH) {
		run_terminal_size(&parent->plan->terminal);
	} else if (ends(number) && (!parent->started || parent->plan->work ||
				    run_leaf_frozen(&parent->plan->leaf))) {
		kill_all(parent, number);
	} else if (!parent->started) {
		return;
	} else if (number == SIGCONT) {
		go_on(parent);
	} else if (number == SIGTSTP) {
		run_tell(&parent->control, RUN_SIGNAL_ALL, SIGTSTP);
		stand_still(getpid(), SIGSTOP);
	} else {
		/* A terminal sends to all of its foreground; others mean the command. */
		run_tell(&parent->control, info.ssi_code > 0 ? RUN_SIGNAL_ALL : RUN_SIGNAL, number);
	}
}

static void on_control(struct parent *parent)
{
	struct run_message message;

	if (!run_hear(&parent->control, &message)) {
		parent->silent = true;
	} else if (message.word == RUN_READY) {
		parent->started = true;
		run_terminal_raw(&parent->plan->terminal);
		run_tell(&parent->control, RUN_START, 0);
	} else if (message.word == RUN_STOPPED) {
		follow_stop(parent, message.value);
	} else if (message.word == RUN_ENDED) {
		parent->has_ended = true;
		parent->ended = message.value;
	}
}

static void on_keys(struct parent *parent)
{
	struct run_terminal *terminal = &parent->plan->terminal;

	if (!run_terminal_keys(terminal))
		terminal->in = -1;
	else if (run_terminal_interrupts(terminal) && run_leaf_frozen(&parent->plan->leaf))
		kill_all(parent, SIGINT);
	else
		run_terminal_push(terminal);
}

static void on_freezer(struct parent *parent)
{
	if (!run_leaf_frozen(&parent->plan->leaf) || parent->killed_by)
		return;
	run_leaf_fail_frozen(parent->plan);
	kill_all(parent, SIGKILL);
}

static void wait_for_event(struct parent *parent, struct pollfd polled[SOURCES])
{
	const struct run_plan *plan = parent->plan;
	const struct run_terminal *terminal = &plan->terminal;
	bool reads = terminal->raw && terminal->in >= 0 && !terminal->key_count;
	bool writes = parent->started && !parent->written;
	/* No signal tells that a job of the background came to the front. */
	bool waits = parent->started && terminal->in >= 0 && !terminal->raw;
	int i;

	polled[SIGNALS] = (struct pollfd){ .fd = parent->signals, .events = POLLIN };
	polled[CONTROL] = (struct pollfd){ .fd = parent->control.in, .events = POLLIN };
	/* Once it runs, freezing it is the admin's business. */
	polled[FREEZER] = (struct pollfd){ .fd = parent->started ? -1 : plan->leaf.events,
					   .events = POLLPRI };
	polled[WATCHER] = (struct pollfd){ .fd = plan->devices.watcher, .events = POLLIN };
	polled[MASTER] = (struct pollfd){ .fd = writes ? terminal->master : -1,
					  .events = POLLIN | (terminal->key_count ? POLLOUT : 0) };
	polled[KEYS] = (struct pollfd){ .fd = reads ? terminal->in : -1, .events = POLLIN };
	if (poll(polled, SOURCES, waits ? 500 : -1) < 0)
		for (i = 0; i < SOURCES; i++)
			polled[i].revents = 0;
}

static void attend(struct parent *parent)
{
	struct run_terminal *terminal = &parent->plan->terminal;
	struct pollfd polled[SOURCES];

	while (!parent->silent && !parent->has_ended) {
		wait_for_event(parent, polled);
		if (polled[FREEZER].revents)
			on_freezer(parent);
		if (polled[SIGNALS].revents)
			on_signal(parent);
		if (polled[WATCHER].revents)
			run_devices_follow(parent->plan);
		if (polled[MASTER].revents & POLLOUT)
			run_terminal_push(terminal);
		if (polled[MASTER].revents & ~POLLOUT)
			parent->written = !run_terminal_output(terminal);
		if (polled[KEYS].revents)
			on_keys(parent);
		else if (parent->started && !terminal->raw)
			run_terminal_raw(terminal);
		if (polled[CONTROL].revents)
			on_control(parent);
	}
}

/* ---- the end -------------------------------------------------------------------------- */

/* What was written before the end is shown, but nothing is waited for. */
static void show_rest(const struct parent *parent)
{
	const struct run_terminal *terminal = &parent->plan->terminal;
	struct pollfd polled = { .fd = terminal->master, .events = POLLIN };

	while (parent->started && terminal->any && poll(&polled, 1, 0) > 0)
		if (!run_terminal_output(terminal))
			break;
}

static int end(struct parent *parent)
{
	int status = RUN_FAILED << 8;

	while (waitpid(parent->pid, &status, 0) < 0 && errno == EINTR)
		;
	show_rest(parent);
	run_terminal_restore(&parent->plan->terminal);
	if (parent->has_ended)
		return parent->ended;
	if (parent->killed_by == SIGKILL)
		return RUN_FAILED << 8;
	return parent->killed_by ? parent->killed_by : status;
}

static int supervise(struct run_plan *plan)
{
	struct parent parent = { .plan = plan, .pidfd = -1 };
	sigset_t watched;
	int rc;

	watched_signals(&watched);
	sigprocmask(SIG_BLOCK, &watched, NULL);
	parent.signals = signalfd(-1, &watched, SFD_CLOEXEC);
	if (parent.signals < 0) {
		fail(EXIT_FAILED, "signalfd: %s", strerror(errno));
		return RUN_FAILED << 8;
	}
	rc = start(&parent);
	if (rc && parent.pid > 0) {
		kill(parent.pid, SIGKILL);
		waitpid(parent.pid, NULL, 0);
	}
	if (rc)
		return rc << 8;
	attend(&parent);
	return end(&parent);
}

/* Once this namespace is entered the mounts are others, and so is the network. */
static int prepare(struct run_plan *plan)
{
	int rc = run_leaf_make(plan->tenant, &plan->leaf);

	if (rc)
		return rc;
	if (run_leaf_frozen(&plan->leaf)) {
		run_leaf_fail_frozen(plan);
		return RUN_FAILED;
	}
	if (plan->network >= 0 && setns(plan->network, CLONE_NEWNET)) {
		fail(EXIT_FAILED, "network namespace: %s", strerror(errno));
		return RUN_FAILED;
	}
	rc = run_devices_make(plan);
	if (!rc)
		rc = run_terminal_open(plan);
	return rc ? rc : run_root_prepare(plan);
}

int run_inside(struct run_plan *plan)
{
	int status = RUN_FAILED << 8;

	if (!prepare(plan))
		status = supervise(plan);
	run_leaf_remove(&plan->leaf);
	return status;
}
