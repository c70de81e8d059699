/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy means, by the definition alone, and random policies with
 * flows about them: the unit tests hold the compiled tables against it, and
 * the property test the guard's programs in the kernel.
 */
#ifndef CLOISON_TEST_REFERENCE_H
#define CLOISON_TEST_REFERENCE_H

#include <stdbool.h>
#include <string.h>

#include "policy.h"

static inline bool prefix_matches(const uint8_t *prefix, const uint8_t *address, uint32_t bits)
{
	uint32_t i;

	for (i = 0; i < bits; i++)
		if ((prefix[i / 8] ^ address[i / 8]) & (0x80 >> (i % 8)))
			return false;
	return true;
}

static inline bool part_matches(const struct policy *policy, const struct cloison_rule *rule,
				enum cloison_peers kind, const struct policy_flow *flow)
{
	size_t i;

	for (i = 0; i < policy->part_count; i++) {
		const struct cloison_rule *part = &policy->parts[i];

		if (part->number == rule->number && part->peers == kind &&
		    part->family == flow->family &&
		    prefix_matches(part->address, flow->address, part->prefix))
			return true;
	}
	return false;
}

static inline bool peers_match(const struct policy *policy, const struct cloison_rule *rule,
			       const struct policy_flow *flow)
{
	if (rule->peers != CLOISON_PEERS_PREFIX)
		return part_matches(policy, rule, CLOISON_PART_MEMBER, flow);
	if (rule->family && rule->family != flow->family)
		return false;
	return prefix_matches(rule->address, flow->address, rule->prefix) &&
	       !part_matches(policy, rule, CLOISON_PART_EXCEPT, flow);
}

/* Any is all for those who deny, and not ICMP for those who allow. */
static inline bool protocol_matches(const struct cloison_rule *rule, enum cloison_protocol protocol)
{
	if (rule->protocol)
		return rule->protocol == protocol;
	return rule->verdict == CLOISON_DENY ||
	       (protocol != CLOISON_ICMP && protocol != CLOISON_ICMP6);
}

/* The definition: any rule that denies, else any that allows, else deny. */
static inline struct policy_answer by_definition(const struct policy *policy,
						 const struct policy_flow *flow)
{
	struct policy_answer answer = { CLOISON_DENY, 0 };
	size_t i;

	for (i = 0; i < policy->count; i++) {
		const struct cloison_rule *rule = &policy->rules[i];

		if (rule->direction != flow->direction || !protocol_matches(rule, flow->protocol) ||
		    flow->port < rule->first_port || flow->port > rule->last_port ||
		    !peers_match(policy, rule, flow))
			continue;
		if (rule->verdict == CLOISON_DENY)
			return (struct policy_answer){ CLOISON_DENY, rule->number };
		if (!answer.rule)
			answer = (struct policy_answer){ CLOISON_ALLOW, rule->number };
	}
	return answer;
}

static uint64_t random_state;

static inline uint32_t random_below(uint32_t n)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % n;
}

/* Few distinct bits, so that prefixes often contain one another. */
static inline void random_address(uint8_t address[16], uint32_t bits)
{
	uint32_t i;

	memset(address, 0, 16);
	for (i = 0; i < bits / 8; i++)
		address[i] = random_below(3) ? 0 : 1 << random_below(8);
}

static inline uint32_t random_port(bool dense)
{
	return dense	       ? random_below(600) :
	       random_below(8) ? random_below(16) * 4096 + random_below(3) :
				 random_below(65536);
}

static inline enum cloison_protocol random_protocol(void)
{
	static const enum cloison_protocol others[] = { CLOISON_SCTP, CLOISON_ICMP, CLOISON_ICMP6 };

	if (!random_below(4))
		return others[random_below(3)];
	return random_below(2) ? CLOISON_TCP : CLOISON_UDP;
}

static inline void random_prefix(struct cloison_rule *rule, enum cloison_family family,
				 uint32_t least)
{
	uint32_t bits = family == CLOISON_IPV4 ? 32 : 128, i;

	rule->family = family;
	rule->prefix = random_below(2) ? least + random_below(9) :
					 least + random_below(bits + 1 - least);
	if (rule->prefix > bits)
		rule->prefix = bits;
	for (i = rule->prefix; i < bits; i++)
		rule->address[i / 8] &= ~(0x80 >> (i % 8));
}

static inline void random_ports(struct cloison_rule *rule, bool dense)
{
	uint16_t swap;

	rule->last_port = 65535;
	if (rule->protocol == CLOISON_ICMP || rule->protocol == CLOISON_ICMP6) {
		if (rule->verdict == CLOISON_ALLOW || random_below(2))
			rule->first_port = rule->last_port = random_below(16);
		return;
	}
	if (!rule->protocol || !random_below(dense ? 30 : 3))
		return;
	rule->first_port = random_port(dense);
	rule->last_port = rule->first_port;
	if (random_below(dense ? 40 : 2))
		return;
	rule->last_port = random_port(dense);
	if (rule->last_port < rule->first_port) {
		swap = rule->first_port;
		rule->first_port = rule->last_port;
		rule->last_port = swap;
	}
}

static inline void random_rule(struct cloison_rule *rule, bool dense)
{
	uint32_t kind = random_below(10);

	*rule = (struct cloison_rule){
		.verdict = random_below(3) ? CLOISON_ALLOW : CLOISON_DENY,
		.direction = random_below(2) ? CLOISON_INGRESS : CLOISON_EGRESS,
		.protocol = random_below(dense ? 60 : 3) ? random_protocol() : CLOISON_ANY_PROTOCOL,
	};
	random_ports(rule, dense);
	if (kind) {
		enum cloison_family family = kind < 6 ? CLOISON_IPV4 : CLOISON_IPV6;

		random_address(rule->address, family == CLOISON_IPV4 ? 32 : 128);
		random_prefix(rule, family, 0);
	}
}

/* Prefixes inside the rule's, as the parser makes sure they are. */
static inline void random_excepts(struct policy_entry *entry)
{
	const struct cloison_rule *rule = &entry->rule;
	uint32_t bits = rule->family == CLOISON_IPV4 ? 32 : 128, count = random_below(4), i;

	for (i = 0; i < count && rule->family && rule->prefix < bits; i++) {
		struct cloison_rule *except = &entry->excepts[entry->except_count++];
		uint8_t below[16];
		uint32_t bit;

		*except = (struct cloison_rule){};
		memcpy(except->address, rule->address, sizeof(except->address));
		random_address(below, bits);
		for (bit = rule->prefix; bit < bits; bit++)
			except->address[bit / 8] |= below[bit / 8] & (0x80 >> (bit % 8));
		random_prefix(except, rule->family, rule->prefix + 1);
	}
}

/* A name, with the addresses that it stands for. */
static inline void random_members(struct policy *policy)
{
	struct cloison_rule *rule = &policy->rules[policy->count - 1];
	uint32_t count = random_below(4), i;

	rule->peers = CLOISON_PEERS_TENANT;
	strcpy(rule->tenant, "globex");
	rule->family = CLOISON_ANY_FAMILY;
	rule->prefix = 0;
	memset(rule->address, 0, sizeof(rule->address));
	for (i = 0; i < count; i++) {
		struct cloison_rule part = {
			.family = random_below(2) ? CLOISON_IPV4 : CLOISON_IPV6,
		};

		part.prefix = part.family == CLOISON_IPV4 ? 32 : 128;
		random_address(part.address, part.prefix);
		policy_part_add(policy, rule->number, &part, CLOISON_PART_MEMBER);
	}
}

/* @policy: empty. It may get fewer rules, for none is there twice. */
static inline void random_policy(struct policy *policy, uint32_t rules, bool dense)
{
	uint32_t i;

	for (i = 0; i < rules; i++) {
		struct policy_entry entry = {};
		bool named = !random_below(10);

		random_rule(&entry.rule, dense);
		if (!named && !random_below(3))
			random_excepts(&entry);
		if (!policy_add(policy, &entry, NULL) && named)
			random_members(policy);
	}
}

/* Often at an edge of a rule: that is where compilers err. */
static inline void random_flow(const struct policy *policy, struct policy_flow *flow, bool dense)
{
	memset(flow, 0, sizeof(*flow));
	flow->direction = random_below(2) ? CLOISON_INGRESS : CLOISON_EGRESS;
	flow->family = random_below(2) ? CLOISON_IPV4 : CLOISON_IPV6;
	flow->protocol = random_protocol();
	flow->port = random_port(dense);
	random_address(flow->address, flow->family == CLOISON_IPV4 ? 32 : 128);

	if (policy->count && random_below(4)) {
		const struct cloison_rule *rule = &policy->rules[random_below(policy->count)];
		const struct cloison_rule *at = rule;
		uint32_t bits, flip;

		if (policy->part_count && !random_below(3)) {
			at = &policy->parts[random_below(policy->part_count)];
			rule = &policy->rules[at->number - 1];
		}
		bits = at->family == CLOISON_IPV4 ? 32 : 128;
		flip = random_below(bits);
		flow->direction = rule->direction;
		if (rule->protocol && random_below(4))
			flow->protocol = rule->protocol;
		if (at->family) {
			flow->family = at->family;
			memcpy(flow->address, at->address, 16);
			if (random_below(2))
				flow->address[flip / 8] ^= 0x80 >> (flip % 8);
		}
		switch (random_below(4)) {
		case 0:
			flow->port = rule->first_port - 1;
			break;
		case 1:
			flow->port = rule->first_port;
			break;
		case 2:
			flow->port = rule->last_port;
			break;
		default:
			flow->port = rule->last_port + 1;
		}
	}
	/* Only one of the two is what the family has. */
	if (flow->protocol == CLOISON_ICMP || flow->protocol == CLOISON_ICMP6) {
		flow->protocol = flow->family == CLOISON_IPV4 ? CLOISON_ICMP : CLOISON_ICMP6;
		flow->port &= 0xFF;
	}
}

#endif /* CLOISON_TEST_REFERENCE_H */
