// SPDX-License-Identifier: GPL-2.0-only
/* cloison net set, cloison net set-all, cloison net check */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../common/escape.h"
#include "../common/guard_policy.h"
#include "../common/output.h"
#include "../common/policy_file.h"
#include "net.h"

/* A policy that nobody can put in force any more is no use to anybody. */
int net_read_file(const char *path, struct policy_file *file)
{
	bool standard = !strcmp(path, "-");
	FILE *stream = standard ? stdin : fopen(path, "re");
	struct problem problem = { "" };
	int rc;

	if (!stream)
		return fail(errno == ENOENT ? EXIT_NOT_FOUND :
			    errno == EACCES ? EXIT_DENIED :
					      EXIT_FAILED,
			    "%s: %s", path, strerror(errno));
	rc = policy_file_read(stream, standard ? "standard input" : path, file, &problem);
	if (!standard)
		fclose(stream);
	if (rc == -EINVAL || rc == -EEXIST)
		return fail(EXIT_USAGE, "%s", problem.text);
	return rc ? fail_guard(rc, &problem) : EXIT_OK;
}

int net_set(struct command *command, int argc, char **argv)
{
	const char *path = NULL;
	bool dry = false;
	const struct argument_option options[] = {
		{ "file", 'f', ARGUMENT_TEXT, &path, NULL },
		{ "dry-run", 'n', ARGUMENT_FLAG, &dry, NULL },
		OPTION_JSON(command),
		{ 0 },
	};
	struct problem problem = { "" };
	struct policy_file file;
	struct policy old;
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	if (!path)
		return command_usage(command,
				     "say which: --file FILE, or --file - for standard input");
	rc = net_read_file(path, &file);
	if (rc)
		return rc;
	rc = net_begin(command, argv[0]);
	if (rc)
		goto free_file;
	rc = guard_policy_read(argv[0], &old, NULL, &problem);
	if (rc) {
		rc = fail_guard(rc, &problem);
		goto free_file;
	}
	/* A file is of rules. What is the tenant's own stays. */
	file.policy.mode = old.mode;
	rc = policy_own_copy(&file.policy, &old);
	policy_free(&old);
	if (rc)
		rc = fail_errno(rc, "%s", path);
	else if (dry)
		rc = net_dry_run(command, argv[0], &file.policy, true);
	else
		rc = net_replace(argv[0], &file.policy, true);
	if (!rc && !dry)
		printf("%s: %zu rules in force\n", argv[0], file.policy.count);

free_file:
	policy_file_free(&file);
	return rc;
}

#define POLICY_SUFFIX ".policy"

static int is_policy(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), suffix = strlen(POLICY_SUFFIX);

	return length > suffix && !strcmp(entry->d_name + length - suffix, POLICY_SUFFIX);
}

/* One of the directory's files. @list: what it becomes, with the name cut out of the entry */
static int read_entry(const char *directory, struct dirent *entry, struct policy_file *file,
		      struct guard_replacement *list)
{
	char *path;
	int rc;

	if (asprintf(&path, "%s/%s", directory, entry->d_name) < 0)
		return fail_errno(-ENOMEM, "%s", directory);
	rc = net_read_file(path, file);
	free(path);
	entry->d_name[strlen(entry->d_name) - strlen(POLICY_SUFFIX)] = '\0';
	*list = (struct guard_replacement){ entry->d_name, &file->policy };
	return rc;
}

static int replace_all(const char *directory, struct dirent **entries, int count)
{
	struct guard_replacement *list = calloc(count, sizeof(*list));
	struct policy_file *files = calloc(count, sizeof(*files));
	struct problem problem = { "" };
	size_t rules = 0;
	int i, rc = EXIT_OK;

	if (!list || !files)
		rc = fail_errno(-ENOMEM, "%s", directory);
	for (i = 0; i < count && !rc; i++) {
		rc = read_entry(directory, entries[i], &files[i], &list[i]);
		rules += files[i].policy.count;
	}
	if (!rc) {
		rc = guard_policies_replace(list, count, &problem);
		rc = rc ? fail_guard(rc, &problem) : EXIT_OK;
	}
	if (!rc)
		printf("%d tenants: %zu rules in force\n", count, rules);
	for (i = 0; i < count && files; i++)
		policy_file_free(&files[i]);
	free(files);
	free(list);
	return rc;
}

int net_set_all(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { { 0 } };
	struct dirent **entries;
	int count, rc, i;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	count = scandir(argv[0], &entries, is_policy, alphasort);
	if (count < 0)
		return fail(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED, "%s: %s", argv[0],
			    strerror(errno));
	rc = net_begin(command, NULL);
	if (!rc && !count)
		rc = fail(EXIT_NOT_FOUND, "%s: no file there is called TENANT" POLICY_SUFFIX,
			  argv[0]);
	if (!rc)
		rc = replace_all(argv[0], entries, count);
	for (i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return rc;
}

/* Rules that can never allow anything, as lines of text or of JSON. */
static void covered_add(const struct policy_file *file, const char *path, json_t *warnings)
{
	uint32_t number = 0, by;

	while ((number = policy_covered_next(&file->policy, number, &by))) {
		char text[256];

		snprintf(text, sizeof(text),
			 "%.100s:%u: rule %s allows nothing: rule %s of line %u denies all of it",
			 path, file->lines[number - 1], file->policy.rules[number - 1].name,
			 file->policy.rules[by - 1].name, file->lines[by - 1]);
		if (warnings)
			json_array_append_new(warnings, json_string(text));
		else
			printf("warning: %s\n", text);
	}
}

/* @path: escaped */
static int check_print(struct command *command, const char *path, const struct policy_file *file,
		       const struct policy_tables *tables)
{
	json_t *warnings = command->json ? json_array() : NULL;

	covered_add(file, path, warnings);
	if (!command->json) {
		printf("%s: %zu rules; they compile to %zu classes of peers and %zu tables of "
		       "ports%s\n",
		       path, file->policy.count, tables->addr4_count + tables->addr6_count,
		       tables->ports_count, file->policy.count ? "" : "; nothing passes");
		return EXIT_OK;
	}
	if (output_json(json_pack("{s:s, s:I, s:I, s:I, s:o}", "file", path, "rules",
				  (json_int_t)file->policy.count, "classes",
				  (json_int_t)(tables->addr4_count + tables->addr6_count), "tables",
				  (json_int_t)tables->ports_count, "warnings", warnings),
			stdout))
		return fail(EXIT_FAILED, "listing: cannot be written");
	return EXIT_OK;
}

int net_check(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct problem problem = { "" };
	struct policy_tables tables;
	struct policy_file file;
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	rc = net_read_file(argv[0], &file);
	if (rc)
		return rc;
	rc = policy_compile(&file.policy, &tables, &problem);
	if (rc) {
		fail(rc == -ENOSPC ? EXIT_NO_ROOM : EXIT_FAILED, "%s: %s", argv[0], problem.text);
		rc = rc == -ENOSPC ? EXIT_NO_ROOM : EXIT_FAILED;
	} else {
		char *path = escape_string(argv[0]);

		rc = path ? check_print(command, path, &file, &tables) :
			    fail_errno(-ENOMEM, "%s", argv[0]);
		free(path);
		policy_tables_free(&tables);
	}
	policy_file_free(&file);
	return rc;
}
