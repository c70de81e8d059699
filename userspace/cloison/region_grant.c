// SPDX-License-Identifier: GPL-2.0-only
/* cloison region grant, ungrant and grants: sealed regions that others read. */
#include "region_grant.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../common/output.h"

static int check_grants(struct command *command)
{
	return check_feature(command, CLOISON_FEATURE_GRANT, "grant regions");
}

/* ---- grant ------------------------------------------------------------- */

struct new_grant {
	const char *region_name, *tenant_name, *name;
	uint32_t uid, gid, mode;
	struct cloison_region_get region;
	struct cloison_tenant_get tenant;
};

static int explain_grant(int error, const struct new_grant *grant)
{
	int code;

	switch (error) {
	case -EPERM:
		if (grant->region.out_state == CLOISON_REGION_SEALED) {
			fail(EXIT_DENIED, "region %s: granting is for root", grant->region_name);
			return EXIT_DENIED;
		}
		fail(EXIT_DENIED, "region %s is not sealed: others would see it change",
		     grant->region_name);
		advise("seal it first: cloison region seal %s", grant->region_name);
		return EXIT_DENIED;
	case -EINVAL:
		return fail(EXIT_USAGE, "region %s is %s's own: there is nothing to grant",
			    grant->region_name, grant->tenant_name);
	case -EEXIST:
		fail(EXIT_IN_USE, "the name %s/%s is taken, or %s is granted to %s already",
		     grant->tenant_name, grant->name, grant->region_name, grant->tenant_name);
		advise("see: cloison region grants %s; cloison region list %s", grant->tenant_name,
		       grant->tenant_name);
		return EXIT_IN_USE;
	}
	code = fail_errno(error, "region %s", grant->region_name);
	if (error == -ESTALE)
		advise("create another: what was revoked stays so");
	return code;
}

static int make_grant(struct command *command, struct new_grant *grant)
{
	struct cloison_grant_add add = CLOISON_ARG(cloison_grant_add);
	int rc;

	add.region = grant->region.out_region;
	add.tenant = grant->tenant.out_tenant;
	add.uid = grant->uid;
	add.gid = grant->gid;
	add.mode = grant->mode;
	rc = cloison_grant_add(command->control, &add, grant->name);
	if (rc)
		return explain_grant(rc, grant);
	printf("%s/%s/%s: %s, to be read by %s\n", cloison_device_directory(command->ctx),
	       grant->tenant_name, grant->name, grant->region_name, grant->tenant_name);
	return EXIT_OK;
}

int region_grant(struct command *command, int argc, char **argv)
{
	struct new_grant grant = { .mode = 0440 };
	const struct argument_option options[] = {
		{ "name", 0, ARGUMENT_TEXT, &grant.name, NULL },
		{ "uid", 0, ARGUMENT_NUMBER, &grant.uid, NULL },
		{ "gid", 0, ARGUMENT_NUMBER, &grant.gid, NULL },
		{ "mode", 0, ARGUMENT_MODE, &grant.mode, NULL },
		{ 0 },
	};
	int rc;

	if (command_parse(command, argc, argv, options, 2, 2) < 0)
		return EXIT_USAGE;
	grant.region_name = argv[0];
	grant.tenant_name = argv[1];
	if (grant.name && !cloison_region_name_valid(grant.name))
		return fail_name("grant", grant.name);
	if (grant.mode & ~0550u)
		return command_usage(command,
				     "--mode %04o: a grant is read only, and never open to others",
				     grant.mode);
	rc = command_control(command, false);
	if (!rc)
		rc = check_grants(command);
	if (!rc)
		rc = find_region(command, grant.region_name, &grant.region);
	if (!rc)
		rc = find_tenant(command, grant.tenant_name, &grant.tenant);
	if (rc)
		return rc;
	if (!grant.name)
		grant.name = name_of(grant.region.out_name);
	return make_grant(command, &grant);
}

/* ---- ungrant ------------------------------------------------------------- */

static int find_grant(struct command *command, const struct cloison_region_get *region,
		      const struct cloison_tenant_get *tenant, struct cloison_grant_get *grant)
{
	int rc;

	while (!(rc = cloison_grant_next(command->control, grant)))
		if (grant->out_region == region->out_region &&
		    grant->out_tenant == tenant->out_tenant)
			return EXIT_OK;
	if (rc != -ENOENT)
		return fail_errno(rc, "grants");
	fail(EXIT_NOT_FOUND, "region %s is not granted to %s", name_of(region->out_name),
	     name_of(tenant->out_name));
	advise("see: cloison region grants");
	return EXIT_NOT_FOUND;
}

int region_ungrant(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { { 0 } };
	struct cloison_grant_get grant = CLOISON_ARG(cloison_grant_get);
	struct cloison_region_get region;
	struct cloison_tenant_get tenant;
	int rc;

	if (command_parse(command, argc, argv, options, 2, 2) < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc)
		rc = check_grants(command);
	if (!rc)
		rc = find_region(command, argv[0], &region);
	if (!rc)
		rc = find_tenant(command, argv[1], &tenant);
	if (!rc)
		rc = find_grant(command, &region, &tenant, &grant);
	if (rc)
		return rc;
	rc = cloison_grant_revoke(command->control, grant.out_grant);
	return rc ? fail_errno(rc, "the grant of %s to %s", argv[0], argv[1]) : EXIT_OK;
}

/* ---- grants -------------------------------------------------------------- */

static int add_row(struct command *command, struct table *table,
		   const struct cloison_grant_get *grant)
{
	struct cloison_tenant_get tenant = CLOISON_ARG(cloison_tenant_get);
	struct cloison_tenant_get owner = CLOISON_ARG(cloison_tenant_get);
	struct cloison_region_get region = CLOISON_ARG(cloison_region_get);
	char text[2 * CLOISON_NAME_SIZE];
	int rc;

	rc = cloison_tenant_by_number(command->control, grant->out_tenant, &tenant);
	if (!rc)
		rc = cloison_tenant_by_number(command->control, grant->out_owner, &owner);
	if (!rc)
		rc = cloison_region_by_number(command->control, grant->out_region, &region);
	if (rc)
		return rc;
	table_text(table, name_of(tenant.out_name));
	table_text(table, name_of(grant->out_name));
	snprintf(text, sizeof(text), "%s/%s", name_of(owner.out_name), name_of(region.out_name));
	table_text(table, text);
	table_bytes(table, region.out_bytes);
	table_text(table, cloison_region_state_name(region.out_state));
	table_number(table, grant->out_uid);
	table_number(table, grant->out_gid);
	snprintf(text, sizeof(text), "%04o", grant->out_mode & 0777);
	table_text(table, text);
	table_number(table, grant->out_opens);
	table_number(table, grant->out_mappings);
	return 0;
}

static int grant_rows(struct command *command, uint32_t only_tenant, struct table **out)
{
	static const char *const names[] = { "tenant", "name", "region", "bytes",    "state", "uid",
					     "gid",    "mode", "opens",	 "mappings", NULL };
	struct cloison_grant_get grant = CLOISON_ARG(cloison_grant_get);
	struct table *table = table_new(names);
	int rc = table ? 0 : -ENOMEM;

	while (!rc) {
		rc = cloison_grant_next(command->control, &grant);
		if (rc || (only_tenant && grant.out_tenant != only_tenant))
			continue;
		rc = add_row(command, table, &grant);
		/* Its region or its tenant went since: so did the grant. */
		if (rc == -ENOENT)
			rc = 0;
	}
	if (rc != -ENOENT) {
		table_free(table);
		return fail_errno(rc, "grants");
	}
	*out = table;
	return EXIT_OK;
}

int region_grants(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct cloison_tenant_get tenant;
	struct table *table = NULL;
	int rc, operands = command_parse(command, argc, argv, options, 0, 1);

	if (operands < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc)
		rc = check_grants(command);
	if (!rc && operands)
		rc = find_tenant(command, argv[0], &tenant);
	if (!rc)
		rc = grant_rows(command, operands ? tenant.out_tenant : 0, &table);
	return rc ? rc : finish_table(command, table);
}

json_t *grants_of_region(struct command *command, uint32_t region)
{
	struct cloison_grant_get grant = CLOISON_ARG(cloison_grant_get);
	json_t *nodes = json_array();

	while (!cloison_grant_next(command->control, &grant)) {
		struct cloison_tenant_get tenant = CLOISON_ARG(cloison_tenant_get);

		if (grant.out_region == region &&
		    !cloison_tenant_by_number(command->control, grant.out_tenant, &tenant))
			json_array_append_new(nodes, json_sprintf("%s/%s", name_of(tenant.out_name),
								  name_of(grant.out_name)));
	}
	return nodes;
}
