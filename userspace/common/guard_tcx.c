// SPDX-License-Identifier: GPL-2.0-only
/*
 * The programs on one end of a device, in the order in which they run. The first
 * that does not say "go on" ends the chain, so the guard's has to be the first:
 * behind another it judges only what that one leaves over. XDP programs run
 * before all of them.
 *
 * The kernel is asked by bpf(2) itself: older headers name neither the position
 * of a new link nor the links of a chain.
 */
#include "guard_private.h"

#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

/* BPF_F_BEFORE: with no other program named, before all of them. */
#define TCX_BEFORE (1U << 3)

/* As the kernel has them in union bpf_attr. */
struct tcx_create {
	uint32_t program;
	uint32_t ifindex;
	uint32_t attach;
	uint32_t flags;
	uint32_t relative;
	uint32_t zero;
	uint64_t revision;
};

struct tcx_query {
	uint32_t ifindex;
	uint32_t attach;
	uint32_t query_flags;
	uint32_t attach_flags;
	uint64_t programs;
	uint32_t count;
	uint32_t zero;
	uint64_t program_flags;
	uint64_t links;
	uint64_t link_flags;
	uint64_t revision;
};

/* The kernel has no more in one chain. */
#define TCX_PROGRAMS 64

int guard_tcx_first(uint32_t ifindex, int attach, struct guard_tcx_head *head)
{
	uint32_t programs[TCX_PROGRAMS] = {}, links[TCX_PROGRAMS] = {};
	struct tcx_query query = {
		.ifindex = ifindex,
		.attach = (uint32_t)attach,
		.programs = (uintptr_t)programs,
		.links = (uintptr_t)links,
		.count = TCX_PROGRAMS,
	};

	if (syscall(__NR_bpf, BPF_PROG_QUERY, &query, sizeof(query)))
		return -errno;
	head->program = programs[0];
	head->link = links[0];
	head->revision = query.revision;
	return 0;
}

/* Another tool may attach between the look and the link: then look again. */
#define TCX_TRIES 16

int guard_tcx_attach(int program, uint32_t ifindex, int attach)
{
	struct guard_tcx_head head;
	int tries, error = 0;

	for (tries = 0; tries < TCX_TRIES; tries++) {
		struct tcx_create create = {
			.program = (uint32_t)program,
			.ifindex = ifindex,
			.attach = (uint32_t)attach,
			.flags = TCX_BEFORE,
		};
		long link;

		error = guard_tcx_first(ifindex, attach, &head);
		if (error)
			return error;
		create.revision = head.revision;
		link = syscall(__NR_bpf, BPF_LINK_CREATE, &create, sizeof(create));
		if (link >= 0)
			return (int)link;
		error = -errno;
		if (error != -ESTALE)
			return error;
	}
	return error;
}

/* Another tool's: escaped where it is printed. */
void guard_program_name(uint32_t id, char name[GUARD_PROGRAM_NAME])
{
	_cleanup_fd_ int fd = bpf_prog_get_fd_by_id(id);
	struct guard_program program;

	if (fd < 0 || guard_program_info(fd, &program) || !program.name[0])
		snprintf(name, GUARD_PROGRAM_NAME, "?");
	else
		memcpy(name, program.name, GUARD_PROGRAM_NAME);
}

uint32_t guard_xdp_program(uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, options);

	if (bpf_xdp_query((int)ifindex, 0, &options))
		return 0;
	if (options.drv_prog_id)
		return options.drv_prog_id;
	if (options.hw_prog_id)
		return options.hw_prog_id;
	return options.skb_prog_id ? options.skb_prog_id : options.prog_id;
}
