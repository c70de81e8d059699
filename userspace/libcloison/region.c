// SPDX-License-Identifier: LGPL-2.1-or-later
/* Using a region: open, look, seal, hand out. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "region.h"

static int region_path(struct cloison_ctx *ctx, const char *name, char **out)
{
	char tenant[CLOISON_NAME_SIZE], region[CLOISON_NAME_SIZE];
	int rc;

	if (name && name[0] == '/')
		return asprintf(out, "%s", name) < 0 ? -ENOMEM : 0;
	rc = cloison_split_name(name, tenant, region);
	if (rc)
		return rc;
	if (asprintf(out, "%s/%s/%s", ctx->device_directory, tenant, region) < 0)
		return -ENOMEM;
	return 0;
}

int cloison_region_open(struct cloison_ctx *ctx, const char *name, int flags,
			struct cloison_region **out)
{
	struct cloison_region_info info = CLOISON_ARG(cloison_region_info);
	struct cloison_region *region;
	char *path = NULL;
	int rc;

	if ((flags & ~(O_ACCMODE | O_CLOEXEC)) || (flags & O_ACCMODE) == O_ACCMODE)
		return -EINVAL;
	rc = region_path(ctx, name, &path);
	if (rc)
		return rc;
	region = calloc(1, sizeof(*region));
	if (!region) {
		free(path);
		return -ENOMEM;
	}
	region->references = 1;
	region->access = flags & O_ACCMODE;
	region->ctx = cloison_ref(ctx);
	/* A path may name anything: O_NONBLOCK so that a FIFO does not hang us. */
	region->fd = open(path, region->access | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	rc = region->fd < 0 ? -errno : cloison_region_info(region, &info);
	region->bytes = info.out_bytes;
	if (rc) {
		ctx_log(ctx, LOG_ERR, "%s: %s", path, cloison_strerror(rc));
		cloison_region_unref(region);
	} else {
		*out = region;
	}
	free(path);
	return rc;
}

struct cloison_region *cloison_region_ref(struct cloison_region *region)
{
	reference_get(&region->references);
	return region;
}

struct cloison_region *cloison_region_unref(struct cloison_region *region)
{
	if (region && reference_put(&region->references)) {
		if (region->fd >= 0)
			close(region->fd);
		cloison_unref(region->ctx);
		free(region);
	}
	return NULL;
}

int cloison_region_fd(const struct cloison_region *region)
{
	return region->fd;
}

uint64_t cloison_region_bytes(const struct cloison_region *region)
{
	return region->bytes;
}

int cloison_region_info(struct cloison_region *region, struct cloison_region_info *info)
{
	return ctx_ioctl(region->ctx, region->fd, CLOISON_REGION_INFO, info, "region info");
}

int cloison_region_seal(struct cloison_region *region)
{
	struct cloison_region_seal seal = CLOISON_ARG(cloison_region_seal);

	return ctx_ioctl(region->ctx, region->fd, CLOISON_REGION_SEAL, &seal, "region seal");
}

int cloison_region_measure(struct cloison_region *region, struct cloison_region_measure *measure)
{
	return ctx_ioctl(region->ctx, region->fd, CLOISON_REGION_MEASURE, measure,
			 "region measure");
}

int cloison_region_export(struct cloison_region *region, uint64_t offset, uint64_t bytes, int flags)
{
	struct cloison_region_export export = CLOISON_ARG(cloison_region_export);
	int rc;

	export.offset = offset;
	export.bytes = bytes;
	export.fd_flags = (unsigned int)flags | O_CLOEXEC;
	rc = ctx_ioctl(region->ctx, region->fd, CLOISON_REGION_EXPORT, &export, "region export");
	return rc ? rc : export.out_fd;
}
