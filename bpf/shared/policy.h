/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy as it was given, and as it is looked up. */
#ifndef CLOISON_SHARED_POLICY_H
#define CLOISON_SHARED_POLICY_H

#include "shared/base.h"

/* A policy may have so many rules. */
#define CLOISON_RULES 131072

/* The name of a port, as RFC 6335 has it, terminating NUL included. */
#define CLOISON_PORT_NAME_SIZE 16

/* Likewise of a rule's name. */
#define CLOISON_RULE_NAME_SIZE 32

/*
 * cloison_addr4 and cloison_addr6: which class of peers an address is in. The
 * prefix counts the 32 bits of the direction too.
 */
struct cloison_addr4 {
	__u32 prefix;
	enum cloison_direction direction;
	__u8 address[4];
};

CLOISON_SIZE(struct cloison_addr4, 12);

struct cloison_addr6 {
	__u32 prefix;
	enum cloison_direction direction;
	__u8 address[16];
};

CLOISON_SIZE(struct cloison_addr6, 24);

#define CLOISON_DIRECTION_BITS 32

/* Value of the above. A class belongs to one direction and one family. */
struct cloison_class {
	__u32 class;
};

CLOISON_SIZE(struct cloison_class, 4);

/*
 * cloison_ports: what a class of peers may do. First page 0 is looked up; if
 * it has no room for all ranges, it says so, and the answer is in the page of
 * the port's 256 ports; if those have no room, in that of its 8.
 */
struct cloison_ports_key {
	__u32 class;
	enum cloison_protocol protocol;
	__u32 page;
};

CLOISON_SIZE(struct cloison_ports_key, 12);

#define CLOISON_PAGE_ALL 0
#define CLOISON_PAGE_256(port) (1 + ((__u32)(port) >> 8))
#define CLOISON_PAGE_8(port) (1 + 256 + ((__u32)(port) >> 3))

struct cloison_port_range {
	__u16 first;
	__u16 last;
	enum cloison_verdict verdict;
	__u32 rule;
};

CLOISON_SIZE(struct cloison_port_range, 12);

/* As many as the ports of the finest page: those always have room. */
#define CLOISON_PORT_RANGES 8

/* Ranges are sorted and do not overlap; a port in none has the default. */
struct cloison_ports {
	__u32 count;
	__u32 split; /* 1: look at the finer page instead */
	struct cloison_port_range ranges[CLOISON_PORT_RANGES];
};

CLOISON_SIZE(struct cloison_ports, 8 + 12 * CLOISON_PORT_RANGES);

/*
 * cloison_own: the tenant's own addresses and prefixes, if any were given. The
 * prefix counts the 32 bits of the family too.
 */
struct cloison_own {
	__u32 prefix;
	enum cloison_family family;
	__u8 address[16]; /* an IPv4 address is in the first 4 */
};

CLOISON_SIZE(struct cloison_own, 24);

#define CLOISON_FAMILY_BITS 32

/* What a rule's address stands for. The parts are of a rule, the labels of a tenant. */
enum cloison_peers {
	CLOISON_PEERS_PREFIX = 0, /* the address; of no family: all */
	CLOISON_PEERS_TENANT = 1, /* whatever the tenant of that name has */
	CLOISON_PEERS_HOST = 2,	  /* the addresses of this host */
	CLOISON_PART_MEMBER = 3,  /* an address of a tenant or the host */
	CLOISON_PART_EXCEPT = 4,  /* peers that the rule is not for */
	CLOISON_PEERS_GROUP = 5,  /* whatever the tenants of that group have */
	CLOISON_LABEL_GROUP = 6,  /* a group that the tenant is in */
	CLOISON_LABEL_PORT = 7,	  /* a port of the tenant that has a name */
	CLOISON_PEERS_DNS = 8,	  /* what the name in the DNS has: see cloison_resolved */
	CLOISON_PART_DNS = 9,	  /* the number of that name, as the prefix */
};

/*
 * cloison_rules: the rules as they were given, by number less one; behind them
 * the parts of some, with the number of their rule; last the tenant's labels.
 */
struct cloison_rule {
	CLOISON_OTHER_FIELD
	__u32 number;
	enum cloison_verdict verdict;
	enum cloison_direction direction;
	enum cloison_protocol protocol;
	enum cloison_peers peers;
	enum cloison_family family;
	__u32 prefix;	  /* bits of the address that count */
	__u8 address[16]; /* an IPv4 address is in the first 4 */
	__u16 first_port; /* of ICMP: types */
	__u16 last_port;
	__u64 hits; /* new flows and refused packets it decided */
	char name[CLOISON_RULE_NAME_SIZE];
	char tenant[CLOISON_TENANT_NAME_SIZE]; /* or a group, or a name of the DNS */
	/*
	 * If the ports were given by a name: they are what it stands for in the
	 * tenant, or for a rule of egress what it stands for in each member.
	 */
	char port_name[CLOISON_PORT_NAME_SIZE];
};

CLOISON_SIZE(struct cloison_rule,
	     56 + CLOISON_RULE_NAME_SIZE + CLOISON_TENANT_NAME_SIZE + CLOISON_PORT_NAME_SIZE);

#endif /* CLOISON_SHARED_POLICY_H */
