/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the guard's userspace. */
#ifndef CLOISON_GUARD_PRIVATE_H
#define CLOISON_GUARD_PRIVATE_H

#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "guard.h"
#include "guard_network.h"
#include "guard_policy.h"
#include "guard_status.h"
#include "policy_resolve.h"

/* Where things are pinned. */
#define GUARD_PROGRAMS GUARD_PATH "/programs"
#define GUARD_MAPS_PATH GUARD_PATH "/maps"
#define GUARD_TENANTS GUARD_PATH "/tenants"
#define GUARD_LSM GUARD_PATH "/lsm"
#define GUARD_PENS GUARD_PATH "/pens"
#define GUARD_LINK GUARD_PATH "/admit"
#define GUARD_OPS_MAP "cloison_ops"
#define GUARD_ADMIT "cloison_admit"
#define GUARD_CUT "cloison_cut"

#define GUARD_PIN_SIZE 256

enum guard_map {
	GUARD_MAP_PENS,
	GUARD_MAP_CGROUPS,
	GUARD_MAP_SLOTS,
	GUARD_MAP_LIMITS,
	GUARD_MAP_SEGMENTS,
	GUARD_MAP_TENANTS,
	GUARD_MAP_ADDR4,
	GUARD_MAP_ADDR6,
	GUARD_MAP_PORTS,
	GUARD_MAP_RULES,
	GUARD_MAP_OWN,
	GUARD_MAP_NAMES,
	GUARD_MAP_RESOLVED,
	GUARD_MAP_OURS,
	GUARD_MAP_THEIRS,
	GUARD_MAP_FRAGMENTS,
	GUARD_MAP_STATS,
	GUARD_MAP_SOCKET,
	GUARD_MAP_LSM,
	GUARD_MAP_UNIX,
	GUARD_MAP_SERVER,
	GUARD_MAP_NETWORKS,
	GUARD_MAP_OPS,
	GUARD_MAP_EVENTS,
	GUARD_MAP_BUDGET,
	GUARD_MAP_WRITTEN,
	GUARD_MAP_DEVICES,
	GUARD_MAP_ENDS,
	GUARD_MAP_NODES,
	GUARD_MAP_HOST,
	GUARD_MAP_KEYS,
	GUARD_MAP_KEYS_OF,
	GUARD_MAP_IPC,
	GUARD_MAP_RECORD,
	GUARD_MAP_GUARD, /* last: once it is pinned, all is */
	GUARD_MAPS,
};

/* Descriptors of the maps by enum guard_map, -1 for those that are not open. */
struct guard_maps {
	int fd[GUARD_MAPS];
};

/* What the guard attaches at a hook. */
struct guard_hook_type {
	const char *name;
	const char *program;
	enum bpf_attach_type attach;
	size_t id_offset; /* in struct cloison_guard */
};

extern const char *const guard_map_names[GUARD_MAPS];
extern const struct guard_hook_type guard_hook_types[GUARD_HOOKS];

/* guard_object.c: the embedded object */
void guard_object_digest(unsigned char digest[32]);
uint64_t guard_object_build(void);
int guard_object_open(struct bpf_object **object, struct problem *problem);
int guard_object_load_over(struct bpf_object *object, const struct guard_maps *maps,
			   struct problem *problem);
int guard_object_load(const struct cloison_test *test, const struct guard_maps *maps,
		      struct bpf_object **object, struct problem *problem);
bool guard_object_is_lsm(const struct bpf_program *program);
void guard_object_maps(const struct bpf_object *object, struct guard_maps *maps);
int guard_program_info(int fd, struct guard_program *program);

/* guard_ids.c: the programs that admit() has to find, and what else is told of a build */
int guard_programs_keep(const struct bpf_object *object, const char *directory,
			struct problem *problem);
int guard_ids_write(const struct bpf_object *object, const struct guard_maps *maps, int before,
		    struct problem *problem);
int guard_ids_freeze(const struct guard_maps *maps, struct problem *problem);
int guard_ids_settle(struct problem *problem);

/* guard_ops.c: what answers the module */
int guard_ops_fit(struct bpf_object *object);
int guard_ops_prepare(const struct bpf_object *object, struct problem *problem);

/* guard_pin.c: the tree under GUARD_PATH, and one change of the guard at a time */
int guard_lock(struct problem *problem);
void guard_unlock(int lock);
int guard_mount(struct problem *problem);
int guard_pin(int fd, const char *directory, const char *name, struct problem *problem);
void guard_remove(const char *path);
int guard_maps_open(struct guard_maps *maps, struct problem *problem);
void guard_maps_close(struct guard_maps *maps);

/* guard_hold.c: what the module keeps alive, by the same names */
int guard_open(const char *path);
int guard_hold(int fd, const char *directory, const char *name, struct problem *problem);
int guard_keep(int fd, const char *directory, const char *name, struct problem *problem);
void guard_forget(const char *path);
int guard_held_walk(int (*visit)(const char *path, void *data), void *data);

/* guard_tunnel.c: a tenant's network has no tunnels; see guard_network.h */
int guard_tunnels_behind(const char *device, uint32_t ifindex, struct problem *problem);
int guard_tunnels_keep_out(struct problem *problem);

/* guard_inner.c: the maps of one tenant */
int guard_inner_create(const struct guard_maps *maps, enum guard_map outer, uint32_t entries,
		       struct problem *problem);
int guard_inner_open(const struct guard_maps *maps, enum guard_map outer, uint32_t index);
int guard_inner_place(const struct guard_maps *maps, enum guard_map outer, const uint32_t *indices,
		      const int *fds, uint32_t count, struct problem *problem);
int guard_inner_new(const struct guard_maps *maps, enum guard_map outer, uint32_t index,
		    uint32_t entries, struct problem *problem);
void guard_inner_clear(const struct guard_maps *maps, enum guard_map outer, uint32_t index);
int guard_inner_pin(const struct guard_maps *maps, enum guard_map outer, uint32_t index,
		    const char *tenant, struct problem *problem);

/* guard_limit.c */
void guard_limits_clear(const struct guard_maps *maps, uint32_t index);

/* guard_flows.c: a tenant's two tables of flows */
int guard_flows_new(const struct guard_maps *maps, uint32_t index, uint32_t entries,
		    struct problem *problem);
void guard_flows_clear(const struct guard_maps *maps, uint32_t index);
int guard_flows_pin(const struct guard_maps *maps, uint32_t index, const char *tenant,
		    struct problem *problem);

#define NOT_BEHIND "tenant %.64s is not behind the guard"

/* A tenant as it is in force, and the policy that is to be, if there is one. */
struct guard_tenant {
	uint32_t number;
	struct cloison_tenant tenant;
	struct cloison_segment segment, coming;
	struct policy own; /* its addresses and labels */
	struct policy *next;
};

/* All of them, by name, and the names of the DNS that their policies have. */
struct guard_directory {
	struct guard_tenant *tenants;
	size_t count;
	struct policy_dns *names;
	size_t name_count;
};

/* guard_members.c: the names in a policy */
void guard_directory_free(struct guard_directory *directory);
int guard_directory_read(const struct guard_maps *maps, struct guard_directory *directory,
			 struct problem *problem);
struct guard_tenant *guard_directory_find(const struct guard_directory *directory,
					  const char *name);
int guard_members_resolve(const struct guard_directory *directory, const char *name,
			  struct policy *policy, bool strict, struct problem *problem);
int guard_members_renew(const struct guard_maps *maps, struct problem *problem);
int guard_addresses_check(const struct guard_directory *directory, struct problem *problem);

/* guard_names.c: names of the DNS */
int guard_names_load(const struct guard_maps *maps, struct guard_directory *directory,
		     struct problem *problem);
int guard_names_note(const struct guard_maps *maps, struct guard_directory *directory,
		     const struct policy *policy, struct problem *problem);
int guard_names_renew(const struct guard_maps *maps, struct guard_names *names,
		      guard_names_fn change, void *data, struct problem *problem);
void guard_flow_names(const struct guard_maps *maps, struct policy_flow *flow);
int guard_host_read(struct policy *host, struct problem *problem);

/* guard_live.c: a flow judged by the maps of a slot */
int guard_slot_judge(const struct guard_maps *maps, uint32_t slot, const struct policy_flow *flow,
		     struct policy_answer *answer);

/* guard_slot.c: a policy as maps */
enum { SLOT_ADDR4, SLOT_ADDR6, SLOT_PORTS, SLOT_RULES, SLOT_OWN, SLOT_MAPS };

/* The maps of one policy, which are not in place yet. */
struct guard_slot {
	uint32_t number;
	int fds[SLOT_MAPS];
};

/* So many slots are put in place at once: a process has 1,024 descriptors. */
#define SLOTS_AT_ONCE 100

int guard_slot_make(const struct guard_maps *maps, uint32_t number, const struct policy *policy,
		    struct guard_slot *slot, struct problem *problem);
int guard_slots_place(const struct guard_maps *maps, const struct guard_slot *slots, uint32_t count,
		      struct problem *problem);
void guard_slot_close(struct guard_slot *slot);
int guard_slot_fill(const struct guard_maps *maps, uint32_t slot, const struct policy *policy,
		    struct problem *problem);
void guard_slot_clear(const struct guard_maps *maps, uint32_t slot);
void guard_slot_pin(const struct guard_maps *maps, uint32_t slot, const char *tenant);
int guard_slot_read(const struct guard_maps *maps, const struct cloison_segment *segment,
		    struct policy *policy);
int guard_slot_verify(const struct guard_maps *maps, const struct cloison_segment *segment,
		      struct policy *policy, struct problem *problem);
int guard_own_read(const struct guard_maps *maps, const struct cloison_segment *segment,
		   struct policy *policy);

/* guard_policy.c: what is in force */
int guard_policy_commit(const struct guard_maps *maps, struct guard_tenant *tenants, size_t count,
			struct problem *problem);

/* guard_table.c: tables in inner maps */
/* Entries of one map as an array of pairs with a stride. */
struct guard_entries {
	const void *first;
	size_t count, stride, key_size, value_size;
};

/* All keys, then all values: as the kernel takes and gives many at once. */
struct guard_columns {
	char *keys, *values;
	uint32_t count, room;
};

void guard_columns_free(struct guard_columns *columns);
int guard_columns_alloc(struct guard_columns *columns, const struct guard_entries *entries,
			uint32_t room);
int guard_columns_read(int fd, const struct guard_entries *entries, struct guard_columns *columns);
int guard_entries_verify(int fd, const struct guard_entries *entries);
int guard_table_make(const struct guard_maps *maps, enum guard_map outer,
		     const struct guard_entries *entries, struct problem *problem);

/* guard_lsm.c: the LSM's part */
int guard_lsm_attach(const struct bpf_object *object, const char *directory,
		     struct problem *problem);
int guard_lsm_begin(const struct bpf_object *object, const struct guard_maps *maps,
		    struct problem *problem);
int guard_lsm_mend(const struct guard_maps *maps, bool *changed, struct problem *problem);
bool guard_lsm_read(struct guard_lsm_program programs[CLOISON_LSM_COUNT], struct problem *problem);

/* guard_walls.c: where the tenants are, as the programs look them up */
struct cloison_pens *guard_pens_map(const struct guard_maps *maps);
void guard_pens_unmap(struct cloison_pens *pens);
int guard_cgroup_mount(char **mount, struct problem *problem);
int guard_cgroup_path(uint64_t cgroup, char *path, size_t size);
int guard_cgroup_name(uint64_t cgroup, char *name, size_t size);
uint32_t guard_depth(const char *name);
bool guard_below(const char *name, const char *above);
int guard_settle(const struct guard_maps *maps, struct problem *problem);
int guard_generation_new(const struct guard_maps *maps, uint64_t old, __u64 *generation,
			 struct problem *problem);
int guard_segment_read(const struct guard_maps *maps, const struct cloison_tenant *tenant,
		       struct cloison_segment *segment);
int guard_segment_write(const struct guard_maps *maps, const struct cloison_segment *segment,
			struct problem *problem);
int guard_slot_take(const struct guard_maps *maps, uint32_t number,
		    const struct cloison_tenant *tenant, struct problem *problem);
int guard_cgroup_enter(const struct guard_maps *maps, const struct cloison_tenant *tenant,
		       struct problem *problem);
int guard_slot_move(const struct guard_maps *maps, const struct cloison_tenant *tenant);
int guard_slot_limit(const struct guard_maps *maps, uint32_t index, bool limited);
void guard_cgroup_drop(const struct guard_maps *maps, const struct cloison_tenant *tenant);
void guard_cgroup_leave(const struct guard_maps *maps, const struct cloison_tenant *tenant);

/* guard_pen_load.c: what guard load does for pens */
int guard_pens_check(bool adopt, struct problem *problem);
int guard_pens_begin(const struct guard_maps *maps, struct problem *problem);
int guard_pens_extend(const struct guard_maps *maps, const char *programs, struct problem *problem);
int guard_pens_mend(const struct guard_maps *maps, const struct cloison_guard *guard, bool *changed,
		    struct problem *problem);

/* guard_pen.c: parent cgroups where the programs are attached */
int guard_pens_show(const struct guard_maps *maps, const struct cloison_guard *guard,
		    struct guard_pen list[CLOISON_PENS], size_t *count, struct problem *problem);
int guard_pen_find(const struct guard_maps *maps, const char *name, struct cloison_pen *pen,
		   struct problem *problem);
bool guard_pen_links(const struct cloison_guard *guard, const struct cloison_pen *pen,
		     uint32_t ids[GUARD_HOOKS], struct problem *problem);

/* guard_cut.c: connections that are forbidden now */
void guard_cut(uint64_t cgroup);

/* guard_segment.c: who is where */
typedef int (*guard_tenant_change_fn)(const struct guard_maps *maps, uint32_t number,
				      const struct cloison_tenant *tenant, const void *data,
				      struct problem *problem);
int guard_tenant_change(const char *name, guard_tenant_change_fn change, const void *data,
			struct problem *problem);
int guard_tenant_find(const struct guard_maps *maps, const char *name, uint32_t *number,
		      struct cloison_tenant *tenant, struct problem *problem);
void guard_tenant_path(const char *name, const char *sub, char path[GUARD_PIN_SIZE]);
int guard_segment_pin(const struct guard_maps *maps, const struct cloison_tenant *tenant,
		      struct problem *problem);
int guard_segment_remove(const struct guard_maps *maps, uint32_t number,
			 const struct cloison_tenant *tenant);

/* guard_device.c: the host's ends of tenants' devices */
extern const int guard_device_hooks[GUARD_DEVICE_ENDS];

bool guard_device_links(const struct cloison_tenant *tenant, uint32_t ifindex,
			uint32_t links[GUARD_DEVICE_ENDS]);
int guard_device_programs(const struct bpf_object *object, struct cloison_guard *guard,
			  struct problem *problem);
void guard_devices_remove(const struct guard_maps *maps, uint32_t number);
int guard_devices_mend(const struct guard_maps *maps, struct problem *problem);

/* guard_ends.c: which devices admit() asks about */
int guard_ends_write(const struct guard_maps *maps, uint32_t number, uint32_t without,
		     struct problem *problem);
int guard_ends_mend(const struct guard_maps *maps, struct problem *problem);

/* guard_node.c: devices that tenants may open */
int guard_nodes_begin(const struct guard_maps *maps, struct problem *problem);
void guard_nodes_remove(const struct guard_maps *maps, uint32_t number);

/* guard_nat64.c: translators */
bool guard_nat64_has(const struct guard_maps *maps, const uint8_t address[16]);

/* guard_unix.c: unix sockets of the host */
void guard_unix_remove(const struct guard_maps *maps, uint32_t number);

/* guard_device_show.c: whether they are in force */
void guard_device_state(const struct cloison_tenant *tenant, uint32_t ifindex,
			const struct cloison_device *device, struct guard_device *shown);

/* guard_tcx.c: the programs on one end of a device */
/* Who comes first there: 0 if nobody does. */
struct guard_tcx_head {
	uint32_t program;
	uint32_t link;
	uint64_t revision;
};

#define GUARD_PROGRAM_NAME 16

int guard_tcx_first(uint32_t ifindex, int attach, struct guard_tcx_head *head);
/* Before all others. Return: the link, or a negative errno; -EEXIST: it is there already. */
int guard_tcx_attach(int program, uint32_t ifindex, int attach);
/* As it can be shown; "?" without one. */
void guard_program_name(uint32_t id, char name[GUARD_PROGRAM_NAME]);
/* The id of a program of XDP on the device, or 0. */
uint32_t guard_xdp_program(uint32_t ifindex);

/* guard_peer.c: what is at the other end of a device */
#define GUARD_KIND_SIZE 16

struct guard_peer {
	char kind[GUARD_KIND_SIZE]; /* "veth", "tun", ...; empty without one */
	bool found;		    /* address is known */
	uint8_t address[6];
};

int guard_peer_read(uint32_t ifindex, struct guard_peer *peer);

/* guard_network.c: networks that are one tenant's */
int guard_network_here(uint64_t *cookie);
void guard_networks_remove(const struct guard_maps *maps, uint32_t number);

/* guard_show.c: what is attached */
bool guard_admission_attached(uint32_t *link_id, uint32_t *map_id);
uint32_t guard_hook_program(const struct cloison_guard *guard, int hook);
int guard_index_stats(const struct guard_maps *maps, uint32_t index, uint32_t key,
		      struct cloison_stats *stats, struct problem *problem);
void guard_stats_clear(const struct guard_maps *maps, uint32_t index);
int guard_ids_read(const struct guard_maps *maps, struct cloison_guard *guard,
		   struct problem *problem);

static inline void guard_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define _cleanup_fd_ __attribute__((cleanup(guard_close)))

#endif /* CLOISON_GUARD_PRIVATE_H */
