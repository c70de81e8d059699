// SPDX-License-Identifier: GPL-2.0-only
/* cloison guard unix-allow, unix-forbid, unix-list */
#include "guard_unix.h"

#include <errno.h>

#include "../common/guard_allow.h"
#include "../common/output.h"

static int change(struct command *command, int argc, char **argv,
		  int (*fn)(const char *tenant, const char *name, struct problem *problem))
{
	const char *tenant = NULL;
	const struct argument_option options[] = {
		{ "tenant", 0, ARGUMENT_TEXT, &tenant, NULL },
		{ 0 },
	};
	struct problem problem = { "" };
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	rc = fn(tenant, argv[0], &problem);
	return rc ? fail_list_change(rc, &problem) : EXIT_OK;
}

int guard_do_unix_allow(struct command *command, int argc, char **argv)
{
	return change(command, argc, argv, guard_unix_allow);
}

int guard_do_unix_forbid(struct command *command, int argc, char **argv)
{
	return change(command, argc, argv, guard_unix_forbid);
}

static void add_row(const char *tenant, const char *name, uint64_t hits, void *table)
{
	if (tenant)
		table_text(table, tenant);
	else
		table_none(table);
	table_text(table, name);
	table_number(table, hits);
}

int guard_do_unix_list(struct command *command, int argc, char **argv)
{
	static const char *const columns[] = { "tenant", "socket", "hits", NULL };
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct problem problem = { "" };
	struct table *table;
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	table = table_new(columns);
	if (!table)
		return fail_errno(-ENOMEM, "listing");
	rc = guard_unix_each(add_row, table, &problem);
	if (rc) {
		table_free(table);
		return fail_list_change(rc, &problem);
	}
	return finish_table(command, table);
}
