/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bind(2): a caller that takes an address which is not its tenant's hears so at
 * once, instead of waiting for packets that are dropped on both ways. Of TCP and
 * UDP: the kernel asks nobody for other protocols, which the packets' hooks judge.
 */
#ifndef CLOISON_BIND_BPF_H
#define CLOISON_BIND_BPF_H

#include "reuseport.h"
#include "sock_addr.bpf.h"

/* The wildcard was taken for loopback: everybody has both, packets are judged. */
static __always_inline bool bind_owns(const struct cloison_segment *segment,
				      const struct cloison_peer *end)
{
	if (!(segment->flags & CLOISON_HAS_ADDRESSES))
		return true;
	if (address_is_loopback(end->family, end->address) ||
	    address_is_shared(end->family, end->address))
		return true;
	if (end->family == CLOISON_IPV4)
		return policy_has_own(segment->slot, CLOISON_IPV4, end->address);
	return policy_has_own(segment->slot, CLOISON_IPV6, end->address);
}

/* @end: the tenant's own, of which the address is told as the local one */
static __always_inline int bind_judge(struct bpf_sock_addr *call, struct cloison_peer *end,
				      enum cloison_hook hook)
{
	const struct cloison_segment *segment = call_segment(call);
	enum cloison_reason reason = CLOISON_REASON_no_policy;
	__u8 local[sizeof(end->address)];

	if (!segment_enforces(segment))
		return CALL_PROCEED;
	if (segment)
		reason = bind_owns(segment, end) ? bind_shares(segment, call) :
						   CLOISON_REASON_not_own;
	if (reason == CLOISON_REASON_passed)
		return CALL_PROCEED;
	segment_count(segment, reason);
	__builtin_memcpy(local, end->address, sizeof(local));
	__builtin_memset(end->address, 0, sizeof(end->address));
	end->protocol = socket_carries(call->type, call->protocol);
	end->local_port = bpf_ntohs(call->user_port);
	event_emit(segment, hook, CLOISON_INGRESS, reason, 0, end, local);
	return CALL_REFUSE;
}

SEC("cgroup/bind4")
int cloison_bind4(struct bpf_sock_addr *call)
{
	struct cloison_peer end = {};

	peer_ipv4(&end, call->user_ip4);
	return bind_judge(call, &end, CLOISON_HOOK_bind4);
}

SEC("cgroup/bind6")
int cloison_bind6(struct bpf_sock_addr *call)
{
	__be32 address[4] = { call->user_ip6[0], call->user_ip6[1], call->user_ip6[2],
			      call->user_ip6[3] };
	struct cloison_peer end = {};

	peer_ipv6(&end, address);
	return bind_judge(call, &end, CLOISON_HOOK_bind6);
}

#endif /* CLOISON_BIND_BPF_H */
