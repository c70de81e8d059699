// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a command while programs that do nothing are at the guard's LSM hooks:
 * what it costs that a program is asked there at all.
 *
 *   bench-net-lsm COMMAND...
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cloison_bpf.h"

static const char *const hooks[CLOISON_LSM_COUNT] = {
#define HOOK_NAME(hook, program) #hook,
	CLOISON_LSM_HOOKS(HOOK_NAME)
#undef HOOK_NAME
};

static const struct bpf_insn nothing[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "bench-net-lsm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void attach(const struct btf *kernel, const char *hook)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC);
	char function[64];
	int program, link, id;

	snprintf(function, sizeof(function), "bpf_lsm_%s", hook);
	id = btf__find_by_name_kind(kernel, function, BTF_KIND_FUNC);
	if (id < 0)
		die(function);
	options.attach_btf_id = (uint32_t)id;
	program = bpf_prog_load(BPF_PROG_TYPE_LSM, "nothing", "GPL", nothing,
				sizeof(nothing) / sizeof(nothing[0]), &options);
	link = program < 0 ? -1 : bpf_raw_tracepoint_open(NULL, program);
	/* It lives as long as this process, also when it has become the command. */
	if (link < 0 || fcntl(link, F_SETFD, 0))
		die(hook);
	close(program);
}

int main(int argc, char **argv)
{
	struct btf *kernel = btf__load_vmlinux_btf();

	if (argc < 2) {
		fputs("usage: bench-net-lsm COMMAND...\n", stderr);
		return 2;
	}
	if (!kernel)
		die("the kernel's BTF");
	/* One of them is at a tracepoint, which none of the calls passes. */
	for (int hook = 0; hook < CLOISON_LSM_COUNT; hook++)
		if (hook != CLOISON_LSM_cgroup_mkdir)
			attach(kernel, hooks[hook]);
	btf__free(kernel);
	execvp(argv[1], argv + 1);
	die(argv[1]);
}
