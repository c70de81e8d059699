// SPDX-License-Identifier: GPL-2.0-only
/* Acting inside a tenant: a region is open to nobody else, root included. */
#include "inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "../common/cgroup.h"
#include "run.h"

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
	rc = find_cgroups(&mount);
	if (rc)
		return rc;
	/* sysfs says where it lies below the mount, with a slash in front. */
	rc = cgroup_resolve(mount, line + strspn(line, "/"), out);
	free(mount);
	return rc ? fail(EXIT_FAILED, "the cgroup of %s, \"%s\", is gone", tenant, line) : EXIT_OK;
}

struct inside_work {
	int (*fn)(struct cloison_ctx *ctx, void *data);
	void *data;
};

/* In the child, which is the tenant's by now. */
static int work_inside(void *data)
{
	const struct inside_work *work = data;
	struct cloison_ctx *ctx;
	int rc = cloison_new(&ctx);

	if (rc)
		return fail_errno(rc, "library");
	rc = work->fn(ctx, work->data);
	cloison_unref(ctx);
	fflush(stdout);
	return rc;
}

/*
 * The child could read and write what the host's root can, if a process of the tenant
 * came to steer it. So it is a user of the tenant's range, as root of a command is.
 */
int inside_tenant(const char *tenant, int keep, int (*fn)(struct cloison_ctx *ctx, void *data),
		  void *data)
{
	struct inside_work work = { fn, data };
	struct run_plan plan = RUN_PLAN(tenant);
	int status;

	plan.work = work_inside;
	plan.work_data = &work;
	plan.keep = keep;
	if (run_user_range(tenant, &plan.user))
		return EXIT_FAILED;
	status = run_inside(&plan);
	if (WIFSIGNALED(status))
		return fail(EXIT_FAILED, "ended by a signal: %s", strsignal(WTERMSIG(status)));
	return WEXITSTATUS(status) == RUN_FAILED ? EXIT_FAILED : WEXITSTATUS(status);
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
