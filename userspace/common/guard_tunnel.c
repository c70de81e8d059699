// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels in networks that a tenant is to have. Their modules put one into each
 * network (tunl0, sit0, gre0), which sends to wherever a route says, by no socket.
 * New networks get none, and one that has some is not given to a tenant.
 */
#include "guard_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define ONLY_INIT "/proc/sys/net/core/fb_tunnels_only_for_init_net"

/* The module that each kind of tunnel comes from. */
static const struct {
	const char *kind, *module;
} tunnels[] = {
	{ "ipip", "ipip" },	 { "sit", "sit" },	     { "gre", "ip_gre" },
	{ "gretap", "ip_gre" },	 { "erspan", "ip_gre" },     { "ip6tnl", "ip6_tunnel" },
	{ "ip6gre", "ip6_gre" }, { "ip6gretap", "ip6_gre" }, { "ip6erspan", "ip6_gre" },
	{ "vti", "ip_vti" },	 { "vti6", "ip6_vti" },
};
#define TUNNELS (sizeof(tunnels) / sizeof(tunnels[0]))

/* What a walk through the devices of a network has come upon. */
struct search {
	char devices[160], modules[96];
	int peer;  /* the network where the other end of the device is, by its number; else -1 */
	int index; /* of that device; 0 when the tunnels are looked for */
};

/* @list: words with @gap between them. One that has no room is left out. */
static void list_add(char *list, size_t size, const char *gap, const char *word)
{
	size_t used = strlen(list), length = strlen(gap) + strlen(word);

	if (used + length < size)
		snprintf(list + used, size - used, "%s%s", used ? gap : "", word);
}

static bool list_has(const char *list, const char *word)
{
	size_t length = strlen(word);
	const char *at = list;

	while ((at = strstr(at, word))) {
		if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
		at += length;
	}
	return false;
}

static const struct rtattr *attribute_of(const struct rtattr *at, int left, int type)
{
	for (; RTA_OK(at, left); at = RTA_NEXT(at, left))
		if ((at->rta_type & NLA_TYPE_MASK) == type)
			return at;
	return NULL;
}

static const char *module_of(const struct rtattr *info)
{
	const struct rtattr *kind;
	size_t i;

	kind = info ? attribute_of(RTA_DATA(info), RTA_PAYLOAD(info), IFLA_INFO_KIND) : NULL;
	for (i = 0; kind && i < TUNNELS; i++)
		if (!strncmp(RTA_DATA(kind), tunnels[i].kind, RTA_PAYLOAD(kind)))
			return tunnels[i].module;
	return NULL;
}

/* A device of the network. */
static void device_look(const struct nlmsghdr *message, struct search *search)
{
	const struct ifinfomsg *link = NLMSG_DATA(message);
	const struct rtattr *first = IFLA_RTA(link), *name, *number;
	int length = IFLA_PAYLOAD(message);
	const char *module;

	if (search->index) {
		number = attribute_of(first, length, IFLA_LINK_NETNSID);
		if (number && link->ifi_index == search->index)
			memcpy(&search->peer, RTA_DATA(number), sizeof(search->peer));
		return;
	}
	module = module_of(attribute_of(first, length, IFLA_LINKINFO));
	name = attribute_of(first, length, IFLA_IFNAME);
	if (!module || !name)
		return;
	list_add(search->devices, sizeof(search->devices), ", ", RTA_DATA(name));
	if (!list_has(search->modules, module))
		list_add(search->modules, sizeof(search->modules), " ", module);
}

static int answers_read(int fd, struct search *search)
{
	char bytes[32768] __attribute__((aligned(8)));

	for (;;) {
		const struct nlmsghdr *message = (const void *)bytes;
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

		if (n < 0)
			return -errno;
		for (size_t left = (size_t)n; NLMSG_OK(message, left);
		     message = NLMSG_NEXT(message, left)) {
			if (message->nlmsg_type == NLMSG_DONE)
				return 0;
			if (message->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(message))->error;
			if (message->nlmsg_type == RTM_NEWLINK)
				device_look(message, search);
		}
	}
}

/* Walks through all devices here, or in the network of that number. */
static int devices_walk(int network, struct search *search)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg link;
		struct rtattr attribute;
		int network;
	} question = {
		.header = { .nlmsg_len = sizeof(question),
			    .nlmsg_type = RTM_GETLINK,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.attribute = { .rta_len = RTA_LENGTH(sizeof(network)),
			       .rta_type = IFLA_TARGET_NETNSID },
		.network = network,
	};
	_cleanup_fd_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (network < 0)
		question.header.nlmsg_len -= RTA_LENGTH(sizeof(network));
	if (fd < 0 || send(fd, &question, question.header.nlmsg_len, 0) < 0)
		return -errno;
	return answers_read(fd, search);
}

static int tunnels_look(int network, const char *where, const char *name, struct problem *problem)
{
	struct search search = { .peer = -1 };
	int error = devices_walk(network, &search);

	if (error)
		return problem_set(problem, error, "%s%s: its devices cannot be listed: %s", where,
				   name, strerror(-error));
	if (!search.devices[0])
		return 0;
	return problem_set(problem, -EBUSY,
			   "%s%s has tunnels (%s), whose packets no rule judges: type "
			   "'modprobe -r %s', which takes them from every network, or make this "
			   "network anew, without any",
			   where, name, search.devices, search.modules);
}

/* The host's own network belongs to no tenant: what a tenant in it can configure is nothing. */
static bool is_hosts(int network)
{
	struct stat theirs, hosts;

	return !fstat(network, &theirs) && !stat("/proc/1/ns/net", &hosts) &&
	       theirs.st_dev == hosts.st_dev && theirs.st_ino == hosts.st_ino;
}

int guard_tunnels_in(int network, const char *name, struct problem *problem)
{
	_cleanup_fd_ int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int error;

	if (is_hosts(network))
		return 0;
	if (own < 0 || setns(network, CLONE_NEWNET))
		return problem_set(problem, -errno, "%s is not a network namespace: %s", name,
				   strerror(errno));
	error = tunnels_look(-1, "network ", name, problem);
	/* A command that is left in another network than its own goes no further. */
	if (setns(own, CLONE_NEWNET))
		abort();
	return error;
}

int guard_tunnels_behind(const char *device, uint32_t ifindex, struct problem *problem)
{
	struct search search = { .peer = -1, .index = (int)ifindex };
	int error = devices_walk(-1, &search);

	if (error)
		return problem_set(problem, error, "%s: its other end cannot be found: %s", device,
				   strerror(-error));
	/* A tap, or a pair whose ends are in one network: there is no other to look at. */
	return search.peer < 0 ? 0 :
				 tunnels_look(search.peer, "the network behind ", device, problem);
}

/* 2 is stricter still: the host's own network has none either. */
static int keep_out_here(struct problem *problem)
{
	_cleanup_fd_ int fd = open(ONLY_INIT, O_RDWR | O_CLOEXEC);
	char now = '0';

	if (fd < 0 || (pread(fd, &now, 1, 0) == 1 && now == '0' && pwrite(fd, "1\n", 2, 0) != 2))
		return problem_set(problem, -errno, ONLY_INIT ": %s", strerror(errno));
	return 0;
}

/* The setting is shown in the host's network only, where the command need not be. */
int guard_tunnels_keep_out(struct problem *problem)
{
	_cleanup_fd_ int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	_cleanup_fd_ int hosts = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	int error;

	if (own < 0 || hosts < 0 || setns(hosts, CLONE_NEWNET))
		return problem_set(problem, -errno, "the host's network cannot be entered: %s",
				   strerror(errno));
	error = keep_out_here(problem);
	if (setns(own, CLONE_NEWNET))
		abort();
	return error;
}
