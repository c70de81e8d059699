/* SPDX-License-Identifier: GPL-2.0-only */
/* The log of events, and each tenant's budget for it. */
#ifndef CLOISON_SHARED_EVENT_H
#define CLOISON_SHARED_EVENT_H

#include "shared/flow.h"
#include "shared/hook.h"
#include "shared/reason.h"

/* As the kernel's TASK_COMM_LEN, terminating NUL included. */
#define CLOISON_PROCESS_NAME_SIZE 16

/* So many events of each class are kept, the newest: a power of two. */
#define CLOISON_EVENT_PLACES 8192

/*
 * A denial, the first packet of a flow that was admitted, or its end. What is not known, or not
 * of this hook, is zero.
 */
struct cloison_event {
	__u64 time; /* nanoseconds of CLOCK_BOOTTIME */
	__u64 generation;
	__u32 tenant;
	__u32 rule;
	enum cloison_hook hook;
	enum cloison_mode mode;
	enum cloison_direction direction;
	enum cloison_verdict verdict; /* what enforce says, also where nothing is blocked */
	enum cloison_reason reason;
	__u32 process;	/* that called, in the first pid namespace */
	__u8 local[16]; /* the tenant's address, as in the peer */
	struct cloison_peer peer;
	__u64 cgroup; /* that wanted the region */
	__u32 region;
	__u32 access;			      /* enum cloison_access_kind of the module */
	char name[CLOISON_PROCESS_NAME_SIZE]; /* of the process: any bytes that it chose */
	/* Of a flow that ended. Its direction is that of its first packet. */
	__u64 began;
	__u64 packets_in;
	__u64 packets_out;
	__u64 bytes_in;
	__u64 bytes_out;
	__u32 end; /* enum cloison_end */
	__u32 zero;
};

CLOISON_SIZE(struct cloison_event, 160 + CLOISON_PROCESS_NAME_SIZE);

/*
 * cloison_events: the log. The nth event of a class, counted from 0, is written at
 * CLOISON_EVENT_AT(class, n), over the one that was there, and its sequence then is n + 1:
 * so any number of readers may follow, each by itself, and each knows what it has lost.
 */
struct cloison_logged {
	__u64 sequence; /* 0: nothing yet; CLOISON_EVENT_WRITTEN: not to be read now */
	struct cloison_event event;
};

CLOISON_SIZE(struct cloison_logged, 8 + sizeof(struct cloison_event));

#define CLOISON_EVENT_WRITTEN (~0ULL)
#define CLOISON_EVENT_AT(class, number) \
	((class) * CLOISON_EVENT_PLACES + (__u32)((number) & (CLOISON_EVENT_PLACES - 1)))

/* cloison_written: how many events there were of each class. A cache line each. */
struct cloison_written {
	struct {
		__u64 events;
		__u64 zero[7];
	} of[CLOISON_CLASS_COUNT];
};

CLOISON_SIZE(struct cloison_written, 64 * CLOISON_CLASS_COUNT);

/*
 * cloison_budget: when a tenant will have its whole budget of events of each class
 * again: nanoseconds of CLOCK_BOOTTIME. One for all CPUs: the budget is the same on hosts
 * with many. What others began, such as packets that come in, has a budget of its own, so
 * that they hide nothing of what the tenant does.
 */
struct cloison_budget {
	__u64 full[CLOISON_CLASS_COUNT];
	__u64 arrived[CLOISON_CLASS_COUNT];
};

CLOISON_SIZE(struct cloison_budget, 16 * CLOISON_CLASS_COUNT);

#endif /* CLOISON_SHARED_EVENT_H */
