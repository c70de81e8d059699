// SPDX-License-Identifier: GPL-2.0-only
/* Reading the log of events, and what is not in it. */
#include "guard_event.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "event_log.h"
#include "guard_private.h"

/*
 * How often a reader looks for events while there are none. Nobody has to wake it, so
 * that what is told costs a denied packet the same with and without readers.
 */
#define LOOK_MILLISECONDS 50

/* So many are taken before the reader is asked whether it goes on. */
#define TAKE_AT_ONCE 4096

struct guard_events {
	struct guard_maps maps;
	struct event_log *log;
	guard_event_fn take;
	void *data;
	/* What was counted when it was last asked for. */
	uint64_t lost[CLOISON_CLASS_COUNT];
	uint64_t suppressed[CLOISON_SEGMENTS + 1][CLOISON_CLASS_COUNT];
};

const char *guard_class_word(enum cloison_event_class class)
{
	static const char *const words[] = {
#define CLASS_WORD(name, text) #name,
		CLOISON_EVENT_CLASSES(CLASS_WORD)
#undef CLASS_WORD
	};

	return class < CLOISON_CLASS_COUNT ? words[class] : NULL;
}

const char *guard_reason_name(enum cloison_reason reason, const char **text)
{
	static const struct {
		const char *name, *text;
	} reasons[] = {
#define REASON(name, text) { #name, text },
		CLOISON_REASONS(REASON)
#undef REASON
	};

	if (text)
		*text = reasons[reason].text;
	return reasons[reason].name;
}

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

static void nobody(const struct guard_missed *missed, void *data)
{
	(void)missed;
	(void)data;
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
	error = event_log_open(&events->log, events->maps.fd[GUARD_MAP_WRITTEN],
			       events->maps.fd[GUARD_MAP_EVENTS]);
	if (error) {
		problem_set(problem, error, "the log of events: %s", strerror(-error));
		goto close_maps;
	}
	guard_events_missed(events, nobody, NULL);
	*result = events;
	return 0;

close_maps:
	guard_maps_close(&events->maps);
free_events:
	free(events);
	return error;
}

void guard_events_close(struct guard_events *events)
{
	event_log_close(events->log);
	guard_maps_close(&events->maps);
	free(events);
}

void guard_events_rewind(struct guard_events *events)
{
	event_log_rewind(events->log);
}

bool guard_events_past(const struct guard_events *events)
{
	return event_log_past(events->log);
}

int guard_events_read(struct guard_events *events, int milliseconds)
{
	struct cloison_event event;
	int taken = 0, error;

	for (;;) {
		struct timespec look = {
			.tv_nsec = 1000000L * (milliseconds < LOOK_MILLISECONDS ?
						       milliseconds :
						       LOOK_MILLISECONDS),
		};

		while (taken < TAKE_AT_ONCE && event_log_next(events->log, &event)) {
			taken++;
			error = events->take(&event, events->data);
			if (error)
				return error;
		}
		if (taken || milliseconds <= 0)
			return 0;
		if (nanosleep(&look, NULL))
			return -errno;
		milliseconds -= LOOK_MILLISECONDS;
	}
}

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.id;
}

/* Whether the map of that name was replaced. A pin that is gone does not count as that. */
static bool map_is_another(const struct guard_events *events, enum guard_map map)
{
	char path[GUARD_PIN_SIZE];
	_cleanup_fd_ int fd = -1;
	uint32_t now;

	snprintf(path, sizeof(path), "%s/%s", GUARD_MAPS_PATH, guard_map_names[map]);
	fd = guard_open(path);
	now = map_id(fd);
	return now && now != map_id(events->maps.fd[map]);
}

int guard_events_check(const struct guard_events *events, struct problem *problem)
{
	/* What is read for events, and for the names in them. */
	static const enum guard_map reads[] = {
		GUARD_MAP_EVENTS,   GUARD_MAP_WRITTEN, GUARD_MAP_TENANTS, GUARD_MAP_SLOTS,
		GUARD_MAP_SEGMENTS, GUARD_MAP_RULES,   GUARD_MAP_STATS,
	};
	size_t i;

	for (i = 0; i < sizeof(reads) / sizeof(reads[0]); i++)
		if (map_is_another(events, reads[i]))
			return problem_set(problem, -ESTALE,
					   "another guard took the place of the one whose events "
					   "these were: type 'cloison monitor' again, with --past "
					   "for what came meanwhile");
	return 0;
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

static void suppressed_at(struct guard_events *events, uint32_t index, struct guard_missed *missed,
			  void (*told)(const struct guard_missed *missed, void *data), void *data)
{
	struct cloison_stats stats;
	int class;

	if (guard_index_stats(&events->maps, index, CLOISON_STATS_ENFORCED, &stats, NULL))
		return;
	for (class = 0; class < CLOISON_CLASS_COUNT; ++class) {
		uint64_t *before = &events->suppressed[index][class];
		uint64_t count = ((const __u64 *)&stats)[CLOISON_STATS_SUPPRESSED(class)];

		/* Less than before: the index is another tenant's now. */
		missed->suppressed = count < *before ? count : count - *before;
		missed->class = class;
		*before = count;
		if (missed->suppressed)
			told(missed, data);
	}
	missed->suppressed = 0;
}

/* Whose these were nobody knows any more. */
static void lost_by_reader(struct guard_events *events,
			   void (*told)(const struct guard_missed *missed, void *data), void *data)
{
	struct guard_missed missed = {};
	int class;

	for (class = 0; class < CLOISON_CLASS_COUNT; ++class) {
		uint64_t lost = event_log_lost(events->log, class);

		missed.class = class;
		missed.lost = lost - events->lost[class];
		events->lost[class] = lost;
		if (missed.lost)
			told(&missed, data);
	}
}

void guard_events_missed(struct guard_events *events,
			 void (*told)(const struct guard_missed *missed, void *data), void *data)
{
	int fd = events->maps.fd[GUARD_MAP_TENANTS];
	uint32_t number, *before = NULL;
	struct guard_missed missed = {};
	struct cloison_tenant tenant;

	lost_by_reader(events, told, data);
	suppressed_at(events, CLOISON_SEGMENTS, &missed, told, data);
	while (!bpf_map_get_next_key(fd, before, &number)) {
		before = &number;
		if (bpf_map_lookup_elem(fd, &number, &tenant) || tenant.index >= CLOISON_SEGMENTS)
			continue;
		memcpy(missed.tenant, tenant.name, sizeof(missed.tenant));
		suppressed_at(events, tenant.index, &missed, told, data);
	}
}
