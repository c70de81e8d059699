// SPDX-License-Identifier: GPL-2.0-only
/* cloison net claim, release, networks */
#include <stdlib.h>

#include "../common/guard_network.h"
#include "../common/output.h"
#include "net.h"

static int claim(const char *tenant, const char *network, struct problem *problem)
{
	char path[NETWORK_PATH_SIZE];

	network_path(network, path);
	return guard_network_claim(tenant, path, problem);
}

static int release(const char *tenant, const char *network, struct problem *problem)
{
	char path[NETWORK_PATH_SIZE];

	network_path(network, path);
	return guard_network_release(tenant, path, problem);
}

int net_claim(struct command *command, int argc, char **argv)
{
	return net_change(command, argc, argv, claim);
}

int net_release(struct command *command, int argc, char **argv)
{
	return net_change(command, argc, argv, release);
}

int net_networks(struct command *command, int argc, char **argv)
{
	static const char *const names[] = { "tenant", "network", "cookie", NULL };
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct problem problem = { "" };
	struct guard_network *list;
	struct table *table;
	size_t count, i;
	int rc, operands = command_parse(command, argc, argv, options, 0, 1);

	if (operands < 0)
		return EXIT_USAGE;
	rc = guard_networks_read(operands ? argv[0] : NULL, &list, &count, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	table = table_new(names);
	for (i = 0; table && i < count; i++) {
		table_text(table, list[i].tenant);
		table_text(table, list[i].name);
		table_number(table, list[i].cookie);
	}
	free(list);
	return finish_table(command, table);
}
