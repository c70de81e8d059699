// SPDX-License-Identifier: GPL-2.0-only
/* A cgroup of its own for each command, below the tenant's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "inside.h"
#include "run.h"

static int leaf_open(struct run_leaf *leaf)
{
	leaf->leaf = openat(leaf->tenant, leaf->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (leaf->leaf < 0)
		return -errno;
	leaf->events = openat(leaf->leaf, "cgroup.events", O_RDONLY | O_CLOEXEC);
	return leaf->events < 0 ? -errno : 0;
}

int run_leaf_make(const char *tenant, struct run_leaf *leaf)
{
	int rc = 0;

	if (tenant_directory(tenant, &leaf->directory))
		return RUN_FAILED;
	snprintf(leaf->name, sizeof(leaf->name), "run-%d", getpid());
	leaf->tenant = open(leaf->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (leaf->tenant < 0 || (mkdirat(leaf->tenant, leaf->name, 0755) && errno != EEXIST))
		rc = -errno;
	if (!rc)
		rc = leaf_open(leaf);
	if (rc) {
		fail(EXIT_FAILED, "%s/%s cannot be made: %s", leaf->directory, leaf->name,
		     strerror(-rc));
		if (rc == -EAGAIN)
			advise("there are as many as cgroup.max.descendants allows, here or above");
	}
	return rc ? RUN_FAILED : 0;
}

bool run_leaf_frozen(const struct run_leaf *leaf)
{
	char text[256];
	ssize_t length = pread(leaf->events, text, sizeof(text) - 1, 0);

	if (length < 0)
		return false;
	text[length] = '\0';
	return strstr(text, "frozen 1") != NULL;
}

/* Whether the cgroup so many levels above the tenant's freezes what is below it. */
static bool freezes(const struct run_leaf *leaf, int above)
{
	char path[4096], text[2] = "";
	size_t length = 0;
	int fd;

	while (above-- > 0 && length < sizeof(path) - 32)
		length += (size_t)snprintf(path + length, sizeof(path) - length, "../");
	snprintf(path + length, sizeof(path) - length, "cgroup.freeze");
	fd = openat(leaf->tenant, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, 1) != 1)
		text[0] = '\0';
	if (fd >= 0)
		close(fd);
	return text[0] == '1';
}

/*
 * It is the tenant's own cgroup, or one above it. By descriptors, since paths may lead
 * into the tenant's tree by now, and this process is the host's root.
 */
void run_leaf_fail_frozen(const struct run_plan *plan)
{
	const struct run_leaf *leaf = &plan->leaf;
	size_t length = strlen(leaf->directory);
	int above = 0;

	fail(EXIT_FAILED, "tenant %s is frozen, and a command would stand still", plan->tenant);
	while (length && !freezes(leaf, above)) {
		while (length && leaf->directory[--length] != '/')
			;
		above++;
	}
	if (length)
		advise("thaw it: echo 0 >%.*s/cgroup.freeze", (int)length, leaf->directory);
}

void run_leaf_remove(struct run_leaf *leaf)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	int tries;

	free(leaf->directory);
	if (leaf->leaf < 0)
		return;
	/* A process that was waited for may still be on its way out of the list. */
	for (tries = 0; tries < 100; tries++) {
		if (!unlinkat(leaf->tenant, leaf->name, AT_REMOVEDIR) || errno != EBUSY)
			return;
		nanosleep(&pause, NULL);
	}
	advise("the cgroup %s of the tenant is left behind", leaf->name);
}
