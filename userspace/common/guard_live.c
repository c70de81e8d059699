// SPDX-License-Identifier: GPL-2.0-only
/* A flow judged by the maps that the programs look up, as they are now. */
#include "guard_policy.h"
#include "guard_private.h"

#include <errno.h>
#include <string.h>

/* The maps of the slot that is in force. */
struct live {
	int addr4, addr6, ports;
};

static int live_class(void *context, const struct policy_flow *flow, struct cloison_class *class)
{
	const struct live *live = context;
	struct cloison_addr6 key6 = { CLOISON_DIRECTION_BITS + 128, flow->direction, {} };
	struct cloison_addr4 key4 = { CLOISON_DIRECTION_BITS + 32, flow->direction, {} };

	memcpy(key4.address, flow->address, sizeof(key4.address));
	memcpy(key6.address, flow->address, sizeof(key6.address));
	if (flow->family == CLOISON_IPV4)
		return bpf_map_lookup_elem(live->addr4, &key4, class) ? -errno : 0;
	return bpf_map_lookup_elem(live->addr6, &key6, class) ? -errno : 0;
}

static int live_ports(void *context, const struct cloison_ports_key *key,
		      struct cloison_ports *ports)
{
	const struct live *live = context;

	return bpf_map_lookup_elem(live->ports, key, ports) ? -errno : 0;
}

/* Judge by the maps of a slot. */
int guard_slot_judge(const struct guard_maps *maps, uint32_t slot, const struct policy_flow *flow,
		     struct policy_answer *answer)
{
	struct live live = {
		.addr4 = guard_inner_open(maps, GUARD_MAP_ADDR4, slot),
		.addr6 = guard_inner_open(maps, GUARD_MAP_ADDR6, slot),
		.ports = guard_inner_open(maps, GUARD_MAP_PORTS, slot),
	};
	struct policy_lookup lookup = { live_class, live_ports, &live };
	int error = 0;

	/* A program that finds no map denies, and so does a look-up that fails. */
	if (live.addr4 < 0 || live.addr6 < 0 || live.ports < 0)
		error = -ENOENT;
	*answer = policy_judge(&lookup, flow);
	guard_close(&live.addr4);
	guard_close(&live.addr6);
	guard_close(&live.ports);
	return error;
}

int guard_live_judge(const char *name, const struct policy_flow *flow, struct policy_answer *answer,
		     struct problem *problem)
{
	struct cloison_segment segment;
	struct cloison_tenant tenant;
	struct guard_maps maps;
	uint32_t number;
	int error;

	*answer = (struct policy_answer){ CLOISON_DENY, 0 };
	error = guard_maps_open(&maps, problem);
	if (error)
		return error;
	error = guard_tenant_find(&maps, name, &number, &tenant, problem);
	if (!error && guard_segment_read(&maps, &tenant, &segment))
		error = problem_set(problem, -errno, "tenant %s has no segment", name);
	if (!error && segment.mode != CLOISON_UNSET) {
		struct policy_flow named = *flow;

		guard_flow_names(&maps, &named);
		error = guard_slot_judge(&maps, segment.slot, &named, answer);
		if (error)
			problem_set(problem, error, "the policy in force has lost its maps");
	}
	guard_maps_close(&maps);
	return error;
}
