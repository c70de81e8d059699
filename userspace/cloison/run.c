// SPDX-License-Identifier: GPL-2.0-only
/* cloison run: the way into a tenant for a command that is not in a container. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/guard_network.h"
#include "../common/guard_status.h"
#include "command.h"
#include "run.h"

/*
 * Whether everything stands that the command will be behind. What is wrong with
 * another tenant, such as a device of its that is gone, is not this one's business.
 */
static int check_wall(const char *tenant)
{
	struct problem problem = { "" };

	if (!guard_tenant_check(tenant, &problem))
		return 0;
	fail(EXIT_NO_GUARD, "tenant %s is not behind its wall: %s", tenant, problem.text);
	advise("see what is missing: cloison guard show; and mend it: cloison guard load");
	return RUN_FAILED;
}

static int open_network(const char *text, int *fd)
{
	struct problem problem = { "" };
	char path[NETWORK_PATH_SIZE];

	network_path(text, path);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd >= 0) {
		if (!guard_tunnels_in(*fd, path, &problem))
			return 0;
		fail(EXIT_FAILED, "%s", problem.text);
		return RUN_FAILED;
	}
	fail(EXIT_NOT_FOUND, "network namespace %s: %s", path, strerror(errno));
	return RUN_FAILED;
}

static bool below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return !strncmp(path, directory, length) && (!path[length] || path[length] == '/');
}

/* Root inside has ids of its own, so that most of the host's directories are not its. */
static int check_owner(const struct run_plan *plan, const char *path)
{
	const struct run_user *user = &plan->user;
	struct stat status;

	if (stat(path, &status) || !S_ISDIR(status.st_mode)) {
		fail(EXIT_NOT_FOUND, "--write %s: it is not a directory", path);
		return RUN_FAILED;
	}
	if (user->given || (status.st_uid - user->uid < RUN_IDS && status.st_mode & S_IWUSR) ||
	    (status.st_gid - user->gid < RUN_IDS && status.st_mode & S_IWGRP))
		return 0;
	fail(EXIT_DENIED, "--write %s: it belongs to user %u, and root of the tenant is user %u",
	     path, status.st_uid, user->uid);
	if (status.st_mode & S_IWOTH)
		advise("make a directory there that is the tenant's: install -d -o %u -g %u %s/%s",
		       user->uid, user->gid, path, plan->tenant);
	else
		advise("give it to the tenant: chown %u:%u %s", user->uid, user->gid, path);
	return RUN_FAILED;
}

/*
 * A path without a symbolic link in it: where the tenant may write it can put one,
 * and the next command would get what that leads to.
 */
static char *plain_path(const struct run_plan *plan, const char *option, const char *text)
{
	char *path = realpath(text, NULL), *whole = NULL;
	size_t length;

	if (!path) {
		fail(EXIT_NOT_FOUND, "%s %s: %s", option, text, strerror(errno));
		return NULL;
	}
	if (*text == '/' || !plan->directory)
		whole = strdup(text);
	else if (asprintf(&whole, "%s/%s", plan->directory, text) < 0)
		whole = NULL;
	for (length = whole ? strlen(whole) : 0; length > 1 && whole[length - 1] == '/'; length--)
		whole[length - 1] = '\0';
	if (whole && !strcmp(path, whole)) {
		free(whole);
		return path;
	}
	fail(EXIT_USAGE, "%s %s: a symbolic link or a dot leads there", option, text);
	advise("if that is what you mean: %s %s", option, path);
	free(whole);
	free(path);
	return NULL;
}

/* Each of --write by its real path, which is the one that it has inside. */
static int resolve_write(struct run_plan *plan)
{
	static const char *const kernels[] = { "/dev", "/proc", "/sys" };
	size_t k;
	int i;

	for (i = 0; i < plan->write.count; i++) {
		char *path = plain_path(plan, "--write", plan->write.items[i]);

		if (!path)
			return RUN_FAILED;
		plan->write.items[i] = path;
		for (k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++)
			if (below(path, kernels[k]))
				break;
		if (k < sizeof(kernels) / sizeof(kernels[0]) || !path[1]) {
			fail(EXIT_USAGE,
			     "--write %s: not the whole host, nor what lies in /dev, /proc or /sys",
			     path);
			return RUN_FAILED;
		}
		if (check_owner(plan, path))
			return RUN_FAILED;
	}
	return 0;
}

static int resolve_root(struct run_plan *plan)
{
	struct stat hosts, trees;
	char *secrets;
	int rc;

	if (!plan->root)
		return 0;
	plan->root = plain_path(plan, "--root", plan->root);
	if (!plan->root)
		return RUN_FAILED;
	/* Root inside reads what root of the tree reads: here what the host keeps secret. */
	if (asprintf(&secrets, "%s/etc", plan->root) < 0) {
		fail(EXIT_FAILED, "out of memory");
		return RUN_FAILED;
	}
	rc = stat(secrets, &trees) || stat("/etc", &hosts);
	free(secrets);
	if (rc || hosts.st_dev != trees.st_dev || hosts.st_ino != trees.st_ino)
		return 0;
	fail(EXIT_USAGE, "--root %s: it is the host's own", plan->root);
	advise("without --root the command sees the host's programs, and none of its secrets");
	return RUN_FAILED;
}

/* End as the command did, for those who look at this process. */
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

static int check(struct run_plan *plan, const char *user, const char *network)
{
	int rc = check_wall(plan->tenant);

	if (!rc)
		rc = run_terminal_look(&plan->terminal);
	plan->user.mapped = !user;
	if (!rc)
		rc = user ? run_user_parse(user, &plan->user) :
			    run_user_range(plan->tenant, &plan->user);
	if (!rc && network)
		rc = open_network(network, &plan->network);
	if (!rc)
		rc = resolve_root(plan);
	return rc ? rc : resolve_write(plan);
}

static int run_command(struct command *command, int argc, char **argv)
{
	struct run_plan plan = RUN_PLAN(NULL);
	const char *user = NULL, *network = NULL;
	const struct argument_option options[] = {
		{ "user", 0, ARGUMENT_TEXT, &user, NULL },
		{ "netns", 0, ARGUMENT_TEXT, &network, NULL },
		{ "root", 0, ARGUMENT_TEXT, &plan.root, NULL },
		{ "write", 0, ARGUMENT_LIST, &plan.write, NULL },
		{ "env", 0, ARGUMENT_LIST, &plan.environment, NULL },
		{ 0 },
	};
	int operands = command_parse(command, argc, argv, options, 2, argc);

	if (operands < 0)
		return RUN_FAILED;
	plan.tenant = argv[0];
	if (!cloison_name_valid(plan.tenant)) {
		fail_name("tenant", plan.tenant);
		return RUN_FAILED;
	}
	/* Where it ends no operand is, and exec wants a NULL. */
	plan.command = calloc((size_t)operands, sizeof(*plan.command));
	if (!plan.command)
		return RUN_FAILED;
	memcpy(plan.command, argv + 1, (size_t)(operands - 1) * sizeof(*plan.command));
	plan.directory = getcwd(NULL, 0);
	/* What is left open and allocated ends with this process. */
	return check(&plan, user, network) ? RUN_FAILED : end_alike(run_inside(&plan));
}

static const struct verb verbs[] = {
	{ NULL, run_command,
	  "TENANT [--user USER] [--netns NAME|PATH] [--root DIR] [--write DIR]... "
	  "[--env NAME[=VALUE]]... -- COMMAND [ARGUMENT...]",
	  "run a command as the tenant's, whose root is not the host's" },
	{ 0 },
};

const struct noun run_noun = { "run", verbs, "a command inside a tenant" };
