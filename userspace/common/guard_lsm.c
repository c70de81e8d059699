// SPDX-License-Identifier: GPL-2.0-only
/* The LSM's part of the guard: attached once for the host, for all tenants. */
#include "guard_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The one value of cloison_lsm, shared with the kernel. NULL: errno says why. */
static struct cloison_lsm *lsm_map(const struct guard_maps *maps)
{
	void *at = mmap(NULL, sizeof(struct cloison_lsm), PROT_READ | PROT_WRITE, MAP_SHARED,
			maps->fd[GUARD_MAP_LSM], 0);

	return at == MAP_FAILED ? NULL : at;
}

static void lsm_unmap(struct cloison_lsm *lsm)
{
	munmap(lsm, sizeof(*lsm));
}

static const struct {
	const char *hook, *program;
} lsm_hooks[CLOISON_LSM_COUNT] = {
#define LSM_HOOK(hook, program) { #hook, #program },
	CLOISON_LSM_HOOKS(LSM_HOOK)
#undef LSM_HOOK
};

/*
 * Whether the kernel asks BPF programs at all: it attaches them also where
 * nobody calls them. The program on bpf(2) says that it ran for this process.
 */
static int lsm_probe(const struct guard_maps *maps, struct problem *problem)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	struct cloison_lsm *lsm;
	bool called;

	lsm = lsm_map(maps);
	if (!lsm)
		return problem_set(problem, -errno, "cloison_lsm: %s", strerror(errno));
	__atomic_store_n(&lsm->probed, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&lsm->probe, (uint32_t)getpid(), __ATOMIC_SEQ_CST);
	bpf_obj_get_info_by_fd(maps->fd[GUARD_MAP_LSM], &info, &size);
	called = __atomic_load_n(&lsm->probed, __ATOMIC_SEQ_CST);
	__atomic_store_n(&lsm->probe, 0, __ATOMIC_SEQ_CST);
	lsm_unmap(lsm);
	if (called)
		return 0;
	return problem_set(problem, -EOPNOTSUPP,
			   "this kernel runs without the BPF LSM, so that nobody asks the guard's "
			   "programs: add bpf to the list of lsm= on its command line "
			   "(/sys/kernel/security/lsm shows what it is now: lsm=THAT,bpf)");
}

/* Of all its networks, the one that init is in. */
static int note_host_network(const struct guard_maps *maps, struct problem *problem)
{
	struct cloison_lsm *lsm;
	struct stat network;

	if (stat("/proc/1/ns/net", &network))
		return problem_set(problem, -errno, "/proc/1/ns/net: %s", strerror(errno));
	lsm = lsm_map(maps);
	if (!lsm)
		return problem_set(problem, -errno, "cloison_lsm: %s", strerror(errno));
	__atomic_store_n(&lsm->host_network, (uint32_t)network.st_ino, __ATOMIC_SEQ_CST);
	lsm_unmap(lsm);
	return 0;
}

static int lsm_attach(const struct bpf_object *object, int hook, const char *directory,
		      struct problem *problem)
{
	const struct bpf_program *program;
	struct bpf_link *link;
	int error;

	program = bpf_object__find_program_by_name(object, lsm_hooks[hook].program);
	/* A tracepoint as well as a hook, as its section says. */
	link = program ? bpf_program__attach(program) : NULL;
	if (!link)
		return problem_set(problem, -errno, "cannot attach at the LSM hook %s: %s",
				   lsm_hooks[hook].hook, strerror(errno));
	error = guard_keep(bpf_link__fd(link), directory, lsm_hooks[hook].hook, problem);
	/* The module holds it. */
	bpf_link__destroy(link);
	return error;
}

/* All that are missing, from a guard's object or from one of the LSM's part. */
static int attach_missing(const struct bpf_object *object, const struct guard_maps *maps,
			  struct problem *problem)
{
	struct guard_lsm_program programs[CLOISON_LSM_COUNT];
	int error, hook;

	guard_lsm_read(programs, NULL);
	for (hook = 0, error = 0; hook < CLOISON_LSM_COUNT && !error; hook++)
		if (!programs[hook].link)
			error = lsm_attach(object, hook, GUARD_LSM, problem);
	return error ? error : lsm_probe(maps, problem);
}

/* With the lock held: all of this object's beside what is attached. */
int guard_lsm_attach(const struct bpf_object *object, const char *directory,
		     struct problem *problem)
{
	int error = 0, hook;

	for (hook = 0; hook < CLOISON_LSM_COUNT && !error; hook++)
		error = lsm_attach(object, hook, directory, problem);
	return error;
}

/* With the lock held. */
int guard_lsm_begin(const struct bpf_object *object, const struct guard_maps *maps,
		    struct problem *problem)
{
	int error = note_host_network(maps, problem);

	return error ? error : attach_missing(object, maps, problem);
}

/* With the lock held: attach again what was taken away. */
int guard_lsm_mend(const struct guard_maps *maps, bool *changed, struct problem *problem)
{
	struct guard_lsm_program programs[CLOISON_LSM_COUNT];
	struct bpf_object *object;
	int error;

	if (guard_lsm_read(programs, NULL))
		return 0;
	error = guard_object_load(NULL, maps, &object, problem);
	if (error)
		return error;
	*changed = true;
	error = attach_missing(object, maps, problem);
	bpf_object__close(object);
	return error;
}

static int program_read(uint32_t id, struct guard_program *program)
{
	_cleanup_fd_ int fd = bpf_prog_get_fd_by_id(id);

	return fd < 0 ? -errno : guard_program_info(fd, program);
}

/* Each program by its link. True if none is missing. */
bool guard_lsm_read(struct guard_lsm_program programs[CLOISON_LSM_COUNT], struct problem *problem)
{
	bool whole = true;
	int hook;

	for (hook = 0; hook < CLOISON_LSM_COUNT; hook++) {
		struct guard_lsm_program *program = &programs[hook];
		char path[GUARD_PIN_SIZE];
		struct bpf_link_info info = {};
		uint32_t size = sizeof(info);
		int link;

		*program = (struct guard_lsm_program){ .hook = lsm_hooks[hook].hook };
		snprintf(program->program.name, sizeof(program->program.name), "%s",
			 lsm_hooks[hook].program);
		snprintf(path, sizeof(path), "%s/%s", GUARD_LSM, program->hook);
		link = guard_open(path);
		if (link >= 0 && !bpf_obj_get_info_by_fd(link, &info, &size) &&
		    !program_read(info.prog_id, &program->program)) {
			program->link = info.id;
		} else {
			if (whole)
				problem_set(problem, -EUCLEAN,
					    "the link %s is missing: type 'cloison guard load'",
					    path);
			whole = false;
		}
		guard_close(&link);
	}
	return whole;
}
