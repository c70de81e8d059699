// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is inside a tenant. A member is a process that the module saw come into a tenant's
 * cgroup, or among a pen's strays, or be born there. It is not cleaned when it moves
 * within its tenant. Until it executes a program it is entering: it may use the connected
 * unix sockets of the host's that it brought, such as that by which a container engine
 * asks for the terminal; then it is cleaned once more.
 *
 * Members are changed where nothing may sleep, so they come from a reserve.
 */
#include <linux/cgroup.h>
#include <linux/hashtable.h>
#include <linux/mempool.h>
#include <linux/sched/signal.h>

#include "cloison_private.h"
#include "entry.h"

/* The reserve: so many processes can come in without memory. */
#define RESERVE 64

/* Changed under members_lock, read under RCU. */
static DEFINE_HASHTABLE(members, 10);
/* Innermost: taken by tracepoints, with interrupts off. Nothing is taken or allocated under it. */
static DEFINE_RAW_SPINLOCK(members_lock);
static mempool_t *pool;

/**
 * cloison_confinement - the cgroup that confines another
 * @cgroup: any
 *
 * Under RCU.
 *
 * Return: that of the tenant which it is in, or that directly below the pen for a stray,
 * or NULL for the host's.
 */
struct cgroup *cloison_confinement(struct cgroup *cgroup)
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

/* Under RCU. 0 for the host's. */
u64 cloison_confinement_id(struct cgroup *cgroup)
{
	cgroup = cloison_confinement(cgroup);
	return cgroup ? cgroup_id(cgroup) : 0;
}

/* Under RCU or members_lock. */
struct cloison_member *cloison_member_of(const struct signal_struct *process)
{
	struct cloison_member *member;

	hash_for_each_possible_rcu(members, member, node, (unsigned long)process,
				   lockdep_is_held(&members_lock))
		if (member->process == process)
			return member;
	return NULL;
}

static struct cloison_member *member_new(const struct signal_struct *process)
{
	struct cloison_member *member = mempool_alloc(pool, GFP_ATOMIC | __GFP_NOWARN);

	if (!member)
		return NULL;
	memset(member, 0, sizeof(*member));
	member->process = process;
	refcount_set(&member->users, 1);
	mutex_init(&member->cleaning);
	return member;
}

/**
 * cloison_member_note - a process came in, or was born inside
 * @process: what its threads share
 * @cgroup: the id of what confines it
 * @entering: it has not executed a program since it came
 *
 * Under RCU.
 *
 * Return: the member, or NULL for want of memory.
 */
struct cloison_member *cloison_member_note(const struct signal_struct *process, u64 cgroup,
					   bool entering)
{
	struct cloison_member *new = NULL, *member;
	unsigned long flags;

	if (!cloison_member_of(process))
		new = member_new(process);
	raw_spin_lock_irqsave(&members_lock, flags);
	member = cloison_member_of(process);
	if (!member && new) {
		hash_add_rcu(members, &new->node, (unsigned long)process);
		member = new;
		new = NULL;
	}
	if (member) {
		WRITE_ONCE(member->cgroup, cgroup);
		WRITE_ONCE(member->entering, entering);
		WRITE_ONCE(member->again, entering);
		WRITE_ONCE(member->program, NULL);
	}
	raw_spin_unlock_irqrestore(&members_lock, flags);
	if (new)
		mempool_free(new, pool);
	return member;
}

/* A child of one that is entering is in the same state. */
void cloison_member_inherit(struct cloison_member *child, const struct cloison_member *parent)
{
	WRITE_ONCE(child->again, READ_ONCE(parent->again));
	WRITE_ONCE(child->space, READ_ONCE(parent->space));
	WRITE_ONCE(child->program, READ_ONCE(parent->program));
}

static void member_free(struct rcu_head *rcu)
{
	mempool_free(container_of(rcu, struct cloison_member, rcu), pool);
}

void cloison_member_put(struct cloison_member *member)
{
	if (refcount_dec_and_test(&member->users))
		call_rcu(&member->rcu, member_free);
}

/**
 * cloison_member_forget - a process left, or ended
 * @process: what its threads share
 * @dead: none of its threads runs any more
 *
 * One that has to be cleaned yet stays, so that what it forks is cleaned too.
 */
void cloison_member_forget(const struct signal_struct *process, bool dead)
{
	struct cloison_member *member;
	unsigned long flags;

	rcu_read_lock();
	member = cloison_member_of(process);
	rcu_read_unlock();
	if (!member)
		return;
	raw_spin_lock_irqsave(&members_lock, flags);
	member = cloison_member_of(process);
	if (member && !dead && cloison_member_pending(member)) {
		WRITE_ONCE(member->cgroup, 0);
		member = NULL;
	}
	if (member)
		hash_del_rcu(&member->node);
	raw_spin_unlock_irqrestore(&members_lock, flags);
	if (member)
		cloison_member_put(member);
}

/**
 * cloison_entry_is_entering - has a process not executed a program since it came?
 * @process: what its threads share; only compared, so that any number will do
 *
 * Only a process that came into a tenant can be.
 */
bool cloison_entry_is_entering(const struct signal_struct *process)
{
	const struct cloison_member *member;
	bool entering;

	rcu_read_lock();
	member = cloison_member_of(process);
	entering = member && READ_ONCE(member->entering);
	rcu_read_unlock();
	return entering;
}

int cloison_members_init(void)
{
	pool = mempool_create_kmalloc_pool(RESERVE, sizeof(struct cloison_member));
	return pool ? 0 : -ENOMEM;
}

/* No tracepoint calls any more. */
void cloison_members_exit(void)
{
	struct cloison_member *member;
	struct hlist_node *next;
	int bucket;

	/* Those that were forgotten. */
	rcu_barrier();
	hash_for_each_safe(members, bucket, next, member, node)
	{
		hash_del(&member->node);
		mempool_free(member, pool);
	}
	mempool_destroy(pool);
}
