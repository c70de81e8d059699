// SPDX-License-Identifier: GPL-2.0-only
/* The log of events, with writers that stop where it hurts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "event_log.h"

#define CLASS CLOISON_CLASS_calls

static struct cloison_written *written;
/* The reader's clock, which goes on only here. */
static uint64_t moment = 1;

int __wrap_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
	(void)clock;
	*time = (struct timespec){ .tv_sec = (time_t)(moment / 1000000000),
				   .tv_nsec = (long)(moment % 1000000000) };
	return 0;
}

static struct cloison_logged *events;
static int written_fd, events_fd;

static void *memory(const char *name, size_t size, int *fd)
{
	void *at;

	*fd = memfd_create(name, MFD_CLOEXEC);
	assert_true(*fd >= 0);
	assert_int_equal(ftruncate(*fd, (off_t)((size + 4095) / 4096 * 4096)), 0);
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	assert_true(at != MAP_FAILED);
	return at;
}

static int setup(void **state)
{
	(void)state;
	written = memory("written", sizeof(*written), &written_fd);
	events = memory("events", CLOISON_CLASS_COUNT * CLOISON_EVENT_PLACES * sizeof(*events),
			&events_fd);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	munmap(written, sizeof(*written));
	munmap(events, CLOISON_CLASS_COUNT * CLOISON_EVENT_PLACES * sizeof(*events));
	close(written_fd);
	close(events_fd);
	return 0;
}

static struct event_log *log_open(void)
{
	struct event_log *log = NULL;

	assert_int_equal(event_log_open(&log, written_fd, events_fd), 0);
	return log;
}

static struct cloison_logged *take(uint32_t class)
{
	return &events[CLOISON_EVENT_AT(class, written->of[class].events++)];
}

/* The nth event of a class has the rule n, and the time @time. */
static void tell(uint32_t class, uint64_t time)
{
	struct cloison_logged *place = take(class);

	place->event =
		(struct cloison_event){ .time = time, .rule = written->of[class].events - 1 };
	place->sequence = written->of[class].events;
}

static void reads(struct event_log *log, uint32_t rule)
{
	struct cloison_event event;

	assert_true(event_log_next(log, &event));
	assert_int_equal(event.rule, rule);
}

static void has_none(struct event_log *log)
{
	struct cloison_event event;

	assert_false(event_log_next(log, &event));
}

static void each_reader_has_all(void **state)
{
	struct event_log *one = log_open(), *two = log_open(), *late;

	(void)state;
	has_none(one);
	tell(CLASS, 1);
	tell(CLASS, 2);
	reads(one, 0);
	reads(one, 1);
	has_none(one);
	reads(two, 0);
	tell(CLASS, 3);
	reads(two, 1);
	reads(two, 2);
	reads(one, 2);
	late = log_open();
	has_none(late);
	event_log_rewind(late);
	reads(late, 0);
	reads(late, 1);
	reads(late, 2);
	has_none(late);
	assert_int_equal(event_log_lost(one, CLASS) + event_log_lost(late, CLASS), 0);
	event_log_close(one);
	event_log_close(two);
	event_log_close(late);
}

static void the_oldest_of_all_classes_comes_first(void **state)
{
	struct event_log *log = log_open();
	struct cloison_event event;
	uint64_t time;

	(void)state;
	tell(CLOISON_CLASS_memory, 2);
	tell(CLOISON_CLASS_flows, 1);
	tell(CLOISON_CLASS_memory, 4);
	tell(CLOISON_CLASS_packets, 3);
	for (time = 1; time <= 4; time++) {
		assert_true(event_log_next(log, &event));
		assert_int_equal(event.time, time);
	}
	has_none(log);
	event_log_close(log);
}

static void a_slow_reader_knows_what_it_lost(void **state)
{
	struct event_log *log = log_open();
	uint32_t i;

	(void)state;
	tell(CLOISON_CLASS_memory, 1);
	for (i = 0; i < CLOISON_EVENT_PLACES + 10; i++)
		tell(CLASS, 2 + i);
	reads(log, 0); /* of memory: no flood of another class is in its way */
	reads(log, 10);
	assert_int_equal(event_log_lost(log, CLASS), 10);
	assert_int_equal(event_log_lost(log, CLOISON_CLASS_memory), 0);
	/* The newest are kept: from 11 on, less those that these push out. */
	for (i = 0; i < 5; i++)
		tell(CLASS, 3 * CLOISON_EVENT_PLACES + i);
	for (i = 15; i < CLOISON_EVENT_PLACES + 15; i++)
		reads(log, i);
	has_none(log);
	assert_int_equal(event_log_lost(log, CLASS), 14);
	event_log_close(log);
}

static void what_is_being_written_is_waited_for(void **state)
{
	struct event_log *log = log_open();
	struct cloison_logged *slow;

	(void)state;
	tell(CLASS, 1);
	slow = take(CLASS);
	has_none((reads(log, 0), log));
	slow->sequence = CLOISON_EVENT_WRITTEN;
	slow->event = (struct cloison_event){ .time = 2, .rule = 1 };
	has_none(log);
	tell(CLASS, 3);
	has_none(log);
	slow->sequence = 2;
	reads(log, 1);
	reads(log, 2);
	has_none(log);
	assert_int_equal(event_log_lost(log, CLASS), 0);
	event_log_close(log);
}

/* Its place was being written to by another: it is told nowhere. */
static void what_has_no_place_is_lost(void **state)
{
	struct event_log *log = log_open();
	struct cloison_event event;

	(void)state;
	take(CLASS);
	tell(CLASS, 1);
	has_none(log);
	tell(CLOISON_CLASS_flows, 2);
	assert_true(event_log_next(log, &event));
	assert_int_equal(event.time, 2);
	/* Longer than the reader's patience. */
	moment += 1100000000;
	reads(log, 1);
	assert_int_equal(event_log_lost(log, CLASS), 1);
	event_log_close(log);
}

static void what_is_written_over_while_it_is_read_is_lost(void **state)
{
	struct event_log *log = log_open();
	uint32_t i;

	(void)state;
	tell(CLASS, 1);
	for (i = 1; i < CLOISON_EVENT_PLACES; i++)
		tell(CLASS, 1 + i);
	/* A whole log later one begins to write where the first is. */
	take(CLASS)->sequence = CLOISON_EVENT_WRITTEN;
	reads(log, 1);
	assert_int_equal(event_log_lost(log, CLASS), 1);
	event_log_close(log);
}

/* It may take longer than the reader was asked to stay. */
static void the_past_is_over_when_all_of_it_was_read(void **state)
{
	struct event_log *log;

	(void)state;
	tell(CLASS, 1);
	tell(CLASS, 3);
	tell(CLOISON_CLASS_flows, 2);
	log = log_open();
	assert_false(event_log_past(log));
	event_log_rewind(log);
	tell(CLASS, 4);
	assert_true(event_log_past(log));
	reads(log, 0);
	reads(log, 0);
	assert_true(event_log_past(log));
	reads(log, 1);
	assert_false(event_log_past(log));
	reads(log, 2);
	event_log_close(log);
}

/* A place that is never written does not make the past endless. */
static void the_past_is_over_when_what_is_left_was_written_over(void **state)
{
	struct event_log *log = log_open();
	uint32_t i;

	(void)state;
	tell(CLASS, 1);
	event_log_rewind(log);
	for (i = 0; i < CLOISON_EVENT_PLACES; i++)
		tell(CLASS, 2 + i);
	assert_true(event_log_past(log));
	reads(log, 1);
	assert_false(event_log_past(log));
	event_log_close(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(each_reader_has_all),
		TEST(the_oldest_of_all_classes_comes_first),
		TEST(a_slow_reader_knows_what_it_lost),
		TEST(what_is_being_written_is_waited_for),
		TEST(what_has_no_place_is_lost),
		TEST(what_is_written_over_while_it_is_read_is_lost),
		TEST(the_past_is_over_when_all_of_it_was_read),
		TEST(the_past_is_over_when_what_is_left_was_written_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
