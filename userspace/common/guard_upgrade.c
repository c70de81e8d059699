// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guard of another build is taken over in place, forwards or backwards.
 *
 * The new build is loaded over those maps of the old one that have the same
 * shape, and gets the entries of the others converted. It is held as next/…,
 * attached beside the old one where the kernel cannot exchange programs (LSM),
 * and put in its place where it can (cgroups, devices, the module's question).
 * The record is replaced then: that is the one moment of decision. Before it,
 * whatever goes wrong leads back to the old build; after it, any load finishes.
 *
 * At each moment a whole build judges at each hook; at those of the LSM both do, and
 * what either denies is denied. The module is answered by one that accepts both builds'
 * programs at the pens.
 */
#include "guard_upgrade.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "guard.h"
#include "guard_record.h"

/* The places where a test may kill the command: CLOISON_STOP=NUMBER. */
enum step {
	STEP_LOADED = 1,
	STEP_FILLED,
	STEP_HELD,
	STEP_LSM,
	STEP_ADMIT,
	STEP_LINKS_HALF,
	STEP_LINKS,
	STEP_RECORD,
	STEP_NAMES_HALF,
	STEP_NAMES,
};

static void step_done(enum step step)
{
	const char *stop = getenv("CLOISON_STOP");

	if (stop && atoi(stop) == (int)step)
		kill(getpid(), SIGKILL);
}

static void links_half(void)
{
	step_done(STEP_LINKS_HALF);
}

/* Two builds. */
struct upgrade {
	struct cloison_record old_record, new_record;
	struct guard_maps old, new;
	bool kept[GUARD_MAPS]; /* the old map serves the new build */
	struct bpf_object *object;
};

/* Maps that tell what a build is itself: never another's. */
static bool is_of_build(int map)
{
	return map == GUARD_MAP_GUARD || map == GUARD_MAP_OPS || map == GUARD_MAP_LSM ||
	       map == GUARD_MAP_RECORD;
}

/* Maps from the kernel's addresses to who owns what is there, until it ends. */
static bool is_of_owners(int map)
{
	return map == GUARD_MAP_KEYS || map == GUARD_MAP_IPC;
}

/* ---- the maps ---------------------------------------------------------------- */

static uint32_t map_type(int fd)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.type;
}

static bool has_entries(int fd)
{
	char key[512];

	switch (map_type(fd)) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LPM_TRIE:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return !bpf_map_get_next_key(fd, NULL, key);
	/* An array always has some: a build that keeps something in a new one sets @needs. */
	default:
		return false;
	}
}

static int own_map(const char *name)
{
	int i;

	for (i = 0; i < GUARD_MAPS; i++)
		if (!strcmp(guard_map_names[i], name))
			return i;
	return -1;
}

/* What the other build keeps in a map that this one lacks would be lost. */
static int old_open(struct upgrade *upgrade, struct problem *problem)
{
	const struct cloison_record *record = &upgrade->old_record;
	uint32_t i;

	for (i = 0; i < record->count; i++) {
		char path[GUARD_PIN_SIZE];
		int map = own_map(record->maps[i].name), fd;

		snprintf(path, sizeof(path), "%s/%s", GUARD_MAPS_PATH, record->maps[i].name);
		fd = guard_open(path);
		if (fd < 0)
			return problem_set(
				problem, -EUCLEAN,
				"%s is missing: type 'cloison guard unload --force', then "
				"'cloison guard load'",
				path);
		if (map >= 0) {
			upgrade->old.fd[map] = fd;
			continue;
		}
		if (has_entries(fd)) {
			close(fd);
			return problem_set(
				problem, -EOPNOTSUPP,
				"the guard in force (release %.31s) keeps something in %s, "
				"which this build does not know: remove that first with "
				"the command of that release",
				record->release, record->maps[i].name);
		}
		close(fd);
	}
	return 0;
}

/* Which of the old maps this build uses on. */
static int maps_choose(struct upgrade *upgrade, struct problem *problem)
{
	int i;

	for (i = 0; i < GUARD_MAPS; i++) {
		const struct cloison_record_map *now, *then;

		now = guard_record_find(&upgrade->new_record, guard_map_names[i]);
		then = guard_record_find(&upgrade->old_record, guard_map_names[i]);
		if (!now || !then || is_of_build(i))
			continue;
		if (now->meaning != then->meaning)
			return problem_set(
				problem, -EOPNOTSUPP,
				"the numbers in %s mean something else in release %.31s, "
				"which is in force: type 'cloison guard unload --force', "
				"then 'cloison guard load'",
				now->name, upgrade->old_record.release);
		upgrade->kept[i] = now->shape == then->shape;
	}
	/* The log and what is written in it belong together. */
	if (!upgrade->kept[GUARD_MAP_EVENTS] || !upgrade->kept[GUARD_MAP_WRITTEN])
		upgrade->kept[GUARD_MAP_EVENTS] = upgrade->kept[GUARD_MAP_WRITTEN] = false;
	return 0;
}

static int fill_failed(const struct upgrade *upgrade, int map, int error, struct problem *problem)
{
	const char *name = guard_map_names[map], *release = upgrade->old_record.release;

	if (error == -EAGAIN)
		return problem_set(problem, error,
				   "the entries of %s change too fast to be taken over: type "
				   "'cloison guard load' again",
				   name);
	if (error == -ENOMEM)
		return problem_set(problem, error, "no memory for what %s has", name);
	if (error == -ENOENT || error == -ERANGE)
		return problem_set(
			problem, -EOPNOTSUPP,
			"what %s has uses something that this build does not know; the "
			"guard stays as it is: with the command of release %.31s take that "
			"out of the policies or tenants, or go on with that release",
			name, release);
	return problem_set(
		problem, -EOPNOTSUPP,
		"what %s has cannot be taken over from release %.31s: %s; the guard stays "
		"as it is",
		name, release, strerror(-error));
}

static int map_fill(const struct upgrade *upgrade, int map, struct problem *problem)
{
	int from = upgrade->old.fd[map], to = upgrade->new.fd[map], error;

	/* Events that nobody has read are lost. */
	if (map == GUARD_MAP_EVENTS || map == GUARD_MAP_WRITTEN)
		return 0;
	switch (map_type(to)) {
	case BPF_MAP_TYPE_SK_STORAGE: /* sockets are judged again */
		return 0;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
		error = guard_copy_inner(from, &upgrade->new, map, problem);
		break;
	default:
		error = guard_copy_entries(from, to, BPF_ANY);
	}
	/* Of counters that this build lacks nothing has to be kept. */
	if (error == -ERANGE && map == GUARD_MAP_STATS)
		error = guard_copy_fitting(from, to);
	return error ? fill_failed(upgrade, map, error, problem) : 0;
}

static int maps_fill(const struct upgrade *upgrade, struct problem *problem)
{
	int error = 0, i;

	/* cloison_lsm is each build's own, but what it says of the host is needed at once. */
	for (i = 0; i < GUARD_MAPS && !error; i++)
		if (upgrade->old.fd[i] >= 0 && !upgrade->kept[i] && !is_of_owners(i) &&
		    (!is_of_build(i) || i == GUARD_MAP_LSM))
			error = map_fill(upgrade, i, problem);
	return error;
}

static int map_catch_up(const struct upgrade *upgrade, int map, struct problem *problem)
{
	int from = upgrade->old.fd[map], to = upgrade->new.fd[map], error;

	if (from < 0 || upgrade->kept[map])
		return 0;
	error = guard_copy_entries(from, to, is_of_owners(map) ? BPF_NOEXIST : BPF_ANY);
	if (!error && is_of_owners(map))
		error = guard_copy_prune(from, to);
	return error ? fill_failed(upgrade, map, error, problem) : 0;
}

/*
 * When the new programs are attached beside the old ones: what those wrote before. A pen
 * may have been made again. Who made a key or an object of System V is copied only now,
 * when both builds' programs note what is made and what ends: what ended meanwhile was
 * forgotten by the old programs, and is by the new ones' map.
 */
static int maps_catch_up(const struct upgrade *upgrade, struct problem *problem)
{
	int error = map_catch_up(upgrade, GUARD_MAP_PENS, problem);

	if (!error)
		error = map_catch_up(upgrade, GUARD_MAP_KEYS, problem);
	return error ? error : map_catch_up(upgrade, GUARD_MAP_IPC, problem);
}

/* ---- forwards ------------------------------------------------------------------------ */

static int new_load(struct upgrade *upgrade, struct problem *problem)
{
	int error = guard_object_open(&upgrade->object, problem), i;
	struct guard_maps reused;

	if (error)
		return error;
	error = guard_record_make(upgrade->object, &upgrade->new_record, problem);
	if (!error)
		error = maps_choose(upgrade, problem);
	if (error)
		return error;
	for (i = 0; i < GUARD_MAPS; i++)
		reused.fd[i] = upgrade->kept[i] ? upgrade->old.fd[i] : -1;
	error = guard_object_load_over(upgrade->object, &reused, problem);
	if (!error)
		guard_object_maps(upgrade->object, &upgrade->new);
	return error;
}

static int new_hold(const struct upgrade *upgrade, struct problem *problem)
{
	int error, i;

	error = guard_programs_keep(upgrade->object, GUARD_NEXT "/programs", problem);
	for (i = 0; i < GUARD_MAPS && !error; i++)
		error = guard_keep(upgrade->new.fd[i], GUARD_NEXT "/maps", guard_map_names[i],
				   problem);
	if (!error)
		error = guard_record_write(upgrade->new.fd[GUARD_MAP_RECORD], &upgrade->new_record,
					   problem);
	return error ? error :
		       guard_keep(upgrade->new.fd[GUARD_MAP_RECORD], GUARD_NEXT, "record", problem);
}

/* From here on nothing of the old build may be missing for what is attached. */
static int new_attach(const struct upgrade *upgrade, struct problem *problem)
{
	int error = guard_lsm_attach(upgrade->object, GUARD_NEXT "/lsm", problem);

	if (error)
		return error;
	step_done(STEP_LSM);
	error = maps_catch_up(upgrade, problem);
	if (error)
		return error;
	error = guard_pens_extend(&upgrade->new, GUARD_NEXT "/programs", problem);
	if (!error)
		error = guard_ops_prepare(upgrade->object, problem);
	if (!error)
		error = guard_admission_turn(upgrade->new.fd[GUARD_MAP_OPS], problem);
	if (error)
		return error;
	step_done(STEP_ADMIT);
	return guard_links_turn(GUARD_NEXT "/programs", links_half, problem);
}

/* The names of the build in force, for what is held by the same ones below next/. */
static int name_take(const char *path, void *data)
{
	_cleanup_fd_ int fd = -1;
	char directory[GUARD_PIN_SIZE], *name;
	int error;

	if (!guard_is_below(path, GUARD_NEXT))
		return 0;
	snprintf(directory, sizeof(directory), "%s/%s", GUARD_PATH,
		 path + sizeof(GUARD_NEXT "/") - 1);
	name = strrchr(directory, '/');
	*name++ = '\0';
	fd = guard_open(path);
	error = fd < 0 ? fd : guard_hold(fd, directory, name, data);
	/* A pin that fails is made again by any load: what is held counts. */
	if (!error)
		guard_pin(fd, directory, name, NULL);
	return error;
}

/* What the old build had and this one has not, below one directory. */
static int name_stale(const char *path, void *data)
{
	_cleanup_fd_ int fd = -1;
	char next[GUARD_PIN_SIZE + sizeof(GUARD_NEXT)];

	if (!guard_is_below(path, GUARD_MAPS_PATH) && !guard_is_below(path, GUARD_PROGRAMS) &&
	    !guard_is_below(path, GUARD_LSM))
		return 0;
	snprintf(next, sizeof(next), "%s%s", GUARD_NEXT, path + sizeof(GUARD_PATH) - 1);
	fd = guard_open(next);
	if (fd != -ENOENT)
		return fd < 0 ? fd : 0;
	snprintf(data, GUARD_PIN_SIZE, "%s", path);
	return 1;
}

/* After the decision: may be killed and begun again at any place. */
static int upgrade_finish(struct problem *problem)
{
	char path[GUARD_PIN_SIZE];
	int error = guard_held_walk(name_take, problem);

	if (error)
		return error;
	step_done(STEP_NAMES_HALF);
	while ((error = guard_held_walk(name_stale, path)) == 1)
		guard_forget(path);
	if (error)
		return problem_set(problem, error, "names of the build before: %s",
				   strerror(-error));
	guard_links_prune();
	/* Pins of tenants' maps that were converted are those of the old ones. */
	guard_remove(GUARD_TENANTS);
	step_done(STEP_NAMES);
	error = guard_ids_settle(problem);
	if (!error)
		guard_forget(GUARD_NEXT);
	return error;
}

/* Before the decision: to the old build, from wherever the new one got to. */
static int upgrade_back(struct problem *problem)
{
	char path[GUARD_PIN_SIZE];
	_cleanup_fd_ int ops = -1;
	int error;

	error = guard_links_turn(GUARD_PROGRAMS, NULL, problem);
	if (error)
		return error;
	snprintf(path, sizeof(path), "%s/%s", GUARD_MAPS_PATH, guard_map_names[GUARD_MAP_OPS]);
	ops = guard_open(path);
	error = ops < 0 ? ops : guard_admission_turn(ops, problem);
	if (error)
		return error;
	guard_links_prune();
	guard_forget(GUARD_NEXT);
	return 0;
}

static int upgrade_run(struct upgrade *upgrade, struct problem *problem)
{
	int error = old_open(upgrade, problem);

	if (!error)
		error = new_load(upgrade, problem);
	if (error)
		return error;
	step_done(STEP_LOADED);
	error = maps_fill(upgrade, problem);
	/* What a build has there for all tenants. */
	if (!error)
		error = guard_nodes_begin(&upgrade->new, problem);
	if (!error)
		error = guard_ids_write(upgrade->object, &upgrade->new,
					upgrade->old.fd[GUARD_MAP_GUARD], problem);
	if (error)
		return error;
	step_done(STEP_FILLED);
	error = new_hold(upgrade, problem);
	if (error)
		return error;
	step_done(STEP_HELD);
	error = new_attach(upgrade, problem);
	if (error)
		return error;
	step_done(STEP_LINKS);
	/* That it is held decides: a pin that fails must not lead back from there. */
	error = guard_hold(upgrade->new.fd[GUARD_MAP_RECORD], GUARD_PATH, "record", problem);
	if (!error)
		guard_pin(upgrade->new.fd[GUARD_MAP_RECORD], GUARD_PATH, "record", NULL);
	return error;
}

int guard_upgrade(struct problem *problem)
{
	struct upgrade upgrade = { 0 };
	struct problem back;
	int error, i;

	for (i = 0; i < GUARD_MAPS; i++)
		upgrade.old.fd[i] = upgrade.new.fd[i] = -1;
	error = guard_record_read(GUARD_RECORD, &upgrade.old_record, problem);
	if (!error && upgrade.old_record.needs)
		error = problem_set(
			problem, -EOPNOTSUPP,
			"the guard in force (release %.31s) needs a newer one than this "
			"build to take it over",
			upgrade.old_record.release);
	if (!error)
		error = upgrade_run(&upgrade, problem);
	if (error && upgrade_back(&back))
		problem_set(problem, -EUCLEAN,
			    "the upgrade failed, and so did the way back (%.150s): "
			    "type 'cloison guard load'",
			    back.text);
	/* The maps that are kept are the object's descriptors too. */
	guard_maps_close(&upgrade.old);
	bpf_object__close(upgrade.object);
	if (error)
		return error;
	step_done(STEP_RECORD);
	return upgrade_finish(problem);
}

static int is_next(const char *path, void *data)
{
	(void)data;
	return guard_is_below(path, GUARD_NEXT);
}

int guard_upgrade_settle(bool *changed, struct problem *problem)
{
	struct cloison_record record, next;
	int error = guard_held_walk(is_next, NULL);

	if (error <= 0)
		return error;
	*changed = true;
	error = guard_record_read(GUARD_NEXT_RECORD, &next, problem);
	/* Nothing is attached before its record is held. */
	if (error == -ENOENT) {
		guard_forget(GUARD_NEXT);
		return 0;
	}
	if (!error)
		error = guard_record_read(GUARD_RECORD, &record, problem);
	if (error)
		return error;
	return guard_record_same_build(&record, &next) ? upgrade_finish(problem) :
							 upgrade_back(problem);
}
