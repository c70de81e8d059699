// SPDX-License-Identifier: GPL-2.0-only
/* Rules from words. */
#include "policy_words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Words of the longest line, with all that can be said, and one to see more. */
#define LINE_WORDS 10
#define LINE_MAX_LENGTH 1024

#define FORM                                                              \
	"in|out ADDRESS[/BITS]|tenant:NAME|group:NAME|dns:NAME|host|any " \
	"[PROTOCOL [PORT[-PORT]]] "                                       \
	"[except PREFIX,...] [name NAME]"

static const char mapped[12] = { [10] = (char)0xFF, [11] = (char)0xFF };

/* Plain decimal digits only: no sign, no space, no second way to write it. */
static int number_parse(const char *text, size_t length, uint32_t most, uint32_t *number)
{
	uint32_t value = 0;
	size_t i;

	if (!length || (length > 1 && text[0] == '0'))
		return -EINVAL;
	for (i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		value = value * 10 + (text[i] - '0');
		if (value > most)
			return -EINVAL;
	}
	*number = value;
	return 0;
}

/* Clears what lies behind the prefix; whether anything was set there. */
static bool address_mask(uint8_t *address, uint32_t bits, uint32_t prefix)
{
	bool changed = false;
	uint32_t i;

	for (i = prefix; i < bits; i++) {
		uint8_t bit = 0x80 >> (i % 8);

		changed |= address[i / 8] & bit;
		address[i / 8] &= ~bit;
	}
	return changed;
}

/* As the module and the guard want the names of tenants. */
static bool name_is_valid(const char *name, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_";
	size_t length = strlen(name);

	return length && length < size && strspn(name, letters) == length && name[0] != '-' &&
	       name[0] != '_';
}

int policy_direction_parse(const char *word, struct cloison_rule *rule, struct problem *problem)
{
	/* The words of the guard's maps are taken for those of the policy too. */
	if (!strcmp(word, "in") || !strcmp(word, "ingress"))
		rule->direction = CLOISON_INGRESS;
	else if (!strcmp(word, "out") || !strcmp(word, "egress"))
		rule->direction = CLOISON_EGRESS;
	else
		return problem_set(problem, -EINVAL, "'%.64s' is no direction: use in or out",
				   word);
	return 0;
}

int policy_verdict_parse(const char *word, struct cloison_rule *rule, struct problem *problem)
{
	if (!strcmp(word, "allow"))
		rule->verdict = CLOISON_ALLOW;
	else if (!strcmp(word, "deny"))
		rule->verdict = CLOISON_DENY;
	else
		return problem_set(problem, -EINVAL, "'%.64s' is no verdict: use allow or deny",
				   word);
	return 0;
}

int policy_name_parse(const char *word, struct cloison_rule *rule, struct problem *problem)
{
	if (!name_is_valid(word, sizeof(rule->name)))
		return problem_set(problem, -EINVAL,
				   "'%.64s' is no name of a rule: up to %zu letters, digits, '-' "
				   "and '_', a letter or digit first",
				   word, sizeof(rule->name) - 1);
	/* It could be taken for the number of another rule. */
	if (strspn(word, "0123456789") == strlen(word))
		return problem_set(problem, -EINVAL,
				   "'%.64s' is a number: a rule's name has a letter in it", word);
	strcpy(rule->name, word);
	return 0;
}

static int prefix_parse(const char *word, struct cloison_rule *rule, struct problem *problem)
{
	char text[INET6_ADDRSTRLEN + 1] = "";
	size_t length = strcspn(word, "/");
	uint32_t bits;

	if (length && length < sizeof(text))
		memcpy(text, word, length);
	if (inet_pton(AF_INET, text, rule->address) == 1) {
		rule->family = CLOISON_IPV4;
		bits = 32;
	} else if (inet_pton(AF_INET6, text, rule->address) == 1) {
		rule->family = CLOISON_IPV6;
		bits = 128;
	} else {
		return problem_set(problem, -EINVAL,
				   "'%.64s' is no peer: give an IPv4 or IPv6 address, "
				   "ADDRESS/BITS, tenant:NAME, group:NAME, dns:NAME, host, or any",
				   word);
	}

	rule->prefix = bits;
	if (word[length] == '/' &&
	    number_parse(word + length + 1, strlen(word + length + 1), bits, &rule->prefix))
		return problem_set(problem, -EINVAL,
				   "'%.64s': the bits of the prefix are a number from 0 to %u",
				   word, bits);
	if (bits == 128 && rule->prefix >= 96 && !memcmp(rule->address, mapped, sizeof(mapped)))
		return problem_set(problem, -EINVAL,
				   "'%.64s' is IPv4 in disguise and never seen on a wire: "
				   "write the IPv4 prefix",
				   word);
	if (address_mask(rule->address, bits, rule->prefix)) {
		char remedy[POLICY_RULE_TEXT];

		rule->peers = CLOISON_PEERS_PREFIX;
		policy_peer_format(rule, remedy);
		return problem_set(problem, -EINVAL,
				   "'%.64s' has bits set behind the prefix: write %.64s or a "
				   "longer prefix",
				   word, remedy);
	}
	return 0;
}

int policy_peer_parse(const char *word, struct cloison_rule *rule, struct problem *problem)
{
	static const char tenant[] = "tenant:", group[] = "group:", dns[] = "dns:";

	if (!strcmp(word, "any"))
		return 0;
	if (!strcmp(word, "host")) {
		rule->peers = CLOISON_PEERS_HOST;
		return 0;
	}
	if (!strncmp(word, group, strlen(group))) {
		if (!name_is_valid(word + strlen(group), sizeof(rule->tenant)))
			return problem_set(problem, -EINVAL,
					   "'%.80s' names no group: write group:NAME", word);
		rule->peers = CLOISON_PEERS_GROUP;
		strcpy(rule->tenant, word + strlen(group));
		return 0;
	}
	if (!strncmp(word, dns, strlen(dns))) {
		rule->peers = CLOISON_PEERS_DNS;
		return policy_dns_parse(word + strlen(dns), rule->tenant, problem);
	}
	if (strncmp(word, tenant, strlen(tenant)))
		return prefix_parse(word, rule, problem);
	if (!name_is_valid(word + strlen(tenant), sizeof(rule->tenant)))
		return problem_set(problem, -EINVAL, "'%.80s' names no tenant: write tenant:NAME",
				   word);
	rule->peers = CLOISON_PEERS_TENANT;
	strcpy(rule->tenant, word + strlen(tenant));
	return 0;
}

int policy_protocol_parse(const char *word, struct cloison_rule *rule, struct problem *problem)
{
	static const enum cloison_protocol protocols[] = {
		CLOISON_ANY_PROTOCOL, CLOISON_TCP,  CLOISON_UDP,
		CLOISON_SCTP,	      CLOISON_ICMP, CLOISON_ICMP6,
	};
	size_t i;

	for (i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++)
		if (!strcmp(word, policy_protocol_name(protocols[i]))) {
			rule->protocol = protocols[i];
			return 0;
		}
	return problem_set(problem, -EINVAL,
			   "'%.64s' is no protocol: use tcp, udp, sctp, icmp, icmp6 or any", word);
}

static int type_parse(const char *word, struct cloison_rule *rule, struct problem *problem)
{
	const struct policy_type *type;
	uint32_t number;

	for (type = policy_types; type->name; type++)
		if (type->protocol == rule->protocol && !strcmp(word, type->name)) {
			rule->first_port = rule->last_port = type->type;
			return 0;
		}
	if (number_parse(word, strlen(word), POLICY_LAST_TYPE, &number))
		return problem_set(problem, -EINVAL,
				   "'%.64s' is no type of %s: give 0 to %d, or a name such as "
				   "echo-request",
				   word, policy_protocol_name(rule->protocol), POLICY_LAST_TYPE);
	rule->first_port = rule->last_port = number;
	return 0;
}

/* As RFC 6335 has names of services, so that a name is never taken for a port. */
static bool port_name_is_valid(const char *word)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	size_t length = strlen(word);

	return length && length < CLOISON_PORT_NAME_SIZE && word[0] != '-' &&
	       word[length - 1] != '-' && !strstr(word, "--") && strpbrk(word, letters) &&
	       strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

int policy_ports_parse(const char *word, struct cloison_rule *rule, struct problem *problem)
{
	size_t length = strcspn(word, "-");
	uint32_t first, last;

	if (!strcmp(word, "any"))
		return 0;
	if (policy_has_types(rule->protocol))
		return type_parse(word, rule, problem);
	if (port_name_is_valid(word)) {
		if (rule->protocol == CLOISON_ANY_PROTOCOL)
			return problem_set(
				problem, -EINVAL,
				"ports '%.64s' need a protocol: write a rule for tcp and "
				"one for udp",
				word);
		strcpy(rule->port_name, word);
		/* No port, until it is known what the name stands for. */
		rule->first_port = 1;
		rule->last_port = 0;
		return 0;
	}
	if (number_parse(word, length, POLICY_LAST_PORT, &first))
		goto wrong;
	last = first;
	if (word[length] == '-' &&
	    number_parse(word + length + 1, strlen(word + length + 1), POLICY_LAST_PORT, &last))
		goto wrong;
	if (last < first)
		return problem_set(problem, -EINVAL, "ports '%.64s' go backwards: write %u-%u",
				   word, last, first);
	if (rule->protocol == CLOISON_ANY_PROTOCOL)
		return problem_set(problem, -EINVAL,
				   "ports '%.64s' need a protocol: write a rule for tcp and one "
				   "for udp",
				   word);
	rule->first_port = first;
	rule->last_port = last;
	return 0;

wrong:
	return problem_set(problem, -EINVAL,
			   "'%.64s' is no port: give 0 to %d, FIRST-LAST, the name of one, or any",
			   word, POLICY_LAST_PORT);
}

/* One prefix, or several with commas between. */
int policy_except_parse(const char *word, struct policy_entry *entry, struct problem *problem)
{
	size_t length;
	int error;

	for (;; word += length + 1) {
		char prefix[INET6_ADDRSTRLEN + sizeof("/128")] = "";
		struct cloison_rule *except = &entry->excepts[entry->except_count];

		length = strcspn(word, ",");
		if (entry->except_count == POLICY_EXCEPTS)
			return problem_set(problem, -EINVAL,
					   "a rule leaves out at most %d prefixes: write another "
					   "rule",
					   POLICY_EXCEPTS);
		snprintf(prefix, sizeof(prefix), "%.*s", (int)length, word);
		*except = (struct cloison_rule){};
		error = prefix_parse(prefix, except, problem);
		if (error)
			return error;
		entry->except_count++;
		if (!word[length])
			return 0;
	}
}

static int types_check(const struct cloison_rule *rule, struct problem *problem)
{
	const char *name = policy_protocol_name(rule->protocol);
	const struct policy_type *type;

	if (rule->protocol == CLOISON_ICMP && rule->family == CLOISON_IPV6)
		return problem_set(problem, -EINVAL, "icmp is of IPv4: write icmp6 for this peer");
	if (rule->protocol == CLOISON_ICMP6 && rule->family == CLOISON_IPV4)
		return problem_set(problem, -EINVAL, "icmp6 is of IPv6: write icmp for this peer");
	if (rule->verdict != CLOISON_ALLOW)
		return 0;
	if (rule->first_port != rule->last_port)
		return problem_set(problem, -EINVAL,
				   "%s is allowed by its type: write '%s echo-request', or a rule "
				   "for each type",
				   name, name);
	for (type = policy_types; type->name; type++)
		if (type->protocol == rule->protocol && type->type == rule->first_port &&
		    type->answer)
			return problem_set(problem, -EINVAL,
					   "%s passes as the answer to a request that a rule "
					   "allows: write echo-request, for the other direction",
					   type->name);
	return 0;
}

static bool prefix_is_inside(const struct cloison_rule *inner, const struct cloison_rule *outer)
{
	uint8_t address[16];

	if (outer->family == CLOISON_ANY_FAMILY)
		return inner->prefix > 0;
	if (inner->family != outer->family || inner->prefix <= outer->prefix)
		return false;
	memcpy(address, inner->address, sizeof(address));
	address_mask(address, 128, outer->prefix);
	return !memcmp(address, outer->address, sizeof(address));
}

int policy_entry_check(const struct policy_entry *entry, struct problem *problem)
{
	const struct cloison_rule *rule = &entry->rule;
	char peer[POLICY_RULE_TEXT], except[POLICY_RULE_TEXT];
	size_t i;

	for (i = 0; i < entry->except_count; i++) {
		if (rule->peers == CLOISON_PEERS_PREFIX &&
		    prefix_is_inside(&entry->excepts[i], rule))
			continue;
		policy_peer_format(rule, peer);
		policy_peer_format(&entry->excepts[i], except);
		return problem_set(problem, -EINVAL,
				   "%.80s is no part of %.80s: leave out what is inside a prefix, "
				   "and not all of it",
				   except, peer);
	}
	if (rule->peers == CLOISON_PEERS_DNS && rule->verdict == CLOISON_DENY)
		return problem_set(problem, -EINVAL,
				   "dns:%.63s is denied unless a rule allows it, and a name does "
				   "not say which addresses it will have: deny a prefix",
				   rule->tenant);
	if (rule->peers == CLOISON_PEERS_DNS && rule->direction != CLOISON_EGRESS)
		return problem_set(problem, -EINVAL,
				   "dns:%.63s is for what the tenant begins: write out, or the "
				   "prefix that its peers come from",
				   rule->tenant);
	if (rule->port_name[0] && rule->direction == CLOISON_EGRESS &&
	    rule->peers != CLOISON_PEERS_TENANT && rule->peers != CLOISON_PEERS_GROUP)
		return problem_set(
			problem, -EINVAL,
			"port '%.16s': only tenants name their ports: write its number, or "
			"tenant:NAME or group:NAME as the peer",
			rule->port_name);
	return policy_has_types(rule->protocol) ? types_check(rule, problem) : 0;
}

int policy_rule_parse(enum cloison_verdict verdict, const char *const words[], size_t count,
		      struct policy_entry *entry, struct problem *problem)
{
	struct cloison_rule *rule = &entry->rule;
	size_t at = 2;
	int error;

	*entry = (struct policy_entry){
		.rule = { .verdict = verdict, .last_port = POLICY_LAST_PORT },
	};
	if (count < 2)
		return problem_set(problem, -EINVAL, "a rule is %s", FORM);
	error = policy_direction_parse(words[0], rule, problem);
	if (!error)
		error = policy_peer_parse(words[1], rule, problem);
	if (!error && at < count && strcmp(words[at], "except") && strcmp(words[at], "name")) {
		error = policy_protocol_parse(words[at++], rule, problem);
		if (!error && at < count && strcmp(words[at], "except") &&
		    strcmp(words[at], "name"))
			error = policy_ports_parse(words[at++], rule, problem);
	}
	if (!error && at + 1 < count && !strcmp(words[at], "except")) {
		error = policy_except_parse(words[at + 1], entry, problem);
		at += 2;
	}
	if (!error && at + 1 < count && !strcmp(words[at], "name")) {
		error = policy_name_parse(words[at + 1], rule, problem);
		at += 2;
	}
	if (!error && at < count)
		error = problem_set(problem, -EINVAL, "'%.64s' is one word too many: a rule is %s",
				    words[at], FORM);
	return error ? error : policy_entry_check(entry, problem);
}

int policy_line_parse(const char *line, struct policy_entry *entry, struct problem *problem)
{
	char copy[LINE_MAX_LENGTH], *save = NULL, *word;
	const char *words[LINE_WORDS];
	struct cloison_rule verdict = {};
	size_t count = 0;

	if (strlen(line) >= sizeof(copy))
		return problem_set(problem, -EINVAL, "a line has less than %zu characters",
				   sizeof(copy));
	strcpy(copy, line);
	for (word = strtok_r(copy, " \t", &save); word && count < LINE_WORDS;
	     word = strtok_r(NULL, " \t", &save))
		words[count++] = word;
	if (!count)
		return problem_set(problem, -EINVAL, "a rule is allow|deny %s", FORM);
	if (policy_verdict_parse(words[0], &verdict, problem))
		return -EINVAL;
	return policy_rule_parse(verdict.verdict, words + 1, count - 1, entry, problem);
}

/* Addresses that no single host has, or that all have. */
static const struct cloison_own nobodys[] = {
	{ CLOISON_FAMILY_BITS + 32, CLOISON_IPV4, { 0 } },
	{ CLOISON_FAMILY_BITS + 8, CLOISON_IPV4, { 127 } },
	{ CLOISON_FAMILY_BITS + 3, CLOISON_IPV4, { 224 } },
	{ CLOISON_FAMILY_BITS + 127, CLOISON_IPV6, { 0 } },
	{ CLOISON_FAMILY_BITS + 8, CLOISON_IPV6, { 0xFF } },
};

int policy_own_parse(const char *word, struct cloison_own *own, struct problem *problem)
{
	struct cloison_rule rule = {};
	struct problem found = { "" };
	size_t i;

	if (prefix_parse(word, &rule, &found))
		return problem_set(
			problem, -EINVAL,
			"an address of a tenant is an IPv4 or IPv6 address, or a prefix: "
			"%.300s",
			found.text);
	*own = (struct cloison_own){
		.prefix = CLOISON_FAMILY_BITS + rule.prefix,
		.family = rule.family,
	};
	memcpy(own->address, rule.address, sizeof(own->address));
	for (i = 0; i < sizeof(nobodys) / sizeof(nobodys[0]); i++)
		if (policy_own_overlaps(own, &nobodys[i]))
			return problem_set(
				problem, -EINVAL,
				"'%.64s' is nobody's own, or some of it is not: give the "
				"address that the tenant's peers see",
				word);
	return 0;
}

int policy_group_parse(const char *word, struct cloison_rule *label, struct problem *problem)
{
	*label = (struct cloison_rule){ .peers = CLOISON_LABEL_GROUP };
	if (!name_is_valid(word, sizeof(label->tenant)))
		return problem_set(
			problem, -EINVAL,
			"'%.64s' is not a name of a group: up to %zu letters, digits, '-' "
			"and '_', a letter or digit first",
			word, sizeof(label->tenant) - 1);
	strcpy(label->tenant, word);
	return 0;
}

#define PORT_FORM "write NAME=PROTOCOL/PORT, as web=tcp/8080"

int policy_port_parse(const char *word, struct cloison_rule *label, struct problem *problem)
{
	char name[CLOISON_PORT_NAME_SIZE] = "", protocol[8] = "", ports[16] = "";
	struct problem found = { "" };
	int end = 0;

	*label = (struct cloison_rule){};
	if (sscanf(word, "%15[^=]=%7[^/]/%15s%n", name, protocol, ports, &end) != 3 || word[end])
		return problem_set(problem, -EINVAL, "'%.64s' names no port: %s", word, PORT_FORM);
	if (!port_name_is_valid(name))
		return problem_set(problem, -EINVAL,
				   "'%.16s' is not a name of a port: up to %d of a-z, 0-9 and '-', "
				   "with a letter",
				   name, CLOISON_PORT_NAME_SIZE - 1);
	if (policy_protocol_parse(protocol, label, &found) ||
	    policy_ports_parse(ports, label, &found))
		return problem_set(problem, -EINVAL, "'%.64s': %.300s", word, found.text);
	if (label->protocol == CLOISON_ANY_PROTOCOL || policy_has_types(label->protocol) ||
	    label->port_name[0] || !strcmp(ports, "any"))
		return problem_set(problem, -EINVAL, "'%.64s' is not a port: %s", word, PORT_FORM);
	label->peers = CLOISON_LABEL_PORT;
	strcpy(label->port_name, name);
	return 0;
}
