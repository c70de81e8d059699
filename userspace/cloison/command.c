// SPDX-License-Identifier: GPL-2.0-only
/* What the nouns of the command share. */
#include "command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../common/cgroup.h"
#include "../common/escape.h"
#include "../common/output.h"
#include "../common/problem.h"
#include "module.h"

/* What an error is about may have been named by a tenant, so all of it is escaped. */
static void print_escaped(const char *format, va_list args)
{
	char *text = NULL, *escaped = NULL;

	if (vasprintf(&text, format, args) >= 0)
		escaped = escape_string(text);
	fputs(escaped ? escaped : "out of memory", stderr);
	free(escaped);
	free(text);
}

static void complain(const char *format, va_list args)
{
	fflush(stdout);
	fputs("cloison: ", stderr);
	print_escaped(format, args);
}

int fail(enum exit_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fputc('\n', stderr);
	return (int)code;
}

void advise(const char *format, ...)
{
	va_list args;

	fputs("  ", stderr);
	va_start(args, format);
	print_escaped(format, args);
	va_end(args);
	fputc('\n', stderr);
}

static enum exit_code exit_code_of(int error)
{
	switch (-error) {
	case ENOENT:
		return EXIT_NOT_FOUND;
	case EACCES:
	case EPERM:
		return EXIT_DENIED;
	case ENOSPC:
	case EDQUOT:
		return EXIT_NO_ROOM;
	case EBUSY:
	case EEXIST:
		return EXIT_IN_USE;
	}
	return EXIT_FAILED;
}

int fail_errno(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", cloison_strerror(error));
	return (int)exit_code_of(error);
}

int fail_list_change(int error, const struct problem *problem)
{
	switch (error) {
	case -EINVAL:
		return fail(EXIT_USAGE, "%s", problem->text);
	case -ENOENT:
		return fail(EXIT_NOT_FOUND, "%s", problem->text);
	case -ENOSPC:
		return fail(EXIT_NO_ROOM, "%s", problem->text);
	default:
		return fail(EXIT_FAILED, "%s", problem->text);
	}
}

int fail_name(const char *what, const char *name)
{
	fail(EXIT_USAGE, "\"%s\" cannot be the name of a %s", name, what);
	advise("a name has 1 to 63 of the characters A-Z a-z 0-9 - and _, the first a letter or a "
	       "digit;");
	advise("a region is named TENANT/REGION, and REGION may also have dots.");
	return EXIT_USAGE;
}

int command_usage(struct command *command, const char *format, ...)
{
	const struct verb *verb = command->verb;
	va_list args;

	va_start(args, format);
	complain(format, args);
	va_end(args);
	fprintf(stderr, "\nusage: cloison %s%s%s %s\n", command->noun->name, verb->name ? " " : "",
		verb->name ? verb->name : "", verb->operands);
	return EXIT_USAGE;
}

int command_parse(struct command *command, int argc, char **argv,
		  const struct argument_option *options, int least, int most)
{
	char reason[ARGUMENT_REASON];
	int operands = arguments_parse(argc, argv, options, reason);

	if (operands < 0) {
		command_usage(command, "%s", reason);
		return -1;
	}
	if (operands < least) {
		command_usage(command, "an operand is missing");
		return -1;
	}
	if (operands > most) {
		command_usage(command, "\"%s\" is one operand too many", argv[most]);
		return -1;
	}
	return operands;
}

int command_control(struct command *command, bool load)
{
	int rc = cloison_control_open(command->ctx, &command->control);

	if (load && (rc == -ENOENT || rc == -ENODEV || rc == -ENXIO)) {
		rc = module_load();
		if (rc)
			return rc;
		rc = cloison_control_open(command->ctx, &command->control);
	}
	if (rc == -ENOENT || rc == -ENODEV || rc == -ENXIO) {
		fail(EXIT_NO_MODULE, "the module is not loaded");
		advise("load it: modprobe cloison");
		return EXIT_NO_MODULE;
	}
	if (rc == -EACCES) {
		fail(EXIT_DENIED, "%s/control is for root and the group cloison",
		     cloison_device_directory(command->ctx));
		return EXIT_DENIED;
	}
	if (!rc) {
		command->query = CLOISON_ARG(cloison_query);
		rc = cloison_query(command->control, &command->query);
	}
	return rc ? fail_errno(rc, "%s/control", cloison_device_directory(command->ctx)) : EXIT_OK;
}

int check_feature(struct command *command, uint64_t feature, const char *what)
{
	char loaded[64], installed[64];

	if ((command->query.out_features & feature) == feature)
		return EXIT_OK;
	module_versions(loaded, installed, sizeof(loaded));
	fail(EXIT_NO_MODULE, "the loaded module cannot %s", what);
	advise("loaded is %s, installed is %s: load the installed one when no region is in use:",
	       loaded, installed);
	advise("rmmod cloison && modprobe cloison");
	return EXIT_NO_MODULE;
}

static int finish(struct command *command, struct table *table,
		  int (*print)(const struct table *table, bool json, FILE *out))
{
	int rc;

	if (!table)
		return fail_errno(-ENOMEM, "listing");
	rc = print(table, command->json, stdout);
	table_free(table);
	if (rc || fflush(stdout))
		return fail(EXIT_FAILED, "listing: cannot be written");
	return EXIT_OK;
}

int finish_table(struct command *command, struct table *table)
{
	return finish(command, table, table_print);
}

int finish_table_one(struct command *command, struct table *table)
{
	return finish(command, table, table_print_one);
}

int find_pool(struct command *command, const char *name, struct cloison_pool_get *pool)
{
	int rc;

	if (!cloison_name_valid(name))
		return fail_name("pool", name);
	*pool = CLOISON_ARG(cloison_pool_get);
	rc = cloison_pool_by_name(command->control, name, pool);
	if (rc == -ENOENT) {
		fail(EXIT_NOT_FOUND, "there is no pool \"%s\"", name);
		advise("see: cloison pool list");
		return EXIT_NOT_FOUND;
	}
	return rc ? fail_errno(rc, "pool %s", name) : EXIT_OK;
}

int find_tenant(struct command *command, const char *name, struct cloison_tenant_get *tenant)
{
	int rc;

	if (!cloison_name_valid(name))
		return fail_name("tenant", name);
	*tenant = CLOISON_ARG(cloison_tenant_get);
	rc = cloison_tenant_by_name(command->control, name, tenant);
	if (rc == -ENOENT) {
		fail(EXIT_NOT_FOUND, "there is no tenant \"%s\"", name);
		advise("see: cloison tenant list");
		return EXIT_NOT_FOUND;
	}
	return rc ? fail_errno(rc, "tenant %s", name) : EXIT_OK;
}

int find_region(struct command *command, const char *name, struct cloison_region_get *region)
{
	int rc;

	*region = CLOISON_ARG(cloison_region_get);
	rc = cloison_region_by_name(command->control, name, region);
	if (rc == -EINVAL)
		return fail_name("region", name);
	if (rc == -ENOENT) {
		fail(EXIT_NOT_FOUND, "there is no region \"%s\"", name);
		advise("see: cloison region list");
		return EXIT_NOT_FOUND;
	}
	return rc ? fail_errno(rc, "region %s", name) : EXIT_OK;
}

int find_cgroups(char **mount)
{
	if (!cgroup_mount(mount))
		return EXIT_OK;
	fail(EXIT_FAILED, "no cgroup2 file system is mounted as a whole");
	advise("mount it: " CGROUP_MOUNT_COMMAND);
	return EXIT_FAILED;
}

int find_node(struct command *command, const char *name)
{
	struct cloison_grant_get grant = CLOISON_ARG(cloison_grant_get);
	struct cloison_region_get region;

	if (!cloison_grant_by_name(command->control, name, &grant))
		return EXIT_OK;
	return find_region(command, name, &region);
}

void network_path(const char *text, char path[NETWORK_PATH_SIZE])
{
	snprintf(path, NETWORK_PATH_SIZE, "%s%s", strchr(text, '/') ? "" : "/run/netns/", text);
}
