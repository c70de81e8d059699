// SPDX-License-Identifier: GPL-2.0-only
/*
 * A verb's options and operands, taken apart from one table. getopt_long()
 * keeps its state in globals and prints its own errors; this does neither.
 */
#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "size.h"

static const struct argument_option *find_long(const struct argument_option *options,
					       const char *name, size_t length)
{
	for (; options->name; options++)
		if (strlen(options->name) == length && !strncmp(options->name, name, length))
			return options;
	return NULL;
}

static const struct argument_option *find_letter(const struct argument_option *options, char letter)
{
	for (; options->name; options++)
		if (options->letter && options->letter == letter)
			return options;
	return NULL;
}

static int mode_parse(const char *text, uint32_t *mode, const char **why)
{
	char *end;
	unsigned long value;

	*why = "it is not an octal mode such as 0660";
	if (text[0] < '0' || text[0] > '7')
		return -EINVAL;
	errno = 0;
	value = strtoul(text, &end, 8);
	if (errno || *end || value > 0777)
		return -EINVAL;
	*mode = (uint32_t)value;
	return 0;
}

static int list_add(struct argument_list *list, const char *text, const char **why)
{
	*why = *text ? "there are too many of them" : "it is empty";
	if (!*text || list->count == ARGUMENT_LIST_SIZE)
		return -EINVAL;
	list->items[list->count++] = text;
	return 0;
}

static int store(const struct argument_option *option, const char *text,
		 char reason[ARGUMENT_REASON])
{
	const char *why = NULL;
	uint64_t number = 0;
	int rc = 0;

	switch (option->kind) {
	case ARGUMENT_FLAG:
		*(bool *)option->value = true;
		break;
	case ARGUMENT_TEXT:
		why = "it is empty";
		rc = *text ? 0 : -EINVAL;
		*(const char **)option->value = text;
		break;
	case ARGUMENT_SIZE:
		rc = size_parse(text, option->value, &why);
		break;
	case ARGUMENT_NUMBER:
		rc = number_parse(text, INT32_MAX, &number, &why);
		if (!rc)
			*(uint32_t *)option->value = (uint32_t)number;
		break;
	case ARGUMENT_MODE:
		rc = mode_parse(text, option->value, &why);
		break;
	case ARGUMENT_LIST:
		rc = list_add(option->value, text, &why);
		break;
	}
	if (rc) {
		snprintf(reason, ARGUMENT_REASON, "--%s \"%.100s\": %s", option->name, text, why);
		return -EINVAL;
	}
	if (option->given)
		*option->given = true;
	return 0;
}

/* Read the option at argv[at]; returns how many words it took. */
static int take_option(int argc, char **argv, int at, const struct argument_option *options,
		       char reason[ARGUMENT_REASON])
{
	const struct argument_option *option;
	const char *word = argv[at], *value = NULL;
	int used = 1;

	if (word[1] == '-') {
		size_t length = strcspn(word + 2, "=");

		option = find_long(options, word + 2, length);
		if (word[2 + length] == '=')
			value = word + 2 + length + 1;
	} else {
		option = word[2] ? NULL : find_letter(options, word[1]);
	}
	if (!option) {
		snprintf(reason, ARGUMENT_REASON, "unknown option \"%.100s\"", word);
		return -EINVAL;
	}
	if (option->kind == ARGUMENT_FLAG && value) {
		snprintf(reason, ARGUMENT_REASON, "--%s takes no value", option->name);
		return -EINVAL;
	}
	if (option->kind != ARGUMENT_FLAG && !value) {
		if (at + 1 >= argc) {
			snprintf(reason, ARGUMENT_REASON, "--%s wants a value", option->name);
			return -EINVAL;
		}
		value = argv[at + 1];
		used = 2;
	}
	return store(option, value, reason) ? -EINVAL : used;
}

int arguments_parse(int argc, char **argv, const struct argument_option *options,
		    char reason[ARGUMENT_REASON])
{
	int operands = 0, at = 0, used;

	while (at < argc) {
		if (!strcmp(argv[at], "--")) {
			at++;
			break;
		}
		/* A dash alone is an operand, as everywhere; so is an arrow. */
		if (argv[at][0] != '-' || !argv[at][1] || !strcmp(argv[at], "->")) {
			argv[operands++] = argv[at++];
			continue;
		}
		used = take_option(argc, argv, at, options, reason);
		if (used < 0)
			return used;
		at += used;
	}
	while (at < argc)
		argv[operands++] = argv[at++];
	return operands;
}
