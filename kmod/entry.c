// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a task brings into a tenant. A task that comes from outside may hold files that
 * none of the tenant's tasks could have got inside: a connected socket of the host's, a
 * cgroup's file that leads out. So before its next instruction all that it may not keep
 * is closed: at each move into the tenant, and at each clone into it (entry_clean.c).
 * Want of memory is a reason to kill it: a task that is not cleaned never runs.
 *
 * But a child that still runs in its parent's memory is never killed, since that parent
 * may be PID 1, which waits for it: it is cleaned when it executes a program.
 *
 * The tracepoints are called with interrupts off or before the task runs: they only note
 * and leave the rest to a task work.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/binfmts.h>
#include <linux/cgroup.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/sched/signal.h>
#include <linux/tracepoint.h>

#include "cloison_private.h"
#include "compat.h"
#include "entry.h"

/* ---- when it comes ------------------------------------------------------- */

/* Under RCU. A task that cannot be cleaned must not run; @member: NULL without memory */
static void will_clean(struct task_struct *task, struct cloison_member *member, bool came,
		       enum task_work_notify_mode notify)
{
	if (!member || !cloison_clean_later(task, member, came, notify))
		cloison_entry_kill(task, "no memory");
}

static void on_attach(void *data, struct cgroup *cgroup, const char *path, struct task_struct *task,
		      bool threadgroup)
{
	struct cloison_member *member;
	struct task_struct *thread;
	u64 id;

	if (cgroup->root->hierarchy_id)
		return;
	rcu_read_lock();
	id = cloison_confinement_id(cgroup);
	member = cloison_member_of(task->signal);
	if (!id) {
		cloison_member_forget(task->signal, false);
	} else if (!member || READ_ONCE(member->cgroup) != id) {
		member = cloison_member_note(task->signal, id, true);
		if (threadgroup)
			for_each_thread(task, thread) will_clean(thread, member, true, TWA_SIGNAL);
		else
			will_clean(task, member, true, TWA_SIGNAL);
	}
	rcu_read_unlock();
}

/* Under RCU: a child that comes in, or is born in there. NULL for want of memory. */
static struct cloison_member *note_child(const struct task_struct *child,
					 const struct cloison_member *parent, u64 id)
{
	struct cloison_member *member;
	bool born = parent && READ_ONCE(parent->cgroup) == id;

	member = cloison_member_note(child->signal, id, born ? READ_ONCE(parent->entering) : true);
	if (member && born)
		cloison_member_inherit(member, parent);
	return member;
}

/*
 * The parent's own cleaning may be due: then the child has copied its table before it
 * was cleaned. It may also have been put into another cgroup than its parent's.
 */
static void on_newtask(void *data, struct task_struct *child, cloison_clone_flags_t flags)
{
	struct cloison_member *parent, *member;
	struct cgroup *mine, *its;
	u64 id;

	rcu_read_lock();
	mine = task_dfl_cgroup(current);
	its = task_dfl_cgroup(child);
	parent = cloison_member_of(current->signal);
	if (!parent && mine == its)
		goto out;
	id = mine == its ? READ_ONCE(parent->cgroup) : cloison_confinement_id(its);
	if (!id)
		goto out;
	member = child->signal == current->signal ? parent : note_child(child, parent, id);
	if (parent && READ_ONCE(parent->cgroup) == id && !cloison_member_pending(parent))
		goto out;
	if (member && cloison_clean_later(child, member, true, TWA_RESUME))
		goto out;
	/* In its parent's memory: on_exec() sees to it. */
	if (!(flags & CLONE_VM) || flags & CLONE_THREAD)
		cloison_entry_kill(child, "no memory");
out:
	rcu_read_unlock();
}

static void on_exit(struct task_struct *task)
{
	if (!atomic_read(&task->signal->live))
		cloison_member_forget(task->signal, true);
}

/*
 * runc executes itself once more, by a descriptor of a sealed copy or of its own file,
 * and its parent moves it without waiting for that. So the first exec does not end the
 * entering if it is by descriptor, of a copy in memory or of what the task ran when it
 * came, and in the mount namespace in which it came: there the tenant has put no file.
 * A script is not taken for its interpreter, which may well be what the task ran.
 */
static bool still_entering(const struct cloison_member *member, const struct linux_binprm *bprm)
{
	const struct inode *inode = file_inode(bprm->file);

	if (!READ_ONCE(member->again) || current->nsproxy->mnt_ns != READ_ONCE(member->space))
		return false;
	if (!bprm->fdpath || bprm->interp != bprm->filename)
		return false;
	return inode == READ_ONCE(member->program) ||
	       (!inode->i_nlink && !strncmp(file_dentry(bprm->file)->d_name.name, "memfd:", 6));
}

/* One that is inside and not known is judged as if it came now. */
static void on_exec(void *data, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct cloison_member *member;
	bool known;
	u64 id;

	rcu_read_lock();
	member = cloison_member_of(task->signal);
	known = member;
	if (!known) {
		id = cloison_confinement_id(task_dfl_cgroup(task));
		if (!id)
			goto out;
		member = cloison_member_note(task->signal, id, false);
	}
	if (known && !READ_ONCE(member->entering))
		goto out;
	if (known && !still_entering(member, bprm))
		WRITE_ONCE(member->entering, false);
	if (known)
		WRITE_ONCE(member->again, false);
	will_clean(task, member, true, TWA_RESUME);
out:
	rcu_read_unlock();
}

/**
 * cloison_entry_adopt - clean those that are in a cgroup already
 * @cgroup: a tenant's from now on, and known as that
 *
 * They run on while the tenant is made, so that none of them is entering, and their own
 * rings are theirs.
 */
void cloison_entry_adopt(struct cgroup *cgroup)
{
	struct task_struct *process, *thread;
	struct cloison_member *member;

	rcu_read_lock();
	for_each_process_thread(process, thread)
	{
		if (!cgroup_is_descendant(task_dfl_cgroup(thread), cgroup))
			continue;
		member = cloison_member_of(thread->signal);
		if (!member || READ_ONCE(member->cgroup) != cgroup_id(cgroup))
			member = cloison_member_note(thread->signal, cgroup_id(cgroup), false);
		will_clean(thread, member, false, TWA_SIGNAL);
	}
	rcu_read_unlock();
}

/* ---- the tracepoints ----------------------------------------------------- */

#if CLOISON_EXIT_TELLS_GROUP_DEAD
static void on_process_exit(void *data, struct task_struct *task, bool group_dead)
{
	on_exit(task);
}
#else
static void on_process_exit(void *data, struct task_struct *task)
{
	on_exit(task);
}
#endif

static struct {
	const char *name;
	void *probe;
	struct tracepoint *found;
	bool on;
} events[] = {
	/* Those that forget come first, so that nothing is noted that stays. */
	{ "sched_process_exit", on_process_exit },
	{ "sched_process_exec", on_exec },
	{ "task_newtask", on_newtask },
	{ "cgroup_attach_task", on_attach },
};

static void find_event(struct tracepoint *tracepoint, void *data)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(events); i++)
		if (!strcmp(tracepoint->name, events[i].name))
			events[i].found = tracepoint;
}

static void stop_listening(void)
{
	size_t i;

	for (i = ARRAY_SIZE(events); i--;)
		if (events[i].on)
			tracepoint_probe_unregister(events[i].found, events[i].probe, NULL);
	tracepoint_synchronize_unregister();
}

static int listen(void)
{
	size_t i;
	int ret;

	for_each_kernel_tracepoint(find_event, NULL);
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		ret = events[i].found ?
			      tracepoint_probe_register(events[i].found, events[i].probe, NULL) :
			      -ENOENT;
		if (ret) {
			pr_err("this kernel does not tell of %s (%d)\n", events[i].name, ret);
			stop_listening();
			return ret;
		}
		events[i].on = true;
	}
	return 0;
}

int cloison_entry_init(void)
{
	int ret = cloison_members_init();

	if (ret)
		return ret;
	ret = cloison_clean_init();
	if (ret)
		goto out_members;
	ret = listen();
	if (!ret)
		return 0;
	cloison_clean_exit();
out_members:
	cloison_members_exit();
	return ret;
}

void cloison_entry_exit(void)
{
	stop_listening();
	cloison_clean_exit();
	cloison_members_exit();
}
