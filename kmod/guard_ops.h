/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The struct_ops between the module and the guard. Included by both, so that
 * the types in the module's BTF and in the guard's object are one.
 */
#ifndef CLOISON_GUARD_OPS_H
#define CLOISON_GUARD_OPS_H

struct cgroup;
struct file;
struct cloison_access;

/** enum cloison_denial - why an access was denied, for those who are told. */
enum cloison_denial {
	CLOISON_DENIED_TENANT = 1,
	CLOISON_DENIED_NO_GUARD,
	CLOISON_DENIED_BY_GUARD,
};

/**
 * struct cloison_guard_ops - what a guard implements
 * @admit: may a task of @cgrp make this access now? Zero admits; anything else
 *         denies. @access and @cgrp stay valid for the call. Runs in process
 *         context and in a kworker, must not sleep, and may only read.
 * @denied: told of every access that was denied, also of those that admit() was
 *          not asked about, as @access->cgroup_id is not the tenant's. May be
 *          left out. Runs where admit() does.
 * @confines: what confines a cgroup that is not in any tenant's, as a pen does its
 *            strays: the depth of the cgroup that confines it, or 0. May be left out;
 *            then nothing does. Runs with interrupts off, and may only read.
 * @inherits: may the caller, who came into @cgrp or below it from outside, keep this
 *            open file? Zero lets it; anything else closes it. @cgrp is the tenant's
 *            cgroup, or what confines a stray. Asked about each open file and each
 *            mapped socket, before the task's next instruction and with its
 *            descriptor table locked; must not sleep. May be left out; then, and with
 *            no guard attached, regular files, pipes and devices are kept.
 *
 * With no guard attached every access is denied. Detaching it ends all live
 * mappings.
 *
 * It grows at its end only. The module asks nothing of a guard that lacks a member,
 * and the guard's loader leaves out what the module lacks: either may be the newer
 * one. The build that the tests load has one more member.
 */
struct cloison_guard_ops {
	int (*admit)(const struct cloison_access *access, struct cgroup *cgrp);
	void (*denied)(const struct cloison_access *access, enum cloison_denial why);
	int (*confines)(struct cgroup *cgrp);
	int (*inherits)(struct file *file, struct cgroup *cgrp);
#ifdef CLOISON_OTHER_SHAPE
	void (*other)(const struct cloison_access *access);
#endif
};

/*
 * What the guard's programs may ask the module, those of struct_ops and of the LSM:
 *
 * cloison_device_first() - the id of the program that tcx runs first on a device, for
 * what the host receives (@egress false) or sends by it. @network is the cookie of the
 * network namespace that the device is in. 0 if it has no program, or if XDP is attached,
 * which runs before all of tcx; negative if the device is gone.
 *
 * cloison_process_is_entering() - whether a process came into a tenant from outside and
 * has not executed a program since; see kmod/entry.c. @process is the address of the
 * signal_struct that its threads share, which is only compared.
 *
 * Weak, so that packets can be judged by the programs on a kernel without the module
 * (vectors, benchmarks): where one is missing the program takes the answer that denies.
 */
#ifdef __bpf__
#define CLOISON_KFUNC __ksym __weak
#else
#define CLOISON_KFUNC
#endif
extern __s64 cloison_device_first(__u64 network, __u32 ifindex, _Bool egress) CLOISON_KFUNC;
extern _Bool cloison_process_is_entering(__u64 process) CLOISON_KFUNC;

#endif /* CLOISON_GUARD_OPS_H */
