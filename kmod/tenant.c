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
		if (tenant->cgroup == cgroup)
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

	if (tenant->cgroup)
		cgroup_put(tenant->cgroup);
	kfree_rcu(tenant, rcu);
}

/* Nested tenants would make "whose is it" ambiguous. */
static int tenant_conflicts(const struct cloison_tenant *new)
{
	struct cloison_tenant *tenant;
	unsigned long number;

	xa_for_each(&tenants, number, tenant) {
		if (tenant->number == new->number || !strcmp(tenant->name, new->name))
			return -EEXIST;
		if (cgroup_is_descendant(tenant->cgroup, new->cgroup))
			return -EBUSY;
	}
	return tenant_above(new->cgroup) ? -EBUSY : 0;
}

static int tenant_bind_cgroup(struct cloison_tenant *tenant, int fd)
{
	struct cgroup *cgroup = cgroup_get_from_fd(fd);

	if (IS_ERR(cgroup))
		return PTR_ERR(cgroup) == -EBADF ? -EBADF : -EINVAL;
	tenant->cgroup = cgroup;
	/* The root holds the host's own tasks. */
	return cgroup_parent(cgroup) ? 0 : -EINVAL;
}

static int tenant_publish(struct cloison_tenant *tenant)
{
	int ret;

	if (tenant_count >= CLOISON_MAX_TENANTS)
		return -ENOSPC;
	ret = tenant_conflicts(tenant);
	if (ret)
		return ret;
	ret = xa_insert(&tenants, tenant->number, tenant, GFP_KERNEL);
	if (ret)
		return ret == -EBUSY ? -EEXIST : ret;
	ret = device_add(&tenant->dev);
	if (ret) {
		xa_erase(&tenants, tenant->number);
		return ret;
	}
	hash_add_rcu(by_cgroup, &tenant->of_cgroup, (unsigned long)tenant->cgroup);
	tenant_count++;
	trace_cloison_tenant(tenant, "add");
	return 0;
}

int cloison_tenant_add(struct cloison_call *call)
{
	struct cloison_tenant_add *args = call->args;
	struct cloison_tenant *tenant;
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
	ret = tenant_bind_cgroup(tenant, args->cgroup_fd);
	if (ret)
		goto out_put;

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
		args->out_cgroup_id = cgroup_id(tenant->cgroup);
		args->out_regions = tenant->regions;
		memcpy(args->out_name, tenant->name, sizeof(args->out_name));
	}
	mutex_unlock(&cloison_topology);
	return tenant ? 0 : -ENOENT;
}

int cloison_tenant_set(struct cloison_call *call)
{
	struct cloison_tenant_set *args = call->args;
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
	} else if (args->quota < tenant->used) {
		ret = -EDQUOT;
	} else {
		WRITE_ONCE(tenant->quota, args->quota);
		trace_cloison_tenant(tenant, "quota");
	}
	mutex_unlock(&cloison_topology);
	return ret;
}

/* Tenants hold the module, so that only their index is left at unload. */
void cloison_tenants_destroy(void)
{
	xa_destroy(&tenants);
}
