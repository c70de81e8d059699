// SPDX-License-Identifier: GPL-2.0-only
/* cloison tenant */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../common/cgroup.h"
#include "../common/guard.h"
#include "../common/guard_limit.h"
#include "../common/guard_network.h"
#include "../common/output.h"
#include "../common/size.h"
#include "command.h"
#include "inside.h"
#include "net.h"
#include "tenant_bind.h"
#include "tenant_device.h"
#include "tenant_limit.h"
#include "tenant_rows.h"

struct new_tenant {
	const char *name;
	uint32_t number;
	uint64_t quota;
	char *directory;
	bool made; /* the directory is ours to remove if it fails */
	bool adopt;
	int fd;
	struct net_own own; /* no rules yet */
};

static int free_number(struct command *command, uint32_t *number)
{
	struct cloison_tenant_get tenant = CLOISON_ARG(cloison_tenant_get);
	uint32_t next = 1;
	int rc;

	/* Numbers rise, so the first that does not follow leaves a gap. */
	while (!(rc = cloison_tenant_next(command->control, &tenant)) && tenant.out_tenant == next)
		next++;
	if (rc && rc != -ENOENT)
		return fail_errno(rc, "tenants");
	*number = next;
	return EXIT_OK;
}

static int resolve_cgroup(struct new_tenant *tenant, const char *path)
{
	char standard[sizeof("cloison/") + CLOISON_NAME_SIZE], *mount;
	int rc = find_cgroups(&mount);

	if (rc)
		return rc;
	snprintf(standard, sizeof(standard), "cloison/%s", tenant->name);
	rc = cgroup_resolve(mount, path ? path : standard, &tenant->directory);
	if (rc)
		fail(EXIT_USAGE, "--cgroup \"%s\" is not a directory below %s", path, mount);
	free(mount);
	return rc ? EXIT_USAGE : EXIT_OK;
}

static int refuse_processes(const struct new_tenant *tenant)
{
	int rc = tenant->adopt ? 0 : cgroup_populated(tenant->directory);

	if (rc < 0)
		return fail(EXIT_FAILED, "%s: %s", tenant->directory, strerror(-rc));
	if (rc) {
		fail(EXIT_IN_USE, "%s has processes already", tenant->directory);
		advise("what they opened before the wall stood, no wall can see: end them first;");
		advise("or take them in as they are: the same command with --adopt");
		return EXIT_IN_USE;
	}
	return EXIT_OK;
}

static int prepare_cgroup(struct new_tenant *tenant)
{
	int rc = cgroup_make(tenant->directory, &tenant->made);

	if (rc)
		return fail(EXIT_FAILED, "%s cannot be made: %s", tenant->directory, strerror(-rc));
	rc = refuse_processes(tenant);
	if (rc)
		return rc;
	tenant->fd = open(tenant->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return tenant->fd < 0 ? fail(EXIT_FAILED, "%s: %s", tenant->directory, strerror(errno)) :
				EXIT_OK;
}

static int explain_add(int error, const struct new_tenant *tenant)
{
	int code = fail_errno(error, "tenant %s", tenant->name);

	switch (error) {
	case -EEXIST:
		advise("the name or the number %u is a tenant's already; see: cloison tenant list",
		       tenant->number);
		break;
	case -EBUSY:
		advise("%s is at, above or below another tenant's cgroup;", tenant->directory);
		advise("see: cloison tenant list");
		break;
	case -EPERM:
		advise("tenants are for root");
		break;
	}
	return code;
}

static void detach(const struct new_tenant *tenant)
{
	struct problem problem = { "" };

	if (guard_segment_detach(tenant->name, &problem))
		advise("%s", problem.text);
}

static int attach(const struct new_tenant *tenant)
{
	struct problem problem = { "" };
	int rc = guard_segment_attach(tenant->number, tenant->name, tenant->fd, &problem);

	if (!rc)
		return EXIT_OK;
	return fail(rc == -EEXIST || rc == -EBUSY ? EXIT_IN_USE : EXIT_FAILED, "%s", problem.text);
}

/*
 * The wall first, then the tenant: what is registered is always behind it. Who comes
 * into the cgroup meanwhile is a stray: a task below a pen to whom all is denied.
 */
static int build_wall(struct command *command, const struct new_tenant *tenant)
{
	struct cloison_tenant_get other = CLOISON_ARG(cloison_tenant_get);
	int rc;

	if (!command->query.out_guard) {
		fail(EXIT_NO_GUARD, "no guard is attached, and a tenant begins behind one");
		advise("load it: cloison guard load");
		return EXIT_NO_GUARD;
	}
	/* Alone at this cgroup: a wall whose tenant is none was left by a command that died. */
	if (flock(tenant->fd, LOCK_EX))
		return fail(EXIT_FAILED, "%s: %s", tenant->directory, strerror(errno));
	if (!cloison_tenant_by_number(command->control, tenant->number, &other) ||
	    !cloison_tenant_by_name(command->control, tenant->name, &other))
		return explain_add(-EEXIST, tenant);
	rc = attach(tenant);
	if (rc)
		return rc;
	if (net_own_given(&tenant->own))
		rc = net_own_set(tenant->name, &tenant->own);
	if (!rc) {
		rc = cloison_tenant_add(command->control, tenant->number, tenant->name, tenant->fd,
					tenant->quota);
		if (!rc)
			return EXIT_OK;
		rc = explain_add(rc, tenant);
	}
	detach(tenant);
	return rc;
}

static int add(struct command *command, struct new_tenant *tenant, const char *cgroup)
{
	char text[SIZE_TEXT];
	int rc = EXIT_OK;

	if (!tenant->number)
		rc = free_number(command, &tenant->number);
	if (!rc)
		rc = resolve_cgroup(tenant, cgroup);
	if (!rc)
		rc = prepare_cgroup(tenant);
	if (!rc)
		rc = build_wall(command, tenant);
	if (!rc)
		printf("tenant %s: number %u, quota %s, cgroup %s\n"
		       "nothing passes into or out of it yet: cloison net allow %s ...\n",
		       tenant->name, tenant->number, size_format(text, tenant->quota),
		       tenant->directory, tenant->name);
	if (rc && tenant->made)
		rmdir(tenant->directory);
	if (tenant->fd >= 0)
		close(tenant->fd);
	free(tenant->directory);
	return rc;
}

static int tenant_add(struct command *command, int argc, char **argv)
{
	struct new_tenant tenant = { .fd = -1 };
	const char *cgroup = NULL;
	bool have_number = false, have_quota = false;
	const struct argument_option options[] = {
		{ "id", 0, ARGUMENT_NUMBER, &tenant.number, &have_number },
		{ "cgroup", 0, ARGUMENT_TEXT, &cgroup, NULL },
		{ "quota", 0, ARGUMENT_SIZE, &tenant.quota, &have_quota },
		{ "adopt", 0, ARGUMENT_FLAG, &tenant.adopt, NULL },
		OPTIONS_OWN(&tenant.own),
		{ 0 },
	};
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	tenant.name = argv[0];
	if (!cloison_name_valid(tenant.name))
		return fail_name("tenant", tenant.name);
	if (have_number && !tenant.number)
		return command_usage(command, "--id \"0\": numbers begin at 1");
	if (!have_quota)
		return command_usage(command, "say how much memory it may take: --quota SIZE");
	if (net_own_parse(command, &tenant.own))
		return EXIT_USAGE;
	rc = command_control(command, true);
	if (!rc)
		rc = add(command, &tenant, cgroup);
	policy_free(&tenant.own.policy);
	return rc;
}

static int tenant_list(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct table *table;
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (rc)
		return rc;
	rc = tenant_rows(command, NULL, &table);
	return rc ? rc : finish_table(command, table);
}

static int tenant_show(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct cloison_tenant_get tenant;
	struct table *table;
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc)
		rc = find_tenant(command, argv[0], &tenant);
	if (!rc)
		rc = tenant_rows(command, argv[0], &table);
	return rc ? rc : finish_table_one(command, table);
}

static int set_quota(struct command *command, const struct cloison_tenant_get *tenant,
		     uint64_t quota)
{
	const char *name = name_of(tenant->out_name);
	char text[SIZE_TEXT], used[SIZE_TEXT];
	int code, rc = cloison_tenant_set_quota(command->control, tenant->out_tenant, quota);

	if (!rc) {
		printf("tenant %s: quota %s, of which %s are used\n", name,
		       size_format(text, quota), size_format(used, tenant->out_used));
		return EXIT_OK;
	}
	code = fail_errno(rc, "tenant %s", name);
	if (rc == -EDQUOT) {
		advise("its regions take %s, more than %s;", size_format(used, tenant->out_used),
		       size_format(text, quota));
		advise("destroy some first: cloison region list %s", name);
	}
	return code;
}

static int set_flows(const char *name, uint32_t flows)
{
	struct problem problem = { "" };

	return guard_flows_set(name, flows, &problem) ? fail(EXIT_FAILED, "%s", problem.text) :
							EXIT_OK;
}

static int tenant_set(struct command *command, int argc, char **argv)
{
	struct net_own own = { 0 };
	uint64_t quota = 0;
	uint32_t flows = 0;
	bool have_quota = false, have_flows = false;
	const struct argument_option options[] = {
		{ "quota", 0, ARGUMENT_SIZE, &quota, &have_quota },
		{ "flows", 0, ARGUMENT_NUMBER, &flows, &have_flows },
		OPTIONS_OWN(&own),
		{ 0 },
	};
	struct cloison_tenant_get tenant;
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	if (!have_quota && !have_flows && !net_own_given(&own))
		return command_usage(command, "say what to change: --quota SIZE, --address "
					      "ADDRESS,..., --group NAME,..., --port "
					      "NAME=PROTOCOL/PORT,..., --flows N");
	if (have_flows && (flows < GUARD_FLOWS_LEAST || flows > GUARD_FLOWS_MOST))
		return command_usage(command, "--flows \"%u\": from %u to %u are possible", flows,
				     GUARD_FLOWS_LEAST, GUARD_FLOWS_MOST);
	if (net_own_parse(command, &own))
		return EXIT_USAGE;
	rc = net_own_given(&own) ? net_begin(command, argv[0]) : command_control(command, false);
	if (!rc && have_quota)
		rc = check_feature(command, CLOISON_FEATURE_TENANT_SET, "change a quota");
	if (!rc)
		rc = find_tenant(command, argv[0], &tenant);
	if (!rc && have_quota)
		rc = set_quota(command, &tenant, quota);
	if (!rc && net_own_given(&own))
		rc = net_own_set(argv[0], &own);
	if (!rc && have_flows)
		rc = set_flows(argv[0], flows);
	policy_free(&own.policy);
	return rc;
}

/* Whoever still runs in it would be a stray from then on, to whom all is denied. */
static int check_empty(const char *name, const char *directory)
{
	if (cgroup_populated(directory) != 1)
		return EXIT_OK;
	fail(EXIT_IN_USE, "tenant %s still has processes in %s", name, directory);
	advise("without a tenant they could reach nothing any more: end them first;");
	advise("or leave them with --force");
	return EXIT_IN_USE;
}

/*
 * A stray has no sockets, but root in the tenant's network can send without one (TUN),
 * and the wall at a device's end goes with the tenant.
 */
static int check_devices(const char *name, const char *directory)
{
	struct guard_device *devices = NULL;
	struct problem problem = { "" };
	int rc = EXIT_OK;
	size_t i, count;

	if (cgroup_populated(directory) != 1 ||
	    guard_devices_read(name, &devices, &count, &problem))
		return EXIT_OK;
	for (i = 0; i < count && !rc; i++) {
		if (devices[i].state == GUARD_DEVICE_GONE)
			continue;
		rc = fail(EXIT_IN_USE, "tenant %s has processes in %s, and device %s", name,
			  directory, devices[i].name);
		advise("by the device they could send what nothing judges any more: end them first;");
		advise("or let the device go: cloison net detach %s %s", name, devices[i].name);
	}
	free(devices);
	return rc;
}

static void explain_busy(const struct cloison_tenant_get *tenant)
{
	const char *name = name_of(tenant->out_name);

	if (tenant->out_regions)
		advise("it has %u regions; destroy them first: cloison region list %s",
		       tenant->out_regions, name);
	else
		advise("regions are granted to it; end that first: cloison region grants %s", name);
}

static int remove_walled(struct command *command, const struct cloison_tenant_get *tenant,
			 const char *directory)
{
	const char *name = name_of(tenant->out_name);
	struct problem problem = { "" };
	int rc = cloison_tenant_remove(command->control, tenant->out_tenant), code;

	if (rc) {
		code = fail_errno(rc, "tenant %s", name);
		if (rc == -EBUSY)
			explain_busy(tenant);
		return code;
	}
	rc = guard_segment_detach(name, &problem);
	/* It may hold cgroups or processes of somebody else's by now. */
	if (directory)
		rmdir(directory);
	/* No wall of that name: it fell with a guard that was unloaded. */
	return rc && rc != -ENOENT ? fail(EXIT_FAILED, "%s", problem.text) : EXIT_OK;
}

static int tenant_remove(struct command *command, int argc, char **argv)
{
	bool force = false;
	const struct argument_option options[] = {
		{ "force", 0, ARGUMENT_FLAG, &force, NULL },
		{ 0 },
	};
	struct cloison_tenant_get tenant;
	char *directory = NULL;
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc)
		rc = find_tenant(command, argv[0], &tenant);
	if (rc)
		return rc;
	if (tenant_directory(argv[0], &directory))
		advise("it is removed all the same");
	else
		rc = force ? check_devices(argv[0], directory) : check_empty(argv[0], directory);
	if (!rc)
		rc = remove_walled(command, &tenant, directory);
	free(directory);
	return rc;
}

static const struct verb verbs[] = {
	{ "add", tenant_add,
	  "NAME --quota SIZE [--id N] [--cgroup PATH] [--address ADDRESS,...] [--group GROUP,...] "
	  "[--port NAME=PROTOCOL/PORT,...] [--adopt]",
	  "make a tenant, behind its wall from the start" },
	{ "show", tenant_show, "NAME [-j]", "one tenant" },
	{ "list", tenant_list, "[-j]", "all tenants" },
	{ "set", tenant_set,
	  "NAME [--quota SIZE] [--address ADDRESS,...|none] [--group GROUP,...|none] "
	  "[--port NAME=PROTOCOL/PORT,...|none] [--flows N]",
	  "change its quota, its room for flows, or what rules may name of it, also while it is "
	  "in use" },
	{ "limit", tenant_limit,
	  "NAME [--bandwidth-in RATE|none] [--bandwidth-out RATE|none] "
	  "[--connections-in RATE|none] [--connections-out RATE|none]",
	  "limit its bytes, or its connections that begin, in a time: 10M/second, 100/minute" },
	{ "bind", tenant_bind, "NAME [PATH] [--adopt]",
	  "have its cgroup, which was made again, or another one be the tenant's" },
	{ "remove", tenant_remove, "NAME [--force]", "end a tenant that has no regions" },
	{ "device-allow", tenant_device_allow, "NAME PATH|[b:]MAJOR:MINOR",
	  "let its tasks open a device node besides those that each program needs" },
	{ "device-forbid", tenant_device_forbid, "NAME PATH|[b:]MAJOR:MINOR", "no more" },
	{ "device-list", tenant_device_list, "NAME [-j]", "the devices that it was given" },
	{ 0 },
};

const struct noun tenant_noun = { "tenant", verbs, "who memory and flows belong to" };
