// SPDX-License-Identifier: GPL-2.0-only
/*
 * The struct_ops by which the guard answers the module, whose version may be another:
 * struct cloison_guard_ops grows at its end only, and a member that either side lacks
 * is as one that was left out.
 */
#include "guard_private.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OPS_STRUCT "cloison_guard_ops"
#define MODULE "cloison"

static const struct btf_type *ops_type(const struct btf *btf)
{
	int type = btf__find_by_name_kind(btf, OPS_STRUCT, BTF_KIND_STRUCT);

	return type < 0 ? NULL : btf__type_by_id(btf, (uint32_t)type);
}

static bool has_member(const struct btf *btf, const struct btf_type *of, const char *name)
{
	const struct btf_member *member = btf_members(of);
	int i;

	for (i = 0; i < btf_vlen(of); i++, member++)
		if (!strcmp(btf__name_by_offset(btf, member->name_off), name))
			return true;
	return false;
}

/* @value: as libbpf has it until it is loaded, with a program for each member */
static int members_leave_out(const struct btf *own, char *value, size_t size,
			     const struct btf *module)
{
	const struct btf_type *have = ops_type(own), *known = ops_type(module);
	const struct btf_member *member;
	int error = 0, i;

	if (!have || !known)
		return -ENOENT;
	member = btf_members(have);
	for (i = 0; i < btf_vlen(have) && !error; i++, member++) {
		uint32_t at = btf_member_bit_offset(have, i) / 8;
		struct bpf_program *program;

		if (has_member(module, known, btf__name_by_offset(own, member->name_off)))
			continue;
		if (at + sizeof(program) > size)
			return -EINVAL;
		memcpy(&program, value + at, sizeof(program));
		if (program)
			error = bpf_program__set_autoload(program, false);
		memset(value + at, 0, sizeof(program));
	}
	return error;
}

/* Of an object that is open: leave out what the loaded module does not know. */
int guard_ops_fit(struct bpf_object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, GUARD_OPS_MAP);
	struct btf *kernel = btf__load_vmlinux_btf(), *module = NULL;
	size_t size;
	char *value;
	int error;

	if (kernel)
		module = btf__load_module_btf(MODULE, kernel);
	value = map ? bpf_map__initial_value(map, &size) : NULL;
	if (!module)
		error = -errno;
	else
		error = value ? members_leave_out(bpf_object__btf(object), value, size, module) :
				-ENOENT;
	btf__free(module);
	btf__free(kernel);
	return error;
}

/*
 * Make the struct_ops ready to be put in the place of another's: libbpf does so when
 * it attaches them, and the module, which has a guard, then refuses the second one.
 */
int guard_ops_prepare(const struct bpf_object *object, struct problem *problem)
{
	struct bpf_link *link;

	link = bpf_map__attach_struct_ops(bpf_object__find_map_by_name(object, GUARD_OPS_MAP));
	if (!link && errno == EBUSY)
		return 0;
	if (!link)
		return problem_set(problem, -errno, "the module does not know these struct_ops: %s",
				   strerror(errno));
	/* Nobody was asked until now: then this build is not either, until the load goes on. */
	bpf_link__destroy(link);
	return 0;
}
