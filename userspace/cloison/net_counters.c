// SPDX-License-Identifier: GPL-2.0-only
/* cloison net counters: what became of a tenant's packets and calls, by reason. */
#include <string.h>

#include "../common/guard_event.h"
#include "../common/guard_limit.h"
#include "../common/output.h"
#include "net.h"

static void add_row(struct table *table, const char *name, uint64_t enforced, uint64_t observed,
		    const char *meaning)
{
	table_text(table, name);
	table_number(table, enforced);
	table_number(table, observed);
	table_text(table, meaning);
}

/* Events that no reader has. The meanings follow the table's order of classes. */
static void add_missed(struct table *table, const struct cloison_stats *enforced,
		       const struct cloison_stats *observed, int class)
{
	static const struct {
		const char *suppressed, *lost, *over, *place;
	} names[] = {
#define CLASS_NAMES(name, text)                                                           \
	{ "suppressed_" #name, "lost_" #name, "events over the tenant's budget of " text, \
	  "events that had no place in the log, of " text },
		CLOISON_EVENT_CLASSES(CLASS_NAMES)
#undef CLASS_NAMES
	};
	int suppressed = CLOISON_STATS_SUPPRESSED(class), lost = CLOISON_STATS_LOST(class);

	add_row(table, names[class].suppressed, ((const __u64 *)enforced)[suppressed],
		((const __u64 *)observed)[suppressed], names[class].over);
	add_row(table, names[class].lost, ((const __u64 *)enforced)[lost],
		((const __u64 *)observed)[lost], names[class].place);
}

static struct table *rows(const struct cloison_stats *enforced,
			  const struct cloison_stats *observed)
{
	static const char *const names[] = { "reason", "enforced", "observed", "meaning", NULL };
	struct table *table = table_new(names);
	static const struct {
		const char *name, *text;
	} byte_counts[] = {
#define BYTES(name, text) { #name, text },
		CLOISON_BYTES(BYTES)
#undef BYTES
	};
	int reason, bytes, class;

	for (reason = 0; reason < CLOISON_REASON_COUNT && table; reason++) {
		const char *meaning;
		const char *name = guard_reason_name((enum cloison_reason)reason, &meaning);

		/* The fields are in the order of the reasons. */
		add_row(table, name, ((const __u64 *)enforced)[CLOISON_STATS_REASON(reason)],
			((const __u64 *)observed)[CLOISON_STATS_REASON(reason)], meaning);
	}
	for (bytes = 0; bytes < CLOISON_BYTES_COUNT && table; bytes++)
		add_row(table, byte_counts[bytes].name, ((const __u64 *)enforced)[bytes],
			((const __u64 *)observed)[bytes], byte_counts[bytes].text);
	for (class = 0; class < CLOISON_CLASS_COUNT && table; ++class)
		add_missed(table, enforced, observed, class);
	return table;
}

int net_counters(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct cloison_stats enforced, observed;
	struct cloison_tenant_get tenant;
	struct problem problem = { "" };
	int rc;

	if (command_parse(command, argc, argv, options, 1, 1) < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc)
		rc = find_tenant(command, argv[0], &tenant);
	if (rc)
		return rc;
	rc = guard_stats_read(argv[0], CLOISON_STATS_ENFORCED, &enforced, &problem);
	if (!rc)
		rc = guard_stats_read(argv[0], CLOISON_STATS_OBSERVED, &observed, &problem);
	return rc ? fail_guard(rc, &problem) : finish_table(command, rows(&enforced, &observed));
}
