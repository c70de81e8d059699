/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The struct_ops between the module and the guard. Included by both, so that
 * the types in the module's BTF and in the guard's object are one.
 */
#ifndef CLOISON_GUARD_OPS_H
#define CLOISON_GUARD_OPS_H

struct cgroup;
struct cloison_access;

/** enum cloison_denial - why an access was denied, for those who are told. */
enum cloison_denial {
	CLOISON_DENIED_TENANT = 1,
	CLOISON_DENIED_NO_GUARD,
	CLOISON_DENIED_BY_GUARD,
};

/**
 * struct cloison_guard_ops - what a guard implements
 * @admit: may a task of @cgrp make this access now? Zero admits; anything else
 *         denies. @access and @cgrp stay valid for the call. Runs in process
 *         context and in a kworker, must not sleep, and may only read.
 * @denied: told of every access that was denied, also of those that admit() was
 *          not asked about, as @access->cgroup_id is not the tenant's. May be
 *          left out. Runs where admit() does.
 *
 * With no guard attached every access is denied. Detaching it ends all live
 * mappings.
 */
struct cloison_guard_ops {
	int (*admit)(const struct cloison_access *access, struct cgroup *cgrp);
	void (*denied)(const struct cloison_access *access, enum cloison_denial why);
};

#endif /* CLOISON_GUARD_OPS_H */
