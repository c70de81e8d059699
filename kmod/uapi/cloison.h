/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * cloison: isolated accelerator memory for the tenants of an inference host.
 *
 * This header, with those that it includes at its end, is all that the kernel
 * module and userspace share. The guard (BPF) includes it too, for struct
 * cloison_access.
 *
 * Conventions, for every ioctl:
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
 *              with regions or that serves another tenant, a PCI BAR or address
 *              range that somebody claimed, a cgroup at, above or below another
 *              tenant's, a region that is to be resized and is mapped, or to be
 *              mapped and is resized
 *  EACCES      not your tenant, or the guard does not admit the access
 *  EDQUOT      the tenant's quota does not allow it
 *  ENOSPC      no free extent of the pool is large enough
 *  EPERM       the region is sealed, or would have to be, or the caller lacks
 *              CAP_SYS_ADMIN in the initial user namespace
 *  ENODEV      the pool is gone
 *  ESTALE      the region or the grant was revoked
 *  EIO         the memory could not be scrubbed; the range is quarantined. Or the
 *              function could not be reset
 *  EHWPOISON   the hardware reported an error of that memory (ram pools): what was
 *              there is lost, and touching it by a mapping is SIGBUS
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

#include "cloison_admin.h"
#include "cloison_guard.h"
#include "cloison_region.h"

#endif /* CLOISON_UAPI_H */
