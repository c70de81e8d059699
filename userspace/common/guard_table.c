// SPDX-License-Identifier: GPL-2.0-only
/* Tables in inner maps: written at once, and read back before anybody sees them. */
#include "guard_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The kernel gives a hash's bucket whole or not at all, and no bucket of a map
 * that is not full has so many.
 */
#define BUCKET_ROOM 1024

void guard_columns_free(struct guard_columns *columns)
{
	free(columns->keys);
	free(columns->values);
}

int guard_columns_alloc(struct guard_columns *columns, const struct guard_entries *entries,
			uint32_t room)
{
	*columns = (struct guard_columns){
		.keys = malloc((size_t)room * entries->key_size + 1),
		.values = malloc((size_t)room * entries->value_size + 1),
		.room = room,
	};
	if (columns->keys && columns->values)
		return 0;
	guard_columns_free(columns);
	return -ENOMEM;
}

static void columns_add(struct guard_columns *columns, const struct guard_entries *entries,
			const char *pair)
{
	memcpy(columns->keys + columns->count * entries->key_size, pair, entries->key_size);
	memcpy(columns->values + columns->count * entries->value_size, pair + entries->key_size,
	       entries->value_size);
	columns->count++;
}

static int entries_write(int fd, const struct guard_entries *entries)
{
	struct guard_columns columns;
	uint32_t count;
	int error;
	size_t i;

	if (!entries->count)
		return 0;
	error = guard_columns_alloc(&columns, entries, entries->count);
	if (error)
		return error;
	for (i = 0; i < entries->count; i++)
		columns_add(&columns, entries, (const char *)entries->first + i * entries->stride);
	count = columns.count;
	if (bpf_map_update_batch(fd, columns.keys, columns.values, &count, NULL))
		error = -errno;
	guard_columns_free(&columns);
	return error;
}

static int pair_compare(const void *a, const void *b, void *key_size)
{
	return memcmp(a, b, *(const size_t *)key_size);
}

/* As one array of pairs, without a gap between them, in the order of the keys. */
static char *pairs_sorted(const struct guard_entries *entries, const struct guard_columns *columns)
{
	size_t pair = entries->key_size + entries->value_size, key_size = entries->key_size, i;
	char *pairs = malloc(entries->count * pair + 1);

	if (!pairs)
		return NULL;
	for (i = 0; i < entries->count; i++) {
		char *at = pairs + i * pair;

		if (!columns) {
			memcpy(at, (const char *)entries->first + i * entries->stride, pair);
			continue;
		}
		memcpy(at, columns->keys + i * key_size, key_size);
		memcpy(at + key_size, columns->values + i * entries->value_size,
		       entries->value_size);
	}
	qsort_r(pairs, entries->count, pair, pair_compare, &key_size);
	return pairs;
}

/* All that a map has, or -EUCLEAN if that is more than there is room for. */
int guard_columns_read(int fd, const struct guard_entries *entries, struct guard_columns *columns)
{
	char cursor[64];
	bool begun = false, more = true;

	while (more) {
		uint32_t count = columns->room - columns->count;

		more = !bpf_map_lookup_batch(fd, begun ? cursor : NULL, cursor,
					     columns->keys + columns->count * entries->key_size,
					     columns->values + columns->count * entries->value_size,
					     &count, NULL);
		if (!more && errno != ENOENT)
			return errno == ENOSPC ? -EUCLEAN : -errno;
		begun = true;
		columns->count += count;
		if (more && (!count || columns->count == columns->room))
			return -EUCLEAN;
	}
	return 0;
}

/* What the kernel holds must be these entries and no other. */
int guard_entries_verify(int fd, const struct guard_entries *entries)
{
	size_t pair = entries->key_size + entries->value_size;
	char *want, *have;
	struct guard_columns columns;
	int error = guard_columns_alloc(&columns, entries, entries->count + BUCKET_ROOM);

	if (error)
		return error;
	error = guard_columns_read(fd, entries, &columns);
	if (!error && columns.count != entries->count)
		error = -EUCLEAN;
	if (!error) {
		want = pairs_sorted(entries, NULL);
		have = pairs_sorted(entries, &columns);
		if (!want || !have)
			error = -ENOMEM;
		else if (memcmp(want, have, entries->count * pair))
			error = -EUCLEAN;
		free(want);
		free(have);
	}
	guard_columns_free(&columns);
	return error;
}

/* A map, written once, read back, and from then on closed to userspace; or an error. */
int guard_table_make(const struct guard_maps *maps, enum guard_map outer,
		     const struct guard_entries *entries, struct problem *problem)
{
	int fd = guard_inner_create(maps, outer, entries->count, problem);
	int error;

	if (fd < 0)
		return fd;
	error = entries_write(fd, entries);
	if (!error)
		error = guard_entries_verify(fd, entries);
	if (!error && bpf_map_freeze(fd))
		error = -errno;
	if (!error)
		return fd;
	close(fd);
	return problem_set(problem, error, "cannot write %s: %s", guard_map_names[outer],
			   strerror(-error));
}
