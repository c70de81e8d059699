/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys of the kernel's keyrings, which are found by number, and by name among those
 * of one uid. Whose a key is gets noted when it is made, by its address: all keys are
 * made here, so an address that is used again has another note, or none.
 *
 * Nobody tells when a key ends. So each tenant has room for so many notes, and a further
 * one pushes out the tenant's own that was not used for longest. A key without a note is
 * not a tenant's.
 */
#ifndef CLOISON_LSM_KEY_BPF_H
#define CLOISON_LSM_KEY_BPF_H

#include "lsm.h"

#define LSM_EACCES 13

#define KEY_NEED_VIEW 1
#define KEY_NEED_SEARCH 4

/* The lowest bit of a reference to a key says that the caller holds it. */
#define KEY_REFERENCE(reference) ((reference) & ~1ULL)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct key_type {
	const char *name;
};

struct key {
	struct key_type *type;
	char *description;
};

struct cred;

struct task_struct___creds {
	struct cred *cred;
	struct cred *real_cred;
};

#pragma clang attribute pop

static __always_inline __u64 lsm_key_word(const char *text)
{
	__u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), text);
	return word;
}

static __always_inline __u64 lsm_key_type(struct key *key)
{
	return lsm_key_word(BPF_CORE_READ(key, type, name));
}

/* The kernel asks in its own name, for its own purposes, in the time of a task. */
static __always_inline bool lsm_key_kernels(void)
{
	struct task_struct___creds *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, cred) != BPF_CORE_READ(task, real_cred);
}

/* The place of a note in the tenant's list; what had the place before is no longer noted. */
static __always_inline __u64 lsm_key_place(const struct wall *wall, __u64 address)
{
	struct cloison_keys_of *list;
	const struct cloison_key *old;
	__u32 index = wall->index, at;
	__u64 sequence, before;

	list = bpf_map_lookup_elem(&cloison_keys_of, &index);
	if (!list)
		return 0;
	sequence = __sync_fetch_and_add(&list->next, 1);
	at = sequence & (CLOISON_KEYS - 1);
	before = list->address[at];
	old = bpf_map_lookup_elem(&cloison_keys, &before);
	/* It may have been noted again, or its address be another key's by now. */
	if (old && old->index == index && old->sequence == sequence - CLOISON_KEYS)
		bpf_map_delete_elem(&cloison_keys, &before);
	list->address[at] = address;
	return sequence;
}

/* Without room it is not noted, and so useless. */
static __always_inline void lsm_key_note(const struct wall *wall, __u64 address)
{
	struct cloison_key key = {
		.owner = wall->cgroup,
		.sequence = lsm_key_place(wall, address),
		.index = wall->index,
	};

	bpf_map_update_elem(&cloison_keys, &address, &key, BPF_ANY);
}

/* One that is used goes back to the end of the list in time. Its user holds it meanwhile. */
static __always_inline void lsm_key_used(const struct wall *wall, __u64 address,
					 const struct cloison_key *key)
{
	const struct cloison_keys_of *list;
	__u32 index = key->index;

	list = bpf_map_lookup_elem(&cloison_keys_of, &index);
	if (list && index == wall->index && list->next - key->sequence > CLOISON_KEYS / 2)
		lsm_key_note(wall, address);
}

/*
 * A key that has yet to be found out, of whichever type, begins with one of the type
 * .request_key_auth: right behind it /sbin/request-key runs, as root of the host.
 */
SEC("lsm/key_alloc")
int BPF_PROG(cloison_keynew, struct key *key)
{
	__u64 address = 0;
	struct wall wall;

	if (bpf_get_func_arg(ctx, 0, &address) || !lsm_caller(&wall) || lsm_key_kernels()) {
		bpf_map_delete_elem(&cloison_keys, &address);
		return LSM_ALLOW;
	}
	if (lsm_key_type(key) == LSM_WORD(".request"))
		return lsm_refuse(&wall, CLOISON_HOOK_key_alloc);
	lsm_key_note(&wall, address);
	return LSM_ALLOW;
}

/*
 * In the time of any task the kernel looks for certificates, by which it judges what
 * the task runs or opens, in keyrings whose names begin with a dot: no task can make
 * those.
 */
static __always_inline bool lsm_key_public(struct key *key, __u32 need)
{
	__u64 type = lsm_key_type(key);
	char first = 0;

	if (need != KEY_NEED_SEARCH)
		return false;
	if (type == LSM_WORD("keyring")) {
		bpf_probe_read_kernel(&first, sizeof(first), BPF_CORE_READ(key, description));
		return first == '.';
	}
	return type == LSM_WORD("asymmetr") || type == LSM_WORD("blacklis");
}

SEC("lsm/key_permission")
int BPF_PROG(cloison_keyperm, void *reference, void *cred, unsigned int need)
{
	const struct cloison_key *note;
	__u64 address = 0;
	struct wall wall;

	(void)reference;
	(void)cred;
	if (!lsm_caller(&wall) || bpf_get_func_arg(ctx, 0, &address))
		return LSM_ALLOW;
	address = KEY_REFERENCE(address);
	note = bpf_map_lookup_elem(&cloison_keys, &address);
	if (note && note->owner == wall.cgroup) {
		lsm_key_used(&wall, address, note);
		return LSM_ALLOW;
	}
	if (!note && (lsm_key_kernels() || lsm_key_public((void *)address, need)))
		return LSM_ALLOW;
	/* /proc/keys asks so for each key of the host, to leave it out. */
	if (need != KEY_NEED_VIEW)
		lsm_refuse(&wall, CLOISON_HOOK_key_permission);
	return -LSM_EACCES;
}

#endif /* CLOISON_LSM_KEY_BPF_H */
