/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose a cgroup is: a tenant's, a stray's below a pen, or the host's.
 *
 * A stray is a task or socket below a pen that belongs to no tenant. It counts as
 * a tenant of its own, which is denied everything: the cgroup directly below the
 * pen. What is looked up here is written by userspace at the same time, so each
 * field is read once, and a place that is missing makes a stray, never a host's.
 */
#ifndef CLOISON_PEN_H
#define CLOISON_PEN_H

#include <stdbool.h>

#include "lsm_kernel.h"
#include "segment.h"

#include <bpf/bpf_core_read.h>

extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym;
extern void *bpf_cast_to_kern_ctx(void *context) __ksym;

#define PEN_READ(field) (*(const volatile typeof(field) *)&(field))

/* A tenant's cgroup, and where it lies; of a stray the tenant is 0. */
struct wall {
	__u64 cgroup;
	__u32 level;
	__u32 tenant;
	__u32 index; /* its slot; of a stray the place behind the last */
	__u32 alone; /* a stray in the pen itself: what is below is not its own */
	__u32 naked; /* nothing is attached at the pen, which was made again */
	__u32 zero;
};

static __always_inline struct cloison_pens *pens_state(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&cloison_pens, &zero);
}

/* A pointer as a number, which the verifier lets be indexed from. */
static __always_inline __u64 pen_address(const void *pointer)
{
	__u64 address = 0;

	bpf_probe_read_kernel(&address, sizeof(address), &pointer);
	return address;
}

/* Above the cgroup at @address, at this depth: its id, or 0. */
static __always_inline __u64 pen_ancestor(__u64 address, __u32 level)
{
	struct cgroup *cgroup = (void *)(long)address, *ancestor = NULL;

	if (BPF_CORE_READ(cgroup, level) < (int)level)
		return 0;
	bpf_probe_read_kernel(&ancestor, sizeof(ancestor),
			      (void *)&cgroup->ancestors + level * sizeof(void *));
	return BPF_CORE_READ(ancestor, kn, id);
}

/* The slot of a tenant's cgroup. False if it is not one. */
static __always_inline bool pen_slot(__u64 cgroup, __u32 *index)
{
	const struct cloison_cgroup *found = bpf_map_lookup_elem(&cloison_cgroups, &cgroup);

	if (!found)
		return false;
	*index = found->index;
	return true;
}

/* The same, of the cgroup at @address or of the caller's, which is 0. */
static __always_inline __u64 pen_above(__u64 address, __u32 level)
{
	return address ? pen_ancestor(address, level) : bpf_get_current_ancestor_cgroup_id(level);
}

/* In one of the tenants that are known: which is one look-up for each depth of theirs. */
static __always_inline bool pen_tenant(const struct cloison_pens *pens, __u64 address,
				       struct wall *wall)
{
	const struct cloison_slot *slot;
	__u32 i, level, index;
	__u64 id;

#pragma clang loop unroll(disable)
	for (i = 0; i < CLOISON_DEPTHS && i < PEN_READ(pens->depths); i++) {
		level = pens->depth[i];
		id = pen_above(address, level & (CLOISON_LEVELS - 1));
		if (!id || !pen_slot(id, &index))
			continue;
		slot = bpf_map_lookup_elem(&cloison_slots, &index);
		if (!slot)
			return false;
		wall->cgroup = id;
		wall->level = level;
		wall->tenant = slot->tenant;
		wall->index = index;
		return true;
	}
	return false;
}

static __always_inline bool pen_stray(const struct cloison_pens *pens, __u64 address,
				      struct wall *wall)
{
	__u64 place, id;
	__u32 i, level;

#pragma clang loop unroll(disable)
	for (i = 0; i < CLOISON_PENS; i++) {
		place = PEN_READ(pens->pens[i].place);
		level = CLOISON_PLACE_LEVEL(place);
		if (!place || pen_above(address, level) != CLOISON_PLACE_CGROUP(place))
			continue;
		id = pen_above(address, level + 1);
		wall->alone = !id;
		wall->cgroup = id ? id : CLOISON_PLACE_CGROUP(place);
		wall->level = id ? level + 1 : level;
		wall->naked = (place & CLOISON_PLACE_NAKED) != 0;
		wall->index = CLOISON_SEGMENTS;
		return true;
	}
	return false;
}

/*
 * Whether the cgroup at @address is behind a wall, and whose; 0 is the caller's
 * own. Not a static function, so that each program has it verified once only; such
 * a one cannot take a cgroup's pointer in older kernels.
 */
__noinline int pen_search(__u64 address, struct wall *wall)
{
	const struct cloison_pens *pens = pens_state();
	struct wall found = {};

	if (!wall || !pens)
		return 0;
	if (!pen_tenant(pens, address, &found) && !pen_stray(pens, address, &found))
		return 0;
	*wall = found;
	return 1;
}

/*
 * Whether the caller may be behind a wall: one look-up of its ancestor, at a depth
 * that all pens have in common, lets the host's tasks go.
 */
static __always_inline bool pen_first(const struct cloison_pens *pens)
{
	__u32 i, level, last = CLOISON_LEVELS;
	__u64 first, id = 0;

#pragma unroll
	for (i = 0; i < CLOISON_PENS; i++) {
		first = PEN_READ(pens->pens[i].first);
		if (!first)
			continue;
		level = CLOISON_PLACE_LEVEL(first);
		if (level != last)
			id = bpf_get_current_ancestor_cgroup_id(level);
		last = level;
		if (id == CLOISON_PLACE_CGROUP(first))
			return true;
	}
	return false;
}

/*
 * Whether the caller is a tenant's or a stray, and which. For programs that the
 * kernel runs by the caller's cgroup; those of the LSM ask lsm_caller().
 */
static __always_inline bool pen_caller(struct wall *wall)
{
	const struct cloison_pens *pens = pens_state();

	return pens && pen_first(pens) && pen_search(0, wall);
}

/* Whether a network, by its cookie, is another tenant's alone. */
static __always_inline bool pen_claimed(const struct wall *wall, __u64 network)
{
	const struct cloison_network *claim = bpf_map_lookup_elem(&cloison_networks, &network);

	return claim && claim->tenant != wall->tenant;
}

/* The cgroup that a socket was made in. */
static __always_inline struct cgroup *pen_socket_cgroup(struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
}

/* The kernel's view of a socket that a program was given, for BPF_CORE_READ(). */
#define PEN_SOCKET(sk) ((struct sock *)bpf_rdonly_cast(sk, bpf_core_type_id_kernel(struct sock)))

/* The segment in force of the tenant that a cgroup is in, or NULL: then deny. */
static __always_inline const struct cloison_segment *segment_of_cgroup(struct cgroup *cgroup)
{
	struct wall wall;

	/* Where a socket has none it is not the caller's that counts. */
	if (!cgroup || !pen_search((long)cgroup, &wall) || !wall.tenant)
		return NULL;
	return segment_of_slot(wall.index);
}

#endif /* CLOISON_PEN_H */
