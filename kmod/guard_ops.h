/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The struct_ops between the module and the guard. Included by both, so that
 * the types in the module's BTF and in the guard's object are one.
 */
#ifndef CLOISON_GUARD_OPS_H
#define CLOISON_GUARD_OPS_H

struct cgroup;
struct cloison_access;

/**
 * struct cloison_guard_ops - what a guard implements
 * @admit: may a task of @cgrp make this access now? Zero admits; anything else
 *         denies. @access and @cgrp stay valid for the call. Runs in process
 *         context and in a kworker, must not sleep, and may only read.
 *
 * With no guard attached every access is denied. Detaching it ends all live
 * mappings.
 */
struct cloison_guard_ops {
	int (*admit)(const struct cloison_access *access, struct cgroup *cgrp);
};

#endif /* CLOISON_GUARD_OPS_H */
