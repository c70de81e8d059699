// SPDX-License-Identifier: LGPL-2.1-or-later
/* The context: where nodes are, and where messages go. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "private.h"

int cloison_new(struct cloison_ctx **out)
{
	struct cloison_ctx *ctx = calloc(1, sizeof(*ctx));

	if (!ctx)
		return -ENOMEM;
	ctx->device_directory = strdup(DEVICE_DIRECTORY);
	if (!ctx->device_directory) {
		free(ctx);
		return -ENOMEM;
	}
	ctx->references = 1;
	ctx->log_priority = LOG_ERR;
	*out = ctx;
	return 0;
}

struct cloison_ctx *cloison_ref(struct cloison_ctx *ctx)
{
	reference_get(&ctx->references);
	return ctx;
}

struct cloison_ctx *cloison_unref(struct cloison_ctx *ctx)
{
	if (ctx && reference_put(&ctx->references)) {
		free(ctx->device_directory);
		free(ctx);
	}
	return NULL;
}

void cloison_set_log_fn(struct cloison_ctx *ctx, cloison_log_fn fn, void *data)
{
	ctx->log_fn = fn;
	ctx->log_data = data;
}

void cloison_set_log_priority(struct cloison_ctx *ctx, int priority)
{
	ctx->log_priority = priority;
}

int cloison_set_device_directory(struct cloison_ctx *ctx, const char *path)
{
	char *copy;

	if (!path || path[0] != '/')
		return -EINVAL;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	free(ctx->device_directory);
	ctx->device_directory = copy;
	return 0;
}

const char *cloison_device_directory(const struct cloison_ctx *ctx)
{
	return ctx->device_directory;
}

void ctx_log(struct cloison_ctx *ctx, int priority, const char *format, ...)
{
	int saved = errno;
	va_list args;

	if (!ctx->log_fn || priority > ctx->log_priority)
		return;
	va_start(args, format);
	ctx->log_fn(ctx, priority, ctx->log_data, format, args);
	va_end(args);
	errno = saved;
}

int ctx_ioctl(struct cloison_ctx *ctx, int fd, unsigned long request, void *arg, const char *what)
{
	int rc = ioctl(fd, request, arg) < 0 ? -errno : 0;

	if (rc)
		ctx_log(ctx, LOG_DEBUG, "%s: %s", what, cloison_strerror(rc));
	else
		ctx_log(ctx, LOG_DEBUG, "%s: done", what);
	return rc;
}
