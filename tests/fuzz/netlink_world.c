// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network in a user namespace of the fuzzer's, where the kernel carries calls
 * out, and one beside it, as the host's is beside a tenant's. Afterwards the
 * kernel is asked what devices, routes and nexthops there are, here and beside.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <linux/lwtunnel.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "netlink_fuzz.h"

const char *const netlink_harm_names[HARMS] = { "device of a refused kind", "encapsulation",
						"another network", "tunnel opened" };

#define CHECK(condition)                    \
	do {                                \
		if (!(condition)) {         \
			perror(#condition); \
			exit(2);            \
		}                           \
	} while (0)

/* ---- making it ------------------------------------------------------------------ */

static int socket_here(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), size = 1 << 20;
	struct timeval patience = { .tv_sec = 20 };

	CHECK(fd >= 0);
	CHECK(!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)));
	CHECK(!setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)));
	return fd;
}

/* The kernel's answer to a call of one message that asks for one. */
static int say(int fd, struct netlink_call *call)
{
	char reply[8192] __attribute__((aligned(8)));
	const struct nlmsghdr *message = (const void *)reply;
	ssize_t n;

	((struct nlmsghdr *)call->bytes)->nlmsg_flags |= NLM_F_ACK;
	CHECK(send(fd, call->bytes, call->length, 0) == (ssize_t)call->length);
	n = recv(fd, reply, sizeof(reply), 0);
	CHECK(n > 0 && NLMSG_OK(message, (size_t)n) && message->nlmsg_type == NLMSG_ERROR);
	return -((const struct nlmsgerr *)NLMSG_DATA(message))->error;
}

/* @far: the name of its other end, which is made with it */
static void make_device(int fd, int index, const char *name, const char *kind, int far_index,
			const char *far)
{
	static struct netlink_call call;
	struct ifinfomsg link = { .ifi_index = index };
	struct ifinfomsg end = { .ifi_index = far_index };
	struct netlink_build build;
	size_t info, data, other;

	build_begin(&build, &call, NULL, false);
	build_message(&build, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof(link));
	build_text(&build, IFLA_IFNAME, name);
	info = build_open(&build, IFLA_LINKINFO);
	build_text(&build, IFLA_INFO_KIND, kind);
	if (far) {
		data = build_open(&build, IFLA_INFO_DATA);
		other = build_open(&build, VETH_INFO_PEER);
		build_put(&build, &end, sizeof(end));
		build_text(&build, IFLA_IFNAME, far);
		if (far_index == WORLD_FAR)
			build_number(&build, IFLA_NET_NS_FD, WORLD_FD);
		build_close(&build, other);
		build_close(&build, data);
	}
	build_close(&build, info);
	build_end(&build);
	errno = say(fd, &call);
	CHECK(!errno);
}

static void open_device(int fd, int index)
{
	static struct netlink_call call;
	struct ifinfomsg link = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct netlink_build build;

	build_begin(&build, &call, NULL, false);
	build_message(&build, RTM_NEWLINK, 0, &link, sizeof(link));
	build_end(&build);
	errno = say(fd, &call);
	CHECK(!errno);
}

static void number_other(int fd)
{
	static struct netlink_call call;
	struct rtgenmsg header = { 0 };
	struct netlink_build build;

	build_begin(&build, &call, NULL, false);
	build_message(&build, RTM_NEWNSID, 0, &header, sizeof(header));
	build_number(&build, NETNSA_NSID, WORLD_NSID);
	build_number(&build, NETNSA_FD, WORLD_FD);
	build_end(&build);
	errno = say(fd, &call);
	CHECK(!errno);
}

static void address_own(int fd)
{
	static const unsigned char own[4] = { 10, 9, 0, 1 };
	static struct netlink_call call;
	struct ifaddrmsg address = { .ifa_family = AF_INET,
				     .ifa_prefixlen = 24,
				     .ifa_index = WORLD_OWN };
	struct netlink_build build;

	build_begin(&build, &call, NULL, false);
	build_message(&build, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &address, sizeof(address));
	build_bytes(&build, IFA_LOCAL, own, sizeof(own));
	build_end(&build);
	errno = say(fd, &call);
	CHECK(!errno);
}

/* A process that is in the other network, for as long as this one lives. */
static int stay_behind(void)
{
	int pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static uint64_t others_devices(const struct netlink_world *world);
static uint64_t numbers(const struct netlink_world *world);

void netlink_world_make(struct netlink_world *world)
{
	int network;

	CHECK(!unshare(CLONE_NEWNET));
	network = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	CHECK(network >= 0 && dup2(network, WORLD_FD) == WORLD_FD);
	close(network);
	world->beside = socket_here();
	make_device(world->beside, WORLD_ALIEN, "alien", "bridge", 0, NULL);
	world->other_pid = stay_behind();
	CHECK(!unshare(CLONE_NEWNET));
	world->here = socket_here();
	number_other(world->here);
	make_device(world->here, WORLD_TUNNEL, "tunnel", "bridge", 0, NULL);
	make_device(world->here, WORLD_CROSS, "cross", "veth", WORLD_FAR, "far");
	make_device(world->here, WORLD_OWN, "own", "veth", WORLD_OWN + 1, "end");
	open_device(world->here, WORLD_OWN);
	open_device(world->here, WORLD_OWN + 1);
	address_own(world->here);
	world->baseline[0] = others_devices(world);
	world->baseline[1] = numbers(world);
	world->worn = false;
}

/* ---- asking it -------------------------------------------------------------------- */

/* Calls @visit for each message of a dump. */
static void dump(int fd, unsigned int type, size_t header,
		 void (*visit)(const struct nlmsghdr *message, void *data), void *data)
{
	static char reply[1 << 16] __attribute__((aligned(8)));
	static struct netlink_call call;
	unsigned char zero[32] = { 0 };
	struct netlink_build build;

	build_begin(&build, &call, NULL, false);
	build_message(&build, type, NLM_F_DUMP, zero, header);
	build_end(&build);
	CHECK(send(fd, call.bytes, call.length, 0) == (ssize_t)call.length);
	for (;;) {
		const struct nlmsghdr *message = (const void *)reply;
		ssize_t n = recv(fd, reply, sizeof(reply), 0);

		CHECK(n > 0);
		for (size_t left = (size_t)n; NLMSG_OK(message, left);
		     message = NLMSG_NEXT(message, left)) {
			if (message->nlmsg_type == NLMSG_DONE)
				return;
			CHECK(message->nlmsg_type != NLMSG_ERROR);
			visit(message, data);
		}
	}
}

static const struct rtattr *attribute_in(const void *first, int left, int type)
{
	const struct rtattr *at = first;

	for (; RTA_OK(at, left); at = RTA_NEXT(at, left))
		if ((at->rta_type & NLA_TYPE_MASK) == type)
			return at;
	return NULL;
}

static uint32_t number_in(const void *first, int left, int type)
{
	const struct rtattr *at = attribute_in(first, left, type);
	uint32_t number = 0;

	if (at)
		memcpy(&number, RTA_DATA(at), sizeof(number));
	return number;
}

static const char *kind_of(const struct nlmsghdr *message)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	const struct rtattr *info, *kind;

	info = attribute_in(IFLA_RTA(link), (int)IFLA_PAYLOAD(message), IFLA_LINKINFO);
	kind = info ? attribute_in(RTA_DATA(info), (int)RTA_PAYLOAD(info), IFLA_INFO_KIND) : NULL;
	return kind ? RTA_DATA(kind) : "";
}

static uint64_t mix(uint64_t sum, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;

	while (length--)
		sum = (sum ^ *at++) * 0x100000001B3;
	return sum;
}

/* All of a device of the other network that nothing in this one has a hand in. */
static void sum_device(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	const void *first = IFLA_RTA(link);
	int length = (int)IFLA_PAYLOAD(message);
	const struct rtattr *name = attribute_in(first, length, IFLA_IFNAME);
	uint32_t flags = link->ifi_flags & IFF_UP;
	uint64_t *sum = data;

	/* The far end goes with its near end. */
	if (link->ifi_index == WORLD_FAR)
		return;
	*sum = mix(*sum, &link->ifi_index, sizeof(link->ifi_index));
	*sum = mix(*sum, &flags, sizeof(flags));
	*sum = mix(*sum, RTA_DATA(name), RTA_PAYLOAD(name));
	flags = number_in(first, length, IFLA_MTU);
	*sum = mix(*sum, &flags, sizeof(flags));
	flags = number_in(first, length, IFLA_MASTER);
	*sum = mix(*sum, &flags, sizeof(flags));
}

static uint64_t others_devices(const struct netlink_world *world)
{
	uint64_t sum = 0xCBF29CE484222325;

	dump(world->beside, RTM_GETLINK, sizeof(struct ifinfomsg), sum_device, &sum);
	return sum;
}

static void sum_number(const struct nlmsghdr *message, void *data)
{
	uint64_t *sum = data;

	*sum = mix(*sum, NLMSG_DATA(message), NLMSG_PAYLOAD(message, 0));
}

/* The numbers that networks have here. */
static uint64_t numbers(const struct netlink_world *world)
{
	uint64_t sum = 0xCBF29CE484222325;

	dump(world->here, RTM_GETNSID, sizeof(struct rtgenmsg), sum_number, &sum);
	return sum;
}

struct look {
	enum netlink_harm harm;
	unsigned int devices; /* of those that the world was made with */
	bool networks;	      /* whether other networks are looked for */
};

static void look_device(const struct nlmsghdr *message, void *data)
{
	static const char *const kinds[] = { "bond",   "bridge",  "dummy",  "ifb",
					     "ipvlan", "macvlan", "netkit", "team",
					     "veth",   "vlan",	  "vrf" };
	const struct ifinfomsg *link = NLMSG_DATA(message);
	const void *first = IFLA_RTA(link);
	int length = (int)IFLA_PAYLOAD(message);
	const char *kind = kind_of(message);
	struct look *look = data;
	bool known = link->ifi_index == 1;
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		known |= !strcmp(kind, kinds[i]);
	if (!known)
		look->harm = HARM_KIND;
	if (link->ifi_index == WORLD_TUNNEL && link->ifi_flags & IFF_UP)
		look->harm = HARM_TUNNEL;
	if (look->networks && link->ifi_index != WORLD_CROSS &&
	    attribute_in(first, length, IFLA_LINK_NETNSID))
		look->harm = HARM_NETWORK;
	look->devices += link->ifi_index == WORLD_TUNNEL || link->ifi_index == WORLD_OWN ||
			 link->ifi_index == WORLD_CROSS;
}

static void look_route(const struct nlmsghdr *message, void *data)
{
	const struct rtmsg *route = NLMSG_DATA(message);
	const struct rtattr *many;
	struct look *look = data;
	int left;

	if (attribute_in(RTM_RTA(route), (int)RTM_PAYLOAD(message), RTA_ENCAP))
		look->harm = HARM_ENCAP;
	many = attribute_in(RTM_RTA(route), (int)RTM_PAYLOAD(message), RTA_MULTIPATH);
	if (!many)
		return;
	left = (int)RTA_PAYLOAD(many);
	for (const struct rtnexthop *hop = RTA_DATA(many); RTNH_OK(hop, left);
	     left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
		if (attribute_in(RTNH_DATA(hop), (int)(hop->rtnh_len - sizeof(*hop)), RTA_ENCAP))
			look->harm = HARM_ENCAP;
}

static void look_nexthop(const struct nlmsghdr *message, void *data)
{
	const struct nhmsg *hop = NLMSG_DATA(message);
	struct look *look = data;

	if (attribute_in(hop + 1, (int)NLMSG_PAYLOAD(message, sizeof(*hop)), NHA_ENCAP))
		look->harm = HARM_ENCAP;
}

enum netlink_harm netlink_world_look(struct netlink_world *world, enum fuzz_where where)
{
	struct look look = { .harm = HARM_NONE, .networks = where == FUZZ_FIRST };
	struct look beside = { .harm = HARM_NONE };

	if (look.networks &&
	    (others_devices(world) != world->baseline[0] || numbers(world) != world->baseline[1]))
		look.harm = HARM_NETWORK;
	dump(world->here, RTM_GETLINK, sizeof(struct ifinfomsg), look_device, &look);
	dump(world->here, RTM_GETROUTE, sizeof(struct rtmsg), look_route, &look);
	dump(world->here, RTM_GETNEXTHOP, sizeof(struct nhmsg), look_nexthop, &look);
	dump(world->beside, RTM_GETLINK, sizeof(struct ifinfomsg), look_device, &beside);
	world->worn = look.devices < 3;
	return beside.harm == HARM_KIND ? HARM_KIND : look.harm;
}

/* ---- changing it -------------------------------------------------------------------- */

static unsigned int messages_of(const struct netlink_call *call)
{
	const struct nlmsghdr *message = (const void *)call->bytes;
	size_t left = call->length;
	unsigned int count = 0;

	for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left))
		count++;
	return count;
}

bool netlink_world_send(struct netlink_world *world, const struct netlink_call *call)
{
	static char reply[1 << 16] __attribute__((aligned(8)));
	unsigned int errors = 0;
	int fd = socket_here();
	ssize_t n;

	if (send(fd, call->bytes, call->length, 0) < 0) {
		close(fd);
		return false;
	}
	(void)world;
	while ((n = recv(fd, reply, sizeof(reply), MSG_DONTWAIT)) > 0) {
		const struct nlmsghdr *message = (const void *)reply;

		for (size_t left = (size_t)n; NLMSG_OK(message, left);
		     message = NLMSG_NEXT(message, left))
			errors += message->nlmsg_type == NLMSG_ERROR &&
				  ((const struct nlmsgerr *)NLMSG_DATA(message))->error;
	}
	close(fd);
	return errors < messages_of(call);
}
