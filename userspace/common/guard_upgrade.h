/* SPDX-License-Identifier: GPL-2.0-only */
/* A guard of another build is taken over in place: tenants, policies and mappings live on. */
#ifndef CLOISON_GUARD_UPGRADE_H
#define CLOISON_GUARD_UPGRADE_H

#include "guard_private.h"

/*
 * guard_copy.c: entries of maps of another shape. @flags: BPF_ANY, or BPF_NOEXIST to
 * leave those alone that are there. Prune: those that are in @to and not in @from are
 * deleted. Return: 0 or a negative errno; -EAGAIN where entries came and went faster
 * than they were read.
 */
int guard_copy_entries(int from, int to, uint64_t flags);
int guard_copy_fitting(int from, int to); /* fields that do not fit are left out */
int guard_copy_prune(int from, int to);
int guard_copy_inner(int from_outer, const struct guard_maps *to, enum guard_map outer,
		     struct problem *problem);

/*
 * guard_turn.c: what is attached, made to run the programs of one build, which are held
 * in the directory @programs. Return: 0 or a negative errno.
 */
bool guard_is_below(const char *path, const char *directory);
int guard_links_turn(const char *programs, void (*half)(void), struct problem *problem);
int guard_admission_turn(int fd, struct problem *problem);
void guard_links_prune(void);

/**
 * guard_upgrade() - have this build's guard in force in the place of another's.
 * @problem: why not
 *
 * With the lock held, and another build in force. On failure that one is in force
 * as before.
 *
 * Return: 0; -EOPNOTSUPP if the other build keeps what this one does not know.
 */
int guard_upgrade(struct problem *problem);

/**
 * guard_upgrade_settle() - finish what an upgrade that was killed has begun.
 * @changed: set to true if there was something to do
 * @problem: why it cannot
 *
 * With the lock held. Back to the old build if the new one was not in force yet.
 *
 * Return: 0 or a negative errno.
 */
int guard_upgrade_settle(bool *changed, struct problem *problem);

#endif /* CLOISON_GUARD_UPGRADE_H */
