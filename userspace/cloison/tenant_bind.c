// SPDX-License-Identifier: GPL-2.0-only
/* cloison tenant bind: its cgroup was removed and made again, or is to be another. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../common/cgroup.h"
#include "../common/guard.h"
#include "command.h"
#include "inside.h"
#include "tenant_bind.h"

static int bind_module(uint32_t tenant, int cgroup_fd, void *data)
{
	struct command *command = data;

	return cloison_tenant_set_cgroup(command->control, tenant, cgroup_fd);
}

static int bind_directory(const char *tenant, const char *path, char **directory)
{
	char *mount;
	int rc;

	if (!path)
		return tenant_directory(tenant, directory);
	rc = find_cgroups(&mount);
	if (rc)
		return rc;
	rc = cgroup_resolve(mount, path, directory);
	if (rc)
		fail(EXIT_USAGE, "\"%s\" is not a directory below %s", path, mount);
	free(mount);
	return rc ? EXIT_USAGE : EXIT_OK;
}

static int bind_refuse_processes(const char *tenant, const char *directory)
{
	int rc = cgroup_populated(directory);

	if (rc < 0)
		return fail(EXIT_FAILED, "%s: %s", directory, strerror(-rc));
	if (!rc)
		return EXIT_OK;
	fail(EXIT_IN_USE, "%s has processes already", directory);
	advise("what they brought from outside, no wall can see: end them first;");
	advise("or take them in as they are: cloison tenant bind %s %s --adopt", tenant, directory);
	return EXIT_IN_USE;
}

static int bind_open(struct command *command, const char *name, const char *directory)
{
	struct problem problem = { "" };
	int rc, fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail(EXIT_FAILED, "%s: %s", directory, strerror(errno));
	rc = guard_segment_bind(name, fd, bind_module, command, &problem);
	close(fd);
	if (!rc)
		return EXIT_OK;
	return fail(rc == -EBUSY || rc == -EEXIST ? EXIT_IN_USE : EXIT_FAILED, "%s", problem.text);
}

int tenant_bind(struct command *command, int argc, char **argv)
{
	bool adopt = false, made = false;
	const struct argument_option options[] = {
		{ "adopt", 0, ARGUMENT_FLAG, &adopt, NULL },
		{ 0 },
	};
	struct cloison_tenant_get tenant;
	char *directory = NULL;
	int rc, operands = command_parse(command, argc, argv, options, 1, 2);

	if (operands < 0)
		return EXIT_USAGE;
	rc = command_control(command, true);
	if (!rc)
		rc = check_feature(command, CLOISON_FEATURE_TENANT_CGROUP, "move a tenant");
	if (!rc)
		rc = find_tenant(command, argv[0], &tenant);
	if (!rc)
		rc = bind_directory(argv[0], operands > 1 ? argv[1] : NULL, &directory);
	if (rc)
		return rc;
	rc = cgroup_make(directory, &made);
	if (rc)
		rc = fail(EXIT_FAILED, "%s cannot be made: %s", directory, strerror(-rc));
	else if (!adopt)
		rc = bind_refuse_processes(argv[0], directory);
	if (!rc)
		rc = bind_open(command, argv[0], directory);
	if (!rc)
		printf("tenant %s: cgroup %s\n", argv[0], directory);
	else if (made)
		rmdir(directory);
	free(directory);
	return rc;
}
