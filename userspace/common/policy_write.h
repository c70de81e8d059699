/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy as text: the file that policy_file_read() reads, and what two policies differ in. */
#ifndef CLOISON_POLICY_WRITE_H
#define CLOISON_POLICY_WRITE_H

#include <stdio.h>

#include "policy.h"

/**
 * policy_file_write() - a policy as the file that it can be read from again.
 * @stream: where to
 * @policy: the rules; hits, members, mode and addresses are no part of a file
 *
 * A rule without a name gets one from its number.
 *
 * Return: 0, -EIO or -ENOMEM.
 */
int policy_file_write(FILE *stream, const struct policy *policy);

/**
 * struct policy_change - a line that one of two policies has and the other has not.
 * @added: the new one has it
 * @number: of the rule, in the policy that has it
 * @name: of the rule, empty if it has none
 * @text: the rule as a line, with what it leaves out and its name
 */
struct policy_change {
	bool added;
	uint32_t number;
	char name[CLOISON_RULE_NAME_SIZE];
	char *text;
};

/**
 * policy_diff() - what has to change for one policy to become another.
 * @old: the one
 * @new: the other
 * @changes: the result, for policy_changes_free(): what goes and what comes, by
 *	number, what goes first
 * @count: how many
 *
 * The order of rules is no difference, since it decides nothing. Nor is a name
 * where @old has none.
 *
 * Return: 0 or -ENOMEM.
 */
int policy_diff(const struct policy *old, const struct policy *new, struct policy_change **changes,
		size_t *count);

/** policy_changes_free() - give back what policy_diff() made. */
void policy_changes_free(struct policy_change *changes, size_t count);

#endif /* CLOISON_POLICY_WRITE_H */
