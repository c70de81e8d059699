// SPDX-License-Identifier: GPL-2.0-only
/* cloison pen */
#include <errno.h>
#include <string.h>

#include "../common/guard.h"
#include "../common/guard_status.h"
#include "../common/output.h"
#include "command.h"

static int fail_pen(int error, const struct problem *problem)
{
	switch (error) {
	case -EINVAL:
		return fail(EXIT_USAGE, "%s", problem->text);
	case -ENOENT:
		return fail(EXIT_NOT_FOUND, "%s", problem->text);
	case -EBUSY:
	case -EEXIST:
		return fail(EXIT_IN_USE, "%s", problem->text);
	default:
		return fail(EXIT_FAILED, "%s", problem->text);
	}
}

static int pen_add(struct command *command, int argc, char **argv)
{
	bool adopt = false;
	const struct argument_option options[] = {
		{ "adopt", 0, ARGUMENT_FLAG, &adopt, NULL },
		{ 0 },
	};
	struct problem problem = { "" };
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	rc = command_control(command, true);
	if (rc)
		return rc;
	rc = guard_pen_add(argv[0], adopt, &problem);
	if (rc)
		return fail_pen(rc, &problem);
	printf("%s is a pen: what is below it and no tenant's is denied everything\n", argv[0]);
	return EXIT_OK;
}

static int pen_remove(struct command *command, int argc, char **argv)
{
	bool force = false;
	const struct argument_option options[] = {
		{ "force", 0, ARGUMENT_FLAG, &force, NULL },
		{ 0 },
	};
	struct problem problem = { "" };
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	rc = command_control(command, true);
	if (rc)
		return rc;
	rc = guard_pen_remove(argv[0], force, &problem);
	return rc ? fail_pen(rc, &problem) : EXIT_OK;
}

static int pen_list(struct command *command, int argc, char **argv)
{
	static const char *const columns[] = { "pen",	"cgroup_id", "tenants",
					       "state", "problem",   NULL };
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct problem problem = { "" };
	struct guard_status status;
	struct table *table;
	size_t i, j;
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	rc = guard_status_read(&status, &problem);
	if (rc)
		return fail_pen(rc, &problem);
	table = table_new(columns);
	for (i = 0; table && i < status.pen_count; i++) {
		const struct guard_pen *pen = &status.pens[i];
		uint64_t tenants = 0;

		for (j = 0; j < status.segment_count; j++)
			tenants += !strcmp(status.segments[j].pen, pen->path);
		table_text(table, pen->path);
		table_number(table, pen->cgroup);
		table_number(table, tenants);
		table_text(table, pen->in_force ? "in force" : "NOT IN FORCE");
		table_text(table, pen->problem);
	}
	guard_status_free(&status);
	return finish_table(command, table);
}

static const struct verb verbs[] = {
	{ "add", pen_add, "PATH [--adopt]", "attach the guard at one more parent cgroup" },
	{ "list", pen_list, "[-j]", "which there are, and whether they are in force" },
	{ "remove", pen_remove, "PATH [--force]", "attach it there no more" },
	{ 0 },
};

const struct noun pen_noun = { "pen", verbs,
			       "parent cgroups: what is no tenant's there is denied" };
