// SPDX-License-Identifier: GPL-2.0-only
/*
 * Another tool's program on a device: it returns a number, and looks at nothing.
 *
 *   tcx-first DEVICE from|to|xdp VALUE
 *
 * "from" and "to" are what comes in on the device and goes out of it, before all
 * that is attached there. It says "ready", and stays until it is killed.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What older headers have no names for. */
#define ATTACH_TCX_INGRESS 46
#define ATTACH_TCX_EGRESS 47
#define ATTACH_BEFORE (1U << 3)

static int bpf(int command, const void *attr, size_t size)
{
	return (int)syscall(SYS_bpf, command, attr, size);
}

static int load(enum bpf_prog_type type, int value)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (uintptr_t)code,
		.insn_cnt = sizeof(code) / sizeof(code[0]),
		.license = (uintptr_t)"GPL",
		.prog_name = "passall",
	};

	return bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

int main(int argc, char **argv)
{
	struct {
		uint32_t program, ifindex, attach, flags, relative, zero;
		uint64_t revision;
	} link = { 0 };
	int program;

	if (argc != 4)
		return 2;
	link.ifindex = if_nametoindex(argv[1]);
	if (!strcmp(argv[2], "xdp")) {
		link.attach = BPF_XDP;
		program = load(BPF_PROG_TYPE_XDP, atoi(argv[3]));
	} else {
		link.attach = strcmp(argv[2], "to") ? ATTACH_TCX_INGRESS : ATTACH_TCX_EGRESS;
		link.flags = ATTACH_BEFORE;
		program = load(BPF_PROG_TYPE_SCHED_CLS, atoi(argv[3]));
	}
	link.program = (uint32_t)program;
	if (program < 0 || bpf(BPF_LINK_CREATE, &link, sizeof(link)) < 0) {
		fprintf(stderr, "tcx-first: %s\n", strerror(errno));
		return 1;
	}
	puts("ready");
	fflush(stdout);
	pause();
	return 0;
}
