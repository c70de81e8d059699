/* SPDX-License-Identifier: GPL-2.0-only */
/* Which build of the guard is in force, and whether its maps may be read; see record.h. */
#ifndef CLOISON_GUARD_RECORD_H
#define CLOISON_GUARD_RECORD_H

#include "guard_private.h"
#include "record.h"

#define GUARD_RECORD GUARD_PATH "/record"
/* What a build that is to be in force has until then, by the same names below. */
#define GUARD_NEXT GUARD_PATH "/next"
#define GUARD_NEXT_RECORD GUARD_NEXT "/record"

/* The record of the command's own build. */
int guard_record_make(const struct bpf_object *object, struct cloison_record *record,
		      struct problem *problem);

/*
 * Read the record that is held by this name.
 * Return: 0; -ENOENT if there is none; -EUCLEAN if it is none of this format.
 */
int guard_record_read(const char *path, struct cloison_record *record, struct problem *problem);

/* Write it into a map of the object, which nobody may change then. */
int guard_record_write(int fd, const struct cloison_record *record, struct problem *problem);

/* The entry of a map, NULL if the build has no such map. */
const struct cloison_record_map *guard_record_find(const struct cloison_record *record,
						   const char *name);

bool guard_record_same_build(const struct cloison_record *a, const struct cloison_record *b);

/*
 * Hold the record of a load that was killed just before it did, all else being there.
 * Return: 0, also if there is nothing to do, or a negative errno.
 */
int guard_record_settle(bool *changed, struct problem *problem);

/*
 * Whether the guard in force is of this build, and no upgrade is half done.
 * Return: 0; -ENOENT if none is loaded; -EEXIST if it is of another build or
 * between two; -EUCLEAN for one from before there were records.
 */
int guard_record_check(struct problem *problem);

#endif /* CLOISON_GUARD_RECORD_H */
