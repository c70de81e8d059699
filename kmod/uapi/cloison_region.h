/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* /dev/cloison/<tenant>/<region>. Included by cloison.h. */
#ifndef CLOISON_UAPI_REGION_H
#define CLOISON_UAPI_REGION_H

#include "cloison.h"

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

#endif /* CLOISON_UAPI_REGION_H */
