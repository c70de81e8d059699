// SPDX-License-Identifier: GPL-2.0-only
/* A policy as text: as a file, and as the lines in which two of them differ. */
#include "policy_write.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy_words.h"

/* "except " and as many prefixes as a rule may leave out. */
#define EXCEPTS_TEXT (POLICY_EXCEPTS * 48)

/* What rules leave out, by the number of the rule and then by address. */
struct excepts {
	const struct cloison_rule **parts;
	size_t count;
};

static int part_compare(const void *a, const void *b)
{
	const struct cloison_rule *left = *(const struct cloison_rule *const *)a;
	const struct cloison_rule *right = *(const struct cloison_rule *const *)b;
	int order;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	if (left->family != right->family)
		return left->family < right->family ? -1 : 1;
	order = memcmp(left->address, right->address, sizeof(left->address));
	return order ? order : left->prefix < right->prefix ? -1 : left->prefix > right->prefix;
}

static int excepts_sort(const struct policy *policy, struct excepts *excepts)
{
	size_t i;

	*excepts = (struct excepts){
		.parts = calloc(policy->part_count + 1, sizeof(*excepts->parts)),
	};
	if (!excepts->parts)
		return -ENOMEM;
	for (i = 0; i < policy->part_count; i++)
		if (policy->parts[i].peers == CLOISON_PART_EXCEPT)
			excepts->parts[excepts->count++] = &policy->parts[i];
	qsort(excepts->parts, excepts->count, sizeof(*excepts->parts), part_compare);
	return 0;
}

/* The first of a rule's; they end with another rule's, or with the list. */
static size_t excepts_first(const struct excepts *excepts, uint32_t number)
{
	size_t low = 0, high = excepts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (excepts->parts[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool excepts_has(const struct excepts *excepts, size_t at, uint32_t number)
{
	return at < excepts->count && excepts->parts[at]->number == number;
}

static void except_format(const struct cloison_rule *part, char text[POLICY_RULE_TEXT])
{
	struct cloison_rule prefix = *part;

	prefix.peers = CLOISON_PEERS_PREFIX;
	policy_peer_format(&prefix, text);
}

/* ---- a file ------------------------------------------------------------- */

static int name_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* All names that rules have, sorted. */
static const char **names_sort(const struct policy *policy, size_t *count)
{
	const char **names = calloc(policy->count + 1, sizeof(*names));
	size_t i;

	*count = 0;
	for (i = 0; i < policy->count && names; i++)
		if (policy->rules[i].name[0])
			names[(*count)++] = policy->rules[i].name;
	if (names)
		qsort(names, *count, sizeof(*names), name_compare);
	return names;
}

/* A name for a rule that has none, which no other has. */
static void name_make(const char *const *names, size_t count, uint32_t number,
		      char name[CLOISON_RULE_NAME_SIZE])
{
	const char *key = name;
	unsigned int again = 2;

	snprintf(name, CLOISON_RULE_NAME_SIZE, "rule-%u", number);
	while (bsearch(&key, names, count, sizeof(*names), name_compare))
		snprintf(name, CLOISON_RULE_NAME_SIZE, "rule-%u-%u", number, again++);
}

static void rule_write(FILE *stream, const struct cloison_rule *rule, const char *name,
		       const struct excepts *excepts)
{
	size_t at = excepts_first(excepts, rule->number);
	char text[POLICY_RULE_TEXT];

	policy_peer_format(rule, text);
	fprintf(stream, "%s[rule %s]\nDirection=%s\nAction=%s\nPeer=%s\n",
		rule->number > 1 ? "\n" : "", name, policy_direction_name(rule->direction),
		policy_verdict_name(rule->verdict), text);
	for (; excepts_has(excepts, at, rule->number); at++) {
		except_format(excepts->parts[at], text);
		fprintf(stream, "Except=%s\n", text);
	}
	if (rule->protocol)
		fprintf(stream, "Protocol=%s\n", policy_protocol_name(rule->protocol));
	policy_ports_format(rule, text);
	if (strcmp(text, "any"))
		fprintf(stream, "%s=%s\n", policy_has_types(rule->protocol) ? "Type" : "Ports",
			text);
}

int policy_file_write(FILE *stream, const struct policy *policy)
{
	const char **names = NULL;
	struct excepts excepts;
	int error = excepts_sort(policy, &excepts);
	size_t count, i;

	if (error)
		return error;
	names = names_sort(policy, &count);
	if (!names)
		error = -ENOMEM;
	for (i = 0; i < policy->count && !error; i++) {
		const struct cloison_rule *rule = &policy->rules[i];
		char made[CLOISON_RULE_NAME_SIZE];

		if (!rule->name[0])
			name_make(names, count, rule->number, made);
		rule_write(stream, rule, rule->name[0] ? rule->name : made, &excepts);
	}
	free(names);
	free(excepts.parts);
	if (!error && (fflush(stream) || ferror(stream)))
		error = -EIO;
	return error;
}

/* ---- a difference ------------------------------------------------------- */

/* A rule as a line without its name: rules of the same line say the same. */
struct rule_line {
	const struct cloison_rule *rule;
	char *text;
	bool met; /* the other policy has it too */
};

static char *line_make(const struct cloison_rule *rule, const struct excepts *excepts)
{
	char text[POLICY_RULE_TEXT + EXCEPTS_TEXT], except[POLICY_RULE_TEXT];
	struct cloison_rule bare = *rule;
	size_t at = excepts_first(excepts, rule->number), length;
	const char *before = " except ";

	bare.name[0] = '\0';
	policy_rule_format(&bare, text);
	length = strlen(text);
	for (; excepts_has(excepts, at, rule->number); at++) {
		except_format(excepts->parts[at], except);
		length += snprintf(text + length, sizeof(text) - length, "%s%.44s", before, except);
		before = ",";
	}
	return strdup(text);
}

static int line_compare(const void *a, const void *b)
{
	const struct rule_line *left = a, *right = b;

	return strcmp(left->text, right->text);
}

static void lines_free(struct rule_line *lines, size_t count)
{
	size_t i;

	for (i = 0; i < count && lines; i++)
		free(lines[i].text);
	free(lines);
}

/* All of a policy's, sorted; NULL without memory. */
static struct rule_line *lines_make(const struct policy *policy)
{
	struct rule_line *lines = calloc(policy->count + 1, sizeof(*lines));
	struct excepts excepts;
	bool whole = true;
	size_t i;

	if (!lines || excepts_sort(policy, &excepts)) {
		free(lines);
		return NULL;
	}
	for (i = 0; i < policy->count; i++) {
		lines[i] = (struct rule_line){ &policy->rules[i],
					       line_make(&policy->rules[i], &excepts), false };
		whole &= lines[i].text != NULL;
	}
	free(excepts.parts);
	if (!whole) {
		lines_free(lines, policy->count);
		return NULL;
	}
	qsort(lines, policy->count, sizeof(*lines), line_compare);
	return lines;
}

/* A policy has no line twice, so that one pass through both finds all. */
static void lines_meet(struct rule_line *old, size_t old_count, struct rule_line *new,
		       size_t new_count)
{
	size_t i = 0, j = 0;

	while (i < old_count && j < new_count) {
		int order = strcmp(old[i].text, new[j].text);

		if (!order) {
			const char *name = old[i].rule->name;

			old[i].met = new[j].met = !*name || !strcmp(name, new[j].rule->name);
		}
		i += order <= 0;
		j += order >= 0;
	}
}

static int change_compare(const void *a, const void *b)
{
	const struct policy_change *left = a, *right = b;

	if (left->added != right->added)
		return left->added ? 1 : -1;
	return left->number < right->number ? -1 : left->number > right->number;
}

static int changes_add(const struct rule_line *lines, size_t lines_count, bool added,
		       struct policy_change *changes, size_t *count)
{
	size_t i;

	for (i = 0; i < lines_count; i++) {
		const struct cloison_rule *rule = lines[i].rule;
		struct policy_change *change = &changes[*count];

		if (lines[i].met)
			continue;
		change->added = added;
		change->number = rule->number;
		memcpy(change->name, rule->name, sizeof(change->name));
		if (asprintf(&change->text, "%s%s%s", lines[i].text, rule->name[0] ? " name " : "",
			     rule->name) < 0) {
			change->text = NULL;
			return -ENOMEM;
		}
		(*count)++;
	}
	return 0;
}

int policy_diff(const struct policy *old, const struct policy *new, struct policy_change **changes,
		size_t *count)
{
	struct rule_line *old_lines = lines_make(old), *new_lines = lines_make(new);
	int error = -ENOMEM;

	*count = 0;
	*changes = calloc(old->count + new->count + 1, sizeof(**changes));
	if (old_lines && new_lines && *changes) {
		lines_meet(old_lines, old->count, new_lines, new->count);
		error = changes_add(old_lines, old->count, false, *changes, count);
		if (!error)
			error = changes_add(new_lines, new->count, true, *changes, count);
	}
	lines_free(old_lines, old->count);
	lines_free(new_lines, new->count);
	if (error) {
		policy_changes_free(*changes, *count);
		*changes = NULL;
		*count = 0;
		return error;
	}
	qsort(*changes, *count, sizeof(**changes), change_compare);
	return 0;
}

void policy_changes_free(struct policy_change *changes, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(changes[i].text);
	free(changes);
}
