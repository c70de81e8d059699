// SPDX-License-Identifier: GPL-2.0-only
/* Rules as words, for those who read. */
#include "policy_words.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

const struct policy_type policy_types[] = {
	{ CLOISON_ICMP, 8, false, "echo-request" },
	{ CLOISON_ICMP, 0, true, "echo-reply" },
	{ CLOISON_ICMP, 3, false, "unreachable" },
	{ CLOISON_ICMP, 11, false, "time-exceeded" },
	{ CLOISON_ICMP6, 128, false, "echo-request" },
	{ CLOISON_ICMP6, 129, true, "echo-reply" },
	{ CLOISON_ICMP6, 1, false, "unreachable" },
	{ CLOISON_ICMP6, 2, false, "packet-too-big" },
	{ CLOISON_ICMP6, 3, false, "time-exceeded" },
	{ CLOISON_ICMP6, 133, false, "router-solicitation" },
	{ CLOISON_ICMP6, 134, false, "router-advertisement" },
	{ CLOISON_ICMP6, 135, false, "neighbour-solicitation" },
	{ CLOISON_ICMP6, 136, false, "neighbour-advertisement" },
	{},
};

const char *policy_protocol_name(enum cloison_protocol protocol)
{
	switch (protocol) {
	case CLOISON_TCP:
		return "tcp";
	case CLOISON_UDP:
		return "udp";
	case CLOISON_SCTP:
		return "sctp";
	case CLOISON_ICMP:
		return "icmp";
	case CLOISON_ICMP6:
		return "icmp6";
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

void policy_own_format(const struct cloison_own *own, char *text)
{
	struct cloison_rule rule = { .family = own->family, .prefix = policy_own_bits(own) };

	memcpy(rule.address, own->address, sizeof(rule.address));
	policy_peer_format(&rule, text);
}

void policy_label_format(const struct cloison_rule *label, char *text)
{
	struct cloison_rule ports = *label;
	char range[POLICY_RULE_TEXT];

	if (label->peers == CLOISON_LABEL_GROUP) {
		snprintf(text, POLICY_RULE_TEXT, "%.63s", label->tenant);
		return;
	}
	ports.port_name[0] = '\0';
	policy_ports_format(&ports, range);
	snprintf(text, POLICY_RULE_TEXT, "%.15s=%s/%.32s", label->port_name,
		 policy_protocol_name(label->protocol), range);
}

void policy_peer_format(const struct cloison_rule *rule, char *text)
{
	uint32_t bits = rule->family == CLOISON_IPV4 ? 32 : 128;
	size_t length;

	if (rule->peers == CLOISON_PEERS_TENANT) {
		snprintf(text, POLICY_RULE_TEXT, "tenant:%.63s", rule->tenant);
		return;
	}
	if (rule->peers == CLOISON_PEERS_GROUP) {
		snprintf(text, POLICY_RULE_TEXT, "group:%.63s", rule->tenant);
		return;
	}
	if (rule->peers == CLOISON_PEERS_DNS) {
		snprintf(text, POLICY_RULE_TEXT, "dns:%.63s", rule->tenant);
		return;
	}
	if (rule->peers == CLOISON_PEERS_HOST || rule->family == CLOISON_ANY_FAMILY) {
		strcpy(text, rule->peers == CLOISON_PEERS_HOST ? "host" : "any");
		return;
	}
	if (!inet_ntop(bits == 32 ? AF_INET : AF_INET6, rule->address, text, INET6_ADDRSTRLEN))
		strcpy(text, "?");
	length = strlen(text);
	if (rule->prefix != bits)
		snprintf(text + length, POLICY_RULE_TEXT - length, "/%u", rule->prefix);
}

static const char *type_name(const struct cloison_rule *rule)
{
	const struct policy_type *type;

	for (type = policy_types; type->name; type++)
		if (type->protocol == rule->protocol && type->type == rule->first_port)
			return type->name;
	return NULL;
}

void policy_ports_format(const struct cloison_rule *rule, char *text)
{
	if (rule->port_name[0])
		snprintf(text, POLICY_RULE_TEXT, "%.15s", rule->port_name);
	else if (rule->first_port == 0 && rule->last_port == POLICY_LAST_PORT)
		strcpy(text, "any");
	else if (rule->first_port != rule->last_port)
		snprintf(text, POLICY_RULE_TEXT, "%u-%u", rule->first_port, rule->last_port);
	else if (policy_has_types(rule->protocol) && type_name(rule))
		strcpy(text, type_name(rule));
	else
		snprintf(text, POLICY_RULE_TEXT, "%u", rule->first_port);
}

void policy_rule_format(const struct cloison_rule *rule, char *text)
{
	char peer[POLICY_RULE_TEXT], ports[POLICY_RULE_TEXT];

	policy_peer_format(rule, peer);
	policy_ports_format(rule, ports);
	snprintf(text, POLICY_RULE_TEXT, "%s %s %.80s %s %.32s%s%.31s",
		 policy_verdict_name(rule->verdict), policy_direction_name(rule->direction), peer,
		 policy_protocol_name(rule->protocol), ports, rule->name[0] ? " name " : "",
		 rule->name);
}
