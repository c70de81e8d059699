/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The structs of cloison.h as the fuzzer knows them: what each field means. A
 * new ioctl needs a row at the end of this file, or one for each of its ways; the
 * campaign compares the rows with the header.
 */
#ifndef FUZZ_IOCTLS_H
#define FUZZ_IOCTLS_H

enum meaning {
	/* Filled in before the call. */
	FIELD_SIZE,
	FIELD_FLAGS,
	FIELD_GET_FLAGS,
	FIELD_ZERO,
	FIELD_POOL,
	FIELD_TENANT,
	FIELD_REGION,
	FIELD_NEW_TENANT,
	FIELD_CGROUP_FD,
	FIELD_SET_CGROUP,
	FIELD_NAME,
	FIELD_BYTES,
	FIELD_POOL_BYTES,
	FIELD_OFFSET,
	FIELD_MODE,
	FIELD_ID,
	FIELD_KIND,
	FIELD_NODE,
	FIELD_FD_FLAGS,
	FIELD_ALIGN,
	FIELD_GRANTEE,
	FIELD_GRANT_MODE,
	FIELD_GRANT,
	FIELD_BPF_FD,
	FIELD_HELD_NAME,
	/* Read after it. */
	MADE_POOL,
	MADE_REGION,
	MADE_GRANT,
	MADE_FD,
};

struct field {
	uint16_t offset;
	uint16_t size;
	enum meaning meaning;
};

#define MAX_FIELDS 16

struct ioctl_row {
	const char *name;
	unsigned int cmd;
	bool by_tenant;
	uint32_t size;
	struct field fields[MAX_FIELDS];
};

#define F(_struct, _member, _meaning) \
	{ offsetof(struct _struct, _member), sizeof(((struct _struct *)0)->_member), _meaning }
#define ROW(_cmd, _by_tenant, _struct, ...)                            \
	{                                                              \
		.name = #_cmd, .cmd = _cmd, .by_tenant = (_by_tenant), \
		.size = sizeof(struct _struct), .fields = {            \
			F(_struct, size, FIELD_SIZE),                  \
			##__VA_ARGS__                                  \
		}                                                      \
	}

static const struct ioctl_row ioctls[] = {
	ROW(CLOISON_QUERY, false, cloison_query, F(cloison_query, flags, FIELD_FLAGS)),
	ROW(CLOISON_POOL_ADD, false, cloison_pool_add, F(cloison_pool_add, flags, FIELD_FLAGS),
	    F(cloison_pool_add, kind, FIELD_KIND), F(cloison_pool_add, numa_node, FIELD_NODE),
	    F(cloison_pool_add, start, FIELD_ZERO), F(cloison_pool_add, bytes, FIELD_POOL_BYTES),
	    F(cloison_pool_add, pci_address, FIELD_ZERO), F(cloison_pool_add, pci_bar, FIELD_ZERO),
	    F(cloison_pool_add, name, FIELD_NAME), F(cloison_pool_add, reserved, FIELD_ZERO),
	    F(cloison_pool_add, out_pool, MADE_POOL)),
	ROW(CLOISON_POOL_REMOVE, false, cloison_pool_remove,
	    F(cloison_pool_remove, flags, FIELD_FLAGS), F(cloison_pool_remove, pool, FIELD_POOL),
	    F(cloison_pool_remove, reserved, FIELD_ZERO)),
	ROW(CLOISON_POOL_GET, false, cloison_pool_get, F(cloison_pool_get, flags, FIELD_GET_FLAGS),
	    F(cloison_pool_get, pool, FIELD_POOL)),
	ROW(CLOISON_POOL_EXTENT, false, cloison_pool_extent,
	    F(cloison_pool_extent, flags, FIELD_FLAGS), F(cloison_pool_extent, pool, FIELD_POOL),
	    F(cloison_pool_extent, offset, FIELD_OFFSET)),
	ROW(CLOISON_TENANT_ADD, false, cloison_tenant_add,
	    F(cloison_tenant_add, flags, FIELD_FLAGS),
	    F(cloison_tenant_add, tenant, FIELD_NEW_TENANT),
	    F(cloison_tenant_add, cgroup_fd, FIELD_CGROUP_FD),
	    F(cloison_tenant_add, quota, FIELD_BYTES), F(cloison_tenant_add, name, FIELD_NAME)),
	ROW(CLOISON_TENANT_REMOVE, false, cloison_tenant_remove,
	    F(cloison_tenant_remove, flags, FIELD_FLAGS),
	    F(cloison_tenant_remove, tenant, FIELD_NEW_TENANT),
	    F(cloison_tenant_remove, reserved, FIELD_ZERO)),
	ROW(CLOISON_TENANT_GET, false, cloison_tenant_get,
	    F(cloison_tenant_get, flags, FIELD_GET_FLAGS),
	    F(cloison_tenant_get, tenant, FIELD_TENANT),
	    F(cloison_tenant_get, reserved, FIELD_ZERO)),
	ROW(CLOISON_REGION_CREATE, false, cloison_region_create,
	    F(cloison_region_create, flags, FIELD_FLAGS),
	    F(cloison_region_create, tenant, FIELD_TENANT),
	    F(cloison_region_create, pool, FIELD_POOL),
	    F(cloison_region_create, bytes, FIELD_BYTES), F(cloison_region_create, uid, FIELD_ID),
	    F(cloison_region_create, gid, FIELD_ID), F(cloison_region_create, mode, FIELD_MODE),
	    F(cloison_region_create, name, FIELD_NAME),
	    F(cloison_region_create, align_shift, FIELD_ALIGN),
	    F(cloison_region_create, reserved, FIELD_ZERO),
	    F(cloison_region_create, out_region, MADE_REGION)),
	ROW(CLOISON_REGION_REVOKE, false, cloison_region_number,
	    F(cloison_region_number, flags, FIELD_FLAGS),
	    F(cloison_region_number, region, FIELD_REGION),
	    F(cloison_region_number, reserved, FIELD_ZERO)),
	ROW(CLOISON_REGION_DESTROY, false, cloison_region_number,
	    F(cloison_region_number, flags, FIELD_FLAGS),
	    F(cloison_region_number, region, FIELD_REGION),
	    F(cloison_region_number, reserved, FIELD_ZERO)),
	ROW(CLOISON_REGION_GET, false, cloison_region_get,
	    F(cloison_region_get, flags, FIELD_GET_FLAGS),
	    F(cloison_region_get, region, FIELD_REGION),
	    F(cloison_region_get, reserved, FIELD_ZERO)),
	ROW(CLOISON_REGION_RESIZE, false, cloison_region_resize,
	    F(cloison_region_resize, flags, FIELD_FLAGS),
	    F(cloison_region_resize, region, FIELD_REGION),
	    F(cloison_region_resize, reserved, FIELD_ZERO),
	    F(cloison_region_resize, bytes, FIELD_BYTES)),
	ROW(CLOISON_TENANT_SET, false, cloison_tenant_set,
	    F(cloison_tenant_set, flags, FIELD_FLAGS), F(cloison_tenant_set, tenant, FIELD_TENANT),
	    F(cloison_tenant_set, cgroup_fd, FIELD_ZERO),
	    F(cloison_tenant_set, quota, FIELD_BYTES)),
	ROW(CLOISON_TENANT_SET, false, cloison_tenant_set,
	    F(cloison_tenant_set, flags, FIELD_SET_CGROUP),
	    F(cloison_tenant_set, tenant, FIELD_NEW_TENANT),
	    F(cloison_tenant_set, cgroup_fd, FIELD_CGROUP_FD),
	    F(cloison_tenant_set, quota, FIELD_ZERO)),
	ROW(CLOISON_GRANT_ADD, false, cloison_grant_add, F(cloison_grant_add, flags, FIELD_FLAGS),
	    F(cloison_grant_add, region, FIELD_REGION), F(cloison_grant_add, tenant, FIELD_GRANTEE),
	    F(cloison_grant_add, uid, FIELD_ID), F(cloison_grant_add, gid, FIELD_ID),
	    F(cloison_grant_add, mode, FIELD_GRANT_MODE), F(cloison_grant_add, name, FIELD_NAME),
	    F(cloison_grant_add, out_grant, MADE_GRANT)),
	ROW(CLOISON_GRANT_REVOKE, false, cloison_grant_number,
	    F(cloison_grant_number, flags, FIELD_FLAGS),
	    F(cloison_grant_number, grant, FIELD_GRANT),
	    F(cloison_grant_number, reserved, FIELD_ZERO)),
	ROW(CLOISON_GRANT_GET, false, cloison_grant_get,
	    F(cloison_grant_get, flags, FIELD_GET_FLAGS), F(cloison_grant_get, grant, FIELD_GRANT)),
	ROW(CLOISON_GUARD_HOLD, false, cloison_guard_hold,
	    F(cloison_guard_hold, flags, FIELD_FLAGS), F(cloison_guard_hold, fd, FIELD_BPF_FD),
	    F(cloison_guard_hold, reserved, FIELD_ZERO),
	    F(cloison_guard_hold, name, FIELD_HELD_NAME)),
	ROW(CLOISON_GUARD_OPEN, false, cloison_guard_open,
	    F(cloison_guard_open, flags, FIELD_FLAGS), F(cloison_guard_open, reserved, FIELD_ZERO),
	    F(cloison_guard_open, name, FIELD_HELD_NAME), F(cloison_guard_open, out_fd, MADE_FD)),
	ROW(CLOISON_GUARD_RELEASE, false, cloison_guard_release,
	    F(cloison_guard_release, flags, FIELD_GET_FLAGS),
	    F(cloison_guard_release, name, FIELD_HELD_NAME)),
	ROW(CLOISON_GUARD_NEXT, false, cloison_guard_next,
	    F(cloison_guard_next, flags, FIELD_FLAGS),
	    F(cloison_guard_next, name, FIELD_HELD_NAME)),
	ROW(CLOISON_REGION_INFO, true, cloison_region_info,
	    F(cloison_region_info, flags, FIELD_FLAGS)),
	ROW(CLOISON_REGION_SEAL, true, cloison_region_seal,
	    F(cloison_region_seal, flags, FIELD_FLAGS)),
	ROW(CLOISON_REGION_EXPORT, true, cloison_region_export,
	    F(cloison_region_export, flags, FIELD_FLAGS),
	    F(cloison_region_export, offset, FIELD_OFFSET),
	    F(cloison_region_export, bytes, FIELD_BYTES),
	    F(cloison_region_export, fd_flags, FIELD_FD_FLAGS),
	    F(cloison_region_export, out_fd, MADE_FD)),
	ROW(CLOISON_REGION_MEASURE, true, cloison_region_measure,
	    F(cloison_region_measure, flags, FIELD_FLAGS),
	    F(cloison_region_measure, reserved, FIELD_ZERO)),
};

#define IOCTLS (sizeof(ioctls) / sizeof(ioctls[0]))

#endif /* FUZZ_IOCTLS_H */
