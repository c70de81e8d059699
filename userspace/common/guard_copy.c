// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entries of another build's maps in maps of this build, whose shape is
 * another: each key and value is converted by the names of its fields.
 */
#include "guard_upgrade.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "guard_shape.h"

/* A map, and the types that the kernel has of its entries. */
struct side {
	int fd;
	struct bpf_map_info info;
	struct btf *btf;
	int copies; /* of each value: one, or one a CPU */
	uint32_t stride;
};

static bool is_per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static int side_open(struct side *side, int fd)
{
	uint32_t size = sizeof(side->info);

	*side = (struct side){ .fd = fd, .copies = 1 };
	if (bpf_obj_get_info_by_fd(fd, &side->info, &size))
		return -errno;
	side->stride = side->info.value_size;
	if (is_per_cpu(side->info.type)) {
		side->copies = libbpf_num_possible_cpus();
		side->stride = (side->info.value_size + 7) & ~7U;
	}
	if (side->copies < 1 || !side->info.btf_value_type_id)
		return -EINVAL;
	side->btf = btf__load_from_kernel_by_id(side->info.btf_id);
	return side->btf ? 0 : -errno;
}

static void side_close(struct side *side)
{
	btf__free(side->btf);
}

/* Keys of arrays are plain numbers, of which BTF need not tell. */
static int key_convert(const struct side *from, const void *in, const struct side *to, void *out)
{
	if (from->info.btf_key_type_id && to->info.btf_key_type_id)
		return guard_convert(from->btf, from->info.btf_key_type_id, in, to->btf,
				     to->info.btf_key_type_id, out);
	if (from->info.key_size != to->info.key_size)
		return -EINVAL;
	memcpy(out, in, to->info.key_size);
	return 0;
}

static int value_convert(const struct side *from, const char *in, const struct side *to, char *out)
{
	int copies = from->copies < to->copies ? from->copies : to->copies, i, error = 0;

	for (i = 0; i < copies && !error; i++)
		error = guard_convert(from->btf, from->info.btf_value_type_id,
				      in + i * from->stride, to->btf, to->info.btf_value_type_id,
				      out + i * to->stride);
	return error;
}

/* What has a lock is read whole, while programs go on. */
static bool entry_read(int fd, const void *key, void *value)
{
	return !bpf_map_lookup_elem_flags(fd, key, value, BPF_F_LOCK) ||
	       !bpf_map_lookup_elem(fd, key, value);
}

/* Most places of most arrays. */
static bool entry_unused(const struct side *from, const char *value)
{
	size_t i, size = (size_t)from->copies * from->stride;

	if (from->info.type != BPF_MAP_TYPE_ARRAY && from->info.type != BPF_MAP_TYPE_PERCPU_ARRAY)
		return false;
	for (i = 0; i < size; i++)
		if (value[i])
			return false;
	return true;
}

/* A walk over a hash starts over when the entry that it is at ends. */
#define WALKS 4

/*
 * One entry at a time: an upgrade is rare, and a map that changed is rarer. What a
 * tenant makes and ends without a pause holds it up only for so long.
 */
static int entries_convert(const struct side *from, const struct side *to, uint64_t flags,
			   bool fitting, char *const buffers[4])
{
	char *key = buffers[0], *value = buffers[1], *new_key = buffers[2], *new_value = buffers[3];
	uint64_t left = (uint64_t)from->info.max_entries * WALKS;
	void *before = NULL;
	int error = 0;

	while (!error && !bpf_map_get_next_key(from->fd, before, key)) {
		before = key;
		if (!left--)
			return -EAGAIN;
		memset(new_value, 0, (size_t)to->copies * to->stride);
		/* Programs go on: it may be gone by now. */
		if (!entry_read(from->fd, key, value))
			continue;
		/* Zero is what a new array has, whatever its shape. */
		if (entry_unused(from, value))
			continue;
		error = key_convert(from, key, to, new_key);
		if (!error)
			error = value_convert(from, value, to, new_value);
		if (error == -ERANGE && fitting)
			error = 0;
		if (!error && bpf_map_update_elem(to->fd, new_key, new_value, flags) &&
		    errno != EEXIST)
			error = -errno;
	}
	return error;
}

/* @fitting: what does not fit is left out */
static int copy(int from_fd, int to_fd, uint64_t flags, bool fitting)
{
	struct side from = {}, to = {};
	char *buffers[4] = {};
	int error = side_open(&from, from_fd), i;

	if (!error)
		error = side_open(&to, to_fd);
	if (!error) {
		const size_t sizes[] = { from.info.key_size, (size_t)from.copies * from.stride,
					 to.info.key_size, (size_t)to.copies * to.stride };

		for (i = 0; i < 4; i++) {
			buffers[i] = calloc(1, sizes[i] + 8);
			if (!buffers[i])
				error = -ENOMEM;
		}
	}
	if (!error)
		error = entries_convert(&from, &to, flags, fitting, buffers);
	for (i = 0; i < 4; i++)
		free(buffers[i]);
	side_close(&from);
	side_close(&to);
	return error;
}

int guard_copy_entries(int from, int to, uint64_t flags)
{
	return copy(from, to, flags, false);
}

int guard_copy_fitting(int from, int to)
{
	return copy(from, to, BPF_ANY, true);
}

int guard_copy_prune(int from_fd, int to_fd)
{
	struct side from = {}, to = {};
	char *key, *next, *old_key, *value;
	int error = side_open(&from, from_fd), rc;
	uint64_t left;

	if (!error)
		error = side_open(&to, to_fd);
	left = (uint64_t)to.info.max_entries * WALKS;
	key = error ? NULL : calloc(1, to.info.key_size);
	next = error ? NULL : calloc(1, to.info.key_size);
	old_key = error ? NULL : calloc(1, from.info.key_size);
	value = error ? NULL : calloc(from.copies, from.stride);
	if (!error && (!key || !next || !old_key || !value))
		error = -ENOMEM;
	rc = error ? error : bpf_map_get_next_key(to_fd, NULL, next);
	while (!error && !rc) {
		if (!left--) {
			error = -EAGAIN;
			break;
		}
		memcpy(key, next, to.info.key_size);
		/* Before it is deleted: a walk goes on from an entry that is there. */
		rc = bpf_map_get_next_key(to_fd, key, next);
		error = key_convert(&to, key, &from, old_key);
		if (!error && bpf_map_lookup_elem(from_fd, old_key, value) && errno == ENOENT)
			bpf_map_delete_elem(to_fd, key);
	}
	free(key);
	free(next);
	free(old_key);
	free(value);
	side_close(&from);
	side_close(&to);
	return error;
}

/* The tenants' own maps, each with as much room as it had. */
int guard_copy_inner(int from_outer, const struct guard_maps *to, enum guard_map outer,
		     struct problem *problem)
{
	uint32_t index, *before = NULL;
	int error = 0;

	while (!error && !bpf_map_get_next_key(from_outer, before, &index)) {
		struct bpf_map_info info = {};
		uint32_t size = sizeof(info), id;
		_cleanup_fd_ int from = -1, new = -1;

		before = &index;
		if (bpf_map_lookup_elem(from_outer, &index, &id))
			continue;
		from = bpf_map_get_fd_by_id(id);
		if (from < 0 || bpf_obj_get_info_by_fd(from, &info, &size))
			return -errno;
		new = guard_inner_create(to, outer, info.max_entries, problem);
		if (new < 0)
			return new;
		error = guard_copy_entries(from, new, BPF_ANY);
		if (!error)
			error = guard_inner_place(to, outer, &index, &new, 1, problem);
	}
	return error;
}
