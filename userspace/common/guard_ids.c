// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs of a build: held by their names, and told to admit(), which has to
 * find them in force. While one build takes the place of another, admit() accepts
 * the programs of both.
 */
#include "guard_private.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "guard_shape.h"

int guard_programs_keep(const struct bpf_object *object, const char *directory,
			struct problem *problem)
{
	struct bpf_program *program;
	int error = 0;

	bpf_object__for_each_program(program, object) {
		/*
		 * These live as long as their links, which admit() relies on. What the
		 * module does not know is not loaded.
		 */
		if (guard_object_is_lsm(program) || bpf_program__fd(program) < 0)
			continue;
		error = guard_keep(bpf_program__fd(program), directory, bpf_program__name(program),
				   problem);
		if (error)
			break;
	}
	return error;
}

static int ids_of_object(const struct bpf_object *object, struct cloison_guard *guard,
			 struct problem *problem)
{
	int hook;

	*guard = (struct cloison_guard){ .build = guard_object_build() };
	for (hook = 0; hook < GUARD_HOOKS; hook++) {
		const struct guard_hook_type *type = &guard_hook_types[hook];
		struct bpf_program *program;
		struct guard_program info;
		int error = -ENOENT;

		program = bpf_object__find_program_by_name(object, type->program);
		if (program)
			error = guard_program_info(bpf_program__fd(program), &info);
		if (error)
			return problem_set(problem, error, "program %s: %s", type->program,
					   strerror(-error));
		memcpy((char *)guard + type->id_offset, &info.id, sizeof(info.id));
	}
	return guard_device_programs(object, guard, problem);
}

/* As another build wrote them; a hook that only one of both has is 0. */
static int ids_of_map(int from, int to, struct cloison_guard *guard)
{
	struct bpf_map_info from_info = {}, to_info = {};
	uint32_t size = sizeof(from_info), now = CLOISON_GUARD_NOW;
	struct btf *from_btf = NULL, *to_btf = NULL;
	char value[512];
	int error;

	if (bpf_obj_get_info_by_fd(from, &from_info, &size) ||
	    bpf_obj_get_info_by_fd(to, &to_info, &size))
		return -errno;
	if (from_info.value_size > sizeof(value) || to_info.value_size != sizeof(*guard))
		return -EINVAL;
	from_btf = btf__load_from_kernel_by_id(from_info.btf_id);
	to_btf = btf__load_from_kernel_by_id(to_info.btf_id);
	error = from_btf && to_btf && !bpf_map_lookup_elem(from, &now, value) ? 0 : -errno;
	if (!error)
		error = guard_convert(from_btf, from_info.btf_value_type_id, value, to_btf,
				      to_info.btf_value_type_id, guard);
	/* A hook that this build lacks has an id that it need not know. */
	if (error == -ERANGE)
		error = 0;
	btf__free(from_btf);
	btf__free(to_btf);
	return error;
}

static int ids_put(int fd, uint32_t which, const struct cloison_guard *guard,
		   struct problem *problem)
{
	if (!bpf_map_update_elem(fd, &which, guard, BPF_ANY))
		return 0;
	return problem_set(problem, -errno, "cannot write the programs' ids: %s", strerror(errno));
}

/* Tell admit() which programs it has to find. @before: another build's cloison_guard, or -1 */
int guard_ids_write(const struct bpf_object *object, const struct guard_maps *maps, int before,
		    struct problem *problem)
{
	int fd = maps->fd[GUARD_MAP_GUARD], error;
	struct cloison_guard now, earlier = {};

	error = ids_of_object(object, &now, problem);
	if (!error && before >= 0) {
		error = ids_of_map(before, fd, &earlier);
		if (error)
			return problem_set(problem, error,
					   "the other build's programs cannot be read: %s",
					   strerror(-error));
	}
	if (!error)
		error = ids_put(fd, CLOISON_GUARD_NOW, &now, problem);
	return error ? error : ids_put(fd, CLOISON_GUARD_BEFORE, &earlier, problem);
}

/* Nobody changes them from now on. */
int guard_ids_freeze(const struct guard_maps *maps, struct problem *problem)
{
	if (!bpf_map_freeze(maps->fd[GUARD_MAP_GUARD]) || errno == EBUSY)
		return 0;
	return problem_set(problem, -errno, "cannot freeze the programs' ids: %s", strerror(errno));
}

/* After an upgrade: no other build's programs are accepted any more. */
int guard_ids_settle(struct problem *problem)
{
	/* Of a build between that was killed: its ids may take more room than this one's. */
	const char none[512] = { 0 };
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	char path[GUARD_PIN_SIZE];
	struct guard_maps maps;
	int error;

	snprintf(path, sizeof(path), "%s/%s", GUARD_MAPS_PATH, guard_map_names[GUARD_MAP_GUARD]);
	maps.fd[GUARD_MAP_GUARD] = guard_open(path);
	if (maps.fd[GUARD_MAP_GUARD] < 0)
		return problem_set(problem, -EUCLEAN, "%s is missing", path);
	error = bpf_obj_get_info_by_fd(maps.fd[GUARD_MAP_GUARD], &info, &size) ? -errno : 0;
	if (!error && info.value_size > sizeof(none))
		error = -E2BIG;
	/* Frozen: it was settled by a command that was killed right after. */
	if (!error &&
	    bpf_map_update_elem(maps.fd[GUARD_MAP_GUARD], &(uint32_t){ CLOISON_GUARD_BEFORE }, none,
				BPF_ANY) &&
	    errno != EPERM)
		error = -errno;
	if (error)
		problem_set(problem, error, "cannot write the programs' ids: %s", strerror(-error));
	else
		error = guard_ids_freeze(&maps, problem);
	close(maps.fd[GUARD_MAP_GUARD]);
	return error;
}
