/* SPDX-License-Identifier: GPL-2.0-only */
/* What went wrong and what to do about it, in words for a person. */
#ifndef CLOISON_PROBLEM_H
#define CLOISON_PROBLEM_H

/**
 * struct problem - the text beside a negative errno.
 * @text: one or more lines without a final newline; empty if nothing failed
 */
struct problem {
	char text[512];
};

/**
 * problem_set() - note what went wrong.
 * @problem: where to note it, may be NULL
 * @error: a negative errno
 * @format: as for printf()
 *
 * Return: @error, so that a function can return problem_set(...).
 */
int problem_set(struct problem *problem, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* CLOISON_PROBLEM_H */
