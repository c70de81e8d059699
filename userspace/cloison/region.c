// SPDX-License-Identifier: GPL-2.0-only
/* cloison region */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "../common/output.h"
#include "../common/size.h"
#include "command.h"
#include "inside.h"
#include "measure.h"
#include "region_grant.h"
#include "region_load.h"
#include "region_rows.h"

struct new_region {
	const char *full_name, *pool_name;
	char tenant_name[CLOISON_NAME_SIZE], name[CLOISON_NAME_SIZE];
	uint64_t bytes, align;
	uint32_t uid, gid, mode;
	bool allow_pinning;
};

static int explain_create(struct command *command, int error, const struct new_region *region,
			  uint32_t tenant_number, uint32_t pool_number)
{
	struct cloison_tenant_get tenant = CLOISON_ARG(cloison_tenant_get);
	struct cloison_pool_get pool = CLOISON_ARG(cloison_pool_get);
	char used[SIZE_TEXT], all[SIZE_TEXT], asked[SIZE_TEXT];
	int code = fail_errno(error, "region %s", region->full_name);

	size_format(asked, region->bytes);
	switch (error) {
	case -EDQUOT:
		if (cloison_tenant_by_number(command->control, tenant_number, &tenant))
			break;
		advise("%s uses %s of its %s, and %s more are asked for (in steps of 2M)",
		       region->tenant_name, size_format(used, tenant.out_used),
		       size_format(all, tenant.out_quota), asked);
		advise("free some: cloison region destroy %s/REGION; see: cloison region list",
		       region->tenant_name);
		break;
	case -ENOSPC:
		if (cloison_pool_by_number(command->control, pool_number, &pool))
			break;
		advise("the largest free extent of %s is %s; %s are asked for", region->pool_name,
		       size_format(all, pool.out_largest_free), asked);
		if (region->align)
			advise("and it may hold less from a multiple of --align on");
		advise("see what takes the rest: cloison status");
		break;
	case -EEXIST:
		advise("see: cloison region show %s", region->full_name);
		break;
	case -EOPNOTSUPP:
		if (region->align)
			advise("the pieces of a ram pool have no common alignment above 2M");
		break;
	case -EBUSY:
		advise("%s serves one tenant at a time (--reset), and has regions of another: "
		       "cloison region list",
		       region->pool_name);
		break;
	case -EINVAL:
		advise("the mode may have no bits for others, and the size must not be 0");
		break;
	case -EPERM:
		advise("regions are made by root");
		break;
	}
	return code;
}

/* Where there is one pool only, nobody needs to name it. */
static int only_pool(struct command *command, struct cloison_pool_get *pool)
{
	struct cloison_pool_get next = CLOISON_ARG(cloison_pool_get);
	int rc;

	*pool = CLOISON_ARG(cloison_pool_get);
	rc = cloison_pool_next(command->control, pool);
	if (rc == -ENOENT) {
		fail(EXIT_NOT_FOUND, "there is no pool to take it from");
		advise("add one: cloison pool add");
		return EXIT_NOT_FOUND;
	}
	next.out_pool = pool->out_pool;
	if (!rc && !cloison_pool_next(command->control, &next))
		return command_usage(command,
				     "there is more than one pool; say which: --pool NAME");
	return rc ? fail_errno(rc, "pools") : EXIT_OK;
}

static int create(struct command *command, struct new_region *region)
{
	struct cloison_region_create request = CLOISON_ARG(cloison_region_create);
	struct cloison_tenant_get tenant;
	struct cloison_pool_get pool;
	char text[SIZE_TEXT];
	int rc;

	rc = find_tenant(command, region->tenant_name, &tenant);
	if (!rc)
		rc = region->pool_name ? find_pool(command, region->pool_name, &pool) :
					 only_pool(command, &pool);
	if (rc)
		return rc;
	region->pool_name = name_of(pool.out_name);
	request.tenant = tenant.out_tenant;
	request.pool = pool.out_pool;
	request.bytes = region->bytes;
	request.uid = region->uid;
	request.gid = region->gid;
	request.mode = region->mode;
	if (region->allow_pinning)
		request.flags = CLOISON_REGION_ALLOW_PINNING;
	if (region->align)
		request.align_shift = (uint32_t)__builtin_ctzll(region->align);
	rc = cloison_region_create(command->control, &request, region->name);
	if (rc)
		return explain_create(command, rc, region, tenant.out_tenant, pool.out_pool);
	printf("%s/%s: %s of pool %s\n", cloison_device_directory(command->ctx), region->full_name,
	       size_format(text, region->bytes), region->pool_name);
	return EXIT_OK;
}

static int size_of_file(const char *path, uint64_t *bytes)
{
	struct stat status;

	if (stat(path, &status))
		return fail(EXIT_FAILED, "%s: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode) || !status.st_size)
		return fail(EXIT_FAILED, "%s is not a file with content", path);
	*bytes = (uint64_t)status.st_size;
	return EXIT_OK;
}

static bool align_valid(uint64_t align)
{
	return align >= CLOISON_GRANULE && align <= 1ULL << 30 && !(align & (align - 1));
}

static int region_create(struct command *command, int argc, char **argv)
{
	struct new_region region = { .mode = 0660 };
	const char *like = NULL;
	bool have_bytes = false, have_align = false;
	const struct argument_option options[] = {
		{ "pool", 0, ARGUMENT_TEXT, &region.pool_name, NULL },
		{ "bytes", 0, ARGUMENT_SIZE, &region.bytes, &have_bytes },
		{ "like", 0, ARGUMENT_TEXT, &like, NULL },
		{ "uid", 0, ARGUMENT_NUMBER, &region.uid, NULL },
		{ "gid", 0, ARGUMENT_NUMBER, &region.gid, NULL },
		{ "mode", 0, ARGUMENT_MODE, &region.mode, NULL },
		{ "align", 0, ARGUMENT_SIZE, &region.align, &have_align },
		{ "allow-pinning", 0, ARGUMENT_FLAG, &region.allow_pinning, NULL },
		{ 0 },
	};
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	region.full_name = argv[0];
	if (cloison_split_name(argv[0], region.tenant_name, region.name))
		return fail_name("region", argv[0]);
	if (have_bytes == (like != NULL))
		return command_usage(command, "say how large: either --bytes SIZE or --like FILE");
	if (have_bytes && !region.bytes)
		return command_usage(command, "--bytes \"0\": a region has at least one byte");
	if (have_align && !align_valid(region.align))
		return command_usage(command, "--align is a power of two from 2M to 1G");
	if (region.mode & 07)
		return command_usage(command, "--mode %04o: a region is never open to others",
				     region.mode);
	rc = like ? size_of_file(like, &region.bytes) : EXIT_OK;
	if (!rc)
		rc = command_control(command, false);
	return rc ? rc : create(command, &region);
}

static int region_list(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct cloison_tenant_get tenant;
	struct table *table;
	int rc, operands = command_parse(command, argc, argv, options, 0, 1);

	if (operands < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc && operands)
		rc = find_tenant(command, argv[0], &tenant);
	if (!rc)
		rc = region_rows(command, operands ? tenant.out_tenant : 0, &table);
	return rc ? rc : finish_table(command, table);
}

static int region_show(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct cloison_region_get region;
	struct table *table;
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc)
		rc = find_region(command, argv[0], &region);
	if (!rc)
		rc = region_row(command, argv[0], &region, &table);
	return rc ? rc : finish_table_one(command, table);
}

struct seal {
	struct command *command;
	const char *name;
};

static int seal_inside(struct cloison_ctx *ctx, void *data)
{
	const struct seal *seal = data;
	struct cloison_region *region;
	int rc = cloison_region_open(ctx, seal->name, O_RDWR, &region);

	if (rc)
		return fail_inside(seal->command, rc, seal->name);
	rc = cloison_region_seal(region);
	cloison_region_unref(region);
	return rc ? fail_inside(seal->command, rc, seal->name) : EXIT_OK;
}

static int region_seal(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { { 0 } };
	struct seal seal = { command, NULL };
	char tenant[CLOISON_NAME_SIZE], name[CLOISON_NAME_SIZE];
	struct cloison_region_get region;
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	seal.name = argv[0];
	rc = command_control(command, false);
	if (!rc)
		rc = find_region(command, seal.name, &region);
	if (rc)
		return rc;
	rc = check_feature(command, CLOISON_FEATURE_SEAL, "seal regions");
	/* As in the kernel: sealing again is no error. */
	if (rc || region.out_state == CLOISON_REGION_SEALED)
		return rc;
	cloison_split_name(seal.name, tenant, name);
	return inside_tenant(tenant, -1, seal_inside, &seal);
}

static int region_end(struct command *command, int argc, char **argv,
		      int (*end)(struct cloison_control *control, uint32_t region))
{
	const struct argument_option options[] = { { 0 } };
	struct cloison_region_get region;
	int rc, code;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc)
		rc = find_region(command, argv[0], &region);
	if (rc)
		return rc;
	rc = end(command->control, region.out_region);
	if (!rc)
		return EXIT_OK;
	code = fail_errno(rc, "region %s", argv[0]);
	if (rc == -EBUSY)
		advise("it is revoked, but a device holds its memory; see: cloison region show %s",
		       argv[0]);
	return code;
}

static int region_revoke(struct command *command, int argc, char **argv)
{
	return region_end(command, argc, argv, cloison_region_revoke);
}

static int region_destroy(struct command *command, int argc, char **argv)
{
	return region_end(command, argc, argv, cloison_region_destroy);
}

static int explain_resize(struct command *command, int error, const char *name,
			  const struct cloison_region_get *region, uint64_t bytes)
{
	struct new_region asked = { .full_name = name, .bytes = bytes };
	struct cloison_pool_get pool = CLOISON_ARG(cloison_pool_get);

	switch (error) {
	case -EDQUOT:
	case -ENOSPC:
		cloison_split_name(name, asked.tenant_name, asked.name);
		cloison_pool_by_number(command->control, region->out_pool, &pool);
		asked.pool_name = name_of(pool.out_name);
		if (error == -EDQUOT)
			asked.bytes -= region->out_bytes;
		return explain_create(command, error, &asked, region->out_tenant, region->out_pool);
	case -EPERM:
		if (region->out_state != CLOISON_REGION_SEALED)
			break;
		fail(EXIT_DENIED, "region %s is sealed: it stays as it is", name);
		advise("to have it in another size, create another region");
		return EXIT_DENIED;
	case -EBUSY:
		fail(EXIT_IN_USE, "region %s is mapped, exported or being resized", name);
		advise("end who holds it first: cloison region show %s", name);
		return EXIT_IN_USE;
	}
	return fail_errno(error, "region %s", name);
}

static int region_resize(struct command *command, int argc, char **argv)
{
	uint64_t bytes = 0;
	bool have_bytes = false;
	const struct argument_option options[] = {
		{ "bytes", 0, ARGUMENT_SIZE, &bytes, &have_bytes },
		{ 0 },
	};
	struct cloison_region_get region;
	char text[SIZE_TEXT];
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	if (!have_bytes || !bytes)
		return command_usage(command, "say how large: --bytes SIZE, at least one");
	rc = command_control(command, false);
	if (!rc)
		rc = check_feature(command, CLOISON_FEATURE_RESIZE, "resize regions");
	if (!rc)
		rc = find_region(command, argv[0], &region);
	if (rc)
		return rc;
	rc = cloison_region_resize(command->control, region.out_region, bytes);
	if (rc)
		return explain_resize(command, rc, argv[0], &region, bytes);
	printf("region %s: %s\n", argv[0], size_format(text, bytes));
	return EXIT_OK;
}

static const struct verb verbs[] = {
	{ "create", region_create,
	  "TENANT/REGION (--bytes SIZE | --like FILE) [--pool NAME] [--align SIZE]\n"
	  "         [--uid N] [--gid N] [--mode 0660] [--allow-pinning]",
	  "make a region; it reads as zeros" },
	{ "load", region_load, "FILE TENANT/REGION [--seal] [-j]", "copy a file into a region" },
	{ "list", region_list, "[TENANT] [-j]", "regions, of all or of one tenant" },
	{ "show", region_show, "TENANT/REGION [-j]", "one region, and who uses it" },
	{ "seal", region_seal, "TENANT/REGION", "end all writing to it, for good" },
	{ "measure", region_measure, "TENANT/REGION [-j]", "its Merkle root, found by the kernel" },
	{ "resize", region_resize, "TENANT/REGION --bytes SIZE",
	  "make it larger or smaller, while nobody maps it" },
	{ "grant", region_grant,
	  "TENANT/REGION TENANT [--name NAME] [--uid N] [--gid N] [--mode 0440]",
	  "let another tenant read it, once it is sealed" },
	{ "ungrant", region_ungrant, "TENANT/REGION TENANT", "end that, at once and for good" },
	{ "grants", region_grants, "[TENANT] [-j]", "what is granted, to all or to one tenant" },
	{ "revoke", region_revoke, "TENANT/REGION", "end every use of it, at once and for good" },
	{ "destroy", region_destroy, "TENANT/REGION", "revoke it, scrub its memory, give it back" },
	{ 0 },
};

const struct noun region_noun = { "region", verbs, "pieces of a pool that a tenant opens" };
