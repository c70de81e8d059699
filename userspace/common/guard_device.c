// SPDX-License-Identifier: GPL-2.0-only
/* The host's end of a tenant's veth or tap behind the guard, and out again. */
#include "guard_private.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* BPF_TCX_INGRESS and EGRESS of enum bpf_attach_type, which older headers do not have yet. */
#define ATTACH_TCX_INGRESS 46
#define ATTACH_TCX_EGRESS 47

/* What comes in on the host's end is what the tenant sends. */
static const struct {
	const char *name, *program;
	int attach;
} ends[] = {
	{ "from", "cloison_from", ATTACH_TCX_INGRESS },
	{ "to", "cloison_to", ATTACH_TCX_EGRESS },
};
#define ENDS (sizeof(ends) / sizeof(ends[0]))

static void device_path(const struct cloison_tenant *tenant, uint32_t ifindex,
			char path[GUARD_PIN_SIZE])
{
	char sub[40];

	/* By number: a dot, which names of devices may have, is not for pins. */
	snprintf(sub, sizeof(sub), "/devices/%u", ifindex);
	guard_tenant_path(tenant->name, sub, path);
}

/* The id of a device's link, 0 if it is not there or not attached any more. */
static uint32_t end_link(const struct cloison_tenant *tenant, uint32_t ifindex, size_t end)
{
	char directory[GUARD_PIN_SIZE], path[GUARD_PIN_SIZE + 8];
	struct bpf_link_info info = {};
	uint32_t size = sizeof(info), attached = 0;
	int link;

	device_path(tenant, ifindex, directory);
	snprintf(path, sizeof(path), "%s/%s", directory, ends[end].name);
	link = guard_open(path);
	if (link >= 0 && !bpf_obj_get_info_by_fd(link, &info, &size))
		/* tcx.ifindex, which older headers of the UAPI do not name yet. */
		memcpy(&attached, &info.raw_tracepoint, sizeof(attached));
	guard_close(&link);
	return attached == ifindex ? info.id : 0;
}

bool guard_device_links(const struct cloison_tenant *tenant, uint32_t ifindex,
			uint32_t links[GUARD_DEVICE_ENDS])
{
	bool whole = true;
	size_t end;

	for (end = 0; end < ENDS; end++) {
		links[end] = end_link(tenant, ifindex, end);
		whole &= links[end] != 0;
	}
	return whole;
}

static int end_attach(const struct cloison_tenant *tenant, uint32_t ifindex, size_t end,
		      struct problem *problem)
{
	char path[GUARD_PIN_SIZE];
	int program, link, error;

	snprintf(path, sizeof(path), "%s/%s", GUARD_PROGRAMS, ends[end].program);
	program = guard_open(path);
	if (program < 0)
		return problem_set(problem, program, "%s: %s", path, strerror(-program));
	link = bpf_link_create(program, (int)ifindex, ends[end].attach, NULL);
	error = link < 0 ? -errno : 0;
	close(program);
	if (error)
		return problem_set(problem, error, "cannot attach to device %u: %s", ifindex,
				   strerror(-error));
	device_path(tenant, ifindex, path);
	error = guard_keep(link, path, ends[end].name, problem);
	close(link);
	return error;
}

static int ends_attach(const struct cloison_tenant *tenant, uint32_t ifindex,
		       struct problem *problem)
{
	int error = 0;
	size_t end;

	for (end = 0; end < ENDS && !error; end++)
		if (!end_link(tenant, ifindex, end))
			error = end_attach(tenant, ifindex, end, problem);
	return error;
}

/* Links first: what a program cannot look up it drops. */
static void device_remove(const struct guard_maps *maps, const struct cloison_tenant *tenant,
			  uint32_t ifindex)
{
	char path[GUARD_PIN_SIZE];

	device_path(tenant, ifindex, path);
	guard_forget(path);
	bpf_map_delete_elem(maps->fd[GUARD_MAP_DEVICES], &ifindex);
}

/* Whether the device may become the tenant's. One that is gone leaves its number. */
static int device_free(const struct guard_maps *maps, const char *name, uint32_t number,
		       uint32_t ifindex, struct problem *problem)
{
	struct cloison_device device;
	struct cloison_tenant other;
	uint32_t links[GUARD_DEVICE_ENDS];

	if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_DEVICES], &ifindex, &device) ||
	    device.tenant == number)
		return 0;
	if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_TENANTS], &device.tenant, &other))
		return 0;
	guard_device_links(&other, ifindex, links);
	if (links[0] || links[1])
		return problem_set(problem, -EEXIST, "device %s is attached to tenant %s", name,
				   other.name);
	device_remove(maps, &other, ifindex);
	return 0;
}

/* Each attachment has flows of its own: none is inherited with a device's number. */
static uint64_t attachment_new(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static int device_attach(const struct guard_maps *maps, uint32_t number,
			 const struct cloison_tenant *tenant, const void *data,
			 struct problem *problem)
{
	const char *name = data;
	struct cloison_device device = { .tenant = number, .attachment = attachment_new() };
	uint32_t ifindex = if_nametoindex(name), links[GUARD_DEVICE_ENDS];
	struct cloison_segment segment;
	int error;

	if (!ifindex)
		return problem_set(problem, -ENOENT, "there is no device %s", name);
	if (guard_segment_read(maps, tenant, &segment) || !(segment.flags & CLOISON_HAS_ADDRESSES))
		return problem_set(
			problem, -EINVAL,
			"tenant %s has no addresses, so that all on %s would be dropped: "
			"type 'cloison net address %s ADDRESS,...'",
			tenant->name, name, tenant->name);
	error = device_free(maps, name, number, ifindex, problem);
	if (error)
		return error;
	if (guard_device_links(tenant, ifindex, links))
		return problem_set(problem, -EEXIST, "device %s is attached to tenant %s already",
				   name, tenant->name);
	snprintf(device.name, sizeof(device.name), "%s", name);
	if (bpf_map_update_elem(maps->fd[GUARD_MAP_DEVICES], &ifindex, &device, BPF_ANY))
		return problem_set(problem, -errno, "cannot note device %s: %s", name,
				   strerror(errno));
	error = ends_attach(tenant, ifindex, problem);
	if (error)
		device_remove(maps, tenant, ifindex);
	return error;
}

/* By the name it had when it was attached: the device itself may be gone. */
static int device_detach(const struct guard_maps *maps, uint32_t number,
			 const struct cloison_tenant *tenant, const void *data,
			 struct problem *problem)
{
	const char *name = data;
	uint32_t ifindex, *before = NULL;
	struct cloison_device device;

	while (!bpf_map_get_next_key(maps->fd[GUARD_MAP_DEVICES], before, &ifindex)) {
		before = &ifindex;
		if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_DEVICES], &ifindex, &device) ||
		    device.tenant != number || strncmp(device.name, name, sizeof(device.name)))
			continue;
		device_remove(maps, tenant, ifindex);
		return 0;
	}
	return problem_set(problem, -ENOENT, "device %s is not attached to tenant %s", name,
			   tenant->name);
}

int guard_device_attach(const char *name, const char *device, struct problem *problem)
{
	return guard_tenant_change(name, device_attach, device, problem);
}

int guard_device_detach(const char *name, const char *device, struct problem *problem)
{
	return guard_tenant_change(name, device_detach, device, problem);
}

/* With the lock held: all of a tenant's that ends. Its pins go with the tenant's. */
void guard_devices_remove(const struct guard_maps *maps, uint32_t number)
{
	uint32_t ifindex, next, *before = NULL;
	struct cloison_device device;
	int fd = maps->fd[GUARD_MAP_DEVICES];

	while (!bpf_map_get_next_key(fd, before, &next)) {
		ifindex = next;
		before = &ifindex;
		if (!bpf_map_lookup_elem(fd, &ifindex, &device) && device.tenant == number) {
			bpf_map_delete_elem(fd, &ifindex);
			before = NULL;
		}
	}
}

/*
 * With the lock held: attach again where a link was detached and the device is
 * there. Return: how many devices had to be, or a negative errno.
 */
int guard_devices_mend(const struct guard_maps *maps, struct problem *problem)
{
	uint32_t ifindex, *before = NULL, links[GUARD_DEVICE_ENDS];
	int fd = maps->fd[GUARD_MAP_DEVICES], error = 0, mended = 0;
	struct cloison_device device;
	struct cloison_tenant tenant;
	char name[IF_NAMESIZE];

	while (!error && !bpf_map_get_next_key(fd, before, &ifindex)) {
		before = &ifindex;
		if (bpf_map_lookup_elem(fd, &ifindex, &device) ||
		    bpf_map_lookup_elem(maps->fd[GUARD_MAP_TENANTS], &device.tenant, &tenant) ||
		    guard_device_links(&tenant, ifindex, links))
			continue;
		if (!if_indextoname(ifindex, name) || strcmp(name, device.name))
			continue;
		error = ends_attach(&tenant, ifindex, problem);
		mended++;
	}
	return error ? error : mended;
}

int guard_devices_read(const char *tenant, struct guard_device **list, size_t *count,
		       struct problem *problem)
{
	uint32_t ifindex, *before = NULL, number;
	struct cloison_device device;
	struct cloison_tenant found;
	struct guard_maps maps;
	int error;

	*list = NULL;
	*count = 0;
	error = guard_maps_open(&maps, problem);
	if (error)
		return error;
	if (tenant)
		error = guard_tenant_find(&maps, tenant, &number, &found, problem);
	while (!error && !bpf_map_get_next_key(maps.fd[GUARD_MAP_DEVICES], before, &ifindex)) {
		struct guard_device *grown;

		before = &ifindex;
		if (bpf_map_lookup_elem(maps.fd[GUARD_MAP_DEVICES], &ifindex, &device) ||
		    (tenant && device.tenant != number) ||
		    bpf_map_lookup_elem(maps.fd[GUARD_MAP_TENANTS], &device.tenant, &found))
			continue;
		grown = reallocarray(*list, *count + 1, sizeof(*grown));
		if (!grown) {
			error = problem_set(problem, -ENOMEM, "out of memory");
			break;
		}
		*list = grown;
		grown += (*count)++;
		memcpy(grown->tenant, found.name, sizeof(grown->tenant));
		memcpy(grown->name, device.name, sizeof(grown->name));
		grown->ifindex = ifindex;
		grown->in_force = guard_device_links(&found, ifindex, grown->links);
	}
	guard_maps_close(&maps);
	return error;
}
