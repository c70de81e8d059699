/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses of IPv6 that a translator makes addresses of IPv4 of (RFC 6052): they are
 * judged as what they become, or else a rule of IPv4 would be gone around by it.
 */
#ifndef CLOISON_NAT64_H
#define CLOISON_NAT64_H

#include "maps.h"

#define ICMP_ECHO_REQUEST 8
#define ICMP6_ECHO_REQUEST 128

/* Of ICMP: no rule is for it. */
#define NAT64_NO_TYPE 0xFFFF

static __always_inline bool nat64_starts(const __u8 *address, const __u8 *prefix)
{
	__u8 difference = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < CLOISON_NAT64_SIZE; i++)
		difference |= address[i] ^ prefix[i];
	return !difference;
}

/* 64:ff9b::/96 is for this on any host, others as this host has them. */
static __always_inline bool nat64_is(const __u8 *address)
{
	const struct cloison_host *host;
	__u32 zero = 0, rest = 0, i;

#pragma unroll
	for (i = 4; i < CLOISON_NAT64_SIZE; i++)
		rest |= address[i];
	if (address[0] == 0x00 && address[1] == 0x64 && address[2] == 0xFF && address[3] == 0x9B &&
	    !rest)
		return true;
	host = bpf_map_lookup_elem(&cloison_host, &zero);
#pragma clang loop unroll(disable)
	for (i = 0; host && i < CLOISON_NAT64 && i < host->nat64_count; i++)
		if (nat64_starts(address, host->nat64[i]))
			return true;
	return false;
}

#endif /* CLOISON_NAT64_H */
