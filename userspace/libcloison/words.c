// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names and sentences: which names are allowed, and what each value is called. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"

const char *cloison_strerror(int error)
{
	const char *text;

	switch (abs(error)) {
	case ENOTTY:
		return "not a cloison node, or the loaded module does not know this call";
	case E2BIG:
		return "the call asks for more than the loaded module knows";
	case EOPNOTSUPP:
		return "the loaded module does not support this value";
	case EINVAL:
		return "a value is wrong or out of range";
	case EBADF:
		return "the descriptor is not usable for this";
	case ENOENT:
		return "no such object";
	case EEXIST:
		return "an object with that name or number exists";
	case EBUSY:
		return "it is in use";
	case EACCES:
		return "not your tenant, or the guard does not admit the access";
	case EDQUOT:
		return "the tenant's quota does not allow it";
	case ENOSPC:
		return "no free extent of the pool is large enough";
	case EPERM:
		return "the region is sealed, or has to be, or this needs CAP_SYS_ADMIN";
	case ENODEV:
		return "the pool or its device is gone";
	case ESTALE:
		return "the region or the grant was revoked";
	case EIO:
		return "the memory could not be scrubbed and is quarantined, or the function not reset";
	case EHWPOISON:
		return "the hardware reported an error of that memory: what was there is lost";
	case EINTR:
		return "a signal came first; nothing changed";
	}
	text = strerrordesc_np(abs(error));
	return text ? text : "unknown error";
}

static bool name_valid(const char *name, bool dot)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char digits[] = "0123456789";
	size_t i;

	for (i = 0; name[i]; i++) {
		bool first = strchr(letters, name[i]) || strchr(digits, name[i]);
		bool later = name[i] == '-' || name[i] == '_' || (dot && name[i] == '.');

		if (i >= CLOISON_NAME_SIZE - 1 || !(first || (i && later)))
			return false;
	}
	return i > 0;
}

bool cloison_name_valid(const char *name)
{
	return name && name_valid(name, false);
}

bool cloison_region_name_valid(const char *name)
{
	return name && name_valid(name, true);
}

int cloison_split_name(const char *name, char tenant[CLOISON_NAME_SIZE],
		       char region[CLOISON_NAME_SIZE])
{
	char first[CLOISON_NAME_SIZE] = "";
	const char *slash = name ? strchr(name, '/') : NULL;
	size_t length = slash ? (size_t)(slash - name) : 0;

	if (!length || length >= sizeof(first))
		return -EINVAL;
	memcpy(first, name, length);
	if (!cloison_name_valid(first) || !cloison_region_name_valid(slash + 1))
		return -EINVAL;
	strcpy(tenant, first);
	strcpy(region, slash + 1);
	return 0;
}

void put_name(__u8 field[CLOISON_NAME_SIZE], const char *name)
{
	size_t length = strnlen(name, CLOISON_NAME_SIZE - 1);

	memset(field, 0, CLOISON_NAME_SIZE);
	memcpy(field, name, length);
}

const char *cloison_pool_kind_name(uint32_t kind)
{
	switch (kind) {
	case CLOISON_POOL_RAM:
		return "ram";
	case CLOISON_POOL_RESERVED:
		return "reserved";
	case CLOISON_POOL_PCI:
		return "pci";
	}
	return "unknown";
}

const char *cloison_extent_state_name(uint32_t state)
{
	switch (state) {
	case CLOISON_EXTENT_CLEAN:
		return "clean";
	case CLOISON_EXTENT_DIRTY:
		return "dirty";
	case CLOISON_EXTENT_SCRUBBING:
		return "scrubbing";
	case CLOISON_EXTENT_USED:
		return "used";
	case CLOISON_EXTENT_QUARANTINED:
		return "quarantined";
	}
	return "unknown";
}

const char *cloison_region_state_name(uint32_t state)
{
	switch (state) {
	case CLOISON_REGION_READY:
		return "ready";
	case CLOISON_REGION_SEALED:
		return "sealed";
	case CLOISON_REGION_REVOKED:
		return "revoked";
	case CLOISON_REGION_GONE:
		return "gone";
	}
	return "unknown";
}

const char *cloison_enforcement_name(uint32_t enforcement)
{
	switch (enforcement) {
	case CLOISON_ENFORCE_CPU:
		return "cpu";
	case CLOISON_ENFORCE_IOMMU:
		return "iommu";
	case CLOISON_ENFORCE_DEVICE:
		return "device";
	}
	return "unknown";
}
