// SPDX-License-Identifier: GPL-2.0-only
/* Reading the ring of events, and what is in no ring. */
#include "guard_event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "guard_private.h"

#define LOCK "/run/cloison-events.lock"

/* What was counted as missed when it was last asked for, by index. */
struct missed {
	uint64_t suppressed, lost;
};

struct guard_events {
	struct guard_maps maps;
	struct ring_buffer *ring;
	int lock;
	guard_event_fn take;
	void *data;
	struct missed missed[CLOISON_SEGMENTS + 1];
};

const char *guard_hook_word(enum cloison_hook hook)
{
	static const char *const words[] = {
#define HOOK_WORD(name, kind_or_program) [CLOISON_HOOK_##name] = #name,
		CLOISON_HOOKS(HOOK_WORD) CLOISON_LSM_HOOKS(HOOK_WORD)
#undef HOOK_WORD
	};

	return hook < CLOISON_HOOK_COUNT ? words[hook] : NULL;
}

enum cloison_kind guard_hook_kind(enum cloison_hook hook)
{
	static const enum cloison_kind kinds[] = {
#define HOOK_KIND(name, kind) [CLOISON_HOOK_##name] = CLOISON_KIND_##kind,
		CLOISON_HOOKS(HOOK_KIND)
#undef HOOK_KIND
#define HOOK_KIND(name, program) [CLOISON_HOOK_##name] = CLOISON_KIND_call,
			CLOISON_LSM_HOOKS(HOOK_KIND)
#undef HOOK_KIND
	};

	return hook < CLOISON_HOOK_COUNT ? kinds[hook] : 0;
}

static int take_one(void *context, void *data, size_t size)
{
	struct guard_events *events = context;

	/* Another build's events never come: its guard has another ring. */
	if (size != sizeof(struct cloison_event))
		return -EPROTO;
	return events->take(data, events->data);
}

static void nobody(const struct guard_missed *missed, void *data)
{
	(void)missed;
	(void)data;
}

/* The kernel ends the lock with the process, however that ends. */
static int reader_lock(struct problem *problem)
{
	int lock = open(LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int error = lock < 0 || flock(lock, LOCK_EX | LOCK_NB) ? -errno : 0;

	if (!error)
		return lock;
	guard_close(&lock);
	if (error == -EWOULDBLOCK)
		return problem_set(problem, -EBUSY,
				   "somebody reads the events already: what one reader has seen "
				   "no other would");
	return problem_set(problem, error, "%s: %s", LOCK, strerror(-error));
}

int guard_events_open(struct guard_events **result, guard_event_fn take, void *data,
		      struct problem *problem)
{
	struct guard_events *events = calloc(1, sizeof(*events));
	int error;

	if (!events)
		return problem_set(problem, -ENOMEM, "no memory");
	events->take = take;
	events->data = data;
	error = guard_maps_open(&events->maps, problem);
	if (error)
		goto free_events;
	events->lock = error = reader_lock(problem);
	if (error < 0)
		goto close_maps;
	events->ring = ring_buffer__new(events->maps.fd[GUARD_MAP_EVENTS], take_one, events, NULL);
	if (!events->ring) {
		error = problem_set(problem, -errno, "the ring of events: %s", strerror(errno));
		goto close_lock;
	}
	guard_events_missed(events, nobody, NULL);
	*result = events;
	return 0;

close_lock:
	close(events->lock);
close_maps:
	guard_maps_close(&events->maps);
free_events:
	free(events);
	return error;
}

void guard_events_close(struct guard_events *events)
{
	ring_buffer__free(events->ring);
	close(events->lock);
	guard_maps_close(&events->maps);
	free(events);
}

int guard_events_read(struct guard_events *events, int milliseconds)
{
	int taken = ring_buffer__poll(events->ring, milliseconds);

	return taken < 0 ? taken : 0;
}

bool guard_event_tenant(const struct guard_events *events, uint32_t number,
			char name[CLOISON_TENANT_NAME_SIZE])
{
	struct cloison_tenant tenant;

	if (!number || bpf_map_lookup_elem(events->maps.fd[GUARD_MAP_TENANTS], &number, &tenant))
		return false;
	memcpy(name, tenant.name, CLOISON_TENANT_NAME_SIZE);
	return true;
}

bool guard_event_rule(const struct guard_events *events, const struct cloison_event *event,
		      struct cloison_rule *rule)
{
	const struct guard_maps *maps = &events->maps;
	uint32_t key = event->rule - 1, number = event->tenant;
	struct cloison_segment segment;
	struct cloison_tenant tenant;
	bool found;
	int fd;

	if (!event->rule || bpf_map_lookup_elem(maps->fd[GUARD_MAP_TENANTS], &number, &tenant) ||
	    guard_segment_read(maps, &tenant, &segment) || segment.generation != event->generation)
		return false;
	fd = guard_inner_open(maps, GUARD_MAP_RULES, segment.slot);
	if (fd < 0)
		return false;
	found = !bpf_map_lookup_elem(fd, &key, rule);
	close(fd);
	return found;
}

static void missed_at(struct guard_events *events, uint32_t index, struct guard_missed *missed,
		      void (*told)(const struct guard_missed *missed, void *data), void *data)
{
	struct missed *before = &events->missed[index];
	struct cloison_stats stats;

	if (guard_index_stats(&events->maps, index, CLOISON_STATS_ENFORCED, &stats, NULL))
		return;
	/* Less than before: the index is another tenant's now. */
	if (stats.suppressed < before->suppressed || stats.lost < before->lost)
		*before = (struct missed){};
	missed->suppressed = stats.suppressed - before->suppressed;
	missed->lost = stats.lost - before->lost;
	*before = (struct missed){ stats.suppressed, stats.lost };
	if (missed->suppressed || missed->lost)
		told(missed, data);
}

void guard_events_missed(struct guard_events *events,
			 void (*told)(const struct guard_missed *missed, void *data), void *data)
{
	int fd = events->maps.fd[GUARD_MAP_TENANTS];
	uint32_t number, *before = NULL;
	struct guard_missed missed = {};
	struct cloison_tenant tenant;

	missed_at(events, CLOISON_SEGMENTS, &missed, told, data);
	while (!bpf_map_get_next_key(fd, before, &number)) {
		before = &number;
		if (bpf_map_lookup_elem(fd, &number, &tenant) || tenant.index >= CLOISON_SEGMENTS)
			continue;
		memcpy(missed.tenant, tenant.name, sizeof(missed.tenant));
		missed_at(events, tenant.index, &missed, told, data);
	}
}
