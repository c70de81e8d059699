/* SPDX-License-Identifier: GPL-2.0-only */
/* A verb's options and operands, taken apart from one table. */
#ifndef CLOISON_ARGUMENTS_H
#define CLOISON_ARGUMENTS_H

#include <stdbool.h>
#include <stdint.h>

enum argument_kind {
	ARGUMENT_FLAG,	 /* bool: takes no value */
	ARGUMENT_TEXT,	 /* const char *: must not be empty */
	ARGUMENT_SIZE,	 /* uint64_t: see size_parse() */
	ARGUMENT_NUMBER, /* uint32_t: up to 0x7fffffff */
	ARGUMENT_MODE,	 /* uint32_t: octal permission bits */
	ARGUMENT_LIST,	 /* struct argument_list: may be there several times */
};

#define ARGUMENT_LIST_SIZE 64

struct argument_list {
	const char *items[ARGUMENT_LIST_SIZE];
	int count;
};

struct argument_option {
	const char *name; /* without the dashes; NULL ends a table */
	char letter;	  /* of the short form, or 0 */
	enum argument_kind kind;
	void *value;
	bool *given; /* set if the option was there; may be NULL */
};

/* Room for the reason of a failure. */
#define ARGUMENT_REASON 256

/*
 * Take the options out of argv, in any order among the operands, until "--".
 * What is left is moved to the front of argv. Returns how many operands there
 * are, or -EINVAL with a sentence in reason.
 */
int arguments_parse(int argc, char **argv, const struct argument_option *options,
		    char reason[ARGUMENT_REASON]);

#endif /* CLOISON_ARGUMENTS_H */
