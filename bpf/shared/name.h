/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the DNS that policies have. */
#ifndef CLOISON_SHARED_NAME_H
#define CLOISON_SHARED_NAME_H

#include "shared/base.h"

/* Names of the DNS that policies may have, all of them together. */
#define CLOISON_NAMES 4096

/* An address is known to be that of so many of them. */
#define CLOISON_NAMES_OF_ADDRESS 8

/*
 * cloison_names: names of the DNS that policies have, by their number, and what the
 * resolver last heard of them. No program reads it.
 */
struct cloison_name {
	char name[CLOISON_TENANT_NAME_SIZE];
	__u64 answered; /* nanoseconds of CLOCK_BOOTTIME; 0 if never */
	__u32 refused;	/* addresses of the last answer that no name may have */
	__u32 left_out; /* or for which the name had no room */
	__u32 failures; /* questions since then that had no answer */
	__u32 crowded;	/* addresses that have CLOISON_NAMES_OF_ADDRESS others already */
};

CLOISON_SIZE(struct cloison_name, CLOISON_TENANT_NAME_SIZE + 24);

/*
 * cloison_resolved: the names that an address has, and until when. The one table is
 * replaced as a whole; what ends in it ends without a process.
 */
struct cloison_address {
	enum cloison_family family;
	__u8 address[16]; /* an IPv4 address is in the first 4 */
};

CLOISON_SIZE(struct cloison_address, 20);

struct cloison_resolved {
	__u64 until[CLOISON_NAMES_OF_ADDRESS]; /* nanoseconds of CLOCK_BOOTTIME */
	__u32 names[CLOISON_NAMES_OF_ADDRESS]; /* 0 for none */
};

CLOISON_SIZE(struct cloison_resolved, 12 * CLOISON_NAMES_OF_ADDRESS);

/* The class of peers that a name is, beside those of prefixes. */
#define CLOISON_CLASS_OF_NAME(number) (0x80000000U | (number))

#endif /* CLOISON_SHARED_NAME_H */
