// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the guard's programs can ask the module. Declared for them in guard_ops.h.
 *
 * One set, registered once for each kind of program: a second registration for a kind
 * would break the first.
 */
#include <linux/bpf.h>
#include <linux/bpf_mprog.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>

#include "cloison_private.h"

__bpf_kfunc_start_defs();

__bpf_kfunc u32 cloison_device_first(u32 ifindex, bool egress)
{
	struct bpf_mprog_entry *entry = NULL;
	const struct bpf_prog *first = NULL;
	struct net_device *device;
	u32 id = 0;

	rcu_read_lock();
	device = dev_get_by_index_rcu(&init_net, ifindex);
	/* XDP sees a frame before all others do. */
	if (device && !dev_xdp_prog_count(device))
		entry = egress ? rcu_dereference(device->tcx_egress) :
				 rcu_dereference(device->tcx_ingress);
	if (entry)
		first = READ_ONCE(entry->fp_items[0].prog);
	if (first)
		id = first->aux->id;
	rcu_read_unlock();
	return id;
}

__bpf_kfunc bool cloison_task_is_entering(struct task_struct *task)
{
	return cloison_entry_is_entering(task);
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(cloison_kfunc_ids)
BTF_ID_FLAGS(func, cloison_device_first)
BTF_ID_FLAGS(func, cloison_task_is_entering, KF_RCU)
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
