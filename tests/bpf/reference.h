/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy means, by the definition alone, and random policies with
 * flows about them: the unit tests hold the compiled tables against it, and
 * the property test the guard's programs in the kernel. What names stand for is
 * taken from the world, not from what the resolver has made of it.
 */
#ifndef CLOISON_TEST_REFERENCE_H
#define CLOISON_TEST_REFERENCE_H

#include <stdbool.h>
#include <string.h>

#include "policy.h"
#include "policy_resolve.h"

static inline bool prefix_matches(const uint8_t *prefix, const uint8_t *address, uint32_t bits)
{
	uint32_t i;

	for (i = 0; i < bits; i++)
		if ((prefix[i / 8] ^ address[i / 8]) & (0x80 >> (i % 8)))
			return false;
	return true;
}

static inline bool is_left_out(const struct policy *policy, const struct cloison_rule *rule,
			       const struct policy_flow *flow)
{
	size_t i;

	for (i = 0; i < policy->part_count; i++) {
		const struct cloison_rule *part = &policy->parts[i];

		if (part->number == rule->number && part->peers == CLOISON_PART_EXCEPT &&
		    part->family == flow->family &&
		    prefix_matches(part->address, flow->address, part->prefix))
			return true;
	}
	return false;
}

static inline bool is_own(const struct cloison_own *own, size_t count,
			  const struct policy_flow *flow)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (own[i].family == flow->family &&
		    prefix_matches(own[i].address, flow->address,
				   own[i].prefix - CLOISON_FAMILY_BITS))
			return true;
	return false;
}

static inline bool is_in_group(const struct policy *own, const char *group)
{
	size_t i;

	for (i = 0; i < own->label_count; i++)
		if (own->labels[i].peers == CLOISON_LABEL_GROUP &&
		    !strcmp(own->labels[i].tenant, group))
			return true;
	return false;
}

/*
 * Whether the port that is called has the rule's name where it is called. If no port
 * there has it, all are meant by who denies, and none by who allows.
 */
static inline bool is_called(const struct policy *own, const struct cloison_rule *rule,
			     const struct policy_flow *flow)
{
	size_t i;

	for (i = 0; i < own->label_count; i++)
		if (own->labels[i].peers == CLOISON_LABEL_PORT &&
		    own->labels[i].protocol == flow->protocol &&
		    !strcmp(own->labels[i].port_name, rule->port_name))
			return flow->port >= own->labels[i].first_port &&
			       flow->port <= own->labels[i].last_port;
	return rule->verdict == CLOISON_DENY;
}

/* A name of a tenant or of a group; a port's name is looked up in each tenant. */
static inline bool tenants_match(const struct cloison_rule *rule, const struct policy_world *world,
				 const char *self, const struct policy_flow *flow)
{
	size_t i;

	for (i = 0; i < world->tenant_count; i++) {
		const struct policy_tenant *tenant = &world->tenants[i];
		bool meant = rule->peers == CLOISON_PEERS_TENANT ?
				     !strcmp(tenant->name, rule->tenant) :
				     strcmp(tenant->name, self) &&
					     is_in_group(tenant->own, rule->tenant);

		if (meant && is_own(tenant->own->addresses, tenant->own->address_count, flow) &&
		    (!rule->port_name[0] || rule->direction == CLOISON_INGRESS ||
		     is_called(tenant->own, rule, flow)))
			return true;
	}
	return false;
}

static inline bool peers_match(const struct policy *policy, const struct policy_world *world,
			       const char *self, const struct cloison_rule *rule,
			       const struct policy_flow *flow)
{
	switch (rule->peers) {
	case CLOISON_PEERS_PREFIX:
		return (!rule->family || rule->family == flow->family) &&
		       prefix_matches(rule->address, flow->address, rule->prefix) &&
		       !is_left_out(policy, rule, flow);
	case CLOISON_PEERS_HOST:
		return is_own(world->host, world->host_count, flow);
	default:
		return tenants_match(rule, world, self, flow);
	}
}

static inline bool ports_match(const struct policy *policy, const struct cloison_rule *rule,
			       const struct policy_flow *flow)
{
	if (!rule->port_name[0])
		return flow->port >= rule->first_port && flow->port <= rule->last_port;
	/* Of egress the peers tell. */
	return rule->direction == CLOISON_EGRESS || is_called(policy, rule, flow);
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
						 const struct policy_world *world, const char *self,
						 const struct policy_flow *flow)
{
	struct policy_answer answer = { CLOISON_DENY, 0 };
	size_t i;

	for (i = 0; i < policy->count; i++) {
		const struct cloison_rule *rule = &policy->rules[i];

		if (rule->direction != flow->direction || !protocol_matches(rule, flow->protocol) ||
		    !ports_match(policy, rule, flow) ||
		    !peers_match(policy, world, self, rule, flow))
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

/* ---- a world of tenants ---------------------------------------------------- */

#define WORLD_TENANTS 5
#define WORLD_SELF "b"

static const char *const world_names[] = { "a", "b", "c", "d", "e" };
static const char *const world_groups[] = { "red", "green", "blue" };
static const char *const world_ports[] = { "web", "dns", "x-1" };

struct world {
	struct policy_world world;
	struct policy own[WORLD_TENANTS], host;
	struct policy_tenant tenants[WORLD_TENANTS];
};

static inline void random_own(struct policy *own)
{
	uint32_t count = random_below(4), i;

	for (i = 0; i < count; i++) {
		enum cloison_family family = random_below(2) ? CLOISON_IPV4 : CLOISON_IPV6;
		uint32_t bits = family == CLOISON_IPV4 ? 32 : 128;
		struct cloison_rule prefix = {};
		struct cloison_own address = { .family = family };

		random_address(prefix.address, bits);
		random_prefix(&prefix, family, random_below(2) ? bits : bits - random_below(9));
		address.prefix = CLOISON_FAMILY_BITS + prefix.prefix;
		memcpy(address.address, prefix.address, sizeof(address.address));
		policy_own_add(own, &address);
	}
}

static inline void random_labels(struct policy *own)
{
	static const enum cloison_protocol protocols[] = { CLOISON_TCP, CLOISON_UDP, CLOISON_SCTP };
	uint32_t count = random_below(14), i;

	for (i = 0; i < count; i++) {
		struct cloison_rule label = { .peers = CLOISON_LABEL_PORT };

		if (!random_below(4)) {
			label.peers = CLOISON_LABEL_GROUP;
			strcpy(label.tenant, world_groups[random_below(3)]);
		} else {
			strcpy(label.port_name, world_ports[random_below(3)]);
			label.protocol = protocols[random_below(random_below(8) ? 2 : 3)];
			label.first_port = random_port(false);
			label.last_port = label.first_port;
			if (!random_below(3) && label.first_port < 65000)
				label.last_port += random_below(500);
		}
		policy_label_add(own, &label);
	}
}

static inline void random_world(struct world *world)
{
	size_t i;

	*world = (struct world){};
	for (i = 0; i < WORLD_TENANTS; i++) {
		random_own(&world->own[i]);
		random_labels(&world->own[i]);
		world->tenants[i] = (struct policy_tenant){ world_names[i], &world->own[i] };
	}
	random_own(&world->host);
	world->world = (struct policy_world){ world->tenants,
					      WORLD_TENANTS,
					      world->host.addresses,
					      world->host.address_count,
					      NULL,
					      0 };
}

static inline void world_end(struct world *world)
{
	size_t i;

	for (i = 0; i < WORLD_TENANTS; i++)
		policy_free(&world->own[i]);
	policy_free(&world->host);
}

/* A tenant, a group or the host instead of a prefix; some of them there are not. */
static inline void random_name(struct cloison_rule *rule)
{
	static const enum cloison_peers peers[] = { CLOISON_PEERS_TENANT, CLOISON_PEERS_GROUP,
						    CLOISON_PEERS_GROUP, CLOISON_PEERS_HOST };

	rule->peers = peers[random_below(4)];
	rule->family = CLOISON_ANY_FAMILY;
	rule->prefix = 0;
	memset(rule->address, 0, sizeof(rule->address));
	if (rule->peers == CLOISON_PEERS_TENANT)
		strcpy(rule->tenant, random_below(8) ? world_names[random_below(5)] : "nobody");
	else if (rule->peers == CLOISON_PEERS_GROUP)
		strcpy(rule->tenant, random_below(8) ? world_groups[random_below(3)] : "none");
}

/* The name of a port, where one may stand. */
static inline void random_port_name(struct cloison_rule *rule)
{
	if ((rule->protocol != CLOISON_TCP && rule->protocol != CLOISON_UDP &&
	     rule->protocol != CLOISON_SCTP) ||
	    (rule->direction == CLOISON_EGRESS && rule->peers != CLOISON_PEERS_TENANT &&
	     rule->peers != CLOISON_PEERS_GROUP))
		return;
	strcpy(rule->port_name, world_ports[random_below(3)]);
	rule->first_port = 1;
	rule->last_port = 0;
}

/* @policy: empty. It may get fewer rules, for none is there twice. */
static inline void random_policy(struct policy *policy, uint32_t rules, bool dense)
{
	uint32_t i;

	for (i = 0; i < rules; i++) {
		struct policy_entry entry = {};
		bool named = !random_below(5);

		random_rule(&entry.rule, dense);
		if (named)
			random_name(&entry.rule);
		else if (!random_below(3))
			random_excepts(&entry);
		if (random_below(4) < (named ? 3 : 1))
			random_port_name(&entry.rule);
		policy_add(policy, &entry, NULL);
	}
}

/* The policy of one of them, and what its names stand for there. Returns 0 or an errno. */
static inline int random_policy_in(struct policy *policy, const struct world *world, uint32_t rules,
				   bool dense)
{
	random_policy(policy, rules, dense);
	random_labels(policy);
	return policy_resolve(policy, WORLD_SELF, &world->world, false, NULL);
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
		const struct cloison_rule *at = rule, *ports = rule;
		uint32_t bits, flip;

		if (policy->part_count && !random_below(3)) {
			at = &policy->parts[random_below(policy->part_count)];
			rule = &policy->rules[at->number - 1];
			ports = at->peers == CLOISON_PART_MEMBER ? at : rule;
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
			flow->port = ports->first_port - 1;
			break;
		case 1:
			flow->port = ports->first_port;
			break;
		case 2:
			flow->port = ports->last_port;
			break;
		default:
			flow->port = ports->last_port + 1;
		}
	}
	/* Only one of the two is what the family has. */
	if (flow->protocol == CLOISON_ICMP || flow->protocol == CLOISON_ICMP6) {
		flow->protocol = flow->family == CLOISON_IPV4 ? CLOISON_ICMP : CLOISON_ICMP6;
		flow->port &= 0xFF;
	}
}

#endif /* CLOISON_TEST_REFERENCE_H */
