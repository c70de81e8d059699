// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the tenants are, as the programs look them up: cgroup to slot, slot to
 * segment. Programs read while this is written, so each change is one store or one
 * entry, and between any two of them nothing is open.
 */
#include "guard_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "cgroup.h"

/* FILEID_KERNFS: the handle is the inode number, which is the cgroup's id. */
#define KERNFS_HANDLE 0xfe

/* The values of an array map, shared with the kernel. NULL: errno says why. */
static void *map_values(const struct guard_maps *maps, enum guard_map map, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, maps->fd[map], 0);

	return at == MAP_FAILED ? NULL : at;
}

struct cloison_pens *guard_pens_map(const struct guard_maps *maps)
{
	return map_values(maps, GUARD_MAP_PENS, sizeof(struct cloison_pens));
}

void guard_pens_unmap(struct cloison_pens *pens)
{
	munmap(pens, sizeof(*pens));
}

/* ---- cgroups by id ------------------------------------------------------------ */

int guard_cgroup_mount(char **mount, struct problem *problem)
{
	int error = cgroup_mount(mount);

	if (!error)
		return 0;
	return problem_set(problem, error,
			   "no cgroup2 file system is mounted as a whole: "
			   "type '" CGROUP_MOUNT_COMMAND "'");
}

/* The cgroup directory of an id, which is what its file handle consists of. */
static int cgroup_open(uint64_t id)
{
	struct {
		struct file_handle head;
		uint64_t id;
	} handle = { .head = { .handle_bytes = sizeof(id), .handle_type = KERNFS_HANDLE } };
	char *mount;
	int root, fd, error = cgroup_mount(&mount);

	if (error)
		return error;
	root = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = -errno;
	free(mount);
	if (root < 0)
		return error;
	memcpy(handle.head.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(root, &handle.head, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = -errno;
	close(root);
	return fd < 0 ? error : fd;
}

static int path_of_fd(int fd, char *path, size_t size)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, size - 1);
	if (length < 0)
		return -errno;
	path[length] = '\0';
	return 0;
}

/* The cgroup's directory. Return: 0; -ESTALE if it is gone; another error if it cannot be said. */
int guard_cgroup_path(uint64_t cgroup, char *path, size_t size)
{
	_cleanup_fd_ int fd = cgroup_open(cgroup);

	path[0] = '\0';
	return fd < 0 ? fd : path_of_fd(fd, path, size);
}

/*
 * The cgroup's path from the root of its file system, "/" for the root, wherever
 * that is mounted. Return: as of guard_cgroup_path()
 */
int guard_cgroup_name(uint64_t cgroup, char *name, size_t size)
{
	char path[4096], *mount;
	int error = cgroup_mount(&mount);
	size_t length;

	name[0] = '\0';
	if (error)
		return error;
	length = strcmp(mount, "/") ? strlen(mount) : 0;
	error = guard_cgroup_path(cgroup, path, sizeof(path));
	if (!error && (strncmp(path, mount, length) || (path[length] && path[length] != '/')))
		error = -EXDEV;
	if (!error &&
	    (size_t)snprintf(name, size, "%s", path[length] ? path + length : "/") >= size)
		error = -ENAMETOOLONG;
	free(mount);
	return error;
}

/* How deep it lies; the root, "/", at 0. */
uint32_t guard_depth(const char *name)
{
	uint32_t depth = 0;

	for (; *name; name++)
		depth += name[0] == '/' && name[1] && name[1] != '/';
	return depth;
}

/* Whether @name is @above or lies below it. */
bool guard_below(const char *name, const char *above)
{
	size_t length = strlen(above);

	return !strncmp(name, above, length) && (!name[length] || name[length] == '/');
}

/* ---- slots and segments ----------------------------------------------------------- */

/* Waits until no program runs that has begun before. */
static void programs_wait(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(20000);
}

/* From here on programs may go by a segment that is not in force any more. */
static void unsettle(struct cloison_pens *pens)
{
	__atomic_store_n(&pens->unsettled, 1, __ATOMIC_SEQ_CST);
}

/*
 * With the lock held: no program goes by a policy that is not in force any more,
 * also if the command that changed it was killed. So what is not in force may be
 * written.
 */
int guard_settle(const struct guard_maps *maps, struct problem *problem)
{
	struct cloison_pens *pens = guard_pens_map(maps);

	if (!pens)
		return problem_set(problem, -errno, "cloison_pens: %s", strerror(errno));
	if (__atomic_load_n(&pens->unsettled, __ATOMIC_SEQ_CST)) {
		programs_wait();
		__atomic_store_n(&pens->unsettled, 0, __ATOMIC_SEQ_CST);
	}
	guard_pens_unmap(pens);
	return 0;
}

/*
 * With the lock held: a generation that no policy of this guard has or had. Its
 * last bit is not that of @old, so that the other one of two segments is meant.
 */
int guard_generation_new(const struct guard_maps *maps, uint64_t old, __u64 *generation,
			 struct problem *problem)
{
	struct cloison_pens *pens = guard_pens_map(maps);

	if (!pens)
		return problem_set(problem, -errno, "cloison_pens: %s", strerror(errno));
	*generation = pens->generation + 1;
	*generation += (*generation & 1) == (old & 1);
	/* Before it is used, so that it is used once. */
	__atomic_store_n(&pens->generation, *generation, __ATOMIC_SEQ_CST);
	guard_pens_unmap(pens);
	return 0;
}

static size_t slots_size(void)
{
	return CLOISON_SEGMENTS * sizeof(struct cloison_slot);
}

/* Which of the two segments is in force: one store, for sockets and devices. */
static int slot_set(const struct guard_maps *maps, uint32_t index, uint64_t generation)
{
	struct cloison_pens *pens = guard_pens_map(maps);
	struct cloison_slot *slots = pens ? map_values(maps, GUARD_MAP_SLOTS, slots_size()) : NULL;
	int error = slots ? 0 : -errno;

	if (slots) {
		unsettle(pens);
		__atomic_store_n(&slots[index].generation, generation, __ATOMIC_SEQ_CST);
		munmap(slots, slots_size());
	}
	if (pens)
		guard_pens_unmap(pens);
	return error;
}

/* The tenant's segment in force; if there is none its mode is CLOISON_UNSET. */
int guard_segment_read(const struct guard_maps *maps, const struct cloison_tenant *tenant,
		       struct cloison_segment *segment)
{
	struct cloison_slot slot;
	uint32_t at;

	*segment = (struct cloison_segment){};
	if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_SLOTS], &tenant->index, &slot))
		return -errno;
	if (!slot.generation)
		return 0;
	at = CLOISON_SEGMENT_AT(tenant->index, slot.generation);
	if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_SEGMENTS], &at, segment))
		return -errno;
	/* Whatever it says, the programs do not go by it. */
	if (segment->generation != slot.generation)
		*segment = (struct cloison_segment){};
	return 0;
}

/* With the lock held, and settled: put a segment in force. */
int guard_segment_write(const struct guard_maps *maps, const struct cloison_segment *segment,
			struct problem *problem)
{
	uint32_t at = CLOISON_SEGMENT_AT(segment->index, segment->generation);
	int fd = maps->fd[GUARD_MAP_SEGMENTS], error;
	struct cloison_segment back;

	if (bpf_map_update_elem(fd, &at, segment, BPF_ANY) || bpf_map_lookup_elem(fd, &at, &back))
		return problem_set(problem, -errno, "cannot write the tenant's segment: %s",
				   strerror(errno));
	if (memcmp(&back, segment, sizeof(back)))
		return problem_set(
			problem, -EUCLEAN,
			"another command changed the tenant at the same time: try again");
	error = slot_set(maps, segment->index, segment->generation);
	if (error)
		return problem_set(problem, error, "cannot put the policy in force: %s",
				   strerror(-error));
	return 0;
}

/* ---- cgroups to slots ---------------------------------------------------------------- */

/* So that the programs look at this depth too. Only while there is no tenant is the list cut. */
static int depth_note(const struct guard_maps *maps, uint32_t depth)
{
	struct cloison_pens *pens = guard_pens_map(maps);
	int error = 0;
	uint64_t any;
	uint32_t i;

	if (!pens)
		return -errno;
	if (bpf_map_get_next_key(maps->fd[GUARD_MAP_CGROUPS], NULL, &any))
		__atomic_store_n(&pens->depths, 0, __ATOMIC_SEQ_CST);
	for (i = 0; i < pens->depths && pens->depth[i] != depth; i++)
		;
	if (i == CLOISON_DEPTHS)
		error = -ENOSPC;
	if (!error && i == pens->depths) {
		__atomic_store_n(&pens->depth[i], (uint8_t)depth, __ATOMIC_SEQ_CST);
		__atomic_store_n(&pens->depths, i + 1, __ATOMIC_SEQ_CST);
	}
	guard_pens_unmap(pens);
	return error;
}

/* With the lock held: a slot that denies all is from now on this tenant's. */
int guard_slot_take(const struct guard_maps *maps, uint32_t number,
		    const struct cloison_tenant *tenant, struct problem *problem)
{
	struct cloison_slot slot = { .cgroup = tenant->cgroup,
				     .tenant = number,
				     .level = tenant->level };

	if (!bpf_map_update_elem(maps->fd[GUARD_MAP_SLOTS], &tenant->index, &slot, BPF_ANY))
		return 0;
	return problem_set(problem, -errno, "cannot note the slot of tenant %s: %s", tenant->name,
			   strerror(errno));
}

/* With the lock held: who is below the cgroup is a stray no more, but the tenant's. */
int guard_cgroup_enter(const struct guard_maps *maps, const struct cloison_tenant *tenant,
		       struct problem *problem)
{
	struct cloison_cgroup cgroup = { .index = tenant->index };
	int error = depth_note(maps, tenant->level);

	if (!error &&
	    bpf_map_update_elem(maps->fd[GUARD_MAP_CGROUPS], &tenant->cgroup, &cgroup, BPF_ANY))
		error = -errno;
	if (!error)
		return 0;
	if (error == -ENOSPC)
		return problem_set(problem, error,
				   "tenants lie at %d different depths, and there is no room for "
				   "another: choose a cgroup beside one of theirs",
				   CLOISON_DEPTHS);
	return problem_set(problem, error, "cannot note the cgroup of tenant %s: %s", tenant->name,
			   strerror(-error));
}

/* With the lock held: whether the programs ask for the limits of the slot's tenant. */
int guard_slot_limit(const struct guard_maps *maps, uint32_t index, bool limited)
{
	struct cloison_slot *slots = map_values(maps, GUARD_MAP_SLOTS, slots_size());

	if (!slots)
		return -errno;
	__atomic_store_n(&slots[index].limited, limited, __ATOMIC_SEQ_CST);
	munmap(slots, slots_size());
	return 0;
}

/* With the lock held: the slot's tenant is at another cgroup. At none, between the two stores. */
int guard_slot_move(const struct guard_maps *maps, const struct cloison_tenant *tenant)
{
	struct cloison_slot *slots = map_values(maps, GUARD_MAP_SLOTS, slots_size());

	if (!slots)
		return -errno;
	__atomic_store_n(&slots[tenant->index].level, tenant->level, __ATOMIC_SEQ_CST);
	__atomic_store_n(&slots[tenant->index].cgroup, tenant->cgroup, __ATOMIC_SEQ_CST);
	munmap(slots, slots_size());
	return 0;
}

/* With the lock held: who is below the tenant's cgroup, and who comes, is a stray. */
void guard_cgroup_drop(const struct guard_maps *maps, const struct cloison_tenant *tenant)
{
	struct cloison_cgroup cgroup;

	if (!bpf_map_lookup_elem(maps->fd[GUARD_MAP_CGROUPS], &tenant->cgroup, &cgroup) &&
	    cgroup.index == tenant->index)
		bpf_map_delete_elem(maps->fd[GUARD_MAP_CGROUPS], &tenant->cgroup);
}

/* With the lock held: deny the tenant all, which ends admission too, and only then make strays. */
void guard_cgroup_leave(const struct guard_maps *maps, const struct cloison_tenant *tenant)
{
	slot_set(maps, tenant->index, 0);
	guard_cgroup_drop(maps, tenant);
}
