// SPDX-License-Identifier: LGPL-2.1-or-later
/* Mapping a region, whole or in part. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "region.h"

struct cloison_mapping {
	struct cloison_region *region;
	void *start; /* what mmap() gave: begins on a page */
	size_t length;
	size_t lead; /* from there to the first byte asked for */
};

int cloison_region_map(struct cloison_region *region, uint64_t offset, size_t bytes, int prot,
		       struct cloison_mapping **out)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct cloison_mapping *mapping;
	int rc;

	if (prot != PROT_READ && prot != (PROT_READ | PROT_WRITE))
		return -EINVAL;
	if (offset >= region->bytes || bytes > region->bytes - offset)
		return -EINVAL;
	if (!bytes) {
		if (region->bytes - offset > SIZE_MAX - page)
			return -EINVAL;
		bytes = (size_t)(region->bytes - offset);
	}
	mapping = calloc(1, sizeof(*mapping));
	if (!mapping)
		return -ENOMEM;
	mapping->lead = (size_t)(offset % page);
	mapping->length = mapping->lead + bytes;
	mapping->start = mmap(NULL, mapping->length, prot, MAP_SHARED, region->fd,
			      (off_t)(offset - mapping->lead));
	if (mapping->start == MAP_FAILED) {
		rc = -errno;
		ctx_log(region->ctx, LOG_ERR, "map: %s", cloison_strerror(rc));
		free(mapping);
		return rc;
	}
	mapping->region = cloison_region_ref(region);
	*out = mapping;
	return 0;
}

void *cloison_mapping_address(const struct cloison_mapping *mapping)
{
	return (char *)mapping->start + mapping->lead;
}

size_t cloison_mapping_bytes(const struct cloison_mapping *mapping)
{
	return mapping->length - mapping->lead;
}

struct cloison_mapping *cloison_unmap(struct cloison_mapping *mapping)
{
	if (mapping) {
		munmap(mapping->start, mapping->length);
		cloison_region_unref(mapping->region);
		free(mapping);
	}
	return NULL;
}
