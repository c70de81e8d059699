/* SPDX-License-Identifier: GPL-2.0-only */
/* What is sent at the guard, and what it has to say to it. */
#ifndef CLOISON_TEST_TABLE_H
#define CLOISON_TEST_TABLE_H

#include <stdbool.h>

#include "cloison_bpf.h"
#include "packet.h"

/**
 * struct vector - one packet and its verdict.
 * @name: threats by their id first
 * @direction: as the tenant sees it
 * @reason: which counter it must move, and so whether it passes
 * @packet: what is sent
 */
struct vector {
	const char *name;
	enum cloison_direction direction;
	enum cloison_reason reason;
	struct packet packet;
};

/* In order: a reply comes behind the flow that it answers. */
extern const struct vector vectors[];
extern const size_t vector_count;

/* The policy that they are judged by. */
extern const char *const vector_policy[];
extern const size_t vector_policy_count;

/* Flows that are judged again under the next policy, which is only this. */
extern const struct vector vectors_after[];
extern const size_t vector_after_count;
extern const char *const vector_policy_after[];
extern const size_t vector_policy_after_count;

/* Of a connection of which nothing is remembered, since it is older than its tenant. */
extern const struct vector vectors_older[];
extern const size_t vector_older_count;

struct bench;

/* Whether a frame at a device moves the counter of @reason and no other, and passes or not. */
bool device_judged(const struct bench *bench, enum cloison_direction direction, const void *bytes,
		   size_t length, enum cloison_reason reason);

/* ICMP errors and packets in pieces, at the programs of a device. */
void steps_run(const struct bench *bench);

#endif /* CLOISON_TEST_TABLE_H */
