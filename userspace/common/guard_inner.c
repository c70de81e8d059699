// SPDX-License-Identifier: GPL-2.0-only
/* The inner maps: those that belong to one tenant. */
#include "guard_private.h"

#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How userspace makes the inner map of an outer one: as bpf/maps.h has it. */
struct inner_type {
	enum bpf_map_type type;
	uint32_t key_size, value_size, flags;
	const char *key_name, *value_name;
};

/* A map's array index is a plain number to BTF. */
#define INDEX "unsigned int"

static const struct inner_type inner_types[GUARD_MAPS] = {
	[GUARD_MAP_ADDR4] = { BPF_MAP_TYPE_LPM_TRIE, sizeof(struct cloison_addr4),
			      sizeof(struct cloison_class), BPF_F_NO_PREALLOC, "cloison_addr4",
			      "cloison_class" },
	[GUARD_MAP_ADDR6] = { BPF_MAP_TYPE_LPM_TRIE, sizeof(struct cloison_addr6),
			      sizeof(struct cloison_class), BPF_F_NO_PREALLOC, "cloison_addr6",
			      "cloison_class" },
	[GUARD_MAP_PORTS] = { BPF_MAP_TYPE_HASH, sizeof(struct cloison_ports_key),
			      sizeof(struct cloison_ports), 0, "cloison_ports_key",
			      "cloison_ports" },
	[GUARD_MAP_RULES] = { BPF_MAP_TYPE_ARRAY, sizeof(uint32_t), sizeof(struct cloison_rule),
			      BPF_F_INNER_MAP, INDEX, "cloison_rule" },
	[GUARD_MAP_OWN] = { BPF_MAP_TYPE_LPM_TRIE, sizeof(struct cloison_own), sizeof(uint32_t),
			    BPF_F_NO_PREALLOC, "cloison_own", INDEX },
	[GUARD_MAP_RESOLVED] = { BPF_MAP_TYPE_HASH, sizeof(struct cloison_address),
				 sizeof(struct cloison_resolved), 0, "cloison_address",
				 "cloison_resolved" },
	[GUARD_MAP_OURS] = { BPF_MAP_TYPE_ARRAY, sizeof(uint32_t), sizeof(struct cloison_bucket),
			     BPF_F_INNER_MAP, INDEX, "cloison_bucket" },
	[GUARD_MAP_THEIRS] = { BPF_MAP_TYPE_ARRAY, sizeof(uint32_t), sizeof(struct cloison_bucket),
			       BPF_F_INNER_MAP, INDEX, "cloison_bucket" },
	[GUARD_MAP_FRAGMENTS] = { BPF_MAP_TYPE_ARRAY, sizeof(uint32_t),
				  sizeof(struct cloison_bucket), BPF_F_INNER_MAP, INDEX,
				  "cloison_bucket" },
};

/*
 * The BTF that the guard's own maps were loaded with. Reading it takes as long
 * as all else that a policy of a few rules needs: once a process, and guard.
 */
struct inner_btf {
	uint32_t id;
	int fd;
	struct {
		int key, value;
	} types[GUARD_MAPS];
};

static int type_id(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name,
				      strcmp(name, INDEX) ? BTF_KIND_STRUCT : BTF_KIND_INT);
}

static const struct inner_btf *inner_btf(const struct guard_maps *maps)
{
	static struct inner_btf kept = { .fd = -1 };
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	struct btf *btf;
	int i;

	/* Of the one map that no upgrade takes from a build with other types. */
	if (bpf_obj_get_info_by_fd(maps->fd[GUARD_MAP_GUARD], &info, &size) || !info.btf_id)
		return NULL;
	if (kept.id == info.btf_id)
		return &kept;
	btf = btf__load_from_kernel_by_id(info.btf_id);
	if (!btf)
		return NULL;
	guard_close(&kept.fd);
	kept.fd = bpf_btf_get_fd_by_id(info.btf_id);
	kept.id = kept.fd < 0 ? 0 : info.btf_id;
	for (i = 0; i < GUARD_MAPS; i++) {
		if (!inner_types[i].key_name)
			continue;
		kept.types[i].key = type_id(btf, inner_types[i].key_name);
		kept.types[i].value = type_id(btf, inner_types[i].value_name);
	}
	btf__free(btf);
	return kept.id ? &kept : NULL;
}

/* A new map that may stand in @outer, with its types, so that dumps read. */
int guard_inner_create(const struct guard_maps *maps, enum guard_map outer, uint32_t entries,
		       struct problem *problem)
{
	const struct inner_type *type = &inner_types[outer];
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = type->flags);
	const struct inner_btf *btf = inner_btf(maps);
	int fd;

	if (!btf)
		return problem_set(problem, -EUCLEAN, "the guard's maps have lost their types");
	if (btf->types[outer].key > 0 && btf->types[outer].value > 0) {
		options.btf_fd = btf->fd;
		options.btf_key_type_id = btf->types[outer].key;
		options.btf_value_type_id = btf->types[outer].value;
	}
	fd = bpf_map_create(type->type, guard_map_names[outer], type->key_size, type->value_size,
			    entries ? entries : 1, &options);
	if (fd < 0)
		return problem_set(problem, -errno, "cannot make a map %s of %u entries: %s",
				   guard_map_names[outer], entries, strerror(errno));
	return fd;
}

/* The inner map at @index, or a negative errno. */
int guard_inner_open(const struct guard_maps *maps, enum guard_map outer, uint32_t index)
{
	uint32_t id;
	int fd;

	if (bpf_map_lookup_elem(maps->fd[outer], &index, &id))
		return -errno;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? -errno : fd;
}

/*
 * Changes of a map of maps. All programs see each at once, but the system call
 * returns one RCU grace period later, for callers who then free what was there.
 * Here the kernel does that: so a thread waits, and the caller only until the
 * changes are to be seen.
 */
struct change {
	int outer;
	uint32_t count;
	uint32_t *indices;
	int *inners; /* the caller's: open until they are seen; NULL: to clear the one index */
	_Atomic int result;
	_Atomic int users;
};

/* As a result: the kernel has not answered yet. */
#define CHANGE_PENDING 1

static void change_put(struct change *change)
{
	if (atomic_fetch_sub(&change->users, 1) > 1)
		return;
	guard_close(&change->outer);
	free(change->inners);
	free(change->indices);
	free(change);
}

static void *change_make(void *data)
{
	struct change *change = data;
	uint32_t count = change->count;
	int failed = change->inners ? bpf_map_update_batch(change->outer, change->indices,
							   change->inners, &count, NULL) :
				      bpf_map_delete_elem(change->outer, change->indices);

	atomic_store(&change->result, failed ? -errno : 0);
	change_put(change);
	return NULL;
}

/* @ids: of the inner maps that have to be there; NULL for none */
static bool change_is_seen(int outer, const uint32_t *indices, const uint32_t *ids, uint32_t count)
{
	uint32_t there;

	/* They are made in order. */
	while (count--) {
		if (bpf_map_lookup_elem(outer, &indices[count], &there))
			return !ids && errno == ENOENT;
		if (!ids || there != ids[count])
			return false;
	}
	return true;
}

static struct change *change_new(int outer, const uint32_t *indices, const int *inners,
				 uint32_t count)
{
	struct change *change = calloc(1, sizeof(*change));

	if (!change)
		return NULL;
	change->outer = fcntl(outer, F_DUPFD_CLOEXEC, 0);
	change->indices = calloc(count, sizeof(*indices));
	if (inners)
		change->inners = calloc(count, sizeof(*inners));
	atomic_store(&change->result, CHANGE_PENDING);
	atomic_store(&change->users, 1);
	if (change->outer < 0 || !change->indices || (inners && !change->inners)) {
		change_put(change);
		return NULL;
	}
	memcpy(change->indices, indices, count * sizeof(*indices));
	change->count = count;
	if (inners)
		memcpy(change->inners, inners, count * sizeof(*inners));
	return change;
}

static struct change *change_begin(int outer, const uint32_t *indices, const int *inners,
				   uint32_t count)
{
	struct change *change = change_new(outer, indices, inners, count);
	pthread_t thread;

	if (!change)
		return NULL;
	atomic_store(&change->users, 2);
	if (!pthread_create(&thread, NULL, change_make, change)) {
		pthread_detach(thread);
		return change;
	}
	atomic_store(&change->users, 1);
	change_put(change);
	return NULL;
}

static int inner_ids(const int *inners, uint32_t *ids, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		struct bpf_map_info info = {};
		uint32_t size = sizeof(info);

		if (bpf_obj_get_info_by_fd(inners[i], &info, &size))
			return -errno;
		ids[i] = info.id;
	}
	return 0;
}

/* @ids: of @inners; both NULL to clear. Return: 0 or a negative errno. */
static int change_apply(int outer, const uint32_t *indices, const int *inners, const uint32_t *ids,
			uint32_t count)
{
	struct change *change;
	int result;

	/* Also lest a thread, late, clear what comes next to where nothing was. */
	if (change_is_seen(outer, indices, ids, count))
		return 0;
	change = change_begin(outer, indices, inners, count);
	if (!change)
		return -EAGAIN;
	do {
		usleep(20);
		result = atomic_load(&change->result);
	} while (result == CHANGE_PENDING && !change_is_seen(outer, indices, ids, count));
	change_put(change);
	return result == CHANGE_PENDING ? 0 : result;
}

/* Put maps in place, all or an error: then some of them may be. */
int guard_inner_place(const struct guard_maps *maps, enum guard_map outer, const uint32_t *indices,
		      const int *fds, uint32_t count, struct problem *problem)
{
	uint32_t *ids = calloc(count, sizeof(*ids));
	int error = ids ? inner_ids(fds, ids, count) : -ENOMEM;

	if (!error)
		error = change_apply(maps->fd[outer], indices, fds, ids, count);
	free(ids);
	if (!error)
		return 0;
	return problem_set(problem, error, "cannot put a map into %s: %s", guard_map_names[outer],
			   strerror(-error));
}

/* Make a map and put it in place at once: for those that begin empty. */
int guard_inner_new(const struct guard_maps *maps, enum guard_map outer, uint32_t index,
		    uint32_t entries, struct problem *problem)
{
	int fd = guard_inner_create(maps, outer, entries, problem);
	int error;

	if (fd < 0)
		return fd;
	error = guard_inner_place(maps, outer, &index, &fd, 1, problem);
	close(fd);
	return error;
}

void guard_inner_clear(const struct guard_maps *maps, enum guard_map outer, uint32_t index)
{
	change_apply(maps->fd[outer], &index, NULL, NULL, 1);
}

int guard_inner_pin(const struct guard_maps *maps, enum guard_map outer, uint32_t index,
		    const char *tenant, struct problem *problem)
{
	char directory[GUARD_PIN_SIZE];
	int fd = guard_inner_open(maps, outer, index);
	int error;

	if (fd < 0)
		return problem_set(problem, fd, "%s of tenant %s is missing: %s",
				   guard_map_names[outer], tenant, strerror(-fd));
	guard_tenant_path(tenant, "", directory);
	error = guard_pin(fd, directory, guard_map_names[outer] + strlen("cloison_"), problem);
	close(fd);
	return error;
}
