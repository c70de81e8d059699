/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module's files share.
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

#include <crypto/sha2.h>
#include <linux/cgroup.h>
#include <linux/device.h>
#include <linux/dma-direction.h>
#include <linux/fs.h>
#include <linux/iosys-map.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/srcu.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "cloison.h"
#include "guard_ops.h"
#include "span.h"

#define CLOISON_GRANULE_SHIFT 21

struct dma_buf;
struct dma_buf_attachment;
struct pci_dev;
struct sg_table;
struct cloison_call;
struct cloison_pool;

extern struct mutex cloison_topology;
extern struct srcu_struct cloison_srcu;

/* ---- name.c ------------------------------------------------------------ */

int cloison_name_check(const u8 name[CLOISON_NAME_SIZE], bool allow_dot);

/* ---- tenant.c ---------------------------------------------------------- */

/**
 * struct cloison_tenant - one tenant
 * @dev: in class cloison_tenant; owns the memory
 * @number: chosen by the admin
 * @cgroup: its cgroup v2, referenced
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
	struct cgroup *cgroup;
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
int cloison_tenant_charge(struct cloison_tenant *tenant, u64 bytes);
void cloison_tenant_uncharge(struct cloison_tenant *tenant, u64 bytes);
void cloison_tenants_destroy(void);

/* ---- extent.c ---------------------------------------------------------- */

/**
 * struct cloison_extent - a run of granules of a pool that is not clean
 * @unclean: in cloison_pool.unclean
 * @taken: in cloison_pool.taken when USED or QUARANTINED, and then of the same
 *         granules
 * @dirty: in cloison_pool.dirty when DIRTY
 * @state: enum cloison_extent_state, never CLEAN: what no extent covers is
 * @region: number of the region when USED, for those who look
 * @tenant: number of its tenant when USED
 *
 * An extent is allocated when a region is made and freed when its last granule
 * is clean again; no change of state in between needs memory, so giving memory
 * back cannot fail.
 */
struct cloison_extent {
	struct cloison_span unclean;
	struct cloison_span taken;
	struct list_head dirty;
	enum cloison_extent_state state;
	u32 region;
	u32 tenant;
};

struct cloison_extent *cloison_extent_take(struct cloison_pool *pool, u64 count, unsigned int order,
					   u32 region, u32 tenant);
int cloison_extent_grow(struct cloison_pool *pool, struct cloison_extent *extent, u64 count);
int cloison_extent_shrink(struct cloison_pool *pool, struct cloison_extent *extent, u64 count);
void cloison_extent_give_back(struct cloison_pool *pool, struct cloison_extent *extent);
int cloison_extents_init(struct cloison_pool *pool);
void cloison_extents_free(struct cloison_pool *pool);
struct cloison_extent *cloison_extent_claim(struct cloison_pool *pool,
					    struct cloison_extent **spare);
void cloison_extent_clean(struct cloison_pool *pool, struct cloison_extent *extent);
void cloison_extent_quarantine(struct cloison_pool *pool, struct cloison_extent *extent,
			       struct cloison_extent *spare);

/**
 * struct cloison_run - granules of a pool that are in the same state
 * @first: first granule
 * @count: number of granules
 * @state: enum cloison_extent_state
 * @region: as in struct cloison_extent
 * @tenant: as in struct cloison_extent
 */
struct cloison_run {
	u64 first;
	u64 count;
	enum cloison_extent_state state;
	u32 region;
	u32 tenant;
};

void cloison_run_at(struct cloison_pool *pool, u64 granule, struct cloison_run *run);

/**
 * struct cloison_pool_usage - how a pool's bytes are spread over the states
 * @bytes: indexed by enum cloison_extent_state
 * @largest_free: the largest run of granules that are clean or will be
 * @largest_clean: the largest run of clean ones
 * @free_runs: in how many runs lies what is clean or will be
 */
struct cloison_pool_usage {
	u64 bytes[CLOISON_EXTENT_QUARANTINED + 1];
	u64 largest_free;
	u64 largest_clean;
	u64 free_runs;
};

void cloison_pool_usage(struct cloison_pool *pool, struct cloison_pool_usage *usage);

/* ---- pool.c ------------------------------------------------------------ */

/**
 * struct cloison_pool_ops - what kinds of pools do differently
 * @map: a kernel mapping of one granule, good for all of it
 * @pfn: the page frame at a byte offset
 * @release: gives the memory back to where it came from
 */
struct cloison_pool_ops {
	void (*map)(struct cloison_pool *pool, u64 granule, struct iosys_map *map);
	unsigned long (*pfn)(struct cloison_pool *pool, u64 offset);
	void (*release)(struct cloison_pool *pool);
};

/* More of them would only compete for the same memory. */
#define CLOISON_SCRUBBERS 4U

/**
 * struct cloison_scrubber - one of those who scrub a pool
 * @work: on a CPU near the memory
 * @pool: whose it is
 */
struct cloison_scrubber {
	struct work_struct work;
	struct cloison_pool *pool;
};

/**
 * struct cloison_pool - memory under cloison
 * @dev: in class cloison_pool; owns the memory of this struct
 * @number: 1 or above
 * @kind: enum cloison_pool_kind
 * @enforcement: who is confined by the walls of its regions
 * @enforcement_reason: why no more than that, for admins
 * @leftovers: what becomes of what is left on the chip, for admins
 * @numa_node: where the memory is, or NUMA_NO_NODE
 * @start: physical address, zero for CLOISON_POOL_RAM
 * @granules: its size
 * @write_combine: mappings are write-combining (device memory)
 * @ops: by kind
 * @backing: by kind: the kernel mapping (reserved, pci) or the pages (ram)
 * @pci: the function, referenced; CLOISON_POOL_PCI only
 * @pci_address: as in the UAPI
 * @pci_bar: which BAR
 * @regions: regions not yet destroyed, those being made included
 * @gone: the device was removed; nothing touches the memory any more. Written
 *        under cloison_topology, read inside cloison_srcu or under @lock
 * @lock: the extents and what counts them, @changes and @closing
 * @unclean: what is not clean; each span is of a struct cloison_extent
 * @taken: what is in use or in quarantine; its gaps are free, clean or not
 * @dirty: extents that wait for their scrub, the oldest first
 * @in_state: granules, indexed by enum cloison_extent_state
 * @changes: counts the changes of extents, for those who wait for one
 * @closing: being removed: nothing new is handed out
 * @scrubbers: scrub what is dirty until nothing is
 * @scrubber_count: how many of them there are
 * @wait: woken when an extent changes state
 * @name: its name
 */
struct cloison_pool {
	struct device dev;
	u32 number;
	enum cloison_pool_kind kind;
	enum cloison_enforcement enforcement;
	const char *enforcement_reason;
	const char *leftovers;
	int numa_node;
	phys_addr_t start;
	u64 granules;
	bool write_combine;
	const struct cloison_pool_ops *ops;
	union {
		void *virt;
		void __iomem *iomem;
		struct page **pages;
	} backing;
	struct pci_dev *pci;
	u32 pci_address;
	u32 pci_bar;
	u32 regions;
	bool gone;

	struct mutex lock;
	struct cloison_spans unclean;
	struct cloison_spans taken;
	struct list_head dirty;
	u64 in_state[CLOISON_EXTENT_QUARANTINED + 1];
	u64 changes;
	bool closing;
	struct cloison_scrubber scrubbers[CLOISON_SCRUBBERS];
	unsigned int scrubber_count;
	wait_queue_head_t wait;
	char name[CLOISON_NAME_SIZE];
};

struct cloison_pool *cloison_pool_find(u32 number);
bool cloison_pool_has_bar(const struct pci_dev *pci, u32 bar);
bool cloison_pool_has_function(const struct pci_dev *pci);
void cloison_pools_of_pci_gone(struct pci_dev *pci);
const struct cloison_pool *cloison_pool_that_sleep_harms(bool hibernation);
void cloison_pools_destroy(void);

int cloison_pool_ram_init(struct cloison_pool *pool, const struct cloison_pool_add *args);
int cloison_pool_reserved_init(struct cloison_pool *pool, const struct cloison_pool_add *args);
int cloison_pool_pci_init(struct cloison_pool *pool, const struct cloison_pool_add *args);
int cloison_pci_register(void);
void cloison_pci_unregister(void);

/* ---- enforcement.c ----------------------------------------------------- */

enum cloison_enforcement cloison_enforcement_of(struct pci_dev *pci, const char **reason);

/* ---- power.c ----------------------------------------------------------- */

int cloison_power_check(void);
int cloison_power_init(void);
void cloison_power_exit(void);

/* ---- scrub.c ----------------------------------------------------------- */

/* Granules that a scrubber takes at a time, so that others find something to do. */
#define CLOISON_SCRUB_CLAIM 16

void cloison_scrubbers_init(struct cloison_pool *pool);
void cloison_scrub_queue(struct cloison_pool *pool);
void cloison_scrub_flush(struct cloison_pool *pool);
void cloison_scrub_stop(struct cloison_pool *pool);
int cloison_scrub_wait(struct cloison_pool *pool);
int cloison_scrub_init(void);
void cloison_scrub_exit(void);

/* ---- node.c ------------------------------------------------------------ */

/**
 * struct cloison_node - /dev/cloison/<tenant>/<name>: one tenant's way to a region
 * @dev: in class cloison; owns the memory of what @node is a part of
 * @rcu: for freeing it, as open finds it under RCU
 * @named: in the index of names
 * @region: what is behind it; referenced unless @node is its own
 * @tenant: whose cgroup is asked for; referenced
 * @minor: see CLOISON_MAX_REGIONS
 * @uid: owner
 * @gid: group
 * @mode: permission bits
 * @ended: revoked alone; read inside cloison_srcu
 * @opens: views
 * @mappings: live mappings, those of devices included
 * @name: its name
 */
struct cloison_node {
	struct device dev;
	struct rcu_head rcu;
	struct hlist_node named;
	struct cloison_region *region;
	struct cloison_tenant *tenant;
	u32 minor;
	kuid_t uid;
	kgid_t gid;
	umode_t mode;
	bool ended;
	atomic_t opens;
	atomic_t mappings;
	char name[CLOISON_NAME_SIZE];
};

void cloison_node_init(struct cloison_node *node, struct cloison_region *region, const u8 *name,
		       void (*release)(struct device *dev));
int cloison_node_own(struct cloison_node *node, u32 uid, u32 gid, umode_t mode);
int cloison_node_reserve(struct cloison_node *node, struct cloison_tenant *tenant,
			 struct xa_limit minors, u32 *next);
void cloison_node_unreserve(struct cloison_node *node);
int cloison_node_publish(struct cloison_node *node);
void cloison_node_unpublish(struct cloison_node *node);
struct cloison_node *cloison_node_find(unsigned long minor, unsigned long last);
struct cloison_node *cloison_node_get(unsigned int minor);
int cloison_node_usable(const struct cloison_node *node);
int cloison_nodes_init(void);
void cloison_nodes_exit(void);

/* ---- region.c ---------------------------------------------------------- */

/**
 * struct cloison_region - a piece of a pool, owned by one tenant
 * @node: /dev/cloison/<tenant>/<region>, its owner's; owns the memory of this
 *        struct
 * @number: 1 or above, also its minor
 * @grants: further tenants' ways to it, under cloison_topology
 * @pool: referenced; outlives its device
 * @bytes: size that users see; read inside cloison_srcu, as is
 * @first: first granule, for as long as @extent is set
 * @generation: larger than that of every region made before
 * @lock: changes of @state, @bytes and @first, and @views
 * @state: enum cloison_region_state; read inside cloison_srcu
 * @views: everything that has an address space into this region
 * @extent: the memory; NULL once the region has ended. Under @lock
 * @memory: the region, until it has ended, and each mapping of a device hold the
 *          memory; the last to drop it gives it back
 * @leaving: @extent of a region that has ended and is still held; NULL after.
 *           Written by the end, and by the last drop
 * @allow_pinning: devices that cannot be told to let go may attach
 * @sealing: a seal is under way: no device maps it for writing any more
 * @device_writers: mappings of devices that may write
 * @faults_4k: entries of this size that faults put into page tables
 * @faults_2m: likewise
 * @faults_1g: likewise
 * @resizing: nobody maps, exports or writes; read inside cloison_srcu or under
 *            @lock
 * @changes: counts what poll(2) tells by POLLPRI
 * @wait: poll(2), and those who wait for the end of a resize
 * @measure_lock: one measurement or resize at a time; @root and @root_known
 * @measured: bytes hashed by the one under way, or by the last
 * @root: its Merkle root
 * @root_known: @root is that of the sealed bytes
 */
struct cloison_region {
	struct cloison_node node;
	u32 number;
	struct list_head grants;
	struct cloison_pool *pool;
	u64 bytes;
	u64 first;
	u64 generation;

	struct mutex lock;
	enum cloison_region_state state;
	struct list_head views;
	struct cloison_extent *extent;
	struct kref memory;
	struct cloison_extent *leaving;
	bool allow_pinning;
	bool sealing;
	atomic_t device_writers;
	atomic64_t faults_4k;
	atomic64_t faults_2m;
	atomic64_t faults_1g;
	bool resizing;
	atomic_t changes;
	wait_queue_head_t wait;

	struct mutex measure_lock;
	atomic64_t measured;
	u8 root[SHA256_DIGEST_SIZE];
	bool root_known;
};

struct cloison_region *cloison_region_find(u32 number);
int cloison_region_seal(struct cloison_region *region);
int cloison_region_usable(const struct cloison_region *region);
void cloison_region_hold_memory(struct cloison_region *region);
void cloison_region_drop_memory(struct cloison_region *region);
void cloison_regions_of_pool_gone(struct cloison_pool *pool);

/* ---- grant.c ----------------------------------------------------------- */

/**
 * struct cloison_grant - a further tenant reads a sealed region
 * @node: its way there; owns the memory of this struct
 * @number: 1 or above
 * @of_region: in cloison_region.grants
 */
struct cloison_grant {
	struct cloison_node node;
	u32 number;
	struct list_head of_region;
};

void cloison_grants_revoke(struct cloison_region *region);

/* ---- mapping.c --------------------------------------------------------- */

/**
 * struct cloison_view - one address space into a region: an open file
 *                       description of its node, or an exported dma-buf
 * @node: in cloison_region.views
 * @through: the node it was opened or exported by, referenced: whoever uses the
 *           view is judged as that node's tenant
 * @region: that of @through
 * @offset: first byte of the region that is seen
 * @bytes: how many; zero for an open file, which sees all, whatever that is
 * @seen: cloison_region.changes when it was opened or last asked
 * @writable: opened or exported for writing
 * @giga: a mapping of it may have had an entry of 1 GiB
 * @mapping: zapping this ends every mapping of the view and of no other
 * @own: what @mapping points to for an open file
 * @dmabuf: the exported dma-buf, or NULL
 */
struct cloison_view {
	struct list_head node;
	struct cloison_node *through;
	struct cloison_region *region;
	u64 offset;
	u64 bytes;
	int seen;
	bool writable;
	bool giga;
	struct address_space *mapping;
	struct address_space own;
	struct dma_buf *dmabuf;
};

int cloison_view_add(struct cloison_view *view, struct cloison_node *through);
void cloison_view_remove(struct cloison_view *view);
int cloison_mmap(struct cloison_view *view, struct vm_area_struct *vma);
void cloison_views_zap(struct cloison_region *region, const struct cloison_node *only);
void cloison_mappings_settle(struct cloison_region *region);
void cloison_mappings_zap_all(void);
void cloison_sweep_now(void);
int cloison_sweep_init(void);
void cloison_sweep_exit(void);
extern unsigned int cloison_sweep_ms;

u64 cloison_view_pages(const struct cloison_view *view);

/* An open file of the node, and no dma-buf. */
static inline bool cloison_view_is_file(const struct cloison_view *view)
{
	return view->mapping == &view->own;
}

/* ---- fault.c ----------------------------------------------------------- */

vm_fault_t cloison_insert(struct vm_fault *vmf, struct cloison_view *view, unsigned int order);
bool cloison_may_fit(const struct vm_fault *vmf, const struct cloison_view *view,
		     unsigned int order);
unsigned long cloison_get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
					unsigned long pgoff, unsigned long flags);

/* ---- importer.c -------------------------------------------------------- */

int cloison_importer_attach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment);
void cloison_importer_detach(struct dma_buf *dmabuf, struct dma_buf_attachment *attachment);
int cloison_importer_pin(struct dma_buf_attachment *attachment);
void cloison_importer_unpin(struct dma_buf_attachment *attachment);
struct sg_table *cloison_importer_map(struct dma_buf_attachment *attachment,
				      enum dma_data_direction dir);
void cloison_importer_unmap(struct dma_buf_attachment *attachment, struct sg_table *table,
			    enum dma_data_direction dir);
void cloison_importers_let_go(struct cloison_region *region, const struct cloison_node *only);
ssize_t cloison_importers_show(const struct cloison_node *node, char *buf);
int cloison_importers_init(void);
void cloison_importers_exit(void);

/* ---- region_file.c ----------------------------------------------------- */

extern const struct file_operations cloison_region_fops;
struct cloison_view *cloison_view_of(struct file *file);
void cloison_region_copy(const struct cloison_region *region, u64 offset, void *buffer,
			 size_t bytes, bool write);

/* ---- measure.c --------------------------------------------------------- */

int cloison_measure_init(void);
void cloison_measure_exit(void);
int cloison_region_measure(struct cloison_call *call);

/* ---- guard.c ----------------------------------------------------------- */

int cloison_admit_current(const struct cloison_node *node, enum cloison_access_kind kind);
int cloison_admit_mm(const struct cloison_node *node, struct mm_struct *mm);
bool cloison_guard_attached(void);
int cloison_guard_init(void);

/* ---- guard_hold.c ------------------------------------------------------ */

int cloison_guard_hold(struct cloison_call *call);
int cloison_guard_open(struct cloison_call *call);
void cloison_guard_open_done(struct cloison_call *call);
void cloison_guard_open_undo(struct cloison_call *call);
int cloison_guard_release(struct cloison_call *call);
int cloison_guard_next(struct cloison_call *call);

/* ---- ioctl.c ----------------------------------------------------------- */

/**
 * struct cloison_call - one ioctl under way
 * @file: the device it was called on
 * @args: the kernel's copy of the caller's struct
 * @result: what @run leaves for @done or @undo of its row
 */
struct cloison_call {
	struct file *file;
	void *args;
	void *result;
};

/**
 * struct cloison_ioctl - one row of an ioctl table
 * @cmd: the request
 * @size: sizeof() its struct today
 * @min_size: its size when it first appeared; never changes
 * @admin: needs CAP_SYS_ADMIN
 * @inputs_only: nothing goes back to the caller, so that nothing can fail once
 *               @run has had its effect
 * @run: works on the kernel's copy, which goes back to the caller on success
 * @done: what must not happen before the caller has the outputs, or NULL
 * @undo: takes back what @run did when the outputs could not be copied, or
 *        NULL when @run's effect does not depend on them
 */
struct cloison_ioctl {
	unsigned int cmd;
	u32 size;
	u32 min_size;
	bool admin;
	bool inputs_only;
	int (*run)(struct cloison_call *call);
	void (*done)(struct cloison_call *call);
	void (*undo)(struct cloison_call *call);
};

long cloison_ioctl(struct file *file, unsigned int cmd, unsigned long arg,
		   const struct cloison_ioctl *table, size_t rows);

int cloison_pool_add(struct cloison_call *call);
void cloison_pool_add_undo(struct cloison_call *call);
int cloison_pool_remove(struct cloison_call *call);
int cloison_pool_get(struct cloison_call *call);
int cloison_pool_extent(struct cloison_call *call);
int cloison_tenant_add(struct cloison_call *call);
int cloison_tenant_remove(struct cloison_call *call);
int cloison_tenant_get(struct cloison_call *call);
int cloison_tenant_set(struct cloison_call *call);
int cloison_region_create(struct cloison_call *call);
void cloison_region_create_undo(struct cloison_call *call);
int cloison_region_revoke(struct cloison_call *call);
int cloison_region_destroy(struct cloison_call *call);
int cloison_region_get(struct cloison_call *call);
int cloison_region_resize(struct cloison_call *call);
int cloison_grant_add(struct cloison_call *call);
void cloison_grant_add_undo(struct cloison_call *call);
int cloison_grant_revoke(struct cloison_call *call);
int cloison_grant_get(struct cloison_call *call);
int cloison_region_export(struct cloison_call *call);
void cloison_region_export_done(struct cloison_call *call);
void cloison_region_export_undo(struct cloison_call *call);

int cloison_control_init(void);
void cloison_control_exit(void);

/* ---- sysfs.c ----------------------------------------------------------- */

extern const struct class cloison_region_class;
extern const struct class cloison_pool_class;
extern const struct class cloison_tenant_class;
int cloison_sysfs_init(void);
void cloison_sysfs_exit(void);

const char *cloison_pool_kind_name(enum cloison_pool_kind kind);
const char *cloison_enforcement_name(enum cloison_enforcement level);
const char *cloison_region_state_name(enum cloison_region_state state);

static inline u64 cloison_granules_of(u64 bytes)
{
	return DIV_ROUND_UP_ULL(bytes, CLOISON_GRANULE);
}

/* The granules of a ram pool lie anywhere; those of others are neighbours. */
static inline bool cloison_pool_is_one_piece(const struct cloison_pool *pool)
{
	return pool->kind != CLOISON_POOL_RAM;
}

static inline struct cloison_pool *cloison_pool_of(struct device *dev)
{
	return container_of(dev, struct cloison_pool, dev);
}

static inline struct cloison_tenant *cloison_tenant_of(struct device *dev)
{
	return container_of(dev, struct cloison_tenant, dev);
}

static inline struct cloison_node *cloison_node_of(const struct device *dev)
{
	return container_of(dev, struct cloison_node, dev);
}

#endif /* CLOISON_PRIVATE_H */
