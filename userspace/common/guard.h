/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard as the command sees it. The kernel has all of its state, held by the
 * module and pinned under GUARD_PATH; nothing is remembered here between two calls, and every
 * function may be called by any process of the host's root.
 *
 * Functions return 0 or a negative errno with a text in @problem (may be NULL)
 * that says what failed and what to do.
 */
#ifndef CLOISON_GUARD_H
#define CLOISON_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "problem.h"

#define GUARD_PATH "/sys/fs/bpf/cloison"

/**
 * guard_load() - have the guard in force.
 * @adopt: also if a pen where it is attached first has processes already
 * @changed: if not NULL: whether anything had to be done
 * @problem: why not
 *
 * Looks at what is there first: a guard of this build that is whole is left
 * alone; one whose admission or pens were detached gets them back, with the
 * policies that were in force, and pins that were removed are made again, on a BPF
 * file system that is mounted if there is none. A new one is attached at the pens
 * /cloison, which is made, and /cloison.slice, if it is there. Needs the module.
 *
 * A guard of another build is upgraded in place.
 *
 * Return: 0; -ENOENT without the module, or without cgroup2; -EEXIST if the module has a
 * guard that is not held; -EBUSY for a pen with processes; -EUCLEAN if what is held is
 * not whole; -EPERM; -EOPNOTSUPP if libbpf or the kernel is too old, or if the guard in
 * force keeps what this build does not know; and what the kernel says.
 */
int guard_load(bool adopt, bool *changed, struct problem *problem);

/**
 * guard_unload() - take the guard away. All access to regions ends.
 * @force: also if tenants are segmented; their traffic is then judged no more
 * @problem: why not
 *
 * Return: 0, also if none is loaded; without @force -EBUSY while tenants are segmented,
 * and -EEXIST if it is of another build.
 */
int guard_unload(bool force, struct problem *problem);

/**
 * guard_pen_add() - attach the guard at one more parent cgroup.
 * @path: below the cgroup2 mount, or with it; it is made if it is not there
 * @adopt: also if it has processes already
 * @problem: why not
 *
 * On return nothing passes into or out of what is below it and is no tenant's.
 *
 * Return: 0; -ENOENT if no guard is loaded; -EINVAL for the root; -EEXIST for a pen,
 * or one above or below; -EBUSY for processes; -ENOSPC with CLOISON_PENS.
 */
int guard_pen_add(const char *path, bool adopt, struct problem *problem);

/**
 * guard_pen_remove() - attach it there no more.
 * @path: as it was added
 * @force: also if it has processes, which can reach anything from then on
 * @problem: why not
 *
 * Return: 0; -ENOENT; -EBUSY for tenants or processes below it.
 */
int guard_pen_remove(const char *path, bool force, struct problem *problem);

/**
 * guard_segment_attach() - have a cgroup below a pen be a tenant's.
 * @tenant: the tenant's number, as the module has it
 * @name: its name
 * @cgroup_fd: its cgroup v2 directory
 * @problem: why not
 *
 * Before, during and after it nothing passes into or out of the sockets of that
 * cgroup and its descendants, until guard_policy_replace() says what may.
 *
 * The same tenant once more is put there anew, as a command that was killed may
 * have left it; the caller knows that the module has no such tenant.
 *
 * Return: 0; -ENOENT if no guard is loaded; -EXDEV outside every pen; -EEXIST if the
 * number, the name or the cgroup is another tenant's; -EBUSY for one above or below
 * another tenant's; -ENOSPC with CLOISON_SEGMENTS tenants.
 */
int guard_segment_attach(uint32_t tenant, const char *name, int cgroup_fd, struct problem *problem);

/* The module's half of a binding. Return: 0 or a negative errno. */
typedef int (*guard_bind_fn)(uint32_t tenant, int cgroup_fd, void *data);

/**
 * guard_segment_bind() - have another cgroup be the tenant's.
 * @name: the tenant's name
 * @cgroup_fd: the cgroup v2 directory
 * @module: called in the midst of it, while neither cgroup has the tenant's memory
 * @data: for @module
 * @problem: why not
 *
 * The policy stays, and each flow is judged anew. After it was killed, the same once
 * more completes it; until then the tenant is denied.
 *
 * Return: as of guard_segment_attach(), and what @module returns.
 */
int guard_segment_bind(const char *name, int cgroup_fd, guard_bind_fn module, void *data,
		       struct problem *problem);

/**
 * guard_segment_detach() - end a tenant's segmentation.
 * @name: the tenant's name
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_segment_detach(const char *name, struct problem *problem);

#endif /* CLOISON_GUARD_H */
