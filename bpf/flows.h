/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows that no socket remembers: those of protocols without connections, and the
 * echoes. A tenant has two tables, of what it began itself (ours) and of what its
 * peers began (theirs): what peers fill can push out nothing that the tenant waits
 * for.
 *
 * A table is an array of buckets. Full, a bucket gives up the oldest flow of the
 * same peer if that has two of them there already, so that the flood of one peer
 * pushes out itself; else the oldest of all.
 */
#ifndef CLOISON_FLOWS_H
#define CLOISON_FLOWS_H

#include "flow.h"
#include "lsm_kernel.h"

#define FLOWS_SECOND 1000000000ULL

/* Added to ages, so that they are above zero. */
#define FLOWS_SKEW 16

/* Which table, and how it is searched. */
#define FLOWS_OURS 0
#define FLOWS_THEIRS 1
#define FLOWS_FRAGMENTS 2 /* of packets that passed by their first piece */
#define FLOWS_ANY_LOCAL 4 /* whatever is in its place of the tenant's address */

/* In place of a request: of a translated flow, as the program names it. See nat_datagram.h. */
#define FLOWS_NAMED 4

/* Networks and sockets have numbers of their own each: none is taken for another. */
#define FLOWS_NETWORK (1ULL << 62)
#define FLOWS_DEVICE (1ULL << 63) /* that of an attachment */

/* Whose flows: what a socket or device began is its own, what came in is the network's. */
struct flows_owner {
	__u64 ours;
	__u64 theirs;
};

typedef __u64 __attribute__((may_alias)) flows_word;

static __always_inline __u32 flows_now(void)
{
	return bpf_ktime_get_coarse_ns() / FLOWS_SECOND;
}

/*
 * 1 or 0, without a jump: a search over 8 flows with some jumps each has more ways
 * through it than the verifier goes. A compiler must not find out and jump.
 */
static __always_inline __u64 flows_hidden(__u64 value)
{
	asm volatile("" : "+r"(value));
	return value;
}

static __always_inline __u64 flows_nonzero(__u64 value)
{
	__u64 negative = flows_hidden(-value);

	return flows_hidden((value | negative) >> 63);
}

static __always_inline __u64 flows_below(__u64 left, __u64 right)
{
	__u64 difference = flows_hidden(left - right);

	return flows_hidden(difference >> 63);
}

/* Clocks of two CPUs may differ: the age may be below zero. */
static __always_inline __u64 flows_age(const struct cloison_flow *flow, __u32 now)
{
	__u64 age = (__u64)now + FLOWS_SKEW - flow->seen;

	return age & (flows_hidden(age >> 63) - 1);
}

/* From which age on a flow of the table has ended. */
static __always_inline __u64 flows_limit(__u32 table)
{
	return FLOWS_SKEW +
	       (table & FLOWS_FRAGMENTS ? CLOISON_FRAGMENT_SECONDS : CLOISON_FLOW_SECONDS);
}

static __always_inline __u64 flows_ended(const struct cloison_flow *flow, __u64 limit, __u32 now)
{
	return flows_below(limit, flows_age(flow, now));
}

/* Of one peer: an IPv4 address, or the network of an IPv6 one, whose hosts have many. */
static __always_inline __u64 flows_of_peer(const struct cloison_flow *at,
					   const struct cloison_flow *flow)
{
	const flows_word *left = (const flows_word *)at->address;
	const flows_word *right = (const flows_word *)flow->address;

	return 1 ^ flows_nonzero((left[0] ^ right[0]) | (at->family ^ flow->family));
}

/* All that tells a flow from another, but the tenant's address: zero if it is the same. */
static __always_inline __u64 flows_differ(const struct cloison_flow *a,
					  const struct cloison_flow *b)
{
	const flows_word *left = (const flows_word *)a->address;
	const flows_word *right = (const flows_word *)b->address;

	return (left[0] ^ right[0]) | (left[1] ^ right[1]) | (a->owner ^ b->owner) |
	       (a->remote_port ^ b->remote_port) | (a->local_port ^ b->local_port) |
	       (a->family ^ b->family) | (a->protocol ^ b->protocol) | (a->request ^ b->request);
}

static __always_inline __u64 flows_differ_local(const struct cloison_flow *a,
						const struct cloison_flow *b)
{
	const flows_word *left = (const flows_word *)a->local;
	const flows_word *right = (const flows_word *)b->local;

	return (left[0] ^ right[0]) | (left[1] ^ right[1]);
}

static __always_inline __u64 flows_mix(__u64 hash, __u64 word)
{
	hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
	return hash ^ hash >> 32;
}

static __always_inline __u32 flows_hash(const struct cloison_flow *flow)
{
	const flows_word *address = (const flows_word *)flow->address;
	__u64 hash = flows_mix(flow->owner, address[0]);

	hash = flows_mix(hash, address[1]);
	hash = flows_mix(hash, (__u64)flow->remote_port << 48 | (__u64)flow->local_port << 32 |
				       flow->protocol << 8 | flow->request);
	return hash ^ hash >> 16;
}

/* Where it is or would be; NULL if the tenant has no tables. */
static __always_inline struct cloison_bucket *flows_bucket(__u32 index, __u32 table,
							   const struct cloison_flow *flow)
{
	__u32 place, buckets;
	void *inner;

	if (table & FLOWS_FRAGMENTS)
		inner = bpf_map_lookup_elem(&cloison_fragments, &index);
	else if (table & FLOWS_THEIRS)
		inner = bpf_map_lookup_elem(&cloison_theirs, &index);
	else
		inner = bpf_map_lookup_elem(&cloison_ours, &index);
	if (!inner)
		return NULL;
	/* As many as was said when it was made. */
	buckets = ((const struct bpf_map *)inner)->max_entries;
	place = buckets ? flows_hash(flow) % buckets : 0;
	return bpf_map_lookup_elem(inner, &place);
}

/*
 * Whether the flow is in the table and has not ended; then its generation, its rule
 * and the tenant's address are filled in. Verified once by itself, as parse_packet().
 */
__noinline int flows_find(__u32 index, __u32 table, struct cloison_flow *flow)
{
	__u64 any = table & FLOWS_ANY_LOCAL ? 0 : ~0ULL, found = 0, place = 0;
	__u64 limit = flows_hidden(flows_limit(table));
	struct cloison_bucket *bucket;
	__u32 now = flows_now(), i;

	if (!flow)
		return 0;
	bucket = flows_bucket(index, table, flow);
	if (!bucket)
		return 0;
	bpf_spin_lock(&bucket->lock);
	for (i = 0; i < CLOISON_WAYS; i++) {
		const struct cloison_flow *at = &bucket->flows[i];
		__u64 is = flows_hidden(1 ^ (flows_nonzero(flows_differ(at, flow) |
							   (flows_differ_local(at, flow) & any)) |
					     flows_ended(at, limit, now)));

		found |= is;
		/* With any address there may be several. */
		place ^= (place ^ i) & -is;
	}
	if (found) {
		struct cloison_flow *at = &bucket->flows[place % CLOISON_WAYS];

		flow->generation = at->generation;
		flow->rule = at->rule;
		__builtin_memcpy(flow->local, at->local, sizeof(flow->local));
		at->seen = now;
	}
	bpf_spin_unlock(&bucket->lock);
	return found != 0;
}

/* How little a flow is missed, for one that wants its place: the most is taken. */
static __always_inline __u64 flows_rank(const struct cloison_flow *at,
					const struct cloison_flow *flow, __u64 any, __u64 limit,
					__u64 crowded, __u32 now)
{
	__u64 same = 1 ^
		     flows_nonzero(flows_differ(at, flow) | (flows_differ_local(at, flow) & any));
	__u64 free = (1 ^ flows_nonzero(at->family)) | flows_ended(at, limit, now);

	return same << 62 | free << 61 | (crowded & flows_of_peer(at, flow)) << 60 |
	       flows_age(at, now);
}

/*
 * Note a flow, or that it goes on under another policy: there is always a place.
 * What is counted is kept in the bucket: of memory the verifier does not follow each
 * value by itself. Return: whether it is noted.
 */
__noinline int flows_note(__u32 index, __u32 table, const struct cloison_flow *flow)
{
	__u64 any = table & FLOWS_ANY_LOCAL ? 0 : ~0ULL;
	__u64 limit = flows_hidden(flows_limit(table));
	struct cloison_bucket *bucket;
	__u32 now = flows_now(), i;

	if (!flow)
		return 0;
	bucket = flows_bucket(index, table, flow);
	if (!bucket)
		return 0;
	bpf_spin_lock(&bucket->lock);
	bucket->peers = 0;
	bucket->rank = 0;
	for (i = 0; i < CLOISON_WAYS; i++)
		bucket->peers += flows_of_peer(&bucket->flows[i], flow);
	for (i = 0; i < CLOISON_WAYS; i++) {
		__u64 rank = flows_rank(&bucket->flows[i], flow, any, limit,
					flows_below(1, bucket->peers), now);
		__u64 more = -flows_below(bucket->rank, rank);

		bucket->rank ^= (bucket->rank ^ rank) & more;
		bucket->place ^= (bucket->place ^ i) & more;
	}
	i = bucket->place % CLOISON_WAYS;
	bucket->flows[i] = *flow;
	bucket->flows[i].seen = now;
	bpf_spin_unlock(&bucket->lock);
	return 1;
}

static __always_inline void flows_of(struct cloison_flow *flow, const struct cloison_peer *peer,
				     const __u8 local[16])
{
	__builtin_memcpy(flow->address, peer->address, sizeof(flow->address));
	__builtin_memcpy(flow->local, local, sizeof(flow->local));
	flow->remote_port = peer->remote_port;
	flow->local_port = peer->local_port;
	flow->family = peer->family;
	flow->protocol = peer->protocol;
	flow->request = peer->request;
}

/* The table that has it, or a negative number: first where what begins now would be. */
static __always_inline int flows_which(const struct cloison_segment *segment,
				       enum cloison_direction direction,
				       const struct flows_owner *owner, struct cloison_flow *flow)
{
	__u32 first = direction == CLOISON_EGRESS ? FLOWS_OURS : FLOWS_THEIRS;

	flow->owner = first == FLOWS_OURS ? owner->ours : owner->theirs;
	if (flows_find(segment->index, first, flow))
		return first;
	flow->owner = first == FLOWS_OURS ? owner->theirs : owner->ours;
	if (flows_find(segment->index, !first, flow))
		return !first;
	return -1;
}

/* A flow of an older policy, judged by this one in the direction in which it began. */
static __always_inline bool flows_renew(const struct cloison_segment *segment, __u32 table,
					const struct packet *packet, struct cloison_flow *flow)
{
	struct judgement judgement;

	policy_judge(segment, table == FLOWS_OURS ? CLOISON_EGRESS : CLOISON_INGRESS, packet,
		     &judgement);
	if (judgement.verdict != CLOISON_ALLOW)
		return false;
	flow->rule = judgement.rule;
	flow->generation = segment->generation;
	flows_note(segment->index, table, flow);
	return true;
}

/* A packet that begins a flow, which is noted: its answers pass by that only. */
static __always_inline enum cloison_reason
flows_begin(const struct cloison_segment *segment, enum cloison_direction direction,
	    const struct packet *packet, const struct flows_owner *owner, struct cloison_flow *flow,
	    struct judgement *verdict)
{
	bool out = direction == CLOISON_EGRESS;

	flow_judge_first(segment, owner->ours & FLOWS_DEVICE, direction, packet, verdict);
	if (verdict->verdict != CLOISON_ALLOW)
		return flow_denied(segment, verdict);
	flow->owner = out ? owner->ours : owner->theirs;
	flow->generation = segment->generation;
	flow->rule = verdict->rule;
	if (!flows_note(segment->index, out ? FLOWS_OURS : FLOWS_THEIRS, flow))
		return CLOISON_REASON_no_room;
	policy_hit(segment->slot, verdict->rule);
	return CLOISON_REASON_passed;
}

/* By itself for the room of its stack. @verdict: see flow_tcp() */
static __noinline enum cloison_reason flow_datagram(const struct cloison_segment *segment,
						    enum cloison_direction direction,
						    const struct packet *packet,
						    const struct flows_owner *owner,
						    struct judgement *verdict)
{
	struct cloison_flow flow = {};
	enum cloison_reason reason;
	int table;

	/* What came in for many is not answered as many. */
	if (direction == CLOISON_EGRESS && address_is_shared(packet->peer.family, packet->local))
		return CLOISON_REASON_not_own;
	flows_of(&flow, &packet->peer, packet->local);
	table = flows_which(segment, direction, owner, &flow);
	if (table >= 0 &&
	    (flow.generation == segment->generation || flows_renew(segment, table, packet, &flow)))
		return flow_passed(table == FLOWS_OURS ? CLOISON_EGRESS : CLOISON_INGRESS,
				   direction);

	/* An answer of ICMP begins nothing. */
	if (packet->peer.request && packet->peer.request != direction)
		return CLOISON_REASON_denied_default;
	reason = flows_begin(segment, direction, packet, owner, &flow, verdict);
	if (table >= 0 &&
	    (reason == CLOISON_REASON_denied_default || reason == CLOISON_REASON_denied_rule))
		return CLOISON_REASON_ended;
	return reason;
}

/* Whether the rules allow the connection that a segment is of, if its other end began it. */
static __always_inline bool flow_segment_reverse(const struct cloison_segment *segment,
						 enum cloison_direction direction,
						 const struct packet *packet)
{
	struct judgement reverse = {};

	policy_rules(segment, direction == CLOISON_EGRESS ? CLOISON_INGRESS : CLOISON_EGRESS,
		     &packet->peer, &reverse);
	return reverse.verdict == CLOISON_ALLOW;
}

static __always_inline bool flow_segment_known(const struct cloison_segment *segment,
					       enum cloison_direction direction,
					       const struct packet *packet)
{
	struct judgement judgement = {};

	policy_rules(segment, direction, &packet->peer, &judgement);
	return judgement.verdict == CLOISON_ALLOW ||
	       flow_segment_reverse(segment, direction, packet);
}

/*
 * TCP where there is no socket: a segment that asks for a connection is judged in
 * its direction. Any other passes if the rules allow the connection that it could
 * be of, begun here or there: it opens none, and so nothing has to be remembered
 * that a flood could push out.
 */
static __noinline enum cloison_reason flow_segment(const struct cloison_segment *segment,
						   enum cloison_direction direction,
						   const struct packet *packet,
						   struct judgement *verdict)
{
	struct judgement judgement = {};

	policy_judge(segment, direction, packet, &judgement);
	if (judgement.verdict == CLOISON_ALLOW) {
		if (!flow_asks(packet))
			return CLOISON_REASON_passed;
		if (!limit_passes_flow(segment, true, direction)) {
			judgement.verdict = CLOISON_DENY;
			judgement.reason = CLOISON_REASON_rate;
			*verdict = judgement;
			return flow_denied(segment, &judgement);
		}
		policy_hit(segment->slot, judgement.rule);
		*verdict = judgement;
		return CLOISON_REASON_passed;
	}
	if (!flow_asks(packet) && judgement.reason != CLOISON_REASON_not_own &&
	    flow_segment_reverse(segment, direction, packet))
		return CLOISON_REASON_replies;
	*verdict = judgement;
	return flow_denied(segment, &judgement);
}

#endif /* CLOISON_FLOWS_H */
