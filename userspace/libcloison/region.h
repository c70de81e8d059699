/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An open region, for region.c and mapping.c. */
#ifndef LIBCLOISON_REGION_H
#define LIBCLOISON_REGION_H

#include "private.h"

struct cloison_region {
	int references;
	int fd;
	int access; /* O_RDONLY, O_RDWR or O_WRONLY */
	uint64_t bytes;
	struct cloison_ctx *ctx;
};

#endif /* LIBCLOISON_REGION_H */
