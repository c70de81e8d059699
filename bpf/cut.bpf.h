/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections that a new policy forbids end, so that the application hears of
 * it: their packets are dropped without a word, and it would wait for TCP's
 * timeout. Whoever put the policy in force reads this iterator once in each
 * network of the tenant's; nothing depends on it but how soon one hears.
 */
#ifndef CLOISON_CUT_BPF_H
#define CLOISON_CUT_BPF_H

#include "pen.h"
#include "flow.h"
#include "home.h"

extern int bpf_sock_destroy(struct sock_common *sk) __ksym;

/* Not those that are about to begin, which are told anyway, or have ended. */
static __always_inline bool cut_goes_on(__u8 state)
{
	return state == TCP_STATE_ESTABLISHED || state == TCP_STATE_FIN_WAIT1 ||
	       state == TCP_STATE_FIN_WAIT2 || state == TCP_STATE_CLOSE_WAIT;
}

/* The two ends of a connection, as a packet of it has them. */
static __always_inline void cut_packet(struct sock_common *sk, struct packet *packet)
{
	struct cloison_peer *peer = &packet->peer;
	const __u32 mapped = bpf_htonl(0xFFFF);
	__u32 words[4];

	peer->protocol = CLOISON_TCP;
	peer->remote_port = bpf_ntohs(BPF_CORE_READ(sk, skc_dport));
	peer->local_port = BPF_CORE_READ(sk, skc_num);
	BPF_CORE_READ_INTO(&words, sk, skc_v6_daddr.in6_u.u6_addr32);
	if (BPF_CORE_READ(sk, skc_family) == FAMILY_INET6 &&
	    (words[0] || words[1] || words[2] != mapped)) {
		peer->family = CLOISON_IPV6;
		__builtin_memcpy(peer->address, words, sizeof(words));
		BPF_CORE_READ_INTO(&words, sk, skc_v6_rcv_saddr.in6_u.u6_addr32);
		__builtin_memcpy(packet->local, words, sizeof(words));
		return;
	}
	peer->family = CLOISON_IPV4;
	words[0] = BPF_CORE_READ(sk, skc_daddr);
	words[1] = BPF_CORE_READ(sk, skc_rcv_saddr);
	__builtin_memcpy(peer->address, &words[0], 4);
	__builtin_memcpy(packet->local, &words[1], 4);
}

SEC("iter/tcp")
int cloison_cut(struct bpf_iter__tcp *context)
{
	struct sock_common *sk = context->sk_common;
	const struct cloison_segment *segment;
	struct judgement judgement = {};
	struct packet packet = {};
	struct cloison_socket *socket;
	enum cloison_direction began = 0;

	if (!sk || !cut_goes_on(BPF_CORE_READ(sk, skc_state)))
		return 0;
	segment = segment_of_cgroup(pen_socket_cgroup((struct sock *)sk));
	if (!segment || segment->mode != CLOISON_ENFORCE)
		return 0;
	socket = bpf_sk_storage_get(&cloison_sockets, sk, NULL, 0);
	if (socket && socket->direction) {
		if (socket->generation == segment->generation)
			return 0;
		began = socket->direction;
	} else if (socket && socket->network) {
		began = CLOISON_INGRESS;
	}
	cut_packet(sk, &packet);
	if (home_addresses(&packet) && HOME_OF(segment, sk) == HOME_OWN)
		return 0;
	/* As its packets are: see flow_began(). */
	began = flow_judge(segment, began, &packet, &judgement);
	if (judgement.verdict == CLOISON_ALLOW)
		return 0;
	/* The reset comes after. */
	if (socket && socket->direction)
		socket->end = CLOISON_END_POLICY;
	if (bpf_sock_destroy(sk))
		return 0;
	policy_hit(segment->slot, judgement.rule);
	segment_count(segment, CLOISON_REASON_ended);
	event_emit(segment, CLOISON_HOOK_cut, began, CLOISON_REASON_ended, judgement.rule,
		   &packet.peer, packet.local);
	return 0;
}

#endif /* CLOISON_CUT_BPF_H */
