/* SPDX-License-Identifier: GPL-2.0-only */
/* What of the host tenants may use: nodes, sockets, NAT64. For the rules of all, see guard.h. */
#ifndef CLOISON_GUARD_ALLOW_H
#define CLOISON_GUARD_ALLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloison_bpf.h"
#include "problem.h"

/**
 * guard_node_allow() - let a tenant's tasks open a device.
 * @tenant: its name
 * @device: the path of a node, or "[b:]MAJOR:MINOR", or "[b:]MAJOR:*"
 * @problem: why not
 *
 * Return: 0; -ENOENT for the tenant or the path; -EINVAL for what is not a device;
 * -ENOSPC with CLOISON_NODES.
 */
int guard_node_allow(const char *tenant, const char *device, struct problem *problem);

/** guard_node_forbid() - no more; what is open stays so. Return: 0 or -ENOENT. */
int guard_node_forbid(const char *tenant, const char *device, struct problem *problem);

/* @minor: -1 for all of the major */
typedef void (*guard_node_fn)(bool block, uint32_t major, int64_t minor, void *data);

/** guard_node_each() - what a tenant was given. Return: 0 or -ENOENT. */
int guard_node_each(const char *tenant, guard_node_fn fn, void *data, struct problem *problem);

/**
 * guard_unix_allow() - let tenants talk to unix sockets of the host.
 * @tenant: which one; NULL for all
 * @name: as the socket was bound; "@..." for an abstract one; a path that ends in a
 *	slash is a directory, for the sockets that are in it
 * @problem: why not
 *
 * Only sockets that the host made are meant: those of another tenant stay shut
 * whatever their name is.
 *
 * Return: 0, also if it is allowed already; -EINVAL; -ENOENT; -ENOSPC.
 */
int guard_unix_allow(const char *tenant, const char *name, struct problem *problem);

/** guard_unix_forbid() - no more. Return: 0 or -ENOENT. */
int guard_unix_forbid(const char *tenant, const char *name, struct problem *problem);

/* @tenant: NULL for all */
typedef void (*guard_unix_fn)(const char *tenant, const char *name, uint64_t hits, void *data);

/**
 * guard_unix_each() - what is allowed.
 * @fn: called for each, with how often it was let through
 * @data: for @fn
 * @problem: why not
 */
int guard_unix_each(guard_unix_fn fn, void *data, struct problem *problem);

/**
 * guard_nat64_set() - networks that translators make IPv4 of, besides 64:ff9b::/96.
 * @list: prefixes of 96 bits
 * @count: how many
 * @problem: why not
 *
 * Return: 0; -EINVAL; -ENOSPC.
 */
int guard_nat64_set(const struct cloison_own *list, size_t count, struct problem *problem);

/** guard_nat64_read() - those that were set. */
int guard_nat64_read(struct cloison_own list[CLOISON_NAT64], size_t *count,
		     struct problem *problem);

#endif /* CLOISON_GUARD_ALLOW_H */
