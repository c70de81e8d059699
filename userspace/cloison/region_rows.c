// SPDX-License-Identifier: GPL-2.0-only
/* Regions as rows. */
#include "region_rows.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../common/cgroup.h"
#include "../common/escape.h"
#include "../common/output.h"
#include "inside.h"
#include "region_grant.h"

static const char *const list_names[] = { "tenant", "region",	   "pool",     "bytes",
					  "state",  "enforcement", "uid",      "gid",
					  "mode",   "opens",	   "mappings", NULL };

static const char *const show_names[] = { "tenant",	 "region", "pool",   "bytes",	   "state",
					  "enforcement", "uid",	   "gid",    "mode",	   "opens",
					  "mappings",	 "number", "offset", "generation", "node",
					  "device",	 "users",  "grants", "importers",  NULL };

static int add_cells(struct command *command, struct table *table,
		     const struct cloison_region_get *region)
{
	struct cloison_tenant_get tenant = CLOISON_ARG(cloison_tenant_get);
	struct cloison_pool_get pool = CLOISON_ARG(cloison_pool_get);
	char mode[8];
	int rc;

	rc = cloison_tenant_by_number(command->control, region->out_tenant, &tenant);
	if (rc)
		return rc;
	table_text(table, name_of(tenant.out_name));
	table_text(table, name_of(region->out_name));
	/* A region outlives a pool whose device was pulled out. */
	rc = cloison_pool_by_number(command->control, region->out_pool, &pool);
	if (rc)
		table_none(table);
	else
		table_text(table, name_of(pool.out_name));
	table_bytes(table, region->out_bytes);
	table_text(table, cloison_region_state_name(region->out_state));
	table_text(table, cloison_enforcement_name(region->out_enforcement));
	table_number(table, region->out_uid);
	table_number(table, region->out_gid);
	snprintf(mode, sizeof(mode), "%04o", region->out_mode & 0777);
	table_text(table, mode);
	table_number(table, region->out_opens);
	table_number(table, region->out_mappings);
	return 0;
}

int region_rows(struct command *command, uint32_t only_tenant, struct table **out)
{
	struct cloison_region_get region = CLOISON_ARG(cloison_region_get);
	struct table *table = table_new(list_names);
	int rc = table ? 0 : -ENOMEM;

	while (!rc) {
		rc = cloison_region_next(command->control, &region);
		if (rc || (only_tenant && region.out_tenant != only_tenant))
			continue;
		rc = add_cells(command, table, &region);
		/* Its tenant went since: so did the region. */
		if (rc == -ENOENT)
			rc = 0;
	}
	if (rc != -ENOENT) {
		table_free(table);
		return fail_errno(rc, "regions");
	}
	*out = table;
	return EXIT_OK;
}

struct users {
	dev_t device;
	json_t *json;
	char text[512];
};

/* Is one of the links in /proc/PID/fd or /proc/PID/map_files the node? */
static bool links_to(pid_t pid, const char *directory, dev_t device)
{
	struct dirent *entry;
	struct stat status;
	bool found = false;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, directory);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir)))
		found = !fstatat(dirfd(dir), entry->d_name, &status, 0) &&
			S_ISCHR(status.st_mode) && status.st_rdev == device;
	closedir(dir);
	return found;
}

/* A kernel thread's may be longer than that of a task. */
#define NAME_BYTES 64

/* Escaped: a process names itself, with any bytes, newlines among them. */
static void process_name(pid_t pid, char name[ESCAPE_SIZE(NAME_BYTES)])
{
	char path[64], bytes[NAME_BYTES];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	strcpy(name, "?");
	file = fopen(path, "re");
	if (!file)
		return;
	length = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	/* The kernel ends it with a newline. */
	if (length)
		escape_text(name, ESCAPE_SIZE(NAME_BYTES), bytes, length - 1);
}

static int add_user(pid_t pid, void *data)
{
	struct users *users = data;
	size_t length = strlen(users->text);
	bool opened = links_to(pid, "fd", users->device);
	bool mapped = links_to(pid, "map_files", users->device);
	char name[ESCAPE_SIZE(NAME_BYTES)];

	if (!opened && !mapped)
		return 0;
	process_name(pid, name);
	snprintf(users->text + length, sizeof(users->text) - length, "%s%d (%s%s)",
		 length ? ", " : "", pid, name, mapped ? ", mapped" : "");
	json_array_append_new(users->json,
			      json_pack("{s:i, s:s, s:b, s:b}", "pid", (int)pid, "command", name,
					"opened", opened, "mapped", mapped));
	return 0;
}

/* Only who is in the tenant's cgroup can hold a region, so only they are asked. */
static void add_users(struct table *table, const char *tenant,
		      const struct cloison_region_get *region)
{
	struct users users = { .device = makedev(region->out_major, region->out_minor),
			       .json = json_array() };
	char *directory;

	if (tenant_directory(tenant, &directory) == EXIT_OK) {
		cgroup_for_each_process(directory, add_user, &users);
		free(directory);
	}
	table_json(table, users.json, users.text[0] ? users.text : "-");
}

static void add_grants(struct command *command, struct table *table, uint32_t region)
{
	json_t *grants = grants_of_region(command, region), *grant;
	char text[512] = "";
	size_t i;

	json_array_foreach(grants, i, grant) {
		size_t length = strlen(text);

		snprintf(text + length, sizeof(text) - length, "%s%s", length ? ", " : "",
			 json_string_value(grant));
	}
	table_json(table, grants, text[0] ? text : "-");
}

/* Devices attached to its dma-bufs: lines of name, kind and how often mapped. */
static void add_importers(struct table *table, uint32_t number)
{
	char path[64], line[160], device[128], kind[16], text[512] = "";
	char name[ESCAPE_SIZE(sizeof(device))];
	json_t *json = json_array();
	size_t length = 0;
	FILE *file;
	int maps;

	snprintf(path, sizeof(path), "/sys/class/cloison/cloison%u/importers", number);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%127s %15s %d", device, kind, &maps) != 3)
			continue;
		escape_text(name, sizeof(name), device, strlen(device));
		json_array_append_new(json, json_pack("{s:s, s:s, s:i}", "device", name, "kind",
						      kind, "mappings", maps));
		if (length < sizeof(text))
			length += (size_t)snprintf(text + length, sizeof(text) - length,
						   "%s%s (%s%s)", length ? ", " : "", name, kind,
						   maps ? ", mapped" : "");
	}
	if (file)
		fclose(file);
	table_json(table, json, text[0] ? text : "-");
}

int region_row(struct command *command, const char *name, const struct cloison_region_get *region,
	       struct table **out)
{
	char tenant[CLOISON_NAME_SIZE], last[CLOISON_NAME_SIZE], text[256];
	struct table *table = table_new(show_names);
	int rc = table ? add_cells(command, table, region) : -ENOMEM;

	if (rc) {
		table_free(table);
		return fail_errno(rc, "region %s", name);
	}
	table_number(table, region->out_region);
	table_bytes(table, region->out_offset);
	table_number(table, region->out_generation);
	snprintf(text, sizeof(text), "%s/%s", cloison_device_directory(command->ctx), name);
	table_text(table, text);
	snprintf(text, sizeof(text), "%u:%u", region->out_major, region->out_minor);
	table_text(table, text);
	cloison_split_name(name, tenant, last);
	add_users(table, tenant, region);
	add_grants(command, table, region->out_region);
	add_importers(table, region->out_region);
	*out = table;
	return EXIT_OK;
}
