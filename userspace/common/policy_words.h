/* SPDX-License-Identifier: GPL-2.0-only */
/* The words of rules, between the files that read and write them. */
#ifndef CLOISON_POLICY_WORDS_H
#define CLOISON_POLICY_WORDS_H

#include "policy.h"

#define POLICY_LAST_PORT 65535
#define POLICY_LAST_TYPE 255

/* Types of ICMP that have a name here. An answer passes with its request. */
struct policy_type {
	enum cloison_protocol protocol;
	uint8_t type;
	bool answer;
	const char *name;
};

extern const struct policy_type policy_types[]; /* ended by one without a name */

/** policy_has_types() - whether the ports of this protocol are types. */
static inline bool policy_has_types(enum cloison_protocol protocol)
{
	return protocol == CLOISON_ICMP || protocol == CLOISON_ICMP6;
}

#endif /* CLOISON_POLICY_WORDS_H */
