/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy engine: one longest-prefix match gives the class of the peer (the
 * compiler has put the rules of shorter prefixes into it), at most three hash
 * look-ups give the verdict of class, protocol and port.
 */
#ifndef CLOISON_POLICY_H
#define CLOISON_POLICY_H

#include "maps.h"

/* The rule that decided; 0 is the default. */
struct judgement {
	enum cloison_verdict verdict;
	__u32 rule;
};

static __always_inline const struct cloison_class *
policy_class(__u32 slot, enum cloison_direction direction, const struct cloison_peer *peer)
{
	void *inner;

	if (peer->family == CLOISON_IPV4) {
		struct cloison_addr4 key = {
			.prefix = CLOISON_DIRECTION_BITS + 32,
			.direction = direction,
		};

		__builtin_memcpy(key.address, peer->address, sizeof(key.address));
		inner = bpf_map_lookup_elem(&cloison_addr4, &slot);
		return inner ? bpf_map_lookup_elem(inner, &key) : NULL;
	} else {
		struct cloison_addr6 key = {
			.prefix = CLOISON_DIRECTION_BITS + 128,
			.direction = direction,
		};

		__builtin_memcpy(key.address, peer->address, sizeof(key.address));
		inner = bpf_map_lookup_elem(&cloison_addr6, &slot);
		return inner ? bpf_map_lookup_elem(inner, &key) : NULL;
	}
}

static __always_inline const struct cloison_ports *
policy_ports(__u32 slot, __u32 class, enum cloison_protocol protocol, __u16 port)
{
	struct cloison_ports_key key = {
		.class = class,
		.protocol = protocol,
		.page = CLOISON_PAGE_ALL,
	};
	const struct cloison_ports *ports;
	void *inner;

	inner = bpf_map_lookup_elem(&cloison_ports, &slot);
	if (!inner)
		return NULL;

	ports = bpf_map_lookup_elem(inner, &key);
	if (!ports || !ports->split)
		return ports;

	key.page = CLOISON_PAGE_256(port);
	ports = bpf_map_lookup_elem(inner, &key);
	if (!ports || !ports->split)
		return ports;

	key.page = CLOISON_PAGE_8(port);
	return bpf_map_lookup_elem(inner, &key);
}

/* Whether a flow that begins in this direction may be. */
static __noinline int policy_judge(__u32 slot, enum cloison_direction direction,
				   const struct cloison_peer *peer, struct judgement *judgement)
{
	__u16 port = direction == CLOISON_EGRESS ? peer->remote_port : peer->local_port;
	const struct cloison_class *class;
	const struct cloison_ports *ports;
	__u32 i;

	judgement->verdict = CLOISON_DENY;
	judgement->rule = 0;

	class = policy_class(slot, direction, peer);
	if (!class)
		return 0;
	ports = policy_ports(slot, class->class, peer->protocol, port);
	if (!ports)
		return 0;

	for (i = 0; i < CLOISON_PORT_RANGES; i++) {
		const struct cloison_port_range *range = &ports->ranges[i];

		if (i >= ports->count || port < range->first)
			break;
		if (port > range->last)
			continue;
		/* A table with nonsense in it must not allow. */
		if (range->verdict == CLOISON_ALLOW)
			judgement->verdict = CLOISON_ALLOW;
		judgement->rule = range->rule;
		break;
	}
	return 0;
}

/* Count a flow that began or a packet that was refused at its rule. */
static __always_inline void policy_hit(__u32 slot, __u32 number)
{
	__u32 key = number - 1;
	struct cloison_rule *rule;
	void *inner;

	if (!number)
		return;
	inner = bpf_map_lookup_elem(&cloison_rules, &slot);
	if (!inner)
		return;
	rule = bpf_map_lookup_elem(inner, &key);
	if (rule)
		__sync_fetch_and_add(&rule->hits, 1);
}

#endif /* CLOISON_POLICY_H */
