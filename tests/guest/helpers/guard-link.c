// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does to the guard's struct_ops link what an accident, or an upgrade, does.
 *
 *   guard-link detach    as bpftool link detach, and prints when, in
 *                        nanoseconds of CLOCK_MONOTONIC
 *   guard-link swap      puts the map that is behind it there once more, by the
 *                        call that an upgrade makes
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int info_of(int link, struct bpf_link_info *info)
{
	union bpf_attr attr = { 0 };

	memset(info, 0, sizeof(*info));
	attr.info.bpf_fd = (uint32_t)link;
	attr.info.info_len = sizeof(*info);
	attr.info.info = (uintptr_t)info;
	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

/* There is one struct_ops link in the virtual host. */
static int find_link(struct bpf_link_info *info)
{
	union bpf_attr next = { 0 }, get = { 0 };
	int link;

	while (!bpf(BPF_LINK_GET_NEXT_ID, &next)) {
		get.link_id = next.next_id;
		link = bpf(BPF_LINK_GET_FD_BY_ID, &get);
		if (link >= 0 && !info_of(link, info) && info->type == BPF_LINK_TYPE_STRUCT_OPS)
			return link;
		close(link);
		next.start_id = next.next_id;
	}
	return -1;
}

static int detach(int link)
{
	union bpf_attr attr = { .link_detach.link_fd = (uint32_t)link };
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (bpf(BPF_LINK_DETACH, &attr))
		return -1;
	printf("%lld\n", now.tv_sec * 1000000000LL + now.tv_nsec);
	return 0;
}

static int swap(int link, uint32_t map_id)
{
	union bpf_attr get = { .map_id = map_id }, attr = { 0 };
	int map = bpf(BPF_MAP_GET_FD_BY_ID, &get);

	if (map < 0)
		return -1;
	attr.link_update.link_fd = (uint32_t)link;
	attr.link_update.new_map_fd = (uint32_t)map;
	return bpf(BPF_LINK_UPDATE, &attr);
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	struct bpf_link_info info;
	int link = find_link(&info), err;

	if (link < 0) {
		puts("no struct_ops link");
		return 1;
	}
	if (!strcmp(what, "detach")) {
		err = detach(link);
	} else if (!strcmp(what, "swap")) {
		err = swap(link, info.struct_ops.map_id);
	} else {
		fprintf(stderr, "usage: guard-link detach|swap\n");
		return 2;
	}
	if (err)
		puts(strerror(errno));
	return err ? 1 : 0;
}
