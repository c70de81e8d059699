// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cleaning: all that a task may not keep is closed, by the task itself and before its
 * next instruction. Descriptors 0 to 2 become /dev/null instead, since programs write to
 * them without asking.
 *
 * What cannot be taken away so is a reason to kill the task: a descriptor table that a
 * process outside uses too, a mapped packet socket, an io_uring of before.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io_uring_types.h>
#include <linux/magic.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/namei.h>
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <linux/sched/signal.h>

#include "cloison_private.h"
#include "entry.h"

/**
 * struct cleaning - one thread that will be cleaned
 * @work: runs in the thread, before its next instruction
 * @member: its process
 * @came: it came from outside; else it was there when the tenant was made
 */
struct cleaning {
	struct callback_head work;
	struct cloison_member *member;
	bool came;
};

/* The reserve: so many cleanings can begin without memory. */
#define RESERVE 256

static mempool_t *pool;
static struct path null_path;

/* Of files looked at in one go, with the table's lock held. */
#define LOOKS 512

/* ---- what may stay ------------------------------------------------------- */

/**
 * cloison_entry_kill - end a task that may not run in the tenant
 * @task: the task, or the caller
 * @why: what the log says
 *
 * Does not sleep.
 */
void cloison_entry_kill(struct task_struct *task, const char *why)
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
		look.cgroup = cloison_confinement(task_dfl_cgroup(current));
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

/* Whether all that use the table are threads of the process, and inside as it is. */
static bool table_is_shared(void)
{
	const struct files_struct *files = current->files;
	struct task_struct *thread;
	int i, own;
	u64 here;

	for (i = 0; i < COUNTS; i++) {
		own = 0;
		rcu_read_lock();
		here = cloison_confinement_id(task_dfl_cgroup(current));
		for_each_thread(current, thread)
			own += READ_ONCE(thread->files) == files &&
			       cloison_confinement_id(task_dfl_cgroup(thread)) == here;
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
		cgroup = cloison_confinement(task_dfl_cgroup(current));
		found = cgroup && !may_keep(cleaning, file, cgroup);
		rcu_read_unlock();
		if (found)
			break;
	}
	mmap_read_unlock(mm);
	return found;
}

/* What the task runs and where: by this its first exec is judged. */
static void note_program(struct cloison_member *member)
{
	const struct inode *program = NULL;
	struct file *file;

	rcu_read_lock();
	file = current->mm ? rcu_dereference(current->mm->exe_file) : NULL;
	if (file)
		program = file_inode(file);
	if (READ_ONCE(member->entering)) {
		WRITE_ONCE(member->space, current->nsproxy->mnt_ns);
		WRITE_ONCE(member->program, program);
	}
	rcu_read_unlock();
}

/* It may have been moved out again meanwhile. */
static bool is_inside(void)
{
	bool inside;

	rcu_read_lock();
	inside = cloison_confinement(task_dfl_cgroup(current));
	rcu_read_unlock();
	return inside;
}

static const char *clean(const struct cleaning *cleaning)
{
	bool cleaned;

	if (!is_inside())
		return NULL;
	if (cleaning->came) {
		if (table_is_shared())
			return "a process outside has the same descriptors";
		if (uses_rings())
			return "it uses an io_uring of before";
		note_program(cleaning->member);
	}
	mutex_lock(&cleaning->member->cleaning);
	cleaned = clean_table(cleaning);
	mutex_unlock(&cleaning->member->cleaning);
	if (!cleaned)
		return "no memory for /dev/null";
	if (memory_leads_out(cleaning))
		return "it maps a socket, a ring or a map of before";
	return NULL;
}

static void cleaning_run(struct callback_head *head)
{
	struct cleaning *cleaning = container_of(head, struct cleaning, work);
	const char *why = NULL;

	/* A task that dies closes all by itself. */
	if (!(current->flags & PF_EXITING) && current->files)
		why = clean(cleaning);
	if (why)
		cloison_entry_kill(current, why);
	cloison_member_put(cleaning->member);
	mempool_free(cleaning, pool);
	/* The end of this function runs in the module: see cloison_clean_exit(). */
	module_put(THIS_MODULE);
}

/**
 * cloison_clean_later - clean a thread before its next instruction
 * @task: the thread
 * @member: its process
 * @came: it came from outside
 * @notify: how to tell it
 *
 * Under RCU. Does not sleep.
 *
 * Return: false for want of memory.
 */
bool cloison_clean_later(struct task_struct *task, struct cloison_member *member, bool came,
			 enum task_work_notify_mode notify)
{
	struct cleaning *cleaning;

	/* Its requests are those of the process that it works for. */
	if (task->flags & (PF_KTHREAD | PF_IO_WORKER))
		return true;
	cleaning = mempool_alloc(pool, GFP_ATOMIC | __GFP_NOWARN);
	if (!cleaning)
		return false;
	/* It was moved out again meanwhile. */
	if (!refcount_inc_not_zero(&member->users))
		goto out_free;
	init_task_work(&cleaning->work, cleaning_run);
	cleaning->member = member;
	cleaning->came = came;
	__module_get(THIS_MODULE);
	if (!task_work_add(task, &cleaning->work, notify))
		return true;
	/* It is past the last place where it could open anything. */
	cloison_member_put(member);
	module_put(THIS_MODULE);
out_free:
	mempool_free(cleaning, pool);
	return true;
}

int cloison_clean_init(void)
{
	int ret = kern_path("/dev/null", LOOKUP_FOLLOW, &null_path);

	if (ret) {
		pr_err("there is no /dev/null (%d)\n", ret);
		return ret;
	}
	pool = mempool_create_kmalloc_pool(RESERVE, sizeof(struct cleaning));
	if (!pool) {
		path_put(&null_path);
		return -ENOMEM;
	}
	return 0;
}

/* No tracepoint calls any more. */
void cloison_clean_exit(void)
{
	/* Each cleaning holds the module, but for its own last instructions. */
	synchronize_rcu_tasks();
	mempool_destroy(pool);
	path_put(&null_path);
}
