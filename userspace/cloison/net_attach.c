// SPDX-License-Identifier: GPL-2.0-only
/* cloison net attach, detach, devices */
#include <netinet/ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../common/guard_network.h"
#include "../common/output.h"
#include "net.h"

int net_attach(struct command *command, int argc, char **argv)
{
	const char *text = NULL;
	const struct argument_option options[] = {
		{ "mac", 0, ARGUMENT_TEXT, &text, NULL },
		{ 0 },
	};
	struct problem problem = { "" };
	struct ether_addr address;
	int rc;

	if (command_parse(command, argc, argv, options, 2, 2) < 0)
		return EXIT_USAGE;
	if (text && (!ether_aton_r(text, &address) || address.ether_addr_octet[0] & 1))
		return command_usage(command,
				     "--mac \"%s\": write the link layer address of the tenant's "
				     "end, such as 02:00:00:00:00:01",
				     text);
	rc = net_begin(command, argv[0]);
	if (rc)
		return rc;
	rc = guard_device_attach(argv[0], argv[1], text ? address.ether_addr_octet : NULL,
				 &problem);
	return rc ? fail_guard(rc, &problem) : EXIT_OK;
}

int net_detach(struct command *command, int argc, char **argv)
{
	return net_change(command, argc, argv, guard_device_detach);
}

static void cell_address(struct table *table, const uint8_t address[6])
{
	char text[18];

	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", address[0], address[1],
		 address[2], address[3], address[4], address[5]);
	table_text(table, text);
}

int net_devices(struct command *command, int argc, char **argv)
{
	static const char *const names[] = { "tenant", "device", "number",  "mac", "from",
					     "to",     "state",	 "problem", NULL };
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
		cell_address(table, list[i].address);
		table_number(table, list[i].links[0]);
		table_number(table, list[i].links[1]);
		table_text(table, guard_device_state_name(list[i].state));
		if (list[i].problem[0])
			table_text(table, list[i].problem);
		else
			table_none(table);
	}
	free(list);
	return finish_table(command, table);
}
