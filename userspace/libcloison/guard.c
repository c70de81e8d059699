// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the module holds of the guard, for the guard's loader. */
#include <errno.h>
#include <string.h>

#include "private.h"

static int put_held_name(__u8 field[CLOISON_GUARD_NAME_SIZE], const char *name)
{
	size_t length = strlen(name);

	if (length >= CLOISON_GUARD_NAME_SIZE)
		return -EINVAL;
	memcpy(field, name, length);
	return 0;
}

int cloison_guard_hold(struct cloison_control *control, const char *name, int fd)
{
	struct cloison_guard_hold hold = CLOISON_ARG(cloison_guard_hold);
	int rc = put_held_name(hold.name, name);

	hold.fd = fd;
	return rc ? rc :
		    ctx_ioctl(control->ctx, control->fd, CLOISON_GUARD_HOLD, &hold, "guard hold");
}

int cloison_guard_open(struct cloison_control *control, const char *name)
{
	struct cloison_guard_open open = CLOISON_ARG(cloison_guard_open);
	int rc = put_held_name(open.name, name);

	if (!rc)
		rc = ctx_ioctl(control->ctx, control->fd, CLOISON_GUARD_OPEN, &open, "guard open");
	return rc ? rc : open.out_fd;
}

int cloison_guard_release(struct cloison_control *control, const char *name, bool below)
{
	struct cloison_guard_release release = CLOISON_ARG(cloison_guard_release);
	int rc = put_held_name(release.name, name);

	if (below)
		release.flags = CLOISON_GUARD_FLAG_BELOW;
	return rc ? rc :
		    ctx_ioctl(control->ctx, control->fd, CLOISON_GUARD_RELEASE, &release,
			      "guard release");
}

int cloison_guard_next(struct cloison_control *control, struct cloison_guard_next *next)
{
	memcpy(next->name, next->out_name, sizeof(next->name));
	return ctx_ioctl(control->ctx, control->fd, CLOISON_GUARD_NEXT, next, "guard next");
}
