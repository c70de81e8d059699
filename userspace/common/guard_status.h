/* SPDX-License-Identifier: GPL-2.0-only */
/* What is in force, as guard show has it. For the rules of all, see guard.h. */
#ifndef CLOISON_GUARD_STATUS_H
#define CLOISON_GUARD_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloison_bpf.h"
#include "problem.h"

/** enum guard_hook - where the guard is attached at a pen. */
enum guard_hook {
	GUARD_INGRESS,
	GUARD_EGRESS,
	GUARD_CONNECT4,
	GUARD_CONNECT6,
	GUARD_SENDMSG4,
	GUARD_SENDMSG6,
	GUARD_BIND4,
	GUARD_BIND6,
	GUARD_SOCK_CREATE,
	GUARD_SOCK_RELEASE,
	GUARD_DEV,
	GUARD_SYSCTL,
	GUARD_HOOKS,
};

/** guard_hook_name() - "ingress", "egress", "connect4", ... "sysctl". */
const char *guard_hook_name(enum guard_hook hook);

/**
 * struct guard_program - one of the guard's programs.
 * @name: as bpftool shows it
 * @id: its id, 0 if it is not there
 * @instructions: how many the verifier had to look at
 */
struct guard_program {
	char name[16];
	uint32_t id;
	uint32_t instructions;
};

/**
 * struct guard_lsm_program - one of the guard's LSM programs.
 * @hook: the LSM hook
 * @program: the program; its id is 0 if it is not attached
 * @link: id of its link
 */
struct guard_lsm_program {
	const char *hook;
	struct guard_program program;
	uint32_t link;
};

/**
 * struct guard_pen - a parent cgroup where the guard is attached.
 * @path: from the root of the cgroup file system
 * @cgroup: its id
 * @links: ids of the attached links by hook, 0 if missing
 * @in_force: every hook runs this guard's program
 * @problem: what is wrong, empty if nothing
 */
struct guard_pen {
	char path[CLOISON_PEN_PATH_SIZE];
	uint64_t cgroup;
	uint32_t links[GUARD_HOOKS];
	bool in_force;
	char problem[160];
};

/**
 * struct guard_segment - a tenant behind the guard.
 * @tenant: its number
 * @name: its name
 * @cgroup: id of its cgroup
 * @pen: path of the pen that it is below, empty if there is none
 * @mode: CLOISON_ENFORCE, CLOISON_OBSERVE, or CLOISON_UNSET if nothing passes
 * @generation: of its policy
 * @rules: how many the policy has
 * @addresses: how many the tenant has; with none they are not compared
 * @in_force: its cgroup is there, its pen in force, and its policy whole
 * @suppressed: events over its budget, which nobody was told
 * @lost: events whose place in the log another CPU was writing to
 * @problem: what is wrong, empty if nothing
 */
struct guard_segment {
	uint32_t tenant;
	char name[CLOISON_TENANT_NAME_SIZE];
	uint64_t cgroup;
	char pen[CLOISON_PEN_PATH_SIZE];
	enum cloison_mode mode;
	uint64_t generation;
	uint32_t rules;
	uint32_t addresses;
	bool in_force;
	uint64_t suppressed;
	uint64_t lost;
	char problem[160];
};

/**
 * struct guard_status - all of the guard.
 * @loaded: programs and maps are held
 * @admitting: the struct_ops link is attached: the module asks this guard
 * @whole: nothing is wrong with the guard or with any segment
 * @build: of the object that was loaded
 * @own_build: of the object that this command would load
 * @held: how many objects the module keeps alive
 * @link: id of the struct_ops link, 0 if none
 * @link_map: id of the map behind it
 * @programs: by hook
 * @admit: the program that answers the module
 * @suppressed: events of all cgroups together, those without a policy too
 * @lost: likewise
 * @lsm: by enum cloison_lsm_hook
 * @pens: all pens
 * @pen_count: how many
 * @segments: all tenants, by number
 * @segment_count: how many
 * @problem: what is wrong with the guard itself, empty if nothing
 */
struct guard_status {
	bool loaded;
	bool admitting;
	bool whole;
	uint64_t build;
	uint64_t own_build;
	uint32_t held;
	uint32_t link;
	uint32_t link_map;
	struct guard_program programs[GUARD_HOOKS];
	struct guard_program admit;
	uint64_t suppressed;
	uint64_t lost;
	struct guard_lsm_program lsm[CLOISON_LSM_COUNT];
	struct guard_pen pens[CLOISON_PENS];
	size_t pen_count;
	struct guard_segment *segments;
	size_t segment_count;
	char problem[256];
};

/**
 * guard_status_read() - look at the guard.
 * @status: the result, for guard_status_free()
 * @problem: why not
 *
 * That no guard is loaded is a status, not an error.
 */
int guard_status_read(struct guard_status *status, struct problem *problem);

/**
 * guard_tenant_check() - whether all stands that a tenant's tasks are to be behind.
 * @name: the tenant's name
 * @problem: what does not, and what to type
 *
 * What is wrong with another tenant, or with a device, is not looked at.
 *
 * Return: 0; -ENOENT; -EUCLEAN.
 */
int guard_tenant_check(const char *name, struct problem *problem);

/** guard_status_free() - give back what guard_status_read() made. */
void guard_status_free(struct guard_status *status);

#endif /* CLOISON_GUARD_STATUS_H */
