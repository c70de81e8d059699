// SPDX-License-Identifier: GPL-2.0-only
/* cloison status: the host at a glance. */
#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../common/bar.h"
#include "../common/size.h"
#include "tenant_rows.h"

/* Each tenant keeps its letter and colour through all pools. */
static const char marks[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

#define MOST_PARTS 4096

struct owner {
	uint32_t number;
	char name[CLOISON_NAME_SIZE];
	char mark;
	unsigned int colour;
};

struct view {
	struct command *command;
	struct bar_style style;
	struct owner *owners;
	size_t owner_count;
};

static void look_terminal(struct bar_style *style)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	bool tty = isatty(STDOUT_FILENO);
	struct winsize size;
	size_t columns = 80;

	if (tty && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		columns = size.ws_col;
	/* Two blanks before, two brackets, one column free so that nothing wraps. */
	style->width = columns > 25 ? columns - 5 : 20;
	if (style->width > 160)
		style->width = 160;
	style->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	style->colour = tty && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
}

static int look_owners(struct view *view)
{
	struct cloison_tenant_get tenant = CLOISON_ARG(cloison_tenant_get);
	struct owner *owners;
	int rc;

	while (!(rc = cloison_tenant_next(view->command->control, &tenant))) {
		size_t at = view->owner_count;

		owners = reallocarray(view->owners, at + 1, sizeof(*owners));
		if (!owners)
			return fail_errno(-ENOMEM, "status");
		view->owners = owners;
		owners[at].number = tenant.out_tenant;
		snprintf(owners[at].name, sizeof(owners[at].name), "%s", name_of(tenant.out_name));
		owners[at].mark = at < sizeof(marks) - 1 ? marks[at] : '#';
		owners[at].colour = 1 + (unsigned int)(at + 1) % 6;
		view->owner_count++;
	}
	return rc == -ENOENT ? EXIT_OK : fail_errno(rc, "tenants");
}

static const struct owner *owner_of(const struct view *view, uint32_t tenant)
{
	size_t i;

	for (i = 0; i < view->owner_count; i++)
		if (view->owners[i].number == tenant)
			return &view->owners[i];
	return NULL;
}

static struct bar_part part_of(const struct view *view, const struct cloison_pool_extent *extent)
{
	struct bar_part part = { .bytes = extent->out_bytes, .mark = '#', .colour = 7 };
	const struct owner *owner;

	switch (extent->out_state) {
	case CLOISON_EXTENT_CLEAN:
		part.kind = BAR_CLEAN;
		break;
	case CLOISON_EXTENT_USED:
		part.kind = BAR_USED;
		owner = owner_of(view, extent->out_tenant);
		if (owner) {
			part.mark = owner->mark;
			part.colour = owner->colour;
		}
		break;
	case CLOISON_EXTENT_QUARANTINED:
		part.kind = BAR_QUARANTINED;
		break;
	default:
		part.kind = BAR_DIRTY;
	}
	return part;
}

static void draw_pool(const struct view *view, const struct cloison_pool_get *pool)
{
	struct cloison_pool_extent extent = CLOISON_ARG(cloison_pool_extent);
	struct bar_part *parts = calloc(MOST_PARTS, sizeof(*parts));
	char bytes[SIZE_TEXT], used[SIZE_TEXT], largest[SIZE_TEXT];
	size_t count = 0;

	extent.pool = pool->out_pool;
	/* What does not fit any more is left blank, not shown as something else. */
	while (parts && count < MOST_PARTS &&
	       !cloison_pool_extent_next(view->command->control, &extent))
		parts[count++] = part_of(view, &extent);
	printf("\npool %s: %s, %s of %s used, largest free extent %s", name_of(pool->out_name),
	       cloison_pool_kind_name(pool->out_kind), size_format(used, pool->out_used),
	       size_format(bytes, pool->out_bytes), size_format(largest, pool->out_largest_free));
	if (pool->out_numa_node >= 0)
		printf(", NUMA node %d", pool->out_numa_node);
	fputs("\n  ", stdout);
	bar_draw(stdout, parts, count, &view->style);
	putchar('\n');
	free(parts);
}

static void draw_legend(const struct view *view)
{
	size_t i;

	printf("\n  %s clean  %s dirty or being scrubbed  %s quarantined",
	       bar_sign(BAR_CLEAN, view->style.utf8), bar_sign(BAR_DIRTY, view->style.utf8),
	       bar_sign(BAR_QUARANTINED, view->style.utf8));
	for (i = 0; i < view->owner_count && i < sizeof(marks) - 1; i++)
		printf("  %c %s", view->owners[i].mark, view->owners[i].name);
	puts(view->owner_count >= sizeof(marks) ? "  # other tenants" : "");
}

static int print_pools(const struct view *view)
{
	struct cloison_pool_get pool = CLOISON_ARG(cloison_pool_get);
	int rc;

	while (!(rc = cloison_pool_next(view->command->control, &pool)))
		draw_pool(view, &pool);
	if (rc != -ENOENT)
		return fail_errno(rc, "pools");
	if (pool.out_pool)
		draw_legend(view);
	else
		puts("no pools; add one: cloison pool add");
	return EXIT_OK;
}

/* A pilot that nobody remembers is a wall that is not there. */
static void warn_of_pilots(void)
{
	struct guard_status guard;
	size_t i;

	/* Only root may look at the guard. */
	if (guard_status_read(&guard, NULL))
		return;
	for (i = 0; i < guard.segment_count; i++)
		if (guard.segments[i].mode == CLOISON_OBSERVE)
			printf("TENANT %s IS ONLY OBSERVED: none of its traffic is stopped "
			       "(cloison net mode %s enforce)\n",
			       guard.segments[i].name, guard.segments[i].name);
	guard_status_free(&guard);
}

static int print_text(struct command *command, struct table *tenants)
{
	struct view view = { .command = command };
	int rc;

	look_terminal(&view.style);
	if (command->query.out_guard)
		printf("guard attached; live mappings are asked about every %u ms\n",
		       command->query.out_sweep_ms);
	else
		puts("NO GUARD ATTACHED: nobody is admitted to any region (cloison guard load)");
	warn_of_pilots();
	rc = look_owners(&view);
	if (!rc)
		rc = print_pools(&view);
	free(view.owners);
	if (!rc && table_rows(tenants)) {
		putchar('\n');
		if (table_print(tenants, false, stdout))
			rc = fail(EXIT_FAILED, "listing: cannot be written");
	}
	return rc;
}

static json_t *extents_json(struct command *command, uint32_t pool)
{
	struct cloison_pool_extent extent = CLOISON_ARG(cloison_pool_extent);
	json_t *extents = json_array();

	extent.pool = pool;
	while (!cloison_pool_extent_next(command->control, &extent))
		json_array_append_new(extents,
				      json_pack("{s:I, s:I, s:s, s:i, s:i}", "offset",
						(json_int_t)extent.out_offset, "bytes",
						(json_int_t)extent.out_bytes, "state",
						cloison_extent_state_name(extent.out_state),
						"region_number", (int)extent.out_region,
						"tenant_number", (int)extent.out_tenant));
	return extents;
}

static int print_json(struct command *command, struct table *tenants)
{
	struct cloison_pool_get pool = CLOISON_ARG(cloison_pool_get);
	json_t *pools = json_array();

	while (!cloison_pool_next(command->control, &pool))
		json_array_append_new(pools, json_pack("{s:s, s:s, s:I, s:I, s:I, s:o}", "pool",
						       name_of(pool.out_name), "kind",
						       cloison_pool_kind_name(pool.out_kind),
						       "bytes", (json_int_t)pool.out_bytes, "used",
						       (json_int_t)pool.out_used, "largest_free",
						       (json_int_t)pool.out_largest_free, "extents",
						       extents_json(command, pool.out_pool)));
	if (output_json(json_pack("{s:b, s:i, s:o, s:o}", "guard", (int)command->query.out_guard,
				  "sweep_ms", (int)command->query.out_sweep_ms, "pools", pools,
				  "tenants", table_to_json(tenants)),
			stdout))
		return fail(EXIT_FAILED, "listing: cannot be written");
	return EXIT_OK;
}

static int status(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct table *tenants;
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc)
		rc = tenant_rows(command, NULL, &tenants);
	if (rc)
		return rc;
	rc = command->json ? print_json(command, tenants) : print_text(command, tenants);
	table_free(tenants);
	return rc;
}

static const struct verb verbs[] = {
	{ NULL, status, "[-j]", "pools drawn as bars, tenants, and whether the guard is attached" },
	{ 0 },
};

const struct noun status_noun = { "status", verbs, "the host at a glance" };
