// SPDX-License-Identifier: GPL-2.0-only
/*
 * Netlink calls of all sorts. Half of them are as a program would send them, so
 * that the kernel carries them out; the rest have faults, or were real ones once.
 */
#include <linux/genetlink.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/lwtunnel.h>
#include <linux/net_namespace.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink_fuzz.h"

#define CREATE (NLM_F_CREATE | NLM_F_EXCL)

uint64_t netlink_random(uint64_t *seed)
{
	uint64_t value = *seed += 0x9E3779B97F4A7C15;

	value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9;
	value = (value ^ value >> 27) * 0x94D049BB133111EB;
	return value ^ value >> 31;
}

struct maker {
	struct netlink_make *make;
	struct netlink_build build;
};

static uint32_t upto(struct maker *maker, uint32_t count)
{
	return netlink_random(&maker->make->seed) % count;
}

static bool percent(struct maker *maker, uint32_t share)
{
	return upto(maker, 100) < share;
}

static int some_device(struct maker *maker)
{
	static const int devices[] = { 1,	  WORLD_TUNNEL, WORLD_CROSS,
				       WORLD_OWN, WORLD_ALIEN,	WORLD_FAR };

	return percent(maker, 90) ? devices[upto(maker, 6)] : (int)upto(maker, 60);
}

static const char *some_name(struct maker *maker, char text[IFNAMSIZ])
{
	static const char *const names[] = { "tunnel", "cross", "own", "alien", "far", "lo" };

	if (percent(maker, 25))
		return names[upto(maker, 6)];
	snprintf(text, IFNAMSIZ, "x%u", upto(maker, 100000));
	return text;
}

/* ---- devices ---------------------------------------------------------------------- */

/* What names the other network, one way or another. */
static void other_network(struct maker *maker)
{
	struct netlink_build *build = &maker->build;

	switch (upto(maker, 5)) {
	case 0:
		build_number(build, IFLA_NET_NS_FD, WORLD_FD);
		break;
	case 1:
		build_number(build, IFLA_NET_NS_PID, (uint32_t)maker->make->other_pid);
		break;
	case 2:
		build_number(build, IFLA_TARGET_NETNSID, WORLD_NSID);
		break;
	case 3:
		build_number(build, IFLA_LINK_NETNSID, WORLD_NSID);
		break;
	default:
		build_number(build, IFLA_NEW_NETNSID, upto(maker, 9));
		build_number(build, IFLA_NET_NS_FD, WORLD_FD);
	}
}

static void peer(struct maker *maker)
{
	struct netlink_build *build = &maker->build;
	struct ifinfomsg link = { .ifi_index = percent(maker, 10) ? (int)upto(maker, 60) : 0 };
	char name[IFNAMSIZ];
	size_t at = build_open(build, VETH_INFO_PEER);

	build_put(build, &link, sizeof(link));
	if (percent(maker, 80))
		build_text(build, IFLA_IFNAME, some_name(maker, name));
	if (percent(maker, 30))
		other_network(maker);
	if (percent(maker, 20))
		build_number(build, IFLA_MTU, 1400);
	build_close(build, at);
}

static void kind_data(struct maker *maker, const char *kind)
{
	struct netlink_build *build = &maker->build;
	size_t at = build_open(build, IFLA_INFO_DATA);

	if (!strncmp(kind, "vxlan", 5))
		build_number(build, IFLA_VXLAN_ID, 1 + upto(maker, 1 << 24));
	else if (!strncmp(kind, "veth", 4) || !strncmp(kind, "netkit", 6) ||
		 !strncmp(kind, "vxcan", 5))
		peer(maker);
	else if (!strncmp(kind, "macvlan", 7))
		build_number(build, IFLA_MACVLAN_MODE, 1U << upto(maker, 4));
	else if (percent(maker, 50))
		build_number(build, 1 + upto(maker, 20), upto(maker, 1000));
	build_close(build, at);
}

static const char *some_kind(struct maker *maker)
{
	static const char *const kinds[] = { "bridge",	"veth",	  "macvlan", "vxlan",	     "ifb",
					     "dummy",	"netkit", "vlan",    "ipvlan",	     "bond",
					     "vrf",	"gre",	  "sit",     "vxcan",	     "team",
					     "macvlax", "vxlanx", "veth\0x", "bridgebridge", "" };

	return percent(maker, 60) ? kinds[upto(maker, 5)] : kinds[upto(maker, 20)];
}

static void link_info(struct maker *maker)
{
	struct netlink_build *build = &maker->build;
	const char *kind = some_kind(maker);
	size_t at = build_open(build, IFLA_LINKINFO);
	bool late = percent(maker, 10);

	if (late)
		kind_data(maker, kind);
	if (percent(maker, 97))
		build_text(build, IFLA_INFO_KIND, kind);
	if (!late && percent(maker, 80))
		kind_data(maker, kind);
	if (percent(maker, 3))
		build_text(build, IFLA_INFO_SLAVE_KIND, "bridge");
	build_close(build, at);
}

/* Attributes that stand in one row with IFLA_LINKINFO, in any order. */
static void link_attribute(struct maker *maker)
{
	static const unsigned char address[6] = { 2, 0, 0, 0, 0, 9 };
	struct netlink_build *build = &maker->build;
	char name[IFNAMSIZ];
	size_t at;

	switch (upto(maker, 14)) {
	case 0:
	case 1:
		other_network(maker);
		break;
	case 2:
		build_number(build, IFLA_LINK, (uint32_t)some_device(maker));
		break;
	case 3:
		build_number(build, IFLA_MASTER, (uint32_t)some_device(maker));
		break;
	case 4:
		build_number(build, IFLA_MTU, 1280 + upto(maker, 400));
		break;
	case 5:
		build_bytes(build, IFLA_ADDRESS, address, sizeof(address));
		break;
	case 6:
		build_number(build, IFLA_GROUP, upto(maker, 2));
		break;
	case 7:
		build_number(build, IFLA_TXQLEN, upto(maker, 2000));
		break;
	case 8:
		at = build_open(build, IFLA_PROP_LIST);
		build_text(build, IFLA_ALT_IFNAME, some_name(maker, name));
		build_text(build, IFLA_ALT_IFNAME, some_name(maker, name));
		build_close(build, at);
		break;
	case 9:
		build_text(build, IFLA_ALT_IFNAME, some_name(maker, name));
		break;
	case 10:
		build_number(build, IFLA_EXT_MASK, 1);
		break;
	case 11:
		at = build_open(build, IFLA_XDP);
		build_number(build, IFLA_XDP_FD, WORLD_FD);
		build_close(build, at);
		break;
	default:
		if (percent(maker, 10))
			build_number(build, upto(maker, 140), upto(maker, 200));
	}
}

static void link_message(struct maker *maker)
{
	static const unsigned int types[] = { RTM_NEWLINK, RTM_NEWLINK,	   RTM_NEWLINK, RTM_NEWLINK,
					      RTM_NEWLINK, RTM_SETLINK,	   RTM_SETLINK, RTM_DELLINK,
					      RTM_GETLINK, RTM_NEWLINKPROP };
	unsigned int type = types[upto(maker, 10)], flags = 0, i;
	struct ifinfomsg link = { .ifi_family = percent(maker, 90) ? 0 : upto(maker, 30) };
	struct netlink_build *build = &maker->build;
	bool made = type == RTM_NEWLINK && percent(maker, 75), first = percent(maker, 50);
	char name[IFNAMSIZ];

	if (made ? percent(maker, 10) : percent(maker, 70))
		link.ifi_index = some_device(maker);
	/* What the world was made with should not be gone at once. */
	if (type == RTM_DELLINK && percent(maker, 95))
		link.ifi_index = 14 + (int)upto(maker, 60);
	if (percent(maker, 25)) {
		link.ifi_flags = percent(maker, 80) ? IFF_UP : upto(maker, 1 << 16);
		link.ifi_change = percent(maker, 60) ? IFF_UP : percent(maker, 50) ? 0 : ~0U;
	}
	if (made)
		flags = percent(maker, 85) ? CREATE : NLM_F_CREATE;
	else if (percent(maker, 20))
		flags = upto(maker, 16) << 8;
	/* Of a header of one byte only, as older programs send it. */
	build_message(build, type, flags, &link,
		      type == RTM_GETLINK && percent(maker, 30) ? 1 : sizeof(link));
	if (percent(maker, made ? 85 : 30))
		build_text(build, IFLA_IFNAME, some_name(maker, name));
	if (made && first)
		link_info(maker);
	for (i = upto(maker, 4); i; i--)
		link_attribute(maker);
	if ((made && !first) || percent(maker, 4))
		link_info(maker);
	build_end(build);
}

/* ---- routes, nexthops, addresses, networks ------------------------------------------ */

static void encapsulation(struct maker *maker, unsigned int type, unsigned int data)
{
	static const unsigned char to[4] = { 10, 9, 0, 77 };
	struct netlink_build *build = &maker->build;
	uint16_t ip = LWTUNNEL_ENCAP_IP;
	size_t at;

	if (percent(maker, 90))
		build_bytes(build, type, &ip, sizeof(ip));
	at = build_open(build, data);
	build_bytes(build, LWTUNNEL_IP_DST, to, sizeof(to));
	build_close(build, at);
}

static void gateway(struct maker *maker)
{
	unsigned char to[4] = { 10, 9, 0, (unsigned char)(2 + upto(maker, 200)) };

	build_bytes(&maker->build, RTA_GATEWAY, to, sizeof(to));
}

static void hops(struct maker *maker)
{
	struct netlink_build *build = &maker->build;
	size_t at = build_open(build, RTA_MULTIPATH);
	uint32_t i;

	for (i = 1 + upto(maker, 3); i; i--) {
		struct rtnexthop hop = { .rtnh_ifindex = WORLD_OWN };
		size_t begin = build->call->length;

		build_put(build, &hop, sizeof(hop));
		gateway(maker);
		if (percent(maker, 25))
			encapsulation(maker, RTA_ENCAP_TYPE, RTA_ENCAP);
		/* It begins as an attribute does: with its length. */
		build_close(build, begin);
	}
	build_close(build, at);
}

static void route_message(struct maker *maker)
{
	unsigned char to[4] = { 10, (unsigned char)(50 + upto(maker, 100)),
				(unsigned char)upto(maker, 250), 0 };
	struct rtmsg route = {
		.rtm_family = percent(maker, 92) ? AF_INET : upto(maker, 30),
		.rtm_dst_len = 24,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	struct netlink_build *build = &maker->build;

	build_message(build, percent(maker, 85) ? RTM_NEWROUTE : RTM_DELROUTE, NLM_F_CREATE, &route,
		      sizeof(route));
	build_bytes(build, RTA_DST, to, sizeof(to));
	if (percent(maker, 40)) {
		hops(maker);
	} else {
		build_number(build, RTA_OIF, WORLD_OWN);
		if (percent(maker, 80))
			gateway(maker);
		if (percent(maker, 35))
			encapsulation(maker, RTA_ENCAP_TYPE, RTA_ENCAP);
	}
	if (percent(maker, 5))
		build_number(build, upto(maker, 70), upto(maker, 200));
	build_end(build);
}

static void nexthop_message(struct maker *maker)
{
	unsigned char to[4] = { 10, 9, 0, (unsigned char)(2 + upto(maker, 200)) };
	struct nhmsg hop = { .nh_family = AF_INET, .nh_protocol = RTPROT_BOOT };
	struct netlink_build *build = &maker->build;

	build_message(build, RTM_NEWNEXTHOP, NLM_F_CREATE, &hop, sizeof(hop));
	build_number(build, NHA_ID, 1 + upto(maker, 1000));
	build_number(build, NHA_OIF, WORLD_OWN);
	build_bytes(build, NHA_GATEWAY, to, sizeof(to));
	if (percent(maker, 40))
		encapsulation(maker, NHA_ENCAP_TYPE, NHA_ENCAP);
	build_end(build);
}

static void address_message(struct maker *maker)
{
	unsigned char own[4] = { 10, 9, (unsigned char)upto(maker, 200), 7 };
	struct ifaddrmsg address = { .ifa_family = AF_INET,
				     .ifa_prefixlen = 32,
				     .ifa_index = (uint32_t)some_device(maker) };
	struct netlink_build *build = &maker->build;

	build_message(build, RTM_NEWADDR + upto(maker, 3), CREATE, &address, sizeof(address));
	build_bytes(build, IFA_LOCAL, own, sizeof(own));
	if (percent(maker, 20))
		build_number(build, IFA_TARGET_NETNSID, WORLD_NSID);
	build_end(build);
}

static void number_message(struct maker *maker)
{
	struct rtgenmsg header = { 0 };
	struct netlink_build *build = &maker->build;

	build_message(build, RTM_NEWNSID + upto(maker, 3), 0, &header, sizeof(header));
	build_number(build, NETNSA_NSID, 1 + upto(maker, 50));
	if (percent(maker, 50))
		build_number(build, NETNSA_FD, WORLD_FD);
	else
		build_number(build, NETNSA_PID, (uint32_t)maker->make->other_pid);
	build_end(build);
}

/* Of any type, with anything in it. */
static void any_message(struct maker *maker, unsigned int type)
{
	struct netlink_build *build = &maker->build;
	uint64_t words[8];
	size_t i;

	for (i = 0; i < 8; i++)
		words[i] = netlink_random(&maker->make->seed);
	/* A family of addresses, or a command, that there is. */
	((unsigned char *)words)[0] = upto(maker, 30);
	build_message(build, type, upto(maker, 16) << 8, words, upto(maker, sizeof(words)));
	for (i = upto(maker, 4); i; i--)
		build_number(build, upto(maker, 80), upto(maker, 200));
	build_end(build);
}

static void message(struct maker *maker)
{
	switch (maker->build.call->protocol) {
	case NETLINK_SOCK_DIAG:
		any_message(maker, SOCK_DIAG_BY_FAMILY - 2 + upto(maker, 4));
		return;
	case NETLINK_GENERIC:
		any_message(maker, GENL_ID_CTRL + upto(maker, 3));
		return;
	case NETLINK_NETFILTER:
		any_message(maker, 14 + upto(maker, 4000));
		return;
	}
	switch (upto(maker, 20)) {
	case 0 ... 11:
		link_message(maker);
		break;
	case 12 ... 14:
		route_message(maker);
		break;
	case 15 ... 16:
		nexthop_message(maker);
		break;
	case 17:
		address_message(maker);
		break;
	case 18:
		number_message(maker);
		break;
	default:
		any_message(maker, RTM_BASE - 2 + upto(maker, 116));
	}
}

/* ---- mutation -------------------------------------------------------------------------- */

/* What an attacker would like to slip into another message. */
static size_t some_piece(struct maker *maker, unsigned char *bytes, size_t room)
{
	static struct netlink_call piece;
	struct maker other = { .make = maker->make };

	build_begin(&other.build, &piece, &maker->make->seed, percent(maker, 50));
	if (percent(maker, 60))
		link_info(&other);
	else if (percent(maker, 50))
		other_network(&other);
	else
		encapsulation(&other, RTA_ENCAP_TYPE, RTA_ENCAP);
	if (piece.length > room)
		return 0;
	memcpy(bytes, piece.bytes, piece.length);
	return piece.length;
}

/* A piece at any place; the first message then is that much longer. */
static void mutate_insert(struct maker *maker, struct netlink_call *call)
{
	unsigned char piece[1024];
	size_t length = some_piece(maker, piece, sizeof(piece)), at;
	uint32_t whole;

	if (!length || call->length + length > CALL_ROOM || call->length < 16)
		return;
	at = 16 + upto(maker, call->length - 16 + 1) / 4 * 4;
	if (at > call->length)
		at = call->length;
	memmove(call->bytes + at + length, call->bytes + at, call->length - at);
	memcpy(call->bytes + at, piece, length);
	call->length += length;
	memcpy(&whole, call->bytes, sizeof(whole));
	whole += length;
	memcpy(call->bytes, &whole, sizeof(whole));
}

static void mutate(struct maker *maker, struct netlink_call *call)
{
	size_t at = upto(maker, call->length ? call->length : 1);
	uint16_t length;

	switch (upto(maker, 6)) {
	case 0:
		call->bytes[at] = (unsigned char)netlink_random(&maker->make->seed);
		break;
	case 1:
		call->bytes[at] ^= (unsigned char)(1U << upto(maker, 8));
		break;
	case 2:
		/* A length, or what takes the place of one. */
		at = at / 4 * 4;
		memcpy(&length, call->bytes + at, sizeof(length));
		length = (uint16_t)(length + upto(maker, 11) - 5);
		memcpy(call->bytes + at, &length, sizeof(length));
		break;
	case 3:
		call->length = at;
		break;
	default:
		mutate_insert(maker, call);
	}
}

static bool call_mutated(struct maker *maker, struct netlink_call *call)
{
	const struct netlink_corpus *corpus = maker->make->corpus;
	uint32_t i;

	if (!corpus->count)
		return false;
	*call = *corpus->entries[upto(maker, (uint32_t)corpus->count)].call;
	for (i = upto(maker, 4); i; i--)
		mutate(maker, call);
	return call->length > 0;
}

void netlink_call_make(struct netlink_make *make, struct netlink_call *call)
{
	static const int protocols[] = { NETLINK_NETFILTER, NETLINK_GENERIC, NETLINK_SOCK_DIAG };
	struct maker maker = { .make = make };
	uint32_t i;

	if (percent(&maker, 25) && call_mutated(&maker, call))
		return;
	call->protocol = percent(&maker, 96) ? NETLINK_ROUTE : protocols[upto(&maker, 3)];
	build_begin(&maker.build, call, &make->seed, percent(&maker, 60));
	for (i = percent(&maker, 85) ? 1 : 1 + upto(&maker, 4); i; i--)
		message(&maker);
	if (!call->length)
		call->length = 1;
}

void netlink_call_print(const struct netlink_call *call, char *text, size_t size)
{
	size_t i, used = (size_t)snprintf(text, size, "%d ", call->protocol);

	for (i = 0; i < call->length && used + 3 < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%02x", call->bytes[i]);
}
