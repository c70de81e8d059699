/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose task, whose socket: what the LSM programs ask.
 *
 * They run for every task of the host, so a task of no tenant has to be let go
 * by one comparison. What a tenant's task may not do is refused with EPERM; the
 * host's own tasks are never refused anything.
 */
#ifndef CLOISON_LSM_H
#define CLOISON_LSM_H

#include "lsm_kernel.h"
#include "maps.h"
#include "segment.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#define LSM_ALLOW 0
#define LSM_REFUSE (-1) /* -EPERM */

#define FAMILY_UNIX 1
#define FAMILY_INET 2
#define FAMILY_INET6 10
#define FAMILY_NETLINK 16

/* A text of at most 8 bytes as one number, to be compared with. */
#define LSM_WORD(text)          \
	(((const union {        \
		 char bytes[8]; \
		 __u64 word;    \
	 }){ text })            \
		 .word)

/* A tenant's cgroup, and where it lies. */
struct wall {
	__u64 cgroup;
	__u32 level;
	__u32 tenant;
	__u32 index;
};

/* Above @cgroup, at this depth: its id, or 0. */
static __always_inline __u64 lsm_ancestor(struct cgroup *cgroup, __u32 level)
{
	struct cgroup *ancestor = NULL;

	if (BPF_CORE_READ(cgroup, level) < (int)level)
		return 0;
	bpf_probe_read_kernel(&ancestor, sizeof(ancestor),
			      (void *)&cgroup->ancestors + level * sizeof(void *));
	return BPF_CORE_READ(ancestor, kn, id);
}

/* The tenant that @cgroup is in; the caller's own if it is NULL. */
static __noinline bool lsm_search(struct cgroup *cgroup, __u32 levels, struct wall *wall)
{
	__u32 level;

	for (level = 1; level < CLOISON_LEVELS; level++) {
		const struct cloison_wall *found;
		__u64 id;

		if (!(levels & 1U << level))
			continue;
		id = cgroup ? lsm_ancestor(cgroup, level) :
			      bpf_get_current_ancestor_cgroup_id(level);
		if (!id)
			return false;
		found = bpf_map_lookup_elem(&cloison_walls, &id);
		if (!found)
			continue;
		wall->cgroup = id;
		wall->level = level;
		wall->tenant = found->tenant;
		wall->index = found->index;
		return true;
	}
	return false;
}

static __always_inline struct cloison_lsm *lsm_state(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&cloison_lsm, &zero);
}

/* Whether the caller is a tenant's, and which. */
static __always_inline bool lsm_caller(struct wall *wall)
{
	const struct cloison_lsm *lsm = lsm_state();
	__u64 first;

	if (!lsm)
		return false;
	first = *(const volatile __u64 *)&lsm->first;
	if (first && bpf_get_current_ancestor_cgroup_id(CLOISON_FIRST_LEVEL(first)) !=
			     CLOISON_FIRST_CGROUP(first))
		return false;
	return lsm_search(NULL, lsm->levels, wall);
}

static __always_inline bool lsm_cgroup(struct cgroup *cgroup, struct wall *wall)
{
	const struct cloison_lsm *lsm = lsm_state();

	return lsm && cgroup && lsm_search(cgroup, lsm->levels, wall);
}

/* Whether @cgroup is the tenant's, or below it. */
static __always_inline bool lsm_inside(const struct wall *wall, struct cgroup *cgroup)
{
	return lsm_ancestor(cgroup, wall->level) == wall->cgroup;
}

static __always_inline int lsm_refuse(const struct wall *wall)
{
	const struct cloison_segment segment = { .index = wall->index };

	segment_count(&segment, CLOISON_REASON_outside);
	return LSM_REFUSE;
}

/* ---- sockets ----------------------------------------------------------- */

static __always_inline struct cgroup *lsm_socket_cgroup(struct sock *sk)
{
	return BPF_CORE_READ(sk, sk_cgrp_data.cgroup);
}

static __always_inline __u16 lsm_family(struct sock *sk)
{
	return BPF_CORE_READ(sk, __sk_common.skc_family);
}

/*
 * Sockets that the kernel uses by itself, in whichever task's time: those that
 * it made, and those of a network disk (nbd), which it marks so.
 */
static __always_inline bool lsm_kernels(struct sock *sk)
{
	unsigned long flags = BPF_CORE_READ(sk, __sk_common.skc_flags);

	return BPF_CORE_READ_BITFIELD_PROBED(sk, sk_kern_sock) ||
	       flags & 1UL << bpf_core_enum_value(enum sock_flags, SOCK_MEMALLOC);
}

/*
 * Whether a unix socket that is not the tenant's may be talked to. One without
 * a name nobody finds: it was inherited, as a pipe may be. One with a name has
 * to be the host's and on the list.
 */
static __always_inline bool lsm_unix_open(const struct wall *wall, struct sock *sk)
{
	struct unix_address *address = BPF_CORE_READ((struct unix_sock *)sk, addr);
	struct cgroup *cgroup = lsm_socket_cgroup(sk);
	struct cloison_unix_hits *hits;
	struct cloison_unix name = {};
	struct wall other;
	__u32 length;

	if (lsm_inside(wall, cgroup))
		return true;
	if (lsm_cgroup(cgroup, &other))
		return false;
	if (!address)
		return true;
	length = BPF_CORE_READ(address, len) - sizeof(unsigned short);
	if (length > sizeof(name.name))
		return false;
	bpf_probe_read_kernel(name.name, length, (void *)&address->name + sizeof(unsigned short));
	hits = bpf_map_lookup_elem(&cloison_unix, &name);
	if (!hits)
		return false;
	__sync_fetch_and_add(&hits->hits, 1);
	return true;
}

/* A unix socket that the tenant did not make: also its other end counts. */
static __always_inline bool lsm_unix_foreign(const struct wall *wall, struct sock *sk)
{
	struct sock *peer = BPF_CORE_READ((struct unix_sock *)sk, peer);

	return !lsm_unix_open(wall, sk) || (peer && !lsm_unix_open(wall, peer));
}

/* Whether a socket is none of the tenant's. */
static __noinline bool lsm_foreign(const struct wall *wall, struct sock *sk)
{
	if (lsm_inside(wall, lsm_socket_cgroup(sk)) || lsm_kernels(sk))
		return false;
	return lsm_family(sk) != FAMILY_UNIX || lsm_unix_foreign(wall, sk);
}

/* The caller does something with a socket: is it the caller's? */
static __always_inline int lsm_socket(struct sock *sk)
{
	const struct cloison_server *server;
	struct wall wall;

	if (!lsm_caller(&wall) || !sk)
		return LSM_ALLOW;
	if (!lsm_foreign(&wall, sk))
		return LSM_ALLOW;
	/* The kernel makes it in the time of the task that connects. */
	server = bpf_sk_storage_get(&cloison_server, sk, NULL, 0);
	if (server && server->tenant == wall.tenant)
		return LSM_ALLOW;
	return lsm_refuse(&wall);
}

#endif /* CLOISON_LSM_H */
