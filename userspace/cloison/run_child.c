// SPDX-License-Identifier: GPL-2.0-only
/*
 * The half of `cloison run` that becomes the tenant's command. What no hook can
 * see afterwards must not be there: open files, memory mapped from rings, rights.
 */
#include "run_child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../common/cgroup.h"
#include "command.h"

/*
 * What is left to a command that runs as root: rights over its own files and
 * processes. Not those over the network, devices, other processes or the kernel.
 */
static const int kept_capabilities[] = {
	CAP_CHOWN,  CAP_DAC_OVERRIDE, CAP_FOWNER,	    CAP_FSETID,	    CAP_KILL,
	CAP_SETGID, CAP_SETUID,	      CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT,
};

static bool is_unix_socket(int fd)
{
	socklen_t size = sizeof(int);
	int family;

	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) && family == AF_UNIX;
}

int run_check_standard(void)
{
	static const char *const names[] = { "input", "output", "error" };
	struct stat status;
	int fd;

	for (fd = 0; fd < 3; fd++) {
		if (fstat(fd, &status))
			continue;
		if (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode) ||
		    S_ISCHR(status.st_mode) || (S_ISSOCK(status.st_mode) && is_unix_socket(fd)))
			continue;
		fail(EXIT_FAILED,
		     "standard %s is neither a file, a terminal, a pipe nor a unix "
		     "socket, and would go along",
		     names[fd]);
		advise("redirect it, such as with </dev/null");
		return RUN_FAILED;
	}
	return 0;
}

static uint64_t kept_mask(void)
{
	uint64_t mask = 0;
	size_t i;

	for (i = 0; i < sizeof(kept_capabilities) / sizeof(kept_capabilities[0]); i++)
		mask |= 1ULL << kept_capabilities[i];
	return mask;
}

static int limit_bounding(uint64_t kept)
{
	int number;

	/* Until the kernel knows no such capability. */
	for (number = 0; prctl(PR_CAPBSET_READ, number) >= 0; number++)
		if (!(kept & 1ULL << number) && prctl(PR_CAPBSET_DROP, number))
			return -errno;
	return 0;
}

static int limit_own(uint64_t kept)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	int i;

	if (syscall(SYS_capget, &header, data))
		return -errno;
	for (i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(kept >> 32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0))
		return -errno;
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static int become_user(const struct run_user *user)
{
	if (!user->given)
		return 0;
	if (user->name ? initgroups(user->name, user->gid) : setgroups(0, NULL))
		return -errno;
	if (setresgid(user->gid, user->gid, user->gid) ||
	    setresuid(user->uid, user->uid, user->uid))
		return -errno;
	return 0;
}

static int drop_rights(const struct run_plan *plan)
{
	uint64_t kept = plan->user.given && plan->user.uid ? 0 : kept_mask();
	int error = limit_bounding(kept);

	if (!error)
		error = become_user(&plan->user);
	if (!error)
		error = limit_own(kept);
	if (!error && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		error = -errno;
	return error;
}

/* Whoever waits for the command has gone: so goes the command. */
static int die_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return -errno;
	return getppid() == parent ? 0 : -ESRCH;
}

static int failed(const char *what, int error)
{
	fail(EXIT_FAILED, "%s: %s", what, strerror(-error));
	return RUN_FAILED;
}

int run_become(const struct run_plan *plan)
{
	pid_t parent = getppid();
	sigset_t none;
	int error;

	/* Nothing of the tenant's may look at this process before it is the tenant's. */
	prctl(PR_SET_DUMPABLE, 0);
	error = cgroup_join(plan->leaf);
	if (error)
		return failed(plan->leaf, error);
	if (plan->network >= 0 && setns(plan->network, CLONE_NEWNET))
		return failed("network namespace", -errno);
	if (close_range(3, ~0U, 0))
		return failed("close_range", -errno);
	error = drop_rights(plan);
	if (error)
		return failed("dropping rights", error);
	/* Last: a change of the user takes it back. */
	error = die_with_parent(parent);
	if (error)
		return failed("cloison run", error);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(plan->command[0], plan->command);
	error = errno;
	fail(EXIT_FAILED, "%s: %s", plan->command[0], strerror(error));
	return error == ENOENT ? RUN_NOT_FOUND : RUN_NOT_EXECUTABLE;
}
