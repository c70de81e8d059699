/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes as people type and read them. */
#ifndef CLOISON_SIZE_H
#define CLOISON_SIZE_H

#include <stddef.h>
#include <stdint.h>

/* Room for every result of size_format() and size_human(). */
#define SIZE_TEXT 32

/*
 * Read "4096", "64K", "64M", "2GiB", "1T" or "0x200000" (units are powers of
 * 1024). Returns 0; -EINVAL or -ERANGE with a reason in *why.
 */
int size_parse(const char *text, uint64_t *bytes, const char **why);

/* Read a whole number, decimal or 0x hexadecimal, of at most max. */
int number_parse(const char *text, uint64_t max, uint64_t *number, const char **why);

/* Exact, in the largest unit that leaves no rest: "64M", "1536K", "4097". */
const char *size_format(char text[SIZE_TEXT], uint64_t bytes);

/* Rounded, for rates and progress: "812.4 MiB". */
const char *size_human(char text[SIZE_TEXT], double bytes);

#endif /* CLOISON_SIZE_H */
