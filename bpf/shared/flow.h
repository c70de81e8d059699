/* SPDX-License-Identifier: GPL-2.0-only */
/* Flows that were admitted, and what is kept at a socket. */
#ifndef CLOISON_SHARED_FLOW_H
#define CLOISON_SHARED_FLOW_H

#include "shared/base.h"

/* Flows without a connection, remembered for each tenant: so many of either beginning. */
#define CLOISON_FLOWS 1024

/* So many of them share a bucket. */
#define CLOISON_WAYS 8

/* A remembered flow ends when nothing has passed for so long. */
#define CLOISON_FLOW_SECONDS 180

/* Of packets in pieces that passed by the first one: so many for each tenant, for so long. */
#define CLOISON_FRAGMENTS 128
#define CLOISON_FRAGMENT_SECONDS 30

/* Why a flow ended that a socket had; 0 while it has not. */
enum cloison_end {
	CLOISON_END_CLOSED = 1,	  /* the tenant closed it first */
	CLOISON_END_PEER = 2,	  /* its peer did */
	CLOISON_END_BROKEN = 3,	  /* by a reset, or nothing was heard */
	CLOISON_END_POLICY = 4,	  /* by a policy that forbids it */
	CLOISON_END_REPLACED = 5, /* the socket began another */
};

/*
 * The two ends of a flow, as seen from the tenant. Of ICMP: the type of the
 * request as remote_port, its identifier as local_port, and whence it comes,
 * for an echo there says nothing of an echo back.
 */
struct cloison_peer {
	__u8 address[16]; /* an IPv4 address is in the first 4 */
	enum cloison_family family;
	enum cloison_protocol protocol;
	__u16 remote_port;
	__u16 local_port;
	__u32 request; /* enum cloison_direction; zero but of ICMP */
};

CLOISON_SIZE(struct cloison_peer, 32);

/*
 * cloison_ours and cloison_theirs: admitted flows, by who began them; both their
 * directions pass. A place is free while it has no family.
 */
struct cloison_flow {
	CLOISON_OTHER_FIELD
	__u8 address[16]; /* the peer's, as in struct cloison_peer */
	__u8 local[16];	  /* the tenant's end */
	__u64 owner;	  /* cookie of a socket, of a network, or a device's attachment */
	__u64 generation; /* of the policy that admitted it last */
	__u16 remote_port;
	__u16 local_port;
	__u32 seen; /* seconds of CLOCK_MONOTONIC */
	__u32 rule;
	__u8 family;   /* enum cloison_family */
	__u8 protocol; /* enum cloison_protocol */
	__u8 request;  /* as in struct cloison_peer */
	__u8 zero;
};

CLOISON_SIZE(struct cloison_flow, 64);

struct cloison_bucket {
	struct bpf_spin_lock lock;
	/* While a flow is noted: how many of its peer are here, and whose place it takes. */
	__u32 peers;
	__u64 rank;
	__u32 place;
	__u32 zero;
	struct cloison_flow flows[CLOISON_WAYS];
};

CLOISON_SIZE(struct cloison_bucket, 24 + 64 * CLOISON_WAYS);

/*
 * cloison_sockets: all that is kept at a tenant's socket, and at those that a listener
 * accepts: the network it was made in and, of TCP and of UDP that is connected, its
 * flow. Addresses and ports are as in the header of a packet that it sends, so that
 * one that goes on is compared with a few words. The flow counts while the slot has
 * its generation.
 */
struct cloison_socket {
	CLOISON_OTHER_FIELD
	__u64 generation; /* of the policy that admitted the flow last; 0 for none */
	__u64 network;	  /* its cookie */
	__u32 index;	  /* the tenant's slot */
	__u32 rule;
	enum cloison_direction direction; /* of the flow's first packet; 0 without a flow */
	enum cloison_family family;
	enum cloison_protocol protocol;
	__u32 observed; /* 1: what is only observed is counted apart */
	__u8 local[16]; /* an IPv4 address is in the first 4 */
	__u8 remote[16];
	__u8 ports[4]; /* the local one, then the remote one */
	/* Whom a socket of UDP named last, by sendto(2) or connect(2): see nat.h. */
	__u16 named_port;
	__u8 named_family; /* enum cloison_family; 0 for nobody */
	__u8 translated;   /* 1: some went to another than was named */
	__u8 named[16];	   /* as in struct cloison_peer */
	/* Of the flow, for the record of its end. Each is written where its packets pass. */
	__u64 began; /* nanoseconds of CLOCK_BOOTTIME */
	__u64 packets_in;
	__u64 packets_out;
	__u64 bytes_in;
	__u64 bytes_out;
	__u32 tenant;
	__u32 end; /* enum cloison_end: how it began to end */
};

CLOISON_SIZE(struct cloison_socket, 144);

#endif /* CLOISON_SHARED_FLOW_H */
