/* SPDX-License-Identifier: GPL-2.0-only */
/* Rates as people type and read them. */
#ifndef CLOISON_RATE_H
#define CLOISON_RATE_H

#include <stdint.h>

/* Room for every result of rate_format(). */
#define RATE_TEXT 48

/* So much in each of so many seconds. */
struct rate {
	uint64_t amount;
	uint64_t seconds;
};

/*
 * Read "100/second", "10M/minute" or "2G/hour" (units are powers of 1024). Zero is
 * refused, and what is more than @most a second. Returns 0; -EINVAL or -ERANGE with a
 * reason in *why.
 */
int rate_parse(const char *text, uint64_t most, struct rate *rate, const char **why);

/* As rate_parse() reads it. */
const char *rate_format(char text[RATE_TEXT], const struct rate *rate);

#endif /* CLOISON_RATE_H */
