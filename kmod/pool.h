/* SPDX-License-Identifier: GPL-2.0-only */
/* Pools: memory under cloison, which parts of it are whose, and its scrubbing. */
#ifndef CLOISON_POOL_H
#define CLOISON_POOL_H

#include <linux/device.h>
#include <linux/iosys-map.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "cloison.h"
#include "span.h"

#define CLOISON_GRANULE_SHIFT 21

struct pci_dev;
struct cloison_pool;
struct cloison_tenant;

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
int cloison_extents_soil(struct cloison_pool *pool);
int cloison_extent_condemn(struct cloison_pool *pool, u64 granule);

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
 * @failed: of the bytes in quarantine those of failed memory
 */
struct cloison_pool_usage {
	u64 bytes[CLOISON_EXTENT_QUARANTINED + 1];
	u64 largest_free;
	u64 largest_clean;
	u64 free_runs;
	u64 failed;
};

void cloison_pool_usage(struct cloison_pool *pool, struct cloison_pool_usage *usage);

/* ---- pool.c ------------------------------------------------------------ */

/**
 * struct cloison_pool_ops - what kinds of pools do differently
 * @map: a kernel mapping of one granule, good for all of it
 * @pfn: the page frame at a byte offset
 * @failed: whether the hardware reported an error in these bytes, which nobody may
 *          touch then; NULL if such a thing is not known of this kind
 * @release: gives the memory back to where it came from
 */
struct cloison_pool_ops {
	void (*map)(struct cloison_pool *pool, u64 granule, struct iosys_map *map);
	unsigned long (*pfn)(struct cloison_pool *pool, u64 offset);
	bool (*failed)(struct cloison_pool *pool, u64 offset, u64 bytes);
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
 * @reset_between: the function is reset before another tenant gets a region
 * @served: the tenant whose region was made last, referenced; only if so
 * @reset_due: and has not been since; written under cloison_topology or @handover
 * @handover: one handover at a time
 * @gone: the device was removed; nothing touches the memory any more. Written
 *        under cloison_topology, read inside cloison_srcu or under @lock
 * @memory_errors: how many the hardware has reported; written under
 *                 cloison_topology
 * @lock: the extents and what counts them, @changes and @closing
 * @unclean: what is not clean; each span is of a struct cloison_extent
 * @taken: what is in use or in quarantine; its gaps are free, clean or not
 * @dirty: extents that wait for their scrub, the oldest first
 * @in_state: granules, indexed by enum cloison_extent_state
 * @failed: how many of those in quarantine are there for an error of the memory
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
	bool reset_between;
	bool reset_due;
	struct cloison_tenant *served;
	struct mutex handover;
	bool gone;
	u32 memory_errors;

	struct mutex lock;
	struct cloison_spans unclean;
	struct cloison_spans taken;
	struct list_head dirty;
	u64 in_state[CLOISON_EXTENT_QUARANTINED + 1];
	u64 failed;
	u64 changes;
	bool closing;
	struct cloison_scrubber scrubbers[CLOISON_SCRUBBERS];
	unsigned int scrubber_count;
	wait_queue_head_t wait;
	char name[CLOISON_NAME_SIZE];
};

struct cloison_pool *cloison_pool_find(u32 number);
bool cloison_pool_has_bar(const struct pci_dev *pci, u32 bar);
const struct cloison_pool *cloison_pool_of_function(const struct pci_dev *pci);
void cloison_pools_of_pci_gone(struct pci_dev *pci);
struct cloison_pool *cloison_pool_of_pfn(unsigned long pfn, u64 *offset);
const struct cloison_pool *cloison_pool_that_sleep_harms(bool hibernation);
void cloison_pools_destroy(void);

int cloison_pool_ram_init(struct cloison_pool *pool, const struct cloison_pool_add *args);
int cloison_pool_reserved_init(struct cloison_pool *pool, const struct cloison_pool_add *args);
int cloison_pool_pci_init(struct cloison_pool *pool, const struct cloison_pool_add *args);
int cloison_pci_register(void);
void cloison_pci_unregister(void);

/* ---- handover.c -------------------------------------------------------- */

int cloison_handover_reserve(struct cloison_pool *pool, struct cloison_tenant *tenant);
int cloison_handover(struct cloison_pool *pool);

/* ---- memory_error.c ---------------------------------------------------- */

extern bool cloison_memory_errors_heard;

void cloison_memory_errors_init(void);
void cloison_memory_errors_exit(void);

/**
 * cloison_memory_failed - may these bytes not be touched any more?
 * @pool: where
 * @offset: from its beginning
 * @bytes: how many
 *
 * Asks page by page only where an error is known, or would not have been.
 */
static inline bool cloison_memory_failed(struct cloison_pool *pool, u64 offset, u64 bytes)
{
	return pool->ops->failed &&
	       (READ_ONCE(pool->memory_errors) || !cloison_memory_errors_heard) &&
	       pool->ops->failed(pool, offset, bytes);
}

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

#endif /* CLOISON_POOL_H */
