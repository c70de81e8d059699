// SPDX-License-Identifier: GPL-2.0-only
/* cloison tenant device-allow, device-forbid, device-list */
#include "tenant_device.h"

#include <errno.h>

#include "../common/guard_allow.h"
#include "../common/output.h"

static int change(struct command *command, int argc, char **argv,
		  int (*fn)(const char *tenant, const char *device, struct problem *problem))
{
	const struct argument_option options[] = { { 0 } };
	struct problem problem = { "" };
	int rc;

	if (command_parse(command, argc, argv, options, 2, 2) < 0)
		return EXIT_USAGE;
	rc = fn(argv[0], argv[1], &problem);
	return rc ? fail_list_change(rc, &problem) : EXIT_OK;
}

int tenant_device_allow(struct command *command, int argc, char **argv)
{
	return change(command, argc, argv, guard_node_allow);
}

int tenant_device_forbid(struct command *command, int argc, char **argv)
{
	return change(command, argc, argv, guard_node_forbid);
}

/* The device as device-forbid takes it. */
static void add_row(bool block, uint32_t major, int64_t minor, void *table)
{
	char device[48];

	if (minor < 0)
		snprintf(device, sizeof(device), "%s%u:*", block ? "b:" : "", major);
	else
		snprintf(device, sizeof(device), "%s%u:%u", block ? "b:" : "", major,
			 (unsigned int)minor);
	table_text(table, device);
	table_text(table, block ? "block" : "character");
}

int tenant_device_list(struct command *command, int argc, char **argv)
{
	static const char *const columns[] = { "device", "kind", NULL };
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct problem problem = { "" };
	struct table *table;
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	table = table_new(columns);
	if (!table)
		return fail_errno(-ENOMEM, "listing");
	rc = guard_node_each(argv[0], add_row, table, &problem);
	if (rc) {
		table_free(table);
		return fail_list_change(rc, &problem);
	}
	return finish_table(command, table);
}
