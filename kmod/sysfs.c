// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/class/cloison, cloison_pool and cloison_tenant: one value a file.
 */
#include <linux/device.h>
#include <linux/pci.h>
#include <linux/sysfs.h>

#include "cloison_private.h"

#define SHOW(_prefix, _name, _type, _of, _format, ...)                                          \
	static ssize_t _prefix##_name##_show(struct device *dev, struct device_attribute *attr, \
					     char *buf)                                         \
	{                                                                                       \
		struct _type *self = _of(dev);                                                  \
                                                                                                \
		return sysfs_emit(buf, _format "\n", __VA_ARGS__);                              \
	}                                                                                       \
	static struct device_attribute _prefix##_name =                                         \
		__ATTR(_name, 0444, _prefix##_name##_show, NULL)

/* ---- nodes: regions and grants ----------------------------------------------------------- */

#define REGION(_name, _format, ...) \
	SHOW(region_, _name, cloison_node, cloison_node_of, _format, __VA_ARGS__)

REGION(tenant, "%s", self->tenant->name);
REGION(region, "%s", self->name);
REGION(pool, "%s", self->region->pool->name);
REGION(bytes, "%llu", self->region->bytes);
REGION(offset, "%llu", self->region->first << CLOISON_GRANULE_SHIFT);
REGION(state, "%s", cloison_region_state_name(READ_ONCE(self->region->state)));
REGION(enforcement, "%s", cloison_enforcement_name(self->region->pool->enforcement));
REGION(generation, "%llu", self->region->generation);
REGION(opens, "%d", atomic_read(&self->opens));
REGION(measured, "%llu", min_t(u64, atomic64_read(&self->region->measured), self->region->bytes));
REGION(mappings, "%d", atomic_read(&self->mappings));
REGION(faults_4k, "%lld", atomic64_read(&self->region->faults_4k));
REGION(faults_2m, "%lld", atomic64_read(&self->region->faults_2m));
REGION(faults_1g, "%lld", atomic64_read(&self->region->faults_1g));

static ssize_t region_importers_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return cloison_importers_show(cloison_node_of(dev), buf);
}

static struct device_attribute region_importers =
	__ATTR(importers, 0444, region_importers_show, NULL);

static struct attribute *region_attrs[] = {
	&region_tenant.attr,	  &region_region.attr,
	&region_pool.attr,	  &region_bytes.attr,
	&region_offset.attr,	  &region_state.attr,
	&region_enforcement.attr, &region_generation.attr,
	&region_opens.attr,	  &region_measured.attr,
	&region_mappings.attr,	  &region_importers.attr,
	&region_faults_4k.attr,	  &region_faults_2m.attr,
	&region_faults_1g.attr,	  NULL,
};
ATTRIBUTE_GROUPS(region);

const struct class cloison_region_class = {
	.name = "cloison",
	.dev_groups = region_groups,
};

/* ---- pools ------------------------------------------------------------- */

#define POOL(_name, _format, ...) \
	SHOW(pool_, _name, cloison_pool, cloison_pool_of, _format, __VA_ARGS__)

static struct cloison_pool_usage usage_of(struct cloison_pool *pool)
{
	struct cloison_pool_usage usage;

	cloison_pool_usage(pool, &usage);
	return usage;
}

static u64 dirty_bytes(struct cloison_pool *pool)
{
	struct cloison_pool_usage usage = usage_of(pool);

	return usage.bytes[CLOISON_EXTENT_DIRTY] + usage.bytes[CLOISON_EXTENT_SCRUBBING];
}

POOL(number, "%u", self->number);
POOL(kind, "%s", cloison_pool_kind_name(self->kind));
POOL(numa_node, "%d", self->numa_node);
POOL(bytes, "%llu", self->granules << CLOISON_GRANULE_SHIFT);
POOL(clean, "%llu", usage_of(self).bytes[CLOISON_EXTENT_CLEAN]);
POOL(dirty, "%llu", dirty_bytes(self));
POOL(used, "%llu", usage_of(self).bytes[CLOISON_EXTENT_USED]);
POOL(quarantined, "%llu", usage_of(self).bytes[CLOISON_EXTENT_QUARANTINED]);
POOL(largest_free, "%llu", usage_of(self).largest_free);
POOL(largest_clean, "%llu", usage_of(self).largest_clean);
POOL(free_runs, "%llu", usage_of(self).free_runs);
POOL(memory_errors, "%u", READ_ONCE(self->memory_errors));
POOL(regions, "%u", READ_ONCE(self->regions));
POOL(enforcement, "%s", cloison_enforcement_name(self->enforcement));
POOL(enforcement_reason, "%s", self->enforcement_reason);
POOL(leftovers, "%s", self->leftovers);
POOL(bus_master, "%d", self->pci && self->pci->is_busmaster);

static struct attribute *pool_attrs[] = {
	&pool_number.attr,	  &pool_kind.attr,	  &pool_numa_node.attr,
	&pool_bytes.attr,	  &pool_clean.attr,	  &pool_dirty.attr,
	&pool_used.attr,	  &pool_quarantined.attr, &pool_memory_errors.attr,
	&pool_regions.attr,	  &pool_enforcement.attr, &pool_enforcement_reason.attr,
	&pool_leftovers.attr,	  &pool_bus_master.attr,  &pool_largest_free.attr,
	&pool_largest_clean.attr, &pool_free_runs.attr,	  NULL,
};
ATTRIBUTE_GROUPS(pool);

const struct class cloison_pool_class = {
	.name = "cloison_pool",
	.dev_groups = pool_groups,
};

/* ---- tenants ----------------------------------------------------------- */

#define TENANT(_name, _format, ...) \
	SHOW(tenant_, _name, cloison_tenant, cloison_tenant_of, _format, __VA_ARGS__)

TENANT(number, "%u", self->number);
TENANT(quota, "%llu", READ_ONCE(self->quota));
TENANT(used, "%llu", READ_ONCE(self->used));
TENANT(regions, "%u", READ_ONCE(self->regions));

/* Below the mount of cgroup2. */
static ssize_t tenant_cgroup_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct cgroup *cgroup;
	int length = 0;

	rcu_read_lock();
	cgroup = rcu_dereference(cloison_tenant_of(dev)->cgroup);
	if (cgroup)
		length = cgroup_path(cgroup, buf, PAGE_SIZE - 1);
	rcu_read_unlock();

	if (length < 0)
		return length;
	return length + sysfs_emit_at(buf, length, "\n");
}

static struct device_attribute tenant_cgroup = __ATTR(cgroup, 0444, tenant_cgroup_show, NULL);

static struct attribute *tenant_attrs[] = {
	&tenant_number.attr,  &tenant_quota.attr,  &tenant_used.attr,
	&tenant_regions.attr, &tenant_cgroup.attr, NULL,
};
ATTRIBUTE_GROUPS(tenant);

const struct class cloison_tenant_class = {
	.name = "cloison_tenant",
	.dev_groups = tenant_groups,
};

/* ------------------------------------------------------------------------ */

static const struct class *const classes[] = {
	&cloison_region_class,
	&cloison_pool_class,
	&cloison_tenant_class,
};

int cloison_sysfs_init(void)
{
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		ret = class_register(classes[i]);
		if (ret)
			goto out_unregister;
	}
	return 0;

out_unregister:
	while (i--)
		class_unregister(classes[i]);
	return ret;
}

void cloison_sysfs_exit(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(classes); i++)
		class_unregister(classes[i]);
}
