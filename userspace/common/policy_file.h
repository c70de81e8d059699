/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy as a file:
 *
 *	[rule models]
 *	Direction=out
 *	Action=allow
 *	Peer=10.0.0.0/8
 *	Except=10.66.0.0/16 10.67.0.0/16
 *	Protocol=tcp
 *	Ports=443
 *
 * Protocol and Ports are any if they are left out; of icmp and icmp6 there is
 * Type instead of Ports.
 */
#ifndef CLOISON_POLICY_FILE_H
#define CLOISON_POLICY_FILE_H

#include <stdio.h>

#include "policy.h"

/**
 * struct policy_file - what a file says.
 * @policy: its rules, each with a name
 * @lines: where each of them begins
 */
struct policy_file {
	struct policy policy;
	uint32_t *lines;
};

/**
 * policy_file_read() - read a policy.
 * @stream: the file; an empty one is an empty policy
 * @name: the file's, for errors
 * @file: the result, for policy_file_free()
 * @problem: names file, line and rule, and the remedy
 *
 * Return: 0; -EINVAL; -EEXIST for a rule or a name that is there twice; -ENOSPC;
 * -EIO; -ENOMEM.
 */
int policy_file_read(FILE *stream, const char *name, struct policy_file *file,
		     struct problem *problem);

/** policy_file_free() - give back what a file's policy holds. */
void policy_file_free(struct policy_file *file);

/**
 * policy_covered_next() - a rule that allows nothing, as another denies all of it.
 * @policy: the rules
 * @after: the number of the last that was found, or 0
 * @by: the number of the rule that denies
 *
 * Return: its number, or 0 if there is no more.
 */
uint32_t policy_covered_next(const struct policy *policy, uint32_t after, uint32_t *by);

#endif /* CLOISON_POLICY_FILE_H */
