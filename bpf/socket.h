/* SPDX-License-Identifier: GPL-2.0-only */
/* What kinds of sockets a tenant may have, and what they may carry. */
#ifndef CLOISON_SOCKET_H
#define CLOISON_SOCKET_H

#include <linux/bpf.h>
#include <linux/types.h>

#include "maps.h"

#define SOCKET_STREAM 1
#define SOCKET_DATAGRAM 2

/*
 * The protocol that a socket of this kind carries, or zero: raw, ping, SCTP,
 * MPTCP, UDP-Lite and whatever is yet to come.
 */
static __always_inline enum cloison_protocol socket_carries(__u32 type, __u32 protocol)
{
	if (type == SOCKET_STREAM && protocol == CLOISON_TCP)
		return CLOISON_TCP;
	if (type == SOCKET_DATAGRAM && protocol == CLOISON_UDP)
		return CLOISON_UDP;
	return CLOISON_ANY_PROTOCOL;
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
