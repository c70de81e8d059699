// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/cloison/control: the admin's side.
 */
#include <linux/miscdevice.h>

#include "cloison_private.h"

static int control_query(struct cloison_call *call)
{
	struct cloison_query *args = call->args;

	if (args->flags)
		return -EOPNOTSUPP;
	args->out_features =
		CLOISON_FEATURE_SEAL | CLOISON_FEATURE_EXPORT | CLOISON_FEATURE_MEASURE |
		CLOISON_FEATURE_GUARD_HOLD | CLOISON_FEATURE_TENANT_SET | CLOISON_FEATURE_GRANT |
		CLOISON_FEATURE_RESIZE | CLOISON_FEATURE_RESET | CLOISON_FEATURE_TENANT_CGROUP;
	args->out_granule = CLOISON_GRANULE;
	args->out_max_tenants = CLOISON_MAX_TENANTS;
	args->out_max_regions = CLOISON_MAX_REGIONS;
	args->out_guard = cloison_guard_attached();
	args->out_sweep_ms = READ_ONCE(cloison_sweep_ms);
	return 0;
}

#define ROW(_cmd, _struct, _last, _admin, _run, ...)      \
	{ .cmd = (_cmd),                                  \
	  .size = sizeof(struct _struct),                 \
	  .min_size = offsetofend(struct _struct, _last), \
	  .admin = (_admin),                              \
	  .run = (_run),                                  \
	  ##__VA_ARGS__ }

static const struct cloison_ioctl control_ioctls[] = {
	ROW(CLOISON_QUERY, cloison_query, out_sweep_ms, false, control_query),
	ROW(CLOISON_POOL_ADD, cloison_pool_add, reserved, true, cloison_pool_add,
	    .undo = cloison_pool_add_undo),
	ROW(CLOISON_POOL_REMOVE, cloison_pool_remove, reserved, true, cloison_pool_remove,
	    .inputs_only = true),
	ROW(CLOISON_POOL_GET, cloison_pool_get, out_name, false, cloison_pool_get),
	ROW(CLOISON_POOL_EXTENT, cloison_pool_extent, out_tenant, false, cloison_pool_extent),
	ROW(CLOISON_TENANT_ADD, cloison_tenant_add, name, true, cloison_tenant_add,
	    .inputs_only = true),
	ROW(CLOISON_TENANT_REMOVE, cloison_tenant_remove, reserved, true, cloison_tenant_remove,
	    .inputs_only = true),
	ROW(CLOISON_TENANT_GET, cloison_tenant_get, out_name, false, cloison_tenant_get),
	ROW(CLOISON_TENANT_SET, cloison_tenant_set, quota, true, cloison_tenant_set,
	    .inputs_only = true),
	ROW(CLOISON_REGION_CREATE, cloison_region_create, name, true, cloison_region_create,
	    .undo = cloison_region_create_undo),
	ROW(CLOISON_REGION_REVOKE, cloison_region_number, reserved, true, cloison_region_revoke,
	    .inputs_only = true),
	ROW(CLOISON_REGION_DESTROY, cloison_region_number, reserved, true, cloison_region_destroy,
	    .inputs_only = true),
	ROW(CLOISON_REGION_GET, cloison_region_get, out_name, false, cloison_region_get),
	ROW(CLOISON_REGION_RESIZE, cloison_region_resize, bytes, true, cloison_region_resize,
	    .inputs_only = true),
	ROW(CLOISON_GRANT_ADD, cloison_grant_add, name, true, cloison_grant_add,
	    .undo = cloison_grant_add_undo),
	ROW(CLOISON_GRANT_REVOKE, cloison_grant_number, reserved, true, cloison_grant_revoke,
	    .inputs_only = true),
	ROW(CLOISON_GRANT_GET, cloison_grant_get, out_name, false, cloison_grant_get),
	ROW(CLOISON_GUARD_HOLD, cloison_guard_hold, name, true, cloison_guard_hold,
	    .inputs_only = true),
	ROW(CLOISON_GUARD_OPEN, cloison_guard_open, name, true, cloison_guard_open,
	    .done = cloison_guard_open_done, .undo = cloison_guard_open_undo),
	ROW(CLOISON_GUARD_RELEASE, cloison_guard_release, name, true, cloison_guard_release,
	    .inputs_only = true),
	ROW(CLOISON_GUARD_NEXT, cloison_guard_next, out_name, true, cloison_guard_next),
};

/*
 * A tenant has no business here, even one that is root in a container without
 * a user namespace of its own, and even with a descriptor somebody passed.
 */
static int control_open(struct inode *inode, struct file *file)
{
	return cloison_tenant_confines_current() ? -EACCES : nonseekable_open(inode, file);
}

static long control_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (cloison_tenant_confines_current())
		return -EACCES;
	return cloison_ioctl(file, cmd, arg, control_ioctls, ARRAY_SIZE(control_ioctls));
}

static const struct file_operations control_fops = {
	.owner = THIS_MODULE,
	.open = control_open,
	.unlocked_ioctl = control_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

bool cloison_is_control(const struct file *file)
{
	return file->f_op == &control_fops;
}

static struct miscdevice control = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "cloison_control",
	.nodename = "cloison/control",
	.mode = 0660,
	.fops = &control_fops,
};

int cloison_control_init(void)
{
	return misc_register(&control);
}

void cloison_control_exit(void)
{
	misc_deregister(&control);
}
