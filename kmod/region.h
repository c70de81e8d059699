/* SPDX-License-Identifier: GPL-2.0-only */
/* Regions: who may reach them, by which node, and what is mapped of them. */
#ifndef CLOISON_REGION_H
#define CLOISON_REGION_H

#include <crypto/sha2.h>
#include <linux/device.h>
#include <linux/dma-direction.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "cloison.h"

struct dma_buf;
struct dma_buf_attachment;
struct sg_table;
struct cloison_call;
struct cloison_extent;
struct cloison_pool;
struct cloison_tenant;

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
 * @space: zapping this ends every mapping of the view and of no other
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
	struct address_space space;
	struct dma_buf *dmabuf;
};

void cloison_view_give_space(struct cloison_view *view, struct file *file);
int cloison_view_add(struct cloison_view *view, struct cloison_node *through);
void cloison_view_remove(struct cloison_view *view);
int cloison_mmap(struct cloison_view *view, struct vm_area_struct *vma);
void cloison_views_zap(struct cloison_region *region, const struct cloison_node *only);
void cloison_mappings_settle(struct cloison_region *region);
void cloison_mappings_zap_all(const struct cloison_tenant *tenant);
void cloison_sweep_now(void);
int cloison_sweep_init(void);
void cloison_sweep_exit(void);
extern unsigned int cloison_sweep_ms;

u64 cloison_view_pages(const struct cloison_view *view);

/* An open file of the node, and no dma-buf. */
static inline bool cloison_view_is_file(const struct cloison_view *view)
{
	return !view->dmabuf;
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
int cloison_region_copy(const struct cloison_region *region, u64 offset, void *buffer, size_t bytes,
			bool write);

/* ---- measure.c --------------------------------------------------------- */

int cloison_measure_init(void);
void cloison_measure_exit(void);
int cloison_region_measure(struct cloison_call *call);

static inline struct cloison_node *cloison_node_of(const struct device *dev)
{
	return container_of(dev, struct cloison_node, dev);
}

#endif /* CLOISON_REGION_H */
