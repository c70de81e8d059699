/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loopback inside a network that the host gave to one tenant: free. Which network
 * a socket is in it remembers from when it was made; no other tenant's is made in
 * there. Not the addresses alone tell that a packet stays there, but the device.
 */
#ifndef CLOISON_HOME_H
#define CLOISON_HOME_H

#include "policy.h"

/* Of each network the first device. */
#define LOOPBACK_DEVICE 1

static __always_inline bool home_owned(const struct cloison_segment *segment, __u64 network)
{
	const struct cloison_network *claim = bpf_map_lookup_elem(&cloison_networks, &network);

	return claim && claim->tenant == segment->tenant;
}

/* @sk: of a type that the caller's kind of program may ask for storage */
#define HOME_OWNS(segment, sk)                                                              \
	({                                                                                  \
		struct cloison_home *home = bpf_sk_storage_get(&cloison_home, sk, NULL, 0); \
		home &&home_owned(segment, home->network);                                  \
	})

static __always_inline bool home_addresses(const struct packet *packet)
{
	return address_is_loopback(packet->peer.family, packet->local) &&
	       address_is_loopback(packet->peer.family, packet->peer.address);
}

#endif /* CLOISON_HOME_H */
