/* SPDX-License-Identifier: GPL-2.0-only */
/* All maps of the guard. Their keys and values are in cloison_bpf.h. */
#ifndef CLOISON_MAPS_H
#define CLOISON_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "cloison_bpf.h"
#include "record.h"

/* Zero but in the packet vectors; then the verifier removes what it guards. */
const volatile struct cloison_test cloison_test = {};

/* Where to look for tenants: read by every program but those on devices. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cloison_pens);
} cloison_pens SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CLOISON_SEGMENTS);
	__type(key, __u64);
	__type(value, struct cloison_cgroup);
} cloison_cgroups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CLOISON_SEGMENTS);
	__type(key, __u32);
	__type(value, struct cloison_slot);
} cloison_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CLOISON_SEGMENTS);
	__type(key, __u32);
	__type(value, struct cloison_limits);
} cloison_limits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CLOISON_SLOTS);
	__type(key, __u32);
	__type(value, struct cloison_segment);
} cloison_segments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CLOISON_SEGMENTS);
	__type(key, __u32);
	__type(value, struct cloison_tenant);
} cloison_tenants SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CLOISON_SEGMENTS);
	__type(key, __u32);
	__type(value, struct cloison_device);
} cloison_devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CLOISON_SEGMENTS);
	__type(key, __u32);
	__type(value, struct cloison_ends);
} cloison_ends SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CLOISON_GUARD_BUILDS);
	__type(key, __u32);
	__type(value, struct cloison_guard);
} cloison_guard SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cloison_record);
} cloison_record SEC(".maps");

/* Policies, by slot. The inner maps' capacity is that of each policy. */
struct cloison_addr4_map {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct cloison_addr4);
	__type(value, struct cloison_class);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CLOISON_SLOTS);
	__type(key, __u32);
	__array(values, struct cloison_addr4_map);
} cloison_addr4 SEC(".maps");

struct cloison_addr6_map {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct cloison_addr6);
	__type(value, struct cloison_class);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CLOISON_SLOTS);
	__type(key, __u32);
	__array(values, struct cloison_addr6_map);
} cloison_addr6 SEC(".maps");

struct cloison_ports_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct cloison_ports_key);
	__type(value, struct cloison_ports);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CLOISON_SLOTS);
	__type(key, __u32);
	__array(values, struct cloison_ports_map);
} cloison_ports SEC(".maps");

/* An array of another length may only take its place with F_INNER_MAP. */
struct cloison_rules_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cloison_rule);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CLOISON_SLOTS);
	__type(key, __u32);
	__array(values, struct cloison_rules_map);
} cloison_rules SEC(".maps");

struct cloison_own_map {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__type(key, struct cloison_own);
	__type(value, __u32);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CLOISON_SLOTS);
	__type(key, __u32);
	__array(values, struct cloison_own_map);
} cloison_own SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CLOISON_NAMES);
	__type(key, __u32);
	__type(value, struct cloison_name);
} cloison_names SEC(".maps");

struct cloison_resolved_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, struct cloison_address);
	__type(value, struct cloison_resolved);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct cloison_resolved_map);
} cloison_resolved SEC(".maps");

/*
 * Flows, by tenant: they outlive a policy, and one tenant's flood cannot push out
 * what another's sockets wait for.
 */
struct cloison_flows_map {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_INNER_MAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cloison_bucket);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CLOISON_SEGMENTS);
	__type(key, __u32);
	__array(values, struct cloison_flows_map);
} cloison_ours SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CLOISON_SEGMENTS);
	__type(key, __u32);
	__array(values, struct cloison_flows_map);
} cloison_theirs SEC(".maps");

/* A packet in pieces, in the fields of a flow: see tcx_fragment.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, CLOISON_SEGMENTS);
	__type(key, __u32);
	__array(values, struct cloison_flows_map);
} cloison_fragments SEC(".maps");

/* The last two places count for strays, and for tenants that have no segment in force. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * (CLOISON_SEGMENTS + 1));
	__type(key, __u32);
	__type(value, struct cloison_stats);
} cloison_stats SEC(".maps");

/* All tenants' events, by class. Readers map both into their memory. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CLOISON_CLASS_COUNT *CLOISON_EVENT_PLACES);
	__type(key, __u32);
	__type(value, struct cloison_logged);
} cloison_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cloison_written);
} cloison_written SEC(".maps");

/* By index, as the counters. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CLOISON_SEGMENTS + 1);
	__type(key, __u32);
	__type(value, struct cloison_budget);
} cloison_budget SEC(".maps");

/*
 * Userspace makes the inner maps, and takes their types from this object's
 * BTF, where a compiler puts no struct that only a map inside a map names. A
 * variable of each in a section that nobody loads makes it put them there.
 */
#define MAPS_TYPE(type) const struct type maps_##type SEC(".types") __attribute__((used))
MAPS_TYPE(cloison_addr4);
MAPS_TYPE(cloison_addr6);
MAPS_TYPE(cloison_class);
MAPS_TYPE(cloison_ports_key);
MAPS_TYPE(cloison_ports);
MAPS_TYPE(cloison_rule);
MAPS_TYPE(cloison_own);
MAPS_TYPE(cloison_address);
MAPS_TYPE(cloison_resolved);
MAPS_TYPE(cloison_bucket);

/* What a listener accepts is in its network too. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct cloison_socket);
} cloison_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cloison_lsm);
} cloison_lsm SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CLOISON_UNIX_SOCKETS);
	__type(key, struct cloison_unix);
	__type(value, struct cloison_unix_hits);
} cloison_unix SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct cloison_server);
} cloison_server SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, CLOISON_SEGMENTS);
	__type(key, __u64);
	__type(value, struct cloison_network);
} cloison_networks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CLOISON_NODES);
	__type(key, struct cloison_node);
	__type(value, __u32);
} cloison_nodes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CLOISON_SEGMENTS *CLOISON_KEYS);
	__type(key, __u64);
	__type(value, struct cloison_key);
} cloison_keys SEC(".maps");

/* The last place is the strays'. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CLOISON_SEGMENTS + 1);
	__type(key, __u32);
	__type(value, struct cloison_keys_of);
} cloison_keys_of SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, CLOISON_IPC_OBJECTS);
	__type(key, __u64);
	__type(value, __u64);
} cloison_ipc SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cloison_host);
} cloison_host SEC(".maps");

#endif /* CLOISON_MAPS_H */
