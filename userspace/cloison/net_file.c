// SPDX-License-Identifier: GPL-2.0-only
/* cloison net set, cloison net check */
#include <errno.h>
#include <string.h>

#include "../common/output.h"
#include "../common/policy_file.h"
#include "net.h"

/* A policy that nobody can put in force any more is no use to anybody. */
static int read_file(const char *path, struct policy_file *file)
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
	const struct argument_option options[] = {
		{ "file", 'f', ARGUMENT_TEXT, &path, NULL },
		{ 0 },
	};
	struct problem problem = { "" };
	struct policy_file file;
	struct policy old;
	size_t i;
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	if (!path)
		return command_usage(command,
				     "say which: --file FILE, or --file - for standard input");
	rc = read_file(path, &file);
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
	/* A file is of rules. What the tenant's own addresses are stays. */
	file.policy.mode = old.mode;
	for (i = 0; i < old.address_count && !rc; i++)
		rc = policy_own_add(&file.policy, &old.addresses[i]);
	policy_free(&old);
	rc = rc ? fail_errno(rc, "%s", path) : net_replace(argv[0], &file.policy, true);
	if (!rc)
		printf("%s: %zu rules in force\n", argv[0], file.policy.count);

free_file:
	policy_file_free(&file);
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
	rc = read_file(argv[0], &file);
	if (rc)
		return rc;
	rc = policy_compile(&file.policy, &tables, &problem);
	if (rc) {
		fail(rc == -ENOSPC ? EXIT_NO_ROOM : EXIT_FAILED, "%s: %s", argv[0], problem.text);
		rc = rc == -ENOSPC ? EXIT_NO_ROOM : EXIT_FAILED;
	} else {
		rc = check_print(command, argv[0], &file, &tables);
		policy_tables_free(&tables);
	}
	policy_file_free(&file);
	return rc;
}
