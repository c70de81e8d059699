/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The record: which build of the guard is in force, and what its maps look like.
 * It is held by the module as "record" and is the first thing that a command
 * reads, so that no build reads another's maps by the wrong layout.
 *
 * The head, up to and including @release, never changes from build to build.
 */
#ifndef CLOISON_RECORD_H
#define CLOISON_RECORD_H

#include <linux/types.h>

/* "cloisonR", as the bytes stand in memory of a little-endian host. */
#define CLOISON_RECORD_MAGIC 0x526e6f73696f6c63ULL

/* Of what stands behind the head. */
#define CLOISON_RECORD_FORMAT 1

#define CLOISON_RECORD_MAPS 64
#define CLOISON_RECORD_MAP_NAME_SIZE 24

/* One map of the build. */
struct cloison_record_map {
	char name[CLOISON_RECORD_MAP_NAME_SIZE];
	__u64 shape;   /* of its types: see userspace's guard_shape.h */
	__u32 meaning; /* another one: the same types stand for something else */
	__u32 zero;
};

/**
 * struct cloison_record - the one value of the map cloison_record
 * @magic: CLOISON_RECORD_MAGIC
 * @format: CLOISON_RECORD_FORMAT
 * @size: of this struct, bytes
 * @build: SHA-256 of the object that the guard was loaded from
 * @release: its version, for people; ends with a NUL
 * @needs: a bit for each thing in the maps that only builds that know it may take
 *	over; none is defined yet
 * @count: how many of @maps there are
 * @zero: zero
 * @maps: all maps of the build
 */
struct cloison_record {
	__u64 magic;
	__u32 format;
	__u32 size;
	__u8 build[32];
	char release[32];
	__u64 needs;
	__u32 count;
	__u32 zero;
	struct cloison_record_map maps[CLOISON_RECORD_MAPS];
};

#ifndef __bpf__
_Static_assert(sizeof(struct cloison_record_map) == 40, "no padding in cloison_record_map");
_Static_assert(sizeof(struct cloison_record) == 96 + 40 * CLOISON_RECORD_MAPS,
	       "no padding in cloison_record");
#endif

#endif /* CLOISON_RECORD_H */
