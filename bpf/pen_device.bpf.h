/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which devices a tenant's task may open: a list, for what is not on it cannot be
 * counted (disks, memory, VFIO, vhost, UIO, RDMA, and what is yet to come). By the
 * number, so that neither the node's name nor its place matters. Making a node is
 * free, since it opens nothing: runtimes make those of a container's /dev.
 */
#ifndef CLOISON_PEN_DEVICE_BPF_H
#define CLOISON_PEN_DEVICE_BPF_H

#include "device_harmless.h"
#include "pen_call.h"

static __always_inline bool device_listed(__u32 tenant, enum cloison_node_kind kind, __u32 major,
					  __u32 minor)
{
	struct cloison_node node = {
		.tenant = tenant, .kind = kind, .major = major, .minor = minor
	};

	if (bpf_map_lookup_elem(&cloison_nodes, &node))
		return true;
	node.minor = CLOISON_ANY_MINOR;
	return bpf_map_lookup_elem(&cloison_nodes, &node);
}

SEC("cgroup/dev")
int cloison_dev(struct bpf_cgroup_dev_ctx *call)
{
	enum cloison_node_kind kind = CLOISON_NODE_CHARACTER;
	__u32 major = call->major, minor = call->minor;
	struct wall wall;

	if (!(call->access_type >> 16 & (BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE)))
		return PEN_ALLOW;
	if ((call->access_type & 0xFFFF) == BPF_DEVCG_DEV_BLOCK)
		kind = CLOISON_NODE_BLOCK;
	else if (device_harmless(major, minor))
		return PEN_ALLOW;
	wall = pen_call();
	/* For all tenants: the regions' own, whose number is another at each load. */
	if (device_listed(CLOISON_NODES_OF_ALL, kind, major, minor) ||
	    (wall.tenant && device_listed(wall.tenant, kind, major, minor)))
		return PEN_ALLOW;
	return pen_refuse(&wall, CLOISON_HOOK_dev);
}

#endif /* CLOISON_PEN_DEVICE_BPF_H */
