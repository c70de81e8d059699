// SPDX-License-Identifier: GPL-2.0-only
/* Rules as words, both ways. */
#include "policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAST_PORT 65535

/* Words of the longest line: allow in PEER PROTOCOL PORTS, and one to see more. */
#define LINE_WORDS 6
#define LINE_MAX_LENGTH 256

#define FORM "in|out ADDRESS[/BITS]|any [tcp|udp|any [PORT[-PORT]]]"

static const char mapped[12] = { [10] = (char)0xFF, [11] = (char)0xFF };

const char *policy_protocol_name(enum cloison_protocol protocol)
{
	switch (protocol) {
	case CLOISON_TCP:
		return "tcp";
	case CLOISON_UDP:
		return "udp";
	default:
		return "any";
	}
}

const char *policy_direction_name(enum cloison_direction direction)
{
	return direction == CLOISON_INGRESS ? "in" : "out";
}

const char *policy_verdict_name(enum cloison_verdict verdict)
{
	return verdict == CLOISON_ALLOW ? "allow" : "deny";
}

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

static int peer_parse(const char *word, struct cloison_rule *rule, struct problem *problem)
{
	char text[INET6_ADDRSTRLEN + 1] = "";
	size_t length = strcspn(word, "/");
	uint32_t bits;

	if (!strcmp(word, "any")) {
		rule->family = CLOISON_ANY_FAMILY;
		return 0;
	}
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
				   "ADDRESS/BITS, or any",
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

		policy_peer_format(rule, remedy);
		return problem_set(problem, -EINVAL,
				   "'%.64s' has bits set behind the prefix: write %s or a longer "
				   "prefix",
				   word, remedy);
	}
	return 0;
}

static int protocol_parse(const char *word, struct cloison_rule *rule, struct problem *problem)
{
	if (!strcmp(word, "any"))
		rule->protocol = CLOISON_ANY_PROTOCOL;
	else if (!strcmp(word, "tcp"))
		rule->protocol = CLOISON_TCP;
	else if (!strcmp(word, "udp"))
		rule->protocol = CLOISON_UDP;
	else
		return problem_set(problem, -EINVAL, "'%.64s' is no protocol: use tcp, udp or any",
				   word);
	return 0;
}

static int ports_parse(const char *word, struct cloison_rule *rule, struct problem *problem)
{
	size_t length = strcspn(word, "-");
	uint32_t first, last;

	if (!strcmp(word, "any"))
		return 0;
	if (number_parse(word, length, LAST_PORT, &first))
		goto wrong;
	last = first;
	if (word[length] == '-' &&
	    number_parse(word + length + 1, strlen(word + length + 1), LAST_PORT, &last))
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
	return problem_set(problem, -EINVAL, "'%.64s' is no port: give 0 to %d, FIRST-LAST, or any",
			   word, LAST_PORT);
}

int policy_rule_parse(enum cloison_verdict verdict, const char *const words[], size_t count,
		      struct cloison_rule *rule, struct problem *problem)
{
	int error = 0;

	*rule = (struct cloison_rule){ .verdict = verdict, .last_port = LAST_PORT };
	if (count < 2)
		return problem_set(problem, -EINVAL, "a rule is %s", FORM);
	if (count > 4)
		return problem_set(problem, -EINVAL, "'%.64s' is one word too many: a rule is %s",
				   words[4], FORM);

	if (!strcmp(words[0], "in"))
		rule->direction = CLOISON_INGRESS;
	else if (!strcmp(words[0], "out"))
		rule->direction = CLOISON_EGRESS;
	else
		return problem_set(problem, -EINVAL, "'%.64s' is no direction: use in or out",
				   words[0]);

	error = peer_parse(words[1], rule, problem);
	if (!error && count > 2)
		error = protocol_parse(words[2], rule, problem);
	if (!error && count > 3)
		error = ports_parse(words[3], rule, problem);
	return error;
}

int policy_line_parse(const char *line, struct cloison_rule *rule, struct problem *problem)
{
	char copy[LINE_MAX_LENGTH], *save = NULL, *word;
	const char *words[LINE_WORDS];
	enum cloison_verdict verdict;
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

	if (!strcmp(words[0], "allow"))
		verdict = CLOISON_ALLOW;
	else if (!strcmp(words[0], "deny"))
		verdict = CLOISON_DENY;
	else
		return problem_set(problem, -EINVAL, "'%.64s' is no verdict: use allow or deny",
				   words[0]);
	return policy_rule_parse(verdict, words + 1, count - 1, rule, problem);
}

void policy_peer_format(const struct cloison_rule *rule, char *text)
{
	uint32_t bits = rule->family == CLOISON_IPV4 ? 32 : 128;
	size_t length;

	if (rule->family == CLOISON_ANY_FAMILY) {
		strcpy(text, "any");
		return;
	}
	if (!inet_ntop(bits == 32 ? AF_INET : AF_INET6, rule->address, text, INET6_ADDRSTRLEN))
		strcpy(text, "?");
	length = strlen(text);
	if (rule->prefix != bits)
		snprintf(text + length, POLICY_RULE_TEXT - length, "/%u", rule->prefix);
}

void policy_ports_format(const struct cloison_rule *rule, char *text)
{
	if (rule->first_port == 0 && rule->last_port == LAST_PORT)
		strcpy(text, "any");
	else if (rule->first_port == rule->last_port)
		snprintf(text, POLICY_RULE_TEXT, "%u", rule->first_port);
	else
		snprintf(text, POLICY_RULE_TEXT, "%u-%u", rule->first_port, rule->last_port);
}

void policy_rule_format(const struct cloison_rule *rule, char *text)
{
	char peer[POLICY_RULE_TEXT], ports[POLICY_RULE_TEXT];

	policy_peer_format(rule, peer);
	policy_ports_format(rule, ports);
	snprintf(text, POLICY_RULE_TEXT, "%s %s %.64s %s %.16s", policy_verdict_name(rule->verdict),
		 policy_direction_name(rule->direction), peer, policy_protocol_name(rule->protocol),
		 ports);
}
