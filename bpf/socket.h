/* SPDX-License-Identifier: GPL-2.0-only */
/* What kinds of sockets a tenant may have, and what they may carry. */
#ifndef CLOISON_SOCKET_H
#define CLOISON_SOCKET_H

#include <linux/bpf.h>
#include <linux/types.h>

#include "maps.h"

#define SOCKET_STREAM 1
#define SOCKET_DATAGRAM 2
#define SOCKET_SEQPACKET 5

/*
 * The protocol that a socket of this kind carries, or zero: raw, MPTCP,
 * UDP-Lite and whatever is yet to come.
 */
static __always_inline enum cloison_protocol socket_carries(__u32 type, __u32 protocol)
{
	if (type == SOCKET_STREAM && protocol == CLOISON_TCP)
		return CLOISON_TCP;
	if (type == SOCKET_DATAGRAM && protocol == CLOISON_UDP)
		return CLOISON_UDP;
	if ((type == SOCKET_STREAM || type == SOCKET_SEQPACKET) && protocol == CLOISON_SCTP)
		return CLOISON_SCTP;
	/* Ping sockets: the kernel lets them send echo requests and nothing else. */
	if (type == SOCKET_DATAGRAM && protocol == CLOISON_ICMP)
		return CLOISON_ICMP;
	if (type == SOCKET_DATAGRAM && protocol == CLOISON_ICMP6)
		return CLOISON_ICMP6;
	return CLOISON_ANY_PROTOCOL;
}

/* Whether the policy has any use for a socket of this kind. */
static __always_inline bool socket_useful(const struct cloison_segment *segment, __u32 type,
					  __u32 protocol)
{
	switch (socket_carries(type, protocol)) {
	case CLOISON_TCP:
	case CLOISON_UDP:
		return true;
	case CLOISON_SCTP:
		return segment->flags & CLOISON_HAS_SCTP;
	case CLOISON_ICMP:
		return segment->flags & CLOISON_HAS_ICMP;
	case CLOISON_ICMP6:
		return segment->flags & CLOISON_HAS_ICMP6;
	default:
		return false;
	}
}

/*
 * A raw socket writes what headers it likes: a packet is only what it says if
 * the kernel's own protocol made it or will read it.
 */
static __always_inline bool socket_fits(const struct bpf_sock *sk, enum cloison_protocol protocol)
{
	if (cloison_test.on && cloison_test.any_socket)
		return true;
	return socket_carries(sk->type, sk->protocol) == protocol;
}

#endif /* CLOISON_SOCKET_H */
