// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nodes /dev/cloison/<tenant>/<name>: a region's own, and one for each
 * tenant it is granted to. All have one cdev, and open finds its node by the
 * minor: a list of cdevs would be walked to its end by every first open, and a
 * cached inode could name a node that is no more.
 */
#include <linux/cdev.h>
#include <linux/hashtable.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/stringhash.h>

#include "cloison_private.h"

#define MINORS (CLOISON_MAX_REGIONS + CLOISON_MAX_GRANTS + 1)

/*
 * By minor, changed under cloison_topology and read under RCU. A minor whose
 * region is still being made is reserved by an entry that every lookup takes
 * for absent.
 */
static DEFINE_XARRAY_ALLOC1(nodes);
/* By tenant and name, under cloison_topology. */
static DEFINE_HASHTABLE(names, 12);
static dev_t first_devt;
static struct cdev cdev;

static u32 name_key(const struct cloison_tenant *tenant, const char *name)
{
	return full_name_hash(tenant, name, strlen(name));
}

static bool name_taken(const struct cloison_tenant *tenant, const char *name)
{
	struct cloison_node *node;

	hash_for_each_possible(names, node, named, name_key(tenant, name))
		if (node->tenant == tenant && !strcmp(node->name, name))
			return true;
	return false;
}

static char *node_devnode(const struct device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid)
{
	const struct cloison_node *node = cloison_node_of(dev);

	if (mode)
		*mode = node->mode;
	if (uid)
		*uid = node->uid;
	if (gid)
		*gid = node->gid;
	/*
	 * Must not fail: devtmpfs would go on with another name, and make the node
	 * where nobody looks for it or leave that of a destroyed region behind.
	 */
	return kasprintf(GFP_KERNEL | __GFP_NOFAIL, "cloison/%s/%s", node->tenant->name,
			 node->name);
}

static const struct device_type node_type = {
	.name = "cloison_node",
	.devnode = node_devnode,
};

/**
 * cloison_node_init - fill a new node
 * @node: zeroed
 * @region: of which region
 * @name: checked
 * @release: frees what @node is a part of, after RCU, and puts its tenant
 *
 * From here on it ends with put_device().
 */
void cloison_node_init(struct cloison_node *node, struct cloison_region *region, const u8 *name,
		       void (*release)(struct device *dev))
{
	device_initialize(&node->dev);
	node->dev.class = &cloison_region_class;
	node->dev.type = &node_type;
	node->dev.release = release;
	node->region = region;
	strscpy(node->name, (const char *)name, sizeof(node->name));
}

/**
 * cloison_node_own - who may open it, of those in the tenant
 * @node: from cloison_node_init()
 * @uid: in the initial user namespace
 * @gid: likewise
 * @mode: permission bits
 *
 * Return: 0 or -EINVAL.
 */
int cloison_node_own(struct cloison_node *node, u32 uid, u32 gid, umode_t mode)
{
	node->uid = make_kuid(&init_user_ns, uid);
	node->gid = make_kgid(&init_user_ns, gid);
	node->mode = mode;
	return uid_valid(node->uid) && gid_valid(node->gid) ? 0 : -EINVAL;
}

/**
 * cloison_node_reserve - take a name and a minor
 * @node: from cloison_node_init()
 * @tenant: whose directory it will be in
 * @minors: from which minors
 * @next: where the search begins, so that a minor comes back late
 *
 * Return: 0, -EEXIST if the tenant has such a name, -ENOSPC, -ENOMEM.
 */
int cloison_node_reserve(struct cloison_node *node, struct cloison_tenant *tenant,
			 struct xa_limit minors, u32 *next)
{
	int ret;

	lockdep_assert_held(&cloison_topology);
	if (name_taken(tenant, node->name))
		return -EEXIST;
	ret = xa_alloc_cyclic(&nodes, &node->minor, NULL, minors, next, GFP_KERNEL);
	if (ret < 0)
		return ret == -EBUSY ? -ENOSPC : ret;
	node->tenant = tenant;
	get_device(&tenant->dev);
	hash_add(names, &node->named, name_key(tenant, node->name));
	return 0;
}

void cloison_node_unreserve(struct cloison_node *node)
{
	lockdep_assert_held(&cloison_topology);
	xa_erase(&nodes, node->minor);
	hash_del(&node->named);
}

/**
 * cloison_node_publish - let it be opened
 * @node: reserved, and all it leads to in place
 *
 * After a failure somebody may have opened it by its minor all the same.
 */
int cloison_node_publish(struct cloison_node *node)
{
	int ret;

	lockdep_assert_held(&cloison_topology);
	node->dev.devt = MKDEV(MAJOR(first_devt), node->minor);
	ret = dev_set_name(&node->dev, "cloison%u", node->minor);
	if (ret)
		return ret;
	/* Takes the reserved entry's place, which needs no memory. */
	xa_store(&nodes, node->minor, node, GFP_KERNEL);
	return device_add(&node->dev);
}

/* What was opened by it is the caller's to end, and then to unreserve it. */
void cloison_node_unpublish(struct cloison_node *node)
{
	lockdep_assert_held(&cloison_topology);
	device_del(&node->dev);
}

/**
 * cloison_node_find - the node of a minor
 * @minor: the minor, or the first one that would do
 * @last: the last one that would do
 *
 * Under cloison_topology, which keeps it alive.
 */
struct cloison_node *cloison_node_find(unsigned long minor, unsigned long last)
{
	lockdep_assert_held(&cloison_topology);
	return xa_find(&nodes, &minor, last, XA_PRESENT);
}

/**
 * cloison_node_get - the node of a minor, referenced
 * @minor: of the inode that is being opened
 *
 * Return: the node, to be put, or NULL.
 */
struct cloison_node *cloison_node_get(unsigned int minor)
{
	struct cloison_node *node;

	rcu_read_lock();
	node = xa_load(&nodes, minor);
	if (node && !kobject_get_unless_zero(&node->dev.kobj))
		node = NULL;
	rcu_read_unlock();
	return node;
}

/**
 * cloison_node_usable - is there still something to use?
 * @node: by which node
 *
 * Inside cloison_srcu until the use is over.
 *
 * Return: 0, -ESTALE after a revocation, -ENODEV after the pool has gone.
 */
int cloison_node_usable(const struct cloison_node *node)
{
	if (READ_ONCE(node->ended))
		return -ESTALE;
	return cloison_region_usable(node->region);
}

int cloison_nodes_init(void)
{
	int ret;

	ret = alloc_chrdev_region(&first_devt, 0, MINORS, "cloison");
	if (ret)
		return ret;
	cdev_init(&cdev, &cloison_region_fops);
	cdev.owner = THIS_MODULE;
	ret = cdev_add(&cdev, first_devt, MINORS);
	if (ret)
		unregister_chrdev_region(first_devt, MINORS);
	return ret;
}

void cloison_nodes_exit(void)
{
	cdev_del(&cdev);
	unregister_chrdev_region(first_devt, MINORS);
	xa_destroy(&nodes);
}
