// SPDX-License-Identifier: GPL-2.0-only
/* Whether the devices that were attached are in force, and what is wrong if not. */
#include "guard_private.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *guard_device_state_name(enum guard_device_state state)
{
	static const char *const names[] = {
		[GUARD_DEVICE_IN_FORCE] = "in force",
		[GUARD_DEVICE_GONE] = "gone",
		[GUARD_DEVICE_DETACHED] = "detached",
		[GUARD_DEVICE_BEHIND] = "NOT IN FORCE",
	};

	return names[state];
}

/* Another tool's program that runs before ours; @what tells where. */
static void state_behind(struct guard_device *shown, uint32_t program, const char *what,
			 const char *remedy)
{
	char name[GUARD_PROGRAM_NAME];

	guard_program_name(program, name);
	shown->state = GUARD_DEVICE_BEHIND;
	snprintf(shown->problem, sizeof(shown->problem),
		 "%.4s program %s (id %u) runs before the guard's on device %.15s: type '%.47s'",
		 what, name, program, shown->name, remedy);
}

/* Of a device that is in this network. */
static void state_of_chain(uint32_t ifindex, struct guard_device *shown)
{
	struct guard_tcx_head head;
	char remedy[48];
	uint32_t xdp;
	int end;

	for (end = 0; end < GUARD_DEVICE_ENDS; end++) {
		if (guard_tcx_first(ifindex, guard_device_hooks[end], &head))
			head = (struct guard_tcx_head){};
		if (head.link != shown->links[end])
			state_behind(shown, head.program, "tcx", "cloison guard load");
	}
	xdp = guard_xdp_program(ifindex);
	if (xdp) {
		snprintf(remedy, sizeof(remedy), "ip link set dev %.15s xdp off", shown->name);
		state_behind(shown, xdp, "XDP", remedy);
	}
}

void guard_device_state(const struct cloison_tenant *tenant, uint32_t ifindex,
			const struct cloison_device *device, struct guard_device *shown)
{
	bool whole = guard_device_links(tenant, ifindex, shown->links);
	char name[IF_NAMESIZE];
	uint64_t network = 0;
	bool here;

	memcpy(shown->tenant, tenant->name, sizeof(shown->tenant));
	memcpy(shown->name, device->name, sizeof(shown->name));
	memcpy(shown->address, device->address, sizeof(shown->address));
	shown->number = device->tenant;
	shown->ifindex = ifindex;
	shown->state = GUARD_DEVICE_IN_FORCE;
	shown->problem[0] = '\0';
	guard_network_here(&network);
	here = network == device->network;
	if (whole) {
		if (here)
			state_of_chain(ifindex, shown);
		return;
	}
	/* What is attached to a device that is deleted goes with it. */
	if (!shown->links[0] && !shown->links[1] &&
	    (!here || !if_indextoname(ifindex, name) || strcmp(name, device->name))) {
		shown->state = GUARD_DEVICE_GONE;
		snprintf(shown->problem, sizeof(shown->problem),
			 "device %.15s is gone: type 'cloison net attach %.63s DEVICE' for another",
			 shown->name, shown->tenant);
		return;
	}
	shown->state = GUARD_DEVICE_DETACHED;
	snprintf(shown->problem, sizeof(shown->problem),
		 "device %.15s is not attached: type 'cloison guard load'", shown->name);
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
		guard_device_state(&found, ifindex, &device, grown + (*count)++);
	}
	guard_maps_close(&maps);
	return error;
}
