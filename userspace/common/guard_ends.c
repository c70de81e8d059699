// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which devices admit() asks about, by tenant. It is made from the map of devices, each
 * time that one comes or goes, so that a command which was killed leaves nothing that
 * `guard load` does not mend.
 */
#include "guard_private.h"

#include <errno.h>
#include <string.h>

/*
 * With the lock held. A device that is attached is written when its links are there, one
 * that goes is taken out before: else the tenant's memory would be out of reach meanwhile.
 * @without: a device to leave out, or 0
 */
int guard_ends_write(const struct guard_maps *maps, uint32_t number, uint32_t without,
		     struct problem *problem)
{
	uint32_t ifindex, *before = NULL, count = 0;
	struct cloison_ends ends = {};
	struct cloison_device device;
	struct cloison_tenant tenant;

	if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_TENANTS], &number, &tenant))
		return problem_set(problem, -errno, "tenant %u is not behind the guard", number);
	while (!bpf_map_get_next_key(maps->fd[GUARD_MAP_DEVICES], before, &ifindex)) {
		before = &ifindex;
		if (ifindex == without ||
		    bpf_map_lookup_elem(maps->fd[GUARD_MAP_DEVICES], &ifindex, &device) ||
		    device.tenant != number)
			continue;
		if (count == CLOISON_ENDS)
			return problem_set(
				problem, -ENOSPC,
				"tenant %.63s has %d devices, and no more are looked "
				"after: type 'cloison net devices %.63s', and detach one",
				tenant.name, CLOISON_ENDS, tenant.name);
		ends.device[count++] = ifindex;
	}
	if (bpf_map_update_elem(maps->fd[GUARD_MAP_ENDS], &tenant.index, &ends, BPF_ANY))
		return problem_set(problem, -errno, "cannot note the devices of tenant %.63s: %s",
				   tenant.name, strerror(errno));
	return 0;
}

/* With the lock held: of all tenants, after a command that was killed. */
int guard_ends_mend(const struct guard_maps *maps, struct problem *problem)
{
	int fd = maps->fd[GUARD_MAP_TENANTS], error = 0;
	uint32_t number, *before = NULL;

	while (!error && !bpf_map_get_next_key(fd, before, &number)) {
		before = &number;
		error = guard_ends_write(maps, number, 0, problem);
	}
	return error;
}
