// SPDX-License-Identifier: GPL-2.0-only
/* Mounts by descriptor: made, copied and changed before they have a place. */
#include "run_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

int mount_make(const char *type, const struct mount_option *options, size_t count,
	       unsigned int attributes)
{
	int context = fsopen(type, FSOPEN_CLOEXEC), fd = -1, rc = 0;
	size_t i;

	if (context < 0)
		return -errno;
	for (i = 0; i < count && !rc; i++)
		if (fsconfig(context, FSCONFIG_SET_STRING, options[i].name, options[i].value, 0))
			rc = -errno;
	if (!rc && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		rc = -errno;
	if (!rc) {
		fd = fsmount(context, FSMOUNT_CLOEXEC, attributes);
		rc = fd < 0 ? -errno : fd;
	}
	close(context);
	return rc;
}

int mount_directory(const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

int mount_copy(const char *path, uint64_t attributes)
{
	struct mount_attr change = { .attr_set = attributes, .propagation = MS_PRIVATE };
	int directory = mount_directory(path), fd, rc;

	if (directory < 0)
		return directory;
	fd = open_tree(directory, "",
		       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH);
	rc = fd < 0 ? -errno : 0;
	close(directory);
	if (!rc && mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof(change)))
		rc = -errno;
	if (!rc)
		return fd;
	if (fd >= 0)
		close(fd);
	return rc;
}

int mount_place(int fd, const char *path)
{
	int place, rc = 0;

	if (fd < 0)
		return fd;
	place = mount_directory(path);
	if (place < 0 ||
	    move_mount(fd, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		rc = place < 0 ? place : -errno;
	if (place >= 0)
		close(place);
	close(fd);
	return rc;
}

void mount_take_off(const char *path)
{
	while (!umount2(path, MNT_DETACH))
		;
}
