/* SPDX-License-Identifier: GPL-2.0-only */
/* The guard under test, without a tenant: packets go in by BPF_PROG_TEST_RUN. */
#ifndef CLOISON_TEST_BENCH_H
#define CLOISON_TEST_BENCH_H

#include "event_log.h"
#include "guard_event.h"
#include "guard_private.h"

#define TENANT 7
#define INDEX 3
#define SLOT (2 * INDEX)

struct bench {
	struct bpf_object *object;
	struct guard_maps maps;
	struct event_log *log;
	int programs[3]; /* by enum cloison_direction */
};

/* A line of TAP for a check, and how many there were and failed. */
void line(bool ok, const char *name);
extern unsigned int lines, failures;
void give_up(const char *what, const struct problem *problem) __attribute__((noreturn));

/* The tenant's segment; the kernel's dummy socket passes for one of any kind. */
struct cloison_test bench_test(enum cloison_mode mode, uint32_t flags);
struct bench bench_open(const struct cloison_test *test);
void bench_close(struct bench *bench);

/* Put a policy in force, from its lines or as it is. */
void bench_policy(const struct bench *bench, uint32_t slot, const char *const rules[],
		  size_t count);
void bench_fill(const struct bench *bench, uint32_t slot, const struct policy *policy);

struct cloison_stats bench_stats(const struct bench *bench, uint32_t index, uint32_t key);

/* Whether the packet passes, or a negative errno. */
int bench_run(const struct bench *bench, enum cloison_direction direction, const uint8_t *bytes,
	      size_t length);

bool reason_passes(enum cloison_reason reason);

/* How many events there were since it was last asked, and the last. */
unsigned int events_read(const struct bench *bench);
extern struct cloison_event last_event;
void bench_budget_reset(const struct bench *bench);

/* property.c: random policies against the definition; @count cases at least */
void property_run(unsigned int count, uint64_t seed);

/*
 * matrix.c: the policies of tenants t0, t1, ... against the definition, by real
 * sockets; @count probes at least. @cgroups: where the tenants' are; @directory: for
 * their policies
 */
void matrix_run(unsigned int count, uint64_t seed, const char *cgroups, const char *directory);

/* device.c: at the host's end of a device */
void device_run(void);

/* replay.c: one capture, enforced and observed */
void replay_run(unsigned int count, uint64_t seed);

#endif /* CLOISON_TEST_BENCH_H */
