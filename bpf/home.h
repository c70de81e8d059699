/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loopback inside a network that the host gave to one tenant: free, and shut to
 * all others, also by sockets that they made there before. Which network a socket
 * is in it remembers from when it was made. Not the addresses alone tell that a
 * packet stays there, but the device.
 */
#ifndef CLOISON_HOME_H
#define CLOISON_HOME_H

#include "policy.h"

/* Of each network the first device. */
#define LOOPBACK_DEVICE 1

/* Whose a network is. */
enum home {
	HOME_SHARED,
	HOME_OWN,
	HOME_FOREIGN,
};

static __always_inline enum home home_claimed(const struct cloison_segment *segment, __u64 network)
{
	const struct cloison_network *claim = bpf_map_lookup_elem(&cloison_networks, &network);

	if (!claim)
		return HOME_SHARED;
	return claim->tenant == segment->tenant ? HOME_OWN : HOME_FOREIGN;
}

/* @sk: of a type that the caller's kind of program may ask for storage */
#define HOME_OF(segment, sk)                                                                      \
	({                                                                                        \
		const struct cloison_home *made = bpf_sk_storage_get(&cloison_home, sk, NULL, 0); \
		made ? home_claimed(segment, made->network) : HOME_SHARED;                        \
	})

/* The cookie of the network that a socket was made in; 0 if it was before the tenant. */
#define HOME_NETWORK(sk)                                                                          \
	({                                                                                        \
		const struct cloison_home *made = bpf_sk_storage_get(&cloison_home, sk, NULL, 0); \
		made ? made->network : 0;                                                         \
	})

static __always_inline bool home_addresses(const struct packet *packet)
{
	return address_is_loopback(packet->peer.family, packet->local) &&
	       address_is_loopback(packet->peer.family, packet->peer.address);
}

#endif /* CLOISON_HOME_H */
