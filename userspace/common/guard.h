/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard as the command sees it. The kernel has all of its state, held by the
 * module and pinned under GUARD_PATH; nothing is remembered here between two calls, and every
 * function may be called by any process of the host's root.
 *
 * Functions return 0 or a negative errno with a text in @problem (may be NULL)
 * that says what failed and what to do.
 */
#ifndef CLOISON_GUARD_H
#define CLOISON_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns.h"
#include "policy.h"
#include "problem.h"
#include "rate.h"

#define GUARD_PATH "/sys/fs/bpf/cloison"

/**
 * guard_load() - have the guard in force.
 * @adopt: also if a pen where it is attached first has processes already
 * @changed: if not NULL: whether anything had to be done
 * @problem: why not
 *
 * Looks at what is there first: a guard of this build that is whole is left
 * alone; one whose admission or pens were detached gets them back, with the
 * policies that were in force, and pins that were removed are made again, on a BPF
 * file system that is mounted if there is none. A new one is attached at the pens
 * /cloison, which is made, and /cloison.slice, if it is there. Needs the module.
 *
 * Return: 0; -ENOENT without the module, or without cgroup2; -EEXIST if another
 * build is loaded; -EBUSY for a pen with processes;
 * -EUCLEAN if what is held is not whole; -EPERM; -EOPNOTSUPP if libbpf or
 * the kernel is too old; and what the kernel says.
 */
int guard_load(bool adopt, bool *changed, struct problem *problem);

/**
 * guard_unload() - take the guard away. All access to regions ends.
 * @force: also if tenants are segmented; their traffic is then judged no more
 * @problem: why not
 *
 * Return: 0, also if none is loaded; -EBUSY while tenants are segmented.
 */
int guard_unload(bool force, struct problem *problem);

/**
 * guard_pen_add() - attach the guard at one more parent cgroup.
 * @path: below the cgroup2 mount, or with it; it is made if it is not there
 * @adopt: also if it has processes already
 * @problem: why not
 *
 * On return nothing passes into or out of what is below it and is no tenant's.
 *
 * Return: 0; -ENOENT if no guard is loaded; -EINVAL for the root; -EEXIST for a pen,
 * or one above or below; -EBUSY for processes; -ENOSPC with CLOISON_PENS.
 */
int guard_pen_add(const char *path, bool adopt, struct problem *problem);

/**
 * guard_pen_remove() - attach it there no more.
 * @path: as it was added
 * @force: also if it has processes, which can reach anything from then on
 * @problem: why not
 *
 * Return: 0; -ENOENT; -EBUSY for tenants or processes below it.
 */
int guard_pen_remove(const char *path, bool force, struct problem *problem);

/**
 * guard_segment_attach() - have a cgroup below a pen be a tenant's.
 * @tenant: the tenant's number, as the module has it
 * @name: its name
 * @cgroup_fd: its cgroup v2 directory
 * @problem: why not
 *
 * Before, during and after it nothing passes into or out of the sockets of that
 * cgroup and its descendants, until guard_policy_replace() says what may.
 *
 * The same tenant once more is put there anew, as a command that was killed may
 * have left it; the caller knows that the module has no such tenant.
 *
 * Return: 0; -ENOENT if no guard is loaded; -EXDEV outside every pen; -EEXIST if the
 * number, the name or the cgroup is another tenant's; -EBUSY for one above or below
 * another tenant's; -ENOSPC with CLOISON_SEGMENTS tenants.
 */
int guard_segment_attach(uint32_t tenant, const char *name, int cgroup_fd, struct problem *problem);

/* The module's half of a binding. Return: 0 or a negative errno. */
typedef int (*guard_bind_fn)(uint32_t tenant, int cgroup_fd, void *data);

/**
 * guard_segment_bind() - have another cgroup be the tenant's.
 * @name: the tenant's name
 * @cgroup_fd: the cgroup v2 directory
 * @module: called in the midst of it, while neither cgroup has the tenant's memory
 * @data: for @module
 * @problem: why not
 *
 * The policy stays, and each flow is judged anew. After it was killed, the same once
 * more completes it; until then the tenant is denied.
 *
 * Return: as of guard_segment_attach(), and what @module returns.
 */
int guard_segment_bind(const char *name, int cgroup_fd, guard_bind_fn module, void *data,
		       struct problem *problem);

/**
 * guard_segment_detach() - end a tenant's segmentation.
 * @name: the tenant's name
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_segment_detach(const char *name, struct problem *problem);

/**
 * guard_policy_read() - the rules in force, as the kernel has them.
 * @name: the tenant's name
 * @policy: the result, for policy_free(); each rule has its hits
 * @generation: if not NULL: the policy's number, which no other has or had
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_policy_read(const char *name, struct policy *policy, uint64_t *generation,
		      struct problem *problem);

/**
 * guard_policy_replace() - put a whole policy in force at one moment.
 * @name: the tenant's name
 * @policy: the rules; an empty policy lets nothing pass. What the names in it
 *	stand for is looked up anew
 * @strict: a name that stands for nothing is an error; else, such as for rules
 *	that were in force when the name still meant somebody, the rule is for nobody
 * @problem: why not
 *
 * If the tenant's own addresses are others than before, so are those that the
 * rules of other tenants mean by its name. After any failure the old policy is
 * in force, whole.
 *
 * Return: 0; -ENOENT, also for a name in it; -EINVAL; -ENOSPC; -EEXIST for an
 * address that another tenant has.
 */
int guard_policy_replace(const char *name, struct policy *policy, bool strict,
			 struct problem *problem);

/**
 * guard_policies_renew() - look up again what the names in all policies stand for.
 * @problem: why not
 *
 * For what changes without a word to the guard: the host's own addresses. Policies
 * whose names stand for the same as before are left alone.
 *
 * Return: 0, or as guard_policy_replace().
 */
int guard_policies_renew(struct problem *problem);

/**
 * guard_policy_try() - all that guard_policy_replace() does, but for the change.
 * @name: the tenant's name
 * @policy: as for guard_policy_replace()
 * @strict: likewise
 * @problem: why it would fail
 *
 * Return: what guard_policy_replace() would return, as far as that can be known
 * without a map.
 */
int guard_policy_try(const char *name, struct policy *policy, bool strict, struct problem *problem);

/**
 * guard_addresses_read() - a tenant's own addresses, without its rules.
 * @name: the tenant's name
 * @policy: the result, for policy_free()
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_addresses_read(const char *name, struct policy *policy, struct problem *problem);

/**
 * struct guard_replacement - a policy that is to be a tenant's.
 * @tenant: its name
 * @policy: the rules; mode and addresses are filled in, as they are in force
 */
struct guard_replacement {
	const char *tenant;
	struct policy *policy;
};

/**
 * guard_policies_replace() - put the rules of many tenants in force.
 * @list: whose
 * @count: how many
 * @problem: why not
 *
 * All are built before the first is in force: after a failure the old ones are.
 *
 * Return: as of guard_policy_replace(), whose names are strict.
 */
int guard_policies_replace(struct guard_replacement *list, size_t count, struct problem *problem);

/**
 * struct guard_names - names of the DNS that policies have, and their addresses.
 * @names: by number
 * @count: how many
 * @owned: the tenants' own addresses, as far as they are known
 * @generation: of the policies, when that was read last
 */
struct guard_names {
	struct dns_name *names;
	size_t count;
	struct policy owned;
	uint64_t generation;
};

/**
 * guard_names_read() - the names and what they have now.
 * @names: the result, for guard_names_free()
 * @problem: why not
 */
int guard_names_read(struct guard_names *names, struct problem *problem);

/** guard_names_free() - give back what names hold. */
void guard_names_free(struct guard_names *names);

/* What becomes of them. Return: whether it is to be written. */
typedef bool (*guard_names_fn)(struct guard_names *names, const struct dns_owned *owned,
			       uint64_t now, void *data);

/**
 * guard_names_change() - change what names have, as a whole.
 * @names: kept from call to call, at first all zero; those of policies now
 * @change: called once, while no policy changes
 * @data: for it
 * @problem: why not
 *
 * Names that no policy has any more are forgotten.
 */
int guard_names_change(struct guard_names *names, guard_names_fn change, void *data,
		       struct problem *problem);

/** guard_flow_resolve() - note in a flow which names its peer has now. */
int guard_flow_resolve(struct policy_flow *flow, struct problem *problem);

/**
 * guard_live_judge() - judge a flow by the maps that the programs look up.
 * @name: the tenant's name
 * @flow: what is to be judged
 * @answer: the verdict of enforcement, also where it is only observed
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_live_judge(const char *name, const struct policy_flow *flow, struct policy_answer *answer,
		     struct problem *problem);

/* How many flows of each kind a tenant may have room for. */
#define GUARD_FLOWS_LEAST 8
#define GUARD_FLOWS_MOST 1048576

/**
 * guard_flows_set() - how many flows without connections a tenant has room for.
 * @name: the tenant's name
 * @flows: that it began, and as many that its peers began
 * @problem: why not
 *
 * Those that are known are forgotten: what answers them is denied.
 *
 * Return: 0 or -ENOENT.
 */
int guard_flows_set(const char *name, uint32_t flows, struct problem *problem);

/* How many limits a tenant may have: those of enum cloison_limit that are of sockets. */
#define GUARD_LIMITS CLOISON_LIMIT_device_bytes_in

/* The most that a limit may give a second, in bytes and in flows. */
#define GUARD_LIMIT_BYTES (64ULL << 30)
#define GUARD_LIMIT_FLOWS 1000000ULL

/* A tenant's limits, by enum cloison_limit. */
struct guard_limits {
	bool given[GUARD_LIMITS];     /* or else there is none, or it stays as it is */
	struct rate of[GUARD_LIMITS]; /* of no amount: none from now on */
};

/* Whether it limits bytes, or else flows. */
static inline bool guard_limit_is_bytes(int which)
{
	return which == CLOISON_LIMIT_bytes_in || which == CLOISON_LIMIT_bytes_out;
}

/**
 * guard_limits_set() - limit a tenant's bytes, or its flows that begin.
 * @name: the tenant's name
 * @change: the limits to change
 * @problem: why not
 *
 * A limit holds at the tenant's sockets and at the host's ends of its devices, by itself
 * at each. What a second gives passes at once, and 128 KiB or one flow always do, when
 * nothing has passed for as long as that takes.
 *
 * Return: 0 or -ENOENT.
 */
int guard_limits_set(const char *name, const struct guard_limits *change, struct problem *problem);

/**
 * guard_limits_read() - a tenant's limits.
 * @name: the tenant's name
 * @limits: those that it has are given
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_limits_read(const char *name, struct guard_limits *limits, struct problem *problem);

/**
 * guard_stats_read() - what the guard did with a tenant's packets.
 * @name: the tenant's name, or NULL for cgroups that have no policy yet
 * @key: CLOISON_STATS_ENFORCED, or CLOISON_STATS_OBSERVED: what it would have done
 * @stats: the sum over all CPUs
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_stats_read(const char *name, uint32_t key, struct cloison_stats *stats,
		     struct problem *problem);

/**
 * guard_reason_name() - field of struct cloison_stats and what it means.
 * @reason: enum cloison_reason
 * @text: if not NULL: the meaning
 */
const char *guard_reason_name(enum cloison_reason reason, const char **text);

/* ---- devices ------------------------------------------------------------ */

/* A device's packets from the tenant, and to it. */
#define GUARD_DEVICE_ENDS 2

/* What is right or wrong with a device. */
enum guard_device_state {
	GUARD_DEVICE_IN_FORCE,
	GUARD_DEVICE_GONE,     /* deleted, which lets nothing pass */
	GUARD_DEVICE_DETACHED, /* it is there, and nothing is judged */
	GUARD_DEVICE_BEHIND,   /* another tool's program comes first */
};

/** guard_device_state_name() - "in force", "gone", "detached", "NOT IN FORCE". */
const char *guard_device_state_name(enum guard_device_state state);

/**
 * struct guard_device - the host's end of a tenant's veth, netkit or tap.
 * @tenant: the tenant's name
 * @number: the tenant's
 * @name: the device's, when it was attached
 * @ifindex: its number
 * @links: ids of the links, of what comes from the tenant and goes to it; 0 if
 *         missing, or if the device is gone
 * @address: of the tenant's end; its frames come from no other
 * @state: whether all that passes is judged first by the guard. Of a device in
 *	   another network than the command's only that the links are attached
 * @problem: what is wrong and what to type, empty if nothing
 */
struct guard_device {
	char tenant[CLOISON_TENANT_NAME_SIZE];
	uint32_t number;
	char name[16];
	uint32_t ifindex;
	uint32_t links[GUARD_DEVICE_ENDS];
	uint8_t address[6];
	enum guard_device_state state;
	char problem[160];
};

/**
 * guard_device_attach() - have a device's frames judged by a tenant's policy.
 * @name: the tenant's name; it must have addresses
 * @device: the host's end of its veth, netkit or tap, in this network namespace
 * @address: of the link layer, of the tenant's end; NULL: ask the kernel, which
 *	knows that of a veth and a netkit
 * @problem: why not
 *
 * Return: 0; -ENOENT; -EINVAL without addresses or for another kind of device;
 * -EEXIST if it is attached, or if another device has that address.
 */
int guard_device_attach(const char *name, const char *device, const uint8_t address[6],
			struct problem *problem);

/** guard_device_detach() - judge them no more. Return: 0; -ENOENT. */
int guard_device_detach(const char *name, const char *device, struct problem *problem);

/**
 * guard_devices_read() - what is attached.
 * @tenant: the tenant's name, or NULL for all
 * @list: the result, for free()
 * @count: how many
 * @problem: why not
 */
int guard_devices_read(const char *tenant, struct guard_device **list, size_t *count,
		       struct problem *problem);

/**
 * struct guard_network - a network namespace that is one tenant's alone.
 * @tenant: the tenant's name
 * @name: as it was claimed
 * @cookie: what the kernel tells it by (SO_NETNS_COOKIE)
 */
struct guard_network {
	char tenant[CLOISON_TENANT_NAME_SIZE];
	char name[CLOISON_NETWORK_NAME_SIZE];
	uint64_t cookie;
};

/**
 * guard_network_claim() - give a network to one tenant: its loopback is free.
 * @tenant: the tenant's name
 * @path: the network namespace, such as /run/netns/acme
 * @problem: why not
 *
 * No other tenant's sockets are made in there from now on. One that the tenant
 * claimed by the same path before is forgotten.
 *
 * Return: 0, also if it is claimed already; -ENOENT; -EINVAL for the host's own
 * network; -EEXIST if it is another tenant's; -EBUSY if it has tunnels; -ENOSPC.
 */
int guard_network_claim(const char *tenant, const char *path, struct problem *problem);

/**
 * guard_tunnels_in() - whether a network has none, and so may be a tenant's.
 * @network: its descriptor
 * @name: what to call it
 * @problem: which tunnels it has, and what to type
 *
 * The host's own network is not looked at: a tenant in there configures nothing.
 *
 * Return: 0; -EBUSY.
 */
int guard_tunnels_in(int network, const char *name, struct problem *problem);

/** guard_network_release() - its loopback is judged again. Return: 0; -ENOENT. */
int guard_network_release(const char *tenant, const char *path, struct problem *problem);

/**
 * guard_networks_read() - which networks are whose.
 * @tenant: the tenant's name, or NULL for all
 * @list: the result, for free()
 * @count: how many
 * @problem: why not
 */
int guard_networks_read(const char *tenant, struct guard_network **list, size_t *count,
			struct problem *problem);

/**
 * guard_node_allow() - let a tenant's tasks open a device.
 * @tenant: its name
 * @device: the path of a node, or "[b:]MAJOR:MINOR", or "[b:]MAJOR:*"
 * @problem: why not
 *
 * Return: 0; -ENOENT for the tenant or the path; -EINVAL for what is not a device;
 * -ENOSPC with CLOISON_NODES.
 */
int guard_node_allow(const char *tenant, const char *device, struct problem *problem);

/** guard_node_forbid() - no more; what is open stays so. Return: 0 or -ENOENT. */
int guard_node_forbid(const char *tenant, const char *device, struct problem *problem);

/* @minor: -1 for all of the major */
typedef void (*guard_node_fn)(bool block, uint32_t major, int64_t minor, void *data);

/** guard_node_each() - what a tenant was given. Return: 0 or -ENOENT. */
int guard_node_each(const char *tenant, guard_node_fn fn, void *data, struct problem *problem);

/**
 * guard_unix_allow() - let tenants talk to unix sockets of the host.
 * @tenant: which one; NULL for all
 * @name: as the socket was bound; "@..." for an abstract one; a path that ends in a
 *	slash is a directory, for the sockets that are in it
 * @problem: why not
 *
 * Only sockets that the host made are meant: those of another tenant stay shut
 * whatever their name is.
 *
 * Return: 0, also if it is allowed already; -EINVAL; -ENOENT; -ENOSPC.
 */
int guard_unix_allow(const char *tenant, const char *name, struct problem *problem);

/** guard_unix_forbid() - no more. Return: 0 or -ENOENT. */
int guard_unix_forbid(const char *tenant, const char *name, struct problem *problem);

/* @tenant: NULL for all */
typedef void (*guard_unix_fn)(const char *tenant, const char *name, uint64_t hits, void *data);

/**
 * guard_unix_each() - what is allowed.
 * @fn: called for each, with how often it was let through
 * @data: for @fn
 * @problem: why not
 */
int guard_unix_each(guard_unix_fn fn, void *data, struct problem *problem);

/**
 * guard_nat64_set() - networks that translators make IPv4 of, besides 64:ff9b::/96.
 * @list: prefixes of 96 bits
 * @count: how many
 * @problem: why not
 *
 * Return: 0; -EINVAL; -ENOSPC.
 */
int guard_nat64_set(const struct cloison_own *list, size_t count, struct problem *problem);

/** guard_nat64_read() - those that were set. */
int guard_nat64_read(struct cloison_own list[CLOISON_NAT64], size_t *count,
		     struct problem *problem);

/* ---- guard show -------------------------------------------------------- */

/** enum guard_hook - where the guard is attached at a pen. */
enum guard_hook {
	GUARD_INGRESS,
	GUARD_EGRESS,
	GUARD_CONNECT4,
	GUARD_CONNECT6,
	GUARD_SENDMSG4,
	GUARD_SENDMSG6,
	GUARD_BIND4,
	GUARD_BIND6,
	GUARD_SOCK_CREATE,
	GUARD_SOCK_RELEASE,
	GUARD_DEV,
	GUARD_SYSCTL,
	GUARD_HOOKS,
};

/** guard_hook_name() - "ingress", "egress", "connect4", ... "sysctl". */
const char *guard_hook_name(enum guard_hook hook);

/**
 * struct guard_program - one of the guard's programs.
 * @name: as bpftool shows it
 * @id: its id, 0 if it is not there
 * @instructions: how many the verifier had to look at
 */
struct guard_program {
	char name[16];
	uint32_t id;
	uint32_t instructions;
};

/**
 * struct guard_lsm_program - one of the guard's LSM programs.
 * @hook: the LSM hook
 * @program: the program; its id is 0 if it is not attached
 * @link: id of its link
 */
struct guard_lsm_program {
	const char *hook;
	struct guard_program program;
	uint32_t link;
};

/**
 * struct guard_pen - a parent cgroup where the guard is attached.
 * @path: from the root of the cgroup file system
 * @cgroup: its id
 * @links: ids of the attached links by hook, 0 if missing
 * @in_force: every hook runs this guard's program
 * @problem: what is wrong, empty if nothing
 */
struct guard_pen {
	char path[CLOISON_PEN_PATH_SIZE];
	uint64_t cgroup;
	uint32_t links[GUARD_HOOKS];
	bool in_force;
	char problem[160];
};

/**
 * struct guard_segment - a tenant behind the guard.
 * @tenant: its number
 * @name: its name
 * @cgroup: id of its cgroup
 * @pen: path of the pen that it is below, empty if there is none
 * @mode: CLOISON_ENFORCE, CLOISON_OBSERVE, or CLOISON_UNSET if nothing passes
 * @generation: of its policy
 * @rules: how many the policy has
 * @addresses: how many the tenant has; with none they are not compared
 * @in_force: its cgroup is there, its pen in force, and its policy whole
 * @suppressed: events over its budget, which nobody was told
 * @lost: events for which the ring had no room
 * @problem: what is wrong, empty if nothing
 */
struct guard_segment {
	uint32_t tenant;
	char name[CLOISON_TENANT_NAME_SIZE];
	uint64_t cgroup;
	char pen[CLOISON_PEN_PATH_SIZE];
	enum cloison_mode mode;
	uint64_t generation;
	uint32_t rules;
	uint32_t addresses;
	bool in_force;
	uint64_t suppressed;
	uint64_t lost;
	char problem[160];
};

/**
 * struct guard_status - all of the guard.
 * @loaded: programs and maps are held
 * @admitting: the struct_ops link is attached: the module asks this guard
 * @whole: nothing is wrong with the guard or with any segment
 * @build: of the object that was loaded
 * @own_build: of the object that this command would load
 * @held: how many objects the module keeps alive
 * @link: id of the struct_ops link, 0 if none
 * @link_map: id of the map behind it
 * @programs: by hook
 * @admit: the program that answers the module
 * @suppressed: events of all cgroups together, those without a policy too
 * @lost: likewise
 * @lsm: by enum cloison_lsm_hook
 * @pens: all pens
 * @pen_count: how many
 * @segments: all tenants, by number
 * @segment_count: how many
 * @problem: what is wrong with the guard itself, empty if nothing
 */
struct guard_status {
	bool loaded;
	bool admitting;
	bool whole;
	uint64_t build;
	uint64_t own_build;
	uint32_t held;
	uint32_t link;
	uint32_t link_map;
	struct guard_program programs[GUARD_HOOKS];
	struct guard_program admit;
	uint64_t suppressed;
	uint64_t lost;
	struct guard_lsm_program lsm[CLOISON_LSM_COUNT];
	struct guard_pen pens[CLOISON_PENS];
	size_t pen_count;
	struct guard_segment *segments;
	size_t segment_count;
	char problem[256];
};

/**
 * guard_status_read() - look at the guard.
 * @status: the result, for guard_status_free()
 * @problem: why not
 *
 * That no guard is loaded is a status, not an error.
 */
int guard_status_read(struct guard_status *status, struct problem *problem);

/**
 * guard_tenant_check() - whether all stands that a tenant's tasks are to be behind.
 * @name: the tenant's name
 * @problem: what does not, and what to type
 *
 * What is wrong with another tenant, or with a device, is not looked at.
 *
 * Return: 0; -ENOENT; -EUCLEAN.
 */
int guard_tenant_check(const char *name, struct problem *problem);

/** guard_status_free() - give back what guard_status_read() made. */
void guard_status_free(struct guard_status *status);

#endif /* CLOISON_GUARD_H */
