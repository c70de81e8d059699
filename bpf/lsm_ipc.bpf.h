/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System V memory, queues and semaphores, which are found by number or key in an ipc
 * namespace. The first one several tenants may share: there, whose one is gets noted when
 * it is made, by its address, until it ends. The kernel lets there be no more objects in
 * it than there is room for notes. A further namespace is taken for one tenant's: it can
 * be reached by a process that is inside only, and a note of each object would let one
 * tenant fill up the room of all with namespaces of its own.
 */
#ifndef CLOISON_LSM_IPC_BPF_H
#define CLOISON_LSM_IPC_BPF_H

#include "lsm_key.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ipc_namespace___shared {
	struct ns_common ns;
};

struct nsproxy___shared {
	struct ipc_namespace___shared *ipc_ns;
};

struct task_struct___shared {
	struct nsproxy___shared *nsproxy;
};

#pragma clang attribute pop

/* Whether the caller is in the first ipc namespace: the objects of that are what it asks for. */
static __always_inline bool lsm_ipc_shared(void)
{
	struct task_struct___shared *task = (void *)bpf_get_current_task();
	__u32 number = BPF_CORE_READ(task, nsproxy, ipc_ns, ns.inum);

	return !number || number == FIRST_IPC;
}

static __always_inline int lsm_ipc_begin(__u64 address, enum cloison_hook hook)
{
	struct wall wall;
	__u64 owner;

	if (!lsm_caller(&wall) || !lsm_ipc_shared())
		return LSM_ALLOW;
	owner = wall.cgroup;
	/* With no room to note it, it would be nobody's. */
	return bpf_map_update_elem(&cloison_ipc, &address, &owner, BPF_ANY) ?
		       lsm_refuse(&wall, hook) :
		       LSM_ALLOW;
}

static __always_inline int lsm_ipc_use(__u64 address, enum cloison_hook hook)
{
	struct wall wall;
	__u64 *owner;

	/* What is asked of all of them together has no address. */
	if (!address || !lsm_caller(&wall) || !lsm_ipc_shared())
		return LSM_ALLOW;
	owner = bpf_map_lookup_elem(&cloison_ipc, &address);
	if (owner && *owner == wall.cgroup)
		return LSM_ALLOW;
	lsm_refuse(&wall, hook);
	return -LSM_EACCES;
}

/* As a number, since the kernel passes none where the verifier believes in one. */
#define LSM_IPC(hook, program, begin_or_use)                                         \
	SEC("lsm/" #hook)                                                            \
	int program(unsigned long long *ctx)                                         \
	{                                                                            \
		__u64 address = 0;                                                   \
                                                                                     \
		return bpf_get_func_arg(ctx, 0, &address) ?                          \
			       LSM_ALLOW :                                           \
			       lsm_ipc_##begin_or_use(address, CLOISON_HOOK_##hook); \
	}

LSM_IPC(shm_alloc_security, cloison_shmnew, begin)
LSM_IPC(msg_queue_alloc_security, cloison_msgnew, begin)
LSM_IPC(sem_alloc_security, cloison_semnew, begin)
LSM_IPC(ipc_permission, cloison_ipcperm, use)
LSM_IPC(shm_shmctl, cloison_shmctl, use)
LSM_IPC(msg_queue_msgctl, cloison_msgctl, use)
LSM_IPC(sem_semctl, cloison_semctl, use)

/* In anybody's time, when nobody uses it any more. */
#define LSM_IPC_END(hook, program)                                   \
	SEC("lsm/" #hook)                                            \
	int program(unsigned long long *ctx)                         \
	{                                                            \
		__u64 address = 0;                                   \
                                                                     \
		lsm_state();                                         \
		if (!bpf_get_func_arg(ctx, 0, &address))             \
			bpf_map_delete_elem(&cloison_ipc, &address); \
		return LSM_ALLOW;                                    \
	}

LSM_IPC_END(shm_free_security, cloison_shmend)
LSM_IPC_END(msg_queue_free_security, cloison_msgend)
LSM_IPC_END(sem_free_security, cloison_semend)

#endif /* CLOISON_LSM_IPC_BPF_H */
