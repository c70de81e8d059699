// SPDX-License-Identifier: GPL-2.0-only
/* Rates as people type and read them. */
#include "rate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "size.h"

static const struct {
	const char *name;
	uint64_t seconds;
} times[] = { { "second", 1 }, { "minute", 60 }, { "hour", 3600 } };
#define TIMES (sizeof(times) / sizeof(times[0]))

int rate_parse(const char *text, uint64_t most, struct rate *rate, const char **why)
{
	const char *slash = strchr(text, '/');
	char amount_text[32];
	struct rate read = { 0 };
	size_t i, length;
	int rc;

	if (!slash) {
		*why = "it has no time, as in 10/second";
		return -EINVAL;
	}
	length = (size_t)(slash - text);
	if (length >= sizeof(amount_text)) {
		*why = "it is too large";
		return -ERANGE;
	}
	memcpy(amount_text, text, length);
	amount_text[length] = '\0';
	rc = size_parse(amount_text, &read.amount, why);
	if (rc)
		return rc;
	for (i = 0; i < TIMES; i++)
		if (!strcmp(slash + 1, times[i].name))
			read.seconds = times[i].seconds;
	if (!read.seconds) {
		*why = "its time is not second, minute or hour";
		return -EINVAL;
	}
	if (!read.amount) {
		*why = "a rate of nothing is a rule that denies";
		return -ERANGE;
	}
	if (read.amount / read.seconds > most) {
		*why = "it is too large";
		return -ERANGE;
	}
	*rate = read;
	return 0;
}

const char *rate_format(char text[RATE_TEXT], const struct rate *rate)
{
	const char *name = "?";
	char amount[SIZE_TEXT];
	size_t i;

	for (i = 0; i < TIMES; i++)
		if (times[i].seconds == rate->seconds)
			name = times[i].name;
	snprintf(text, RATE_TEXT, "%s/%s", size_format(amount, rate->amount), name);
	return text;
}
