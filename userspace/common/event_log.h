/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log of events, as one reader goes through it: it follows the writers by itself,
 * hinders none of them, and takes nothing from other readers. What was written over
 * before it was read is counted.
 */
#ifndef CLOISON_EVENT_LOG_H
#define CLOISON_EVENT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "cloison_bpf.h"

struct event_log;

/**
 * event_log_open() - begin behind the newest event.
 * @log: the result, for event_log_close()
 * @written: descriptor of cloison_written
 * @events: descriptor of cloison_events
 *
 * Return: 0 or a negative errno.
 */
int event_log_open(struct event_log **log, int written, int events);

void event_log_close(struct event_log *log);

/** event_log_rewind() - begin with the oldest event that is kept. */
void event_log_rewind(struct event_log *log);

/**
 * event_log_past() - whether there is more of what was in the log at event_log_rewind().
 * @log: from event_log_open()
 *
 * Return: false too if it was never rewound.
 */
bool event_log_past(const struct event_log *log);

/**
 * event_log_next() - the oldest event that this reader has not had.
 * @log: from event_log_open()
 * @event: the result
 *
 * Return: false if there is none now.
 */
bool event_log_next(struct event_log *log, struct cloison_event *event);

/**
 * event_log_lost() - how many events this reader has lost.
 * @log: from event_log_open()
 * @class: of this class
 *
 * Return: the number since it began.
 */
uint64_t event_log_lost(const struct event_log *log, enum cloison_event_class class);

#endif /* CLOISON_EVENT_LOG_H */
