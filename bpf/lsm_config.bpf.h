/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration: of the host's network, or one that is another tenant's alone,
 * nothing; of a network of the tenant's own what makes no kernel sender. Those (tunnels,
 * network file systems) have sockets of the kernel's, which belong to no tenant and which
 * nothing judges.
 */
#ifndef CLOISON_LSM_CONFIG_BPF_H
#define CLOISON_LSM_CONFIG_BPF_H

#include <linux/sockios.h>
#include <linux/if_tun.h>
#include <linux/ioctl.h>

#include "lsm_file.bpf.h"
#include "lsm_process.bpf.h"
#include "lsm_socket.bpf.h"
#include "lsm_sockopt.bpf.h"
#include "lsm_tunnel.h"
#include "netlink.h"

/* ---- netlink --------------------------------------------------------------- */

/* Whether a user namespace is the first, whose root has rights over all networks. */
static __always_inline bool lsm_first_users(struct user_namespace *users)
{
	return !BPF_CORE_READ(users, level);
}

/*
 * Who comes to another's network with rights of the first user namespace could
 * still name one of its networks: the caller counts like the network's owner.
 */
static __always_inline enum netlink_where lsm_where(const struct wall *wall, struct sock *sk)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (lsm_on_others(wall, sk))
		return NETLINK_HOST;
	if (lsm_first_users(BPF_CORE_READ(sk, __sk_common.skc_net.net, user_ns)) ||
	    lsm_first_users(BPF_CORE_READ(task, cred, user_ns)))
		return NETLINK_FIRST;
	return NETLINK_OTHER;
}

/* Every message, for the kernel carries out all that one call brings. */
SEC("lsm/netlink_send")
int BPF_PROG(cloison_netlink, struct sock *sk, struct sk_buff *skb)
{
	struct netlink_walk walk = {};
	struct wall wall;

	(void)ctx;
	if (!lsm_caller(&wall))
		return LSM_ALLOW;
	walk.data = (long)BPF_CORE_READ(skb, data);
	walk.end = BPF_CORE_READ(skb, len);
	walk.protocol = BPF_CORE_READ(sk, sk_protocol);
	walk.network = (long)BPF_CORE_READ(sk, __sk_common.skc_net.net);
	walk.where = lsm_where(&wall, sk);
	return netlink_allowed(&walk) ? LSM_ALLOW : lsm_refuse(&wall, CLOISON_HOOK_netlink_send);
}

/* ---- ioctl ------------------------------------------------------------------- */

#define IOCTL_SOCKET 0x89

/* 10:200, as the kernel has device numbers. */
#define TUN_DEVICE (10 << 20 | 200)

static __always_inline bool lsm_ioctl_reads(unsigned int command)
{
	switch (command) {
	case FIOSETOWN ... SIOCGSTAMPNS_OLD:
	case SIOCGIFNAME:
	case SIOCGIFCONF:
	case SIOCGIFFLAGS:
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFBRDADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFMETRIC:
	case SIOCGIFMTU:
	case SIOCGIFHWADDR:
	case SIOCGIFINDEX:
	case SIOCGIFPFLAGS:
	case SIOCGIFTXQLEN:
	case SIOCGIFMAP:
	case SIOCPROTOPRIVATE ... SIOCPROTOPRIVATE + 15:
		return true;
	default:
		return false;
	}
}

/*
 * What opens a device. Which one is read by the kernel only later, so it may be
 * any of the network: set up, enslaved, or made after sit0 as the other end's.
 */
static __always_inline bool lsm_ioctl_opens(unsigned int command)
{
	return command == SIOCSIFFLAGS || command == SIOCBONDENSLAVE || command == SIOCSIFDSTADDR;
}

/* Tunnels are made by those that each kind of device has for itself. */
static __always_inline bool lsm_ioctl_allowed(const struct wall *wall, struct sock *sk,
					      unsigned int command)
{
	if (command >= SIOCDEVPRIVATE && command <= SIOCDEVPRIVATE + 15)
		return false;
	/* The receiver is read by the kernel later: see file_fcntl. */
	if (command == FIOSETOWN || command == SIOCSPGRP)
		return !lsm_in_first_pids(bpf_get_current_task_btf());
	if (lsm_ioctl_reads(command))
		return true;
	if (lsm_on_others(wall, sk))
		return false;
	return !lsm_ioctl_opens(command) ||
	       !netlink_tunnel((long)BPF_CORE_READ(sk, __sk_common.skc_net.net), 0);
}

/*
 * A device made by a descriptor of /dev/net/tun, in the network that it was opened
 * in. What the driver keeps of the descriptor begins with a socket.
 */
static __always_inline int lsm_tun(struct file *file, enum cloison_hook hook)
{
	struct sock *sk = BPF_CORE_READ(file, private_data);
	struct wall wall;

	if (BPF_CORE_READ(file, f_inode, i_rdev) != TUN_DEVICE || !lsm_caller(&wall) ||
	    !lsm_on_others(&wall, sk))
		return LSM_ALLOW;
	return lsm_refuse(&wall, hook);
}

static __always_inline int lsm_ioctl(struct file *file, unsigned int command,
				     enum cloison_hook hook)
{
	struct socket *sock;
	struct wall wall;

	if (command == TUNSETIFF)
		return lsm_tun(file, hook);
	if ((command >> 8 & 0xFF) != IOCTL_SOCKET || lsm_magic(file) != SOCKET_FS)
		return LSM_ALLOW;
	sock = bpf_sock_from_file(file);
	if (!sock || !lsm_caller(&wall) || lsm_ioctl_allowed(&wall, sock->sk, command))
		return LSM_ALLOW;
	return lsm_refuse(&wall, hook);
}

SEC("lsm/file_ioctl")
int BPF_PROG(cloison_ioctl, struct file *file, unsigned int command)
{
	(void)ctx;
	return lsm_ioctl(file, command, CLOISON_HOOK_file_ioctl);
}

SEC("lsm/file_ioctl_compat")
int BPF_PROG(cloison_ioctl32, struct file *file, unsigned int command)
{
	(void)ctx;
	return lsm_ioctl(file, command, CLOISON_HOOK_file_ioctl_compat);
}

#endif /* CLOISON_LSM_CONFIG_BPF_H */
