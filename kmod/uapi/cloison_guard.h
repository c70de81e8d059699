/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/* /dev/cloison/control: what of the guard lives without a pin. Included by cloison.h. */
#ifndef CLOISON_UAPI_GUARD_H
#define CLOISON_UAPI_GUARD_H

#include "cloison.h"

/**
 * CLOISON_GUARD_NAME_SIZE - size of a held object's name, terminating NUL
 * included.
 *
 * A name is words of ``A-Z a-z 0-9 - _ .`` with slashes between them, such as
 * ``pens/cloison/egress``. All bytes after the NUL must be zero.
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

#endif /* CLOISON_UAPI_GUARD_H */
