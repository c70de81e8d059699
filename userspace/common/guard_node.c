// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which device nodes tenants may open, beyond those that each program expects, and
 * what of the host the guard has to know to tell the tenant's own from it.
 */
#include "guard_allow.h"
#include "guard_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The regions' nodes have one number for all, which is another at each load. */
static int module_major(uint32_t *major, struct problem *problem)
{
	FILE *list = fopen("/proc/devices", "re");
	char line[128], name[64];
	unsigned int number;
	int error = -ENOENT;

	if (!list)
		return problem_set(problem, -errno, "/proc/devices: %s", strerror(errno));
	while (error && fgets(line, sizeof(line), list)) {
		/* Those of character devices come first. */
		if (sscanf(line, "%u %63s", &number, name) == 2 && !strcmp(name, "cloison")) {
			*major = number;
			error = 0;
		}
	}
	fclose(list);
	return error ? problem_set(problem, error,
				   "the module's device is not in /proc/devices: type "
				   "'modprobe cloison'") :
		       0;
}

/* With the lock held, before the guard's programs are in force. */
int guard_nodes_begin(const struct guard_maps *maps, struct problem *problem)
{
	struct cloison_node node = { .tenant = CLOISON_NODES_OF_ALL,
				     .kind = CLOISON_NODE_CHARACTER,
				     .minor = CLOISON_ANY_MINOR };
	struct cloison_host host = {};
	uint32_t zero = 0;
	struct stat network;
	int error = module_major(&node.major, problem);

	if (error)
		return error;
	if (stat("/proc/1/ns/net", &network))
		return problem_set(problem, -errno, "/proc/1/ns/net: %s", strerror(errno));
	/* Keep the rest, which an upgrade may have copied. */
	if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_HOST], &zero, &host))
		return problem_set(problem, -errno, "cloison_host: %s", strerror(errno));
	host.network = (uint32_t)network.st_ino;
	if (bpf_map_update_elem(maps->fd[GUARD_MAP_HOST], &zero, &host, BPF_ANY))
		return problem_set(problem, -errno, "cloison_host: %s", strerror(errno));
	if (bpf_map_update_elem(maps->fd[GUARD_MAP_NODES], &node, &zero, BPF_ANY))
		return problem_set(problem, -errno, "cloison_nodes: %s", strerror(errno));
	return 0;
}

/* "MAJOR:MINOR", "MAJOR:*", with "b:" in front for a block device. */
static bool number_parse(const char *text, struct cloison_node *node)
{
	char *end;

	node->kind = CLOISON_NODE_CHARACTER;
	if (!strncmp(text, "b:", 2) || !strncmp(text, "c:", 2)) {
		node->kind = text[0] == 'b' ? CLOISON_NODE_BLOCK : CLOISON_NODE_CHARACTER;
		text += 2;
	}
	if (text[0] < '0' || text[0] > '9')
		return false;
	node->major = (uint32_t)strtoul(text, &end, 10);
	if (*end != ':')
		return false;
	text = end + 1;
	if (!strcmp(text, "*")) {
		node->minor = CLOISON_ANY_MINOR;
		return true;
	}
	if (text[0] < '0' || text[0] > '9')
		return false;
	node->minor = (uint32_t)strtoul(text, &end, 10);
	return !*end;
}

static int node_parse(const char *text, struct cloison_node *node, struct problem *problem)
{
	struct stat device;

	*node = (struct cloison_node){};
	if (text[0] != '/') {
		if (number_parse(text, node))
			return 0;
		return problem_set(problem, -EINVAL,
				   "\"%s\" is not a device: say the path of its node, or "
				   "MAJOR:MINOR, with b: in front if it is a block device",
				   text);
	}
	if (stat(text, &device))
		return problem_set(problem, -errno, "%s: %s", text, strerror(errno));
	if (!S_ISCHR(device.st_mode) && !S_ISBLK(device.st_mode))
		return problem_set(problem, -EINVAL, "%s is not a device node", text);
	node->kind = S_ISBLK(device.st_mode) ? CLOISON_NODE_BLOCK : CLOISON_NODE_CHARACTER;
	node->major = major(device.st_rdev);
	node->minor = minor(device.st_rdev);
	return 0;
}

static int node_allow(const struct guard_maps *maps, uint32_t number,
		      const struct cloison_tenant *tenant, const void *data,
		      struct problem *problem)
{
	struct cloison_node node = *(const struct cloison_node *)data;
	uint32_t zero = 0;

	(void)tenant;
	node.tenant = number;
	if (!bpf_map_update_elem(maps->fd[GUARD_MAP_NODES], &node, &zero, BPF_ANY))
		return 0;
	return problem_set(problem, errno == E2BIG ? -ENOSPC : -errno,
			   "there is room for %d devices of all tenants", CLOISON_NODES);
}

static int node_forbid(const struct guard_maps *maps, uint32_t number,
		       const struct cloison_tenant *tenant, const void *data,
		       struct problem *problem)
{
	struct cloison_node node = *(const struct cloison_node *)data;

	node.tenant = number;
	if (!bpf_map_delete_elem(maps->fd[GUARD_MAP_NODES], &node))
		return 0;
	return problem_set(problem, -errno,
			   "tenant %s was not given this device: see 'cloison "
			   "tenant device-list %s'",
			   tenant->name, tenant->name);
}

int guard_node_allow(const char *tenant, const char *device, struct problem *problem)
{
	struct cloison_node node;
	int error = node_parse(device, &node, problem);

	return error ? error : guard_tenant_change(tenant, node_allow, &node, problem);
}

int guard_node_forbid(const char *tenant, const char *device, struct problem *problem)
{
	struct cloison_node node;
	int error = node_parse(device, &node, problem);

	return error ? error : guard_tenant_change(tenant, node_forbid, &node, problem);
}

int guard_node_each(const char *tenant, guard_node_fn fn, void *data, struct problem *problem)
{
	struct cloison_node node, *before = NULL;
	struct cloison_tenant found;
	struct guard_maps maps;
	uint32_t number;
	int error = guard_maps_open(&maps, problem);

	if (error)
		return error;
	error = guard_tenant_find(&maps, tenant, &number, &found, problem);
	while (!error && !bpf_map_get_next_key(maps.fd[GUARD_MAP_NODES], before, &node)) {
		before = &node;
		if (node.tenant == number)
			fn(node.kind == CLOISON_NODE_BLOCK, node.major,
			   node.minor == CLOISON_ANY_MINOR ? -1 : (int64_t)node.minor, data);
	}
	guard_maps_close(&maps);
	return error;
}

/* With the lock held: all of a tenant's. */
void guard_nodes_remove(const struct guard_maps *maps, uint32_t number)
{
	struct cloison_node node, gone, *before = NULL;

	while (!bpf_map_get_next_key(maps->fd[GUARD_MAP_NODES], before, &node)) {
		if (node.tenant != number) {
			before = &node;
			continue;
		}
		gone = node;
		bpf_map_delete_elem(maps->fd[GUARD_MAP_NODES], &gone);
		before = NULL;
	}
}
