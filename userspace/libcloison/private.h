/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of libcloison share, and nobody else sees. */
#ifndef LIBCLOISON_PRIVATE_H
#define LIBCLOISON_PRIVATE_H

#include <libcloison.h>
#include <syslog.h>

/* Where nodes are, unless a context says otherwise. */
#define DEVICE_DIRECTORY "/dev/cloison"

struct cloison_ctx {
	int references;
	int log_priority;
	cloison_log_fn log_fn;
	void *log_data;
	char *device_directory;
};

struct cloison_control {
	struct cloison_ctx *ctx;
	int fd;
};

void ctx_log(struct cloison_ctx *ctx, int priority, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ioctl(2) with -errno, and a debug message that names the call. */
int ctx_ioctl(struct cloison_ctx *ctx, int fd, unsigned long request, void *arg, const char *what);

/* Put a checked name into a UAPI field; all bytes behind it become zero. */
void put_name(__u8 field[CLOISON_NAME_SIZE], const char *name);

static inline const char *get_name(const __u8 field[CLOISON_NAME_SIZE])
{
	return (const char *)field;
}

/* References may be dropped from any thread, so the count is atomic. */
static inline void reference_get(int *references)
{
	__atomic_add_fetch(references, 1, __ATOMIC_RELAXED);
}

static inline bool reference_put(int *references)
{
	return __atomic_sub_fetch(references, 1, __ATOMIC_ACQ_REL) == 0;
}

#endif /* LIBCLOISON_PRIVATE_H */
