// SPDX-License-Identifier: GPL-2.0-only
/* The netlink walk of the guard, compiled for the host. */
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf_helpers.h>

/* Functions that the verifier takes one by one have to be global, there. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#include "netlink.h"
#include "netlink_fuzz.h"

int fuzz_tunnel;

static bool netlink_tunnel(__u64 network, int index)
{
	(void)network;
	return fuzz_tunnel && (!index || index == fuzz_tunnel);
}

bool netlink_verdict(const struct netlink_call *call, enum fuzz_where where)
{
	/* A copy of just its size: one byte further is a sanitizer's. */
	unsigned char *bytes = malloc(call->length);
	struct netlink_walk walk = {
		.data = (unsigned long)bytes,
		.end = call->length,
		.protocol = call->protocol,
		.where = where,
	};
	bool allowed;

	_Static_assert((int)NETLINK_HOST == FUZZ_HOST && (int)NETLINK_FIRST == FUZZ_FIRST &&
			       (int)NETLINK_OTHER == FUZZ_OTHER,
		       "the same places");
	if (!bytes)
		abort();
	memcpy(bytes, call->bytes, call->length);
	allowed = netlink_allowed(&walk);
	free(bytes);
	return allowed;
}
