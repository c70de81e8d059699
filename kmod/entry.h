/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files about entering a tenant share: entry.c hears of it, entry_member.c knows
 * who is inside, entry_clean.c closes what a task may not keep.
 */
#ifndef CLOISON_ENTRY_H
#define CLOISON_ENTRY_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/task_work.h>
#include <linux/types.h>

struct cgroup;
struct inode;
struct mnt_namespace;
struct signal_struct;
struct task_struct;

/**
 * struct cloison_member - a process in a tenant's cgroup, or a stray
 * @node: among all of them, by @process
 * @rcu: for freeing it
 * @users: the table, and each cleaning that has not run yet
 * @process: its threads share it, and an exec leaves it as it is; only compared
 * @cgroup: id of the cgroup that confines it; 0 once it has left
 * @cleaning: one thread at a time closes files, so that what another one opens when it
 *            has been cleaned is not taken for what was there before. Outermost
 * @entering: it has not executed a program since it came
 * @again: its first exec may be that of itself, see still_entering()
 * @space: the mount namespace in which it came; only compared
 * @program: the inode of what it ran when it came; only compared
 */
struct cloison_member {
	struct hlist_node node;
	struct rcu_head rcu;
	refcount_t users;
	const struct signal_struct *process;
	u64 cgroup;
	struct mutex cleaning;
	bool entering;
	bool again;
	const struct mnt_namespace *space;
	const struct inode *program;
};

/* Whether it has to be cleaned yet: then what it forks has to be too. */
static inline bool cloison_member_pending(const struct cloison_member *member)
{
	return refcount_read(&member->users) > 1;
}

struct cgroup *cloison_confinement(struct cgroup *cgroup);
u64 cloison_confinement_id(struct cgroup *cgroup);
struct cloison_member *cloison_member_of(const struct signal_struct *process);
struct cloison_member *cloison_member_note(const struct signal_struct *process, u64 cgroup,
					   bool entering);
void cloison_member_inherit(struct cloison_member *child, const struct cloison_member *parent);
void cloison_member_put(struct cloison_member *member);
void cloison_member_forget(const struct signal_struct *process, bool dead);
int cloison_members_init(void);
void cloison_members_exit(void);

bool cloison_clean_later(struct task_struct *task, struct cloison_member *member, bool came,
			 enum task_work_notify_mode notify);
void cloison_entry_kill(struct task_struct *task, const char *why);
int cloison_clean_init(void);
void cloison_clean_exit(void);

#endif /* CLOISON_ENTRY_H */
