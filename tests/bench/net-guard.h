/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guard without the module, for programs that measure it: its object, a
 * tenant's maps, policies of many rules, and programs at a cgroup.
 */
#ifndef BENCH_NET_GUARD_H
#define BENCH_NET_GUARD_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "guard_private.h"

enum { PORT = 443 };

static struct problem problem;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what,
		problem.text[0] ? problem.text : strerror(errno));
	exit(1);
}

/* The same sequence in every run. */
static uint32_t random_next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* ---- policies ------------------------------------------------------------ */

/* Single peers all over the address space, in no order; PORT of each is allowed. */
static void policy_make(struct policy *policy, size_t rules, uint32_t seed)
{
	size_t i;

	if (policy_alloc(policy, rules))
		die("no memory for a policy");
	for (i = 0; i < rules; i++) {
		uint32_t address = htonl(random_next(&seed));
		struct cloison_rule *rule = &policy->rules[policy->count++];

		*rule = (struct cloison_rule){
			.number = (uint32_t)i + 1,
			.verdict = CLOISON_ALLOW,
			/* The test run's socket was not connected by anybody. */
			.direction = i & 1 ? CLOISON_EGRESS : CLOISON_INGRESS,
			.protocol = CLOISON_TCP,
			.family = CLOISON_IPV4,
			.prefix = 32,
			.first_port = PORT,
			.last_port = PORT,
		};
		/* Two rules each, one for either direction. */
		if (i & 1)
			memcpy(rule->address, policy->rules[i - 1].address, 4);
		else
			memcpy(rule->address, &address, 4);
	}
}

static struct bpf_object *object_open(const struct cloison_test *test, struct guard_maps *maps)
{
	struct bpf_object *object;

	if (guard_object_load(test, NULL, &object, &problem))
		die("the guard does not load");
	guard_object_maps(object, maps);
	return object;
}

static void tenant_maps(const struct guard_maps *maps, uint32_t index)
{
	if (guard_flows_new(maps, index, CLOISON_FLOWS, &problem) ||
	    guard_inner_new(maps, GUARD_MAP_STATS, index, 2, &problem))
		die("a tenant's maps");
}

/* ---- programs ------------------------------------------------------------ */

#define MOVE(to, value) { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = (to), .imm = (value) }
#define FRAME(to, offset)                                                             \
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = (to), .src_reg = 10 },      \
	{                                                                             \
		.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = (to), .imm = (offset) \
	}
#define CALL(function) { .code = BPF_JMP | BPF_CALL, .imm = (function) }
#define EXIT { .code = BPF_JMP | BPF_EXIT }

/* A program that lets everything pass, for the hook. */
static int empty_program(enum bpf_prog_type type, enum bpf_attach_type attach)
{
	const struct bpf_insn instructions[] = { MOVE(0, 1), EXIT };
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach);
	int fd = bpf_prog_load(type, "empty", "GPL", instructions, 2, &options);

	if (fd < 0)
		die("an empty program");
	return fd;
}

static void program_attach(int program, int cgroup, enum bpf_attach_type hook)
{
	if (bpf_prog_attach(program, cgroup, hook, BPF_F_ALLOW_MULTI))
		die("a program cannot be attached");
}

static int cgroup_make(const char *path)
{
	int cgroup;

	if (mkdir(path, 0755) && errno != EEXIST)
		die(path);
	cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup < 0)
		die(path);
	return cgroup;
}

/* A cgroup with the guard's programs, which go with it. */
static void tenant_attach(const struct bpf_object *object, struct cloison_tenant *tenant,
			  const char *path)
{
	int hook, cgroup = cgroup_make(path);
	struct stat stat;

	if (fstat(cgroup, &stat))
		die(path);
	tenant->cgroup = stat.st_ino;
	for (hook = 0; hook < GUARD_HOOKS; hook++) {
		const struct guard_hook_type *type = &guard_hook_types[hook];
		const struct bpf_program *program;

		program = bpf_object__find_program_by_name(object, type->program);
		program_attach(bpf_program__fd(program), cgroup, type->attach);
	}
	close(cgroup);
}

#endif /* BENCH_NET_GUARD_H */
