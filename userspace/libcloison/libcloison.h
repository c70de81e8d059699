/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcloison: regions of isolated accelerator memory, for runtimes and admins.
 *
 * A runtime opens a region that belongs to the tenant it runs in, and maps it:
 *
 *	struct cloison_ctx *ctx;
 *	struct cloison_region *region;
 *	struct cloison_mapping *mapping;
 *
 *	cloison_new(&ctx);
 *	cloison_region_open(ctx, "acme/weights", O_RDONLY, &region);
 *	cloison_region_map(region, 0, 0, PROT_READ, &mapping);
 *	use(cloison_mapping_address(mapping), cloison_mapping_bytes(mapping));
 *
 * Conventions, for every function below:
 *
 *  - What returns int returns 0 (or a count or descriptor, where it says so) on
 *    success and a negative errno on failure. The errnos are those of
 *    cloison.h; cloison_strerror() has a sentence for each. Those that a
 *    function's comment does not list may still come from the system
 *    (-ENOMEM, -EMFILE, -EINTR).
 *  - Outputs are written on success only.
 *  - Offsets and lengths are bytes.
 *  - Nothing is global. Calls on different contexts never meet; references may
 *    be taken and dropped from any thread; all else on one handle needs the
 *    caller's own lock, except that a mapping may be used by all threads.
 *  - The admin calls take and fill the structs of cloison.h. Start each with
 *    CLOISON_ARG(), which tells the library and the kernel how much of it the
 *    caller was compiled with.
 */
#ifndef LIBCLOISON_H
#define LIBCLOISON_H

#include <cloison.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cloison_ctx;
struct cloison_control;
struct cloison_region;
struct cloison_mapping;

/**
 * CLOISON_ARG - an empty argument struct of cloison.h with its size set
 * @type: name of the struct, without the word struct
 */
#define CLOISON_ARG(type) ((struct type){ .size = sizeof(struct type) })

/* ---- context ----------------------------------------------------------- */

/**
 * cloison_log_fn - takes a message of the library
 * @ctx: the context it is about
 * @priority: LOG_ERR, LOG_INFO or LOG_DEBUG of syslog.h
 * @data: what was given to cloison_set_log_fn()
 * @format: as for vprintf(3); the message has no newline at its end
 * @args: likewise
 */
typedef void (*cloison_log_fn)(struct cloison_ctx *ctx, int priority, void *data,
			       const char *format, va_list args);

/**
 * cloison_new - make a context
 * @out: the new context; drop it with cloison_unref()
 *
 * Nothing is opened yet. The context logs nothing until told where to.
 * Return: 0; -ENOMEM.
 */
int cloison_new(struct cloison_ctx **out);

/** cloison_ref - take one more reference; Return: @ctx */
struct cloison_ctx *cloison_ref(struct cloison_ctx *ctx);

/** cloison_unref - drop a reference, NULL is taken too; Return: NULL */
struct cloison_ctx *cloison_unref(struct cloison_ctx *ctx);

/**
 * cloison_set_log_fn - say where messages go
 * @ctx: the context
 * @fn: called for each message; NULL for nowhere, as at the start
 * @data: handed to @fn
 */
void cloison_set_log_fn(struct cloison_ctx *ctx, cloison_log_fn fn, void *data);

/**
 * cloison_set_log_priority - say which messages are wanted
 * @ctx: the context
 * @priority: LOG_ERR (at the start), LOG_INFO or LOG_DEBUG, of syslog.h;
 *            LOG_DEBUG reports every call to the kernel
 */
void cloison_set_log_priority(struct cloison_ctx *ctx, int priority);

/**
 * cloison_set_device_directory - look for nodes elsewhere than /dev/cloison
 * @ctx: the context
 * @path: an absolute path, where a container sees the nodes
 *
 * Return: 0; -EINVAL if @path is not absolute; -ENOMEM.
 */
int cloison_set_device_directory(struct cloison_ctx *ctx, const char *path);

/** cloison_device_directory - Return: where nodes are looked for */
const char *cloison_device_directory(const struct cloison_ctx *ctx);

/* ---- words ------------------------------------------------------------- */

/**
 * cloison_strerror - what an error means here
 * @error: an errno, negative or positive
 *
 * Return: a sentence without a full stop, never NULL, never to be freed. What
 * cloison.h does not define is strerrordesc_np(3)'s.
 */
const char *cloison_strerror(int error);

/**
 * cloison_name_valid - may a tenant or a pool have this name?
 * @name: 1 to 63 characters of A-Z a-z 0-9 - and _, first a letter or digit
 */
bool cloison_name_valid(const char *name);

/** cloison_region_name_valid - as cloison_name_valid(), and '.' after the first */
bool cloison_region_name_valid(const char *name);

/**
 * cloison_split_name - take TENANT/REGION apart
 * @name: "TENANT/REGION"
 * @tenant: CLOISON_NAME_SIZE bytes for the tenant's name
 * @region: CLOISON_NAME_SIZE bytes for the region's name
 *
 * Return: 0; -EINVAL if there is not exactly one slash, or a name is malformed.
 */
int cloison_split_name(const char *name, char tenant[CLOISON_NAME_SIZE],
		       char region[CLOISON_NAME_SIZE]);

/** cloison_pool_kind_name - Return: "ram", "reserved", "pci" or "unknown" */
const char *cloison_pool_kind_name(uint32_t kind);

/** cloison_extent_state_name - Return: "clean", "dirty", "scrubbing", "used",
 * "quarantined" or "unknown"
 */
const char *cloison_extent_state_name(uint32_t state);

/** cloison_region_state_name - Return: "ready", "sealed", "revoked", "gone" or
 * "unknown"
 */
const char *cloison_region_state_name(uint32_t state);

/** cloison_enforcement_name - Return: "cpu", "iommu", "device" or "unknown" */
const char *cloison_enforcement_name(uint32_t enforcement);

/* ---- using a region ---------------------------------------------------- */

/**
 * cloison_region_open - open a region of the caller's tenant
 * @ctx: the context
 * @name: "TENANT/REGION", or the absolute path of its node
 * @flags: O_RDONLY, O_RDWR or O_WRONLY; O_CLOEXEC is always added
 * @out: the region; drop it with cloison_region_unref()
 *
 * Return: 0; -EINVAL for other flags or a malformed name; -ENOENT if there is
 * no such region; -EACCES if it is another tenant's, or the guard does not
 * admit the caller, or the node's mode forbids it; -ENOTTY if @name is not a
 * region; -EPERM if it is sealed and @flags want to write; -ESTALE if it was
 * revoked; -ENODEV if its pool is gone.
 */
int cloison_region_open(struct cloison_ctx *ctx, const char *name, int flags,
			struct cloison_region **out);

/** cloison_region_ref - take one more reference; Return: @region */
struct cloison_region *cloison_region_ref(struct cloison_region *region);

/**
 * cloison_region_unref - drop a reference, NULL is taken too; Return: NULL
 *
 * Mappings hold their own reference and stay.
 */
struct cloison_region *cloison_region_unref(struct cloison_region *region);

/**
 * cloison_region_fd - the descriptor, for read(2), pread(2), write(2), lseek(2)
 *
 * Return: a descriptor that belongs to @region: do not close it.
 */
int cloison_region_fd(const struct cloison_region *region);

/** cloison_region_bytes - Return: the region's size, in bytes */
uint64_t cloison_region_bytes(const struct cloison_region *region);

/**
 * cloison_region_info - ask the kernel about the region
 * @region: the region
 * @info: from CLOISON_ARG(cloison_region_info)
 *
 * Return: 0; -EACCES, -ESTALE, -ENODEV as for cloison_region_open().
 */
int cloison_region_info(struct cloison_region *region, struct cloison_region_info *info);

/**
 * cloison_region_map - map a region or a part of it, shared
 * @region: the region
 * @offset: first byte, 0 up to the region's size; need not be page-aligned
 * @bytes: how many; 0 for all from @offset on
 * @prot: PROT_READ, or PROT_READ | PROT_WRITE if the region was opened O_RDWR
 * @out: the mapping; end it with cloison_unmap()
 *
 * The mapping holds a reference to @region. It dies (SIGBUS on the next touch)
 * when the region is revoked, the guard is detached, or the process leaves the
 * tenant; a writable one also when the region is sealed. It is not inherited
 * by fork(2).
 *
 * Return: 0; -EINVAL for another @prot, an empty range or one outside the
 * region; -EACCES if not admitted or not opened for it; -EPERM for a writable
 * mapping of a sealed region; -ESTALE; -ENODEV.
 */
int cloison_region_map(struct cloison_region *region, uint64_t offset, size_t bytes, int prot,
		       struct cloison_mapping **out);

/** cloison_mapping_address - Return: address of the first byte asked for */
void *cloison_mapping_address(const struct cloison_mapping *mapping);

/** cloison_mapping_bytes - Return: how many bytes may be used from there on */
size_t cloison_mapping_bytes(const struct cloison_mapping *mapping);

/** cloison_unmap - end a mapping, NULL is taken too; Return: NULL */
struct cloison_mapping *cloison_unmap(struct cloison_mapping *mapping);

/**
 * cloison_region_seal - end all writing to the region, by anyone and for good
 * @region: opened for writing
 *
 * Writable mappings die, this process's own included. Sealing again is no
 * error.
 * Return: 0; -EACCES if not admitted; -EBADF or -EPERM if @region is not open
 * for writing; -ESTALE; -ENODEV; -ENOTTY if the module cannot.
 */
int cloison_region_seal(struct cloison_region *region);

/**
 * cloison_region_measure - the Merkle root of the region's bytes
 * @region: open, for reading or writing
 * @measure: CLOISON_ARG(cloison_region_measure); filled
 *
 * Takes as long as hashing the region takes; that of a sealed region is kept
 * and found at once the next time. See struct cloison_region_measure.
 *
 * Return: 0; -EINTR after a signal; -EACCES; -ESTALE; -ENODEV; -ENOTTY if the
 * module cannot measure (no CLOISON_FEATURE_MEASURE).
 */
int cloison_region_measure(struct cloison_region *region, struct cloison_region_measure *measure);

/**
 * cloison_region_export - hand out a part of the region as a dma-buf
 * @region: the region
 * @offset: first byte, a multiple of the page size
 * @bytes: how many, a multiple of the page size; 0 for all from @offset on
 * @flags: O_RDONLY, or O_RDWR if the region was opened O_RDWR; O_CLOEXEC is
 *         always added
 *
 * Return: a descriptor for the caller to close; -EINVAL for a range outside
 * the region or not page-aligned; -EACCES; -EPERM for O_RDWR of a sealed
 * region; -ESTALE; -ENODEV; -ENOTTY if the module cannot.
 */
int cloison_region_export(struct cloison_region *region, uint64_t offset, uint64_t bytes,
			  int flags);

/* ---- administration ---------------------------------------------------- */

/**
 * cloison_control_open - open the control node
 * @ctx: the context; the handle holds a reference
 * @out: the handle; end it with cloison_control_close()
 *
 * Return: 0; -ENOENT if the module is not loaded; -EACCES if the caller is
 * neither root nor in the node's group.
 */
int cloison_control_open(struct cloison_ctx *ctx, struct cloison_control **out);

/** cloison_control_close - end a handle, NULL is taken too; Return: NULL */
struct cloison_control *cloison_control_close(struct cloison_control *control);

/**
 * cloison_query - what the loaded module can do
 * @control: the handle
 * @query: from CLOISON_ARG(cloison_query)
 *
 * Judge by out_features, never by a version.
 * Return: 0.
 */
int cloison_query(struct cloison_control *control, struct cloison_query *query);

/**
 * cloison_pool_add - put memory under cloison
 * @control: the handle
 * @add: from CLOISON_ARG(cloison_pool_add), and filled as cloison.h says but
 *       for the name
 * @name: its name; see cloison_name_valid()
 *
 * Return: 0, and add->out_pool; -EPERM without CAP_SYS_ADMIN; -EINVAL for a
 * malformed name, a size or start that is not a multiple of the granule;
 * -EEXIST if the name is taken; -EBUSY if the memory is; -EOPNOTSUPP for
 * another kind; -ENODEV if the PCI function is not bound to cloison or lacks
 * that BAR; -ENOMEM if a ram pool cannot be had.
 */
int cloison_pool_add(struct cloison_control *control, struct cloison_pool_add *add,
		     const char *name);

/**
 * cloison_pool_remove - scrub a pool and let go of it
 * @control: the handle
 * @pool: its number
 *
 * Waits for the scrub.
 * Return: 0; -EPERM; -ENOENT; -EBUSY while it has regions; -EIO if a part
 * could not be scrubbed (the pool stays); -EINTR if a signal came first.
 */
int cloison_pool_remove(struct cloison_control *control, uint32_t pool);

/**
 * cloison_pool_by_number - look at a pool
 * @control: the handle
 * @number: its number
 * @pool: from CLOISON_ARG(cloison_pool_get)
 *
 * Return: 0; -ENOENT.
 */
int cloison_pool_by_number(struct cloison_control *control, uint32_t number,
			   struct cloison_pool_get *pool);

/** cloison_pool_by_name - as cloison_pool_by_number(), by its name */
int cloison_pool_by_name(struct cloison_control *control, const char *name,
			 struct cloison_pool_get *pool);

/**
 * cloison_pool_next - walk all pools by rising number
 * @control: the handle
 * @pool: from CLOISON_ARG(cloison_pool_get) at first, then as it was left
 *
 * Return: 0; -ENOENT at the end.
 */
int cloison_pool_next(struct cloison_control *control, struct cloison_pool_get *pool);

/**
 * cloison_pool_extent_next - walk the extents of a pool by rising offset
 * @control: the handle
 * @extent: from CLOISON_ARG(cloison_pool_extent) with the pool's number set at
 *          first, then as it was left
 *
 * Return: 0; -ENOENT at the end, or if there is no such pool.
 */
int cloison_pool_extent_next(struct cloison_control *control, struct cloison_pool_extent *extent);

/**
 * cloison_tenant_add - make a tenant
 * @control: the handle
 * @number: its number, 1 to 0x7fffffff
 * @name: its name; see cloison_name_valid()
 * @cgroup_fd: descriptor of its cgroup v2 directory; stays the caller's
 * @quota: bytes that its regions may take together, in whole granules
 *
 * Return: 0; -EPERM without CAP_SYS_ADMIN; -EINVAL for a malformed name, a
 * number out of range, or a cgroup that is the root; -EBADF if @cgroup_fd is no
 * cgroup v2 directory; -EEXIST if the name or number is taken (the
 * name control always is); -EBUSY for a cgroup at, above or below another
 * tenant's.
 */
int cloison_tenant_add(struct cloison_control *control, uint32_t number, const char *name,
		       int cgroup_fd, uint64_t quota);

/**
 * cloison_tenant_remove - end a tenant
 *
 * Return: 0; -EPERM; -ENOENT; -EBUSY while it has regions or grants.
 */
int cloison_tenant_remove(struct cloison_control *control, uint32_t tenant);

/**
 * cloison_tenant_set_quota - give a tenant another quota, in use or not
 * @control: the handle
 * @tenant: its number
 * @quota: bytes that its regions may take together from now on
 *
 * Return: 0; -EPERM; -ENOENT; -EDQUOT if its regions take more already; -ENOTTY
 * if the module cannot (no CLOISON_FEATURE_TENANT_SET).
 */
int cloison_tenant_set_quota(struct cloison_control *control, uint32_t tenant, uint64_t quota);

/**
 * cloison_tenant_set_cgroup - give a tenant another cgroup, with all its regions
 * @control: the handle
 * @tenant: its number
 * @cgroup_fd: descriptor of the cgroup v2 directory
 *
 * When this returns no access from the old cgroup is left. It is not an error to set
 * the cgroup that the tenant has.
 *
 * Return: 0; -EPERM; -ENOENT; -EBADF or -EINVAL if @cgroup_fd is not that of a cgroup
 * v2 directory, or the root's; -EBUSY for a cgroup at, above or below another tenant's;
 * -EOPNOTSUPP or -ENOTTY if the module cannot (no CLOISON_FEATURE_TENANT_CGROUP).
 */
int cloison_tenant_set_cgroup(struct cloison_control *control, uint32_t tenant, int cgroup_fd);

/**
 * cloison_tenant_by_number - look at a tenant
 * @control: the handle
 * @number: its number
 * @tenant: from CLOISON_ARG(cloison_tenant_get)
 *
 * Return: 0; -ENOENT.
 */
int cloison_tenant_by_number(struct cloison_control *control, uint32_t number,
			     struct cloison_tenant_get *tenant);

/** cloison_tenant_by_name - as cloison_tenant_by_number(), by its name */
int cloison_tenant_by_name(struct cloison_control *control, const char *name,
			   struct cloison_tenant_get *tenant);

/** cloison_tenant_next - walk all tenants; see cloison_pool_next() */
int cloison_tenant_next(struct cloison_control *control, struct cloison_tenant_get *tenant);

/**
 * cloison_region_create - make a region
 * @control: the handle
 * @create: from CLOISON_ARG(cloison_region_create), and filled as cloison.h
 *          says but for the name
 * @name: its name; see cloison_region_name_valid()
 *
 * Waits for a scrub if no clean extent is large enough.
 * Return: 0, and create->out_region; -EPERM without CAP_SYS_ADMIN; -EINVAL for
 * a malformed name, a size of 0, or mode bits for others; -ENOENT for an
 * unknown tenant or pool; -EEXIST if the tenant has a region of that name;
 * -EDQUOT over the tenant's quota; -ENOSPC if no free extent is large enough;
 * -EIO if the memory could not be scrubbed, or the function not reset; -EBUSY if
 * the pool serves another tenant (CLOISON_POOL_RESET); -EINTR if a signal came first.
 */
int cloison_region_create(struct cloison_control *control, struct cloison_region_create *create,
			  const char *name);

/**
 * cloison_region_revoke - end every use of a region at once and for good
 *
 * The node stays until cloison_region_destroy(). Revoking again is no error.
 * Return: 0; -EPERM; -ENOENT.
 */
int cloison_region_revoke(struct cloison_control *control, uint32_t region);

/**
 * cloison_region_destroy - revoke a region, remove its node, scrub its memory
 *
 * Does not wait for the scrub.
 * Return: 0; -EPERM; -ENOENT.
 */
int cloison_region_destroy(struct cloison_control *control, uint32_t region);

/**
 * cloison_region_by_number - look at a region, whoever owns it
 * @control: the handle
 * @number: its number
 * @region: from CLOISON_ARG(cloison_region_get)
 *
 * Return: 0; -ENOENT.
 */
int cloison_region_by_number(struct cloison_control *control, uint32_t number,
			     struct cloison_region_get *region);

/**
 * cloison_region_by_name - as cloison_region_by_number(), by "TENANT/REGION"
 *
 * Return: 0; -EINVAL for a malformed name; -ENOENT.
 */
int cloison_region_by_name(struct cloison_control *control, const char *name,
			   struct cloison_region_get *region);

/** cloison_region_next - walk all regions; see cloison_pool_next() */
int cloison_region_next(struct cloison_control *control, struct cloison_region_get *region);

/**
 * cloison_region_resize - make a region larger or smaller
 * @control: the handle
 * @region: its number
 * @bytes: its new size
 *
 * See struct cloison_region_resize: what it grows by reads as zeros, what it
 * shrinks by is scrubbed. May take as long as copying it.
 * Return: 0; -EPERM if it is sealed, or without CAP_SYS_ADMIN; -EINVAL for a size
 * of 0; -ENOENT; -EBUSY while it is mapped, has a dma-buf or is being resized;
 * -EDQUOT over the tenant's quota; -ENOSPC if no free extent is large enough;
 * -ESTALE; -ENODEV; -EINTR if a signal came first; -ENOTTY if the module cannot
 * (no CLOISON_FEATURE_RESIZE).
 */
int cloison_region_resize(struct cloison_control *control, uint32_t region, uint64_t bytes);

/**
 * cloison_grant_add - let another tenant read a sealed region
 * @control: the handle
 * @add: from CLOISON_ARG(cloison_grant_add), and filled as cloison.h says but
 *       for the name
 * @name: of the node in that tenant's directory; see cloison_region_name_valid()
 *
 * Return: 0, and add->out_grant; -EPERM if the region is not sealed, or without
 * CAP_SYS_ADMIN; -EINVAL for a malformed name, its own tenant, or mode bits for
 * writing or for others; -ENOENT for an unknown region or tenant; -EEXIST if
 * the tenant has a node of that name, or this region already; -ESTALE; -ENODEV;
 * -ENOTTY if the module cannot (no CLOISON_FEATURE_GRANT).
 */
int cloison_grant_add(struct cloison_control *control, struct cloison_grant_add *add,
		      const char *name);

/**
 * cloison_grant_revoke - end a grant at once and for good
 *
 * The region, its owner, and whom it is granted to otherwise go on.
 * Return: 0; -EPERM; -ENOENT.
 */
int cloison_grant_revoke(struct cloison_control *control, uint32_t grant);

/**
 * cloison_grant_by_number - look at a grant
 * @control: the handle
 * @number: its number
 * @grant: from CLOISON_ARG(cloison_grant_get)
 *
 * Return: 0; -ENOENT.
 */
int cloison_grant_by_number(struct cloison_control *control, uint32_t number,
			    struct cloison_grant_get *grant);

/**
 * cloison_grant_by_name - as cloison_grant_by_number(), by "TENANT/NAME" of its node
 *
 * Return: 0; -EINVAL for a malformed name; -ENOENT.
 */
int cloison_grant_by_name(struct cloison_control *control, const char *name,
			  struct cloison_grant_get *grant);

/** cloison_grant_next - walk all grants; see cloison_pool_next() */
int cloison_grant_next(struct cloison_control *control, struct cloison_grant_get *grant);

/**
 * cloison_guard_hold - have the module keep a BPF object alive
 * @control: the handle
 * @name: by which it can be had again; takes the place of what has that name
 * @fd: a BPF link, program or map; stays the caller's
 *
 * Return: 0; -EPERM without CAP_SYS_ADMIN; -EINVAL for a malformed name; -EBADF
 * if @fd is something else; -ENOTTY if the module cannot.
 */
int cloison_guard_hold(struct cloison_control *control, const char *name, int fd);

/**
 * cloison_guard_open - have a descriptor of what is held
 *
 * Return: the descriptor, which is closed on exec; -EPERM; -ENOENT; -ENOTTY.
 */
int cloison_guard_open(struct cloison_control *control, const char *name);

/**
 * cloison_guard_release - let go of what is held
 * @control: the handle
 * @name: its name
 * @below: not that, but all whose names begin with @name and a slash; all that
 *         is held if @name is empty
 *
 * Return: 0; -EPERM; -ENOENT if there was none and @below is false; -ENOTTY.
 */
int cloison_guard_release(struct cloison_control *control, const char *name, bool below);

/**
 * cloison_guard_next - walk what is held, by name
 * @control: the handle
 * @next: from CLOISON_ARG(cloison_guard_next) at first, then as it was left
 *
 * Return: 0, and next->out_name; -EPERM; -ENOENT at the end; -ENOTTY.
 */
int cloison_guard_next(struct cloison_control *control, struct cloison_guard_next *next);

#ifdef __cplusplus
}
#endif

#endif /* LIBCLOISON_H */
