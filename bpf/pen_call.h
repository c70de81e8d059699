/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs on devices and sysctls share. The kernel runs them for the tasks
 * of the cgroup that they are attached to, and of those below: a task of the host
 * never meets them.
 */
#ifndef CLOISON_PEN_CALL_H
#define CLOISON_PEN_CALL_H

#include "lsm.h"

#define PEN_REFUSE 0
#define PEN_ALLOW 1

/* Whose task calls. One that no pen is above is nobody's, and is refused all the same. */
static __always_inline struct wall pen_call(void)
{
	struct wall wall = { .index = CLOISON_SEGMENTS };

	pen_caller(&wall);
	return wall;
}

/* A pilot too is told and stopped: none of this is traffic. */
static __always_inline int pen_refuse(const struct wall *wall, enum cloison_hook hook)
{
	lsm_judge(wall->tenant, wall->index, CLOISON_ENFORCE, hook);
	return PEN_REFUSE;
}

#endif /* CLOISON_PEN_CALL_H */
