// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is at the other end of a device: its kind, and the link layer address that
 * its frames come from, asked by rtnetlink in the network where the other end is.
 */
#include "guard_private.h"

#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define PEER_ANSWER 16384

struct peer_request {
	struct nlmsghdr head;
	struct ifinfomsg link;
	char attributes[32];
};

static void request_add(struct peer_request *request, unsigned short type, const void *data,
			size_t length)
{
	struct rtattr *attribute = (void *)((char *)request + NLMSG_ALIGN(request->head.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(length);
	memcpy(RTA_DATA(attribute), data, length);
	request->head.nlmsg_len =
		NLMSG_ALIGN(request->head.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
}

/* @network: as the kernel numbers it from here, negative for this one */
static int link_ask(int socket, uint32_t ifindex, int network, char answer[PEER_ANSWER])
{
	struct peer_request request = {
		.head = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST,
		},
		.link = { .ifi_index = (int)ifindex },
	};
	struct nlmsghdr *head = (void *)answer;
	ssize_t length;

	if (network >= 0)
		request_add(&request, IFLA_TARGET_NETNSID, &network, sizeof(network));
	if (send(socket, &request, request.head.nlmsg_len, 0) < 0)
		return -errno;
	length = recv(socket, answer, PEER_ANSWER, 0);
	if (length < 0)
		return -errno;
	if (!NLMSG_OK(head, (size_t)length))
		return -EPROTO;
	if (head->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)NLMSG_DATA(head))->error;
	return head->nlmsg_type == RTM_NEWLINK ? 0 : -EPROTO;
}

static const struct rtattr *attribute_find(const struct rtattr *attribute, int length, int type)
{
	for (; RTA_OK(attribute, length); attribute = RTA_NEXT(attribute, length))
		if ((attribute->rta_type & NLA_TYPE_MASK) == type)
			return attribute;
	return NULL;
}

static const struct rtattr *link_attribute(const char answer[PEER_ANSWER], int type)
{
	const struct nlmsghdr *head = (const void *)answer;
	const struct ifinfomsg *link = NLMSG_DATA(head);

	return attribute_find(IFLA_RTA(link), (int)IFLA_PAYLOAD(head), type);
}

static int link_number(const char answer[PEER_ANSWER], int type, int32_t *number)
{
	const struct rtattr *attribute = link_attribute(answer, type);

	if (!attribute || RTA_PAYLOAD(attribute) != sizeof(*number))
		return -ENOENT;
	memcpy(number, RTA_DATA(attribute), sizeof(*number));
	return 0;
}

static void link_kind(const char answer[PEER_ANSWER], char kind[GUARD_KIND_SIZE])
{
	const struct rtattr *info = link_attribute(answer, IFLA_LINKINFO);

	kind[0] = '\0';
	if (info)
		info = attribute_find(RTA_DATA(info), (int)RTA_PAYLOAD(info), IFLA_INFO_KIND);
	if (info && RTA_PAYLOAD(info) < GUARD_KIND_SIZE) {
		memcpy(kind, RTA_DATA(info), RTA_PAYLOAD(info));
		kind[RTA_PAYLOAD(info)] = '\0';
	}
}

static int link_address(const char answer[PEER_ANSWER], uint8_t address[6])
{
	const struct ifinfomsg *link = NLMSG_DATA((const struct nlmsghdr *)answer);
	const struct rtattr *attribute = link_attribute(answer, IFLA_ADDRESS);

	if (link->ifi_type != ARPHRD_ETHER || !attribute || RTA_PAYLOAD(attribute) != 6)
		return -EPROTONOSUPPORT;
	memcpy(address, RTA_DATA(attribute), 6);
	return 0;
}

int guard_peer_read(uint32_t ifindex, struct guard_peer *peer)
{
	_cleanup_fd_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	_Alignas(struct nlmsghdr) char answer[PEER_ANSWER];
	int32_t number, network = -1;
	int error;

	memset(peer, 0, sizeof(*peer));
	if (fd < 0)
		return -errno;
	error = link_ask(fd, ifindex, -1, answer);
	if (error)
		return error;
	link_kind(answer, peer->kind);
	/* Only the two ends of a pair name each other so. */
	if (strcmp(peer->kind, "veth") && strcmp(peer->kind, "netkit"))
		return 0;
	if (link_number(answer, IFLA_LINK, &number))
		return 0;
	/* Without it the other end is in this network; below zero nobody may ask there. */
	if (!link_number(answer, IFLA_LINK_NETNSID, &network) && network < 0)
		return 0;
	error = link_ask(fd, (uint32_t)number, network, answer);
	if (!error)
		peer->found = !link_address(answer, peer->address);
	return error;
}
