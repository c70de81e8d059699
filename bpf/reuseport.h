/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SO_REUSEPORT: sockets of one uid that bind the same port share what comes to it,
 * whichever tenants they are of. With SO_REUSEADDR sockets of UDP do so whatever their
 * uid, and the last to bind gets it all. On a network that several use a tenant binds so
 * only what its policy lets others come to.
 */
#ifndef CLOISON_REUSEPORT_H
#define CLOISON_REUSEPORT_H

#include "home.h"
#include "pen.h"
#include "socket.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

struct reuseport {
	void *rules;
	__u32 protocol;
	__u32 port;
	__u32 allowed;
};

static int reuseport_rule(__u32 index, void *context)
{
	struct reuseport *bind = context;
	const struct cloison_rule *rule = bpf_map_lookup_elem(bind->rules, &index);

	if (!rule)
		return 1;
	if (rule->verdict != CLOISON_ALLOW || rule->direction != CLOISON_INGRESS)
		return 0;
	if (rule->protocol != CLOISON_ANY_PROTOCOL && rule->protocol != bind->protocol)
		return 0;
	if (bind->port < rule->first_port || bind->port > rule->last_port)
		return 0;
	bind->allowed = 1;
	return 1;
}

/* Whether some peer may come to that port. */
static __always_inline bool reuseport_invited(const struct cloison_segment *segment, __u32 protocol,
					      __u32 port)
{
	struct reuseport bind = { .protocol = protocol, .port = port };
	__u32 slot = segment->slot;

	bind.rules = bpf_map_lookup_elem(&cloison_rules, &slot);
	if (!bind.rules)
		return false;
	bpf_loop(CLOISON_RULES, reuseport_rule, &bind, 0);
	return bind.allowed;
}

/* Whether another socket that is set alike could have that port too. */
static __always_inline bool reuseport_shares(struct sock *sk, __u32 protocol)
{
	if (BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_reuseport))
		return true;
	return protocol == CLOISON_UDP && BPF_CORE_READ_BITFIELD_PROBED(sk, __sk_common.skc_reuse);
}

static __always_inline enum cloison_reason bind_shares(const struct cloison_segment *segment,
						       struct bpf_sock_addr *call)
{
	struct bpf_sock *socket = call->sk;
	__u16 port = bpf_ntohs(call->user_port);
	__u32 protocol;

	if (!port || !socket)
		return CLOISON_REASON_passed;
	protocol = socket_carries(call->type, call->protocol);
	if (!reuseport_shares(PEN_SOCKET(socket), protocol) || HOME_OF(segment, socket) == HOME_OWN)
		return CLOISON_REASON_passed;
	return reuseport_invited(segment, protocol, port) ? CLOISON_REASON_passed :
							    CLOISON_REASON_denied_default;
}

#endif /* CLOISON_REUSEPORT_H */
