// SPDX-License-Identifier: GPL-2.0-only
/* Reading the log of events: see struct cloison_logged. */
#include "event_log.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS UINT64_C(1000000000)

/*
 * An event that is being written is waited for so long: its writer may be a processor
 * that the host of a virtual machine has stopped. One that had no place never comes.
 */
#define PATIENCE NANOSECONDS

/* Where the reader is in one class. */
struct follower {
	uint64_t next; /* number of the event to be read */
	uint64_t past; /* what is before this was there when the log was rewound */
	uint64_t lost;
	uint64_t waits_for; /* a number, less than which is none, + 1 */
	uint64_t waits_since;
	bool have; /* an event that was read and not given yet */
	struct cloison_event event;
};

struct event_log {
	const struct cloison_written *written;
	const struct cloison_logged *events;
	struct follower of[CLOISON_CLASS_COUNT];
};

/* As the kernel maps it: whole pages. */
static size_t map_size(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

#define WRITTEN_SIZE map_size(sizeof(struct cloison_written))
#define EVENTS_SIZE \
	map_size(CLOISON_CLASS_COUNT *CLOISON_EVENT_PLACES * sizeof(struct cloison_logged))

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * NANOSECONDS + time.tv_nsec;
}

static uint64_t acquire(const __u64 *number)
{
	return __atomic_load_n(number, __ATOMIC_ACQUIRE);
}

int event_log_open(struct event_log **result, int written, int events)
{
	struct event_log *log = calloc(1, sizeof(*log));
	int class, error;

	if (!log)
		return -ENOMEM;
	log->written = mmap(NULL, WRITTEN_SIZE, PROT_READ, MAP_SHARED, written, 0);
	if (log->written == MAP_FAILED) {
		error = -errno;
		goto free_log;
	}
	for (class = 0; class < CLOISON_CLASS_COUNT; ++class)
		log->of[class].next = acquire(&log->written->of[class].events);
	log->events = mmap(NULL, EVENTS_SIZE, PROT_READ, MAP_SHARED, events, 0);
	if (log->events == MAP_FAILED) {
		error = -errno;
		goto unmap_written;
	}
	*result = log;
	return 0;

unmap_written:
	munmap((void *)log->written, WRITTEN_SIZE);
free_log:
	free(log);
	return error;
}

void event_log_close(struct event_log *log)
{
	munmap((void *)log->events, EVENTS_SIZE);
	munmap((void *)log->written, WRITTEN_SIZE);
	free(log);
}

void event_log_rewind(struct event_log *log)
{
	int class;

	for (class = 0; class < CLOISON_CLASS_COUNT; ++class) {
		uint64_t written = acquire(&log->written->of[class].events);

		log->of[class] = (struct follower){
			.next = written > CLOISON_EVENT_PLACES ? written - CLOISON_EVENT_PLACES : 0,
			.past = written,
		};
	}
}

bool event_log_past(const struct event_log *log)
{
	int class;

	for (class = 0; class < CLOISON_CLASS_COUNT; ++class) {
		const struct follower *follower = &log->of[class];

		if (follower->next - follower->have < follower->past)
			return true;
	}
	return false;
}

/* Whether it has been waited for too long: then it is lost. */
static bool waited(struct follower *follower)
{
	if (follower->waits_for != follower->next + 1) {
		follower->waits_for = follower->next + 1;
		follower->waits_since = now();
		return false;
	}
	return now() - follower->waits_since > PATIENCE;
}

static bool copy(const struct cloison_logged *logged, struct follower *follower)
{
	uint64_t sequence = follower->next + 1;

	if (acquire(&logged->sequence) != sequence)
		return false;
	memcpy(&follower->event, &logged->event, sizeof(follower->event));
	atomic_thread_fence(memory_order_acquire);
	/* Or it was written over meanwhile. */
	return __atomic_load_n(&logged->sequence, __ATOMIC_RELAXED) == sequence;
}

/* Read the next of a class, if there is one. */
static bool follow(const struct event_log *log, struct follower *follower, uint32_t class)
{
	while (!follower->have) {
		uint64_t written = acquire(&log->written->of[class].events);

		if (written - follower->next > CLOISON_EVENT_PLACES) {
			follower->lost += written - CLOISON_EVENT_PLACES - follower->next;
			follower->next = written - CLOISON_EVENT_PLACES;
		}
		if (follower->next == written)
			return false;
		if (copy(&log->events[CLOISON_EVENT_AT(class, follower->next)], follower)) {
			follower->have = true;
		} else if (acquire(&log->written->of[class].events) - follower->next <=
			   CLOISON_EVENT_PLACES) {
			/* It is not written over, so it is being written, or has no place. */
			if (!waited(follower))
				return false;
			follower->lost++;
		} else {
			continue;
		}
		follower->next++;
	}
	return true;
}

bool event_log_next(struct event_log *log, struct cloison_event *event)
{
	struct follower *oldest = NULL;
	uint32_t class;

	for (class = 0; class < CLOISON_CLASS_COUNT; ++class) {
		struct follower *follower = &log->of[class];

		if (follow(log, follower, class) &&
		    (!oldest || follower->event.time < oldest->event.time))
			oldest = follower;
	}
	if (!oldest)
		return false;
	*event = oldest->event;
	oldest->have = false;
	return true;
}

uint64_t event_log_lost(const struct event_log *log, enum cloison_event_class class)
{
	return log->of[class].lost;
}
