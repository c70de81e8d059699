// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guard's programs can ask the module. Declared for them in guard_ops.h.
 *
 * One set, registered once for each kind of program: a second registration for a kind
 * would break the first.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>

#include "cloison_private.h"

__bpf_kfunc_start_defs();

/*
 * A number and not a task: the module's BTF may have a struct task_struct of its own (if
 * it was built without the kernel's), and a verifier takes the two for different types.
 */
__bpf_kfunc bool cloison_process_is_entering(u64 process)
{
	return cloison_entry_is_entering((const struct signal_struct *)process);
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(cloison_kfunc_ids)
BTF_ID_FLAGS(func, cloison_process_is_entering)
BTF_KFUNCS_END(cloison_kfunc_ids)

static const struct btf_kfunc_id_set cloison_kfuncs = {
	.owner = THIS_MODULE,
	.set = &cloison_kfunc_ids,
};

int cloison_kfuncs_init(void)
{
	int ret;

	ret = register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS, &cloison_kfuncs);
	return ret ?: register_btf_kfunc_id_set(BPF_PROG_TYPE_LSM, &cloison_kfuncs);
}
