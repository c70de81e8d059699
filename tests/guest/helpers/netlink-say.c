// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink-say WORD...: one call by NETLINK_ROUTE, spelled out byte by byte where
 * iproute2 would send nothing that is wrong. Its first error is the exit status.
 *
 *   new|set|del|get      a message about a device begins; nsid: about a network's number
 *   index=N up create    of that message's header: the device, IFF_UP, CREATE and EXCL
 *   N=TEXT N:NUMBER      an attribute of the type N: text with its zero, or 32 bits
 *   N{ ... }             one with others in it
 *   head                 16 zero bytes, as the other end of a pair begins with
 *   tail                 what is no attribute, as its length is 0: there the kernel ends
 *   +K -K                the attribute that ended last says K bytes more, or fewer
 */
#include <errno.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ROOM 8192
#define DEPTH 8

static _Alignas(8) char bytes[ROOM];
static size_t used, message_at, last_at, open_at[DEPTH], depth;

static _Noreturn void usage(const char *word)
{
	fprintf(stderr, "netlink-say: what is '%s'?\n", word);
	exit(2);
}

static void *put(const void *from, size_t length)
{
	char *to = bytes + used;

	if (used + NLMSG_ALIGN(length) > ROOM)
		usage("more than there is room for");
	if (from)
		memcpy(to, from, length);
	used += NLMSG_ALIGN(length);
	return to;
}

static void message_end(void)
{
	((struct nlmsghdr *)(bytes + message_at))->nlmsg_len = (unsigned int)(used - message_at);
}

static void message_begin(unsigned short type, size_t header)
{
	struct nlmsghdr message = {
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
	};

	if (used)
		message_end();
	message_at = used;
	put(&message, sizeof(message));
	put(NULL, header);
}

static void attribute_begin(unsigned short type)
{
	struct nlattr attribute = { .nla_type = type, .nla_len = sizeof(attribute) };

	last_at = used;
	put(&attribute, sizeof(attribute));
}

static struct nlattr *last(void)
{
	return (struct nlattr *)(bytes + last_at);
}

/* N{, N=TEXT, N:NUMBER */
static void attribute(const char *word)
{
	unsigned int number;
	char *rest;
	unsigned short type = (unsigned short)strtoul(word, &rest, 10);

	if (rest == word || !*rest)
		usage(word);
	attribute_begin(type);
	switch (*rest++) {
	case '{':
		if (depth == DEPTH)
			usage(word);
		open_at[depth++] = last_at;
		break;
	case '=':
		put(rest, strlen(rest) + 1);
		last()->nla_len += (unsigned short)(strlen(rest) + 1);
		break;
	case ':':
		number = (unsigned int)strtoul(rest, NULL, 10);
		put(&number, sizeof(number));
		last()->nla_len += sizeof(number);
		break;
	default:
		usage(word);
	}
}

static void say(const char *word)
{
	struct nlmsghdr *message = (void *)(bytes + message_at);
	struct ifinfomsg *link = NLMSG_DATA(message);

	if (!strcmp(word, "new"))
		message_begin(RTM_NEWLINK, sizeof(*link));
	else if (!strcmp(word, "set"))
		message_begin(RTM_SETLINK, sizeof(*link));
	else if (!strcmp(word, "del"))
		message_begin(RTM_DELLINK, sizeof(*link));
	else if (!strcmp(word, "get"))
		message_begin(RTM_GETLINK, sizeof(*link));
	else if (!strcmp(word, "nsid"))
		message_begin(RTM_NEWNSID, sizeof(struct rtgenmsg));
	else if (!strncmp(word, "index=", 6))
		link->ifi_index = atoi(word + 6);
	else if (!strcmp(word, "up"))
		link->ifi_flags = link->ifi_change = IFF_UP;
	else if (!strcmp(word, "create"))
		message->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	else if (!strcmp(word, "tail"))
		put(NULL, 4);
	else if (!strcmp(word, "head"))
		put(NULL, sizeof(*link));
	else if (*word == '+' || *word == '-')
		last()->nla_len = (unsigned short)(last()->nla_len + atoi(word));
	else if (strcmp(word, "}"))
		attribute(word);
	else if (depth) {
		last_at = open_at[--depth];
		last()->nla_len = (unsigned short)(used - last_at);
	} else
		usage(word);
}

/* An answer of any kind that is no error is the one that was asked for. */
static int answer(int fd)
{
	static _Alignas(8) char reply[65536];
	const struct nlmsghdr *message = (const void *)reply;
	ssize_t n = recv(fd, reply, sizeof(reply), 0);

	if (n < 0)
		return errno;
	if (!NLMSG_OK(message, (size_t)n) || message->nlmsg_type != NLMSG_ERROR)
		return 0;
	return -((const struct nlmsgerr *)NLMSG_DATA(message))->error;
}

int main(int argc, char **argv)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), error = 0, i;
	struct timeval patience = { .tv_sec = 20 };

	if (argc < 2)
		usage("");
	for (i = 1; i < argc; i++)
		say(argv[i]);
	message_end();
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (fd < 0 || send(fd, bytes, used, 0) < 0)
		error = errno;
	if (!error)
		error = answer(fd);
	if (error)
		puts(strerror(error));
	return error ? 1 : 0;
}
