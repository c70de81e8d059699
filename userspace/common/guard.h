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

#include "policy.h"
#include "problem.h"

#define GUARD_PATH "/sys/fs/bpf/cloison"

/**
 * guard_load() - have the guard in force.
 * @changed: if not NULL: whether anything had to be done
 * @problem: why not
 *
 * Looks at what is there first: a guard of this build that is whole is left
 * alone; one whose admission or tenants were detached gets them back, with the
 * policies they had, and pins that were removed are made again, on a BPF file
 * system that is mounted if there is none. Needs the module.
 *
 * Return: 0; -ENOENT without the module; -EEXIST if another build is loaded;
 * -EUCLEAN if what is held is not whole; -EPERM; -EOPNOTSUPP if libbpf or
 * the kernel is too old; and what the kernel says.
 */
int guard_load(bool *changed, struct problem *problem);

/**
 * guard_unload() - take the guard away. All access to regions ends.
 * @force: also if tenants are segmented; their traffic is then judged no more
 * @problem: why not
 *
 * Return: 0, also if none is loaded; -EBUSY while tenants are segmented.
 */
int guard_unload(bool force, struct problem *problem);

/**
 * guard_segment_attach() - put a tenant's cgroup behind the guard.
 * @tenant: the tenant's number, as the module has it
 * @name: its name
 * @cgroup_fd: its cgroup v2 directory
 * @problem: why not
 *
 * On return nothing passes into or out of the sockets of that cgroup and its
 * descendants, until guard_policy_replace() says what may.
 *
 * The same tenant once more is put there anew, as a command that was killed may
 * have left it; the caller knows that the module has no such tenant.
 *
 * Return: 0; -ENOENT if no guard is loaded; -EEXIST if the number, the name or the
 * cgroup is another tenant's; -ENOSPC with CLOISON_SEGMENTS tenants.
 */
int guard_segment_attach(uint32_t tenant, const char *name, int cgroup_fd, struct problem *problem);

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
 * @generation: if not NULL: the policy's number, 1 for the first
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_policy_read(const char *name, struct policy *policy, uint32_t *generation,
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
 * network; -EEXIST if it is another tenant's; -ENOSPC.
 */
int guard_network_claim(const char *tenant, const char *path, struct problem *problem);

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
 * guard_unix_allow() - let tenants talk to a unix socket of the host.
 * @name: as the socket was bound; "@..." for an abstract one
 * @problem: why not
 *
 * Only sockets that the host made are meant: those of another tenant stay shut
 * whatever their name is.
 *
 * Return: 0, also if it is allowed already; -EINVAL; -ENOSPC.
 */
int guard_unix_allow(const char *name, struct problem *problem);

/** guard_unix_forbid() - no more. Return: 0 or -ENOENT. */
int guard_unix_forbid(const char *name, struct problem *problem);

/**
 * guard_unix_each() - the names that are allowed.
 * @fn: called for each, with how often it was let through
 * @data: for @fn
 * @problem: why not
 */
int guard_unix_each(void (*fn)(const char *name, uint64_t hits, void *data), void *data,
		    struct problem *problem);

/* ---- guard show -------------------------------------------------------- */

/** enum guard_hook - where the guard is attached in a tenant's cgroup. */
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
	GUARD_HOOKS,
};

/** guard_hook_name() - "ingress", "egress", "connect4", ... "sock_create". */
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
 * struct guard_segment - a tenant behind the guard.
 * @tenant: its number
 * @name: its name
 * @cgroup: id of its cgroup
 * @mode: CLOISON_ENFORCE, CLOISON_OBSERVE, or CLOISON_UNSET if nothing passes
 * @generation: of its policy
 * @rules: how many the policy has
 * @addresses: how many the tenant has; with none they are not compared
 * @links: ids of the attached links by hook, 0 if missing
 * @in_force: every hook runs this guard's program
 * @suppressed: events over its budget, which nobody was told
 * @lost: events for which the ring had no room
 * @problem: what is wrong, empty if nothing
 */
struct guard_segment {
	uint32_t tenant;
	char name[CLOISON_TENANT_NAME_SIZE];
	uint64_t cgroup;
	enum cloison_mode mode;
	uint32_t generation;
	uint32_t rules;
	uint32_t addresses;
	uint32_t links[GUARD_HOOKS];
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

/** guard_status_free() - give back what guard_status_read() made. */
void guard_status_free(struct guard_status *status);

#endif /* CLOISON_GUARD_H */
