/* SPDX-License-Identifier: GPL-2.0-only */
/* Networks, devices, and what of both is the host's own. */
#ifndef CLOISON_SHARED_NETWORK_H
#define CLOISON_SHARED_NETWORK_H

#include "shared/base.h"

/*
 * cloison_devices: the host's ends of tenants' veths and taps, keyed by the
 * number of the device.
 */
struct cloison_device {
	CLOISON_OTHER_FIELD
	__u64 attachment; /* when, so that no later one inherits its flows */
	__u64 network;	  /* cookie of the network that the device is in */
	__u32 tenant;
	__u8 address[6]; /* of the link layer: the tenant's end, no other source passes */
	__u8 zero[6];
	char name[16];
};

CLOISON_SIZE(struct cloison_device, 48);

/* A tenant has at most so many. */
#define CLOISON_ENDS 16

/*
 * cloison_ends: the devices of a tenant's that admit() asks about, by the tenant's slot.
 * Written again from cloison_devices when that changes; a place that is free is 0.
 */
struct cloison_ends {
	__u32 device[CLOISON_ENDS];
};

CLOISON_SIZE(struct cloison_ends, 4 * CLOISON_ENDS);

/* As a path below /run/netns, or the end of one. */
#define CLOISON_NETWORK_NAME_SIZE 64

/*
 * cloison_networks: networks that are one tenant's alone, keyed by their cookie
 * (SO_NETNS_COOKIE), which no later network has again.
 */
struct cloison_network {
	__u32 tenant;
	__u32 zero;
	char name[CLOISON_NETWORK_NAME_SIZE]; /* as it was given */
};

CLOISON_SIZE(struct cloison_network, 8 + CLOISON_NETWORK_NAME_SIZE);

/* Networks of translators besides the well-known one. */
#define CLOISON_NAT64 8

/* The first bytes of a translated address; the IPv4 address is behind them (RFC 6052). */
#define CLOISON_NAT64_SIZE 12

/* cloison_host: what is the host's own. */
struct cloison_host {
	__u32 network; /* inode number of its network namespace */
	__u32 nat64_count;
	__u8 nat64[CLOISON_NAT64][CLOISON_NAT64_SIZE];
};

CLOISON_SIZE(struct cloison_host, 8 + CLOISON_NAT64 * CLOISON_NAT64_SIZE);

#endif /* CLOISON_SHARED_NETWORK_H */
