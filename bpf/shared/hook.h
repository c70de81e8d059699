/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the guard decides. */
#ifndef CLOISON_SHARED_HOOK_H
#define CLOISON_SHARED_HOOK_H

#include "shared/base.h"

/*
 * Where the guard decides: name, and what an event of it is about. Those of the
 * LSM follow, which are all about a call.
 */
/* clang-format off */
#define CLOISON_HOOKS(hook)		\
	hook(ingress, packet)		\
	hook(egress, packet)		\
	hook(connect4, call)		\
	hook(connect6, call)		\
	hook(sendmsg4, call)		\
	hook(sendmsg6, call)		\
	hook(bind4, call)		\
	hook(bind6, call)		\
	hook(sock_create, call)		\
	hook(region, memory)		\
	hook(device_from, packet)	\
	hook(device_to, packet)		\
	hook(cut, packet)		\
	hook(sock_release, ended)	\
	hook(dev, call)			\
	hook(sysctl, call)		\
	hook(entry, call)
/* clang-format on */

/*
 * What is attached once for the host: LSM programs by their hook, and one at a
 * tracepoint, cgroup_mkdir, which sees a pen that is made again. A program that
 * is not attached is not loaded either, which is how admit() knows: see there.
 */
/* clang-format off */
#define CLOISON_LSM_HOOKS(hook)							\
	hook(socket_create, cloison_create)					\
	hook(socket_bind, cloison_bind)						\
	hook(socket_connect, cloison_connect)					\
	hook(socket_listen, cloison_listen)					\
	hook(socket_accept, cloison_accept)					\
	hook(socket_sendmsg, cloison_sendmsg)					\
	hook(socket_recvmsg, cloison_recvmsg)					\
	hook(socket_getsockopt, cloison_getopt)					\
	hook(socket_setsockopt, cloison_setopt)					\
	hook(unix_stream_connect, cloison_uconn)				\
	hook(unix_may_send, cloison_usend)					\
	hook(file_receive, cloison_receive)					\
	hook(mmap_file, cloison_mmap)						\
	hook(inode_permission, cloison_inode)					\
	hook(inode_setattr, cloison_setattr)					\
	hook(inode_set_acl, cloison_setacl)					\
	hook(bpf, cloison_bpf)							\
	hook(bpf_map, cloison_bpfmap)						\
	hook(bpf_prog, cloison_bpfprog)						\
	hook(bpf_prog_load, cloison_bpfload)					\
	hook(fs_context_parse_param, cloison_mount)				\
	hook(netlink_send, cloison_netlink)					\
	hook(file_ioctl, cloison_ioctl)						\
	hook(file_ioctl_compat, cloison_ioctl32)				\
	hook(ptrace_access_check, cloison_ptrace)				\
	hook(ptrace_traceme, cloison_traceme)					\
	hook(task_kill, cloison_kill)						\
	hook(file_fcntl, cloison_fcntl)						\
	hook(task_setnice, cloison_nice)					\
	hook(task_setioprio, cloison_ioprio)					\
	hook(task_setscheduler, cloison_sched)					\
	hook(task_setpgid, cloison_setpgid)					\
	hook(task_movememory, cloison_movemem)					\
	hook(task_setrlimit, cloison_rlimit)					\
	hook(key_alloc, cloison_keynew)						\
	hook(key_permission, cloison_keyperm)					\
	hook(shm_alloc_security, cloison_shmnew)				\
	hook(shm_free_security, cloison_shmend)					\
	hook(shm_shmctl, cloison_shmctl)					\
	hook(msg_queue_alloc_security, cloison_msgnew)				\
	hook(msg_queue_free_security, cloison_msgend)				\
	hook(msg_queue_msgctl, cloison_msgctl)					\
	hook(sem_alloc_security, cloison_semnew)				\
	hook(sem_free_security, cloison_semend)					\
	hook(sem_semctl, cloison_semctl)					\
	hook(ipc_permission, cloison_ipcperm)					\
	hook(kernel_module_request, cloison_modreq)				\
	hook(kernel_read_file, cloison_kread)					\
	hook(kernel_load_data, cloison_kload)					\
	hook(perf_event_open, cloison_perf)					\
	hook(syslog, cloison_syslog)						\
	hook(settime, cloison_settime)						\
	hook(quotactl, cloison_quota)						\
	hook(locked_down, cloison_locked)					\
	hook(capable, cloison_capable)						\
	hook(path_notify, cloison_notify)					\
	hook(sb_mount, cloison_sbmount)						\
	hook(sb_kern_mount, cloison_sbkern)					\
	hook(cgroup_mkdir, cloison_mkdir)
/* clang-format on */

enum cloison_lsm_hook {
#define CLOISON_LSM_ENUM(hook, program) CLOISON_LSM_##hook,
	CLOISON_LSM_HOOKS(CLOISON_LSM_ENUM)
#undef CLOISON_LSM_ENUM
		CLOISON_LSM_COUNT
};

enum cloison_hook {
	CLOISON_HOOK_NONE,
#define CLOISON_HOOK_ENUM(name, kind_or_program) CLOISON_HOOK_##name,
	CLOISON_HOOKS(CLOISON_HOOK_ENUM) CLOISON_LSM_HOOKS(CLOISON_HOOK_ENUM)
#undef CLOISON_HOOK_ENUM
		CLOISON_HOOK_COUNT
};

enum cloison_kind {
	CLOISON_KIND_packet = 1,
	CLOISON_KIND_call = 2,
	CLOISON_KIND_memory = 3,
	CLOISON_KIND_ended = 4,
};

#endif /* CLOISON_SHARED_HOOK_H */
