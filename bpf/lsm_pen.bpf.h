/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pen that is removed and made again has lost what was attached to it. The
 * kernel calls this program before the new directory is visible, so no task can
 * be inside earlier than the pen is known again, as one that is naked: the LSM
 * refuses every task below it every socket, and no programs in force there means
 * no memory. `cloison guard load` attaches, and takes the mark away.
 */
#ifndef CLOISON_LSM_PEN_BPF_H
#define CLOISON_LSM_PEN_BPF_H

#include "lsm.h"

typedef __u64 __attribute__((may_alias)) pen_word;

static __always_inline bool pen_same_path(const char *pen, const char *path)
{
	const pen_word *left = (const pen_word *)pen, *right = (const pen_word *)path;
	__u64 difference = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < CLOISON_PEN_PATH_SIZE / sizeof(*left); i++)
		difference |= left[i] ^ right[i];
	return !difference;
}

/* The pen's new cgroup; what is compared first may have been made again too. */
static __always_inline void pen_made_again(struct cloison_pen *pen, __u64 address)
{
	struct cgroup *cgroup = (void *)(long)address;
	__u32 level = BPF_CORE_READ(cgroup, level);
	__u32 above = CLOISON_PLACE_LEVEL(pen->first) & (CLOISON_LEVELS - 1);

	*(volatile __u64 *)&pen->first = CLOISON_PLACE(pen_ancestor(address, above), above);
	*(volatile __u64 *)&pen->place = CLOISON_PLACE(BPF_CORE_READ(cgroup, kn, id), level) |
					 CLOISON_PLACE_NAKED;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cloison_mkdir, struct cgroup *cgroup, const char *path)
{
	struct cloison_pens *pens = pens_state();
	char made[CLOISON_PEN_PATH_SIZE] __attribute__((aligned(8))) = {};
	__u32 i;

	(void)ctx;
	lsm_mark();
	if (!pens || BPF_CORE_READ(cgroup, root, hierarchy_id) ||
	    bpf_probe_read_kernel_str(made, sizeof(made), path) < 0)
		return 0;
#pragma unroll
	for (i = 0; i < CLOISON_PENS; i++)
		if (pens->pens[i].place && pen_same_path(pens->pens[i].path, made))
			pen_made_again(&pens->pens[i], pen_address(cgroup));
	return 0;
}

#endif /* CLOISON_LSM_PEN_BPF_H */
