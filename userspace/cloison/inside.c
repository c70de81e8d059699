// SPDX-License-Identifier: GPL-2.0-only
/* Acting inside a tenant: a region is open to nobody else, root included. */
#include "inside.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../common/cgroup.h"

int tenant_directory(const char *tenant, char **out)
{
	char path[512], line[4096], *mount;
	FILE *file;
	int rc;

	snprintf(path, sizeof(path), "/sys/class/cloison_tenant/%s/cgroup", tenant);
	file = fopen(path, "re");
	if (!file)
		return fail_errno(-errno, "%s", path);
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	rc = cgroup_mount(&mount);
	if (rc) {
		fail(EXIT_FAILED, "no cgroup2 file system is mounted");
		advise("mount it: mount -t cgroup2 none /sys/fs/cgroup");
		return EXIT_FAILED;
	}
	/* sysfs says where it lies below the mount, with a slash in front. */
	rc = cgroup_resolve(mount, line + strspn(line, "/"), out);
	free(mount);
	return rc ? fail(EXIT_FAILED, "the cgroup of %s, \"%s\", is gone", tenant, line) : EXIT_OK;
}

static int child(const char *leaf, int (*fn)(struct cloison_ctx *ctx, void *data), void *data)
{
	struct cloison_ctx *ctx;
	int rc;

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	/* Nothing of the tenant's may look at this process, nor may it outlive us. */
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	rc = cgroup_join(leaf);
	if (rc)
		return fail(EXIT_FAILED, "%s cannot be joined: %s", leaf, strerror(-rc));
	rc = cloison_new(&ctx);
	if (rc)
		return fail_errno(rc, "library");
	rc = fn(ctx, data);
	cloison_unref(ctx);
	fflush(stdout);
	return rc;
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail(EXIT_FAILED, "wait: %s", strerror(errno));
	if (WIFSIGNALED(status))
		return fail(EXIT_FAILED, "ended by a signal: %s", strsignal(WTERMSIG(status)));
	return WEXITSTATUS(status);
}

int inside_tenant(const char *tenant, int (*fn)(struct cloison_ctx *ctx, void *data), void *data)
{
	char *directory, *leaf;
	bool made;
	pid_t pid;
	int rc;

	rc = tenant_directory(tenant, &directory);
	if (rc)
		return rc;
	rc = asprintf(&leaf, "%s/cloison-%d", directory, getpid());
	free(directory);
	if (rc < 0)
		return fail_errno(-ENOMEM, "cgroup");
	rc = cgroup_make(leaf, &made);
	if (rc) {
		fail(EXIT_FAILED, "%s cannot be made: %s", leaf, strerror(-rc));
		free(leaf);
		return EXIT_FAILED;
	}
	fflush(stdout);
	/* The leaf has to go whatever happens, so only the child is interrupted. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	pid = fork();
	if (!pid)
		_exit(child(leaf, fn, data));
	rc = pid < 0 ? fail(EXIT_FAILED, "fork: %s", strerror(errno)) : wait_for(pid);
	if (cgroup_remove(leaf))
		advise("%s is left behind", leaf);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	free(leaf);
	return rc;
}

int fail_inside(struct command *command, int error, const char *region)
{
	int code;

	if (error == -EACCES && !command->query.out_guard) {
		fail(EXIT_NO_GUARD, "%s: no guard is attached, so nothing is admitted", region);
		advise("load it: cloison guard load");
		return EXIT_NO_GUARD;
	}
	if (error == -EPERM) {
		fail(EXIT_DENIED, "%s is sealed: its content can no longer change", region);
		advise("to load other content, create another region");
		return EXIT_DENIED;
	}
	code = fail_errno(error, "%s", region);
	if (error == -EACCES)
		advise("see whether its tenant's segmentation is whole: cloison guard show");
	else if (error == -ESTALE)
		advise("give its memory back: cloison region destroy %s", region);
	return code;
}
