/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System V memory, queues and semaphores, which are found by number or key in an ipc
 * namespace that several tenants may share. Whose one is gets noted when it is made,
 * by its address, until it ends.
 */
#ifndef CLOISON_LSM_IPC_BPF_H
#define CLOISON_LSM_IPC_BPF_H

#include "lsm_key.bpf.h"

static __always_inline int lsm_ipc_begin(__u64 address, enum cloison_hook hook)
{
	struct wall wall;
	__u64 owner;

	if (!lsm_caller(&wall))
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
	if (!address || !lsm_caller(&wall))
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
