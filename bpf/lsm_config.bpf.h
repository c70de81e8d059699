/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration: of the host's network nothing, of a network of the tenant's
 * own what makes no kernel sender. Those (tunnels, network file systems) have
 * sockets of the kernel's, which are no tenant's and which nothing judges.
 */
#ifndef CLOISON_LSM_CONFIG_BPF_H
#define CLOISON_LSM_CONFIG_BPF_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/if_link.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/if_tun.h>
#include <linux/ioctl.h>

#include "lsm_file.bpf.h"
#include "lsm_process.bpf.h"
#include "lsm_socket.bpf.h"
#include "lsm_sockopt.bpf.h"

/* ---- netlink --------------------------------------------------------------- */

/* Of a batch, of a message's attributes; more is refused. */
#define NETLINK_STEPS 256

struct lsm_walk {
	const unsigned char *data;
	__u32 at;
	__u32 end;
	__u32 protocol;
	__u32 nested; /* attributes: inside IFLA_LINKINFO */
	__u32 host;
	__u32 refused; /* no bool: a callback has to return 0 or 1, as the verifier sees it */
};

/* Whether it is a device that only passes on what comes to it. */
static __always_inline bool lsm_kind_allowed(const unsigned char *at, __u32 length)
{
	__u64 kind = 0;

	if (!length || length > sizeof(kind))
		return false;
	/* Also what is behind it, which does not count. */
	bpf_probe_read_kernel(&kind, sizeof(kind), at);
	kind &= ~0ULL >> (64 - 8 * length);
	return kind == LSM_WORD("bond") || kind == LSM_WORD("bridge") ||
	       kind == LSM_WORD("dummy") || kind == LSM_WORD("ifb") || kind == LSM_WORD("ipvlan") ||
	       kind == LSM_WORD("macvlan") || kind == LSM_WORD("team") ||
	       kind == LSM_WORD("veth") || kind == LSM_WORD("vlan") || kind == LSM_WORD("vrf");
}

static int lsm_attribute(__u32 step, void *context)
{
	struct lsm_walk *walk = context;
	struct nlattr attribute = {};
	__u32 length;

	(void)step;
	if (walk->at + sizeof(attribute) > walk->end)
		return 1;
	bpf_probe_read_kernel(&attribute, sizeof(attribute), walk->data + walk->at);
	length = attribute.nla_len;
	if (length < sizeof(attribute) || walk->at + length > walk->end)
		return 1;
	attribute.nla_type &= NLA_TYPE_MASK;
	if (!walk->nested && attribute.nla_type == IFLA_LINKINFO) {
		/* Of several the kernel takes the last: look into each. */
		walk->at += sizeof(attribute);
		walk->nested = walk->at + length - sizeof(attribute);
		return 0;
	}
	if (walk->nested && attribute.nla_type == IFLA_INFO_KIND &&
	    !lsm_kind_allowed(walk->data + walk->at + sizeof(attribute),
			      length - sizeof(attribute)))
		walk->refused = true;
	walk->at += NLMSG_ALIGN(length);
	if (walk->nested && walk->at >= walk->nested)
		walk->nested = 0;
	return walk->refused != 0;
}

static __always_inline bool lsm_link_allowed(const unsigned char *data, __u32 length)
{
	struct lsm_walk walk = {
		.data = data,
		.at = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct ifinfomsg)),
		.end = length,
	};

	if (bpf_loop(NETLINK_STEPS, lsm_attribute, &walk, 0) >= NETLINK_STEPS)
		return false;
	return !walk.refused;
}

static __always_inline bool lsm_message_allowed(const struct lsm_walk *walk,
						const struct nlmsghdr *message)
{
	if (message->nlmsg_type < NLMSG_MIN_TYPE)
		return true;
	switch (walk->protocol) {
	case NETLINK_ROUTE:
		/* New, delete, get and set, four by four. */
		if ((message->nlmsg_type & 3) == 2)
			return true;
		if (walk->host)
			return false;
		return message->nlmsg_type != RTM_NEWLINK ||
		       lsm_link_allowed(walk->data + walk->at, message->nlmsg_len);
	case NETLINK_SOCK_DIAG:
		return !walk->host || message->nlmsg_type == SOCK_DIAG_BY_FAMILY;
	case NETLINK_GENERIC:
		/* The directory of families, and none of these. */
		return message->nlmsg_type == NLMSG_MIN_TYPE;
	default:
		return !walk->host;
	}
}

static int lsm_message(__u32 step, void *context)
{
	struct lsm_walk *walk = context;
	struct nlmsghdr message = {};

	(void)step;
	if (walk->at + sizeof(message) > walk->end)
		return 1;
	bpf_probe_read_kernel(&message, sizeof(message), walk->data + walk->at);
	/* Here the kernel stops reading too. */
	if (message.nlmsg_len < sizeof(message) || message.nlmsg_len > walk->end - walk->at)
		return 1;
	walk->refused = !lsm_message_allowed(walk, &message);
	walk->at += NLMSG_ALIGN(message.nlmsg_len);
	return walk->refused != 0;
}

/* Every message, for the kernel carries out all that one call brings. */
SEC("lsm/netlink_send")
int BPF_PROG(cloison_netlink, struct sock *sk, struct sk_buff *skb)
{
	struct lsm_walk walk = {};
	struct wall wall;

	(void)ctx;
	if (!lsm_caller(&wall))
		return LSM_ALLOW;
	walk.data = BPF_CORE_READ(skb, data);
	walk.end = BPF_CORE_READ(skb, len);
	walk.protocol = BPF_CORE_READ(sk, sk_protocol);
	walk.host = lsm_on_host(sk);
	if (bpf_loop(NETLINK_STEPS, lsm_message, &walk, 0) >= NETLINK_STEPS || walk.refused)
		return lsm_refuse(&wall, CLOISON_HOOK_netlink_send);
	return LSM_ALLOW;
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

/* Tunnels are made by those that each kind of device has for itself. */
static __always_inline bool lsm_ioctl_allowed(struct sock *sk, unsigned int command)
{
	if (command >= SIOCDEVPRIVATE && command <= SIOCDEVPRIVATE + 15)
		return false;
	/* The receiver is read by the kernel later: see file_fcntl. */
	if (command == FIOSETOWN || command == SIOCSPGRP)
		return !lsm_in_first_pids(bpf_get_current_task_btf());
	return lsm_ioctl_reads(command) || !lsm_on_host(sk);
}

/*
 * A device made by a descriptor of /dev/net/tun, in the network that it was opened
 * in. What the driver keeps of the descriptor begins with a socket.
 */
static __always_inline int lsm_tun(struct file *file, enum cloison_hook hook)
{
	struct sock *sk = BPF_CORE_READ(file, private_data);
	struct wall wall;

	if (BPF_CORE_READ(file, f_inode, i_rdev) != TUN_DEVICE || !lsm_on_host(sk) ||
	    !lsm_caller(&wall))
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
	if (!sock || !lsm_caller(&wall) || lsm_ioctl_allowed(sock->sk, command))
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
