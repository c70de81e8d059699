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

/*
 * In front of structs in the build that the tests of upgrades load: its maps are of
 * other shapes, so that each entry has to be converted. Other builds have none of it.
 */
#ifdef CLOISON_OTHER_SHAPE
#define CLOISON_OTHER_FIELD __u64 other;
#define CLOISON_SIZE(type, size)
#else
#define CLOISON_OTHER_FIELD
#define CLOISON_SIZE(type, size) _Static_assert(sizeof(type) == (size), #type " has no padding")
#endif

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

/* The path of a directory of such, terminating NUL included. */
#define CLOISON_UNIX_PATH_SIZE 128

/* As in the kernel module's names, terminating NUL included. */
#define CLOISON_TENANT_NAME_SIZE 64

/* As the kernel's TASK_COMM_LEN, terminating NUL included. */
#define CLOISON_PROCESS_NAME_SIZE 16

/* Parent cgroups at which the guard is attached. */
#define CLOISON_PENS 4

/* A pen's path, from the root of the cgroup file system, terminating NUL included. */
#define CLOISON_PEN_PATH_SIZE 128

/* Names of the DNS that policies may have, all of them together. */
#define CLOISON_NAMES 4096

/* An address is known to be that of so many of them. */
#define CLOISON_NAMES_OF_ADDRESS 8

/* The name of a port, as RFC 6335 has it, terminating NUL included. */
#define CLOISON_PORT_NAME_SIZE 16

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
	/* Nothing was written yet: deny. */
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
	CLOISON_HAS_DNS = 16, /* a rule whose peer is a name of the DNS */
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
	reason(link_address, "denied, because its frame comes from another link address") \
	reason(nat, "denied, because no rule allows it as named or as translated") \
	reason(bandwidth, "denied, because the tenant is over its limit of bytes") \
	reason(rate, "denied, because it begins over the tenant's limit of flows")
/* clang-format on */

enum cloison_reason {
#define CLOISON_REASON_ENUM(name, text) CLOISON_REASON_##name,
	CLOISON_REASONS(CLOISON_REASON_ENUM)
#undef CLOISON_REASON_ENUM
		CLOISON_REASON_COUNT
};

/*
 * Classes of events: each has its own part of the log, and in each a tenant has its own
 * budget, so that no flood of one hides another.
 */
/* clang-format off */
#define CLOISON_EVENT_CLASSES(class)						\
	class(flows, "flows that were let begin")				\
	class(packets, "packets that were denied")				\
	class(calls, "calls for a peer or an address that were denied")		\
	class(outside, "calls that would reach outside the tenant")		\
	class(memory, "accesses to regions that were denied")			\
	class(ends, "flows that ended")
/* clang-format on */

enum cloison_event_class {
#define CLOISON_CLASS_ENUM(name, text) CLOISON_CLASS_##name,
	CLOISON_EVENT_CLASSES(CLOISON_CLASS_ENUM)
#undef CLOISON_CLASS_ENUM
		CLOISON_CLASS_COUNT
};

/*
 * Bytes of what passed, from the IP header on: at the tenant's sockets, and at the host's
 * ends of its devices, where the same packet may pass once more.
 */
/* clang-format off */
#define CLOISON_BYTES(bytes)							\
	bytes(bytes_in, "bytes that its sockets got")				\
	bytes(bytes_out, "bytes that its sockets sent")				\
	bytes(device_bytes_in, "bytes that went to its devices")		\
	bytes(device_bytes_out, "bytes that came from its devices")
/* clang-format on */

enum cloison_bytes {
#define CLOISON_BYTES_ENUM(name, text) CLOISON_BYTES_##name,
	CLOISON_BYTES(CLOISON_BYTES_ENUM)
#undef CLOISON_BYTES_ENUM
		CLOISON_BYTES_COUNT
};

/*
 * cloison_stats: packets of one tenant, and calls that were refused; then the
 * events that nobody will see. What was only observed is counted apart: it
 * passed, whatever the name of the counter. Both are at CLOISON_STATS_AT.
 */
#define CLOISON_STATS_ENFORCED 0
#define CLOISON_STATS_OBSERVED 1

#define CLOISON_STATS_AT(index, key) (2 * (index) + (key))

struct cloison_stats {
#define CLOISON_BYTES_FIELD(name, text) __u64 name;
	CLOISON_BYTES(CLOISON_BYTES_FIELD)
#undef CLOISON_BYTES_FIELD
#define CLOISON_REASON_FIELD(name, text) __u64 name;
	CLOISON_REASONS(CLOISON_REASON_FIELD)
#undef CLOISON_REASON_FIELD
	/* Events over the tenant's budget, by class. */
#define CLOISON_SUPPRESSED_FIELD(name, text) __u64 suppressed_##name;
	CLOISON_EVENT_CLASSES(CLOISON_SUPPRESSED_FIELD)
#undef CLOISON_SUPPRESSED_FIELD
	/* Those whose place in the log another CPU was writing to. */
#define CLOISON_LOST_FIELD(name, text) __u64 lost_##name;
	CLOISON_EVENT_CLASSES(CLOISON_LOST_FIELD)
#undef CLOISON_LOST_FIELD
};

/* Of these fields the one of a reason or class, counted from the first of the struct. */
#define CLOISON_STATS_REASON(reason) (CLOISON_BYTES_COUNT + (reason))
#define CLOISON_STATS_SUPPRESSED(class) (CLOISON_STATS_REASON(CLOISON_REASON_COUNT) + (class))
#define CLOISON_STATS_LOST(class) (CLOISON_STATS_SUPPRESSED(CLOISON_CLASS_COUNT) + (class))

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
	hook(cut, packet)		\
	hook(sock_release, ended)	\
	hook(dev, call)			\
	hook(sysctl, call)		\
	hook(entry, call)
/* clang-format on */

/*
 * What is attached once for the host: LSM programs by their hook, and one at a
 * tracepoint, cgroup_mkdir, which sees a pen that is made again. A program that
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
	hook(mmap_file, cloison_mmap)						\
	hook(inode_permission, cloison_inode)					\
	hook(inode_setattr, cloison_setattr)					\
	hook(inode_set_acl, cloison_setacl)					\
	hook(bpf, cloison_bpf)							\
	hook(bpf_map, cloison_bpfmap)						\
	hook(bpf_prog, cloison_bpfprog)						\
	hook(bpf_prog_load, cloison_bpfload)					\
	hook(fs_context_parse_param, cloison_mount)				\
	hook(netlink_send, cloison_netlink)					\
	hook(file_ioctl, cloison_ioctl)						\
	hook(file_ioctl_compat, cloison_ioctl32)				\
	hook(ptrace_access_check, cloison_ptrace)				\
	hook(ptrace_traceme, cloison_traceme)					\
	hook(task_kill, cloison_kill)						\
	hook(file_fcntl, cloison_fcntl)						\
	hook(task_setnice, cloison_nice)					\
	hook(task_setioprio, cloison_ioprio)					\
	hook(task_setscheduler, cloison_sched)					\
	hook(task_setpgid, cloison_setpgid)					\
	hook(task_movememory, cloison_movemem)					\
	hook(task_setrlimit, cloison_rlimit)					\
	hook(key_alloc, cloison_keynew)						\
	hook(key_permission, cloison_keyperm)					\
	hook(shm_alloc_security, cloison_shmnew)				\
	hook(shm_free_security, cloison_shmend)					\
	hook(shm_shmctl, cloison_shmctl)					\
	hook(msg_queue_alloc_security, cloison_msgnew)				\
	hook(msg_queue_free_security, cloison_msgend)				\
	hook(msg_queue_msgctl, cloison_msgctl)					\
	hook(sem_alloc_security, cloison_semnew)				\
	hook(sem_free_security, cloison_semend)					\
	hook(sem_semctl, cloison_semctl)					\
	hook(ipc_permission, cloison_ipcperm)					\
	hook(kernel_module_request, cloison_modreq)				\
	hook(kernel_read_file, cloison_kread)					\
	hook(kernel_load_data, cloison_kload)					\
	hook(perf_event_open, cloison_perf)					\
	hook(syslog, cloison_syslog)						\
	hook(settime, cloison_settime)						\
	hook(quotactl, cloison_quota)						\
	hook(locked_down, cloison_locked)					\
	hook(capable, cloison_capable)						\
	hook(path_notify, cloison_notify)					\
	hook(sb_mount, cloison_sbmount)						\
	hook(sb_kern_mount, cloison_sbkern)					\
	hook(cgroup_mkdir, cloison_mkdir)
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
	CLOISON_KIND_ended = 4,
};

/* Why a flow ended that a socket had; 0 while it has not. */
enum cloison_end {
	CLOISON_END_CLOSED = 1,	  /* the tenant closed it first */
	CLOISON_END_PEER = 2,	  /* its peer did */
	CLOISON_END_BROKEN = 3,	  /* by a reset, or nothing was heard */
	CLOISON_END_POLICY = 4,	  /* by a policy that forbids it */
	CLOISON_END_REPLACED = 5, /* the socket began another */
};

/* So many events of each class are kept, the newest: a power of two. */
#define CLOISON_EVENT_PLACES 8192

/*
 * cloison_slots: who has which slot, and which of the slot's two segments is in
 * force. The generation is written by one store, which is the moment when a new
 * policy takes force, for sockets and devices alike; 0 denies all.
 */
struct cloison_slot {
	CLOISON_OTHER_FIELD
	__u64 generation; /* no other policy on this host has or had it */
	__u64 cgroup;
	__u32 tenant;
	__u32 level;   /* the depth of the tenant's cgroup */
	__u32 limited; /* 1: the tenant has limits, in cloison_limits */
	__u32 zero;
};

/*
 * A tenant's limits, each for itself: at its sockets, and in the same order at the host's
 * ends of its devices. In is what comes to the tenant.
 */
/* clang-format off */
#define CLOISON_LIMITS(limit)							\
	limit(bytes_in)								\
	limit(bytes_out)							\
	limit(flows_in)								\
	limit(flows_out)							\
	limit(device_bytes_in)							\
	limit(device_bytes_out)							\
	limit(device_flows_in)							\
	limit(device_flows_out)
/* clang-format on */

enum cloison_limit {
#define CLOISON_LIMIT_ENUM(name) CLOISON_LIMIT_##name,
	CLOISON_LIMITS(CLOISON_LIMIT_ENUM)
#undef CLOISON_LIMIT_ENUM
		CLOISON_LIMIT_COUNT
};

/* So many bytes, from the IP header on, or flows that begin, in a time. */
struct cloison_rate {
	__u64 amount; /* bytes or flows; 0: no limit */
	__u64 period; /* nanoseconds for the amount */
	__u64 room;   /* nanoseconds, of whose share nothing need be used before */
	__u64 full;   /* when all the room is there again: nanoseconds of CLOCK_BOOTTIME */
};

/* cloison_limits: by the tenant's slot; a tenant without limits has none. */
struct cloison_limits {
	CLOISON_OTHER_FIELD
	struct cloison_rate of[CLOISON_LIMIT_COUNT]; /* by enum cloison_limit */
};

/*
 * cloison_segments: what a tenant's packets and calls are judged by. A slot has
 * two, at CLOISON_SEGMENT_AT(slot, generation). The one in force never changes.
 */
struct cloison_segment {
	CLOISON_OTHER_FIELD
	__u64 generation; /* the slot's, or else it is not in force */
	__u32 tenant;
	__u32 index; /* the slot: into cloison_ours, cloison_theirs, cloison_stats */
	__u32 slot;  /* the policy: into cloison_addr4, addr6, ports, rules, own */
	enum cloison_mode mode;
	__u32 flags; /* enum cloison_segment_flags */
	__u32 zero;
};

#define CLOISON_SEGMENT_AT(index, generation) (2 * (index) + (__u32)((generation) & 1))

/*
 * cloison_devices: the host's ends of tenants' veths and taps, keyed by the
 * number of the device.
 */
struct cloison_device {
	CLOISON_OTHER_FIELD
	__u64 attachment; /* when, so that no later one inherits its flows */
	__u64 network;	  /* cookie of the network that the device is in */
	__u32 tenant;
	__u8 address[6]; /* of the link layer: the tenant's end, no other source passes */
	__u8 zero[6];
	char name[16];
};

/* A tenant has at most so many. */
#define CLOISON_ENDS 16

/*
 * cloison_ends: the devices of a tenant's that admit() asks about, by the tenant's slot.
 * Written again from cloison_devices when that changes; a place that is free is 0.
 */
struct cloison_ends {
	__u32 device[CLOISON_ENDS];
};

/* cloison_tenants: who is segmented where, keyed by the tenant's number. */
struct cloison_tenant {
	CLOISON_OTHER_FIELD
	__u64 cgroup;
	__u32 index; /* its slot */
	__u32 level; /* the depth of its cgroup */
	char name[CLOISON_TENANT_NAME_SIZE];
};

/*
 * cloison_guard: the programs that must be in force on a task's cgroup, since
 * they are attached at the pen above it, before it may use its tenant's memory:
 * those of this build or, while it takes the place of another, of that one.
 * Written once by the loader, then frozen.
 */
#define CLOISON_GUARD_NOW 0
#define CLOISON_GUARD_BEFORE 1
#define CLOISON_GUARD_BUILDS 2

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
	__u32 sock_release; /* tells of flows that end: not asked for */
	__u32 dev;
	__u32 sysctl;
	/* On tenants' devices, two copies of each: see guard_device.c. */
	__u32 from[2];
	__u32 to[2];
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

/*
 * cloison_own: the tenant's own addresses and prefixes, if any were given. The
 * prefix counts the 32 bits of the family too.
 */
struct cloison_own {
	__u32 prefix;
	enum cloison_family family;
	__u8 address[16]; /* an IPv4 address is in the first 4 */
};

#define CLOISON_FAMILY_BITS 32

/* What a rule's address stands for. The parts are of a rule, the labels of a tenant. */
enum cloison_peers {
	CLOISON_PEERS_PREFIX = 0, /* the address; of no family: all */
	CLOISON_PEERS_TENANT = 1, /* whatever the tenant of that name has */
	CLOISON_PEERS_HOST = 2,	  /* the addresses of this host */
	CLOISON_PART_MEMBER = 3,  /* an address of a tenant or the host */
	CLOISON_PART_EXCEPT = 4,  /* peers that the rule is not for */
	CLOISON_PEERS_GROUP = 5,  /* whatever the tenants of that group have */
	CLOISON_LABEL_GROUP = 6,  /* a group that the tenant is in */
	CLOISON_LABEL_PORT = 7,	  /* a port of the tenant that has a name */
	CLOISON_PEERS_DNS = 8,	  /* what the name in the DNS has: see cloison_resolved */
	CLOISON_PART_DNS = 9,	  /* the number of that name, as the prefix */
};

/*
 * cloison_rules: the rules as they were given, by number less one; behind them
 * the parts of some, with the number of their rule; last the tenant's labels.
 */
struct cloison_rule {
	CLOISON_OTHER_FIELD
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
	char tenant[CLOISON_TENANT_NAME_SIZE]; /* or a group, or a name of the DNS */
	/*
	 * If the ports were given by a name: they are what it stands for in the
	 * tenant, or for a rule of egress what it stands for in each member.
	 */
	char port_name[CLOISON_PORT_NAME_SIZE];
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
	CLOISON_OTHER_FIELD
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

/*
 * cloison_sockets: all that is kept at a tenant's socket, and at those that a listener
 * accepts: the network it was made in and, of TCP and of UDP that is connected, its
 * flow. Addresses and ports are as in the header of a packet that it sends, so that
 * one that goes on is compared with a few words. The flow counts while the slot has
 * its generation.
 */
struct cloison_socket {
	CLOISON_OTHER_FIELD
	__u64 generation; /* of the policy that admitted the flow last; 0 for none */
	__u64 network;	  /* its cookie */
	__u32 index;	  /* the tenant's slot */
	__u32 rule;
	enum cloison_direction direction; /* of the flow's first packet; 0 without a flow */
	enum cloison_family family;
	enum cloison_protocol protocol;
	__u32 observed; /* 1: what is only observed is counted apart */
	__u8 local[16]; /* an IPv4 address is in the first 4 */
	__u8 remote[16];
	__u8 ports[4]; /* the local one, then the remote one */
	/* Whom a socket of UDP named last, by sendto(2) or connect(2): see nat.h. */
	__u16 named_port;
	__u8 named_family; /* enum cloison_family; 0 for nobody */
	__u8 translated;   /* 1: some went to another than was named */
	__u8 named[16];	   /* as in struct cloison_peer */
	/* Of the flow, for the record of its end. Each is written where its packets pass. */
	__u64 began; /* nanoseconds of CLOCK_BOOTTIME */
	__u64 packets_in;
	__u64 packets_out;
	__u64 bytes_in;
	__u64 bytes_out;
	__u32 tenant;
	__u32 end; /* enum cloison_end: how it began to end */
};

/*
 * A denial, the first packet of a flow that was admitted, or its end. What is not known, or not
 * of this hook, is zero.
 */
struct cloison_event {
	__u64 time; /* nanoseconds of CLOCK_BOOTTIME */
	__u64 generation;
	__u32 tenant;
	__u32 rule;
	enum cloison_hook hook;
	enum cloison_mode mode;
	enum cloison_direction direction;
	enum cloison_verdict verdict; /* what enforce says, also where nothing is blocked */
	enum cloison_reason reason;
	__u32 process;	/* that called, in the first pid namespace */
	__u8 local[16]; /* the tenant's address, as in the peer */
	struct cloison_peer peer;
	__u64 cgroup; /* that wanted the region */
	__u32 region;
	__u32 access;			      /* enum cloison_access_kind of the module */
	char name[CLOISON_PROCESS_NAME_SIZE]; /* of the process: any bytes that it chose */
	/* Of a flow that ended. Its direction is that of its first packet. */
	__u64 began;
	__u64 packets_in;
	__u64 packets_out;
	__u64 bytes_in;
	__u64 bytes_out;
	__u32 end; /* enum cloison_end */
	__u32 zero;
};

/*
 * cloison_events: the log. The nth event of a class, counted from 0, is written at
 * CLOISON_EVENT_AT(class, n), over the one that was there, and its sequence then is n + 1:
 * so any number of readers may follow, each by itself, and each knows what it has lost.
 */
struct cloison_logged {
	__u64 sequence; /* 0: nothing yet; CLOISON_EVENT_WRITTEN: not to be read now */
	struct cloison_event event;
};

#define CLOISON_EVENT_WRITTEN (~0ULL)
#define CLOISON_EVENT_AT(class, number) \
	((class) * CLOISON_EVENT_PLACES + (__u32)((number) & (CLOISON_EVENT_PLACES - 1)))

/* cloison_written: how many events there were of each class. A cache line each. */
struct cloison_written {
	struct {
		__u64 events;
		__u64 zero[7];
	} of[CLOISON_CLASS_COUNT];
};

/*
 * cloison_budget: when a tenant will have its whole budget of events of each class
 * again: nanoseconds of CLOCK_BOOTTIME. One for all CPUs: the budget is the same on hosts
 * with many. What others began, such as packets that come in, has a budget of its own, so
 * that they hide nothing of what the tenant does.
 */
struct cloison_budget {
	__u64 full[CLOISON_CLASS_COUNT];
	__u64 arrived[CLOISON_CLASS_COUNT];
};

/* A cgroup's depth; a tenant's may lie at 2 to CLOISON_LEVELS - 1. */
#define CLOISON_LEVELS 32

/* At so many different depths tenants may lie at one time. */
#define CLOISON_DEPTHS 8

/* cloison_cgroups: the tenants' cgroups, keyed by cgroup id. */
struct cloison_cgroup {
	__u32 index; /* the tenant's slot */
};

/*
 * One pen. Each of the two places is a cgroup's id and depth, written by one
 * store; 0 is none. A pen that was made again is naked: nothing is attached there.
 */
struct cloison_pen {
	__u64 place; /* the pen's own */
	__u64 first; /* of it or the cgroup above it that a task is asked for first */
	char path[CLOISON_PEN_PATH_SIZE]; /* from the root, such as "/cloison" */
};

#define CLOISON_PLACE(cgroup, level) ((__u64)(cgroup) << 8 | (level))
#define CLOISON_PLACE_CGROUP(place) ((place) >> 8)
#define CLOISON_PLACE_LEVEL(place) ((__u32)((place) & 0x7F))
#define CLOISON_PLACE_NAKED 0x80ULL

/*
 * cloison_pens: where the tenants are, and all that numbers are given out from.
 * Userspace writes it while programs read: one store a field, no field twice.
 */
struct cloison_pens {
	CLOISON_OTHER_FIELD
	__u64 generation; /* the last that was given out */
	__u32 depths;	  /* how many of the list that follows count */
	__u32 unsettled;  /* 1: programs may still go by the policy before the last */
	__u32 control;	  /* the device number of the module's control node */
	__u32 zero;
	__u8 depth[CLOISON_DEPTHS]; /* at which tenants lie, in any order */
	struct cloison_pen pens[CLOISON_PENS];
};

/*
 * cloison_lsm: what only the programs of the LSM's part know, each of which
 * holds this map, as admit() does.
 */
struct cloison_lsm {
	__u32 host_network; /* inode number of the host's network namespace */
	__u32 probe;	    /* a process that asks whether the hooks are called at all */
	__u32 probed;	    /* 1: they are */
	__u32 zero;
};

/*
 * cloison_names: names of the DNS that policies have, by their number, and what the
 * resolver last heard of them. No program reads it.
 */
struct cloison_name {
	char name[CLOISON_TENANT_NAME_SIZE];
	__u64 answered; /* nanoseconds of CLOCK_BOOTTIME; 0 if never */
	__u32 refused;	/* addresses of the last answer that no name may have */
	__u32 left_out; /* or for which the name had no room */
	__u32 failures; /* questions since then that had no answer */
	__u32 crowded;	/* addresses that have CLOISON_NAMES_OF_ADDRESS others already */
};

/*
 * cloison_resolved: the names that an address has, and until when. The one table is
 * replaced as a whole; what ends in it ends without a process.
 */
struct cloison_address {
	enum cloison_family family;
	__u8 address[16]; /* an IPv4 address is in the first 4 */
};

struct cloison_resolved {
	__u64 until[CLOISON_NAMES_OF_ADDRESS]; /* nanoseconds of CLOCK_BOOTTIME */
	__u32 names[CLOISON_NAMES_OF_ADDRESS]; /* 0 for none */
};

/* The class of peers that a name is, beside those of prefixes. */
#define CLOISON_CLASS_OF_NAME(number) (0x80000000U | (number))

/*
 * cloison_unix: unix sockets of the host that tenants may talk to: one by its name, or
 * those in a directory, which then has no name here.
 */
struct cloison_unix {
	__u64 inode;	/* of the directory */
	__u32 device;	/* of its file system, as the kernel has the number */
	__u32 tenant;	/* or CLOISON_UNIX_OF_ALL */
	char name[108]; /* as it was bound; an abstract one begins with NUL */
	__u32 zero;
};

#define CLOISON_UNIX_OF_ALL 0

/* A device's number as the kernel has it. */
#define CLOISON_DEVICE(major, minor) ((__u32)(major) << 20 | (minor))

struct cloison_unix_hits {
	__u64 hits;
	char path[CLOISON_UNIX_PATH_SIZE]; /* of a directory, as it was given */
};

/* cloison_server: a unix socket that was made for a listener in this tenant's cgroup. */
struct cloison_server {
	__u64 cgroup;
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

/* Devices that tenants were given, all of them together. */
#define CLOISON_NODES 16384

enum cloison_node_kind {
	CLOISON_NODE_BLOCK = 1,
	CLOISON_NODE_CHARACTER = 2,
};

/* In place of a tenant's number, and of a minor one. */
#define CLOISON_NODES_OF_ALL 0
#define CLOISON_ANY_MINOR 0xFFFFFFFF

/* cloison_nodes: device nodes that a tenant may open besides those for all. */
struct cloison_node {
	__u32 tenant;
	enum cloison_node_kind kind;
	__u32 major;
	__u32 minor;
};

/* Keys that are known to be a tenant's, for each tenant: a power of two. */
#define CLOISON_KEYS 256

/* cloison_keys: who made a key, by the kernel's address of it. */
struct cloison_key {
	__u64 owner;	/* id of the tenant's cgroup */
	__u64 sequence; /* its place in the tenant's list */
	__u32 index;	/* the tenant's slot, of the list */
	__u32 zero;
};

/* cloison_keys_of: a tenant's last keys by their addresses, in the order of their use. */
struct cloison_keys_of {
	__u64 next;
	__u64 address[CLOISON_KEYS];
};

/*
 * cloison_ipc: who made an object of System V in the first ipc namespace, as the id of
 * the tenant's cgroup; by the kernel's address of it. There can be 32,768 of each of the
 * three kinds in a namespace.
 */
#ifdef CLOISON_OTHER_SHAPE
#define CLOISON_IPC_OBJECTS 65536
#else
#define CLOISON_IPC_OBJECTS 131072
#endif

/* Networks of translators besides the well-known one. */
#define CLOISON_NAT64 8

/* The first bytes of a translated address; the IPv4 address is behind them (RFC 6052). */
#define CLOISON_NAT64_SIZE 12

/* cloison_host: what is the host's own. */
struct cloison_host {
	__u32 network; /* inode number of its network namespace */
	__u32 nat64_count;
	__u8 nat64[CLOISON_NAT64][CLOISON_NAT64_SIZE];
};

/* Set between open and load by the packet vectors' runner, else all zero. */
struct cloison_test {
	struct cloison_segment segment;
	__u32 on;
	__u32 any_socket; /* the kernel's dummy socket is of no kind */
	__u32 older;	  /* it has a connection of which nothing is remembered */
	__u32 zero;
};

CLOISON_SIZE(struct cloison_stats, 8 * CLOISON_STATS_LOST(CLOISON_CLASS_COUNT));
CLOISON_SIZE(struct cloison_slot, 32);
CLOISON_SIZE(struct cloison_rate, 32);
CLOISON_SIZE(struct cloison_limits, 32 * CLOISON_LIMIT_COUNT);
CLOISON_SIZE(struct cloison_segment, 32);
CLOISON_SIZE(struct cloison_device, 48);
CLOISON_SIZE(struct cloison_ends, 4 * CLOISON_ENDS);
CLOISON_SIZE(struct cloison_tenant, 16 + CLOISON_TENANT_NAME_SIZE);
CLOISON_SIZE(struct cloison_guard, 72);
CLOISON_SIZE(struct cloison_addr4, 12);
CLOISON_SIZE(struct cloison_addr6, 24);
CLOISON_SIZE(struct cloison_class, 4);
CLOISON_SIZE(struct cloison_ports_key, 12);
CLOISON_SIZE(struct cloison_port_range, 12);
CLOISON_SIZE(struct cloison_ports, 8 + 12 * CLOISON_PORT_RANGES);
CLOISON_SIZE(struct cloison_own, 24);
CLOISON_SIZE(struct cloison_rule,
	     56 + CLOISON_RULE_NAME_SIZE + CLOISON_TENANT_NAME_SIZE + CLOISON_PORT_NAME_SIZE);
CLOISON_SIZE(struct cloison_peer, 32);
CLOISON_SIZE(struct cloison_flow, 64);
CLOISON_SIZE(struct cloison_bucket, 24 + 64 * CLOISON_WAYS);
CLOISON_SIZE(struct cloison_socket, 144);
CLOISON_SIZE(struct cloison_event, 160 + CLOISON_PROCESS_NAME_SIZE);
CLOISON_SIZE(struct cloison_logged, 8 + sizeof(struct cloison_event));
CLOISON_SIZE(struct cloison_written, 64 * CLOISON_CLASS_COUNT);
CLOISON_SIZE(struct cloison_budget, 16 * CLOISON_CLASS_COUNT);
CLOISON_SIZE(struct cloison_pen, 16 + CLOISON_PEN_PATH_SIZE);
CLOISON_SIZE(struct cloison_pens,
	     24 + CLOISON_DEPTHS + CLOISON_PENS * (16 + CLOISON_PEN_PATH_SIZE));
CLOISON_SIZE(struct cloison_lsm, 16);
CLOISON_SIZE(struct cloison_unix, 128);
CLOISON_SIZE(struct cloison_unix_hits, 8 + CLOISON_UNIX_PATH_SIZE);
CLOISON_SIZE(struct cloison_name, CLOISON_TENANT_NAME_SIZE + 24);
CLOISON_SIZE(struct cloison_address, 20);
CLOISON_SIZE(struct cloison_resolved, 12 * CLOISON_NAMES_OF_ADDRESS);
CLOISON_SIZE(struct cloison_network, 8 + CLOISON_NETWORK_NAME_SIZE);
CLOISON_SIZE(struct cloison_test, 48);
CLOISON_SIZE(struct cloison_node, 16);
CLOISON_SIZE(struct cloison_key, 24);
CLOISON_SIZE(struct cloison_keys_of, 8 + 8 * CLOISON_KEYS);
CLOISON_SIZE(struct cloison_host, 8 + CLOISON_NAT64 * CLOISON_NAT64_SIZE);

#endif /* CLOISON_BPF_H */
