// SPDX-License-Identifier: GPL-2.0-only
/* cloison tenant limit, and a tenant's limits as cells of its row */
#include "tenant_limit.h"

#include <string.h>

#include "../common/guard_limit.h"
#include "../common/output.h"
#include "command.h"

/* By enum cloison_limit. */
static const char *const names[GUARD_LIMITS] = {
	[CLOISON_LIMIT_bytes_in] = "bandwidth-in",
	[CLOISON_LIMIT_bytes_out] = "bandwidth-out",
	[CLOISON_LIMIT_flows_in] = "connections-in",
	[CLOISON_LIMIT_flows_out] = "connections-out",
};

static int limit_parse(struct command *command, const char *name, const char *text,
		       enum cloison_limit which, struct rate *rate)
{
	const char *why;

	*rate = (struct rate){ 0 };
	if (!strcmp(text, "none"))
		return 0;
	if (!rate_parse(text, guard_limit_is_bytes(which) ? GUARD_LIMIT_BYTES : GUARD_LIMIT_FLOWS,
			rate, &why))
		return 0;
	return command_usage(command, "--%s \"%s\": %s; none ends the limit", name, text, why);
}

int tenant_limit(struct command *command, int argc, char **argv)
{
	const char *texts[GUARD_LIMITS] = { NULL };
	struct guard_limits limits = { 0 };
	struct argument_option options[GUARD_LIMITS + 1] = { 0 };
	struct cloison_tenant_get tenant;
	struct problem problem = { "" };
	bool any = false;
	int i, rc;

	for (i = 0; i < GUARD_LIMITS; i++)
		options[i] = (struct argument_option){ names[i], 0, ARGUMENT_TEXT, &texts[i],
						       &limits.given[i] };
	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	for (i = 0; i < GUARD_LIMITS; i++) {
		any |= limits.given[i];
		if (limits.given[i] && limit_parse(command, names[i], texts[i], i, &limits.of[i]))
			return EXIT_USAGE;
	}
	if (!any)
		return command_usage(command, "say what to limit: --bandwidth-in, --bandwidth-out, "
					      "--connections-in or --connections-out");
	rc = command_control(command, false);
	if (!rc)
		rc = find_tenant(command, argv[0], &tenant);
	if (!rc && guard_limits_set(argv[0], &limits, &problem))
		rc = fail(EXIT_FAILED, "%s", problem.text);
	return rc;
}

void tenant_limit_cells(struct table *table, const char *name, bool known)
{
	struct guard_limits limits = { 0 };
	char text[RATE_TEXT];
	int i;

	if (known)
		known = !guard_limits_read(name, &limits, NULL);
	for (i = 0; i < GUARD_LIMITS; i++) {
		if (known && limits.given[i])
			table_text(table, rate_format(text, &limits.of[i]));
		else
			table_none(table);
	}
}
