/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the parts of the compiler. */
#ifndef CLOISON_POLICY_RANGES_H
#define CLOISON_POLICY_RANGES_H

#include "policy.h"

/* A list of sorted port ranges that do not overlap. */
struct ranges {
	struct cloison_port_range *range;
	size_t count;
};

/* A prefix that a rule names, or leaves out. */
struct prefix {
	uint8_t address[16];
	uint32_t bits;
	bool except;
	const struct cloison_rule *rule;
	uint32_t first_port, last_port; /* of the rule, for these peers; none if backwards */
};

/*
 * Lay the @count rules of a prefix over the ranges of the class around it.
 * Return: 0 or -ENOMEM; @result->range is to be freed either way.
 */
int ranges_overlay(const struct ranges *around, const struct prefix *own, size_t count,
		   enum cloison_protocol protocol, struct ranges *result);

#endif /* CLOISON_POLICY_RANGES_H */
