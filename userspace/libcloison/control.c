// SPDX-License-Identifier: LGPL-2.1-or-later
/* The control node. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "private.h"

int cloison_control_open(struct cloison_ctx *ctx, struct cloison_control **out)
{
	struct cloison_control *control;
	char *path;
	int rc = 0;

	if (asprintf(&path, "%s/control", ctx->device_directory) < 0)
		return -ENOMEM;
	control = calloc(1, sizeof(*control));
	if (!control) {
		free(path);
		return -ENOMEM;
	}
	control->fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (control->fd < 0) {
		rc = -errno;
		ctx_log(ctx, LOG_DEBUG, "%s: %s", path, cloison_strerror(rc));
		free(control);
	} else {
		control->ctx = cloison_ref(ctx);
		*out = control;
	}
	free(path);
	return rc;
}

struct cloison_control *cloison_control_close(struct cloison_control *control)
{
	if (control) {
		close(control->fd);
		cloison_unref(control->ctx);
		free(control);
	}
	return NULL;
}

int cloison_query(struct cloison_control *control, struct cloison_query *query)
{
	return ctx_ioctl(control->ctx, control->fd, CLOISON_QUERY, query, "query");
}
