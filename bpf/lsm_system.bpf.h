/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The system as a whole: what a task with the capabilities of the first user namespace
 * (a container that was given all of them) could still ask the kernel for. Its code,
 * its memory, its log, its clock, and events of other processes.
 */
#ifndef CLOISON_LSM_SYSTEM_BPF_H
#define CLOISON_LSM_SYSTEM_BPF_H

#include "lsm_key.bpf.h"

/* perf_event_open: an event of a process that the caller may trace, and no kernel's. */
#define PERF_SECURITY_OPEN 0

/* Only the names are used, for the numbers differ from kernel to kernel. */
enum kernel_read_file_id {
	READING_FIRMWARE,
};

enum kernel_load_data_id {
	LOADING_FIRMWARE,
};

enum lockdown_reason {
	LOCKDOWN_DEV_MEM,
	LOCKDOWN_KEXEC,
	LOCKDOWN_HIBERNATION,
	LOCKDOWN_PCI_ACCESS,
	LOCKDOWN_IOPORT,
	LOCKDOWN_MSR,
	LOCKDOWN_ACPI_TABLES,
	LOCKDOWN_MMIOTRACE,
	LOCKDOWN_DEBUGFS,
	LOCKDOWN_KCORE,
	LOCKDOWN_KPROBES,
	LOCKDOWN_TRACEFS,
};

/* ---- modules --------------------------------------------------------------------- */

/* Whether a name begins so. @text: at most 8 bytes */
#define LSM_BEGINS(word, text) \
	(((word) & (~0ULL >> (64 - 8 * (sizeof(text) - 1)))) == LSM_WORD(text))

/* What a mount brings by itself. Of a network's only what has passed other hooks. */
static __always_inline bool lsm_module_of_fs(__u64 type)
{
	return type == LSM_WORD("overlay") || type == LSM_WORD("fuse") ||
	       type == LSM_WORD("tmpfs") || type == LSM_WORD("mqueue");
}

/*
 * Modules that the kernel wants in the time of a tenant's task, for which it runs a
 * helper as the host's root. Which sockets, devices and links are asked for has been
 * judged before; what is refused here, the kernel does without.
 */
static __always_inline bool lsm_module_allowed(const char *at)
{
	__u64 name[3] = {}, word, type = 0;

	bpf_probe_read_kernel_str(name, sizeof(name), at);
	word = name[0];
	/* Netlink's families by name: the directory loads what is only asked about. */
	if (word == LSM_WORD("net-pf-1") && name[1] == LSM_WORD("6-proto-") &&
	    LSM_BEGINS(name[2], "16-fami"))
		return false;
	if (LSM_BEGINS(word, "fs-")) {
		bpf_probe_read_kernel_str(&type, sizeof(type), at + sizeof("fs-") - 1);
		return lsm_module_of_fs(type);
	}
	return LSM_BEGINS(word, "net-pf-") || LSM_BEGINS(word, "nf-") || LSM_BEGINS(word, "nf_") ||
	       LSM_BEGINS(word, "nft-") || LSM_BEGINS(word, "nfnetlin") ||
	       LSM_BEGINS(word, "xt_") || LSM_BEGINS(word, "ipt_") || LSM_BEGINS(word, "ip6t_") ||
	       LSM_BEGINS(word, "arpt_") || LSM_BEGINS(word, "ebt_") ||
	       LSM_BEGINS(word, "iptable_") || LSM_BEGINS(word, "ip6table") ||
	       LSM_BEGINS(word, "ip_set") || LSM_BEGINS(word, "ip_vs") ||
	       LSM_BEGINS(word, "rtnl-lin") || LSM_BEGINS(word, "sch_") ||
	       LSM_BEGINS(word, "cls_") || LSM_BEGINS(word, "act_") ||
	       LSM_BEGINS(word, "net-sch-") || LSM_BEGINS(word, "net-cls-") ||
	       LSM_BEGINS(word, "net-act-") || LSM_BEGINS(word, "tcp_") ||
	       LSM_BEGINS(word, "crypto-") || LSM_BEGINS(word, "char-maj") ||
	       LSM_BEGINS(word, "block-ma");
}

SEC("lsm/kernel_module_request")
int BPF_PROG(cloison_modreq, char *name)
{
	struct wall wall;

	(void)ctx;
	if (!lsm_caller(&wall) || lsm_module_allowed(name))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_kernel_module_request);
}

/* Modules, kernels to boot, policies. Firmware a driver wants, in whichever task's time. */
SEC("lsm/kernel_read_file")
int BPF_PROG(cloison_kread, struct file *file, int id)
{
	struct wall wall;

	(void)ctx;
	(void)file;
	if (id == (int)bpf_core_enum_value(enum kernel_read_file_id, READING_FIRMWARE) ||
	    !lsm_caller(&wall))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_kernel_read_file);
}

SEC("lsm/kernel_load_data")
int BPF_PROG(cloison_kload, int id)
{
	struct wall wall;

	(void)ctx;
	if (id == (int)bpf_core_enum_value(enum kernel_load_data_id, LOADING_FIRMWARE) ||
	    !lsm_caller(&wall))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_kernel_load_data);
}

/* ---- what the kernel would show, or let be written ----------------------------------- */

/*
 * Where the kernel asks whether it is locked down: memory and ports of the machine,
 * also by iopl(2), which opens nothing; BARs, probes, and what traces all processes.
 */
static __always_inline bool lsm_lockdown(int what)
{
#define LSM_LOCKED(reason) (what == (int)bpf_core_enum_value(enum lockdown_reason, reason))
	return LSM_LOCKED(LOCKDOWN_DEV_MEM) || LSM_LOCKED(LOCKDOWN_KEXEC) ||
	       LSM_LOCKED(LOCKDOWN_HIBERNATION) || LSM_LOCKED(LOCKDOWN_PCI_ACCESS) ||
	       LSM_LOCKED(LOCKDOWN_IOPORT) || LSM_LOCKED(LOCKDOWN_MSR) ||
	       LSM_LOCKED(LOCKDOWN_ACPI_TABLES) || LSM_LOCKED(LOCKDOWN_MMIOTRACE) ||
	       LSM_LOCKED(LOCKDOWN_DEBUGFS) || LSM_LOCKED(LOCKDOWN_KCORE) ||
	       LSM_LOCKED(LOCKDOWN_KPROBES) || LSM_LOCKED(LOCKDOWN_TRACEFS);
#undef LSM_LOCKED
}

SEC("lsm/locked_down")
int BPF_PROG(cloison_locked, int what)
{
	struct wall wall;

	(void)ctx;
	if (!lsm_lockdown(what) || !lsm_caller(&wall))
		return LSM_ALLOW;
	return lsm_refuse(&wall, CLOISON_HOOK_locked_down);
}

/* As a kernel that shows tasks their own events only. */
SEC("lsm/perf_event_open")
int BPF_PROG(cloison_perf, int type)
{
	struct wall wall;

	(void)ctx;
	if (type == PERF_SECURITY_OPEN || !lsm_caller(&wall))
		return LSM_ALLOW;
	lsm_refuse(&wall, CLOISON_HOOK_perf_event_open);
	return -LSM_EACCES;
}

#define LSM_SYSTEM(hook, program)                              \
	SEC("lsm/" #hook)                                      \
	int program(unsigned long long *ctx)                   \
	{                                                      \
		struct wall wall;                              \
                                                               \
		(void)ctx;                                     \
		if (!lsm_caller(&wall))                        \
			return LSM_ALLOW;                      \
		return lsm_refuse(&wall, CLOISON_HOOK_##hook); \
	}

LSM_SYSTEM(syslog, cloison_syslog)
LSM_SYSTEM(settime, cloison_settime)
LSM_SYSTEM(quotactl, cloison_quota)

#endif /* CLOISON_LSM_SYSTEM_BPF_H */
