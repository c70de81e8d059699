/* SPDX-License-Identifier: GPL-2.0-only */
/* Mounts by descriptor: made, copied and changed before they have a place. */
#ifndef CLOISON_RUN_MOUNT_H
#define CLOISON_RUN_MOUNT_H

#include <stddef.h>
#include <stdint.h>

struct mount_option {
	const char *name;
	char value[16];
};

/* A new file system of that type, or a negative errno. */
int mount_make(const char *type, const struct mount_option *options, size_t count,
	       unsigned int attributes);

/* A copy of what is mounted at and below that directory, with these attributes on all. */
int mount_copy(const char *path, uint64_t attributes);

/* That directory, if no symbolic link leads to it: it may lead out of the tree. */
int mount_directory(const char *path);

/* Give a mount its place, and close it. Returns 0 or a negative errno. */
int mount_place(int fd, const char *path);

/* Take off all that is mounted there. */
void mount_take_off(const char *path);

#endif /* CLOISON_RUN_MOUNT_H */
