/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose task, whose socket: what the LSM programs ask.
 *
 * They run for every task of the host, so a host's task has to be let go by one
 * look-up. What a tenant's task, or a stray, may not do is refused with EPERM; the
 * host's own tasks are never refused anything.
 */
#ifndef CLOISON_LSM_H
#define CLOISON_LSM_H

#include "event.h"
#include "pen.h"

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

/*
 * Each program of the LSM's part holds cloison_lsm, and no other but admit(), which
 * so knows from the references to it that all of them are there.
 */
static __always_inline void lsm_mark(void)
{
	asm volatile("" : : "r"(&cloison_lsm));
}

static __always_inline struct cloison_lsm *lsm_state(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&cloison_lsm, &zero);
}

/* Whether the caller is a tenant's or a stray, and which. */
static __always_inline bool lsm_caller(struct wall *wall)
{
	lsm_mark();
	return pen_caller(wall);
}

/* Whether the cgroup is a tenant's or a stray's, or below it, and which. */
static __always_inline bool lsm_cgroup(struct cgroup *cgroup, struct wall *wall)
{
	lsm_mark();
	return cgroup && pen_search((long)cgroup, wall);
}

/* Whether @cgroup is the tenant's, or below it. */
static __always_inline bool lsm_inside(const struct wall *wall, struct cgroup *cgroup)
{
	if (pen_ancestor((long)cgroup, wall->level) != wall->cgroup)
		return false;
	return !wall->alone || BPF_CORE_READ(cgroup, level) == (int)wall->level;
}

/* Counts and tells a refusal; likewise verified once. Returns whether it is one. */
__noinline int lsm_judge(__u32 tenant, __u32 index, __u32 mode, __u32 hook)
{
	struct cloison_segment segment = { .tenant = tenant, .index = index, .mode = mode };

	segment_count(&segment, CLOISON_REASON_outside);
	event_emit(&segment, hook, CLOISON_EGRESS, CLOISON_REASON_outside, 0, NULL, NULL);
	return segment_enforces(&segment);
}

static __always_inline int lsm_refuse(const struct wall *wall, enum cloison_hook hook)
{
	lsm_judge(wall->tenant, wall->index, CLOISON_ENFORCE, hook);
	return LSM_REFUSE;
}

/* What a pilot only tells: a thing of the tenant's own network, not of others'. */
static __always_inline int lsm_refuse_enforced(const struct wall *wall, enum cloison_hook hook)
{
	const struct cloison_segment *segment = segment_of_slot(wall->index);
	int stops = lsm_judge(wall->tenant, wall->index, segment ? segment->mode : CLOISON_ENFORCE,
			      hook);

	/* The compiler knows more of its range than the verifier. */
	barrier_var(stops);
	return stops ? LSM_REFUSE : LSM_ALLOW;
}

/* ---- sockets ----------------------------------------------------------- */

static __always_inline struct cgroup *lsm_socket_cgroup(struct sock *sk)
{
	return pen_socket_cgroup(sk);
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

/* By one entry of the list: that tenant's, or of all. */
static __always_inline bool lsm_unix_hit(struct cloison_unix *key, __u32 tenant)
{
	struct cloison_unix_hits *hits;

	key->tenant = tenant;
	hits = bpf_map_lookup_elem(&cloison_unix, key);
	if (hits)
		__sync_fetch_and_add(&hits->hits, 1);
	return hits;
}

/*
 * Whether a socket of the host is on the list, by its name or by the directory that it
 * is in now. The directory is known by its inode: a path says what its reader's mounts
 * make of it. Verified once for all that ask.
 */
static __noinline bool lsm_unix_listed(__u32 tenant, struct sock *sk)
{
	struct unix_address *address = BPF_CORE_READ((struct unix_sock *)sk, addr);
	struct dentry *entry = BPF_CORE_READ((struct unix_sock *)sk, path.dentry);
	struct cloison_unix key = {};
	struct inode *directory;
	__u32 length;

	length = BPF_CORE_READ(address, len) - sizeof(unsigned short);
	if (length > sizeof(key.name))
		return false;
	bpf_probe_read_kernel(key.name, length, (void *)&address->name + sizeof(unsigned short));
	if (lsm_unix_hit(&key, tenant) || lsm_unix_hit(&key, CLOISON_UNIX_OF_ALL))
		return true;
	directory = entry ? BPF_CORE_READ(entry, d_parent, d_inode) : NULL;
	if (!directory)
		return false;
	__builtin_memset(key.name, 0, sizeof(key.name));
	key.inode = BPF_CORE_READ(directory, i_ino);
	key.device = BPF_CORE_READ(directory, i_sb, s_dev);
	return lsm_unix_hit(&key, tenant) || lsm_unix_hit(&key, CLOISON_UNIX_OF_ALL);
}

/*
 * Whether a unix socket that is not the tenant's may be talked to. One without
 * a name nobody finds: it was inherited, as a pipe may be. One with a name has
 * to be the host's and on the list. A stray talks to its own only.
 */
static __always_inline bool lsm_unix_open(const struct wall *wall, struct sock *sk)
{
	struct cgroup *cgroup = lsm_socket_cgroup(sk);
	struct wall other;

	if (lsm_inside(wall, cgroup))
		return true;
	if (!wall->tenant || lsm_cgroup(cgroup, &other))
		return false;
	if (!BPF_CORE_READ((struct unix_sock *)sk, addr))
		return true;
	return lsm_unix_listed(wall->tenant, sk);
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

/* The caller does something with a socket: is it none of the caller's? */
static __always_inline bool lsm_callers_not(struct sock *sk, struct wall *wall)
{
	const struct cloison_server *server;

	if (!lsm_caller(wall) || !sk)
		return false;
	if (!lsm_foreign(wall, sk))
		return false;
	/* The kernel makes it in the time of the task that connects. */
	server = bpf_sk_storage_get(&cloison_server, sk, NULL, 0);
	return !server || server->cgroup != wall->cgroup;
}

static __always_inline int lsm_socket(struct sock *sk, enum cloison_hook hook)
{
	struct wall wall;

	return lsm_callers_not(sk, &wall) ? lsm_refuse(&wall, hook) : LSM_ALLOW;
}

#endif /* CLOISON_LSM_H */
