/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tenant's task uses sockets of its tenant only, whichever way another one
 * came to it: made before it joined, inherited, or received. The hooks of the
 * cgroup follow the socket, so another's is judged by another's policy.
 */
#ifndef CLOISON_LSM_SOCKET_BPF_H
#define CLOISON_LSM_SOCKET_BPF_H

#include <linux/netlink.h>

#include "entering.bpf.h"
#include "lsm.h"
#include "socket.h"

#define LSM_EPROTONOSUPPORT 93
#define LSM_EAFNOSUPPORT 97

/* What the kernel's 0 stands for. */
static __always_inline bool lsm_inet_carries(int type, int protocol)
{
	if (!protocol)
		protocol = type == SOCKET_STREAM ? CLOISON_TCP : CLOISON_UDP;
	return socket_carries(type, protocol);
}

/*
 * Default deny: packet, XDP, vsock, SMC, tunnels of all sorts and whatever is
 * yet to come pass neither the socket hooks of the cgroup nor its packets'.
 */
static __always_inline bool lsm_may_create(int family, int type, int protocol)
{
	switch (family) {
	case FAMILY_UNIX:
		return true;
	case FAMILY_INET:
	case FAMILY_INET6:
		return lsm_inet_carries(type, protocol);
	case FAMILY_NETLINK:
		return protocol == NETLINK_ROUTE || protocol == NETLINK_SOCK_DIAG ||
		       protocol == NETLINK_NETFILTER || protocol == NETLINK_KOBJECT_UEVENT ||
		       protocol == NETLINK_GENERIC;
	default:
		return false;
	}
}

/* As a kernel without it answers, so that programs take what they have instead. */
static __always_inline int lsm_create_error(int family)
{
	switch (family) {
	case FAMILY_INET:
	case FAMILY_INET6:
		return LSM_REFUSE;
	case FAMILY_NETLINK:
		return -LSM_EPROTONOSUPPORT;
	default:
		return -LSM_EAFNOSUPPORT;
	}
}

SEC("lsm/socket_create")
int BPF_PROG(cloison_create, int family, int type, int protocol, int kern)
{
	struct wall wall;

	(void)ctx;
	/* Those of the kernel: a new network namespace begins with some. */
	if (kern || !lsm_caller(&wall))
		return LSM_ALLOW;
	/* A stray talks to itself alone. Where nothing is attached, not even that. */
	if (!wall.tenant ? family == FAMILY_UNIX && !wall.naked :
			   lsm_may_create(family, type, protocol))
		return LSM_ALLOW;
	if (!lsm_refuse_enforced(&wall, CLOISON_HOOK_socket_create))
		return LSM_ALLOW;
	return lsm_create_error(family);
}

#define LSM_SOCKET(hook, program)                                 \
	SEC("lsm/" #hook)                                         \
	int BPF_PROG(program, struct socket *sock)                \
	{                                                         \
		(void)ctx;                                        \
		return lsm_socket(sock->sk, CLOISON_HOOK_##hook); \
	}

/*
 * Sending and receiving, which a task that is entering may do by some sockets. The
 * pointer is read once: the verifier has each reading checked for NULL by itself.
 */
#define LSM_TRAFFIC(hook, program)                                                           \
	SEC("lsm/" #hook)                                                                    \
	int BPF_PROG(program, struct socket *sock)                                           \
	{                                                                                    \
		struct sock *sk = sock->sk;                                                  \
		struct wall wall;                                                            \
                                                                                             \
		(void)ctx;                                                                   \
		if (!lsm_callers_not(sk, &wall))                                             \
			return LSM_ALLOW;                                                    \
		return entering_may_use(&wall, sk) ? LSM_ALLOW :                             \
						     lsm_refuse(&wall, CLOISON_HOOK_##hook); \
	}

LSM_SOCKET(socket_bind, cloison_bind)
LSM_SOCKET(socket_connect, cloison_connect)
LSM_SOCKET(socket_listen, cloison_listen)
LSM_SOCKET(socket_accept, cloison_accept)
LSM_TRAFFIC(socket_sendmsg, cloison_sendmsg)
LSM_TRAFFIC(socket_recvmsg, cloison_recvmsg)
LSM_SOCKET(socket_getsockopt, cloison_getopt)

#endif /* CLOISON_LSM_SOCKET_BPF_H */
