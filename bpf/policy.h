/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy engine: a prefix match tells whether the tenant's end is its own
 * address, one longest-prefix match gives the class of the peer (the compiler
 * has put the rules of shorter prefixes into it), at most three hash look-ups
 * give the verdict of class, protocol and port.
 */
#ifndef CLOISON_POLICY_H
#define CLOISON_POLICY_H

#include "maps.h"
#include "nat64.h"
#include "parse.h"

/* The rule that decided; 0 is the default. */
struct judgement {
	enum cloison_verdict verdict;
	__u32 rule;
	enum cloison_reason reason; /* if it is denied */
};

/* No rule says anything. */
static __always_inline void policy_nothing(struct judgement *judgement)
{
	judgement->verdict = CLOISON_DENY;
	judgement->rule = 0;
	judgement->reason = CLOISON_REASON_denied_default;
}

static __always_inline bool policy_denied(const struct judgement *judgement)
{
	return judgement->verdict != CLOISON_ALLOW && judgement->rule;
}

#define DHCP_SERVER 67
#define DHCP_CLIENT 68

static __always_inline bool address_is_loopback(enum cloison_family family, const __u8 *address)
{
	__u32 i, others = 0;

	if (family == CLOISON_IPV4)
		return address[0] == 127;
#pragma unroll
	for (i = 0; i < 15; i++)
		others |= address[i];
	return !others && address[15] == 1;
}

typedef __u32 __attribute__((may_alias)) flow_word;

static __always_inline bool flow_same_peer(const struct cloison_peer *a,
					   const struct cloison_peer *b)
{
	const flow_word *left = (const flow_word *)a;
	const flow_word *right = (const flow_word *)b;
	__u32 difference = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < sizeof(*a) / sizeof(*left); i++)
		difference |= left[i] ^ right[i];
	return !difference;
}

static __always_inline bool flow_same_local(const __u8 a[16], const __u8 b[16])
{
	const flow_word *left = (const flow_word *)a;
	const flow_word *right = (const flow_word *)b;

	return !((left[0] ^ right[0]) | (left[1] ^ right[1]) | (left[2] ^ right[2]) |
		 (left[3] ^ right[3]));
}

/* To many: a destination that is nobody's own. */
static __always_inline bool address_is_shared(enum cloison_family family, const __u8 *address)
{
	if (family == CLOISON_IPV6)
		return address[0] == 0xFF;
	return address[0] >> 4 == 0xE ||
	       (address[0] & address[1] & address[2] & address[3]) == 0xFF;
}

/* A host that asks for its first address has none to ask with. */
static __always_inline bool packet_asks_dhcp(const struct packet *packet)
{
	return packet->peer.family == CLOISON_IPV4 && packet->peer.protocol == CLOISON_UDP &&
	       packet->peer.local_port == DHCP_CLIENT && packet->peer.remote_port == DHCP_SERVER &&
	       !(packet->local[0] | packet->local[1] | packet->local[2] | packet->local[3]);
}

/* @address: an IPv4 address is in the first 4 */
static __always_inline bool policy_has_own(__u32 slot, enum cloison_family family,
					   const __u8 *address)
{
	struct cloison_own key = {
		.prefix = CLOISON_FAMILY_BITS + (family == CLOISON_IPV4 ? 32 : 128),
		.family = family,
	};
	void *inner;

	__builtin_memcpy(key.address, address, family == CLOISON_IPV4 ? 4 : 16);
	inner = bpf_map_lookup_elem(&cloison_own, &slot);
	return inner && bpf_map_lookup_elem(inner, &key);
}

/*
 * Whether the tenant's end of a packet is an address of its own: as source it
 * cannot be lent to it, as destination it is not meant for another. Without
 * any given address all are.
 */
static __always_inline bool policy_owns(const struct cloison_segment *segment,
					enum cloison_direction direction,
					const struct packet *packet)
{
	if (!(segment->flags & CLOISON_HAS_ADDRESSES))
		return true;
	if (direction == CLOISON_INGRESS && address_is_shared(packet->peer.family, packet->local))
		return true;
	if (direction == CLOISON_EGRESS && packet_asks_dhcp(packet))
		return true;
	/* It never leaves the host, and everybody has it. */
	if (address_is_loopback(packet->peer.family, packet->local) &&
	    address_is_loopback(packet->peer.family, packet->peer.address))
		return true;

	if (packet->peer.family == CLOISON_IPV4)
		return policy_has_own(segment->slot, CLOISON_IPV4, packet->local);
	return policy_has_own(segment->slot, CLOISON_IPV6, packet->local);
}

static __always_inline bool protocol_has_types(enum cloison_protocol protocol)
{
	return protocol == CLOISON_ICMP || protocol == CLOISON_ICMP6;
}

/* @address: an IPv4 address is in the first 4 */
static __always_inline const struct cloison_class *policy_class(__u32 slot,
								enum cloison_direction direction,
								enum cloison_family family,
								const __u8 *address)
{
	void *inner;

	if (family == CLOISON_IPV4) {
		struct cloison_addr4 key = {
			.prefix = CLOISON_DIRECTION_BITS + 32,
			.direction = direction,
		};

		__builtin_memcpy(key.address, address, sizeof(key.address));
		inner = bpf_map_lookup_elem(&cloison_addr4, &slot);
		return inner ? bpf_map_lookup_elem(inner, &key) : NULL;
	} else {
		struct cloison_addr6 key = {
			.prefix = CLOISON_DIRECTION_BITS + 128,
			.direction = direction,
		};

		__builtin_memcpy(key.address, address, sizeof(key.address));
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

/* What a class of peers may do at a port, if any rule says it. */
static __always_inline void policy_class_judge(__u32 slot, __u32 class,
					       enum cloison_protocol protocol, __u16 port,
					       struct judgement *judgement)
{
	const struct cloison_ports *ports = policy_ports(slot, class, protocol, port);
	__u32 i;

	if (!ports)
		return;
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
		judgement->reason = CLOISON_REASON_denied_rule;
		break;
	}
}

/* The port that is called, or the type of ICMP. */
static __always_inline __u16 policy_port(enum cloison_direction direction,
					 const struct cloison_peer *peer)
{
	return direction == CLOISON_EGRESS || protocol_has_types(peer->protocol) ?
		       peer->remote_port :
		       peer->local_port;
}

/* What the rules of prefixes say of a flow that begins; verified once, as parse_packet(). */
__noinline int policy_prefixes(__u32 slot, enum cloison_direction direction,
			       const struct cloison_peer *peer, struct judgement *judgement)
{
	enum cloison_protocol protocol;
	const struct cloison_class *class;
	__u16 port;

	if (!peer || !judgement)
		return 0;
	protocol = peer->protocol;
	port = policy_port(direction, peer);
	policy_nothing(judgement);
	class = policy_class(slot, direction, peer->family, peer->address);
	if (class)
		policy_class_judge(slot, class->class, protocol, port, judgement);

	/* What a translator makes of it is judged; a denial of what it is now stands. */
	if (peer->family != CLOISON_IPV6 || !nat64_is(peer->address) || policy_denied(judgement))
		return 0;
	policy_nothing(judgement);
	if (protocol == CLOISON_ICMP6) {
		protocol = CLOISON_ICMP;
		port = port == ICMP6_ECHO_REQUEST ? ICMP_ECHO_REQUEST : NAT64_NO_TYPE;
	}
	class = policy_class(slot, direction, CLOISON_IPV4, peer->address + CLOISON_NAT64_SIZE);
	if (class)
		policy_class_judge(slot, class->class, protocol, port, judgement);
	return 0;
}

/* The names that have the peer's address. */
static __always_inline const struct cloison_resolved *
policy_resolved(const struct cloison_peer *peer)
{
	struct cloison_address key = {};
	__u32 zero = 0;
	void *inner;

	if (peer->family == CLOISON_IPV6 && nat64_is(peer->address)) {
		key.family = CLOISON_IPV4;
		__builtin_memcpy(key.address, peer->address + CLOISON_NAT64_SIZE, 4);
	} else {
		key.family = peer->family;
		__builtin_memcpy(key.address, peer->address, sizeof(key.address));
	}
	inner = bpf_map_lookup_elem(&cloison_resolved, &zero);
	return inner ? bpf_map_lookup_elem(inner, &key) : NULL;
}

/*
 * Names of the DNS only allow, and only what a tenant begins: so they are asked where
 * no other rule says anything. What was resolved counts until its time is over.
 */
__noinline int policy_names(__u32 slot, const struct cloison_peer *peer,
			    struct judgement *judgement)
{
	const struct cloison_resolved *resolved;
	__u32 i;

	if (!peer || !judgement)
		return 0;
	resolved = policy_resolved(peer);
	if (!resolved)
		return 0;
	for (i = 0; i < CLOISON_NAMES_OF_ADDRESS; i++) {
		__u32 name = resolved->names[i];

		if (!name)
			break;
		if (resolved->until[i] <= bpf_ktime_get_boot_ns())
			continue;
		policy_class_judge(slot, CLOISON_CLASS_OF_NAME(name), peer->protocol,
				   peer->remote_port, judgement);
		if (judgement->verdict == CLOISON_ALLOW)
			break;
	}
	return 0;
}

/* What the rules say of a flow that begins in this direction. */
static __always_inline void policy_rules(const struct cloison_segment *segment,
					 enum cloison_direction direction,
					 const struct cloison_peer *peer,
					 struct judgement *judgement)
{
	policy_prefixes(segment->slot, direction, peer, judgement);
	if (direction == CLOISON_EGRESS && (segment->flags & CLOISON_HAS_DNS) && !judgement->rule)
		policy_names(segment->slot, peer, judgement);
}

/* Whether a flow that begins with this packet may be. */
static __always_inline void policy_judge(const struct cloison_segment *segment,
					 enum cloison_direction direction,
					 const struct packet *packet, struct judgement *judgement)
{
	if (policy_owns(segment, direction, packet)) {
		policy_rules(segment, direction, &packet->peer, judgement);
		return;
	}
	judgement->verdict = CLOISON_DENY;
	judgement->rule = 0;
	judgement->reason = CLOISON_REASON_not_own;
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
