// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ends the connections that the policy in force forbids, network by network.
 * What it cannot reach is dropped all the same, and only hears of it later.
 */
#include "guard_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"

struct networks {
	int link; /* made when there is the first */
	ino_t *seen;
	size_t count;
};

static int iterator_link(void)
{
	_cleanup_fd_ int program = guard_open(GUARD_PROGRAMS "/" GUARD_CUT);

	return program < 0 ? -1 : bpf_link_create(program, 0, BPF_TRACE_ITER, NULL);
}

/* The iterator shows the sockets of the network that its reader is in. */
static void cut_here(int link)
{
	_cleanup_fd_ int iterator = bpf_iter_create(link);
	char none[64];

	while (iterator >= 0 && read(iterator, none, sizeof(none)) > 0)
		;
}

/* Whether the network was not seen before. */
static bool network_note(struct networks *networks, ino_t inode)
{
	ino_t *grown;
	size_t i;

	for (i = 0; i < networks->count; i++)
		if (networks->seen[i] == inode)
			return false;
	grown = realloc(networks->seen, (networks->count + 1) * sizeof(*grown));
	if (!grown)
		return true;
	networks->seen = grown;
	networks->seen[networks->count++] = inode;
	return true;
}

static int cut_process(pid_t pid, void *data)
{
	struct networks *networks = data;
	char path[64];
	struct stat stat_of;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	if (networks->link < 0)
		networks->link = iterator_link();
	if (networks->link < 0)
		return networks->link;
	if (!stat(path, &stat_of) && network_note(networks, stat_of.st_ino)) {
		_cleanup_fd_ int network = open(path, O_RDONLY | O_CLOEXEC);

		if (network >= 0 && !setns(network, CLONE_NEWNET))
			cut_here(networks->link);
	}
	return 0;
}

/* @cgroup: the tenant's, whose processes tell which networks it has */
void guard_cut(uint64_t cgroup)
{
	_cleanup_fd_ int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct networks networks = { .link = -1 };
	char directory[4096];

	if (own < 0 || guard_cgroup_path(cgroup, directory, sizeof(directory)))
		return;
	cgroup_for_each_process(directory, cut_process, &networks);
	/* A command that is left in another network than its own goes no further. */
	if (networks.count && setns(own, CLONE_NEWNET))
		abort();
	free(networks.seen);
	guard_close(&networks.link);
}
