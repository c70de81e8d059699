// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tenants: a number and a name bound to a cgroup, and a quota.
 */
#include <linux/file.h>
#include <linux/hashtable.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "cloison_private.h"
#include "trace.h"

/* Under cloison_topology. */
static DEFINE_XARRAY(tenants);
static u32 tenant_count;
/* Changed under cloison_topology, read under RCU. */
static DEFINE_HASHTABLE(by_cgroup, 10);

/**
 * cloison_tenant_find - a tenant by its number
 * @number: the number
 *
 * Under cloison_topology, which keeps it alive.
 *
 * Return: the tenant or NULL.
 */
struct cloison_tenant *cloison_tenant_find(u32 number)
{
	lockdep_assert_held(&cloison_topology);
	return xa_load(&tenants, number);
}

/* Under cloison_topology or RCU. */
static struct cloison_tenant *tenant_of_cgroup(const struct cgroup *cgroup)
{
	struct cloison_tenant *tenant;

	hash_for_each_possible_rcu(by_cgroup, tenant, of_cgroup, (unsigned long)cgroup,
				   lockdep_is_held(&cloison_topology))
		if (rcu_access_pointer(tenant->cgroup) == cgroup)
			return tenant;
	return NULL;
}

/* Whose it or a cgroup above it is, or NULL. */
static struct cloison_tenant *tenant_above(struct cgroup *cgroup)
{
	struct cloison_tenant *tenant = NULL;

	for (; cgroup && !tenant; cgroup = cgroup_parent(cgroup))
		tenant = tenant_of_cgroup(cgroup);
	return tenant;
}

/**
 * cloison_tenant_cgroup_above - the tenant's cgroup at or above a cgroup
 * @cgroup: any
 *
 * Under RCU.
 *
 * Return: the cgroup of the tenant that it belongs to, or NULL.
 */
struct cgroup *cloison_tenant_cgroup_above(struct cgroup *cgroup)
{
	struct cloison_tenant *tenant = tenant_above(cgroup);

	return tenant ? rcu_dereference(tenant->cgroup) : NULL;
}

/**
 * cloison_tenant_confines_current - does the caller live in any tenant?
 *
 * Asked by every ioctl of the control node, so neither the number of tenants nor
 * who holds cloison_topology counts.
 */
bool cloison_tenant_confines_current(void)
{
	bool found;

	rcu_read_lock();
	found = tenant_above(task_dfl_cgroup(current));
	rcu_read_unlock();
	return found;
}

/**
 * cloison_tenant_charge - take bytes from a tenant's quota
 * @tenant: the tenant
 * @bytes: whole granules
 *
 * Return: 0 or -EDQUOT.
 */
int cloison_tenant_charge(struct cloison_tenant *tenant, u64 bytes)
{
	u64 sum;

	lockdep_assert_held(&cloison_topology);
	if (check_add_overflow(tenant->used, bytes, &sum) || sum > tenant->quota)
		return -EDQUOT;
	tenant->used = sum;
	return 0;
}

void cloison_tenant_uncharge(struct cloison_tenant *tenant, u64 bytes)
{
	lockdep_assert_held(&cloison_topology);
	tenant->used -= bytes;
}

static void tenant_release(struct device *dev)
{
	struct cloison_tenant *tenant = cloison_tenant_of(dev);

	/* The last reference: nobody changes it any more. */
	struct cgroup *cgroup = rcu_dereference_protected(tenant->cgroup, true);

	if (cgroup)
		cgroup_put(cgroup);
	kfree_rcu(tenant, rcu);
}

static bool tenant_exists(const struct cloison_tenant *new)
{
	struct cloison_tenant *tenant;
	unsigned long number;

	xa_for_each(&tenants, number, tenant)
		if (tenant->number == new->number || !strcmp(tenant->name, new->name))
			return true;
	return false;
}

/* Nested tenants would make "whose is it" ambiguous. */
static bool tenant_conflicts(const struct cloison_tenant *self, struct cgroup *cgroup)
{
	struct cloison_tenant *tenant = tenant_above(cgroup);
	unsigned long number;

	if (tenant && tenant != self)
		return true;
	xa_for_each(&tenants, number, tenant)
		if (tenant != self && cgroup_is_descendant(cloison_tenant_cgroup(tenant), cgroup))
			return true;
	return false;
}

/* Referenced; an error of the contract in cloison.h. */
static struct cgroup *cgroup_of_tenant(int fd)
{
	struct cgroup *cgroup = cgroup_get_from_fd(fd);

	if (IS_ERR(cgroup))
		return PTR_ERR(cgroup) == -EBADF ? cgroup : ERR_PTR(-EINVAL);
	/* The root holds the host's own tasks. */
	if (cgroup_parent(cgroup))
		return cgroup;
	cgroup_put(cgroup);
	return ERR_PTR(-EINVAL);
}

/* In the index of tenants by cgroup, and in force. */
static void tenant_enters(struct cloison_tenant *tenant, struct cgroup *cgroup)
{
	rcu_assign_pointer(tenant->cgroup, cgroup);
	hash_add_rcu(by_cgroup, &tenant->of_cgroup, (unsigned long)cgroup);
	/* After that: who comes in meanwhile is seen. */
	cloison_entry_adopt(cgroup);
}

static int tenant_publish(struct cloison_tenant *tenant)
{
	struct cgroup *cgroup = cloison_tenant_cgroup(tenant);
	int ret;

	if (tenant_count >= CLOISON_MAX_TENANTS)
		return -ENOSPC;
	if (tenant_exists(tenant))
		return -EEXIST;
	if (tenant_conflicts(tenant, cgroup))
		return -EBUSY;
	ret = xa_insert(&tenants, tenant->number, tenant, GFP_KERNEL);
	if (ret)
		return ret == -EBUSY ? -EEXIST : ret;
	ret = device_add(&tenant->dev);
	if (ret) {
		xa_erase(&tenants, tenant->number);
		return ret;
	}
	tenant_enters(tenant, cgroup);
	tenant_count++;
	trace_cloison_tenant(tenant, "add");
	return 0;
}

int cloison_tenant_add(struct cloison_call *call)
{
	struct cloison_tenant_add *args = call->args;
	struct cloison_tenant *tenant;
	struct cgroup *cgroup;
	int ret;

	if (args->flags)
		return -EOPNOTSUPP;
	if (!args->tenant || args->tenant > INT_MAX)
		return -EINVAL;
	ret = cloison_name_check(args->name, false);
	if (ret)
		return ret;
	/* Its directory in /dev/cloison could not be made, and so none of its nodes. */
	if (!strcmp((const char *)args->name, "control"))
		return -EEXIST;

	tenant = kzalloc(sizeof(*tenant), GFP_KERNEL);
	if (!tenant)
		return -ENOMEM;
	tenant->number = args->tenant;
	tenant->quota = args->quota;
	strscpy(tenant->name, (const char *)args->name);
	device_initialize(&tenant->dev);
	tenant->dev.class = &cloison_tenant_class;
	tenant->dev.release = tenant_release;
	ret = dev_set_name(&tenant->dev, "%s", tenant->name);
	if (ret)
		goto out_put;
	cgroup = cgroup_of_tenant(args->cgroup_fd);
	ret = PTR_ERR_OR_ZERO(cgroup);
	if (ret)
		goto out_put;
	RCU_INIT_POINTER(tenant->cgroup, cgroup);

	/* While a tenant exists the module stays. */
	__module_get(THIS_MODULE);
	mutex_lock(&cloison_topology);
	ret = tenant_publish(tenant);
	mutex_unlock(&cloison_topology);
	if (!ret)
		return 0;
	module_put(THIS_MODULE);
out_put:
	put_device(&tenant->dev);
	return ret;
}

int cloison_tenant_remove(struct cloison_call *call)
{
	struct cloison_tenant_remove *args = call->args;
	struct cloison_tenant *tenant;
	int ret = 0;

	if (args->flags)
		return -EOPNOTSUPP;
	if (args->reserved)
		return -EINVAL;

	mutex_lock(&cloison_topology);
	tenant = cloison_tenant_find(args->tenant);
	if (!tenant) {
		ret = -ENOENT;
	} else if (tenant->regions || tenant->grants) {
		ret = -EBUSY;
	} else {
		xa_erase(&tenants, tenant->number);
		hash_del_rcu(&tenant->of_cgroup);
		tenant_count--;
		device_del(&tenant->dev);
		trace_cloison_tenant(tenant, "remove");
	}
	mutex_unlock(&cloison_topology);
	if (ret)
		return ret;
	put_device(&tenant->dev);
	module_put(THIS_MODULE);
	return 0;
}

int cloison_tenant_get(struct cloison_call *call)
{
	struct cloison_tenant_get *args = call->args;
	struct cloison_tenant *tenant;
	unsigned long number = args->tenant;

	if (args->flags & ~CLOISON_GET_FLAG_NEXT)
		return -EOPNOTSUPP;
	if (args->reserved)
		return -EINVAL;

	mutex_lock(&cloison_topology);
	if (args->flags & CLOISON_GET_FLAG_NEXT)
		tenant = xa_find(&tenants, &number, ULONG_MAX, XA_PRESENT);
	else
		tenant = cloison_tenant_find(number);
	if (tenant) {
		args->out_tenant = tenant->number;
		args->out_quota = tenant->quota;
		args->out_used = tenant->used;
		args->out_cgroup_id = cgroup_id(cloison_tenant_cgroup(tenant));
		args->out_regions = tenant->regions;
		memcpy(args->out_name, tenant->name, sizeof(args->out_name));
	}
	mutex_unlock(&cloison_topology);
	return tenant ? 0 : -ENOENT;
}

/* Devices that hold memory by one of the tenant's nodes are told to let go. */
static void tenant_devices_let_go(const struct cloison_tenant *tenant)
{
	struct cloison_node *node;
	unsigned long minor = 1;

	while ((node = cloison_node_find(minor, CLOISON_MAX_REGIONS + CLOISON_MAX_GRANTS))) {
		minor = node->minor + 1;
		if (node->tenant != tenant || !atomic_read(&node->mappings))
			continue;
		mutex_lock(&node->region->lock);
		cloison_importers_let_go(node->region, node);
		mutex_unlock(&node->region->lock);
	}
}

/*
 * Takes over the reference to @cgroup. Between the two cgroups the tenant has none,
 * and every access is denied: no task of the old one gets at what a task of the new
 * one has written.
 */
static void tenant_moves(struct cloison_tenant *tenant, struct cgroup *cgroup)
{
	struct cgroup *old = cloison_tenant_cgroup(tenant);

	hash_del_rcu(&tenant->of_cgroup);
	RCU_INIT_POINTER(tenant->cgroup, NULL);
	/* Twice for the reason that sweep() has. */
	cloison_mappings_zap_all(tenant);
	synchronize_srcu_expedited(&cloison_srcu);
	cloison_mappings_zap_all(tenant);
	tenant_devices_let_go(tenant);
	/*
	 * Those who saw it in the index's old place must not go on from its new one, and
	 * those who look at the old cgroup need it.
	 */
	synchronize_rcu();
	tenant_enters(tenant, cgroup);
	cgroup_put(old);
}

static int tenant_set_cgroup(u32 number, int fd)
{
	struct cgroup *cgroup = cgroup_of_tenant(fd);
	struct cloison_tenant *tenant;
	int ret = 0;

	if (IS_ERR(cgroup))
		return PTR_ERR(cgroup);
	mutex_lock(&cloison_topology);
	tenant = cloison_tenant_find(number);
	if (!tenant) {
		ret = -ENOENT;
	} else if (tenant_conflicts(tenant, cgroup)) {
		ret = -EBUSY;
	} else if (cgroup != cloison_tenant_cgroup(tenant)) {
		tenant_moves(tenant, cgroup);
		trace_cloison_tenant(tenant, "cgroup");
		/* It is the tenant's now. */
		cgroup = NULL;
	}
	mutex_unlock(&cloison_topology);
	if (cgroup)
		cgroup_put(cgroup);
	return ret;
}

static int tenant_set_quota(u32 number, u64 quota)
{
	struct cloison_tenant *tenant;
	int ret = 0;

	mutex_lock(&cloison_topology);
	tenant = cloison_tenant_find(number);
	if (!tenant) {
		ret = -ENOENT;
	} else if (quota < tenant->used) {
		ret = -EDQUOT;
	} else {
		WRITE_ONCE(tenant->quota, quota);
		trace_cloison_tenant(tenant, "quota");
	}
	mutex_unlock(&cloison_topology);
	return ret;
}

int cloison_tenant_set(struct cloison_call *call)
{
	struct cloison_tenant_set *args = call->args;

	if (args->flags & ~CLOISON_TENANT_SET_CGROUP)
		return -EOPNOTSUPP;
	if (args->flags & CLOISON_TENANT_SET_CGROUP)
		return args->quota ? -EINVAL : tenant_set_cgroup(args->tenant, args->cgroup_fd);
	return args->cgroup_fd ? -EINVAL : tenant_set_quota(args->tenant, args->quota);
}

/* Tenants hold the module, so that only their index is left at unload. */
void cloison_tenants_destroy(void)
{
	xa_destroy(&tenants);
}
