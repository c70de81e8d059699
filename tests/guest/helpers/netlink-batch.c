// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink-batch DEVICE [write|generic]
 *
 * One call with two messages: a question that anybody may ask, and behind it a
 * change, the device's MTU. With write the call is write(2). With generic it is
 * one message to the family that changes most: ethtool's.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct change {
	struct nlmsghdr header;
	struct ifinfomsg device;
	struct nlattr attribute;
	unsigned int mtu;
};

struct batch {
	struct nlmsghdr header;
	struct ifinfomsg device;
	struct change change;
};

static int answer(int fd, unsigned int sequence)
{
	char bytes[16384];

	for (;;) {
		ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
		const struct nlmsghdr *message = (const void *)bytes;

		if (n < 0)
			return -errno;
		for (size_t left = (size_t)n; NLMSG_OK(message, left);
		     message = NLMSG_NEXT(message, left))
			if (message->nlmsg_seq == sequence && message->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(message))->error;
	}
}

static int send_bytes(int fd, const void *bytes, size_t length, bool by_write)
{
	ssize_t n = by_write ? write(fd, bytes, length) : send(fd, bytes, length, 0);

	return n < 0 ? -errno : 0;
}

static int change_device(const char *device, bool by_write)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), error;
	struct batch batch = { 0 };

	batch.header.nlmsg_len = sizeof(batch) - sizeof(batch.change);
	batch.header.nlmsg_type = RTM_GETLINK;
	batch.header.nlmsg_flags = NLM_F_REQUEST;
	batch.header.nlmsg_seq = 1;
	batch.device.ifi_index = (int)if_nametoindex(device);
	batch.change.header.nlmsg_len = sizeof(batch.change);
	batch.change.header.nlmsg_type = RTM_NEWLINK;
	batch.change.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	batch.change.header.nlmsg_seq = 2;
	batch.change.device.ifi_index = batch.device.ifi_index;
	batch.change.attribute.nla_len = sizeof(batch.change.attribute) + sizeof(batch.change.mtu);
	batch.change.attribute.nla_type = IFLA_MTU;
	batch.change.mtu = 1400;
	error = fd < 0 ? -errno : send_bytes(fd, &batch, sizeof(batch), by_write);
	return error ? error : answer(fd, 2);
}

/* The first family behind the directory of families: none that may be used. */
static int ask_generic(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC), error;
	struct {
		struct nlmsghdr header;
		struct genlmsghdr family;
	} message = { 0 };

	message.header.nlmsg_len = sizeof(message);
	message.header.nlmsg_type = GENL_ID_CTRL + 4;
	message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	message.header.nlmsg_seq = 2;
	message.family.cmd = 1;
	message.family.version = 1;
	error = fd < 0 ? -errno : send_bytes(fd, &message, sizeof(message), false);
	return error ? error : answer(fd, 2);
}

int main(int argc, char **argv)
{
	const char *how = argc > 2 ? argv[2] : "";
	int error;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: netlink-batch DEVICE [write|generic]\n");
		return 2;
	}
	error = strcmp(how, "generic") ? change_device(argv[1], !strcmp(how, "write")) :
					 ask_generic();
	if (error)
		puts(strerror(-error));
	return error ? 1 : 0;
}
