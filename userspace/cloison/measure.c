// SPDX-License-Identifier: GPL-2.0-only
/* cloison measure, cloison region measure: what is in a file, or in a region. */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../common/merkle.h"
#include "../common/output.h"
#include "inside.h"

static int print(struct command *command, const char *what, const uint8_t *root, uint64_t bytes,
		 const bool *sealed)
{
	static const char *const names[] = { "root", "bytes", "sealed", "what", NULL };
	struct table *table = table_new(names);
	char text[MERKLE_TEXT];

	if (table) {
		table_text(table, merkle_format(text, root));
		table_bytes(table, bytes);
		if (sealed)
			table_flag(table, *sealed);
		else
			table_none(table);
		table_text(table, what);
	}
	return finish_table_one(command, table);
}

static int measure_file(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	uint8_t root[CLOISON_ROOT_SIZE];
	uint64_t bytes;
	int fd, rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	fd = open(argv[0], O_RDONLY | O_CLOEXEC);
	rc = fd < 0 ? -errno : merkle_measure(fd, root, &bytes);
	if (fd >= 0)
		close(fd);
	if (rc == -ENODATA)
		return fail(EXIT_FAILED, "%s is empty: there is nothing to measure", argv[0]);
	if (rc)
		return fail_errno(rc, "%s", argv[0]);
	return print(command, argv[0], root, bytes, NULL);
}

static const struct verb verbs[] = {
	{ NULL, measure_file, "FILE [-j]", "the Merkle root that a region with this content has" },
	{ 0 },
};

const struct noun measure_noun = { "measure", verbs, "the Merkle root of a file" };

struct measure {
	struct command *command;
	const char *name;
};

/* In the child, which has what the kernel answered, and so prints it. */
static int measure_inside(struct cloison_ctx *ctx, void *data)
{
	const struct measure *measure = data;
	struct cloison_region_measure answer = CLOISON_ARG(cloison_region_measure);
	struct cloison_region *region;
	bool sealed;
	int rc = cloison_region_open(ctx, measure->name, O_RDONLY, &region);

	if (rc)
		return fail_inside(measure->command, rc, measure->name);
	rc = cloison_region_measure(region, &answer);
	cloison_region_unref(region);
	if (rc)
		return fail_inside(measure->command, rc, measure->name);
	sealed = answer.out_sealed;
	return print(measure->command, measure->name, answer.out_root, answer.out_bytes, &sealed);
}

int region_measure(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	char tenant[CLOISON_NAME_SIZE], name[CLOISON_NAME_SIZE];
	struct measure measure = { command, NULL };
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	measure.name = argv[0];
	rc = command_control(command, false);
	if (!rc)
		rc = find_node(command, measure.name);
	if (!rc)
		rc = check_feature(command, CLOISON_FEATURE_MEASURE, "measure regions");
	if (rc)
		return rc;
	cloison_split_name(measure.name, tenant, name);
	return inside_tenant(tenant, -1, measure_inside, &measure);
}
