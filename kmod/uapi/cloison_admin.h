/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* /dev/cloison/control: pools, tenants, regions and grants. Included by cloison.h. */
#ifndef CLOISON_UAPI_ADMIN_H
#define CLOISON_UAPI_ADMIN_H

#include "cloison.h"

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
	/** @CLOISON_FEATURE_RESET: CLOISON_POOL_RESET */
	CLOISON_FEATURE_RESET = 1 << 7,
	/** @CLOISON_FEATURE_TENANT_CGROUP: CLOISON_TENANT_SET_CGROUP */
	CLOISON_FEATURE_TENANT_CGROUP = 1 << 8,
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
 * CLOISON_POOL_RESET - in struct cloison_pool_add: a CLOISON_POOL_PCI's function is
 * reset, and its memory scrubbed again, before another tenant gets a region of it.
 * So it serves one tenant at a time: while it does, CLOISON_REGION_CREATE answers
 * EBUSY to others. EOPNOTSUPP if the function cannot be reset, EBUSY if it has
 * another pool.
 */
#define CLOISON_POOL_RESET 0x2

/**
 * struct cloison_pool_add - CLOISON_POOL_ADD: put memory under cloison.
 * @size: sizeof(struct cloison_pool_add)
 * @flags: CLOISON_POOL_BUS_MASTER, CLOISON_POOL_RESET
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
 * CLOISON_TENANT_SET_CGROUP - in struct cloison_tenant_set: the tenant gets another
 * cgroup, and keeps its quota. Without this flag it gets another quota, and keeps its
 * cgroup.
 */
#define CLOISON_TENANT_SET_CGROUP 0x1

/**
 * struct cloison_tenant_set - CLOISON_TENANT_SET: give a tenant another quota or cgroup.
 * @size: sizeof(struct cloison_tenant_set)
 * @flags: CLOISON_TENANT_SET_CGROUP or zero
 * @tenant: its number
 * @cgroup_fd: with CLOISON_TENANT_SET_CGROUP: descriptor of a cgroup v2 directory, as
 *             in struct cloison_tenant_add, and else zero. The new cgroup may lie at,
 *             above or below the tenant's own old one.
 * @quota: bytes its regions may take together from now on; zero with
 *         CLOISON_TENANT_SET_CGROUP
 *
 * EDQUOT if its regions take more than @quota already: nobody loses memory by a number.
 *
 * With another cgroup the tenant keeps its regions and grants. Access from the old
 * cgroup ends before access from the new one can begin: mappings have lost their
 * memory, devices have been told to let go. Mappings and open descriptors of tasks in
 * the new cgroup are asked about again, and go on. It is not an error to set the cgroup
 * that the tenant has, which changes nothing.
 */
struct cloison_tenant_set {
	__u32 size;
	__u32 flags;
	__u32 tenant;
	__s32 cgroup_fd;
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

#endif /* CLOISON_UAPI_ADMIN_H */
