/* SPDX-License-Identifier: GPL-2.0-only */
/* Words that all maps use, and what a build of another shape is. */
#ifndef CLOISON_SHARED_BASE_H
#define CLOISON_SHARED_BASE_H

#include <linux/bpf.h>
#include <linux/types.h>

/*
 * In front of structs in the build that the tests of upgrades load: its maps are of
 * other shapes, so that each entry has to be converted. Other builds have none of it.
 */
#ifdef CLOISON_OTHER_SHAPE
#define CLOISON_OTHER_FIELD __u64 other;
#define CLOISON_SIZE(type, size)
#else
#define CLOISON_OTHER_FIELD
#define CLOISON_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has no padding")
#endif

/* As in the kernel module's names, terminating NUL included. */
#define CLOISON_TENANT_NAME_SIZE 64

enum cloison_direction {
	CLOISON_INGRESS = 1,
	CLOISON_EGRESS = 2,
};

/* Zero is left out on purpose: a value never written decides nothing. */
enum cloison_verdict {
	CLOISON_ALLOW = 1,
	CLOISON_DENY = 2,
};

/* The numbers are those of the IP header; zero, in rules only, is any. */
enum cloison_protocol {
	CLOISON_ANY_PROTOCOL = 0,
	CLOISON_ICMP = 1,
	CLOISON_TCP = 6,
	CLOISON_UDP = 17,
	CLOISON_ICMP6 = 58,
	CLOISON_SCTP = 132,
};

enum cloison_family {
	CLOISON_ANY_FAMILY = 0,
	CLOISON_IPV4 = 4,
	CLOISON_IPV6 = 6,
};

enum cloison_mode {
	/* Nothing was written yet: deny. */
	CLOISON_UNSET = 0,
	CLOISON_ENFORCE = 1,
	/* All is judged and counted as if it were enforced, and passes. */
	CLOISON_OBSERVE = 2,
};

#endif /* CLOISON_SHARED_BASE_H */
