// SPDX-License-Identifier: GPL-2.0-only
/* Netlink messages piece by piece, with the faults that a walk could trip over. */
#include <linux/netlink.h>
#include <string.h>

#include "netlink_fuzz.h"

static bool one_in(struct netlink_build *build, unsigned int odds)
{
	return build->faults && netlink_random(build->seed) % odds == 0;
}

void build_begin(struct netlink_build *build, struct netlink_call *call, uint64_t *seed,
		 bool faults)
{
	*build = (struct netlink_build){ .call = call, .seed = seed, .faults = faults };
	call->length = 0;
}

/* What has no room any more is left out: the call is then a short one. */
void build_put(struct netlink_build *build, const void *bytes, size_t length)
{
	size_t padded = NLMSG_ALIGN(length);

	if (build->call->length + padded > CALL_ROOM)
		return;
	memset(build->call->bytes + build->call->length, 0, padded);
	if (length)
		memcpy(build->call->bytes + build->call->length, bytes, length);
	build->call->length += padded;
}

void build_message(struct netlink_build *build, unsigned int type, unsigned int flags,
		   const void *header, size_t length)
{
	struct nlmsghdr message = {
		.nlmsg_type = (uint16_t)type,
		.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
		.nlmsg_seq = 1,
	};

	build->message = build->call->length;
	build_put(build, &message, sizeof(message));
	build_put(build, header, length);
}

void build_end(struct netlink_build *build)
{
	uint32_t length = (uint32_t)(build->call->length - build->message);
	static const unsigned char behind[8] = { 4, 0, 18, 0 };

	if (one_in(build, 40)) {
		build_put(build, behind, netlink_random(build->seed) % sizeof(behind));
		length = (uint32_t)(build->call->length - build->message);
	}
	if (one_in(build, 40))
		length -= netlink_random(build->seed) % 6;
	memcpy(build->call->bytes + build->message, &length, sizeof(length));
}

static unsigned int some_type(struct netlink_build *build, unsigned int type)
{
	static const unsigned int masks[] = { NLA_F_NESTED, NLA_F_NET_BYTEORDER,
					      NLA_F_NESTED | NLA_F_NET_BYTEORDER };

	if (one_in(build, 25))
		return type | masks[netlink_random(build->seed) % 3];
	return one_in(build, 80) ? netlink_random(build->seed) % 80 : type;
}

static size_t attribute_begin(struct netlink_build *build, unsigned int type, size_t length)
{
	struct nlattr attribute = { .nla_len = (uint16_t)(sizeof(attribute) + length) };
	size_t at;

	/* An empty one before it, which the kernel forgets for the one behind. */
	attribute.nla_type = (uint16_t)type;
	if (one_in(build, 40)) {
		attribute.nla_len = sizeof(attribute);
		build_put(build, &attribute, sizeof(attribute));
		attribute.nla_len = (uint16_t)(sizeof(attribute) + length);
	}
	attribute.nla_type = (uint16_t)some_type(build, type);
	if (one_in(build, 50))
		attribute.nla_len =
			(uint16_t)(attribute.nla_len + netlink_random(build->seed) % 11 - 5);
	at = build->call->length;
	build_put(build, &attribute, sizeof(attribute));
	return at;
}

void build_bytes(struct netlink_build *build, unsigned int type, const void *bytes, size_t length)
{
	attribute_begin(build, type, length);
	build_put(build, bytes, length);
	if (one_in(build, 60)) {
		attribute_begin(build, type, length);
		build_put(build, bytes, length);
	}
}

void build_text(struct netlink_build *build, unsigned int type, const char *text)
{
	/* With its zero, or without. */
	build_bytes(build, type, text, strlen(text) + !one_in(build, 4));
}

void build_number(struct netlink_build *build, unsigned int type, uint32_t number)
{
	build_bytes(build, type, &number, sizeof(number));
}

size_t build_open(struct netlink_build *build, unsigned int type)
{
	return attribute_begin(build, type, 0);
}

void build_close(struct netlink_build *build, size_t at)
{
	uint16_t length = (uint16_t)(build->call->length - at);

	if (one_in(build, 30))
		length = (uint16_t)(length + netlink_random(build->seed) % 11 - 5);
	if (one_in(build, 80))
		length = (uint16_t)(length + netlink_random(build->seed) % 128 - 64);
	if (one_in(build, 120))
		length = sizeof(struct nlattr);
	if (at + sizeof(length) <= CALL_ROOM)
		memcpy(build->call->bytes + at, &length, sizeof(length));
}
