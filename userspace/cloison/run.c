// SPDX-License-Identifier: GPL-2.0-only
/* cloison run: the way into a tenant for a command that is not in a container. */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/cgroup.h"
#include "../common/guard.h"
#include "command.h"
#include "inside.h"
#include "run_child.h"

/* Whether everything stands that the command will be behind; no other tenant's wall counts. */
static int check_wall(const char *tenant)
{
	struct problem problem = { "" };

	if (!guard_tenant_check(tenant, &problem))
		return 0;
	fail(EXIT_NO_GUARD, "tenant %s is not behind its wall: %s", tenant, problem.text);
	advise("see what is missing: cloison guard show; and mend it: cloison guard load");
	return RUN_FAILED;
}

static int parse_user(const char *text, struct run_user *user)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);
	struct passwd *entry = getpwnam(text);

	if (!entry && *text >= '0' && *text <= '9' && !*end && number < UINT32_MAX) {
		entry = getpwuid((uid_t)number);
		user->uid = (uid_t)number;
		user->gid = (gid_t)number;
		user->given = true;
	}
	if (entry) {
		user->uid = entry->pw_uid;
		user->gid = entry->pw_gid;
		user->name = strdup(entry->pw_name);
		user->given = true;
	}
	if (user->given)
		return 0;
	fail(EXIT_NOT_FOUND, "there is no user \"%s\"", text);
	return RUN_FAILED;
}

static int open_network(const char *text, int *fd)
{
	char path[NETWORK_PATH_SIZE];

	network_path(text, path);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	fail(EXIT_NOT_FOUND, "network namespace %s: %s", path, strerror(errno));
	return RUN_FAILED;
}

/* What the caller is sent the command gets. What the terminal sends it has already. */
static void watched_signals(sigset_t *set)
{
	static const int numbers[] = { SIGHUP,	SIGINT,	 SIGQUIT, SIGTERM,  SIGUSR1,
				       SIGUSR2, SIGALRM, SIGCONT, SIGWINCH, SIGCHLD };
	size_t i;

	sigemptyset(set);
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(set, numbers[i]);
}

static int wait_for(pid_t pid, const sigset_t *watched)
{
	siginfo_t info;
	int status;

	for (;;) {
		pid_t ended = waitpid(pid, &status, WNOHANG);

		if (ended == pid)
			return status;
		if (ended < 0 && errno != EINTR)
			return RUN_FAILED << 8;
		if (sigwaitinfo(watched, &info) > 0 && info.si_signo != SIGCHLD &&
		    info.si_code <= 0)
			kill(pid, info.si_signo);
	}
}

/* End as the command did, for whoever looks at this process. */
static int end_alike(int status)
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t one;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

static int supervise(struct run_plan *plan)
{
	sigset_t watched;
	int status;
	pid_t pid;

	watched_signals(&watched);
	sigprocmask(SIG_BLOCK, &watched, NULL);
	fflush(NULL);
	pid = fork();
	if (!pid)
		_exit(run_become(plan));
	status = pid < 0 ? RUN_FAILED << 8 : wait_for(pid, &watched);
	if (pid < 0)
		fail(EXIT_FAILED, "fork: %s", strerror(errno));
	/* What the command left running there goes on; the directory is the tenant's. */
	rmdir(plan->leaf);
	return status;
}

static int run_inside(const char *tenant, struct run_plan *plan)
{
	char *directory, *leaf;
	bool made;
	int rc;

	if (tenant_directory(tenant, &directory))
		return RUN_FAILED;
	rc = asprintf(&leaf, "%s/run-%d", directory, getpid());
	free(directory);
	if (rc < 0)
		return RUN_FAILED;
	rc = cgroup_make(leaf, &made);
	if (rc) {
		fail(EXIT_FAILED, "%s cannot be made: %s", leaf, strerror(-rc));
		free(leaf);
		return RUN_FAILED;
	}
	plan->leaf = leaf;
	rc = supervise(plan);
	free(leaf);
	return end_alike(rc);
}

static int run_command(struct command *command, int argc, char **argv)
{
	struct run_plan plan = { .network = -1 };
	const char *user = NULL, *network = NULL;
	const struct argument_option options[] = {
		{ "user", 0, ARGUMENT_TEXT, &user, NULL },
		{ "netns", 0, ARGUMENT_TEXT, &network, NULL },
		{ 0 },
	};
	int operands = command_parse(command, argc, argv, options, 2, argc), rc;

	if (operands < 0)
		return RUN_FAILED;
	if (!cloison_name_valid(argv[0])) {
		fail_name("tenant", argv[0]);
		return RUN_FAILED;
	}
	/* Where it ends no operand is, and exec wants a NULL. */
	plan.command = calloc(operands, sizeof(*plan.command));
	if (!plan.command)
		return RUN_FAILED;
	memcpy(plan.command, argv + 1, (operands - 1) * sizeof(*plan.command));
	rc = check_wall(argv[0]);
	if (!rc)
		rc = run_check_standard();
	if (!rc && user)
		rc = parse_user(user, &plan.user);
	if (!rc && network)
		rc = open_network(network, &plan.network);
	if (!rc)
		rc = run_inside(argv[0], &plan);
	free(plan.user.name);
	free(plan.command);
	if (plan.network >= 0)
		close(plan.network);
	return rc;
}

static const struct verb verbs[] = {
	{ NULL, run_command, "TENANT [--user USER] [--netns NAME|PATH] -- COMMAND [ARGUMENT...]",
	  "run a command as the tenant's, with nothing of the host's open" },
	{ 0 },
};

const struct noun run_noun = { "run", verbs, "a command inside a tenant" };
