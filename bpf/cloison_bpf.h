/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the guard's programs and userspace share: the keys and values of all
 * maps, as plain structs.
 *
 * These structs are read by people through `bpftool map dump`, so addresses
 * are bytes, ports are in host order, and whatever has a name is an enum. No
 * struct has padding: a hole in a key would be compared too.
 */
#ifndef CLOISON_BPF_H
#define CLOISON_BPF_H

#include <linux/bpf.h>
#include <linux/types.h>

/* Of this many tenants the guard can hold the policies at one time. */
#define CLOISON_SEGMENTS 4096

/* Each tenant has two places for a policy: the one in force, and the next. */
#define CLOISON_SLOTS (2 * CLOISON_SEGMENTS)

/* A policy may have so many rules. */
#define CLOISON_RULES 131072

/* Flows of connectionless protocols remembered for each tenant, of what it began and of what came. */
#define CLOISON_FLOWS 1024

/* So many of them share a bucket. */
#define CLOISON_WAYS 8

/* A remembered flow ends when nothing has passed for so long. */
#define CLOISON_FLOW_SECONDS 180

/* Of packets in pieces that passed by the first one: so many for each tenant, for so long. */
#define CLOISON_FRAGMENTS 128
#define CLOISON_FRAGMENT_SECONDS 30

/* Unix sockets of the host that tenants may be allowed to talk to. */
#define CLOISON_UNIX_SOCKETS 256

/* As in the kernel module's names, terminating NUL included. */
#define CLOISON_TENANT_NAME_SIZE 64

/* As the kernel's TASK_COMM_LEN, terminating NUL included. */
#define CLOISON_PROCESS_NAME_SIZE 16

/* Likewise of a rule's name. */
#define CLOISON_RULE_NAME_SIZE 32

enum cloison_direction {
	CLOISON_INGRESS = 1,
	CLOISON_EGRESS = 2,
};

/* Zero is left out on purpose: a value never written decides nothing. */
enum cloison_verdict {
	CLOISON_ALLOW = 1,
	CLOISON_DENY = 2,
};

/* The numbers are those of the IP header; zero, in rules only, is any. */
enum cloison_protocol {
	CLOISON_ANY_PROTOCOL = 0,
	CLOISON_ICMP = 1,
	CLOISON_TCP = 6,
	CLOISON_UDP = 17,
	CLOISON_ICMP6 = 58,
	CLOISON_SCTP = 132,
};

enum cloison_family {
	CLOISON_ANY_FAMILY = 0,
	CLOISON_IPV4 = 4,
	CLOISON_IPV6 = 6,
};

enum cloison_mode {
	/* Nothing was written yet: deny. What a new attachment begins with. */
	CLOISON_UNSET = 0,
	CLOISON_ENFORCE = 1,
	/* All is judged and counted as if it were enforced, and passes. */
	CLOISON_OBSERVE = 2,
};

/* What a segment's policy has, so that programs need not look for it. */
enum cloison_segment_flags {
	CLOISON_HAS_ADDRESSES = 1, /* the tenant's own: no other is its own */
	CLOISON_HAS_ICMP = 2,	   /* a rule that allows some of it */
	CLOISON_HAS_ICMP6 = 4,
	CLOISON_HAS_SCTP = 8,
};

/* Why a packet passed or not: name in struct cloison_stats, what it means. */
/* clang-format off */
#define CLOISON_REASONS(reason)							\
	reason(passed, "passed")						\
	reason(replies, "passed as replies to an admitted flow")		\
	reason(denied_default, "denied, because no rule allows it")		\
	reason(denied_rule, "denied by a rule")					\
	reason(ended, "denied, because the policy changed under the flow")	\
	reason(no_policy, "denied, because no policy is in force")		\
	reason(no_room, "denied, because there was no room to remember it")	\
	reason(wrong_socket, "denied, because it is not of its socket's kind")	\
	reason(protocol, "denied, because its protocol is not judged")		\
	reason(truncated, "denied, because a header is cut off")		\
	reason(malformed, "denied, because a header contradicts itself")	\
	reason(fragment, "denied, because it is a fragment")			\
	reason(options, "denied for its IPv4 options")				\
	reason(extensions, "denied for its IPv6 extension headers")		\
	reason(region_foreign, "denied, because the region is another tenant's")	\
	reason(region_no_wall, "denied, because the tenant's wall is not in force")	\
	reason(not_own, "denied, because its end here is no address of the tenant") \
	reason(neighbours, "passed to find the addresses of neighbours")	\
	reason(link, "denied, because its frame is tagged or of another kind")	\
	reason(outside, "refused, because the call reaches outside the tenant")	\
	reason(home, "passed on the loopback of the tenant's own network")	\
	reason(foreign, "denied, because the network is another tenant's")	\
	reason(errors, "passed as errors about an admitted flow")		\
	reason(nat, "denied, because no rule allows it as named or as translated") \
	reason(link_address, "denied, because its frame comes from another link address")
/* clang-format on */

enum cloison_reason {
#define CLOISON_REASON_ENUM(name, text) CLOISON_REASON_##name,
	CLOISON_REASONS(CLOISON_REASON_ENUM)
#undef CLOISON_REASON_ENUM
		CLOISON_REASON_COUNT
};

/*
 * cloison_stats: packets of one tenant, and calls that were refused; then the
 * events that nobody will see. What was only observed is counted apart: it
 * passed, whatever the name of the counter.
 */
#define CLOISON_STATS_ENFORCED 0
#define CLOISON_STATS_OBSERVED 1

struct cloison_stats {
#define CLOISON_REASON_FIELD(name, text) __u64 name;
	CLOISON_REASONS(CLOISON_REASON_FIELD)
#undef CLOISON_REASON_FIELD
	__u64 suppressed; /* over the tenant's budget */
	__u64 lost;	  /* no room in the ring */
};

/*
 * Where the guard decides: name, and what an event of it is about. Those of the
 * LSM follow, which are all about a call.
 */
/* clang-format off */
#define CLOISON_HOOKS(hook)		\
	hook(ingress, packet)		\
	hook(egress, packet)		\
	hook(connect4, call)		\
	hook(connect6, call)		\
	hook(sendmsg4, call)		\
	hook(sendmsg6, call)		\
	hook(bind4, call)		\
	hook(bind6, call)		\
	hook(sock_create, call)		\
	hook(region, memory)		\
	hook(device_from, packet)	\
	hook(device_to, packet)		\
	hook(cut, packet)
/* clang-format on */

/*
 * The guard's LSM programs: the hook and the program's name. A program that
 * is not attached is not loaded either, which is how admit() knows: see there.
 */
/* clang-format off */
#define CLOISON_LSM_HOOKS(hook)							\
	hook(socket_create, cloison_create)					\
	hook(socket_bind, cloison_bind)						\
	hook(socket_connect, cloison_connect)					\
	hook(socket_listen, cloison_listen)					\
	hook(socket_accept, cloison_accept)					\
	hook(socket_sendmsg, cloison_sendmsg)					\
	hook(socket_recvmsg, cloison_recvmsg)					\
	hook(socket_getsockopt, cloison_getopt)					\
	hook(socket_setsockopt, cloison_setopt)					\
	hook(unix_stream_connect, cloison_uconn)				\
	hook(unix_may_send, cloison_usend)					\
	hook(file_receive, cloison_receive)					\
	hook(file_permission, cloison_file)					\
	hook(mmap_file, cloison_mmap)						\
	hook(inode_permission, cloison_inode)					\
	hook(bpf, cloison_bpf)							\
	hook(bpf_map, cloison_bpfmap)						\
	hook(bpf_prog, cloison_bpfprog)						\
	hook(fs_context_parse_param, cloison_mount)				\
	hook(netlink_send, cloison_netlink)					\
	hook(file_ioctl, cloison_ioctl)						\
	hook(file_ioctl_compat, cloison_ioctl32)
/* clang-format on */

enum cloison_lsm_hook {
#define CLOISON_LSM_ENUM(hook, program) CLOISON_LSM_##hook,
	CLOISON_LSM_HOOKS(CLOISON_LSM_ENUM)
#undef CLOISON_LSM_ENUM
		CLOISON_LSM_COUNT
};

enum cloison_hook {
	CLOISON_HOOK_NONE,
#define CLOISON_HOOK_ENUM(name, kind_or_program) CLOISON_HOOK_##name,
	CLOISON_HOOKS(CLOISON_HOOK_ENUM) CLOISON_LSM_HOOKS(CLOISON_HOOK_ENUM)
#undef CLOISON_HOOK_ENUM
		CLOISON_HOOK_COUNT
};

enum cloison_kind {
	CLOISON_KIND_packet = 1,
	CLOISON_KIND_call = 2,
	CLOISON_KIND_memory = 3,
};

/* Bytes of the ring of events: a power of two, and of pages. */
#define CLOISON_EVENT_BYTES (4 << 20)

/*
 * cloison_segment: what a cgroup's programs go by, keyed by cgroup id. It is
 * replaced as a whole; that is the moment a new policy takes force.
 */
struct cloison_segment {
	__u32 tenant;
	__u32 index; /* into cloison_ours, cloison_theirs and cloison_stats */
	__u32 slot;  /* into cloison_addr4, addr6, ports, rules, own */
	__u32 generation;
	enum cloison_mode mode;
	__u32 flags; /* enum cloison_segment_flags */
};

/*
 * cloison_devices: the host's ends of tenants' veths and taps, keyed by the
 * number of the device. What goes by them goes by cloison_current, which has
 * each tenant's segment again, keyed by the tenant's number.
 */
struct cloison_device {
	__u64 attachment; /* when, so that no later one inherits its flows */
	__u64 network;	  /* cookie of the network that the device is in */
	__u32 tenant;
	__u8 address[6]; /* of the link layer: the tenant's end, no other source passes */
	__u8 zero[6];
	char name[16];
};

/* cloison_tenants: who is segmented where, keyed by the tenant's number. */
struct cloison_tenant {
	__u64 cgroup;
	__u32 index;
	__u32 zero;
	char name[CLOISON_TENANT_NAME_SIZE];
};

/*
 * cloison_guard: the programs that must be in force on a tenant's cgroup
 * before its memory may be used. Written once by the loader, then frozen.
 */
struct cloison_guard {
	__u64 build; /* of the object these were loaded from */
	__u32 ingress;
	__u32 egress;
	__u32 connect4;
	__u32 connect6;
	__u32 sendmsg4;
	__u32 sendmsg6;
	__u32 bind4;
	__u32 bind6;
	__u32 sock_create;
	__u32 zero;
};

/*
 * cloison_addr4 and cloison_addr6: which class of peers an address is in. The
 * prefix counts the 32 bits of the direction too.
 */
struct cloison_addr4 {
	__u32 prefix;
	enum cloison_direction direction;
	__u8 address[4];
};

struct cloison_addr6 {
	__u32 prefix;
	enum cloison_direction direction;
	__u8 address[16];
};

#define CLOISON_DIRECTION_BITS 32

/* Value of the above. A class belongs to one direction and one family. */
struct cloison_class {
	__u32 class;
};

/*
 * cloison_ports: what a class of peers may do. First page 0 is looked up; if
 * it has no room for all ranges, it says so, and the answer is in the page of
 * the port's 256 ports; if those have no room, in that of its 8.
 */
struct cloison_ports_key {
	__u32 class;
	enum cloison_protocol protocol;
	__u32 page;
};

#define CLOISON_PAGE_ALL 0
#define CLOISON_PAGE_256(port) (1 + ((__u32)(port) >> 8))
#define CLOISON_PAGE_8(port) (1 + 256 + ((__u32)(port) >> 3))

struct cloison_port_range {
	__u16 first;
	__u16 last;
	enum cloison_verdict verdict;
	__u32 rule;
};

/* As many as the ports of the finest page: those always have room. */
#define CLOISON_PORT_RANGES 8

/* Ranges are sorted and do not overlap; a port in none has the default. */
struct cloison_ports {
	__u32 count;
	__u32 split; /* 1: look at the finer page instead */
	struct cloison_port_range ranges[CLOISON_PORT_RANGES];
};

/* cloison_own: the tenant's own addresses, if any were given. */
struct cloison_own {
	enum cloison_family family;
	__u8 address[16]; /* an IPv4 address is in the first 4 */
};

/* What a rule's address stands for. The last two are parts of a rule. */
enum cloison_peers {
	CLOISON_PEERS_PREFIX = 0, /* the address; of no family: all */
	CLOISON_PEERS_TENANT = 1, /* whatever the tenant of that name has */
	CLOISON_PEERS_HOST = 2,	  /* the addresses of this host */
	CLOISON_PART_MEMBER = 3,  /* an address of a tenant or the host */
	CLOISON_PART_EXCEPT = 4,  /* peers that the rule is not for */
};

/*
 * cloison_rules: the rules as they were given, by number less one; behind them
 * the parts of some, with the number of their rule.
 */
struct cloison_rule {
	__u32 number;
	enum cloison_verdict verdict;
	enum cloison_direction direction;
	enum cloison_protocol protocol;
	enum cloison_peers peers;
	enum cloison_family family;
	__u32 prefix;	  /* bits of the address that count */
	__u8 address[16]; /* an IPv4 address is in the first 4 */
	__u16 first_port; /* of ICMP: types */
	__u16 last_port;
	__u64 hits; /* new flows and refused packets it decided */
	char name[CLOISON_RULE_NAME_SIZE];
	char tenant[CLOISON_TENANT_NAME_SIZE]; /* of CLOISON_PEERS_TENANT */
};

/*
 * The two ends of a flow, as seen from the tenant. Of ICMP: the type of the
 * request as remote_port, its identifier as local_port, and whence it comes,
 * for an echo there says nothing of an echo back.
 */
struct cloison_peer {
	__u8 address[16]; /* an IPv4 address is in the first 4 */
	enum cloison_family family;
	enum cloison_protocol protocol;
	__u16 remote_port;
	__u16 local_port;
	__u32 request; /* enum cloison_direction; zero but of ICMP */
};

/*
 * cloison_ours and cloison_theirs: admitted flows, by who began them; both their
 * directions pass. A place is free while it has no family.
 */
struct cloison_flow {
	__u8 address[16]; /* the peer's, as in struct cloison_peer */
	__u8 local[16];	  /* the tenant's end */
	__u64 owner;	  /* cookie of a socket, of a network, or a device's attachment */
	__u64 generation; /* of the policy that admitted it last */
	__u16 remote_port;
	__u16 local_port;
	__u32 seen; /* seconds of CLOCK_MONOTONIC */
	__u32 rule;
	__u8 family;   /* enum cloison_family */
	__u8 protocol; /* enum cloison_protocol */
	__u8 request;  /* as in struct cloison_peer */
	__u8 zero;
};

struct cloison_bucket {
	struct bpf_spin_lock lock;
	/* While a flow is noted: how many of its peer are here, and whose place it takes. */
	__u32 peers;
	__u64 rank;
	__u32 place;
	__u32 zero;
	struct cloison_flow flows[CLOISON_WAYS];
};

/* cloison_tcp: the flow of a TCP socket, kept at the socket itself. */
struct cloison_tcp {
	struct cloison_peer peer;
	__u8 local[16];
	enum cloison_direction direction;
	__u32 generation;
	__u32 rule;
	__u32 zero;
};

/*
 * cloison_events: a denial, or the first packet of a flow that was admitted.
 * What is not known, or not of this hook, is zero.
 */
struct cloison_event {
	__u64 time; /* nanoseconds of CLOCK_BOOTTIME */
	__u32 tenant;
	__u32 generation;
	__u32 rule;
	enum cloison_hook hook;
	enum cloison_mode mode;
	enum cloison_direction direction;
	enum cloison_verdict verdict; /* what enforce says, also where nothing is blocked */
	enum cloison_reason reason;
	__u32 process; /* that called, in the first pid namespace */
	__u32 zero;
	__u8 local[16]; /* the tenant's address, as in the peer */
	struct cloison_peer peer;
	__u64 cgroup; /* that wanted the region */
	__u32 region;
	__u32 access;			      /* enum cloison_access_kind of the module */
	char name[CLOISON_PROCESS_NAME_SIZE]; /* of the process: any bytes that it chose */
};

/* cloison_budget: when a tenant will have its whole budget of events again. */
struct cloison_budget {
	__u64 allowed; /* nanoseconds of CLOCK_BOOTTIME */
	__u64 denied;
};

/* A cgroup's depth; a tenant's may lie at 1 to CLOISON_LEVELS - 1. */
#define CLOISON_LEVELS 32

/* cloison_walls: the tenants' cgroups, keyed by cgroup id. */
struct cloison_wall {
	__u32 tenant;
	__u32 index; /* into cloison_stats */
};

/*
 * cloison_lsm: where the tenants' cgroups are, so that a task of no tenant is
 * let go after one comparison. Each field is written by one store.
 */
struct cloison_lsm {
	__u64 first;	    /* CLOISON_FIRST of a cgroup above them all, 0 if there is none */
	__u32 levels;	    /* a bit for each depth at which one lies */
	__u32 host_network; /* inode number of the host's network namespace */
	__u32 probe;	    /* a process that asks whether the hooks are called at all */
	__u32 probed;	    /* 1: they are */
};

#define CLOISON_FIRST(cgroup, level) ((__u64)(cgroup) << 8 | (level))
#define CLOISON_FIRST_CGROUP(first) ((first) >> 8)
#define CLOISON_FIRST_LEVEL(first) ((int)((first) & 0xFF))

/* cloison_unix: unix sockets of the host that tenants may talk to, by name. */
struct cloison_unix {
	char name[108]; /* as it was bound; an abstract one begins with NUL */
};

struct cloison_unix_hits {
	__u64 hits;
};

/* cloison_server: a unix socket that was made for a tenant's listener. */
struct cloison_server {
	__u32 tenant;
};

/* As a path below /run/netns, or the end of one. */
#define CLOISON_NETWORK_NAME_SIZE 64

/*
 * cloison_networks: networks that are one tenant's alone, keyed by their cookie
 * (SO_NETNS_COOKIE), which no later network has again.
 */
struct cloison_network {
	__u32 tenant;
	__u32 zero;
	char name[CLOISON_NETWORK_NAME_SIZE]; /* as it was given */
};

/* cloison_home: the network that a tenant's socket was made in. */
struct cloison_home {
	__u64 network;
};

/* cloison_named: whom a datagram socket's last sendto(2) or connect(2) named. */
struct cloison_named {
	__u8 address[16];
	__u16 port;
	__u8 family; /* enum cloison_family */
	__u8 zero;
};

/* Set between open and load by the packet vectors' runner, else all zero. */
struct cloison_test {
	__u32 on;
	__u32 any_socket; /* the kernel's dummy socket is of no kind */
	struct cloison_segment segment;
};

#define CLOISON_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has no padding")

CLOISON_SIZE(struct cloison_stats, 8 * (CLOISON_REASON_COUNT + 2));
CLOISON_SIZE(struct cloison_segment, 24);
CLOISON_SIZE(struct cloison_device, 48);
CLOISON_SIZE(struct cloison_tenant, 16 + CLOISON_TENANT_NAME_SIZE);
CLOISON_SIZE(struct cloison_guard, 48);
CLOISON_SIZE(struct cloison_addr4, 12);
CLOISON_SIZE(struct cloison_addr6, 24);
CLOISON_SIZE(struct cloison_class, 4);
CLOISON_SIZE(struct cloison_ports_key, 12);
CLOISON_SIZE(struct cloison_port_range, 12);
CLOISON_SIZE(struct cloison_ports, 8 + 12 * CLOISON_PORT_RANGES);
CLOISON_SIZE(struct cloison_own, 20);
CLOISON_SIZE(struct cloison_rule, 56 + CLOISON_RULE_NAME_SIZE + CLOISON_TENANT_NAME_SIZE);
CLOISON_SIZE(struct cloison_peer, 32);
CLOISON_SIZE(struct cloison_flow, 64);
CLOISON_SIZE(struct cloison_bucket, 24 + 64 * CLOISON_WAYS);
CLOISON_SIZE(struct cloison_tcp, 64);
CLOISON_SIZE(struct cloison_event, 112 + CLOISON_PROCESS_NAME_SIZE);
CLOISON_SIZE(struct cloison_budget, 16);
CLOISON_SIZE(struct cloison_wall, 8);
CLOISON_SIZE(struct cloison_lsm, 24);
CLOISON_SIZE(struct cloison_unix, 108);
CLOISON_SIZE(struct cloison_network, 8 + CLOISON_NETWORK_NAME_SIZE);
CLOISON_SIZE(struct cloison_named, 20);
CLOISON_SIZE(struct cloison_test, 32);

#endif /* CLOISON_BPF_H */
