// SPDX-License-Identifier: GPL-2.0-only
/* Unix sockets of the host that tenants may talk to. */
#include "guard_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* As the kernel has the name: an abstract one begins with NUL. */
static int name_key(const char *name, struct cloison_unix *key, struct problem *problem)
{
	size_t length = strlen(name);

	*key = (struct cloison_unix){};
	if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof(key->name))
		return problem_set(problem, -EINVAL,
				   "\"%s\" is no name of a unix socket: say a whole path, or "
				   "@NAME for an abstract one, of at most %zu bytes",
				   name, sizeof(key->name) - 1);
	memcpy(key->name, name, length);
	if (name[0] == '@')
		key->name[0] = '\0';
	return 0;
}

/* @key and the guard's maps, for who changes the list. */
static int list_open(const char *name, struct cloison_unix *key, struct guard_maps *maps,
		     struct problem *problem)
{
	int error = name_key(name, key, problem);

	return error ? error : guard_maps_open(maps, problem);
}

int guard_unix_allow(const char *name, struct problem *problem)
{
	const struct cloison_unix_hits none = {};
	struct cloison_unix key;
	struct guard_maps maps;
	int error = list_open(name, &key, &maps, problem);

	if (error)
		return error;
	if (bpf_map_update_elem(maps.fd[GUARD_MAP_UNIX], &key, &none, BPF_NOEXIST) &&
	    errno != EEXIST)
		error = problem_set(problem, errno == E2BIG ? -ENOSPC : -errno,
				    "there is room for %d sockets", CLOISON_UNIX_SOCKETS);
	guard_maps_close(&maps);
	return error;
}

int guard_unix_forbid(const char *name, struct problem *problem)
{
	struct cloison_unix key;
	struct guard_maps maps;
	int error = list_open(name, &key, &maps, problem);

	if (error)
		return error;
	if (bpf_map_delete_elem(maps.fd[GUARD_MAP_UNIX], &key))
		error = problem_set(problem, -errno, "%s is not allowed anyway", name);
	guard_maps_close(&maps);
	return error;
}

int guard_unix_each(void (*fn)(const char *name, uint64_t hits, void *data), void *data,
		    struct problem *problem)
{
	struct cloison_unix key, *before = NULL;
	struct cloison_unix_hits hits;
	struct guard_maps maps;
	int error = guard_maps_open(&maps, problem);

	if (error)
		return error;
	while (!bpf_map_get_next_key(maps.fd[GUARD_MAP_UNIX], before, &key)) {
		char name[sizeof(key.name) + 1] = { 0 };

		before = &key;
		memcpy(name, key.name, sizeof(key.name));
		if (!name[0])
			name[0] = '@';
		if (!bpf_map_lookup_elem(maps.fd[GUARD_MAP_UNIX], &key, &hits))
			fn(name, hits.hits, data);
	}
	guard_maps_close(&maps);
	return 0;
}
