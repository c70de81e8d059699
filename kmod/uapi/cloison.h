/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * cloison: isolated accelerator memory for the tenants of an inference host.
 *
 * This is the only header that the kernel module and userspace share. The
 * guard (BPF) includes it too, for struct cloison_access.
 *
 * Conventions, for every ioctl below:
 *
 *  - @size is sizeof() of the caller's struct. A smaller struct than the
 *    kernel's is completed with zeros; a larger one is taken if the unknown
 *    tail is zero. Fields are only ever appended.
 *  - @flags has the CLOISON_*_FLAG_* bits of that ioctl, else zero.
 *  - Reserved fields must be zero. Outputs are named out_*; the kernel writes
 *    all of them on success and none on failure.
 *  - Bytes are bytes, never pages. Names are NUL terminated; see
 *    CLOISON_NAME_SIZE.
 *
 * Errors, the same for every ioctl, open(), mmap(), read() and write():
 *
 *  ENOTTY      this device has no such ioctl
 *  E2BIG       @size is larger than the kernel's and the tail is not zero
 *  EOPNOTSUPP  a known field holds a value this kernel does not support
 *              (an unknown flag bit, pool kind, importer of a dma-buf)
 *  EINVAL      a wrong value: @size too small, a reserved field not zero,
 *              a malformed name, a range outside the object
 *  EFAULT      the struct is not readable and writable memory
 *  EBADF       a descriptor field does not hold a usable descriptor
 *  ENOENT      no object with that number
 *  EEXIST      an object with that name or number exists; so does the node
 *              "control", whose name no tenant gets
 *  EBUSY       the object is in use: a tenant with regions or grants, a pool
 *              with regions, a PCI BAR or address range that somebody claimed, a
 *              cgroup at, above or below another tenant's, a region that is
 *              to be resized and is mapped, or to be mapped and is resized
 *  EACCES      not your tenant, or the guard does not admit the access
 *  EDQUOT      the tenant's quota does not allow it
 *  ENOSPC      no free extent of the pool is large enough
 *  EPERM       the region is sealed, or would have to be, or the caller lacks
 *              CAP_SYS_ADMIN in the initial user namespace
 *  ENODEV      the pool is gone
 *  ESTALE      the region or the grant was revoked
 *  EIO         the memory could not be scrubbed; the range is quarantined
 *  ENOMEM      the kernel has no memory for its own bookkeeping
 *  EINTR       a signal came while waiting; nothing changed
 */
#ifndef CLOISON_UAPI_H
#define CLOISON_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define CLOISON_IOCTL_TYPE 0xE1

/**
 * CLOISON_NAME_SIZE - size of every name field, terminating NUL included.
 *
 * A name has 1 to 63 characters of ``A-Z a-z 0-9 - _``; a region's name may
 * also have ``.``. The first character is a letter or a digit. All bytes after
 * the NUL must be zero.
 */
#define CLOISON_NAME_SIZE 64

/**
 * CLOISON_GRANULE - bytes in which pools are handed out (2 MiB).
 *
 * A region's memory is rounded up to whole granules; so is what it costs of
 * its tenant's quota.
 */
#define CLOISON_GRANULE 0x200000ULL

/** CLOISON_MAX_TENANTS - how many tenants one host may have. */
#define CLOISON_MAX_TENANTS 4096

/** CLOISON_MAX_REGIONS - how many regions one host may have. */
#define CLOISON_MAX_REGIONS 65536

/** CLOISON_MAX_GRANTS - how many grants one host may have. */
#define CLOISON_MAX_GRANTS 65536

/** enum cloison_pool_kind - where a pool's memory comes from. */
enum cloison_pool_kind {
	/** @CLOISON_POOL_RAM: allocated from the kernel, on one NUMA node */
	CLOISON_POOL_RAM = 1,
	/** @CLOISON_POOL_RESERVED: a range kept out of the kernel's hands at boot */
	CLOISON_POOL_RESERVED = 2,
	/** @CLOISON_POOL_PCI: a memory BAR of a PCI function */
	CLOISON_POOL_PCI = 3,
};

/** enum cloison_extent_state - what a part of a pool is doing. */
enum cloison_extent_state {
	/** @CLOISON_EXTENT_CLEAN: free, and known to be zero */
	CLOISON_EXTENT_CLEAN = 1,
	/** @CLOISON_EXTENT_DIRTY: free, waits for its scrub */
	CLOISON_EXTENT_DIRTY = 2,
	/** @CLOISON_EXTENT_SCRUBBING: free, being scrubbed now */
	CLOISON_EXTENT_SCRUBBING = 3,
	/** @CLOISON_EXTENT_USED: belongs to a region */
	CLOISON_EXTENT_USED = 4,
	/** @CLOISON_EXTENT_QUARANTINED: a scrub failed; never handed out again */
	CLOISON_EXTENT_QUARANTINED = 5,
};

/** enum cloison_region_state - the life of a region. */
enum cloison_region_state {
	/** @CLOISON_REGION_READY: may be read and written */
	CLOISON_REGION_READY = 1,
	/** @CLOISON_REGION_SEALED: may be read; writing has ended for good */
	CLOISON_REGION_SEALED = 2,
	/** @CLOISON_REGION_REVOKED: every use answers ESTALE or SIGBUS */
	CLOISON_REGION_REVOKED = 3,
	/** @CLOISON_REGION_GONE: its pool's device was removed: ENODEV */
	CLOISON_REGION_GONE = 4,
};

/**
 * enum cloison_enforcement - who is confined by a region's wall.
 *
 * Ordered: a higher level includes the lower ones.
 */
enum cloison_enforcement {
	/** @CLOISON_ENFORCE_CPU: mappings by the CPU are confined */
	CLOISON_ENFORCE_CPU = 1,
	/** @CLOISON_ENFORCE_IOMMU: devices' DMA is confined too */
	CLOISON_ENFORCE_IOMMU = 2,
	/** @CLOISON_ENFORCE_DEVICE: the accelerator's own engines are confined too */
	CLOISON_ENFORCE_DEVICE = 3,
};

/** enum cloison_access_kind - what a task was about to do with a region. */
enum cloison_access_kind {
	/** @CLOISON_ACCESS_OPEN: open(2) of the node */
	CLOISON_ACCESS_OPEN = 1,
	/** @CLOISON_ACCESS_READ: read(2) and its kin */
	CLOISON_ACCESS_READ = 2,
	/** @CLOISON_ACCESS_WRITE: write(2) and its kin */
	CLOISON_ACCESS_WRITE = 3,
	/** @CLOISON_ACCESS_MMAP: mmap(2) of the node or of its dma-buf */
	CLOISON_ACCESS_MMAP = 4,
	/** @CLOISON_ACCESS_FAULT: first touch of a page of a mapping */
	CLOISON_ACCESS_FAULT = 5,
	/** @CLOISON_ACCESS_IOCTL: ioctl(2) on the node */
	CLOISON_ACCESS_IOCTL = 6,
	/** @CLOISON_ACCESS_SWEEP: the periodic question about a live mapping */
	CLOISON_ACCESS_SWEEP = 7,
};

/**
 * struct cloison_access - the question that the module asks of the guard.
 * @tenant: number of the tenant whose node was opened: the region's owner, or one
 *          that it is granted to
 * @region: number of the region
 * @kind: enum cloison_access_kind
 * @flags: zero; for later use
 * @generation: of the region; tells regions apart that had the same number one after another
 * @cgroup_id: id of the cgroup the caller is in, as in struct cloison_tenant_get
 *
 * Passed to cloison_guard_ops.admit() (kmod/guard_ops.h). The module has
 * already found that the caller's cgroup lies at or below the tenant's.
 */
struct cloison_access {
	__u32 tenant;
	__u32 region;
	__u32 kind;
	__u32 flags;
	__aligned_u64 generation;
	__aligned_u64 cgroup_id;
};

/* ---- /dev/cloison/control -------------------------------------------- */

/**
 * CLOISON_GET_FLAG_NEXT - in the *_GET ioctls: answer for the object with the
 * smallest number that is not below the one asked for; ENOENT at the end.
 */
#define CLOISON_GET_FLAG_NEXT 0x1

/** enum cloison_feature - bits of &cloison_query.out_features. */
enum cloison_feature {
	/** @CLOISON_FEATURE_SEAL: CLOISON_REGION_SEAL */
	CLOISON_FEATURE_SEAL = 1 << 0,
	/** @CLOISON_FEATURE_EXPORT: CLOISON_REGION_EXPORT */
	CLOISON_FEATURE_EXPORT = 1 << 1,
	/** @CLOISON_FEATURE_MEASURE: CLOISON_REGION_MEASURE */
	CLOISON_FEATURE_MEASURE = 1 << 2,
	/** @CLOISON_FEATURE_GUARD_HOLD: CLOISON_GUARD_HOLD and its kin */
	CLOISON_FEATURE_GUARD_HOLD = 1 << 3,
	/** @CLOISON_FEATURE_TENANT_SET: CLOISON_TENANT_SET */
	CLOISON_FEATURE_TENANT_SET = 1 << 4,
	/** @CLOISON_FEATURE_GRANT: CLOISON_GRANT_ADD, _REVOKE and _GET */
	CLOISON_FEATURE_GRANT = 1 << 5,
	/** @CLOISON_FEATURE_RESIZE: CLOISON_REGION_RESIZE */
	CLOISON_FEATURE_RESIZE = 1 << 6,
};

/**
 * struct cloison_query - CLOISON_QUERY: what this module can do.
 * @size: sizeof(struct cloison_query)
 * @flags: must be zero
 * @out_features: enum cloison_feature bits
 * @out_granule: bytes in which pools are handed out
 * @out_max_tenants: see CLOISON_MAX_TENANTS
 * @out_max_regions: see CLOISON_MAX_REGIONS
 * @out_guard: 1 while a guard is attached, else 0 (then no access is admitted)
 * @out_sweep_ms: milliseconds between two questions about a live mapping
 *
 * Needs no capability.
 */
struct cloison_query {
	__u32 size;
	__u32 flags;
	__aligned_u64 out_features;
	__aligned_u64 out_granule;
	__u32 out_max_tenants;
	__u32 out_max_regions;
	__u32 out_guard;
	__u32 out_sweep_ms;
};
#define CLOISON_QUERY _IO(CLOISON_IOCTL_TYPE, 0x00)

/**
 * CLOISON_POOL_BUS_MASTER - in struct cloison_pool_add: the function may reach
 * the host's memory by DMA. Without it a CLOISON_POOL_PCI's may not.
 */
#define CLOISON_POOL_BUS_MASTER 0x1

/**
 * struct cloison_pool_add - CLOISON_POOL_ADD: put memory under cloison.
 * @size: sizeof(struct cloison_pool_add)
 * @flags: CLOISON_POOL_BUS_MASTER or zero
 * @kind: enum cloison_pool_kind
 * @numa_node: CLOISON_POOL_RAM: the node to allocate on, -1 for any;
 *             otherwise -1 (the memory knows its node)
 * @start: CLOISON_POOL_RESERVED: physical address, a multiple of the granule;
 *         otherwise zero
 * @bytes: how much, a multiple of the granule. CLOISON_POOL_PCI: zero takes
 *         all whole granules of the BAR
 * @pci_address: CLOISON_POOL_PCI: segment << 16 | bus << 8 | device << 3 |
 *               function; the function must be bound to the driver "cloison"
 * @pci_bar: CLOISON_POOL_PCI: number of the BAR, 0 to 5
 * @name: the pool's name
 * @out_pool: the pool's number, 1 or above
 * @reserved: must be zero
 *
 * The pool's memory counts as dirty until it has been scrubbed.
 */
struct cloison_pool_add {
	__u32 size;
	__u32 flags;
	__u32 kind;
	__s32 numa_node;
	__aligned_u64 start;
	__aligned_u64 bytes;
	__u32 pci_address;
	__u32 pci_bar;
	__u8 name[CLOISON_NAME_SIZE];
	__u32 out_pool;
	__u32 reserved;
};
#define CLOISON_POOL_ADD _IO(CLOISON_IOCTL_TYPE, 0x01)

/**
 * struct cloison_pool_remove - CLOISON_POOL_REMOVE: scrub a pool and let go.
 * @size: sizeof(struct cloison_pool_remove)
 * @flags: must be zero
 * @pool: the pool's number
 * @reserved: must be zero
 *
 * EBUSY while it has regions, revoked ones included. Waits until all of it is
 * scrubbed; EIO if part of it could not be, and the pool stays.
 */
struct cloison_pool_remove {
	__u32 size;
	__u32 flags;
	__u32 pool;
	__u32 reserved;
};
#define CLOISON_POOL_REMOVE _IO(CLOISON_IOCTL_TYPE, 0x02)

/**
 * struct cloison_pool_get - CLOISON_POOL_GET: look at a pool.
 * @size: sizeof(struct cloison_pool_get)
 * @flags: CLOISON_GET_FLAG_NEXT or zero
 * @pool: the number asked for
 * @out_pool: the pool's number
 * @out_kind: enum cloison_pool_kind
 * @out_numa_node: where the memory is, -1 if unknown
 * @out_start: physical address
 * @out_bytes: all of it
 * @out_clean: free and scrubbed bytes
 * @out_dirty: free bytes that wait for their scrub or are in it
 * @out_used: bytes in regions
 * @out_quarantined: bytes that could not be scrubbed
 * @out_largest_free: bytes of the largest free extent, clean or dirty
 * @out_regions: number of regions
 * @out_pci_address: as in struct cloison_pool_add, else zero
 * @out_pci_bar: as in struct cloison_pool_add, else zero
 * @out_enforcement: enum cloison_enforcement of regions made here
 * @out_name: the pool's name
 * @out_free_runs: in how many runs the free bytes lie, clean or dirty; one if
 *                 nothing is fragmented
 * @out_largest_clean: bytes of the largest run that is clean: what a region can
 *                     have without waiting for a scrub
 *
 * Needs no capability.
 */
struct cloison_pool_get {
	__u32 size;
	__u32 flags;
	__u32 pool;
	__u32 out_pool;
	__u32 out_kind;
	__s32 out_numa_node;
	__aligned_u64 out_start;
	__aligned_u64 out_bytes;
	__aligned_u64 out_clean;
	__aligned_u64 out_dirty;
	__aligned_u64 out_used;
	__aligned_u64 out_quarantined;
	__aligned_u64 out_largest_free;
	__u32 out_regions;
	__u32 out_pci_address;
	__u32 out_pci_bar;
	__u32 out_enforcement;
	__u8 out_name[CLOISON_NAME_SIZE];
	__aligned_u64 out_free_runs;
	__aligned_u64 out_largest_clean;
};
#define CLOISON_POOL_GET _IO(CLOISON_IOCTL_TYPE, 0x03)

/**
 * struct cloison_pool_extent - CLOISON_POOL_EXTENT: walk a pool's extents.
 * @size: sizeof(struct cloison_pool_extent)
 * @flags: must be zero
 * @pool: the pool's number
 * @out_state: enum cloison_extent_state
 * @offset: an offset in the pool, in bytes
 * @out_offset: where the extent that holds @offset begins
 * @out_bytes: its length
 * @out_region: CLOISON_EXTENT_USED: the region's number, else zero
 * @out_tenant: CLOISON_EXTENT_USED: its tenant's number, else zero
 *
 * Neighbouring extents may have the same state. ENOENT when @offset is at or
 * behind the pool's end. Needs no capability.
 */
struct cloison_pool_extent {
	__u32 size;
	__u32 flags;
	__u32 pool;
	__u32 out_state;
	__aligned_u64 offset;
	__aligned_u64 out_offset;
	__aligned_u64 out_bytes;
	__u32 out_region;
	__u32 out_tenant;
};
#define CLOISON_POOL_EXTENT _IO(CLOISON_IOCTL_TYPE, 0x04)

/**
 * struct cloison_tenant_add - CLOISON_TENANT_ADD: make a tenant.
 * @size: sizeof(struct cloison_tenant_add)
 * @flags: must be zero
 * @tenant: its number, 1 to 0x7fffffff, chosen by the admin
 * @cgroup_fd: descriptor of its cgroup v2 directory, which must be neither
 *             the root, nor at, above or below that of another tenant
 * @quota: bytes its regions may take together; zero means none
 * @name: its name
 */
struct cloison_tenant_add {
	__u32 size;
	__u32 flags;
	__u32 tenant;
	__s32 cgroup_fd;
	__aligned_u64 quota;
	__u8 name[CLOISON_NAME_SIZE];
};
#define CLOISON_TENANT_ADD _IO(CLOISON_IOCTL_TYPE, 0x10)

/**
 * struct cloison_tenant_remove - CLOISON_TENANT_REMOVE: end a tenant.
 * @size: sizeof(struct cloison_tenant_remove)
 * @flags: must be zero
 * @tenant: its number
 * @reserved: must be zero
 *
 * EBUSY while it has regions, or grants of others'.
 */
struct cloison_tenant_remove {
	__u32 size;
	__u32 flags;
	__u32 tenant;
	__u32 reserved;
};
#define CLOISON_TENANT_REMOVE _IO(CLOISON_IOCTL_TYPE, 0x11)

/**
 * struct cloison_tenant_get - CLOISON_TENANT_GET: look at a tenant.
 * @size: sizeof(struct cloison_tenant_get)
 * @flags: CLOISON_GET_FLAG_NEXT or zero
 * @tenant: the number asked for
 * @out_tenant: its number
 * @out_quota: bytes its regions may take together
 * @out_used: bytes they take, in whole granules
 * @out_cgroup_id: id of its cgroup (the inode number of the directory)
 * @out_regions: how many regions it has
 * @reserved: must be zero
 * @out_name: its name
 *
 * Needs no capability.
 */
struct cloison_tenant_get {
	__u32 size;
	__u32 flags;
	__u32 tenant;
	__u32 out_tenant;
	__aligned_u64 out_quota;
	__aligned_u64 out_used;
	__aligned_u64 out_cgroup_id;
	__u32 out_regions;
	__u32 reserved;
	__u8 out_name[CLOISON_NAME_SIZE];
};
#define CLOISON_TENANT_GET _IO(CLOISON_IOCTL_TYPE, 0x12)

/**
 * struct cloison_tenant_set - CLOISON_TENANT_SET: give a tenant another quota.
 * @size: sizeof(struct cloison_tenant_set)
 * @flags: must be zero
 * @tenant: its number
 * @reserved: must be zero
 * @quota: bytes its regions may take together from now on
 *
 * EDQUOT if they take more already: nobody loses memory by a number.
 */
struct cloison_tenant_set {
	__u32 size;
	__u32 flags;
	__u32 tenant;
	__u32 reserved;
	__aligned_u64 quota;
};
#define CLOISON_TENANT_SET _IO(CLOISON_IOCTL_TYPE, 0x13)

/**
 * CLOISON_REGION_ALLOW_PINNING - in struct cloison_region_create: devices that
 * cannot be told to let go may attach to the region's dma-bufs too. Its memory
 * is not scrubbed while they hold it, and CLOISON_REGION_DESTROY answers EBUSY.
 */
#define CLOISON_REGION_ALLOW_PINNING 0x1

/**
 * struct cloison_region_create - CLOISON_REGION_CREATE: make a region.
 * @size: sizeof(struct cloison_region_create)
 * @flags: CLOISON_REGION_ALLOW_PINNING or zero
 * @tenant: number of the tenant that will own it
 * @pool: number of the pool to take it from
 * @bytes: its size, not zero; the memory behind it is rounded up to granules
 * @uid: owner of the node, in the initial user namespace
 * @gid: group of the node, likewise
 * @mode: permission bits of the node, at most 0770: none for others
 * @out_region: its number
 * @name: its name, the last part of /dev/cloison/<tenant>/<region>
 * @align_shift: its physical address is a multiple of 2^@align_shift: 21 to 30,
 *               not above 21 in a CLOISON_POOL_RAM (EOPNOTSUPP). Zero leaves it
 *               to the kernel, which aligns 1 GiB and more to 1 GiB if a clean
 *               extent allows it, and everything to 2 MiB
 * @reserved: must be zero
 *
 * Waits for a scrub if no extent that is clean is large enough. The region
 * reads as zeros.
 */
struct cloison_region_create {
	__u32 size;
	__u32 flags;
	__u32 tenant;
	__u32 pool;
	__aligned_u64 bytes;
	__u32 uid;
	__u32 gid;
	__u32 mode;
	__u32 out_region;
	__u8 name[CLOISON_NAME_SIZE];
	__u32 align_shift;
	__u32 reserved;
};
#define CLOISON_REGION_CREATE _IO(CLOISON_IOCTL_TYPE, 0x20)

/**
 * struct cloison_region_number - argument of the ioctls that name a region.
 * @size: sizeof(struct cloison_region_number)
 * @flags: must be zero
 * @region: the region's number
 * @reserved: must be zero
 *
 * CLOISON_REGION_REVOKE ends every use of the region at once and for good:
 * mappings die (SIGBUS), descriptors answer ESTALE, and the memory goes to the
 * scrubber once the devices that have it mapped, which are told to let go, have
 * done so. The node stays, and the quota is charged, until
 * CLOISON_REGION_DESTROY. Revoking again is no error.
 *
 * CLOISON_REGION_DESTROY revokes and removes the node. It does not wait for
 * the scrub. EBUSY while a device has the memory mapped: the region is revoked,
 * and what holds it stands in its sysfs attribute "importers".
 */
struct cloison_region_number {
	__u32 size;
	__u32 flags;
	__u32 region;
	__u32 reserved;
};
#define CLOISON_REGION_REVOKE _IO(CLOISON_IOCTL_TYPE, 0x21)
#define CLOISON_REGION_DESTROY _IO(CLOISON_IOCTL_TYPE, 0x22)

/**
 * struct cloison_region_get - CLOISON_REGION_GET: look at a region.
 * @size: sizeof(struct cloison_region_get)
 * @flags: CLOISON_GET_FLAG_NEXT or zero
 * @region: the number asked for
 * @out_region: its number
 * @out_tenant: number of the tenant that owns it
 * @out_pool: number of the pool it was taken from
 * @out_state: enum cloison_region_state
 * @out_enforcement: enum cloison_enforcement
 * @out_bytes: its size
 * @out_offset: where it begins, or before its revocation began, in the pool
 * @out_generation: larger than that of every region made before; tells regions
 *                  apart that had the same number one after another
 * @out_uid: owner of the node
 * @out_gid: group of the node
 * @out_mode: permission bits of the node
 * @out_major: device number of the node
 * @out_minor: device number of the node
 * @out_opens: open descriptions of the node and of its dma-bufs
 * @out_mappings: live mappings
 * @reserved: must be zero
 * @out_name: its name
 *
 * Needs no capability.
 */
struct cloison_region_get {
	__u32 size;
	__u32 flags;
	__u32 region;
	__u32 out_region;
	__u32 out_tenant;
	__u32 out_pool;
	__u32 out_state;
	__u32 out_enforcement;
	__aligned_u64 out_bytes;
	__aligned_u64 out_offset;
	__aligned_u64 out_generation;
	__u32 out_uid;
	__u32 out_gid;
	__u32 out_mode;
	__u32 out_major;
	__u32 out_minor;
	__u32 out_opens;
	__u32 out_mappings;
	__u32 reserved;
	__u8 out_name[CLOISON_NAME_SIZE];
};
#define CLOISON_REGION_GET _IO(CLOISON_IOCTL_TYPE, 0x23)

/**
 * struct cloison_region_resize - CLOISON_REGION_RESIZE: make it larger or smaller.
 * @size: sizeof(struct cloison_region_resize)
 * @flags: must be zero
 * @region: the region's number
 * @reserved: must be zero
 * @bytes: its new size, not zero
 *
 * EBUSY while it is mapped, has a dma-buf or is being resized. Open descriptors
 * stay and see the new size; until it is reached reads go on, writes wait, and
 * mapping and exporting answer EBUSY. What it grows by reads as zeros: granules
 * behind it if they are free, else all of it moves to where there is room, and
 * its old place is scrubbed. What it shrinks by is scrubbed. Its alignment when
 * it was created is not kept by a move. Sealed regions keep their size (EPERM).
 * After a failure nothing has changed.
 */
struct cloison_region_resize {
	__u32 size;
	__u32 flags;
	__u32 region;
	__u32 reserved;
	__aligned_u64 bytes;
};
#define CLOISON_REGION_RESIZE _IO(CLOISON_IOCTL_TYPE, 0x27)

/**
 * struct cloison_grant_add - CLOISON_GRANT_ADD: let another tenant read a region.
 * @size: sizeof(struct cloison_grant_add)
 * @flags: must be zero
 * @region: number of the region
 * @tenant: number of the tenant that will read it: not its owner (EINVAL), and
 *          once only (EEXIST)
 * @uid: owner of the node, in the initial user namespace
 * @gid: group of the node, likewise
 * @mode: permission bits of the node, at most 0550: nobody writes
 * @out_grant: the grant's number, 1 or above
 * @name: the last part of /dev/cloison/<tenant>/<name>; no region or other grant
 *        of that tenant has it (EEXIST)
 *
 * Only what is sealed can be granted, else EPERM. Nobody's quota is charged.
 * Whoever opens the node is judged as its tenant; opening it to write answers
 * EPERM. The grant ends with CLOISON_GRANT_REVOKE or with the region: once that
 * is revoked or gone, the node answers as the region's own.
 */
struct cloison_grant_add {
	__u32 size;
	__u32 flags;
	__u32 region;
	__u32 tenant;
	__u32 uid;
	__u32 gid;
	__u32 mode;
	__u32 out_grant;
	__u8 name[CLOISON_NAME_SIZE];
};
#define CLOISON_GRANT_ADD _IO(CLOISON_IOCTL_TYPE, 0x24)

/**
 * struct cloison_grant_number - CLOISON_GRANT_REVOKE: end one grant.
 * @size: sizeof(struct cloison_grant_number)
 * @flags: must be zero
 * @grant: the grant's number
 * @reserved: must be zero
 *
 * The node is gone, mappings made by it die (SIGBUS), its descriptors answer
 * ESTALE. The region, its owner and those it is granted to otherwise go on.
 */
struct cloison_grant_number {
	__u32 size;
	__u32 flags;
	__u32 grant;
	__u32 reserved;
};
#define CLOISON_GRANT_REVOKE _IO(CLOISON_IOCTL_TYPE, 0x25)

/**
 * struct cloison_grant_get - CLOISON_GRANT_GET: look at a grant.
 * @size: sizeof(struct cloison_grant_get)
 * @flags: CLOISON_GET_FLAG_NEXT or zero
 * @grant: the number asked for
 * @out_grant: its number
 * @out_region: number of the region
 * @out_owner: number of the region's tenant
 * @out_tenant: number of the tenant that reads it
 * @out_uid: owner of the node
 * @out_gid: group of the node
 * @out_mode: permission bits of the node
 * @out_major: device number of the node
 * @out_minor: device number of the node
 * @out_opens: open descriptions of the node and of its dma-bufs
 * @out_mappings: live mappings made by it
 * @out_name: the node's name
 *
 * Needs no capability.
 */
struct cloison_grant_get {
	__u32 size;
	__u32 flags;
	__u32 grant;
	__u32 out_grant;
	__u32 out_region;
	__u32 out_owner;
	__u32 out_tenant;
	__u32 out_uid;
	__u32 out_gid;
	__u32 out_mode;
	__u32 out_major;
	__u32 out_minor;
	__u32 out_opens;
	__u32 out_mappings;
	__u8 out_name[CLOISON_NAME_SIZE];
};
#define CLOISON_GRANT_GET _IO(CLOISON_IOCTL_TYPE, 0x26)

/**
 * CLOISON_GUARD_NAME_SIZE - size of a held object's name, terminating NUL
 * included.
 *
 * A name is words of ``A-Z a-z 0-9 - _ .`` with slashes between them, such as
 * ``tenants/acme/links/egress``. All bytes after the NUL must be zero.
 */
#define CLOISON_GUARD_NAME_SIZE 128

/**
 * struct cloison_guard_hold - CLOISON_GUARD_HOLD: keep a BPF object alive.
 * @size: sizeof(struct cloison_guard_hold)
 * @flags: must be zero
 * @fd: descriptor of a BPF link, program or map; EBADF for anything else
 * @reserved: must be zero
 * @name: under which it can be had again; what was held by that name is let go
 *
 * The object lives, and a link stays attached, with no process and no pin that
 * has it, until CLOISON_GUARD_RELEASE. The module cannot be unloaded meanwhile.
 */
struct cloison_guard_hold {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u32 reserved;
	__u8 name[CLOISON_GUARD_NAME_SIZE];
};
#define CLOISON_GUARD_HOLD _IO(CLOISON_IOCTL_TYPE, 0x30)

/**
 * struct cloison_guard_open - CLOISON_GUARD_OPEN: have what is held.
 * @size: sizeof(struct cloison_guard_open)
 * @flags: must be zero
 * @out_fd: the new descriptor, which is closed on exec
 * @reserved: must be zero
 * @name: its name
 */
struct cloison_guard_open {
	__u32 size;
	__u32 flags;
	__s32 out_fd;
	__u32 reserved;
	__u8 name[CLOISON_GUARD_NAME_SIZE];
};
#define CLOISON_GUARD_OPEN _IO(CLOISON_IOCTL_TYPE, 0x31)

/** CLOISON_GUARD_FLAG_BELOW - release all whose names begin with name and "/". */
#define CLOISON_GUARD_FLAG_BELOW 0x1

/**
 * struct cloison_guard_release - CLOISON_GUARD_RELEASE: let go of what is held.
 * @size: sizeof(struct cloison_guard_release)
 * @flags: CLOISON_GUARD_FLAG_BELOW or zero
 * @name: its name; with CLOISON_GUARD_FLAG_BELOW an empty one means all
 *
 * What nobody else has ends at once; a link is detached. With
 * CLOISON_GUARD_FLAG_BELOW it is no error if there is none.
 */
struct cloison_guard_release {
	__u32 size;
	__u32 flags;
	__u8 name[CLOISON_GUARD_NAME_SIZE];
};
#define CLOISON_GUARD_RELEASE _IO(CLOISON_IOCTL_TYPE, 0x32)

/**
 * struct cloison_guard_next - CLOISON_GUARD_NEXT: walk what is held.
 * @size: sizeof(struct cloison_guard_next)
 * @flags: must be zero
 * @name: a name, held or not; empty to begin
 * @out_name: the next one behind it, by the bytes' order; ENOENT at the end
 */
struct cloison_guard_next {
	__u32 size;
	__u32 flags;
	__u8 name[CLOISON_GUARD_NAME_SIZE];
	__u8 out_name[CLOISON_GUARD_NAME_SIZE];
};
#define CLOISON_GUARD_NEXT _IO(CLOISON_IOCTL_TYPE, 0x33)

/* ---- /dev/cloison/<tenant>/<region> ----------------------------------- */

/**
 * struct cloison_region_info - CLOISON_REGION_INFO: what this node is.
 * @size: sizeof(struct cloison_region_info)
 * @flags: must be zero
 * @out_bytes: the region's size
 * @out_generation: as in struct cloison_region_get
 * @out_region: the region's number
 * @out_tenant: number of the tenant whose node this is
 * @out_state: enum cloison_region_state
 * @out_enforcement: enum cloison_enforcement
 * @out_name: the node's name
 * @out_tenant_name: that tenant's name
 * @out_grant: number of the grant if the region is another tenant's, else zero
 * @reserved: must be zero
 *
 * From now on poll(2) on this descriptor tells by POLLPRI of changes of size or
 * state that came later.
 */
struct cloison_region_info {
	__u32 size;
	__u32 flags;
	__aligned_u64 out_bytes;
	__aligned_u64 out_generation;
	__u32 out_region;
	__u32 out_tenant;
	__u32 out_state;
	__u32 out_enforcement;
	__u8 out_name[CLOISON_NAME_SIZE];
	__u8 out_tenant_name[CLOISON_NAME_SIZE];
	__u32 out_grant;
	__u32 reserved;
};
#define CLOISON_REGION_INFO _IO(CLOISON_IOCTL_TYPE, 0x40)

/**
 * struct cloison_region_seal - CLOISON_REGION_SEAL: end all writing for good.
 * @size: sizeof(struct cloison_region_seal)
 * @flags: must be zero
 *
 * Needs a descriptor that is open for writing. Writable mappings die
 * (SIGBUS); further writes answer EPERM. Sealing again is no error. EBUSY while
 * a device has the region mapped for writing and has not let go yet.
 */
struct cloison_region_seal {
	__u32 size;
	__u32 flags;
};
#define CLOISON_REGION_SEAL _IO(CLOISON_IOCTL_TYPE, 0x41)

/**
 * struct cloison_region_export - CLOISON_REGION_EXPORT: as a dma-buf.
 * @size: sizeof(struct cloison_region_export)
 * @flags: must be zero
 * @offset: where to begin, a multiple of the page size
 * @bytes: how much, a multiple of the page size; zero means to the end
 * @fd_flags: O_CLOEXEC, and O_RDWR or O_RDONLY, not beyond what this
 *            descriptor was opened for
 * @out_fd: the new descriptor
 *
 * Mappings of the dma-buf are judged, sealed and revoked like the region's own.
 * A device that attaches gets EOPNOTSUPP unless it can be told to let go or the
 * region allows pinning, and, except for a CLOISON_POOL_RAM, it can take memory
 * without pages; EACCES if it wants to write and the dma-buf is read-only.
 */
struct cloison_region_export {
	__u32 size;
	__u32 flags;
	__aligned_u64 offset;
	__aligned_u64 bytes;
	__u32 fd_flags;
	__s32 out_fd;
};
#define CLOISON_REGION_EXPORT _IO(CLOISON_IOCTL_TYPE, 0x42)

/** CLOISON_ROOT_SIZE - bytes of a Merkle root: those of a SHA-256. */
#define CLOISON_ROOT_SIZE 32

/**
 * struct cloison_region_measure - CLOISON_REGION_MEASURE: what is in it.
 * @size: sizeof(struct cloison_region_measure)
 * @flags: must be zero
 * @out_bytes: how many bytes were measured: the region's size
 * @out_sealed: 1 if the region was sealed before, so that the root is that of
 *              what can be read from now on; else 0, and writers may have been
 *              at work meanwhile
 * @reserved: must be zero
 * @out_root: Merkle root over the region's bytes: RFC 6962 section 2.1 with
 *            SHA-256; each leaf is a granule, the last one what is left
 *
 * Takes as long as hashing takes; a signal ends it (EINTR). How far it is can
 * be read in the region's sysfs attribute "measured", in bytes. The root of a
 * sealed region is kept, so that asking again is cheap.
 */
struct cloison_region_measure {
	__u32 size;
	__u32 flags;
	__aligned_u64 out_bytes;
	__u32 out_sealed;
	__u32 reserved;
	__u8 out_root[CLOISON_ROOT_SIZE];
};
#define CLOISON_REGION_MEASURE _IO(CLOISON_IOCTL_TYPE, 0x43)

#endif /* CLOISON_UAPI_H */
