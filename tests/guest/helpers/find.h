/* SPDX-License-Identifier: GPL-2.0-only */
/* Pools and tenants by their names: 0 if there is none. @control: the control node */
#ifndef FIND_H
#define FIND_H

#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cloison.h"

__attribute__((unused)) static uint32_t pool_number(int control, const char *name)
{
	struct cloison_pool_get get = { 0 };

	do {
		get = (struct cloison_pool_get){
			.size = sizeof(get),
			.flags = CLOISON_GET_FLAG_NEXT,
			.pool = get.out_pool + 1,
		};
		if (ioctl(control, CLOISON_POOL_GET, &get))
			return 0;
	} while (strcmp((char *)get.out_name, name));
	return get.out_pool;
}

__attribute__((unused)) static uint32_t tenant_number(int control, const char *name)
{
	struct cloison_tenant_get get = { 0 };

	do {
		get = (struct cloison_tenant_get){
			.size = sizeof(get),
			.flags = CLOISON_GET_FLAG_NEXT,
			.tenant = get.out_tenant + 1,
		};
		if (ioctl(control, CLOISON_TENANT_GET, &get))
			return 0;
	} while (strcmp((char *)get.out_name, name));
	return get.out_tenant;
}

#endif /* FIND_H */
