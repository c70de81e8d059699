// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy as a file, INI as systemd's. The lines go through a reader of our
 * own on their way to libinih: it counts them, and it sees what libinih drops
 * without a word: bytes that no text has, lines and sections that are too long.
 */
#include "policy_file.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "policy_words.h"

enum key { KEY_DIRECTION, KEY_ACTION, KEY_PEER, KEY_PROTOCOL, KEY_PORTS, KEY_TYPE, KEYS };

/* A key of the rule that is being read. */
struct given {
	char text[INI_MAX_LINE];
	uint32_t line;
};

struct reading {
	FILE *stream;
	const char *name;
	struct policy_file *file;
	struct problem *problem;
	int error;
	uint32_t line;

	/* The rule that the lines are in, if any. */
	bool inside;
	uint32_t begin;
	struct policy_entry entry;
	struct given keys[KEYS];
	size_t room; /* of file->lines */
};

static const struct key_word {
	const char *name;
	int (*parse)(const char *word, struct cloison_rule *rule, struct problem *problem);
	const char *missing; /* why it is needed and what to write; NULL if it is not */
} key_words[KEYS] = {
	/* Ports and types are understood by the protocol, so it comes first. */
	[KEY_DIRECTION] = { "Direction", policy_direction_parse, "write Direction=in or out" },
	[KEY_ACTION] = { "Action", policy_verdict_parse, "write Action=allow or deny" },
	[KEY_PEER] = { "Peer", policy_peer_parse, "write Peer=any if all are meant" },
	[KEY_PROTOCOL] = { "Protocol", policy_protocol_parse, NULL },
	[KEY_PORTS] = { "Ports", policy_ports_parse, NULL },
	[KEY_TYPE] = { "Type", policy_ports_parse, NULL },
};

/* The first error stands: file, line, rule, what is wrong and what to do. */
static int refuse(struct reading *reading, uint32_t line, int error, const char *text)
{
	const char *rule = reading->inside ? reading->entry.rule.name : "";

	if (!reading->error)
		problem_set(reading->problem, error, "%s:%u: %s%s%s%s", reading->name, line,
			    *rule ? "rule " : "", rule, *rule ? ": " : "", text);
	if (!reading->error)
		reading->error = error;
	return error;
}

static int lines_add(struct reading *reading)
{
	struct policy_file *file = reading->file;
	uint32_t *lines;

	if (file->policy.count < reading->room)
		return 0;
	lines = reallocarray(file->lines, 2 * reading->room + 64, sizeof(*lines));
	if (!lines)
		return -ENOMEM;
	file->lines = lines;
	reading->room = 2 * reading->room + 64;
	return 0;
}

/* The rule ends where the next section begins, or the file. */
static void rule_end(struct reading *reading)
{
	struct problem problem = {};
	int error = 0;
	size_t k;

	if (!reading->inside || reading->error)
		return;
	for (k = 0; k < KEYS; k++) {
		const struct key_word *key = &key_words[k];
		const struct given *given = &reading->keys[k];

		if (given->line)
			error = key->parse(given->text, &reading->entry.rule, &problem);
		else if (key->missing)
			error = problem_set(&problem, -EINVAL, "%s= is missing: %s", key->name,
					    key->missing);
		if (error) {
			refuse(reading, given->line ? given->line : reading->begin, error,
			       problem.text);
			return;
		}
	}
	if (reading->keys[KEY_TYPE].line && !policy_has_types(reading->entry.rule.protocol))
		error = problem_set(&problem, -EINVAL, "Type= is for icmp and icmp6: use Ports=");
	else if (reading->keys[KEY_PORTS].line && policy_has_types(reading->entry.rule.protocol))
		error = problem_set(&problem, -EINVAL, "icmp has no ports: use Type=");
	else
		error = policy_entry_check(&reading->entry, &problem);
	if (!error)
		error = lines_add(reading);
	if (!error)
		error = policy_append(&reading->file->policy, &reading->entry, &problem);
	if (error) {
		refuse(reading, reading->begin, error,
		       *problem.text ? problem.text : "out of memory");
		return;
	}
	reading->file->lines[reading->file->policy.count - 1] = reading->begin;
	reading->inside = false;
}

static void rule_begin(struct reading *reading, const char *line)
{
	static const char rule[] = "[rule ";
	char name[INI_MAX_LINE] = "";
	struct problem problem = {};
	size_t length;

	rule_end(reading);
	length = strcspn(line, "]");
	if (strncmp(line, rule, strlen(rule)) || line[length] != ']' || length < strlen(rule) ||
	    line[length + 1 + strspn(line + length + 1, " \t")]) {
		refuse(reading, reading->line, -EINVAL,
		       "this is no section of a policy: write [rule NAME]");
		return;
	}
	memcpy(name, line + strlen(rule), length - strlen(rule));
	reading->entry = (struct policy_entry){ .rule = { .last_port = POLICY_LAST_PORT } };
	memset(reading->keys, 0, sizeof(reading->keys));
	reading->begin = reading->line;
	if (policy_name_parse(name, &reading->entry.rule, &problem)) {
		refuse(reading, reading->line, -EINVAL, problem.text);
		return;
	}
	reading->inside = true;
}

/* As libinih's reader: a line with its newline, or NULL at the end or an error. */
static char *line_read(char *line, int size, void *context)
{
	struct reading *reading = context;
	struct problem problem = {};
	const char *first;
	int length = 0, byte;

	if (reading->error)
		return NULL;
	reading->line++;
	while ((byte = getc(reading->stream)) != EOF && byte != '\n') {
		if ((byte < ' ' && byte != '\t') || byte == 0x7F)
			problem_set(&problem, -EINVAL,
				    "byte 0x%02x has no place in a policy: this is a text file, "
				    "with newlines only at the ends of lines",
				    byte);
		else if (length > size - 3)
			problem_set(&problem, -EINVAL,
				    "a line has at most %d characters: give each rule a section, "
				    "and Except= as often as needed",
				    size - 3);
		if (problem.text[0]) {
			refuse(reading, reading->line, -EINVAL, problem.text);
			return NULL;
		}
		line[length++] = (char)byte;
	}
	if (byte == EOF && ferror(reading->stream)) {
		refuse(reading, reading->line, -EIO, "the file cannot be read");
		return NULL;
	}
	if (byte == EOF && !length)
		return NULL;
	line[length] = '\0';
	first = line + strspn(line, " \t");
	if (*line == '[')
		rule_begin(reading, line);
	else if (*first == '[')
		refuse(reading, reading->line, -EINVAL,
		       "a section is at the beginning of its line");
	strcpy(line + length, "\n");
	return reading->error ? NULL : line;
}

static int key_take(void *context, const char *section, const char *name, const char *value)
{
	struct reading *reading = context;
	struct problem problem = {};
	size_t k;

	(void)section;
	if (reading->error)
		return 0;
	if (!reading->inside)
		return !refuse(reading, reading->line, -EINVAL,
			       "this is in no section: write [rule NAME] before it");
	if (!strcmp(name, "Except")) {
		char list[INI_MAX_LINE], *save = NULL, *word;
		int error = 0;

		snprintf(list, sizeof(list), "%s", value);
		for (word = strtok_r(list, " \t", &save); word && !error;
		     word = strtok_r(NULL, " \t", &save))
			error = policy_except_parse(word, &reading->entry, &problem);
		return error ? !refuse(reading, reading->line, error, problem.text) : 1;
	}
	for (k = 0; k < KEYS && strcmp(name, key_words[k].name); k++)
		;
	if (k == KEYS)
		problem_set(&problem, -EINVAL,
			    "there is no %.50s=: use Direction, Action, Peer, Except, Protocol, "
			    "Ports, Type",
			    name);
	else if (reading->keys[k].line)
		problem_set(&problem, -EINVAL, "%s= was given in line %u: write another rule", name,
			    reading->keys[k].line);
	if (problem.text[0])
		return !refuse(reading, reading->line, -EINVAL, problem.text);
	snprintf(reading->keys[k].text, sizeof(reading->keys[k].text), "%s", value);
	reading->keys[k].line = reading->line;
	return 1;
}

static void duplicates_check(struct reading *reading)
{
	struct policy_file *file = reading->file;
	struct problem problem = {};
	uint32_t number, other;
	int error = policy_duplicates_find(&file->policy, &number, &other);

	if (!error)
		return;
	reading->inside = false;
	if (error == -EEXIST) {
		const char *name = file->policy.rules[number - 1].name;
		const char *others = file->policy.rules[other - 1].name;

		problem_set(&problem, error, "rule %s %s rule %s of line %u %s", name,
			    strcmp(name, others) ? "says just what" : "has the name of", others,
			    file->lines[other - 1],
			    strcmp(name, others) ? "says: leave one out" : "already");
		refuse(reading, file->lines[number - 1], -EEXIST, problem.text);
	} else {
		refuse(reading, reading->line, error, "out of memory");
	}
}

int policy_file_read(FILE *stream, const char *name, struct policy_file *file,
		     struct problem *problem)
{
	struct reading *reading = calloc(1, sizeof(*reading));
	int line, error;

	*file = (struct policy_file){};
	if (!reading)
		return problem_set(problem, -ENOMEM, "out of memory");
	reading->stream = stream;
	reading->name = name;
	reading->file = file;
	reading->problem = problem;
	line = ini_parse_stream(line_read, reading, key_take, reading);
	if (line > 0)
		refuse(reading, line, -EINVAL, "this is neither [rule NAME] nor KEY=VALUE");
	else if (line < 0)
		refuse(reading, reading->line, -ENOMEM, "out of memory");
	rule_end(reading);
	if (!reading->error)
		duplicates_check(reading);
	error = reading->error;
	free(reading);
	if (error)
		policy_file_free(file);
	return error;
}

void policy_file_free(struct policy_file *file)
{
	policy_free(&file->policy);
	free(file->lines);
	*file = (struct policy_file){};
}

/* Whether what one rule is for is all of what another is for. */
static bool rule_covers(const struct policy *policy, const struct cloison_rule *wide,
			const struct cloison_rule *narrow)
{
	uint32_t i;

	if (wide->direction != narrow->direction || wide->peers != CLOISON_PEERS_PREFIX ||
	    wide->port_name[0] || narrow->port_name[0] || wide->first_port > narrow->first_port ||
	    wide->last_port < narrow->last_port ||
	    (wide->protocol && wide->protocol != narrow->protocol))
		return false;
	for (i = 0; i < policy->part_count; i++)
		if (policy->parts[i].number == wide->number)
			return false;
	if (!wide->family)
		return true;
	if (narrow->peers != CLOISON_PEERS_PREFIX || wide->family != narrow->family ||
	    wide->prefix > narrow->prefix)
		return false;
	for (i = 0; i < wide->prefix; i++)
		if ((wide->address[i / 8] ^ narrow->address[i / 8]) & (0x80 >> (i % 8)))
			return false;
	return true;
}

uint32_t policy_covered_next(const struct policy *policy, uint32_t after, uint32_t *by)
{
	/* Denials are few where rules are many: they are looked for once. */
	const struct cloison_rule **denials = calloc(policy->count + 1, sizeof(*denials));
	size_t count = 0, i, j;
	uint32_t found = 0;

	for (i = 0; i < policy->count && denials; i++)
		if (policy->rules[i].verdict == CLOISON_DENY)
			denials[count++] = &policy->rules[i];
	for (i = after; i < policy->count && count && !found; i++) {
		if (policy->rules[i].verdict != CLOISON_ALLOW)
			continue;
		for (j = 0; j < count && !found; j++)
			if (rule_covers(policy, denials[j], &policy->rules[i])) {
				*by = denials[j]->number;
				found = i + 1;
			}
	}
	free(denials);
	return found;
}
