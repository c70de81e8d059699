// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measuring: the Merkle root over a region's bytes, so that a tenant can prove
 * which weights it serves. The tree is that of RFC 6962 over SHA-256, with
 * leaves of one granule; docs/uapi.md says how to recompute it from a file.
 *
 * Leaves are hashed by several workers; the tree above them is small.
 */
#include <crypto/hash.h>
#include <crypto/sha2.h>
#include <linux/completion.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "cloison_private.h"
#include "trace.h"

/* More workers would only compete for the same memory. */
#define MAX_WORKERS 8

/* How much is hashed between two looks whether the region is still there. */
#define CHUNK SZ_64K

enum { LEAF_PREFIX = 0, NODE_PREFIX = 1 };

/**
 * struct measurement - one MEASURE under way
 * @region: of what
 * @sha256: the transformation, shared
 * @leaves: how many
 * @next: the leaf that the next free worker takes
 * @error: the first one; ends the others
 * @running: workers that have not ended
 * @ended: completed by the last of them
 * @digests: one a leaf
 */
struct measurement {
	struct cloison_region *region;
	struct crypto_shash *sha256;
	u64 leaves;
	atomic64_t next;
	atomic_t error;
	atomic_t running;
	struct completion ended;
	u8 (*digests)[SHA256_DIGEST_SIZE];
};

static struct workqueue_struct *measurers;

/**
 * struct worker - one of those who hash leaves
 * @work: in measurers
 * @measurement: whose
 * @desc: the hash of the leaf at hand
 * @buffer: CHUNK bytes of it
 */
struct worker {
	struct work_struct work;
	struct measurement *measurement;
	struct shash_desc *desc;
	void *buffer;
};

/* Inside cloison_srcu for the copy only; hashing needs nobody's leave. */
static int hash_chunk(struct worker *worker, u64 offset, size_t bytes)
{
	struct cloison_region *region = worker->measurement->region;
	int idx, ret;

	idx = srcu_read_lock(&cloison_srcu);
	ret = cloison_region_usable(region);
	if (!ret)
		ret = cloison_region_copy(region, offset, worker->buffer, bytes, false);
	srcu_read_unlock(&cloison_srcu, idx);
	return ret ?: crypto_shash_update(worker->desc, worker->buffer, bytes);
}

static int hash_leaf(struct worker *worker, u64 leaf)
{
	struct measurement *measurement = worker->measurement;
	u64 offset = leaf << CLOISON_GRANULE_SHIFT;
	u64 end = min(offset + CLOISON_GRANULE, measurement->region->bytes);
	const u8 prefix = LEAF_PREFIX;
	int ret;

	ret = crypto_shash_init(worker->desc) ?: crypto_shash_update(worker->desc, &prefix, 1);
	while (!ret && offset < end) {
		size_t bytes = min_t(u64, CHUNK, end - offset);

		ret = hash_chunk(worker, offset, bytes);
		offset += bytes;
		cond_resched();
	}
	return ret ?: crypto_shash_final(worker->desc, measurement->digests[leaf]);
}

static void work(struct work_struct *work)
{
	struct worker *worker = container_of(work, struct worker, work);
	struct measurement *measurement = worker->measurement;
	u64 leaf;
	int ret;

	while (!atomic_read(&measurement->error)) {
		leaf = atomic64_fetch_inc(&measurement->next);
		if (leaf >= measurement->leaves)
			break;
		ret = hash_leaf(worker, leaf);
		if (ret)
			atomic_cmpxchg(&measurement->error, 0, ret);
		else
			atomic64_add(CLOISON_GRANULE, &measurement->region->measured);
	}
	if (atomic_dec_and_test(&measurement->running))
		complete(&measurement->ended);
}

static void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	kfree_sensitive(worker->desc);
	kvfree_sensitive(worker->buffer, CHUNK);
	kfree(worker);
}

static struct worker *worker_alloc(struct measurement *measurement)
{
	struct worker *worker = kzalloc(sizeof(*worker), GFP_KERNEL_ACCOUNT);

	if (!worker)
		return NULL;
	INIT_WORK(&worker->work, work);
	worker->measurement = measurement;
	worker->buffer = kvmalloc(CHUNK, GFP_KERNEL_ACCOUNT);
	worker->desc = kzalloc(sizeof(*worker->desc) + crypto_shash_descsize(measurement->sha256),
			       GFP_KERNEL_ACCOUNT);
	if (!worker->buffer || !worker->desc) {
		worker_free(worker);
		return NULL;
	}
	worker->desc->tfm = measurement->sha256;
	return worker;
}

/* Returns when all workers have ended, also after a signal. */
static int hash_leaves(struct measurement *measurement)
{
	struct worker *workers[MAX_WORKERS] = {};
	unsigned int wanted = min3((u64)num_online_cpus(), measurement->leaves, (u64)MAX_WORKERS);
	unsigned int i, started;

	for (started = 0; started < wanted; started++) {
		workers[started] = worker_alloc(measurement);
		if (!workers[started])
			break;
	}
	/* Fewer than wanted do the same work. */
	if (!started)
		return -ENOMEM;
	atomic_set(&measurement->running, started);
	for (i = 0; i < started; i++)
		queue_work(measurers, &workers[i]->work);
	if (wait_for_completion_interruptible(&measurement->ended)) {
		atomic_cmpxchg(&measurement->error, 0, -EINTR);
		wait_for_completion(&measurement->ended);
	}
	/* The completion is the last thing a worker does but not its end. */
	for (i = 0; i < started; i++) {
		flush_work(&workers[i]->work);
		worker_free(workers[i]);
	}
	return atomic_read(&measurement->error);
}

static int hash_node(struct measurement *measurement, const u8 *left, const u8 *right, u8 *out)
{
	u8 node[1 + 2 * SHA256_DIGEST_SIZE];

	node[0] = NODE_PREFIX;
	memcpy(node + 1, left, SHA256_DIGEST_SIZE);
	memcpy(node + 1 + SHA256_DIGEST_SIZE, right, SHA256_DIGEST_SIZE);
	return crypto_shash_tfm_digest(measurement->sha256, node, sizeof(node), out);
}

/*
 * Level by level, in place. An odd last digest moves up unchanged, which gives
 * the tree that RFC 6962 describes by its largest power of two.
 */
static int hash_tree(struct measurement *measurement)
{
	u8(*digests)[SHA256_DIGEST_SIZE] = measurement->digests;
	u64 count = measurement->leaves;
	u64 i;
	int ret;

	while (count > 1) {
		for (i = 0; i + 1 < count; i += 2) {
			ret = hash_node(measurement, digests[i], digests[i + 1], digests[i / 2]);
			if (ret)
				return ret;
		}
		if (count & 1)
			memmove(digests[count / 2], digests[count - 1], SHA256_DIGEST_SIZE);
		count = (count + 1) / 2;
		cond_resched();
	}
	return 0;
}

static int measure(struct cloison_region *region, u8 root[SHA256_DIGEST_SIZE])
{
	struct measurement measurement = {
		.region = region,
		.leaves = cloison_granules_of(region->bytes),
	};
	int ret;

	measurement.sha256 = crypto_alloc_shash("sha256", 0, 0);
	if (IS_ERR(measurement.sha256))
		return PTR_ERR(measurement.sha256);
	measurement.digests =
		kvmalloc_array(measurement.leaves, SHA256_DIGEST_SIZE, GFP_KERNEL_ACCOUNT);
	ret = -ENOMEM;
	if (measurement.digests) {
		init_completion(&measurement.ended);
		atomic64_set(&region->measured, 0);
		ret = hash_leaves(&measurement) ?: hash_tree(&measurement);
	}
	if (!ret)
		memcpy(root, measurement.digests[0], SHA256_DIGEST_SIZE);
	kvfree(measurement.digests);
	crypto_free_shash(measurement.sha256);
	return ret;
}

/**
 * cloison_region_measure - the Merkle root of a region
 * @call: a CLOISON_REGION_MEASURE
 *
 * One measurement of a region at a time; whoever comes later waits. What is
 * sealed cannot change, so its root is kept.
 */
int cloison_region_measure(struct cloison_call *call)
{
	const struct cloison_node *node = cloison_view_of(call->file)->through;
	struct cloison_region *region = node->region;
	struct cloison_region_measure *args = call->args;
	bool sealed;
	int ret;

	if (args->flags)
		return -EOPNOTSUPP;
	if (args->reserved)
		return -EINVAL;
	if (mutex_lock_interruptible(&region->measure_lock))
		return -EINTR;
	sealed = READ_ONCE(region->state) == CLOISON_REGION_SEALED;
	ret = cloison_region_usable(region);
	if (!ret && !region->root_known) {
		ret = measure(region, region->root);
		region->root_known = !ret && sealed;
		if (!ret)
			trace_cloison_region(region, "measure");
	}
	/* A grant may have ended meanwhile, and the region not. */
	if (!ret)
		ret = cloison_node_usable(node);
	if (!ret) {
		memcpy(args->out_root, region->root, sizeof(args->out_root));
		args->out_bytes = region->bytes;
		args->out_sealed = sealed;
	}
	mutex_unlock(&region->measure_lock);
	return ret;
}

int cloison_measure_init(void)
{
	measurers = alloc_workqueue("cloison_measure", WQ_UNBOUND, 0);
	return measurers ? 0 : -ENOMEM;
}

void cloison_measure_exit(void)
{
	destroy_workqueue(measurers);
}
