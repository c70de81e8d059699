// SPDX-License-Identifier: GPL-2.0-only
/* Tenants as rows. */
#include "tenant_rows.h"

#include <errno.h>
#include <string.h>

#include "net.h"

const char *network_mode(const struct guard_status *status, uint32_t tenant, uint32_t *rules)
{
	size_t i;

	*rules = 0;
	if (!status)
		return "unknown";
	for (i = 0; i < status->segment_count; i++) {
		const struct guard_segment *segment = &status->segments[i];

		if (segment->tenant != tenant)
			continue;
		*rules = segment->rules;
		if (!segment->in_force)
			return "broken";
		return net_mode_name(segment->mode);
	}
	return "none";
}

static void cell_cgroup(struct table *table, const char *name)
{
	char path[128], line[4096];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/cloison_tenant/%s/cgroup", name);
	file = fopen(path, "re");
	if (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		table_text(table, line);
	} else {
		table_none(table);
	}
	if (file)
		fclose(file);
}

static void add_row(struct table *table, const struct cloison_tenant_get *tenant,
		    const struct guard_status *status)
{
	uint32_t rules;
	const char *network = network_mode(status, tenant->out_tenant, &rules);

	table_text(table, name_of(tenant->out_name));
	table_number(table, tenant->out_tenant);
	cell_cgroup(table, name_of(tenant->out_name));
	table_bytes(table, tenant->out_quota);
	table_bytes(table, tenant->out_used);
	table_number(table, tenant->out_regions);
	table_text(table, network);
	table_number(table, rules);
}

int tenant_rows(struct command *command, const char *only, struct table **out)
{
	static const char *const names[] = { "tenant",	"number",  "cgroup", "quota", "used",
					     "regions", "network", "rules",  NULL };
	struct cloison_tenant_get tenant = CLOISON_ARG(cloison_tenant_get);
	struct guard_status status;
	/* Only root may look at the guard; the rest of a row needs no capability. */
	bool known = !guard_status_read(&status, NULL);
	struct table *table = table_new(names);
	int rc = -ENOMEM;

	while (table && !(rc = cloison_tenant_next(command->control, &tenant)))
		if (!only || !strcmp(name_of(tenant.out_name), only))
			add_row(table, &tenant, known ? &status : NULL);
	if (known)
		guard_status_free(&status);
	if (rc != -ENOENT) {
		table_free(table);
		return fail_errno(rc, "tenants");
	}
	*out = table;
	return EXIT_OK;
}
