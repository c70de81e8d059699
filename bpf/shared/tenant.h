/* SPDX-License-Identifier: GPL-2.0-only */
/* Which tenants there are, where their cgroups lie, and what is in force for each. */
#ifndef CLOISON_SHARED_TENANT_H
#define CLOISON_SHARED_TENANT_H

#include "shared/base.h"

/* Of this many tenants the guard can hold the policies at one time. */
#define CLOISON_SEGMENTS 4096

/* Each tenant has two places for a policy: the one in force, and the next. */
#define CLOISON_SLOTS (2 * CLOISON_SEGMENTS)

/* What a segment's policy has, so that programs need not look for it. */
enum cloison_segment_flags {
	CLOISON_HAS_ADDRESSES = 1, /* the tenant's own: no other is its own */
	CLOISON_HAS_ICMP = 2,	   /* a rule that allows some of it */
	CLOISON_HAS_ICMP6 = 4,
	CLOISON_HAS_SCTP = 8,
	CLOISON_HAS_DNS = 16, /* a rule whose peer is a name of the DNS */
};

/*
 * cloison_slots: who has which slot, and which of the slot's two segments is in
 * force. The generation is written by one store, which is the moment when a new
 * policy takes force, for sockets and devices alike; 0 denies all.
 */
struct cloison_slot {
	CLOISON_OTHER_FIELD
	__u64 generation; /* no other policy on this host has or had it */
	__u64 cgroup;
	__u32 tenant;
	__u32 level;   /* the depth of the tenant's cgroup */
	__u32 limited; /* 1: the tenant has limits, in cloison_limits */
	__u32 zero;
};

CLOISON_SIZE(struct cloison_slot, 32);

/*
 * cloison_segments: what a tenant's packets and calls are judged by. A slot has
 * two, at CLOISON_SEGMENT_AT(slot, generation). The one in force never changes.
 */
struct cloison_segment {
	CLOISON_OTHER_FIELD
	__u64 generation; /* the slot's, or else it is not in force */
	__u32 tenant;
	__u32 index; /* the slot: into cloison_ours, cloison_theirs, cloison_stats */
	__u32 slot;  /* the policy: into cloison_addr4, addr6, ports, rules, own */
	enum cloison_mode mode;
	__u32 flags; /* enum cloison_segment_flags */
	__u32 zero;
};

CLOISON_SIZE(struct cloison_segment, 32);

#define CLOISON_SEGMENT_AT(index, generation) (2 * (index) + (__u32)((generation) & 1))

/*
 * A tenant's limits, each for itself: at its sockets, and in the same order at the host's
 * ends of its devices. In is what comes to the tenant.
 */
/* clang-format off */
#define CLOISON_LIMITS(limit)							\
	limit(bytes_in)								\
	limit(bytes_out)							\
	limit(flows_in)								\
	limit(flows_out)							\
	limit(device_bytes_in)							\
	limit(device_bytes_out)							\
	limit(device_flows_in)							\
	limit(device_flows_out)
/* clang-format on */

enum cloison_limit {
#define CLOISON_LIMIT_ENUM(name) CLOISON_LIMIT_##name,
	CLOISON_LIMITS(CLOISON_LIMIT_ENUM)
#undef CLOISON_LIMIT_ENUM
		CLOISON_LIMIT_COUNT
};

/* So many bytes, from the IP header on, or flows that begin, in a time. */
struct cloison_rate {
	__u64 amount; /* bytes or flows; 0: no limit */
	__u64 period; /* nanoseconds for the amount */
	__u64 room;   /* nanoseconds, of whose share nothing need be used before */
	__u64 full;   /* when all the room is there again: nanoseconds of CLOCK_BOOTTIME */
};

CLOISON_SIZE(struct cloison_rate, 32);

/* cloison_limits: by the tenant's slot; a tenant without limits has none. */
struct cloison_limits {
	CLOISON_OTHER_FIELD
	struct cloison_rate of[CLOISON_LIMIT_COUNT]; /* by enum cloison_limit */
};

CLOISON_SIZE(struct cloison_limits, 32 * CLOISON_LIMIT_COUNT);

/* cloison_tenants: who is segmented where, keyed by the tenant's number. */
struct cloison_tenant {
	CLOISON_OTHER_FIELD
	__u64 cgroup;
	__u32 index; /* its slot */
	__u32 level; /* the depth of its cgroup */
	char name[CLOISON_TENANT_NAME_SIZE];
};

CLOISON_SIZE(struct cloison_tenant, 16 + CLOISON_TENANT_NAME_SIZE);

/* Parent cgroups at which the guard is attached. */
#define CLOISON_PENS 4

/* A pen's path, from the root of the cgroup file system, terminating NUL included. */
#define CLOISON_PEN_PATH_SIZE 128

/* A cgroup's depth; a tenant's may lie at 2 to CLOISON_LEVELS - 1. */
#define CLOISON_LEVELS 32

/* At so many different depths tenants may lie at one time. */
#define CLOISON_DEPTHS 8

/* cloison_cgroups: the tenants' cgroups, keyed by cgroup id. */
struct cloison_cgroup {
	__u32 index; /* the tenant's slot */
};

/*
 * One pen. Each of the two places is a cgroup's id and depth, written by one
 * store; 0 is none. A pen that was made again is naked: nothing is attached there.
 */
struct cloison_pen {
	__u64 place; /* the pen's own */
	__u64 first; /* of it or the cgroup above it that a task is asked for first */
	char path[CLOISON_PEN_PATH_SIZE]; /* from the root, such as "/cloison" */
};

CLOISON_SIZE(struct cloison_pen, 16 + CLOISON_PEN_PATH_SIZE);

#define CLOISON_PLACE(cgroup, level) ((__u64)(cgroup) << 8 | (level))
#define CLOISON_PLACE_CGROUP(place) ((place) >> 8)
#define CLOISON_PLACE_LEVEL(place) ((__u32)((place) & 0x7F))
#define CLOISON_PLACE_NAKED 0x80ULL

/*
 * cloison_pens: where the tenants are, and all that numbers are given out from.
 * Userspace writes it while programs read: one store a field, no field twice.
 */
struct cloison_pens {
	CLOISON_OTHER_FIELD
	__u64 generation; /* the last that was given out */
	__u32 depths;	  /* how many of the list that follows count */
	__u32 unsettled;  /* 1: programs may still go by the policy before the last */
	__u32 control;	  /* the device number of the module's control node */
	__u32 zero;
	__u8 depth[CLOISON_DEPTHS]; /* at which tenants lie, in any order */
	struct cloison_pen pens[CLOISON_PENS];
};

CLOISON_SIZE(struct cloison_pens,
	     24 + CLOISON_DEPTHS + CLOISON_PENS * (16 + CLOISON_PEN_PATH_SIZE));

/*
 * cloison_guard: the programs that must be in force on a task's cgroup, since
 * they are attached at the pen above it, before it may use its tenant's memory:
 * those of this build or, while it takes the place of another, of that one.
 * Written by the loader, and frozen once no other build's programs are accepted.
 */
#define CLOISON_GUARD_NOW 0
#define CLOISON_GUARD_BEFORE 1
#define CLOISON_GUARD_BUILDS 2

struct cloison_guard {
	__u64 build; /* of the object these were loaded from */
	__u32 ingress;
	__u32 egress;
	__u32 connect4;
	__u32 connect6;
	__u32 sendmsg4;
	__u32 sendmsg6;
	__u32 bind4;
	__u32 bind6;
	__u32 sock_create;
	__u32 sock_release; /* tells of flows that end: not asked for */
	__u32 dev;
	__u32 sysctl;
	/* On tenants' devices, two copies of each: see guard_device.c. */
	__u32 from[2];
	__u32 to[2];
};

CLOISON_SIZE(struct cloison_guard, 72);

#endif /* CLOISON_SHARED_TENANT_H */
