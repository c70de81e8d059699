// SPDX-License-Identifier: GPL-2.0-only
/* cloison net export, cloison net diff, and what a dry run says. */
#include <errno.h>
#include <string.h>

#include "../common/escape.h"
#include "../common/guard_policy.h"
#include "../common/output.h"
#include "../common/policy_file.h"
#include "../common/policy_write.h"
#include "net.h"

int net_export(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { { 0 } };
	struct cloison_tenant_get tenant;
	struct problem problem = { "" };
	struct policy policy = { 0 };
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc)
		rc = find_tenant(command, argv[0], &tenant);
	if (rc)
		return rc;
	rc = guard_policy_read(argv[0], &policy, NULL, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	rc = policy_file_write(stdout, &policy);
	rc = rc ? fail_errno(rc, "the policy of tenant %s", argv[0]) : net_names_print(&policy);
	policy_free(&policy);
	return rc;
}

static struct table *changes_table(const struct policy_change *changes, size_t count)
{
	static const char *const names[] = { "change", "rule", "name", "text", NULL };
	struct table *table = table_new(names);
	size_t i;

	for (i = 0; i < count && table; i++) {
		table_text(table, changes[i].added ? "add" : "remove");
		table_number(table, changes[i].number);
		if (changes[i].name[0])
			table_text(table, changes[i].name);
		else
			table_none(table);
		table_text(table, changes[i].text);
	}
	return table;
}

int net_print_changes(struct command *command, const struct policy *old, const struct policy *new,
		      bool *changed)
{
	struct policy_change *changes;
	size_t count, i;
	int rc = policy_diff(old, new, &changes, &count);

	if (rc)
		return fail_errno(rc, "policies");
	*changed = count > 0;
	if (command->json)
		rc = finish_table(command, changes_table(changes, count));
	else
		for (i = 0; i < count; i++)
			printf("%c %s\n", changes[i].added ? '+' : '-', changes[i].text);
	policy_changes_free(changes, count);
	return rc;
}

int net_dry_run(struct command *command, const char *name, struct policy *policy, bool strict)
{
	struct problem problem = { "" };
	struct policy old = { 0 };
	bool changed;
	int rc = guard_policy_try(name, policy, strict, &problem);

	if (!rc)
		rc = guard_policy_read(name, &old, NULL, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	rc = net_print_changes(command, &old, policy, &changed);
	if (!rc && !command->json)
		printf("%s: %zu rules would be in force; nothing was changed\n", name,
		       policy->count);
	policy_free(&old);
	return rc;
}

int net_diff(struct command *command, int argc, char **argv)
{
	const char *path = NULL;
	const struct argument_option options[] = {
		{ "file", 'f', ARGUMENT_TEXT, &path, NULL },
		OPTION_JSON(command),
		{ 0 },
	};
	struct cloison_tenant_get tenant;
	struct problem problem = { "" };
	struct policy policy = { 0 };
	struct policy_file file;
	bool changed = false;
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	if (!path)
		return command_usage(command,
				     "say which: --file FILE, or --file - for standard input");
	rc = net_read_file(path, &file);
	if (rc)
		return rc;
	rc = command_control(command, false);
	if (!rc)
		rc = find_tenant(command, argv[0], &tenant);
	if (!rc) {
		rc = guard_policy_read(argv[0], &policy, NULL, &problem);
		rc = rc ? fail_guard(rc, &problem) :
			  net_print_changes(command, &policy, &file.policy, &changed);
	}
	policy_free(&policy);
	policy_file_free(&file);
	return !rc && changed ? EXIT_DIFFERENT : rc;
}
