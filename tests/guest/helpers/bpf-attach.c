// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf-attach: programs that let everything pass, and where they are attached.
 *
 *   bpf-attach pin KIND PIN              loads one
 *   bpf-attach link KIND PIN TARGET      by a link, which ends with this process
 *   bpf-attach attach KIND PIN TARGET    without one
 *   bpf-attach detach KIND PIN TARGET
 *   bpf-attach number prog|map|link ID   a descriptor by the object's number
 *
 * KIND is tcx or xdp, of which the target is a device; lookup, of a network by its file;
 * connect or device, of a cgroup by its directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What older headers have no name for. */
#define ATTACH_TCX_INGRESS 46
#define ATTACH_BEFORE (1U << 3)

struct kind {
	const char *name;
	uint32_t type;
	uint32_t attach;
	int verdict;
	bool of_device;
};

static const struct kind kinds[] = {
	{ "tcx", BPF_PROG_TYPE_SCHED_CLS, ATTACH_TCX_INGRESS, -1, true },
	{ "xdp", BPF_PROG_TYPE_XDP, BPF_XDP, XDP_PASS, true },
	{ "lookup", BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, SK_PASS, false },
	{ "connect", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, 1, false },
	{ "device", BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE, 1, false },
};

static int bpf(int command, const void *attr, size_t size)
{
	return (int)syscall(SYS_bpf, command, attr, size);
}

static int told(int result, const char *what)
{
	if (result >= 0)
		return 0;
	printf("%s: %s\n", what, strerror(errno));
	return 1;
}

static int pin(const struct kind *kind, const char *path)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = kind->verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = {
		.prog_type = kind->type,
		.insns = (uintptr_t)code,
		.insn_cnt = sizeof(code) / sizeof(code[0]),
		.license = (uintptr_t)"GPL",
		.prog_name = "passall",
		.expected_attach_type = kind->of_device ? 0 : kind->attach,
	};
	union bpf_attr object = { .pathname = (uintptr_t)path };
	int program = bpf(BPF_PROG_LOAD, &load, sizeof(load));

	if (program < 0)
		return told(program, "load");
	object.bpf_fd = (uint32_t)program;
	return told(bpf(BPF_OBJ_PIN, &object, sizeof(object)), "pin");
}

static int act(const char *how, const struct kind *kind, const char *path, const char *target)
{
	const union bpf_attr object = { .pathname = (uintptr_t)path };
	int place = kind->of_device ? (int)if_nametoindex(target) : open(target, O_RDONLY);
	int program = bpf(BPF_OBJ_GET, &object, sizeof(object));
	union bpf_attr attr = { 0 };

	if (place < 0 || program < 0 || (kind->of_device && !place))
		return told(-1, place < 0 ? target : path);
	if (!strcmp(how, "link")) {
		attr.link_create.prog_fd = (uint32_t)program;
		attr.link_create.target_fd = (uint32_t)place;
		attr.link_create.attach_type = kind->attach;
		attr.link_create.flags = kind->attach == ATTACH_TCX_INGRESS ? ATTACH_BEFORE : 0;
		return told(bpf(BPF_LINK_CREATE, &attr, sizeof(attr)), how);
	}
	attr.target_fd = (uint32_t)place;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = kind->attach;
	if (!strcmp(how, "attach"))
		return told(bpf(BPF_PROG_ATTACH, &attr, sizeof(attr)), how);
	return told(bpf(BPF_PROG_DETACH, &attr, sizeof(attr)), how);
}

static int number(const char *what, const char *id)
{
	const union bpf_attr attr = { .prog_id = (uint32_t)atoi(id) };
	int command = !strcmp(what, "prog") ? BPF_PROG_GET_FD_BY_ID :
		      !strcmp(what, "map")  ? BPF_MAP_GET_FD_BY_ID :
					      BPF_LINK_GET_FD_BY_ID;

	return told(bpf(command, &attr, sizeof(attr)), what);
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc == 4 && !strcmp(argv[1], "number"))
		return number(argv[2], argv[3]);
	for (i = 0; argc > 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[2], kinds[i].name))
			continue;
		if (argc == 4 && !strcmp(argv[1], "pin"))
			return pin(&kinds[i], argv[3]);
		if (argc == 5)
			return act(argv[1], &kinds[i], argv[3], argv[4]);
	}
	fprintf(stderr, "usage: bpf-attach pin|link|attach|detach KIND PIN [TARGET] | "
			"number prog|map|link ID\n");
	return 2;
}
