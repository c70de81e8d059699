/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module's files share: with pool.h, region.h and call.h, included here.
 *
 * Locks, outermost first:
 *
 *  cloison_topology   which tenants, pools and regions exist, their names and
 *                     numbers, every tenant's quota. Never held while waiting
 *                     for a scrub, so that one slow pool delays nobody else.
 *  region->lock       a region's state and its list of views.
 *  mm->mmap_lock      (the kernel's) held by the callers of mmap, fault, close.
 *  mappings_lock      the list of live mappings (mapping.c); never held while
 *                     taking an mmap_lock.
 *  pool->lock         the extents of one pool. Innermost: nothing sleeps under
 *                     it but allocations.
 *
 * cloison_srcu is no lock but closes the gap between a question and what is
 * done with its answer: whoever asks "may this access happen" holds it until
 * the pfn is inserted or the bytes are copied. Whoever takes an access away
 * first changes the state and zaps what is mapped, then waits for cloison_srcu,
 * then zaps what came in meanwhile; after that no access that was admitted
 * earlier can still take effect. No user memory is touched inside, so a tenant
 * holds it up no longer than its task is kept from the CPU.
 */
#ifndef CLOISON_PRIVATE_H
#define CLOISON_PRIVATE_H

#include <linux/cgroup.h>
#include <linux/device.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/srcu.h>
#include <linux/types.h>

#include "call.h"
#include "cloison.h"
#include "guard_ops.h"
#include "pool.h"
#include "region.h"

extern struct mutex cloison_topology;
extern struct srcu_struct cloison_srcu;

/* ---- name.c ------------------------------------------------------------ */

int cloison_name_check(const u8 name[CLOISON_NAME_SIZE], bool allow_dot);

/* ---- tenant.c ---------------------------------------------------------- */

/**
 * struct cloison_tenant - one tenant
 * @dev: in class cloison_tenant; owns the memory
 * @number: chosen by the admin
 * @cgroup: its cgroup v2, referenced; changed under cloison_topology, read under RCU.
 *          NULL while it is changed, which denies
 * @of_cgroup: in the index of tenants by cgroup
 * @rcu: for freeing it, as that is read under RCU
 * @quota: bytes, under cloison_topology
 * @used: bytes charged, under cloison_topology
 * @regions: regions not yet destroyed, those being made included
 * @grants: others' regions that it may read
 * @name: its name
 */
struct cloison_tenant {
	struct device dev;
	u32 number;
	struct cgroup __rcu *cgroup;
	struct hlist_node of_cgroup;
	struct rcu_head rcu;
	u64 quota;
	u64 used;
	u32 regions;
	u32 grants;
	char name[CLOISON_NAME_SIZE];
};

struct cloison_tenant *cloison_tenant_find(u32 number);
bool cloison_tenant_confines_current(void);
struct cgroup *cloison_tenant_cgroup_above(struct cgroup *cgroup);
int cloison_tenant_charge(struct cloison_tenant *tenant, u64 bytes);
void cloison_tenant_uncharge(struct cloison_tenant *tenant, u64 bytes);
void cloison_tenants_destroy(void);

/* ---- guard.c ----------------------------------------------------------- */

int cloison_admit_current(const struct cloison_node *node, enum cloison_access_kind kind);
int cloison_admit_mm(const struct cloison_node *node, struct mm_struct *mm);
bool cloison_guard_attached(void);
bool cloison_guard_inherits(struct file *file, struct cgroup *cgroup);
int cloison_guard_confines(struct cgroup *cgroup);
int cloison_guard_init(void);

/* ---- kfunc.c ------------------------------------------------------------ */

int cloison_kfuncs_init(void);

/* ---- entry.c ------------------------------------------------------------ */

bool cloison_entry_is_entering(const struct signal_struct *process);
void cloison_entry_adopt(struct cgroup *cgroup);
int cloison_entry_init(void);
void cloison_entry_exit(void);

/* ---- guard_hold.c ------------------------------------------------------ */

int cloison_guard_hold(struct cloison_call *call);
int cloison_guard_open(struct cloison_call *call);
void cloison_guard_open_done(struct cloison_call *call);
void cloison_guard_open_undo(struct cloison_call *call);
int cloison_guard_release(struct cloison_call *call);
int cloison_guard_next(struct cloison_call *call);

/* ---- sysfs.c ----------------------------------------------------------- */

extern const struct class cloison_region_class;
extern const struct class cloison_pool_class;
extern const struct class cloison_tenant_class;
int cloison_sysfs_init(void);
void cloison_sysfs_exit(void);

const char *cloison_pool_kind_name(enum cloison_pool_kind kind);
const char *cloison_enforcement_name(enum cloison_enforcement level);
const char *cloison_region_state_name(enum cloison_region_state state);

/* The tenant's cgroup, for those that change it or keep it from being changed. */
static inline struct cgroup *cloison_tenant_cgroup(const struct cloison_tenant *tenant)
{
	return rcu_dereference_protected(tenant->cgroup, lockdep_is_held(&cloison_topology));
}

static inline struct cloison_tenant *cloison_tenant_of(struct device *dev)
{
	return container_of(dev, struct cloison_tenant, dev);
}

#endif /* CLOISON_PRIVATE_H */
