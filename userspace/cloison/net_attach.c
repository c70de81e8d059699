// SPDX-License-Identifier: GPL-2.0-only
/* cloison net attach, detach, devices */
#include <stdlib.h>

#include "../common/output.h"
#include "net.h"

int net_attach(struct command *command, int argc, char **argv)
{
	return net_change(command, argc, argv, guard_device_attach);
}

int net_detach(struct command *command, int argc, char **argv)
{
	return net_change(command, argc, argv, guard_device_detach);
}

int net_devices(struct command *command, int argc, char **argv)
{
	static const char *const names[] = { "tenant", "device", "number", "from",
					     "to",     "state",	 NULL };
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct problem problem = { "" };
	struct guard_device *list;
	struct table *table;
	size_t count, i;
	int rc, operands = command_parse(command, argc, argv, options, 0, 1);

	if (operands < 0)
		return EXIT_USAGE;
	rc = guard_devices_read(operands ? argv[0] : NULL, &list, &count, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	table = table_new(names);
	for (i = 0; table && i < count; i++) {
		table_text(table, list[i].tenant);
		table_text(table, list[i].name);
		table_number(table, list[i].ifindex);
		table_number(table, list[i].links[0]);
		table_number(table, list[i].links[1]);
		table_text(table, list[i].in_force ? "in force" : "detached");
	}
	free(list);
	return finish_table(command, table);
}
