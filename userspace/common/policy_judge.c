// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of a flow, by tables wherever they are. The counterpart of bpf/policy.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy_words.h"

static int ports_find(const struct policy_lookup *lookup, const struct policy_flow *flow,
		      uint32_t class, struct cloison_ports *ports)
{
	const uint32_t pages[] = { CLOISON_PAGE_ALL, CLOISON_PAGE_256(flow->port),
				   CLOISON_PAGE_8(flow->port) };
	struct cloison_ports_key key = { .class = class, .protocol = flow->protocol };
	int error = -ENOENT;
	size_t i;

	for (i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		key.page = pages[i];
		error = lookup->ports(lookup->context, &key, ports);
		if (error || !ports->split)
			break;
	}
	return error;
}

static struct policy_answer class_judge(const struct policy_lookup *lookup,
					const struct policy_flow *flow, uint32_t class)
{
	struct policy_answer answer = { CLOISON_DENY, 0 };
	struct cloison_ports ports;
	uint32_t i;

	if (ports_find(lookup, flow, class, &ports))
		return answer;
	for (i = 0; i < CLOISON_PORT_RANGES; i++) {
		const struct cloison_port_range *range = &ports.ranges[i];

		if (i >= ports.count || flow->port < range->first)
			break;
		if (flow->port > range->last)
			continue;
		if (range->verdict == CLOISON_ALLOW)
			answer.verdict = CLOISON_ALLOW;
		answer.rule = range->rule;
		break;
	}
	return answer;
}

static struct policy_answer prefixes_judge(const struct policy_lookup *lookup,
					   const struct policy_flow *flow)
{
	struct policy_answer answer = { CLOISON_DENY, 0 };
	struct cloison_class class;

	if (!lookup->class(lookup->context, flow, &class))
		answer = class_judge(lookup, flow, class.class);
	return answer;
}

/* A type that no rule is for. */
#define NO_TYPE 0xFFFF

/* The flow that comes out of the translator. */
static struct policy_flow flow_translate(const struct policy_flow *flow)
{
	struct policy_flow inner = *flow;

	inner.family = CLOISON_IPV4;
	inner.translated = false;
	memset(inner.address, 0, sizeof(inner.address));
	memcpy(inner.address, flow->address + CLOISON_NAT64_SIZE, 4);
	if (flow->protocol == CLOISON_ICMP6) {
		inner.protocol = CLOISON_ICMP;
		inner.port = flow->port == 128 ? 8 : NO_TYPE;
	}
	return inner;
}

struct policy_answer policy_judge(const struct policy_lookup *lookup,
				  const struct policy_flow *flow)
{
	struct policy_answer answer = prefixes_judge(lookup, flow);
	struct policy_flow inner;
	uint32_t i;

	if (flow->translated && (answer.verdict == CLOISON_ALLOW || !answer.rule)) {
		inner = flow_translate(flow);
		answer = prefixes_judge(lookup, &inner);
	}
	if (flow->direction != CLOISON_EGRESS || answer.rule)
		return answer;
	/* Names only allow. */
	for (i = 0; i < flow->name_count && answer.verdict != CLOISON_ALLOW; i++)
		answer = class_judge(lookup, flow, CLOISON_CLASS_OF_NAME(flow->names[i]));
	return answer;
}

static bool prefix_has(const uint8_t *prefix, uint32_t bits, const uint8_t *address)
{
	uint32_t whole = bits / 8, rest = bits % 8;

	if (memcmp(prefix, address, whole))
		return false;
	return !rest || !((prefix[whole] ^ address[whole]) >> (8 - rest));
}

/* The longest match. The tables are few enough to look at each. */
static int tables_class(void *context, const struct policy_flow *flow, struct cloison_class *class)
{
	const struct policy_tables *tables = context;
	uint32_t best = 0;
	size_t i;

#define LONGEST(table)                                                                        \
	for (i = 0; i < tables->table##_count; i++) {                                         \
		uint32_t prefix = tables->table[i].key.prefix;                                \
                                                                                              \
		if (prefix > best && tables->table[i].key.direction == flow->direction &&     \
		    prefix_has(tables->table[i].key.address, prefix - CLOISON_DIRECTION_BITS, \
			       flow->address)) {                                              \
			best = prefix;                                                        \
			*class = tables->table[i].value;                                      \
		}                                                                             \
	}
	if (flow->family == CLOISON_IPV4) {
		LONGEST(addr4)
	} else {
		LONGEST(addr6)
	}
#undef LONGEST
	return best ? 0 : -ENOENT;
}

static int tables_ports(void *context, const struct cloison_ports_key *key,
			struct cloison_ports *ports)
{
	const struct policy_tables *tables = context;
	size_t i;

	for (i = 0; i < tables->ports_count; i++)
		if (!memcmp(&tables->ports[i].key, key, sizeof(*key))) {
			*ports = tables->ports[i].value;
			return 0;
		}
	return -ENOENT;
}

struct policy_answer policy_tables_judge(const struct policy_tables *tables,
					 const struct policy_flow *flow)
{
	struct policy_lookup lookup = { tables_class, tables_ports, (void *)tables };

	return policy_judge(&lookup, flow);
}

bool policy_is_nat64(const uint8_t address[16])
{
	static const uint8_t well_known[CLOISON_NAT64_SIZE] = { 0x00, 0x64, 0xFF, 0x9B };

	return !memcmp(address, well_known, sizeof(well_known));
}

#define FLOW_FORM                                                                    \
	"write ADDRESS:PORT/PROTOCOL, as 10.0.5.1:443/tcp, [2001:db8::1]:53/udp or " \
	"10.0.5.1:echo-request/icmp"

int policy_flow_parse(const char *arrow, const char *word, struct policy_flow *flow,
		      struct problem *problem)
{
	char address[64] = "", port[32] = "", protocol[16] = "";
	struct cloison_rule rule = {};
	int error, end = 0;

	*flow = (struct policy_flow){};
	if (!strcmp(arrow, "->"))
		flow->direction = CLOISON_EGRESS;
	else if (!strcmp(arrow, "<-"))
		flow->direction = CLOISON_INGRESS;
	else
		return problem_set(problem, -EINVAL,
				   "'%.16s' is no direction: write '->' for what the tenant "
				   "begins, '<-' for what its peer does",
				   arrow);
	if ((sscanf(word, "[%63[^]]]:%31[^/]/%15s%n", address, port, protocol, &end) != 3 &&
	     sscanf(word, "%63[^:]:%31[^/]/%15s%n", address, port, protocol, &end) != 3) ||
	    word[end])
		return problem_set(problem, -EINVAL, "'%.64s' is no flow: %s", word, FLOW_FORM);
	error = policy_peer_parse(address, &rule, problem);
	if (!error)
		error = policy_protocol_parse(protocol, &rule, problem);
	if (!error)
		error = policy_ports_parse(port, &rule, problem);
	if (error)
		return error;
	if (rule.peers != CLOISON_PEERS_PREFIX || rule.port_name[0] ||
	    rule.protocol == CLOISON_ANY_PROTOCOL ||
	    rule.prefix != (rule.family == CLOISON_IPV4 ? 32U : 128U) || !strcmp(port, "any") ||
	    rule.first_port != rule.last_port)
		return problem_set(problem, -EINVAL, "'%.64s' is not one flow: %s", word,
				   FLOW_FORM);
	if (policy_has_types(rule.protocol) &&
	    (rule.protocol == CLOISON_ICMP) != (rule.family == CLOISON_IPV4))
		return problem_set(problem, -EINVAL, "icmp is of IPv4, icmp6 of IPv6");
	flow->family = rule.family;
	flow->protocol = rule.protocol;
	flow->port = rule.first_port;
	memcpy(flow->address, rule.address, sizeof(flow->address));
	flow->translated = rule.family == CLOISON_IPV6 && policy_is_nat64(rule.address);
	return 0;
}
