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

/*
 * What comes in on the host's end is what the tenant sends. Each program is there
 * twice: the kernel takes one only once in a chain, and to get before another that
 * came later the second copy is attached before the first one goes.
 */
#define COPIES 2

static const struct {
	const char *name, *programs[COPIES];
} ends[] = {
	{ "from", { "cloison_from", "cloison_from_b" } },
	{ "to", { "cloison_to", "cloison_to_b" } },
};
#define ENDS (sizeof(ends) / sizeof(ends[0]))

/* For admit(), which has to find one of them. */
int guard_device_programs(const struct bpf_object *object, struct cloison_guard *guard,
			  struct problem *problem)
{
	uint32_t *ids[ENDS] = { guard->from, guard->to };
	struct bpf_program *program;
	struct guard_program info;
	size_t end, copy;
	int error;

	for (end = 0; end < ENDS; end++) {
		for (copy = 0; copy < COPIES; copy++) {
			program =
				bpf_object__find_program_by_name(object, ends[end].programs[copy]);
			error = program ? guard_program_info(bpf_program__fd(program), &info) :
					  -ENOENT;
			if (error)
				return problem_set(problem, error, "program %s: %s",
						   ends[end].programs[copy], strerror(-error));
			ids[end][copy] = info.id;
		}
	}
	return 0;
}

const int guard_device_hooks[GUARD_DEVICE_ENDS] = { ATTACH_TCX_INGRESS, ATTACH_TCX_EGRESS };

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

/* A link of one copy of the program, before whatever else is there. */
static int end_link_new(uint32_t ifindex, size_t end, size_t copy, struct problem *problem)
{
	char path[GUARD_PIN_SIZE];
	int program, link;

	snprintf(path, sizeof(path), "%s/%s", GUARD_PROGRAMS, ends[end].programs[copy]);
	program = guard_open(path);
	if (program < 0)
		return problem_set(problem, program, "%s: %s", path, strerror(-program));
	link = guard_tcx_attach(program, ifindex, guard_device_hooks[end]);
	close(program);
	return link;
}

/* The link that is held by this name goes when the new one is. */
static int end_attach(const struct cloison_tenant *tenant, uint32_t ifindex, size_t end,
		      struct problem *problem)
{
	char path[GUARD_PIN_SIZE];
	int link = -EEXIST, error;
	size_t copy;

	for (copy = 0; copy < COPIES && link == -EEXIST; copy++)
		link = end_link_new(ifindex, end, copy, problem);
	if (link < 0)
		return problem_set(problem, link, "cannot attach to device %u: %s", ifindex,
				   strerror(-link));
	device_path(tenant, ifindex, path);
	error = guard_keep(link, path, ends[end].name, problem);
	close(link);
	return error;
}

/* Whether this link comes first. That of a network we are not in cannot be looked at. */
static bool end_is_first(uint32_t ifindex, size_t end, uint32_t link)
{
	struct guard_tcx_head head;

	return link && !guard_tcx_first(ifindex, guard_device_hooks[end], &head) &&
	       head.link == link;
}

/* Return: how many ends had to be attached, or a negative errno. */
static int ends_attach(const struct cloison_tenant *tenant, uint32_t ifindex,
		       struct problem *problem)
{
	int error = 0, attached = 0;
	size_t end;

	for (end = 0; end < ENDS && !error; end++) {
		if (end_is_first(ifindex, end, end_link(tenant, ifindex, end)))
			continue;
		error = end_attach(tenant, ifindex, end, problem);
		attached++;
	}
	return error ? error : attached;
}

/* Links first: what a program cannot look up it drops. */
static void device_remove(const struct guard_maps *maps, const struct cloison_tenant *tenant,
			  uint32_t ifindex)
{
	struct cloison_device device;
	char path[GUARD_PIN_SIZE];

	if (!bpf_map_lookup_elem(maps->fd[GUARD_MAP_DEVICES], &ifindex, &device))
		guard_ends_write(maps, device.tenant, ifindex, NULL);
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

/* Those of that name that the tenant had before: what is deleted comes back as another. */
static void devices_forget_gone(const struct guard_maps *maps, const struct cloison_tenant *tenant,
				const struct cloison_device *device)
{
	uint32_t ifindex, *before = NULL, links[GUARD_DEVICE_ENDS];
	int fd = maps->fd[GUARD_MAP_DEVICES];
	struct cloison_device other;

	while (!bpf_map_get_next_key(fd, before, &ifindex)) {
		before = &ifindex;
		if (bpf_map_lookup_elem(fd, &ifindex, &other) || other.tenant != device->tenant ||
		    other.network != device->network ||
		    strncmp(other.name, device->name, sizeof(other.name)))
			continue;
		guard_device_links(tenant, ifindex, links);
		if (links[0] || links[1])
			continue;
		device_remove(maps, tenant, ifindex);
		before = NULL;
	}
}

/* Each attachment has flows of its own: none is inherited with a device's number. */
static uint64_t attachment_new(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Whose frames they are: two devices with one address could take each other's. */
static int device_address_free(const struct guard_maps *maps, const char *name, uint32_t ifindex,
			       const struct cloison_device *device, struct problem *problem)
{
	static const uint8_t none[sizeof(device->address)];
	uint32_t other, *before = NULL;
	struct cloison_device value;
	char now[IF_NAMESIZE];

	/* A netkit that carries no addresses of the link layer has none. */
	if (!memcmp(device->address, none, sizeof(none)))
		return 0;
	while (!bpf_map_get_next_key(maps->fd[GUARD_MAP_DEVICES], before, &other)) {
		before = &other;
		if (other == ifindex ||
		    bpf_map_lookup_elem(maps->fd[GUARD_MAP_DEVICES], &other, &value) ||
		    value.network != device->network ||
		    memcmp(value.address, device->address, sizeof(value.address)))
			continue;
		/* One that was plugged in again has the address it had before. */
		if (!if_indextoname(other, now))
			continue;
		return problem_set(problem, -EEXIST,
				   "device %s has the link layer address of device %.15s, which "
				   "is attached already",
				   name, value.name);
	}
	return 0;
}

/* What the frames of the tenant's end have as their source. */
static int device_address(const char *name, uint32_t ifindex, const uint8_t *given,
			  struct cloison_device *device, struct problem *problem)
{
	struct guard_peer peer;
	int error = guard_peer_read(ifindex, &peer);

	if (error)
		return problem_set(problem, error, "the other end of device %s: %s", name,
				   strerror(-error));
	if (strcmp(peer.kind, "veth") && strcmp(peer.kind, "netkit") && strcmp(peer.kind, "tun"))
		return problem_set(
			problem, -EINVAL,
			"device %s is not an end of a veth or netkit, and not a tap%s%s: what "
			"else a tenant has is not judged there",
			name, peer.kind[0] ? ", but of kind " : "", peer.kind);
	if (given)
		memcpy(device->address, given, sizeof(device->address));
	else if (peer.found)
		memcpy(device->address, peer.address, sizeof(device->address));
	else
		return problem_set(problem, -EINVAL,
				   "the link layer address at the other end of device %s is not "
				   "known here: add --mac ADDRESS",
				   name);
	return 0;
}

struct attach_request {
	const char *name;
	const uint8_t *address; /* NULL if it is to be asked for */
};

static int device_attach(const struct guard_maps *maps, uint32_t number,
			 const struct cloison_tenant *tenant, const void *data,
			 struct problem *problem)
{
	const struct attach_request *request = data;
	const char *name = request->name;
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
	error = guard_tunnels_behind(name, ifindex, problem);
	if (!error)
		error = device_free(maps, name, number, ifindex, problem);
	if (error)
		return error;
	if (guard_device_links(tenant, ifindex, links))
		return problem_set(problem, -EEXIST, "device %s is attached to tenant %s already",
				   name, tenant->name);
	snprintf(device.name, sizeof(device.name), "%s", name);
	error = guard_network_here((uint64_t *)&device.network);
	if (error)
		return problem_set(problem, error, "this network: %s", strerror(-error));
	error = device_address(name, ifindex, request->address, &device, problem);
	if (!error)
		error = device_address_free(maps, name, ifindex, &device, problem);
	if (error)
		return error;
	devices_forget_gone(maps, tenant, &device);
	if (bpf_map_update_elem(maps->fd[GUARD_MAP_DEVICES], &ifindex, &device, BPF_ANY))
		return problem_set(problem, -errno, "cannot note device %s: %s", name,
				   strerror(errno));
	error = ends_attach(tenant, ifindex, problem);
	if (error >= 0)
		error = guard_ends_write(maps, number, 0, problem);
	if (error < 0)
		device_remove(maps, tenant, ifindex);
	return error < 0 ? error : 0;
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

int guard_device_attach(const char *name, const char *device, const uint8_t address[6],
			struct problem *problem)
{
	const struct attach_request request = { .name = device, .address = address };

	return guard_tenant_change(name, device_attach, &request, problem);
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
	guard_ends_write(maps, number, 0, NULL);
}

/* Whether the device is there, in this network, and still the one that was attached. */
static bool device_is_here(uint32_t ifindex, const struct cloison_device *device)
{
	char name[IF_NAMESIZE];
	uint64_t network;

	return !guard_network_here(&network) && network == device->network &&
	       if_indextoname(ifindex, name);
}

/*
 * With the lock held: attach again where a link was detached, or where another's
 * came first. One tenant's device holds up no other's: what went wrong is said
 * when all had their turn, and one that is gone meanwhile is not wrong.
 * Return: how many devices had to be, or a negative errno.
 */
int guard_devices_mend(const struct guard_maps *maps, struct problem *problem)
{
	uint32_t ifindex, *before = NULL, links[GUARD_DEVICE_ENDS];
	int fd = maps->fd[GUARD_MAP_DEVICES], error = 0, mended = 0;
	struct cloison_device device;
	struct cloison_tenant tenant;
	char name[IF_NAMESIZE];

	while (!bpf_map_get_next_key(fd, before, &ifindex)) {
		int attached;

		before = &ifindex;
		if (bpf_map_lookup_elem(fd, &ifindex, &device) ||
		    bpf_map_lookup_elem(maps->fd[GUARD_MAP_TENANTS], &device.tenant, &tenant) ||
		    !device_is_here(ifindex, &device))
			continue;
		/* Its number may be another's by now, that of a renamed one is not. */
		if (!guard_device_links(&tenant, ifindex, links) &&
		    (!if_indextoname(ifindex, name) || strcmp(name, device.name)))
			continue;
		attached = ends_attach(&tenant, ifindex, problem);
		if (attached > 0)
			mended++;
		else if (attached < 0 && attached != -ENODEV)
			error = attached;
	}
	if (!error)
		error = guard_ends_mend(maps, problem);
	return error ? error : mended;
}
