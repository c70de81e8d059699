/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which devices of a network are tunnels: they send by no socket, so what they
 * send is judged as no tenant's. Some are in a network from the beginning (tunl0,
 * sit0, gre0), or since their module was loaded; an admin may have made others.
 * The list may change while it is read: a way that leads too far counts as a tunnel.
 */
#ifndef CLOISON_LSM_TUNNEL_H
#define CLOISON_LSM_TUNNEL_H

#include "lsm.h"
#include "netlink.h"

/* net_device.type; linux/if_arp.h wants the C library's headers */
#define TYPE_TUNNEL 768
#define TYPE_TUNNEL6 769
#define TYPE_SIT 776
#define TYPE_IPGRE 778
#define TYPE_IP6GRE 823

#define TUNNEL_BUCKETS 256 /* of net.dev_index_head */
#define TUNNEL_DEVICES 16384

struct tunnel_search {
	__u64 next;  /* the address of the next link of the list */
	__u64 end;   /* and of the one behind the last */
	__u32 index; /* 0: any device */
	__u32 found;
};

/* By the type that its frames have; these kinds look like Ethernet. */
static __always_inline bool tunnel_device(const struct net_device *device)
{
	const char *address = BPF_CORE_READ(device, rtnl_link_ops, kind);
	__u64 kind = 0;

	switch (BPF_CORE_READ(device, type)) {
	case TYPE_TUNNEL:
	case TYPE_TUNNEL6:
	case TYPE_SIT:
	case TYPE_IPGRE:
	case TYPE_IP6GRE:
		return true;
	}
	if (!address)
		return false;
	bpf_probe_read_kernel_str(&kind, sizeof(kind), address);
	/* Of a longer one seven bytes and a zero are left. */
	return kind == NETLINK_KIND("gretap") || kind == NETLINK_KIND("erspan") ||
	       kind == NETLINK_KIND("ip6gret") || kind == NETLINK_KIND("ip6ersp");
}

static int tunnel_step(__u32 step, void *context)
{
	struct tunnel_search *search = context;
	struct net_device *device = NULL;
	__u32 offset = search->index ? bpf_core_field_offset(device->index_hlist) :
				       bpf_core_field_offset(device->dev_list);

	(void)step;
	if (search->next == search->end)
		return 1;
	device = (void *)(long)(search->next - offset);
	if (!search->index || BPF_CORE_READ(device, ifindex) == (int)search->index) {
		search->found = tunnel_device(device);
		if (search->index || search->found)
			return 1;
	}
	/* Both kinds of links begin with it. */
	bpf_probe_read_kernel(&search->next, sizeof(search->next), (void *)(long)search->next);
	return 0;
}

static bool netlink_tunnel(__u64 network, int index)
{
	struct tunnel_search search = { .index = index };
	struct net *net = (void *)(long)network;
	struct hlist_head *buckets;

	if (index) {
		buckets = BPF_CORE_READ(net, dev_index_head);
		bpf_probe_read_kernel(&search.next, sizeof(search.next),
				      buckets + (index & (TUNNEL_BUCKETS - 1)));
	} else {
		search.end = network + bpf_core_field_offset(net->dev_base_head);
		search.next = (long)BPF_CORE_READ(net, dev_base_head.next);
	}
	return bpf_loop(TUNNEL_DEVICES, tunnel_step, &search, 0) >= TUNNEL_DEVICES || search.found;
}

#endif /* CLOISON_LSM_TUNNEL_H */
