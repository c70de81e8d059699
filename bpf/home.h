/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loopback inside a network that the host gave to one tenant: free, and shut to
 * all others, also by sockets that they made there before. Which network a socket
 * is in it remembers from when it was made, or else the kernel is asked. Not the
 * addresses alone tell that a packet stays there, but the device.
 */
#ifndef CLOISON_HOME_H
#define CLOISON_HOME_H

#include "pen.h"
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

/* Of a socket that is older than its tenant, or than a guard whose notes had another shape. */
static __always_inline __u64 home_read(const void *socket)
{
	struct sock *sk = bpf_rdonly_cast(socket, bpf_core_type_id_kernel(struct sock));

	return BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie);
}

/*
 * The cookie of the network that a socket was made in.
 * @sk: of a type that the caller's kind of program may ask for storage
 */
#define HOME_NETWORK(sk)                                                   \
	({                                                                 \
		const struct cloison_socket *made =                        \
			bpf_sk_storage_get(&cloison_sockets, sk, NULL, 0); \
		made && made->network ? made->network : home_read(sk);     \
	})

#define HOME_OF(segment, sk) home_claimed(segment, HOME_NETWORK(sk))

static __always_inline bool home_addresses(const struct packet *packet)
{
	return address_is_loopback(packet->peer.family, packet->local) &&
	       address_is_loopback(packet->peer.family, packet->peer.address);
}

#endif /* CLOISON_HOME_H */
