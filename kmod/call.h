/* SPDX-License-Identifier: GPL-2.0-only */
/* ioctls: how their arguments cross, and those of the control node. */
#ifndef CLOISON_CALL_H
#define CLOISON_CALL_H

#include <linux/fs.h>
#include <linux/types.h>

/* ---- ioctl.c ----------------------------------------------------------- */

/**
 * struct cloison_call - one ioctl under way
 * @file: the device it was called on
 * @args: the kernel's copy of the caller's struct
 * @result: what @run leaves for @done or @undo of its row
 */
struct cloison_call {
	struct file *file;
	void *args;
	void *result;
};

/**
 * struct cloison_ioctl - one row of an ioctl table
 * @cmd: the request
 * @size: sizeof() its struct today
 * @min_size: its size when it first appeared; never changes
 * @admin: needs CAP_SYS_ADMIN
 * @inputs_only: nothing goes back to the caller, so that nothing can fail once
 *               @run has had its effect
 * @run: works on the kernel's copy, which goes back to the caller on success
 * @done: what must not happen before the caller has the outputs, or NULL
 * @undo: takes back what @run did when the outputs could not be copied, or
 *        NULL when @run's effect does not depend on them
 */
struct cloison_ioctl {
	unsigned int cmd;
	u32 size;
	u32 min_size;
	bool admin;
	bool inputs_only;
	int (*run)(struct cloison_call *call);
	void (*done)(struct cloison_call *call);
	void (*undo)(struct cloison_call *call);
};

long cloison_ioctl(struct file *file, unsigned int cmd, unsigned long arg,
		   const struct cloison_ioctl *table, size_t rows);

int cloison_pool_add(struct cloison_call *call);
void cloison_pool_add_undo(struct cloison_call *call);
int cloison_pool_remove(struct cloison_call *call);
int cloison_pool_get(struct cloison_call *call);
int cloison_pool_extent(struct cloison_call *call);
int cloison_tenant_add(struct cloison_call *call);
int cloison_tenant_remove(struct cloison_call *call);
int cloison_tenant_get(struct cloison_call *call);
int cloison_tenant_set(struct cloison_call *call);
int cloison_region_create(struct cloison_call *call);
void cloison_region_create_undo(struct cloison_call *call);
int cloison_region_revoke(struct cloison_call *call);
int cloison_region_destroy(struct cloison_call *call);
int cloison_region_get(struct cloison_call *call);
int cloison_region_resize(struct cloison_call *call);
int cloison_grant_add(struct cloison_call *call);
void cloison_grant_add_undo(struct cloison_call *call);
int cloison_grant_revoke(struct cloison_call *call);
int cloison_grant_get(struct cloison_call *call);
int cloison_region_export(struct cloison_call *call);
void cloison_region_export_done(struct cloison_call *call);
void cloison_region_export_undo(struct cloison_call *call);

bool cloison_is_control(const struct file *file);
int cloison_control_init(void);
void cloison_control_exit(void);

#endif /* CLOISON_CALL_H */
