/* SPDX-License-Identifier: GPL-2.0-only */
/* Internal, between the files of pens: what guard load and the verbs of pens do alike. */
#ifndef CLOISON_GUARD_PEN_H
#define CLOISON_GUARD_PEN_H

#include "guard_private.h"

/* A pen as it is to be. */
struct guard_pen_coming {
	char path[CLOISON_PEN_PATH_SIZE]; /* from the root of the cgroup file system */
	char directory[4096];
	uint32_t level;
	uint64_t cgroup;
	bool made; /* the directory is ours to remove if it fails */
	int fd;	   /* of the directory, or -1 */
};

/** guard_pen_pins() - where the pen's links are pinned. */
void guard_pen_pins(const char *path, char pins[GUARD_PIN_SIZE]);

/**
 * guard_pen_link_attach() - attach at one hook of a pen, and pin the link.
 * @pen: open
 * @hook: enum guard_hook
 * @programs: the directory of the pinned programs of the build that it is to be of
 * @problem: why not
 *
 * Return: 0; -EUCLEAN without that program; and what the kernel says.
 */
int guard_pen_link_attach(const struct guard_pen_coming *pen, int hook, const char *programs,
			  struct problem *problem);

/**
 * guard_pen_enter() - have programs know the pen. Its links come before.
 * @pens: mapped
 * @at: its place, less than CLOISON_PENS
 * @coming: open
 * @flags: 0 or CLOISON_PLACE_NAKED
 */
void guard_pen_enter(struct cloison_pens *pens, int at, const struct guard_pen_coming *coming,
		     uint64_t flags);

/**
 * guard_pen_open() - open the directory, which is made if it is not there.
 * @path: below the cgroup2 mount, or with it
 * @coming: the result, for guard_pen_close() after an error too
 * @problem: why not
 *
 * Return: 0; -EINVAL for one too deep; -ENAMETOOLONG; -EOVERFLOW; and what open(2) says.
 */
int guard_pen_open(const char *path, struct guard_pen_coming *coming, struct problem *problem);
void guard_pen_close(struct guard_pen_coming *coming);

/** guard_pen_refuse_tasks() - -EBUSY if it has processes. @again: what to type to have them */
int guard_pen_refuse_tasks(const struct guard_pen_coming *coming, const char *again,
			   struct problem *problem);

/**
 * guard_pen_attach() - attach at all hooks, then enter it. All or nothing.
 * @maps: open, with the lock held
 * @coming: open
 * @at: a place that is free
 * @problem: why not
 */
int guard_pen_attach(const struct guard_maps *maps, const struct guard_pen_coming *coming, int at,
		     struct problem *problem);

#endif /* CLOISON_GUARD_PEN_H */
