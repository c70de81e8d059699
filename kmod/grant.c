// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants: a sealed region read by further tenants, each by a node of its own
 * under its own directory, judged by its own cgroup. A grant costs no quota:
 * the memory is charged to the region's owner, once. It ends alone, or with the
 * region.
 */
#include <linux/poll.h>
#include <linux/slab.h>

#include "cloison_private.h"
#include "trace.h"

#define FIRST_MINOR (CLOISON_MAX_REGIONS + 1)
#define LAST_MINOR (CLOISON_MAX_REGIONS + CLOISON_MAX_GRANTS)

/* Under cloison_topology. */
static u32 next_minor = FIRST_MINOR;

static struct cloison_grant *find(u32 number)
{
	struct cloison_node *node;

	if (!number || number > CLOISON_MAX_GRANTS)
		return NULL;
	node = cloison_node_find(CLOISON_MAX_REGIONS + number, CLOISON_MAX_REGIONS + number);
	return node ? container_of(node, struct cloison_grant, node) : NULL;
}

static void grant_release(struct device *dev)
{
	struct cloison_node *node = cloison_node_of(dev);
	struct cloison_grant *grant = container_of(node, struct cloison_grant, node);

	if (node->tenant)
		put_device(&node->tenant->dev);
	put_device(&node->region->node.dev);
	kfree_rcu(grant, node.rcu);
}

static bool granted_to(const struct cloison_region *region, const struct cloison_tenant *tenant)
{
	struct cloison_grant *grant;

	list_for_each_entry(grant, &region->grants, of_region)
		if (grant->node.tenant == tenant)
			return true;
	return false;
}

/* What is sealed stays as it is, so that no reader sees another tenant write. */
static int may_grant(const struct cloison_region *region, const struct cloison_tenant *tenant)
{
	int ret = cloison_region_usable(region);

	if (ret)
		return ret;
	if (region->state != CLOISON_REGION_SEALED)
		return -EPERM;
	if (region->node.tenant == tenant)
		return -EINVAL;
	return granted_to(region, tenant) ? -EEXIST : 0;
}

static void grant_unreserve(struct cloison_grant *grant)
{
	cloison_node_unreserve(&grant->node);
	grant->node.tenant->grants--;
	list_del(&grant->of_region);
}

/*
 * Nobody is admitted by it any more, and who was before is done when this
 * returns. Others who map the region, by its own node or by another grant, are
 * left alone.
 */
static void grant_end(struct cloison_grant *grant)
{
	struct cloison_region *region = grant->node.region;

	mutex_lock(&region->lock);
	WRITE_ONCE(grant->node.ended, true);
	/* Twice for the reason that sweep() has. */
	cloison_views_zap(region, &grant->node);
	synchronize_srcu_expedited(&cloison_srcu);
	cloison_views_zap(region, &grant->node);
	cloison_importers_let_go(region, &grant->node);
	mutex_unlock(&region->lock);
	wake_up_poll(&region->wait, EPOLLERR | EPOLLHUP);
}

/* Its uses have ended, and its node is not to be found any more. */
static void grant_remove(struct cloison_grant *grant)
{
	lockdep_assert_held(&cloison_topology);
	grant_unreserve(grant);
	trace_cloison_grant(grant, "revoke");
	put_device(&grant->node.dev);
}

static void grant_revoke(struct cloison_grant *grant)
{
	cloison_node_unpublish(&grant->node);
	grant_end(grant);
	grant_remove(grant);
}

/**
 * cloison_grants_revoke - take away all grants of a region
 * @region: revoked and about to be destroyed: no use by any node is left, which
 *          need not be ended for each of what may be thousands
 */
void cloison_grants_revoke(struct cloison_region *region)
{
	struct cloison_grant *grant, *next;

	list_for_each_entry_safe(grant, next, &region->grants, of_region) {
		cloison_node_unpublish(&grant->node);
		grant_remove(grant);
	}
}

/* The region and its tenant stay while cloison_topology is held. */
static int grant_publish(struct cloison_grant *grant, struct cloison_tenant *tenant)
{
	int ret;

	ret = may_grant(grant->node.region, tenant);
	if (ret)
		return ret;
	ret = cloison_node_reserve(&grant->node, tenant, XA_LIMIT(FIRST_MINOR, LAST_MINOR),
				   &next_minor);
	if (ret)
		return ret;
	grant->number = grant->node.minor - CLOISON_MAX_REGIONS;
	tenant->grants++;
	list_add_tail(&grant->of_region, &grant->node.region->grants);
	ret = cloison_node_publish(&grant->node);
	if (ret) {
		grant_end(grant);
		grant_unreserve(grant);
		return ret;
	}
	trace_cloison_grant(grant, "add");
	return 0;
}

static int grant_make(struct cloison_grant_add *args, struct cloison_region *region,
		      struct cloison_tenant *tenant)
{
	struct cloison_grant *grant = kzalloc(sizeof(*grant), GFP_KERNEL);
	int ret;

	if (!grant)
		return -ENOMEM;
	get_device(&region->node.dev);
	cloison_node_init(&grant->node, region, args->name, grant_release);
	ret = cloison_node_own(&grant->node, args->uid, args->gid, args->mode) ?:
		      grant_publish(grant, tenant);
	if (ret)
		put_device(&grant->node.dev);
	else
		args->out_grant = grant->number;
	return ret;
}

int cloison_grant_add(struct cloison_call *call)
{
	struct cloison_grant_add *args = call->args;
	struct cloison_region *region;
	struct cloison_tenant *tenant;
	int ret;

	if (args->flags)
		return -EOPNOTSUPP;
	/* Not even the mode promises writing, or anything to others. */
	if (args->mode & ~0550)
		return -EINVAL;
	ret = cloison_name_check(args->name, true);
	if (ret)
		return ret;
	mutex_lock(&cloison_topology);
	region = cloison_region_find(args->region);
	tenant = cloison_tenant_find(args->tenant);
	ret = region && tenant ? grant_make(args, region, tenant) : -ENOENT;
	mutex_unlock(&cloison_topology);
	return ret;
}

static int revoke(u32 number)
{
	struct cloison_grant *grant;

	mutex_lock(&cloison_topology);
	grant = find(number);
	if (grant)
		grant_revoke(grant);
	mutex_unlock(&cloison_topology);
	return grant ? 0 : -ENOENT;
}

/* The caller never learned the number; somebody who looked may have revoked it. */
void cloison_grant_add_undo(struct cloison_call *call)
{
	struct cloison_grant_add *args = call->args;

	revoke(args->out_grant);
}

int cloison_grant_revoke(struct cloison_call *call)
{
	struct cloison_grant_number *args = call->args;

	if (args->flags)
		return -EOPNOTSUPP;
	return args->reserved ? -EINVAL : revoke(args->grant);
}

static void describe(const struct cloison_grant *grant, struct cloison_grant_get *args)
{
	const struct cloison_node *node = &grant->node;

	args->out_grant = grant->number;
	args->out_region = node->region->number;
	args->out_owner = node->region->node.tenant->number;
	args->out_tenant = node->tenant->number;
	args->out_uid = from_kuid(&init_user_ns, node->uid);
	args->out_gid = from_kgid(&init_user_ns, node->gid);
	args->out_mode = node->mode;
	args->out_major = MAJOR(node->dev.devt);
	args->out_minor = MINOR(node->dev.devt);
	args->out_opens = atomic_read(&node->opens);
	args->out_mappings = atomic_read(&node->mappings);
	memcpy(args->out_name, node->name, sizeof(args->out_name));
}

int cloison_grant_get(struct cloison_call *call)
{
	struct cloison_grant_get *args = call->args;
	struct cloison_node *node = NULL;

	if (args->flags & ~CLOISON_GET_FLAG_NEXT)
		return -EOPNOTSUPP;
	mutex_lock(&cloison_topology);
	if (args->grant <= CLOISON_MAX_GRANTS) {
		u32 minor = CLOISON_MAX_REGIONS + args->grant;

		if (args->flags & CLOISON_GET_FLAG_NEXT)
			node = cloison_node_find(max_t(u32, minor, FIRST_MINOR), LAST_MINOR);
		else if (args->grant)
			node = cloison_node_find(minor, minor);
	}
	if (node)
		describe(container_of(node, struct cloison_grant, node), args);
	mutex_unlock(&cloison_topology);
	return node ? 0 : -ENOENT;
}
