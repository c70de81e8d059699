/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options of sockets that reach beyond the socket: the host's packet filters, and
 * what makes a socket lie about its end, skip a handshake, or take connections that
 * are meant for another's.
 *
 * By level and name alone. What an option is set to a caller could change until
 * the kernel reads it, and a program that is given a copy (cgroup/setsockopt) is not
 * asked for 32-bit system calls.
 */
#ifndef CLOISON_LSM_SOCKOPT_BPF_H
#define CLOISON_LSM_SOCKOPT_BPF_H

#include "lsm_socket.bpf.h"

#define LSM_ENOPROTOOPT 92

#define LEVEL_IP 0
#define LEVEL_SOCKET 1
#define LEVEL_TCP 6
#define LEVEL_IPV6 41

/* From here on those of IPv4 are packet filters': iptables, arptables, ebtables, IPVS. */
#define IP_FILTERS 64
#define IP_TRANSPARENT 19
#define IP_LOCAL_PORT_RANGE 51
/* ip6tables: two among those of IPv6. */
#define IPV6_FILTERS_FIRST 64
#define IPV6_FILTERS_LAST 65
#define IPV6_TRANSPARENT 75
#define TCP_REPAIR 19
#define TCP_ULP 31
#define SO_REUSEADDR 2
#define SO_REUSEPORT 15
#define SO_ATTACH_REUSEPORT_CBPF 51
#define SO_ATTACH_REUSEPORT_EBPF 52

/* Not the host's is the only network where a tenant may change anything. */
static __always_inline bool lsm_on_host(struct sock *sk)
{
	const struct cloison_lsm *lsm = lsm_state();

	return !lsm || !lsm->host_network ||
	       BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) == lsm->host_network;
}

/* Nor may it in one that the host gave to another tenant alone. */
static __always_inline bool lsm_on_others(const struct wall *wall, struct sock *sk)
{
	return lsm_on_host(sk) ||
	       pen_claimed(wall, BPF_CORE_READ(sk, __sk_common.skc_net.net, net_cookie));
}

/* Whether a socket is in a network that is the tenant's alone. */
static __always_inline bool lsm_at_home(const struct wall *wall, struct sock *sk)
{
	const struct cloison_network *claim = NULL;
	const struct cloison_socket *made;
	__u64 network;

	made = bpf_sk_storage_get(&cloison_sockets, sk, NULL, 0);
	if (made) {
		network = made->network;
		claim = bpf_map_lookup_elem(&cloison_networks, &network);
	}
	return claim && claim->tenant == wall->tenant;
}

/* Rules of the host's network, which are judged apart from the others. */
static __always_inline bool lsm_option_of_filters(int level, int option)
{
	return (level == LEVEL_IP && option >= IP_FILTERS) ||
	       (level == LEVEL_IPV6 && option >= IPV6_FILTERS_FIRST && option <= IPV6_FILTERS_LAST);
}

/* By which sockets share a port: SO_REUSEADDR those of UDP, SO_REUSEPORT all. */
static __always_inline bool lsm_option_shares(struct sock *sk, int option)
{
	return option == SO_REUSEPORT ||
	       (option == SO_REUSEADDR && BPF_CORE_READ(sk, sk_protocol) == CLOISON_UDP);
}

/*
 * What shares a port is judged at bind, by the port, if it is set before. Behind bind the
 * port is the socket's already, and another's could come to share it. A range of one port
 * would have the kernel choose that one, for a socket that never calls bind.
 */
static __always_inline bool lsm_option_of_ports(struct sock *sk, int level, int option)
{
	if (level == LEVEL_IP)
		return option == IP_LOCAL_PORT_RANGE;
	if (level != LEVEL_SOCKET)
		return false;
	return option == SO_ATTACH_REUSEPORT_CBPF || option == SO_ATTACH_REUSEPORT_EBPF ||
	       (lsm_option_shares(sk, option) && BPF_CORE_READ(sk, __sk_common.skc_num));
}

/* Those that are no tenant's anywhere. Upper layers (TLS, SMC, ESP) may send by themselves. */
static __always_inline bool lsm_option_of_liars(int level, int option)
{
	return (level == LEVEL_IP && option == IP_TRANSPARENT) ||
	       (level == LEVEL_IPV6 && option == IPV6_TRANSPARENT) ||
	       (level == LEVEL_TCP && (option == TCP_REPAIR || option == TCP_ULP));
}

SEC("lsm/socket_setsockopt")
int BPF_PROG(cloison_setopt, struct socket *sock, int level, int option)
{
	int refused = lsm_socket(sock->sk, CLOISON_HOOK_socket_setsockopt);
	struct sock *sk = sock->sk;
	__u16 family;
	struct wall wall;

	(void)ctx;
	if (refused || !sk || !lsm_caller(&wall))
		return refused;
	family = lsm_family(sk);
	if (family != FAMILY_INET && family != FAMILY_INET6)
		return LSM_ALLOW;
	if (lsm_option_of_filters(level, option))
		return lsm_on_others(&wall, sk) ?
			       lsm_refuse(&wall, CLOISON_HOOK_socket_setsockopt) :
			       LSM_ALLOW;
	if (!lsm_option_of_liars(level, option) &&
	    (!lsm_option_of_ports(sk, level, option) || lsm_at_home(&wall, sk)))
		return LSM_ALLOW;
	if (!lsm_refuse_enforced(&wall, CLOISON_HOOK_socket_setsockopt))
		return LSM_ALLOW;
	/* As a kernel without it says, so that a TLS library does the work itself. */
	return level == LEVEL_TCP && option == TCP_ULP ? -LSM_ENOPROTOOPT : LSM_REFUSE;
}

#endif /* CLOISON_LSM_SOCKOPT_BPF_H */
