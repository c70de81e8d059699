// SPDX-License-Identifier: GPL-2.0-only
/* Sizes as people type and read them. */
#include "size.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char units[] = "KMGT";

/* The digits only: strtoull() alone would take blanks and a minus sign. */
static int digits_parse(const char *text, uint64_t *number, const char **rest, const char **why)
{
	char *end;
	int base = 10;

	if (text[0] == '-') {
		*why = "it is negative";
		return -EINVAL;
	}
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		text += 2;
		base = 16;
	}
	if (base == 10 ? !isdigit((unsigned char)*text) : !isxdigit((unsigned char)*text)) {
		*why = "it is not a number";
		return -EINVAL;
	}
	errno = 0;
	*number = strtoull(text, &end, base);
	if (errno == ERANGE) {
		*why = "it is too large";
		return -ERANGE;
	}
	*rest = end;
	return 0;
}

int number_parse(const char *text, uint64_t max, uint64_t *number, const char **why)
{
	const char *rest;
	uint64_t value;
	int rc = digits_parse(text, &value, &rest, why);

	if (rc)
		return rc;
	if (*rest) {
		*why = "it is not a whole number";
		return -EINVAL;
	}
	if (value > max) {
		*why = "it is too large";
		return -ERANGE;
	}
	*number = value;
	return 0;
}

int size_parse(const char *text, uint64_t *bytes, const char **why)
{
	const char *rest, *unit;
	unsigned int shift = 0;
	uint64_t value;
	int rc = digits_parse(text, &value, &rest, why);

	if (rc)
		return rc;
	if (*rest) {
		unit = strchr(units, toupper((unsigned char)*rest));
		if (unit) {
			shift = 10 * (unsigned int)(unit - units + 1);
			rest++;
			if (!strcasecmp(rest, "iB"))
				rest += 2;
		}
	}
	if (*rest) {
		*why = *rest == '.' ? "it is not a whole number" : "its unit is not K, M, G or T";
		return -EINVAL;
	}
	if (value > UINT64_MAX >> shift) {
		*why = "it is too large";
		return -ERANGE;
	}
	*bytes = value << shift;
	return 0;
}

const char *size_format(char text[SIZE_TEXT], uint64_t bytes)
{
	size_t unit = 0;

	while (bytes && bytes % 1024 == 0 && unit < strlen(units)) {
		bytes /= 1024;
		unit++;
	}
	if (unit)
		snprintf(text, SIZE_TEXT, "%llu%c", (unsigned long long)bytes, units[unit - 1]);
	else
		snprintf(text, SIZE_TEXT, "%llu", (unsigned long long)bytes);
	return text;
}

const char *size_human(char text[SIZE_TEXT], double bytes)
{
	size_t unit = 0;

	while (bytes >= 1024 && unit < strlen(units)) {
		bytes /= 1024;
		unit++;
	}
	if (unit)
		snprintf(text, SIZE_TEXT, "%.1f %ciB", bytes, units[unit - 1]);
	else
		snprintf(text, SIZE_TEXT, "%.0f B", bytes);
	return text;
}
