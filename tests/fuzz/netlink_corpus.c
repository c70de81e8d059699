// SPDX-License-Identifier: GPL-2.0-only
/*
 * What real programs send, recorded by tests/fuzz/netlink-record. A line of the
 * file is a call: the strictest place where a tenant may say it (host, first,
 * other), the protocol's number, the bytes, and what program sent it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netlink_fuzz.h"

static const char *const places[FUZZ_WHERES] = { "host", "first", "other" };

static _Noreturn void wrong(const char *path, unsigned int line)
{
	fprintf(stderr, "%s:%u: this is not 'PLACE PROTOCOL BYTES PROGRAM'\n", path, line);
	exit(1);
}

static bool bytes_read(const char *text, struct netlink_call *call)
{
	size_t length = strlen(text), i;

	if (!length || length % 2 || length / 2 > CALL_ROOM)
		return false;
	for (i = 0; i < length / 2; i++)
		if (sscanf(text + 2 * i, "%2hhx", &call->bytes[i]) != 1)
			return false;
	call->length = length / 2;
	return true;
}

static bool entry_read(char *line, struct netlink_corpus *corpus)
{
	char *place = strtok(line, " \n"), *protocol = strtok(NULL, " \n");
	char *bytes = strtok(NULL, " \n"), *program = strtok(NULL, "\n");
	struct netlink_call *call = calloc(1, sizeof(*call));
	enum fuzz_where where = FUZZ_HOST;

	if (!call || !program || !bytes_read(bytes, call))
		return false;
	call->protocol = atoi(protocol);
	while (where < FUZZ_WHERES && strcmp(place, places[where]))
		where++;
	corpus->entries =
		reallocarray(corpus->entries, corpus->count + 1, sizeof(*corpus->entries));
	if (where == FUZZ_WHERES || !corpus->entries)
		return false;
	corpus->entries[corpus->count].where = where;
	corpus->entries[corpus->count].program = strdup(program);
	corpus->entries[corpus->count++].call = call;
	return true;
}

void netlink_corpus_read(const char *path, struct netlink_corpus *corpus)
{
	FILE *file = fopen(path, "re");
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;

	if (!file) {
		perror(path);
		exit(1);
	}
	while (getline(&line, &size, file) > 0) {
		number++;
		if (*line != '#' && *line != '\n' && !entry_read(line, corpus))
			wrong(path, number);
	}
	free(line);
	fclose(file);
}

bool netlink_corpus_passes(const struct netlink_corpus *corpus)
{
	int tunnel = fuzz_tunnel;
	static char text[2 * CALL_ROOM + 16];
	bool passes = corpus->count > 0;
	enum fuzz_where where;
	size_t i;

	fuzz_tunnel = 0;
	for (i = 0; i < corpus->count; i++) {
		for (where = FUZZ_HOST; where < FUZZ_WHERES; where++) {
			bool right = where >= corpus->entries[i].where;

			if (netlink_verdict(corpus->entries[i].call, where) == right)
				continue;
			netlink_call_print(corpus->entries[i].call, text, sizeof(text));
			printf("finding: the walk %s in place '%s': %s: %s\n",
			       right ? "refuses" : "allows", places[where],
			       corpus->entries[i].program, text);
			passes = false;
		}
	}
	fuzz_tunnel = tunnel;
	return passes;
}
