/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The netlink walk: what the messages of one send(2) would do, read in the one
 * way in which the kernel cannot read them differently. The LSM program has it,
 * and so has the fuzzer (tests/fuzz/netlink.c), which asks the kernel as well.
 *
 * The kernel reads most messages of NETLINK_ROUTE liberally: it skips attributes
 * that it does not know, takes the last of several, and ignores what is left at the
 * end. So each list of attributes is read by one function with bounds of its own,
 * and is refused if one attribute reaches out of it, if one comes twice, if one is
 * not on the list of what this message may have, or if the list does not end with
 * its last attribute. A list inside a list is read after the outer one, never within.
 *
 * Who includes this has netlink_tunnel() as well.
 */
#ifndef CLOISON_NETLINK_H
#define CLOISON_NETLINK_H

#include <stdbool.h>

#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/veth.h>

/* In which network the sender's socket is, by what may be changed there. */
enum netlink_where {
	/* The host's: nothing. */
	NETLINK_HOST,
	/* One of the first user namespace: nothing that names another network. */
	NETLINK_FIRST,
	/* One whose owner has no rights over the host's networks. */
	NETLINK_OTHER,
};

/* One call: the bytes at the address @data, from @at to @end. */
struct netlink_walk {
	__u64 data;
	__u64 network;
	__u32 at;
	__u32 end;
	__u32 protocol;
	__u32 where;
	__u32 refused; /* no bool: a callback has to return 0 or 1, as the verifier sees it */
	__u32 padding;
};

/* An attribute's bytes; one that is not there begins at 0. */
struct netlink_piece {
	__u32 at;
	__u32 end;
};

/* A list of attributes from @at to @end: which there may be, which there were. */
struct netlink_list {
	__u64 data;
	__u32 at;
	__u32 end;
	__u64 allowed[2];
	__u64 seen[2];
	__u16 wanted[2];
	__u16 question; /* it ends where the kernel stops reading, as many programs rely on */
	__u16 refused;
	struct netlink_piece found[2];
};

/*
 * Whether this device of the network is a tunnel, or, with the index 0, whether
 * there is any in it: they send by sockets of the kernel's. In doubt it is.
 */
static bool netlink_tunnel(__u64 network, int index);

/* IFF_UP; linux/if.h wants the C library's headers */
#define NETLINK_UP 1

/* More messages or hops than one call can bring. */
#define NETLINK_STEPS 65536
/* Each attribute comes once. */
#define NETLINK_TYPES 128

/* New, delete, get and set, four by four. */
#define NETLINK_IS_GET(type) (((type) & 3) == 2)

#define NETLINK_BIT(type) (1ULL << ((type) & 63))
/* All types from 1 on up to this one, which is below 64. */
#define NETLINK_UP_TO(type) (NETLINK_BIT((type) + 1) - 2)

/* As the newest kernel known has them; older headers lack the last ones. */
#define NETLINK_LINK_TYPES_HIGH 0x3FULL /* 64, IFLA_GRO_IPV4_MAX_SIZE, to 69, IFLA_TAILROOM */
#define NETLINK_LINK_TYPES (~1ULL & ~NETLINK_BIT(IFLA_XDP))
#define NETLINK_LINK_NETWORKS                                             \
	(NETLINK_BIT(IFLA_NET_NS_PID) | NETLINK_BIT(IFLA_NET_NS_FD) |     \
	 NETLINK_BIT(IFLA_LINK_NETNSID) | NETLINK_BIT(IFLA_NEW_NETNSID) | \
	 NETLINK_BIT(IFLA_TARGET_NETNSID))
#define NETLINK_ROUTE_TYPES \
	(NETLINK_UP_TO(32) & ~(NETLINK_BIT(RTA_ENCAP_TYPE) | NETLINK_BIT(RTA_ENCAP)))
#define NETLINK_NEXTHOP_TYPES \
	(NETLINK_UP_TO(18) & ~(NETLINK_BIT(NHA_ENCAP_TYPE) | NETLINK_BIT(NHA_ENCAP)))
#define NETLINK_ADDRESS_TYPES (NETLINK_UP_TO(12) & ~NETLINK_BIT(IFA_TARGET_NETNSID))

/* Of a netkit, as VETH_INFO_PEER of a veth; older headers have no netkit. */
#define NETLINK_NETKIT_PEER 1
#define NETLINK_NETKIT_TYPES 10

/* A kind of at most 8 bytes as one number, to be compared with. */
#define NETLINK_KIND(text)      \
	(((const union {        \
		 char bytes[8]; \
		 __u64 word;    \
	 }){ text })            \
		 .word)

static __always_inline bool netlink_read(__u64 data, __u32 at, void *to, __u32 size)
{
	return !bpf_probe_read_kernel(to, size, (const void *)(long)(data + at));
}

/* ---- lists of attributes ---------------------------------------------------- */

static int netlink_attribute(__u32 step, void *context)
{
	struct netlink_list *list = *(struct netlink_list **)context;
	__u32 left = list->end - list->at, type, word;
	struct nlattr attribute = {};

	(void)step;
	if (!left)
		return 1;
	list->refused = 1;
	if (left >= sizeof(attribute) &&
	    !netlink_read(list->data, list->at, &attribute, sizeof(attribute)))
		return 1;
	if (attribute.nla_len < sizeof(attribute) || attribute.nla_len > left) {
		list->at = list->end;
		list->refused = !list->question;
		return 1;
	}
	type = attribute.nla_type & NLA_TYPE_MASK;
	if (type >= NETLINK_TYPES)
		return 1;
	word = type / 64;
	if (!(list->allowed[word] & NETLINK_BIT(type)) || list->seen[word] & NETLINK_BIT(type))
		return 1;
	list->seen[word] |= NETLINK_BIT(type);
	for (word = 0; word < 2; word++) {
		if (type != list->wanted[word])
			continue;
		list->found[word].at = list->at + sizeof(attribute);
		list->found[word].end = list->at + attribute.nla_len;
	}
	list->refused = 0;
	/* Behind the last one of a list there need be no padding. */
	list->at += NLA_ALIGN(attribute.nla_len);
	if (list->at > list->end)
		list->at = list->end;
	return 0;
}

/* Reads a list. Verified once, wherever it is called. Returns whether it is refused. */
__noinline int netlink_attributes(struct netlink_list *list)
{
	if (!list)
		return 1;
	/* What the loop is given has to be on this function's stack: the list's address is. */
	bpf_loop(NETLINK_TYPES + 1, netlink_attribute, &list, 0);
	return list->refused || list->at != list->end;
}

/* Reads one that an outer one has found; the stack has no room for both at once. */
static __always_inline bool netlink_enter(struct netlink_list *list,
					  const struct netlink_piece *piece, __u64 low, __u64 high,
					  __u16 first, __u16 second)
{
	list->at = piece->at;
	list->end = piece->end;
	list->allowed[0] = low;
	list->allowed[1] = high;
	list->seen[0] = list->seen[1] = 0;
	list->wanted[0] = first;
	list->wanted[1] = second;
	list->found[0] = list->found[1] = (struct netlink_piece){};
	return !netlink_attributes(list);
}

/* ---- devices ------------------------------------------------------------------ */

/* Devices that only pass on what comes to them. */
static __always_inline bool netlink_kind_allowed(__u64 kind)
{
	return kind == NETLINK_KIND("bond") || kind == NETLINK_KIND("bridge") ||
	       kind == NETLINK_KIND("dummy") || kind == NETLINK_KIND("ifb") ||
	       kind == NETLINK_KIND("ipvlan") || kind == NETLINK_KIND("macvlan") ||
	       kind == NETLINK_KIND("netkit") || kind == NETLINK_KIND("team") ||
	       kind == NETLINK_KIND("veth") || kind == NETLINK_KIND("vlan") ||
	       kind == NETLINK_KIND("vrf");
}

/* As iproute2 names what it changes of an enslaved device; there is no such kind. */
static __always_inline bool netlink_slave_allowed(__u64 kind, __u64 rest)
{
	return (kind == NETLINK_KIND("bridge_s") && rest == NETLINK_KIND("lave")) ||
	       (kind == NETLINK_KIND("bond_sla") && rest == NETLINK_KIND("ve"));
}

/*
 * The kernel compares up to the first zero, so nothing may be behind one. Returns
 * the kind, or its first 8 bytes; 0 if it is not allowed.
 */
static __always_inline __u64 netlink_kind(__u64 data, const struct netlink_piece *piece)
{
	__u32 length = piece->end - piece->at;
	__u64 kind[2] = {};

	if (!length || length > sizeof(kind) || !netlink_read(data, piece->at, kind, length))
		return 0;
	if (kind[1] ? netlink_slave_allowed(kind[0], kind[1]) : netlink_kind_allowed(kind[0]))
		return kind[0];
	return 0;
}

static __always_inline __u64 netlink_link_types(__u32 where)
{
	return where == NETLINK_FIRST ? NETLINK_LINK_TYPES & ~NETLINK_LINK_NETWORKS :
					NETLINK_LINK_TYPES;
}

/* The other end of a pair: a message about a device, in the first one's. */
static __always_inline bool netlink_peer_allowed(struct netlink_list *list, __u32 where)
{
	struct netlink_piece peer = list->found[0];

	if (!peer.at)
		return true;
	if (peer.end - peer.at < sizeof(struct ifinfomsg))
		return false;
	peer.at += NLA_ALIGN(sizeof(struct ifinfomsg));
	if (!netlink_enter(list, &peer, netlink_link_types(where), NETLINK_LINK_TYPES_HIGH,
			   IFLA_LINKINFO, 0))
		return false;
	/* netavark says the kind here too, which the kernel does not look at. */
	peer = list->found[0];
	return !peer.at ||
	       (netlink_enter(list, &peer, NETLINK_UP_TO(IFLA_INFO_KIND), 0, IFLA_INFO_KIND, 0) &&
		list->found[0].at && netlink_kind(list->data, &list->found[0]));
}

/* IFLA_LINKINFO, which the list of the message has found. */
static __always_inline bool netlink_info_allowed(struct netlink_list *list, __u32 where)
{
	struct netlink_piece piece = list->found[0];
	__u64 kind = 0, types;

	_Static_assert(NETLINK_NETKIT_PEER == VETH_INFO_PEER, "one number for both kinds");
	if (piece.at == piece.end ||
	    !netlink_enter(list, &piece, NETLINK_UP_TO(IFLA_INFO_SLAVE_DATA), 0, IFLA_INFO_KIND,
			   IFLA_INFO_DATA))
		return false;
	if (list->found[0].at) {
		kind = netlink_kind(list->data, &list->found[0]);
		if (!kind)
			return false;
	}
	piece = list->found[1];
	if (!piece.at)
		return true;
	/* It is read as the kind has it, so there is none without a kind. */
	if (kind == NETLINK_KIND("veth"))
		types = NETLINK_UP_TO(VETH_INFO_PEER);
	else if (kind == NETLINK_KIND("netkit"))
		types = NETLINK_UP_TO(NETLINK_NETKIT_TYPES);
	else
		return kind != 0;
	return netlink_enter(list, &piece, types, 0, VETH_INFO_PEER, 0) &&
	       netlink_peer_allowed(list, where);
}

/* The kernel opens a device that is enslaved, as it does one that is set up. */
static __always_inline bool netlink_opens(const struct ifinfomsg *link, __u64 seen)
{
	return (link->ifi_flags & NETLINK_UP &&
		(!link->ifi_change || link->ifi_change & NETLINK_UP)) ||
	       seen & NETLINK_BIT(IFLA_MASTER);
}

/* Whether a device that is opened is a tunnel, or may be one. */
static __always_inline bool netlink_opens_tunnel(const struct netlink_walk *walk,
						 const struct nlmsghdr *message, int index,
						 __u64 seen)
{
	/* Which devices another network has is not known here. */
	if (seen & NETLINK_BIT(IFLA_TARGET_NETNSID))
		return true;
	if (index > 0)
		return netlink_tunnel(walk->network, index);
	/* A new one, or an error: an old one of that name, or a group, is left alone. */
	if (message->nlmsg_type == RTM_NEWLINK && message->nlmsg_flags & NLM_F_CREATE &&
	    message->nlmsg_flags & NLM_F_EXCL)
		return false;
	return netlink_tunnel(walk->network, 0);
}

/* RTM_NEWLINK, SETLINK, DELLINK, and names beside its own. Returns whether it is refused. */
__noinline int netlink_link_refused(const struct netlink_walk *walk, const struct nlmsghdr *message)
{
	struct netlink_list list = {};
	struct netlink_piece piece;
	struct ifinfomsg link = {};

	if (!walk || !message || message->nlmsg_len < NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(link)) ||
	    !netlink_read(walk->data, walk->at + NLMSG_HDRLEN, &link, sizeof(link)))
		return 1;
	list.data = walk->data;
	piece.at = walk->at + NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(link));
	piece.end = walk->at + message->nlmsg_len;
	if (!netlink_enter(&list, &piece, netlink_link_types(walk->where), NETLINK_LINK_TYPES_HIGH,
			   IFLA_LINKINFO, 0))
		return 1;
	if (netlink_opens(&link, list.seen[0]) &&
	    netlink_opens_tunnel(walk, message, link.ifi_index, list.seen[0]))
		return 1;
	return list.found[0].at && !netlink_info_allowed(&list, walk->where);
}

/* ---- what else a message may have ----------------------------------------------- */

/* Attributes behind a header of @header bytes: only these types. */
static __always_inline bool netlink_types(const struct netlink_walk *walk,
					  const struct nlmsghdr *message, __u32 header, __u64 low,
					  __u64 high)
{
	struct netlink_list list = {
		.data = walk->data,
		.at = walk->at + NLMSG_HDRLEN + NLMSG_ALIGN(header),
		.end = walk->at + message->nlmsg_len,
		.allowed = { low, high },
		.question = NETLINK_IS_GET(message->nlmsg_type),
	};

	return list.at <= list.end && !netlink_attributes(&list);
}

/*
 * Questions: no other network may be asked. Older programs send a header of one
 * byte, behind which the kernel looks for attributes too.
 */
static __always_inline bool netlink_get_link_allowed(const struct netlink_walk *walk,
						     const struct nlmsghdr *message)
{
	__u32 header = sizeof(struct ifinfomsg);

	if (message->nlmsg_len < NLMSG_HDRLEN + header)
		header = NLMSG_ALIGN(sizeof(struct rtgenmsg));
	return message->nlmsg_len <= NLMSG_HDRLEN + header ||
	       netlink_types(walk, message, header, ~1ULL & ~NETLINK_BIT(IFLA_TARGET_NETNSID),
			     ~0ULL);
}

static __always_inline bool netlink_address_allowed(const struct netlink_walk *walk,
						    const struct nlmsghdr *message)
{
	return message->nlmsg_len <= NLMSG_HDRLEN + sizeof(struct ifaddrmsg) ||
	       netlink_types(walk, message, sizeof(struct ifaddrmsg), NETLINK_ADDRESS_TYPES, 0);
}

/* A hop of RTA_MULTIPATH: a header, and attributes as a route has them. */
static int netlink_hop(__u32 step, void *context)
{
	struct netlink_walk *hops = context;
	struct netlink_list list = { .allowed = { NETLINK_ROUTE_TYPES } };
	__u32 left = hops->end - hops->at;
	struct rtnexthop hop = {};

	(void)step;
	if (!left)
		return 1;
	hops->refused = 1;
	if (left < sizeof(hop) || !netlink_read(hops->data, hops->at, &hop, sizeof(hop)) ||
	    hop.rtnh_len < sizeof(hop) || hop.rtnh_len > left)
		return 1;
	list.data = hops->data;
	list.at = hops->at + sizeof(hop);
	list.end = hops->at + hop.rtnh_len;
	if (netlink_attributes(&list))
		return 1;
	hops->refused = 0;
	hops->at += RTNH_ALIGN(hop.rtnh_len);
	if (hops->at > hops->end)
		hops->at = hops->end;
	return 0;
}

/* RTM_NEWROUTE, DELROUTE: no encapsulation. Returns whether it is refused. */
__noinline int netlink_route_refused(const struct netlink_walk *walk,
				     const struct nlmsghdr *message)
{
	struct netlink_list list = {
		.allowed = { NETLINK_ROUTE_TYPES },
		.wanted = { RTA_MULTIPATH },
	};
	struct netlink_walk hops = {};

	if (!walk || !message || message->nlmsg_len < NLMSG_HDRLEN + sizeof(struct rtmsg))
		return 1;
	list.data = walk->data;
	list.at = walk->at + NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct rtmsg));
	list.end = walk->at + message->nlmsg_len;
	if (netlink_attributes(&list))
		return 1;
	if (!list.found[0].at)
		return 0;
	hops.data = walk->data;
	hops.at = list.found[0].at;
	hops.end = list.found[0].end;
	bpf_loop(NETLINK_STEPS, netlink_hop, &hops, 0);
	return hops.refused || hops.at != hops.end;
}

/* ---- messages ------------------------------------------------------------------- */

static __always_inline bool netlink_get_allowed(const struct netlink_walk *walk,
						const struct nlmsghdr *message)
{
	if (walk->where == NETLINK_OTHER)
		return true;
	switch (message->nlmsg_type) {
	case RTM_GETLINK:
		return netlink_get_link_allowed(walk, message);
	case RTM_GETADDR:
		return netlink_address_allowed(walk, message);
	default:
		return true;
	}
}

static __always_inline bool netlink_change_allowed(const struct netlink_walk *walk,
						   const struct nlmsghdr *message)
{
	switch (message->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
	case RTM_SETLINK:
	case RTM_NEWLINKPROP:
	case RTM_DELLINKPROP:
		return !netlink_link_refused(walk, message);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return walk->where == NETLINK_OTHER || netlink_address_allowed(walk, message);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return !netlink_route_refused(walk, message);
	case RTM_NEWNEXTHOP:
		return netlink_types(walk, message, sizeof(struct nhmsg), NETLINK_NEXTHOP_TYPES, 0);
	case RTM_NEWNSID:
	case RTM_DELNSID:
		return walk->where == NETLINK_OTHER;
	default:
		return true;
	}
}

/* Of generic netlink the directory of its families, and none of these. */
static __always_inline bool netlink_generic_allowed(const struct netlink_walk *walk,
						    const struct nlmsghdr *message)
{
	struct genlmsghdr family = {};

	return message->nlmsg_type == GENL_ID_CTRL &&
	       message->nlmsg_len >= NLMSG_HDRLEN + sizeof(family) &&
	       netlink_read(walk->data, walk->at + NLMSG_HDRLEN, &family, sizeof(family)) &&
	       family.cmd == CTRL_CMD_GETFAMILY;
}

static __always_inline bool netlink_message_allowed(const struct netlink_walk *walk,
						    const struct nlmsghdr *message)
{
	if (message->nlmsg_type < NLMSG_MIN_TYPE)
		return true;
	switch (walk->protocol) {
	case NETLINK_ROUTE:
		if (NETLINK_IS_GET(message->nlmsg_type))
			return netlink_get_allowed(walk, message);
		return walk->where != NETLINK_HOST && netlink_change_allowed(walk, message);
	case NETLINK_SOCK_DIAG:
		return walk->where != NETLINK_HOST || message->nlmsg_type == SOCK_DIAG_BY_FAMILY;
	case NETLINK_GENERIC:
		return netlink_generic_allowed(walk, message);
	default:
		return walk->where != NETLINK_HOST;
	}
}

static int netlink_message(__u32 step, void *context)
{
	struct netlink_walk *walk = context;
	struct nlmsghdr message = {};

	(void)step;
	if (walk->end - walk->at < sizeof(message))
		return 1;
	walk->refused = 1;
	if (!netlink_read(walk->data, walk->at, &message, sizeof(message)))
		return 1;
	walk->refused = 0;
	/* Here the kernel stops reading too. */
	if (message.nlmsg_len < sizeof(message) || message.nlmsg_len > walk->end - walk->at)
		return 1;
	walk->refused = !netlink_message_allowed(walk, &message);
	walk->at += NLMSG_ALIGN(message.nlmsg_len);
	if (walk->at > walk->end)
		walk->at = walk->end;
	return walk->refused != 0;
}

/* Whether the kernel may have it: all messages, for it carries out all of a call. */
static __always_inline bool netlink_allowed(struct netlink_walk *walk)
{
	/* Packet filters come in batches of any length, and name no other network. */
	if (walk->protocol == NETLINK_NETFILTER && walk->where != NETLINK_HOST)
		return true;
	return bpf_loop(NETLINK_STEPS, netlink_message, walk, 0) < NETLINK_STEPS && !walk->refused;
}

#endif /* CLOISON_NETLINK_H */
