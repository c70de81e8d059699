/* SPDX-License-Identifier: GPL-2.0-only */
/* Room for flows, limits, and what is counted. For the rules of all, see guard.h. */
#ifndef CLOISON_GUARD_LIMIT_H
#define CLOISON_GUARD_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "cloison_bpf.h"
#include "problem.h"
#include "rate.h"

/* How many flows of each kind a tenant may have room for. */
#define GUARD_FLOWS_LEAST 8
#define GUARD_FLOWS_MOST 1048576

/**
 * guard_flows_set() - how many flows without connections a tenant has room for.
 * @name: the tenant's name
 * @flows: that it began, and as many that its peers began
 * @problem: why not
 *
 * Those that are known are forgotten: what answers them is denied.
 *
 * Return: 0 or -ENOENT.
 */
int guard_flows_set(const char *name, uint32_t flows, struct problem *problem);

/**
 * guard_flows_read() - room for flows of either kind: a whole number of buckets.
 * @name: the tenant's name
 * @flows: the result
 * @problem: why not
 *
 * Return: 0; -ENOENT.
 */
int guard_flows_read(const char *name, uint32_t *flows, struct problem *problem);

/* How many limits a tenant may have: those of enum cloison_limit that are of sockets. */
#define GUARD_LIMITS CLOISON_LIMIT_device_bytes_in

/* The most that a limit may give a second, in bytes and in flows. */
#define GUARD_LIMIT_BYTES (64ULL << 30)
#define GUARD_LIMIT_FLOWS 1000000ULL

/* A tenant's limits, by enum cloison_limit. */
struct guard_limits {
	bool given[GUARD_LIMITS];     /* or else there is none, or it stays as it is */
	struct rate of[GUARD_LIMITS]; /* of no amount: none from now on */
};

/* Whether it limits bytes, or else flows. */
static inline bool guard_limit_is_bytes(int which)
{
	return which == CLOISON_LIMIT_bytes_in || which == CLOISON_LIMIT_bytes_out;
}

/**
 * guard_limits_set() - limit a tenant's bytes, or its flows that begin.
 * @name: the tenant's name
 * @change: the limits to change
 * @problem: why not
 *
 * A limit holds at the tenant's sockets and at the host's ends of its devices, by itself
 * at each. What a second gives passes at once, and 128 KiB or one flow always do, when
 * nothing has passed for as long as that takes.
 *
 * Return: 0 or -ENOENT.
 */
int guard_limits_set(const char *name, const struct guard_limits *change, struct problem *problem);

/**
 * guard_limits_read() - a tenant's limits.
 * @name: the tenant's name
 * @limits: those that it has are given
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_limits_read(const char *name, struct guard_limits *limits, struct problem *problem);

/**
 * guard_stats_read() - what the guard did with a tenant's packets.
 * @name: the tenant's name, or NULL for cgroups that have no policy yet
 * @key: CLOISON_STATS_ENFORCED, or CLOISON_STATS_OBSERVED: what it would have done
 * @stats: the sum over all CPUs
 * @problem: why not
 *
 * Return: 0 or -ENOENT.
 */
int guard_stats_read(const char *name, uint32_t key, struct cloison_stats *stats,
		     struct problem *problem);

#endif /* CLOISON_GUARD_LIMIT_H */
