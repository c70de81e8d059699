/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Capabilities over the first user namespace that a tenant's task does not have, though
 * it was given all: the calls that want them have no hook of their own. Opening files by
 * handle reaches a whole file system of the host's by any one file of it; the others
 * unload modules, restart the host and set its clock.
 *
 * The kernel asks here for every capability that a task of the host has, so the number
 * is looked at before all else.
 */
#ifndef CLOISON_LSM_CAPABLE_BPF_H
#define CLOISON_LSM_CAPABLE_BPF_H

#include <linux/capability.h>

#include "lsm.h"

#define LSM_CAPABILITIES                                                               \
	(1ULL << CAP_DAC_READ_SEARCH | 1ULL << CAP_SYS_MODULE | 1ULL << CAP_SYS_BOOT | \
	 1ULL << CAP_SYS_TIME)

SEC("lsm/capable")
int BPF_PROG(cloison_capable, const struct cred *cred, struct user_namespace *users, int capability)
{
	struct wall wall;

	(void)ctx;
	(void)cred;
	if (!(LSM_CAPABILITIES >> (capability & 63) & 1) || users->level || !lsm_caller(&wall))
		return LSM_ALLOW;
	/* So root is asked at each file of another's, before CAP_DAC_OVERRIDE: no event. */
	if (capability == CAP_DAC_READ_SEARCH)
		return LSM_REFUSE;
	return lsm_refuse(&wall, CLOISON_HOOK_capable);
}

#endif /* CLOISON_LSM_CAPABLE_BPF_H */
