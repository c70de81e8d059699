/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tenant's rules, and their compilation to what the guard looks up. Pure:
 * no files, no kernel.
 *
 * Default is deny both ways. A packet passes if a rule allows it and no rule
 * denies it, whatever their order and the length of their prefixes. Of the
 * rules that decide, the one with the lowest number is named.
 */
#ifndef CLOISON_POLICY_H
#define CLOISON_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../bpf/cloison_bpf.h"
#include "problem.h"

/* Enough for policy_rule_format(), terminating NUL included. */
#define POLICY_RULE_TEXT 128

/**
 * struct policy - a list of rules.
 * @rules: numbered from 1 without a gap
 * @count: how many
 *
 * All zero is an empty policy: nothing passes.
 */
struct policy {
	struct cloison_rule *rules;
	size_t count;
};

/**
 * policy_rule_parse() - a rule from its words.
 * @verdict: CLOISON_ALLOW or CLOISON_DENY
 * @words: in|out PEER [tcp|udp|any [PORT|FIRST-LAST|any]]
 * @count: how many words
 * @rule: the result; number and hits are zero
 * @problem: names the word and the remedy
 *
 * PEER is an IPv4 or IPv6 address, a prefix of one (ADDRESS/BITS, no bit set
 * behind the prefix), or any. The port is the one that is called: a remote
 * port for out, the tenant's own for in.
 *
 * Return: 0 or -EINVAL.
 */
int policy_rule_parse(enum cloison_verdict verdict, const char *const words[], size_t count,
		      struct cloison_rule *rule, struct problem *problem);

/**
 * policy_line_parse() - a rule from a line: allow|deny, then the words above.
 * @line: without a newline
 * @rule: as for policy_rule_parse()
 * @problem: as for policy_rule_parse()
 *
 * Return: 0, or -EINVAL; a line without a word is -EINVAL too.
 */
int policy_line_parse(const char *line, struct cloison_rule *rule, struct problem *problem);

/**
 * policy_peer_format() - an address or prefix, or "any".
 * @rule: a rule
 * @text: at least POLICY_RULE_TEXT bytes
 */
void policy_peer_format(const struct cloison_rule *rule, char *text);

/**
 * policy_ports_format() - a port, a range of ports, or "any".
 * @rule: a rule
 * @text: at least POLICY_RULE_TEXT bytes
 */
void policy_ports_format(const struct cloison_rule *rule, char *text);

/**
 * policy_rule_format() - the line that policy_line_parse() reads.
 * @rule: a rule
 * @text: at least POLICY_RULE_TEXT bytes
 */
void policy_rule_format(const struct cloison_rule *rule, char *text);

/** policy_protocol_name() - "tcp", "udp" or "any". */
const char *policy_protocol_name(enum cloison_protocol protocol);

/** policy_direction_name() - "in" or "out". */
const char *policy_direction_name(enum cloison_direction direction);

/** policy_verdict_name() - "allow" or "deny". */
const char *policy_verdict_name(enum cloison_verdict verdict);

/**
 * policy_alloc() - an empty policy to fill in by hand.
 * @policy: the result; its count is zero
 * @count: how many rules are going to be filled in
 *
 * Return: 0 or -ENOMEM.
 */
int policy_alloc(struct policy *policy, size_t count);

/**
 * policy_add() - append a rule and number it.
 * @policy: the policy
 * @rule: its number and hits are not looked at
 * @problem: why not
 *
 * Return: 0; -EEXIST if the policy has just this rule; -ENOSPC if it is full;
 * -ENOMEM.
 */
int policy_add(struct policy *policy, const struct cloison_rule *rule, struct problem *problem);

/**
 * policy_remove() - take a rule out by its number; the ones behind move up.
 * @policy: the policy
 * @number: the rule's number
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int policy_remove(struct policy *policy, uint32_t number, struct problem *problem);

/** policy_free() - give back what a policy holds; it is empty then. */
void policy_free(struct policy *policy);

/** struct policy_ports - an entry of cloison_ports. */
struct policy_ports {
	struct cloison_ports_key key;
	struct cloison_ports value;
};

/** struct policy_addr4 - an entry of cloison_addr4. */
struct policy_addr4 {
	struct cloison_addr4 key;
	struct cloison_class value;
};

/** struct policy_addr6 - an entry of cloison_addr6. */
struct policy_addr6 {
	struct cloison_addr6 key;
	struct cloison_class value;
};

/** struct policy_tables - a compiled policy: the entries of all maps. */
struct policy_tables {
	struct policy_addr4 *addr4;
	size_t addr4_count;
	struct policy_addr6 *addr6;
	size_t addr6_count;
	struct policy_ports *ports;
	size_t ports_count;
};

/**
 * policy_compile() - a policy as tables.
 * @policy: the rules
 * @tables: the result, for policy_tables_free()
 * @problem: names the rule that cannot be
 *
 * Return: 0, -EINVAL for a rule that contradicts itself, -ENOSPC for what does
 * not fit, -ENOMEM.
 */
int policy_compile(const struct policy *policy, struct policy_tables *tables,
		   struct problem *problem);

/** policy_tables_free() - give back compiled tables. */
void policy_tables_free(struct policy_tables *tables);

#endif /* CLOISON_POLICY_H */
