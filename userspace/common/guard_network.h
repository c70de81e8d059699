/* SPDX-License-Identifier: GPL-2.0-only */
/* Tenants' devices and networks. For the rules of all, see guard.h. */
#ifndef CLOISON_GUARD_NETWORK_H
#define CLOISON_GUARD_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy.h"
#include "problem.h"

/* A device's packets from the tenant, and to it. */
#define GUARD_DEVICE_ENDS 2

/* What is right or wrong with a device. */
enum guard_device_state {
	GUARD_DEVICE_IN_FORCE,
	GUARD_DEVICE_GONE,     /* deleted, which lets nothing pass */
	GUARD_DEVICE_DETACHED, /* it is there, and nothing is judged */
	GUARD_DEVICE_BEHIND,   /* another tool's program comes first */
};

/** guard_device_state_name() - "in force", "gone", "detached", "NOT IN FORCE". */
const char *guard_device_state_name(enum guard_device_state state);

/**
 * struct guard_device - the host's end of a tenant's veth, netkit or tap.
 * @tenant: the tenant's name
 * @number: the tenant's
 * @name: the device's, when it was attached
 * @ifindex: its number
 * @links: ids of the links, of what comes from the tenant and goes to it; 0 if
 *         missing, or if the device is gone
 * @address: of the tenant's end; its frames come from no other
 * @state: whether all that passes is judged first by the guard. Of a device in
 *	   another network than the command's only that the links are attached
 * @problem: what is wrong and what to type, empty if nothing
 */
struct guard_device {
	char tenant[CLOISON_TENANT_NAME_SIZE];
	uint32_t number;
	char name[16];
	uint32_t ifindex;
	uint32_t links[GUARD_DEVICE_ENDS];
	uint8_t address[6];
	enum guard_device_state state;
	char problem[160];
};

/**
 * guard_device_attach() - have a device's frames judged by a tenant's policy.
 * @name: the tenant's name; it must have addresses
 * @device: the host's end of its veth, netkit or tap, in this network namespace
 * @address: of the link layer, of the tenant's end; NULL: ask the kernel, which
 *	knows that of a veth and a netkit
 * @problem: why not
 *
 * Return: 0; -ENOENT; -EINVAL without addresses or for another kind of device;
 * -EEXIST if it is attached, or if another device has that address; -EBUSY if the network
 * behind it has tunnels; -ENOSPC with CLOISON_ENDS devices.
 */
int guard_device_attach(const char *name, const char *device, const uint8_t address[6],
			struct problem *problem);

/** guard_device_detach() - judge them no more. Return: 0; -ENOENT. */
int guard_device_detach(const char *name, const char *device, struct problem *problem);

/**
 * guard_devices_read() - what is attached.
 * @tenant: the tenant's name, or NULL for all
 * @list: the result, for free()
 * @count: how many
 * @problem: why not
 */
int guard_devices_read(const char *tenant, struct guard_device **list, size_t *count,
		       struct problem *problem);

/**
 * struct guard_network - a network namespace that is one tenant's alone.
 * @tenant: the tenant's name
 * @name: as it was claimed
 * @cookie: what the kernel tells it by (SO_NETNS_COOKIE)
 */
struct guard_network {
	char tenant[CLOISON_TENANT_NAME_SIZE];
	char name[CLOISON_NETWORK_NAME_SIZE];
	uint64_t cookie;
};

/**
 * guard_network_claim() - give a network to one tenant: its loopback is free.
 * @tenant: the tenant's name
 * @path: the network namespace, such as /run/netns/acme
 * @problem: why not
 *
 * No other tenant's sockets are made in there from now on. One that the tenant
 * claimed by the same path before is forgotten.
 *
 * Return: 0, also if it is claimed already; -ENOENT; -EINVAL for the host's own
 * network; -EEXIST if it is another tenant's; -EBUSY if it has tunnels; -ENOSPC.
 */
int guard_network_claim(const char *tenant, const char *path, struct problem *problem);

/**
 * guard_tunnels_in() - whether a network has none, and so may be a tenant's.
 * @network: its descriptor
 * @name: what to call it
 * @problem: which tunnels it has, and what to type
 *
 * The host's own network is not looked at: a tenant in there configures nothing.
 *
 * Return: 0; -EBUSY.
 */
int guard_tunnels_in(int network, const char *name, struct problem *problem);

/** guard_network_release() - its loopback is judged again. Return: 0; -ENOENT. */
int guard_network_release(const char *tenant, const char *path, struct problem *problem);

/**
 * guard_networks_read() - which networks are whose.
 * @tenant: the tenant's name, or NULL for all
 * @list: the result, for free()
 * @count: how many
 * @problem: why not
 */
int guard_networks_read(const char *tenant, struct guard_network **list, size_t *count,
			struct problem *problem);

#endif /* CLOISON_GUARD_NETWORK_H */
