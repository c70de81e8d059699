// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record of a guard: which build it is and what its maps look like. It is what
 * every command reads first. See record.h for what never changes in it.
 */
#include "guard_record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "guard.h"
#include "guard_shape.h"

/*
 * What the numbers in a map stand for, as a number that is raised when that changes
 * while the types stay: then an upgrade converts its entries no more, and refuses.
 */
static const struct {
	const char *name;
	uint32_t meaning;
} meanings[] = {
	{ "cloison_ports", 1 }, /* the compiler's classes and pages */
	{ "cloison_ours", 1 },	/* in which bucket a flow is */
	{ "cloison_theirs", 1 },
	{ "cloison_fragments", 1 },
};

/* Arrays are converted by position: what indexes one keeps its number, or the meaning is raised. */
_Static_assert(CLOISON_CLASS_flows == 0 && CLOISON_CLASS_packets == 1 && CLOISON_CLASS_calls == 2 &&
		       CLOISON_CLASS_outside == 3 && CLOISON_CLASS_memory == 4 &&
		       CLOISON_CLASS_ends == 5,
	       "raise the meaning of cloison_budget");
_Static_assert(CLOISON_LIMIT_bytes_in == 0 && CLOISON_LIMIT_bytes_out == 1 &&
		       CLOISON_LIMIT_flows_in == 2 && CLOISON_LIMIT_flows_out == 3 &&
		       CLOISON_LIMIT_device_bytes_in == 4 && CLOISON_LIMIT_device_bytes_out == 5 &&
		       CLOISON_LIMIT_device_flows_in == 6 && CLOISON_LIMIT_device_flows_out == 7,
	       "raise the meaning of cloison_limits");

/* Numbers in plain integers, which no type tells. */
_Static_assert(CLOISON_HAS_ADDRESSES == 1 && CLOISON_HAS_ICMP == 2 && CLOISON_HAS_ICMP6 == 4 &&
		       CLOISON_HAS_SCTP == 8 && CLOISON_HAS_DNS == 16,
	       "raise the meaning of cloison_segments");
_Static_assert(CLOISON_PLACE(1, 0) == 256 && CLOISON_PLACE_NAKED == 128,
	       "raise the meaning of cloison_pens");

static uint32_t meaning_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (!strcmp(meanings[i].name, name))
			return meanings[i].meaning;
	return 1;
}

int guard_record_make(const struct bpf_object *object, struct cloison_record *record,
		      struct problem *problem)
{
	const struct btf *btf = bpf_object__btf(object);
	int error = 0, i;

	*record = (struct cloison_record){
		.magic = CLOISON_RECORD_MAGIC,
		.format = CLOISON_RECORD_FORMAT,
		.size = sizeof(*record),
		.release = CLOISON_VERSION,
	};
	guard_object_digest(record->build);
	for (i = 0; i < GUARD_MAPS && !error; i++) {
		const struct bpf_map *map =
			bpf_object__find_map_by_name(object, guard_map_names[i]);
		struct cloison_record_map *entry = &record->maps[record->count++];

		snprintf(entry->name, sizeof(entry->name), "%s", guard_map_names[i]);
		entry->meaning = meaning_of(entry->name);
		/* The struct_ops are functions: their shape is between kernel and module. */
		if (i != GUARD_MAP_OPS)
			error = map ? guard_shape(map, btf, &entry->shape) : -ENOENT;
	}
	if (error)
		return problem_set(problem, error, "the shape of map %s: %s",
				   guard_map_names[i - 1], strerror(-error));
	return 0;
}

int guard_record_read(const char *path, struct cloison_record *record, struct problem *problem)
{
	_cleanup_fd_ int fd = guard_open(path);
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info), zero = 0;

	if (fd == -ENOENT)
		return problem_set(problem, fd, "%s is not there", path);
	if (fd < 0)
		return problem_set(problem, fd, "%s: %s", path, strerror(-fd));
	/* A record of another size would be written beyond this one's end. */
	if (bpf_obj_get_info_by_fd(fd, &info, &size) || info.value_size != sizeof(*record) ||
	    bpf_map_lookup_elem(fd, &zero, record) || record->magic != CLOISON_RECORD_MAGIC ||
	    record->format != CLOISON_RECORD_FORMAT || record->size != sizeof(*record) ||
	    record->count > CLOISON_RECORD_MAPS)
		return problem_set(
			problem, -EUCLEAN,
			"%s is not a record that this build can read: type 'cloison guard "
			"unload --force', then 'cloison guard load'",
			path);
	return 0;
}

int guard_record_write(int fd, const struct cloison_record *record, struct problem *problem)
{
	uint32_t zero = 0;

	if (!bpf_map_update_elem(fd, &zero, record, BPF_ANY) && !bpf_map_freeze(fd))
		return 0;
	return problem_set(problem, -errno, "the record cannot be written: %s", strerror(errno));
}

const struct cloison_record_map *guard_record_find(const struct cloison_record *record,
						   const char *name)
{
	uint32_t i;

	for (i = 0; i < record->count && i < CLOISON_RECORD_MAPS; i++)
		if (!strcmp(record->maps[i].name, name))
			return &record->maps[i];
	return NULL;
}

bool guard_record_same_build(const struct cloison_record *a, const struct cloison_record *b)
{
	return !memcmp(a->build, b->build, sizeof(a->build));
}

static bool is_held(const char *path)
{
	_cleanup_fd_ int fd = guard_open(path);

	return fd >= 0;
}

static void map_path(enum guard_map map, char path[GUARD_PIN_SIZE])
{
	snprintf(path, GUARD_PIN_SIZE, "%s/%s", GUARD_MAPS_PATH, guard_map_names[map]);
}

static bool is_map_held(enum guard_map map)
{
	char path[GUARD_PIN_SIZE];

	map_path(map, path);
	return is_held(path);
}

/* The map of the programs is the last that a load has held: what comes then is mended. */
int guard_record_settle(bool *changed, struct problem *problem)
{
	char path[GUARD_PIN_SIZE];
	_cleanup_fd_ int fd = -1;

	if (is_held(GUARD_RECORD) || !is_map_held(GUARD_MAP_GUARD))
		return 0;
	map_path(GUARD_MAP_RECORD, path);
	fd = guard_open(path);
	/* Of a build from before there were records: that is said later. */
	if (fd < 0)
		return 0;
	*changed = true;
	return guard_keep(fd, GUARD_PATH, "record", problem);
}

/* No record, although a guard is loaded: its build has none, or its load was killed. */
static int record_missing(struct problem *problem)
{
	if (!is_map_held(GUARD_MAP_GUARD))
		return problem_set(problem, -ENOENT,
				   "no guard is loaded: type 'cloison guard load'");
	if (is_map_held(GUARD_MAP_RECORD))
		return problem_set(problem, -EEXIST,
				   "the guard is not loaded to its end: type 'cloison guard load'");
	return problem_set(problem, -EUCLEAN,
			   "the guard that is loaded is of a build that no other can take over: "
			   "type 'cloison guard unload --force', then 'cloison guard load'");
}

int guard_record_check(struct problem *problem)
{
	struct cloison_record record, own = {};
	struct problem found;
	int error = guard_record_read(GUARD_RECORD, &record, &found);

	if (error == -ENOENT)
		return record_missing(problem);
	if (error)
		return problem_set(problem, error, "%s", found.text);
	if (is_held(GUARD_NEXT_RECORD))
		return problem_set(
			problem, -EEXIST,
			"an upgrade of the guard is unfinished: type 'cloison guard load'");
	guard_object_digest(own.build);
	if (guard_record_same_build(&record, &own))
		return 0;
	return problem_set(problem, -EEXIST,
			   "the guard of another build is in force (release %.31s): type 'cloison "
			   "guard load' to upgrade it in place",
			   record.release);
}
