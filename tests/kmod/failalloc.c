// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the nth allocation of a task fail, on a kernel without fault injection.
 *
 * /sys/kernel/debug/cloison_failalloc/nth is what /proc/thread-self/fail-nth is
 * on a kernel with it. Whoever writes N arms itself: its Nth allocation from
 * then on gets NULL, once. Reading gives how many were still to come: 0 says
 * that it has happened. Writing 0 disarms. One task at a time.
 *
 * Counted is what may sleep and may fail. Anonymous memory is left out (highmem),
 * or the task's own page faults would be counted.
 */
#include <linux/debugfs.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static struct task_struct *armed;
static unsigned int left;
static DEFINE_MUTEX(arming);

/* Where the probed function goes instead; its return address is on the stack. */
static noinline void *return_null(void)
{
	return NULL;
}

static bool fails_now(gfp_t gfp)
{
	if (READ_ONCE(armed) != current || !in_task())
		return false;
	if (!(gfp & __GFP_DIRECT_RECLAIM) || gfp & (__GFP_NOFAIL | __GFP_HIGHMEM))
		return false;
	return left && !--left;
}

/**
 * struct allocator - a function that allocates
 * @probe: at its entry
 * @gfp: which of its arguments says how, the first one being 0
 */
struct allocator {
	struct kprobe probe;
	unsigned int gfp;
};

static int allocator_called(struct kprobe *probe, struct pt_regs *regs)
{
	const struct allocator *allocator = container_of(probe, struct allocator, probe);

	if (!fails_now(regs_get_kernel_argument(regs, allocator->gfp)))
		return 0;
	instruction_pointer_set(regs, (unsigned long)return_null);
	return 1;
}
NOKPROBE_SYMBOL(allocator_called);

/* With one, the probe is not optimised into a jump that cannot go elsewhere. */
static void allocator_passed(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}
NOKPROBE_SYMBOL(allocator_passed);

/* Kernels differ in whether an alignment comes before it. */
#define KVMALLOC_GFP                                                             \
	_Generic(&__kvmalloc_node_noprof,                                        \
		void *(*)(size_t, kmem_buckets *, unsigned long, gfp_t, int): 3, \
		void *(*)(size_t, kmem_buckets *, gfp_t, int): 2,                \
		default: 1)

#define ALLOCATOR(_symbol, _gfp)                         \
	{ .probe = { .symbol_name = (_symbol),           \
		     .pre_handler = allocator_called,    \
		     .post_handler = allocator_passed }, \
	  .gfp = (_gfp) }

/* What all others end in. */
static struct allocator allocators[] = {
	ALLOCATOR("__kmalloc_noprof", 1),
	ALLOCATOR("__kmalloc_node_noprof", 1 + IS_ENABLED(CONFIG_SLAB_BUCKETS)),
	ALLOCATOR("__kmalloc_node_track_caller_noprof", 1 + IS_ENABLED(CONFIG_SLAB_BUCKETS)),
	ALLOCATOR("__kmalloc_cache_noprof", 1),
	ALLOCATOR("__kmalloc_cache_node_noprof", 1),
	ALLOCATOR("kmem_cache_alloc_noprof", 1),
	ALLOCATOR("kmem_cache_alloc_lru_noprof", 2),
	ALLOCATOR("kmem_cache_alloc_node_noprof", 1),
	ALLOCATOR("__kvmalloc_node_noprof", KVMALLOC_GFP),
	ALLOCATOR("__alloc_pages_noprof", 0),
	ALLOCATOR("__alloc_frozen_pages_noprof", 0),
};

static ssize_t nth_read(struct file *file, char __user *user, size_t bytes, loff_t *pos)
{
	char text[16];

	return simple_read_from_buffer(user, bytes, pos, text,
				       scnprintf(text, sizeof(text), "%u\n",
						 READ_ONCE(armed) == current ? left : 0));
}

static ssize_t nth_write(struct file *file, const char __user *user, size_t bytes, loff_t *pos)
{
	unsigned int nth;
	int ret;

	ret = kstrtouint_from_user(user, bytes, 0, &nth);
	if (ret)
		return ret;
	mutex_lock(&arming);
	if (armed && armed != current) {
		mutex_unlock(&arming);
		return -EBUSY;
	}
	left = nth;
	WRITE_ONCE(armed, nth ? current : NULL);
	mutex_unlock(&arming);
	return bytes;
}

/* A task that ends while it is armed takes its arms with it. */
static int nth_release(struct inode *inode, struct file *file)
{
	mutex_lock(&arming);
	WRITE_ONCE(armed, NULL);
	mutex_unlock(&arming);
	return 0;
}

static const struct file_operations nth_fops = {
	.owner = THIS_MODULE,
	.read = nth_read,
	.write = nth_write,
	.release = nth_release,
};

static struct dentry *directory;

/* A function that this kernel does not have is no hole: another one is probed in its place. */
static int __init failalloc_init(void)
{
	unsigned int probed = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(allocators); i++) {
		int ret = register_kprobe(&allocators[i].probe);

		if (!ret)
			probed++;
		else
			pr_info("failalloc: %s is not probed (%d)\n",
				allocators[i].probe.symbol_name, ret);
		if (ret)
			allocators[i].probe.symbol_name = NULL;
	}
	directory = debugfs_create_dir("cloison_failalloc", NULL);
	debugfs_create_file("nth", 0600, directory, NULL, &nth_fops);
	pr_info("failalloc: %u allocators probed\n", probed);
	return 0;
}

static void __exit failalloc_exit(void)
{
	size_t i;

	debugfs_remove(directory);
	for (i = 0; i < ARRAY_SIZE(allocators); i++)
		if (allocators[i].probe.symbol_name)
			unregister_kprobe(&allocators[i].probe);
}

module_init(failalloc_init);
module_exit(failalloc_exit);
MODULE_DESCRIPTION("Test: fails the nth allocation of a task");
MODULE_LICENSE("GPL");
