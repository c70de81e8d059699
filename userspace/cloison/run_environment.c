// SPDX-License-Identifier: GPL-2.0-only
/* What a command is told: nothing of the caller's but its language and --env. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

#define PATHS "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct builder {
	char **items;
	size_t count;
	bool failed;
};

/* The later of two of one name counts. */
static void add(struct builder *builder, const char *name, size_t length, const char *value)
{
	size_t at;
	char *text;

	if (asprintf(&text, "%.*s=%s", (int)length, name, value) < 0) {
		builder->failed = true;
		return;
	}
	for (at = 0; at < builder->count; at++)
		if (!strncmp(builder->items[at], text, length + 1))
			break;
	if (at < builder->count)
		free(builder->items[at]);
	else
		builder->count++;
	builder->items[at] = text;
}

static void keep(struct builder *builder, const char *name)
{
	const char *value = getenv(name);

	if (value)
		add(builder, name, strlen(name), value);
}

char **run_environment(const struct run_plan *plan)
{
	const struct {
		const char *name, *value;
	} fixed[] = {
		{ "PATH", PATHS },
		{ "HOME", plan->user.home },
		{ "USER", plan->user.name },
		{ "LOGNAME", plan->user.name },
		{ "SHELL", plan->user.shell },
	};
	struct builder builder = { .items = calloc(ARGUMENT_LIST_SIZE + 8, sizeof(char *)) };
	size_t i;

	if (!builder.items)
		return NULL;
	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		add(&builder, fixed[i].name, strlen(fixed[i].name), fixed[i].value);
	keep(&builder, "TERM");
	keep(&builder, "LANG");
	for (i = 0; i < (size_t)plan->environment.count; i++) {
		const char *item = plan->environment.items[i], *equals = strchr(item, '=');

		if (equals)
			add(&builder, item, (size_t)(equals - item), equals + 1);
		else
			keep(&builder, item);
	}
	return builder.failed ? NULL : builder.items;
}
