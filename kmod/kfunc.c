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

/* Under RCU. By its cookie, which is never given out again. */
static struct net *find_network(u64 cookie)
{
	struct net *net;

	/* Where the host's devices are. */
	if (init_net.net_cookie == cookie)
		return &init_net;
	for_each_net_rcu(net) if (net->net_cookie == cookie) return net;
	return NULL;
}

/* Under RCU. */
static u32 first_program(struct net_device *device, bool egress)
{
	const struct bpf_mprog_entry *entry;
	const struct bpf_prog *first;

	/* XDP sees a frame before all others do. */
	if (dev_xdp_prog_count(device))
		return 0;
	entry = egress ? rcu_dereference(device->tcx_egress) : rcu_dereference(device->tcx_ingress);
	first = entry ? READ_ONCE(entry->fp_items[0].prog) : NULL;
	return first ? first->aux->id : 0;
}

__bpf_kfunc_start_defs();

__bpf_kfunc s64 cloison_device_first(u64 network, u32 ifindex, bool egress)
{
	struct net_device *device;
	struct net *net;
	s64 id = -ENODEV;

	rcu_read_lock();
	net = find_network(network);
	device = net ? dev_get_by_index_rcu(net, ifindex) : NULL;
	if (device)
		id = first_program(device, egress);
	rcu_read_unlock();
	return id;
}

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
BTF_ID_FLAGS(func, cloison_device_first)
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
