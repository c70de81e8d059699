// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a task brings into a tenant. A task that comes from outside may hold files that
 * none of the tenant's tasks could have got inside: a connected socket of the host's, a
 * cgroup's file that leads out. So before its next instruction all that it may not keep
 * is closed: at each move into the tenant, and at each clone into it. Descriptors 0 to 2
 * become /dev/null instead, since programs write to them without asking.
 *
 * What cannot be taken away so is a reason to kill the task: a descriptor table that a
 * process outside uses too, a mapped packet socket, an io_uring. Want of memory is one
 * too: a task that is not cleaned never runs.
 *
 * A member is a process that the module saw come into a tenant, or be born there. It is
 * not cleaned when it moves within its tenant. Until it executes a program it is
 * entering: it may use the connected unix sockets of the host's that it brought, such as
 * that by which a container engine asks for the terminal; then it is cleaned once more.
 *
 * The tracepoints are called with interrupts off or before the task runs: they only note
 * and leave the rest to a task work.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/binfmts.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/io_uring_types.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/tracepoint.h>

#include "cloison_private.h"
#include "compat.h"

/**
 * struct member - a process in a tenant's cgroup, or a stray
 * @node: in members, by @process
 * @rcu: for freeing it
 * @process: its threads share it, and an exec leaves it as it is
 * @cgroup: id of the cgroup that confines it; 0 once it has left
 * @pending: cleanings that have not run yet
 * @entering: it has not executed a program since it came
 * @again: its first exec may be that of itself, see still_entering()
 * @space: the mount namespace in which it came
 * @program: the inode of what it ran when it came; only compared
 */
struct member {
	struct hlist_node node;
	struct rcu_head rcu;
	const struct signal_struct *process;
	u64 cgroup;
	atomic_t pending;
	bool entering;
	bool again;
	const struct mnt_namespace *space;
	const struct inode *program;
};

/**
 * struct cleaning - one thread that will be cleaned
 * @work: runs in the thread, before its next instruction
 * @came: it came from outside; else it was there when the tenant was made
 */
struct cleaning {
	struct callback_head work;
	bool came;
};

/* Changed under members_lock, read under RCU. */
static DEFINE_HASHTABLE(members, 10);
static DEFINE_RAW_SPINLOCK(members_lock);
static struct path null_path;

/* Of files looked at in one go, with the table's lock held. */
#define LOOKS 512

/* ---- who is inside ------------------------------------------------------- */

/* Under RCU: the cgroup that confines @cgroup: a tenant's, or a stray's. */
static struct cgroup *confinement(struct cgroup *cgroup)
{
	struct cgroup *found;
	int level;

	/* The older hierarchies have ids of their own. */
	if (cgroup->root->hierarchy_id)
		return NULL;
	found = cloison_tenant_cgroup_above(cgroup);
	if (found)
		return found;
	level = cloison_guard_confines(cgroup);
	if (level <= 0)
		return NULL;
	return cgroup_ancestor(cgroup, level) ?: cgroup;
}

static u64 confinement_id(struct cgroup *cgroup)
{
	cgroup = confinement(cgroup);
	return cgroup ? cgroup_id(cgroup) : 0;
}

/* Under RCU or members_lock. */
static struct member *member_of(const struct signal_struct *process)
{
	struct member *member;

	hash_for_each_possible_rcu(members, member, node, (unsigned long)process,
				   lockdep_is_held(&members_lock))
		if (member->process == process)
			return member;
	return NULL;
}

/* Under RCU. Noted anew, or NULL for want of memory. */
static struct member *member_note(const struct signal_struct *process, u64 cgroup, bool entering)
{
	struct member *member, *there;
	unsigned long flags;

	member = kzalloc(sizeof(*member), GFP_ATOMIC | __GFP_NOWARN);
	raw_spin_lock_irqsave(&members_lock, flags);
	there = member_of(process);
	if (!there && member) {
		member->process = process;
		hash_add_rcu(members, &member->node, (unsigned long)process);
		there = member;
		member = NULL;
	}
	if (there) {
		WRITE_ONCE(there->cgroup, cgroup);
		WRITE_ONCE(there->entering, entering);
		WRITE_ONCE(there->again, entering);
		WRITE_ONCE(there->program, NULL);
	}
	raw_spin_unlock_irqrestore(&members_lock, flags);
	kfree(member);
	return there;
}

/* One with a cleaning that has not run stays, so that what it forks is cleaned too. */
static void member_forget(const struct signal_struct *process, bool dead)
{
	struct member *member;
	unsigned long flags;

	rcu_read_lock();
	member = member_of(process);
	rcu_read_unlock();
	if (!member)
		return;
	raw_spin_lock_irqsave(&members_lock, flags);
	member = member_of(process);
	if (member && (dead || !atomic_read(&member->pending))) {
		hash_del_rcu(&member->node);
		kfree_rcu(member, rcu);
	} else if (member) {
		WRITE_ONCE(member->cgroup, 0);
	}
	raw_spin_unlock_irqrestore(&members_lock, flags);
}

/**
 * cloison_entry_is_entering - has a task not executed a program since it came?
 * @task: any task
 *
 * Only a task that came into a tenant can be.
 */
bool cloison_entry_is_entering(const struct task_struct *task)
{
	const struct member *member;
	bool entering;

	rcu_read_lock();
	member = member_of(task->signal);
	entering = member && READ_ONCE(member->entering);
	rcu_read_unlock();
	return entering;
}

/* ---- in the task itself -------------------------------------------------- */

static void kill_task(struct task_struct *task, const char *why)
{
	pr_warn_ratelimited("task %d was killed on its way into a tenant: %s\n", task_tgid_nr(task),
			    why);
	send_sig_info(SIGKILL, SEND_SIG_PRIV, task);
}

/* Of the kernel's own kinds, such as rings and BPF maps. */
static bool is_anonymous(const struct file *file)
{
	return file_inode(file)->i_sb->s_magic == ANON_INODE_FS_MAGIC;
}

/* By its name: the kernel alone names files of that kind. */
static bool is_ring(const struct file *file)
{
	return is_anonymous(file) && !strcmp(file_dentry(file)->d_name.name, "[io_uring]");
}

static bool may_keep(const struct cleaning *cleaning, struct file *file, struct cgroup *cgroup)
{
	if (cloison_is_control(file))
		return false;
	if (is_ring(file))
		return !cleaning->came;
	return cloison_guard_inherits(file, cgroup);
}

struct look {
	const struct cleaning *cleaning;
	struct cgroup *cgroup;
	struct file *found;
	unsigned int left;
};

/* With the table's lock held. Stops behind a file that goes, or for a rest. */
static int look_at(const void *data, struct file *file, unsigned int fd)
{
	struct look *look = (struct look *)data;

	if (!may_keep(look->cleaning, file, look->cgroup)) {
		look->found = get_file(file);
		return fd + 1;
	}
	return --look->left ? 0 : fd + 1;
}

/* A new descriptor is the lowest that is free, which ends at @fd or behind it. */
static bool put_null(unsigned int fd)
{
	struct file *null = dentry_open(&null_path, O_RDWR | O_LARGEFILE, current_cred());
	bool lower[3] = {};
	int new;

	if (IS_ERR(null))
		return false;
	while ((new = get_unused_fd_flags(0)) >= 0 && new < (int)fd)
		lower[new] = true;
	if (new == (int)fd) {
		fd_install(fd, null);
	} else {
		/* Another thread was faster, or there is no descriptor to be had. */
		if (new >= 0)
			put_unused_fd(new);
		fput(null);
	}
	for (fd = 0; fd < ARRAY_SIZE(lower); fd++)
		if (lower[fd])
			put_unused_fd(fd);
	return new >= 0;
}

/*
 * Another thread may have put another file in its place meanwhile. That one goes too:
 * the thread that did so is on its way out of a system call of before.
 */
static bool drop(struct file *file, unsigned int fd)
{
	close_fd(fd);
	fput(file);
	return fd > 2 || put_null(fd);
}

static bool clean_table(const struct cleaning *cleaning)
{
	struct look look = { .cleaning = cleaning };
	unsigned int fd = 0;

	do {
		look.found = NULL;
		look.left = LOOKS;
		rcu_read_lock();
		look.cgroup = confinement(task_dfl_cgroup(current));
		fd = look.cgroup ? iterate_fd(current->files, fd, look_at, &look) : 0;
		rcu_read_unlock();
		if (look.found && !drop(look.found, fd - 1))
			return false;
		cond_resched();
	} while (fd);
	return true;
}

/* Threads that come and go change the two numbers one after the other. */
#define COUNTS 100

static bool table_is_shared(void)
{
	const struct files_struct *files = current->files;
	struct task_struct *thread;
	int i, own;

	for (i = 0; i < COUNTS; i++) {
		own = 0;
		rcu_read_lock();
		for_each_thread(current, thread) own += READ_ONCE(thread->files) == files;
		rcu_read_unlock();
		if (atomic_read(&files->count) <= own)
			return false;
		schedule_timeout_uninterruptible(1);
	}
	return true;
}

static bool uses_rings(void)
{
#ifdef CONFIG_IO_URING
	return current->io_uring && !xa_empty(&current->io_uring->xa);
#else
	return false;
#endif
}

/* A packet socket's ring, an io_uring or a map of the guard's, of before. */
static bool memory_leads_out(const struct cleaning *cleaning)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *area;
	bool found = false;
	VMA_ITERATOR(areas, mm, 0);

	/* Its parent's memory, until it executes a program; the parent waits for that. */
	if (!mm || current->vfork_done)
		return false;
	if (mmap_read_lock_killable(mm))
		return true;
	for_each_vma(areas, area)
	{
		struct file *file = area->vm_file;
		struct cgroup *cgroup;

		if (!file || !(sock_from_file(file) || is_anonymous(file)))
			continue;
		rcu_read_lock();
		cgroup = confinement(task_dfl_cgroup(current));
		found = cgroup && !may_keep(cleaning, file, cgroup);
		rcu_read_unlock();
		if (found)
			break;
	}
	mmap_read_unlock(mm);
	return found;
}

/* What the task runs and where: by this its first exec is judged. */
static void note_program(void)
{
	const struct inode *program = NULL;
	struct member *member;
	struct file *file;

	rcu_read_lock();
	member = member_of(current->signal);
	file = current->mm ? rcu_dereference(current->mm->exe_file) : NULL;
	if (file)
		program = file_inode(file);
	if (member && READ_ONCE(member->entering)) {
		WRITE_ONCE(member->space, current->nsproxy->mnt_ns);
		WRITE_ONCE(member->program, program);
	}
	rcu_read_unlock();
}

static const char *clean(const struct cleaning *cleaning)
{
	if (cleaning->came) {
		if (table_is_shared())
			return "a process outside has the same descriptors";
		if (uses_rings())
			return "it uses an io_uring of before";
		note_program();
	}
	if (!clean_table(cleaning))
		return "no memory for /dev/null";
	if (memory_leads_out(cleaning))
		return "it maps a socket, a ring or a map of before";
	return NULL;
}

static void cleaning_run(struct callback_head *head)
{
	struct cleaning *cleaning = container_of(head, struct cleaning, work);
	struct member *member;
	const char *why = NULL;

	/* A task that dies closes all by itself. */
	if (!(current->flags & PF_EXITING) && current->files)
		why = clean(cleaning);
	if (why)
		kill_task(current, why);
	rcu_read_lock();
	member = member_of(current->signal);
	if (member)
		atomic_dec_if_positive(&member->pending);
	rcu_read_unlock();
	kfree(cleaning);
	/* The end of this function runs in the module: see cloison_entry_exit(). */
	module_put(THIS_MODULE);
}

/* ---- when it comes ------------------------------------------------------- */

/* Under RCU. A task that cannot be cleaned must not run. */
static void will_clean(struct task_struct *task, struct member *member, bool came,
		       enum task_work_notify_mode notify)
{
	struct cleaning *cleaning = NULL;

	/* Its requests are those of the process that it works for. */
	if (task->flags & (PF_KTHREAD | PF_IO_WORKER))
		return;
	if (member)
		cleaning = kzalloc(sizeof(*cleaning), GFP_ATOMIC | __GFP_NOWARN);
	if (!cleaning) {
		kill_task(task, "no memory");
		return;
	}
	init_task_work(&cleaning->work, cleaning_run);
	cleaning->came = came;
	__module_get(THIS_MODULE);
	atomic_inc(&member->pending);
	if (!task_work_add(task, &cleaning->work, notify))
		return;
	/* It is past the last place where it could open anything. */
	atomic_dec(&member->pending);
	module_put(THIS_MODULE);
	kfree(cleaning);
}

static void on_attach(void *data, struct cgroup *cgroup, const char *path, struct task_struct *task,
		      bool threadgroup)
{
	struct member *member;
	struct task_struct *thread;
	u64 id;

	if (cgroup->root->hierarchy_id)
		return;
	rcu_read_lock();
	id = confinement_id(cgroup);
	member = member_of(task->signal);
	if (!id) {
		member_forget(task->signal, false);
	} else if (!member || READ_ONCE(member->cgroup) != id) {
		member = member_note(task->signal, id, true);
		if (threadgroup)
			for_each_thread(task, thread) will_clean(thread, member, true, TWA_SIGNAL);
		else
			will_clean(task, member, true, TWA_SIGNAL);
	}
	rcu_read_unlock();
}

/*
 * The parent's own cleaning may be due: then the child has copied its table before it
 * was cleaned. It may also have been put into another cgroup than its parent's.
 */
static void on_newtask(void *data, struct task_struct *child, cloison_clone_flags_t flags)
{
	struct cgroup *mine, *its;
	struct member *parent, *member;
	u64 id;

	rcu_read_lock();
	mine = task_dfl_cgroup(current);
	its = task_dfl_cgroup(child);
	parent = member_of(current->signal);
	if (!parent && mine == its)
		goto out;
	id = mine == its ? READ_ONCE(parent->cgroup) : confinement_id(its);
	if (!id)
		goto out;
	if (parent && READ_ONCE(parent->cgroup) == id) {
		member = parent;
		if (child->signal != current->signal) {
			member = member_note(child->signal, id, READ_ONCE(parent->entering));
			if (member) {
				WRITE_ONCE(member->again, READ_ONCE(parent->again));
				WRITE_ONCE(member->space, READ_ONCE(parent->space));
				WRITE_ONCE(member->program, READ_ONCE(parent->program));
			}
		}
		if (atomic_read(&parent->pending))
			will_clean(child, member, true, TWA_RESUME);
	} else {
		will_clean(child, member_note(child->signal, id, true), true, TWA_RESUME);
	}
out:
	rcu_read_unlock();
}

static void on_exit(struct task_struct *task)
{
	if (!atomic_read(&task->signal->live))
		member_forget(task->signal, true);
}

/*
 * runc executes itself once more, by a descriptor of a sealed copy or of its own file,
 * and its parent moves it without waiting for that. So the first exec does not end the
 * entering if it is by descriptor, of a copy in memory or of what the task ran when it
 * came, and in the mount namespace in which it came: there the tenant has put no file.
 * A script is not taken for its interpreter, which may well be what the task ran.
 */
static bool still_entering(const struct member *member, const struct linux_binprm *bprm)
{
	const struct inode *inode = file_inode(bprm->file);

	if (!READ_ONCE(member->again) || current->nsproxy->mnt_ns != READ_ONCE(member->space))
		return false;
	if (!bprm->fdpath || bprm->interp != bprm->filename)
		return false;
	return inode == READ_ONCE(member->program) ||
	       (!inode->i_nlink && !strncmp(file_dentry(bprm->file)->d_name.name, "memfd:", 6));
}

static void on_exec(void *data, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct member *member;

	rcu_read_lock();
	member = member_of(task->signal);
	if (member && READ_ONCE(member->entering)) {
		if (!still_entering(member, bprm))
			WRITE_ONCE(member->entering, false);
		WRITE_ONCE(member->again, false);
		will_clean(task, member, true, TWA_RESUME);
	}
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
	struct member *member;

	rcu_read_lock();
	for_each_process_thread(process, thread)
	{
		if (!cgroup_is_descendant(task_dfl_cgroup(thread), cgroup))
			continue;
		member = member_of(thread->signal);
		if (!member || READ_ONCE(member->cgroup) != cgroup_id(cgroup))
			member = member_note(thread->signal, cgroup_id(cgroup), false);
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
	struct hlist_node *next;
	struct member *member;
	size_t i;
	int bucket;

	for (i = ARRAY_SIZE(events); i--;)
		if (events[i].on)
			tracepoint_probe_unregister(events[i].found, events[i].probe, NULL);
	tracepoint_synchronize_unregister();
	hash_for_each_safe(members, bucket, next, member, node)
	{
		hash_del_rcu(&member->node);
		kfree_rcu(member, rcu);
	}
}

int cloison_entry_init(void)
{
	size_t i;
	int ret;

	ret = kern_path("/dev/null", LOOKUP_FOLLOW, &null_path);
	if (ret) {
		pr_err("there is no /dev/null (%d)\n", ret);
		return ret;
	}
	for_each_kernel_tracepoint(find_event, NULL);
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		ret = events[i].found ?
			      tracepoint_probe_register(events[i].found, events[i].probe, NULL) :
			      -ENOENT;
		if (ret) {
			pr_err("this kernel does not tell of %s (%d)\n", events[i].name, ret);
			stop_listening();
			path_put(&null_path);
			return ret;
		}
		events[i].on = true;
	}
	return 0;
}

void cloison_entry_exit(void)
{
	stop_listening();
	path_put(&null_path);
	/* Each cleaning holds the module, but for its own last instructions. */
	synchronize_rcu_tasks();
}
