// SPDX-License-Identifier: GPL-2.0-only
/* Tenants as rows. */
#include "tenant_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../common/guard_event.h"
#include "../common/guard_limit.h"
#include "../common/guard_policy.h"
#include "net.h"
#include "tenant_limit.h"

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

/* A cell with a list, which has commas between the words in the table. */
struct list {
	json_t *json;
	char *text;
	size_t size;
	FILE *stream;
};

static void list_begin(struct list *list)
{
	*list = (struct list){ .json = json_array() };
	list->stream = open_memstream(&list->text, &list->size);
}

static void list_add(struct list *list, const char *word)
{
	if (list->stream)
		fprintf(list->stream, "%s%s", json_array_size(list->json) ? "," : "", word);
	json_array_append_new(list->json, json_string(word));
}

static void list_end(struct list *list, struct table *table, bool known)
{
	if (list->stream)
		fclose(list->stream);
	if (known) {
		table_json(table, list->json, list->text && *list->text ? list->text : "-");
	} else {
		json_decref(list->json);
		table_none(table);
	}
	free(list->text);
}

static void cell_addresses(struct table *table, const struct policy *own, bool known)
{
	char text[POLICY_RULE_TEXT];
	struct list list;
	size_t i;

	list_begin(&list);
	for (i = 0; i < own->address_count; i++) {
		policy_own_format(&own->addresses[i], text);
		list_add(&list, text);
	}
	list_end(&list, table, known);
}

static void cell_labels(struct table *table, const struct policy *own, enum cloison_peers kind,
			bool known)
{
	char text[POLICY_RULE_TEXT];
	struct list list;
	size_t i;

	list_begin(&list);
	for (i = 0; i < own->label_count; i++) {
		if (own->labels[i].peers != kind)
			continue;
		policy_label_format(&own->labels[i], text);
		list_add(&list, text);
	}
	list_end(&list, table, known);
}

/*
 * What is its own. No addresses means that they are not compared. Groups and ports
 * are in no listing of all.
 */
static void cells_own(struct table *table, const char *name, bool known, bool all)
{
	struct policy own = { 0 };

	if (known && guard_addresses_read(name, &own, NULL))
		known = false;
	cell_addresses(table, &own, known);
	if (all) {
		cell_labels(table, &own, CLOISON_LABEL_GROUP, known);
		cell_labels(table, &own, CLOISON_LABEL_PORT, known);
	}
	policy_free(&own);
}

/* What was not zero, by reason; "cloison net counters" has what each of them means. */
static void cell_counters(struct table *table, const char *name, bool known)
{
	struct cloison_stats stats;
	json_t *json = json_object();
	char *all = NULL;
	size_t size = 0, reason;
	FILE *stream = open_memstream(&all, &size);

	known = known && !guard_stats_read(name, CLOISON_STATS_ENFORCED, &stats, NULL);
	for (reason = 0; known && stream && reason < CLOISON_REASON_COUNT; reason++) {
		const char *word = guard_reason_name((enum cloison_reason)reason, NULL);
		uint64_t count = ((const __u64 *)&stats)[CLOISON_STATS_REASON(reason)];

		if (!count)
			continue;
		fprintf(stream, "%s%s %llu", ftell(stream) ? ", " : "", word,
			(unsigned long long)count);
		json_object_set_new(json, word, json_integer((json_int_t)count));
	}
	if (stream)
		fclose(stream);
	if (known) {
		table_json(table, json, all && *all ? all : "-");
	} else {
		json_decref(json);
		table_none(table);
	}
	free(all);
}

/* Of what passed at its sockets, enforced or only observed. */
static void cells_bytes(struct table *table, const char *name, bool known)
{
	struct cloison_stats enforced, observed;

	if (!known || guard_stats_read(name, CLOISON_STATS_ENFORCED, &enforced, NULL) ||
	    guard_stats_read(name, CLOISON_STATS_OBSERVED, &observed, NULL)) {
		table_none(table);
		table_none(table);
		return;
	}
	table_bytes(table, enforced.bytes_in + observed.bytes_in);
	table_bytes(table, enforced.bytes_out + observed.bytes_out);
}

static void cell_flows(struct table *table, const char *name, bool known)
{
	uint32_t flows;

	if (known && !guard_flows_read(name, &flows, NULL))
		table_number(table, flows);
	else
		table_none(table);
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

/* One alone is shown with its counters, which take no room in a listing of all. */
int tenant_rows(struct command *command, const char *only, struct table **out)
{
	static const char *const show_names[] = {
		"tenant",	 "number",	   "cgroup",	      "quota",	   "used",
		"regions",	 "network",	   "rules",	      "addresses", "groups",
		"ports",	 "counters",	   "bytes_in",	      "bytes_out", "bandwidth_in",
		"bandwidth_out", "connections_in", "connections_out", "flows",	   NULL
	};
	static const char *const names[] = { "tenant",	"number",  "cgroup", "quota",	  "used",
					     "regions", "network", "rules",  "addresses", NULL };
	struct cloison_tenant_get tenant = CLOISON_ARG(cloison_tenant_get);
	struct guard_status status;
	/* Only root may look at the guard; the rest of a row needs no capability. */
	bool known = !guard_status_read(&status, NULL);
	struct table *table = table_new(only ? show_names : names);
	int rc = -ENOMEM;

	while (table && !(rc = cloison_tenant_next(command->control, &tenant))) {
		if (only && strcmp(name_of(tenant.out_name), only))
			continue;
		add_row(table, &tenant, known ? &status : NULL);
		cells_own(table, name_of(tenant.out_name), known, only);
		if (only)
			cell_counters(table, only, known);
		if (only)
			cells_bytes(table, only, known);
		if (only)
			tenant_limit_cells(table, only, known);
		if (only)
			cell_flows(table, only, known);
	}
	if (known)
		guard_status_free(&status);
	if (rc != -ENOENT) {
		table_free(table);
		return fail_errno(rc, "tenants");
	}
	*out = table;
	return EXIT_OK;
}
