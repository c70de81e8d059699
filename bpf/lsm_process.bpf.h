/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A tenant's task reaches processes of its tenant only: by ptrace and all that the
 * kernel judges by the same rule (process_vm_readv, pidfd_getfd, /proc/PID/mem,
 * environ, maps, fd, root), by signals, and by what changes how a process runs.
 * With the uid of the other or as root, a task could else be the other: with its
 * sockets and its regions.
 */
#ifndef CLOISON_LSM_PROCESS_BPF_H
#define CLOISON_LSM_PROCESS_BPF_H

#include <asm-generic/fcntl.h>

#include "entering.bpf.h"
#include "lsm.h"

/* Of ptrace's modes: the asker only wants to know how much to show. */
#define PTRACE_MODE_NOAUDIT 4

/* Whether a process is the tenant's. One that ended keeps its cgroup. */
static __always_inline bool lsm_task_inside(const struct wall *wall, struct task_struct *task)
{
	return lsm_inside(wall, BPF_CORE_READ(task, cgroups, dfl_cgrp));
}

/* ---- ptrace ------------------------------------------------------------------ */

SEC("lsm/ptrace_access_check")
int BPF_PROG(cloison_ptrace, struct task_struct *child, unsigned int mode)
{
	struct wall wall;

	(void)ctx;
	if (!lsm_caller(&wall))
		return LSM_ALLOW;
	/* One that is entering has more in its hands than the tenant may. */
	if (lsm_task_inside(&wall, child) && !entering(child))
		return LSM_ALLOW;
	/* `ps` asks so for each process of the host: that is not worth an event. */
	if (mode & PTRACE_MODE_NOAUDIT)
		return LSM_REFUSE;
	return lsm_refuse(&wall, CLOISON_HOOK_ptrace_access_check);
}

/* Here the parent is the one that gains: a tenant's gets its own children only. */
SEC("lsm/ptrace_traceme")
int BPF_PROG(cloison_traceme, struct task_struct *parent)
{
	struct task_struct *child = bpf_get_current_task_btf();
	struct wall theirs;

	(void)ctx;
	if (!lsm_cgroup(BPF_CORE_READ(parent, cgroups, dfl_cgrp), &theirs) ||
	    lsm_task_inside(&theirs, child))
		return LSM_ALLOW;
	return lsm_refuse(&theirs, CLOISON_HOOK_ptrace_traceme);
}

/* ---- signals ------------------------------------------------------------------- */

/*
 * With credentials the kernel sends in somebody's name (USB does), and who runs
 * meanwhile is anybody. The verifier believes that they are always there, so
 * they are read as a number.
 */
SEC("lsm/task_kill")
int BPF_PROG(cloison_kill, struct task_struct *task)
{
	__u64 credentials = 0;
	struct wall wall;

	if (bpf_get_func_arg(ctx, 3, &credentials) || credentials)
		return LSM_ALLOW;
	if (!lsm_caller(&wall) || lsm_task_inside(&wall, task))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_task_kill);
}

/* Whether the number of a process means one of the host's. */
static __always_inline bool lsm_in_first_pids(struct task_struct *task)
{
	return !BPF_CORE_READ(task, thread_pid, level);
}

/*
 * SIGIO: the signal is sent later, in the time of whoever makes the file ready, so
 * that no hook can judge its sender. Hence what may be judged is who is named as
 * the receiver. In a pid namespace of the tenant's own all are the tenant's; in
 * the first one a task may name itself.
 */
SEC("lsm/file_fcntl")
int BPF_PROG(cloison_fcntl, struct file *file, unsigned int command, unsigned long argument)
{
	__u64 self = bpf_get_current_pid_tgid();
	struct wall wall;

	(void)ctx;
	(void)file;
	if (command != F_SETOWN && command != F_SETOWN_EX)
		return LSM_ALLOW;
	if (!lsm_caller(&wall) || !lsm_in_first_pids(bpf_get_current_task_btf()))
		return LSM_ALLOW;
	/* What F_SETOWN_EX points to may be another when the kernel reads it. */
	if (command == F_SETOWN &&
	    (!(__u32)argument || (__u32)argument == self >> 32 || (__u32)argument == (__u32)self))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_file_fcntl);
}

/* ---- how a process runs ---------------------------------------------------------- */

#define LSM_TASK(hook, program)                                         \
	SEC("lsm/" #hook)                                               \
	int BPF_PROG(program, struct task_struct *task)                 \
	{                                                               \
		struct wall wall;                                       \
                                                                        \
		(void)ctx;                                              \
		if (!lsm_caller(&wall) || lsm_task_inside(&wall, task)) \
			return LSM_ALLOW;                               \
		return lsm_refuse(&wall, CLOISON_HOOK_##hook);          \
	}

LSM_TASK(task_setnice, cloison_nice)
LSM_TASK(task_setioprio, cloison_ioprio)
LSM_TASK(task_setscheduler, cloison_sched)
LSM_TASK(task_setpgid, cloison_setpgid)
LSM_TASK(task_movememory, cloison_movemem)
LSM_TASK(task_setrlimit, cloison_rlimit)

#endif /* CLOISON_LSM_PROCESS_BPF_H */
