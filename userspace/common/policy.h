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
#define POLICY_RULE_TEXT 256

/* A rule may leave out so many prefixes. */
#define POLICY_EXCEPTS 16

/**
 * struct policy - a list of rules, and what they are for.
 * @rules: numbered from 1 without a gap
 * @count: how many
 * @parts: what some rules leave out, and the addresses that names stand for:
 *	CLOISON_PART_EXCEPT and CLOISON_PART_MEMBER, by the numbers of the rules
 * @part_count: how many
 * @addresses: the tenant's own; without any, its addresses are not compared
 * @address_count: how many
 * @labels: what others may name of the tenant: CLOISON_LABEL_GROUP, a group that it
 *	is in, by @tenant; CLOISON_LABEL_PORT, by @port_name, protocol and ports
 * @label_count: how many
 * @mode: CLOISON_OBSERVE, or else it is enforced
 *
 * All zero is an empty policy: nothing passes.
 */
struct policy {
	struct cloison_rule *rules;
	size_t count;
	struct cloison_rule *parts;
	size_t part_count;
	struct cloison_own *addresses;
	size_t address_count;
	struct cloison_rule *labels;
	size_t label_count;
	enum cloison_mode mode;
};

/**
 * struct policy_entry - a rule with what it leaves out.
 * @rule: number and hits are zero
 * @excepts: only address, prefix and family
 * @except_count: how many
 */
struct policy_entry {
	struct cloison_rule rule;
	struct cloison_rule excepts[POLICY_EXCEPTS];
	size_t except_count;
};

/**
 * policy_rule_parse() - a rule from its words.
 * @verdict: CLOISON_ALLOW or CLOISON_DENY
 * @words: in|out PEER [PROTOCOL [PORTS]] [except PREFIX[,PREFIX]...] [name NAME]
 * @count: how many words
 * @entry: the result
 * @problem: names the word and the remedy
 *
 * PEER is an IPv4 or IPv6 address, a prefix of one (ADDRESS/BITS, no bit set
 * behind the prefix), tenant:NAME, group:NAME, dns:NAME, host, or any. PROTOCOL is tcp, udp,
 * sctp, icmp, icmp6 or any. PORTS is PORT, FIRST-LAST, the name of a port, or any:
 * of the one that is called, a remote port for out, the tenant's own for in; a name
 * is one of who is called, so for out the peer is a tenant or a group. Of icmp and icmp6 it
 * is a type, by number or name, and allowed are single types only. An any that
 * allows is tcp, udp and sctp; one that denies is all.
 *
 * Return: 0 or -EINVAL.
 */
int policy_rule_parse(enum cloison_verdict verdict, const char *const words[], size_t count,
		      struct policy_entry *entry, struct problem *problem);

/**
 * policy_line_parse() - a rule from a line: allow|deny, then the words above.
 * @line: without a newline
 * @entry: as for policy_rule_parse()
 * @problem: as for policy_rule_parse()
 *
 * Return: 0, or -EINVAL; a line without a word is -EINVAL too.
 */
int policy_line_parse(const char *line, struct policy_entry *entry, struct problem *problem);

/* One word each, into the rule; for those that have the words apart. */
int policy_direction_parse(const char *word, struct cloison_rule *rule, struct problem *problem);
int policy_verdict_parse(const char *word, struct cloison_rule *rule, struct problem *problem);
int policy_peer_parse(const char *word, struct cloison_rule *rule, struct problem *problem);
int policy_dns_parse(const char *word, char name[CLOISON_TENANT_NAME_SIZE],
		     struct problem *problem);
int policy_protocol_parse(const char *word, struct cloison_rule *rule, struct problem *problem);
int policy_ports_parse(const char *word, struct cloison_rule *rule, struct problem *problem);
int policy_except_parse(const char *word, struct policy_entry *entry, struct problem *problem);
int policy_name_parse(const char *word, struct cloison_rule *rule, struct problem *problem);

/**
 * policy_entry_check() - whether the words of a rule go together.
 * @entry: a rule of which each word was read
 * @problem: names what does not, and the remedy
 *
 * Return: 0 or -EINVAL.
 */
int policy_entry_check(const struct policy_entry *entry, struct problem *problem);

/**
 * policy_own_parse() - a tenant's own address, or a prefix of them.
 * @word: an IPv4 or IPv6 address or prefix, of hosts only
 * @own: the result
 * @problem: names the word and the remedy
 *
 * Return: 0 or -EINVAL.
 */
int policy_own_parse(const char *word, struct cloison_own *own, struct problem *problem);

/** policy_own_bits() - how many bits of the address count. */
static inline uint32_t policy_own_bits(const struct cloison_own *own)
{
	return own->prefix - CLOISON_FAMILY_BITS;
}

/** policy_own_overlaps() - whether two of them have an address in common. */
bool policy_own_overlaps(const struct cloison_own *a, const struct cloison_own *b);

/** policy_own_format() - what policy_own_parse() reads, in POLICY_RULE_TEXT bytes. */
void policy_own_format(const struct cloison_own *own, char *text);

/**
 * policy_peer_format() - a prefix, "tenant:NAME", "group:NAME", "dns:NAME", "host", or "any".
 * @rule: a rule
 * @text: at least POLICY_RULE_TEXT bytes
 */
void policy_peer_format(const struct cloison_rule *rule, char *text);

/**
 * policy_ports_format() - a port or a type, a range of them, a name, or "any".
 * @rule: a rule
 * @text: at least POLICY_RULE_TEXT bytes
 */
void policy_ports_format(const struct cloison_rule *rule, char *text);

/**
 * policy_rule_format() - the line that policy_line_parse() reads.
 * @rule: a rule; what it leaves out is not part of it
 * @text: at least POLICY_RULE_TEXT bytes
 */
void policy_rule_format(const struct cloison_rule *rule, char *text);

/** policy_protocol_name() - "tcp", "udp", "sctp", "icmp", "icmp6" or "any". */
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
 * policy_append() - append a rule and number it, whatever the others are.
 * @policy: the policy
 * @entry: its number and hits are not looked at
 * @problem: why not
 *
 * Return: 0; -ENOSPC if it is full; -ENOMEM.
 */
int policy_append(struct policy *policy, const struct policy_entry *entry, struct problem *problem);

/**
 * policy_add() - append a rule, unless the policy has it.
 * @policy: the policy
 * @entry: as for policy_append()
 * @problem: why not
 *
 * Return: as policy_append(), and -EEXIST if the policy has just this rule, or
 * another of its name.
 */
int policy_add(struct policy *policy, const struct policy_entry *entry, struct problem *problem);

/**
 * policy_part_add() - append a part of a rule.
 * @policy: the policy
 * @number: of the rule
 * @part: its address, prefix and family
 * @kind: CLOISON_PART_EXCEPT or CLOISON_PART_MEMBER
 *
 * Return: 0 or -ENOMEM.
 */
int policy_part_add(struct policy *policy, uint32_t number, const struct cloison_rule *part,
		    enum cloison_peers kind);

/** policy_members_drop() - forget what names of tenants and the host stand for. */
void policy_members_drop(struct policy *policy);

/**
 * policy_duplicates_find() - a rule that says what another says, or has its name.
 * @policy: the policy, of any size
 * @number: the later one
 * @other: the earlier one
 *
 * Return: 0 if there is none, -EEXIST or -ENOMEM.
 */
int policy_duplicates_find(const struct policy *policy, uint32_t *number, uint32_t *other);

/**
 * policy_rule_find() - a rule by its name or number.
 * @policy: the policy
 * @word: a number, or a name
 *
 * Return: its number, or 0 if there is none.
 */
uint32_t policy_rule_find(const struct policy *policy, const char *word);

/** policy_own_add() - note one of the tenant's addresses. 0, -EEXIST or -ENOMEM. */
int policy_own_add(struct policy *policy, const struct cloison_own *own);

/**
 * policy_group_parse() - a group that a tenant is in.
 * @word: its name
 * @label: the result
 * @problem: names the word and the remedy
 *
 * Return: 0 or -EINVAL.
 */
int policy_group_parse(const char *word, struct cloison_rule *label, struct problem *problem);

/**
 * policy_port_parse() - a port of a tenant that has a name.
 * @word: NAME=PROTOCOL/PORT or NAME=PROTOCOL/FIRST-LAST
 * @label: the result
 * @problem: names the word and the remedy
 *
 * Return: 0 or -EINVAL.
 */
int policy_port_parse(const char *word, struct cloison_rule *label, struct problem *problem);

/** policy_label_format() - what one of the two above reads, in POLICY_RULE_TEXT bytes. */
void policy_label_format(const struct cloison_rule *label, char *text);

/**
 * policy_label_add() - note one of the tenant's labels.
 *
 * Return: 0, -EEXIST if the group, or the name for the protocol, is there; -ENOMEM.
 */
int policy_label_add(struct policy *policy, const struct cloison_rule *label);

/** policy_labels_drop() - forget those of a kind. */
void policy_labels_drop(struct policy *policy, enum cloison_peers kind);

/** policy_port_find() - the label of that name for that protocol, or NULL. */
const struct cloison_rule *policy_port_find(const struct policy *policy, const char *name,
					    enum cloison_protocol protocol);

/** policy_in_group() - whether the tenant is in the group of that name. */
bool policy_in_group(const struct policy *policy, const char *name);

/** policy_own_copy() - add another policy's addresses and labels. 0 or -ENOMEM. */
int policy_own_copy(struct policy *to, const struct policy *from);

/** policy_own_differs() - whether what others may name of the tenant is not the same. */
bool policy_own_differs(const struct policy *a, const struct policy *b);

/** policy_has_names() - whether a rule depends on what others have, or on a label. */
bool policy_has_names(const struct policy *policy);

/** policy_flags() - enum cloison_segment_flags. */
uint32_t policy_flags(const struct policy *policy);

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

/**
 * struct policy_flow - a flow that begins, to be judged.
 * @direction: in which it begins
 * @family: of the peer
 * @protocol: of the packet, not any
 * @address: the peer's
 * @port: that is called, or the type of ICMP
 * @names: numbers of the names in the DNS that the address has now, if they count
 * @name_count: how many
 * @translated: a translator makes an IPv4 address of it, which is its last 4 bytes
 */
struct policy_flow {
	enum cloison_direction direction;
	enum cloison_family family;
	enum cloison_protocol protocol;
	uint8_t address[16];
	uint16_t port;
	uint32_t names[CLOISON_NAMES_OF_ADDRESS];
	uint32_t name_count;
	bool translated;
};

/**
 * struct policy_answer - what is said to it.
 * @verdict: of all rules
 * @rule: the one that decided, or 0 for the default
 */
struct policy_answer {
	enum cloison_verdict verdict;
	uint32_t rule;
};

/**
 * struct policy_lookup - where the guard's tables are looked up.
 * @class: by prefix and direction; returns 0, or -ENOENT
 * @ports: likewise
 * @context: for both
 */
struct policy_lookup {
	int (*class)(void *context, const struct policy_flow *flow, struct cloison_class *class);
	int (*ports)(void *context, const struct cloison_ports_key *key,
		     struct cloison_ports *ports);
	void *context;
};

/**
 * policy_judge() - judge a flow in the steps that the guard's programs take.
 * @lookup: the tables
 * @flow: what is to be judged
 */
struct policy_answer policy_judge(const struct policy_lookup *lookup,
				  const struct policy_flow *flow);

/** policy_tables_judge() - policy_judge() by compiled tables. */
struct policy_answer policy_tables_judge(const struct policy_tables *tables,
					 const struct policy_flow *flow);

/** policy_is_nat64() - whether a translator makes IPv4 of it on any host: 64:ff9b::/96. */
bool policy_is_nat64(const uint8_t address[16]);

/**
 * policy_flow_parse() - a flow from words.
 * @arrow: "->" for one that the tenant begins, "<-" for one that the peer does
 * @word: ADDRESS:PORT/PROTOCOL, with IPv6 addresses in brackets if a port
 *	follows; of icmp and icmp6 the type stands for the port
 * @flow: the result
 * @problem: names the word and the remedy
 *
 * Return: 0 or -EINVAL.
 */
int policy_flow_parse(const char *arrow, const char *word, struct policy_flow *flow,
		      struct problem *problem);

#endif /* CLOISON_POLICY_H */
