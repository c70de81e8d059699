// SPDX-License-Identifier: GPL-2.0-only
/* cloison monitor: the guard's events, as they come. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "../common/escape.h"
#include "../common/event_filter.h"
#include "../common/guard_event.h"
#include "../common/output.h"
#include "net.h"

#define NANOSECONDS UINT64_C(1000000000)

/* A signal may come just before the wait: it lasts no longer. */
#define WAIT_MILLISECONDS 200

struct monitor {
	struct command *command;
	struct guard_events *events;
	struct event_filter filter;
	bool past;
	uint32_t count;	  /* 0: no end */
	uint32_t seconds; /* likewise */
	uint32_t shown;
	uint64_t begin;	 /* CLOCK_BOOTTIME, as the events */
	uint64_t offset; /* of CLOCK_REALTIME to it */
	int error;	 /* of the output */
};

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	(void)number;
	ended = 1;
}

static uint64_t clock_read(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NANOSECONDS + now.tv_nsec;
}

/* ---- words -------------------------------------------------------------- */

static const char *const accesses[] = {
	[CLOISON_ACCESS_OPEN] = "open",	  [CLOISON_ACCESS_READ] = "read",
	[CLOISON_ACCESS_WRITE] = "write", [CLOISON_ACCESS_MMAP] = "mmap",
	[CLOISON_ACCESS_FAULT] = "fault", [CLOISON_ACCESS_IOCTL] = "ioctl",
	[CLOISON_ACCESS_SWEEP] = "sweep",
};

static const char *access_word(uint32_t access)
{
	const char *word = access < sizeof(accesses) / sizeof(accesses[0]) ? accesses[access] :
									     NULL;

	return word ? word : "unknown";
}

static void format_time(const struct monitor *monitor, uint64_t boot, char text[40])
{
	uint64_t real = boot + monitor->offset;
	time_t seconds = real / NANOSECONDS;
	struct tm utc;
	size_t length;

	gmtime_r(&seconds, &utc);
	length = strftime(text, 40, "%FT%T", &utc);
	snprintf(text + length, 40 - length, ".%06" PRIu64 "Z", real % NANOSECONDS / 1000);
}

/* An address that was not known is empty. */
static void format_address(enum cloison_family family, const __u8 address[16],
			   char text[INET6_ADDRSTRLEN])
{
	static const __u8 none[16];

	text[0] = '\0';
	if (family && memcmp(address, none, sizeof(none)))
		inet_ntop(family == CLOISON_IPV4 ? AF_INET : AF_INET6, address, text,
			  INET6_ADDRSTRLEN);
}

/* An event and what its numbers stand for. */
struct named {
	const struct cloison_event *event;
	char time[40];
	char tenant[CLOISON_TENANT_NAME_SIZE];
	char region[CLOISON_TENANT_NAME_SIZE];
	char rule[POLICY_RULE_TEXT];
	char process[ESCAPE_SIZE(CLOISON_PROCESS_NAME_SIZE)]; /* its name */
	char local[INET6_ADDRSTRLEN];
	char remote[INET6_ADDRSTRLEN];
	const char *hook;
	const char *reason;
	enum cloison_kind kind;
};

/* A region may have gone meanwhile: then its number has to do. */
static void name_region(struct command *command, uint32_t number, char name[])
{
	struct cloison_region_get region = CLOISON_ARG(cloison_region_get);

	if (!cloison_region_by_number(command->control, number, &region))
		snprintf(name, CLOISON_TENANT_NAME_SIZE, "%s", name_of(region.out_name));
}

static void name_all(const struct monitor *monitor, struct named *named)
{
	const struct cloison_event *event = named->event;
	struct cloison_rule rule;

	format_time(monitor, event->time, named->time);
	named->hook = guard_hook_word(event->hook);
	named->reason = event->reason < CLOISON_REASON_COUNT ?
				guard_reason_name(event->reason, NULL) :
				"unknown";
	if (guard_event_rule(monitor->events, event, &rule))
		policy_rule_format(&rule, named->rule);
	format_address(event->peer.family, event->local, named->local);
	format_address(event->peer.family, event->peer.address, named->remote);
	escape_text(named->process, sizeof(named->process), event->name,
		    strnlen(event->name, sizeof(event->name)));
}

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static const char *end_word(uint32_t end)
{
	static const char *const words[] = {
		[CLOISON_END_CLOSED] = "closed",     [CLOISON_END_PEER] = "peer",
		[CLOISON_END_BROKEN] = "broken",     [CLOISON_END_POLICY] = "policy",
		[CLOISON_END_REPLACED] = "replaced",
	};
	const char *word = end < sizeof(words) / sizeof(words[0]) ? words[end] : NULL;

	return word ? word : "unknown";
}

/* How long a flow that ended has been. */
static double event_seconds(const struct cloison_event *event)
{
	return event->time < event->began ? 0 : (double)(event->time - event->began) / NANOSECONDS;
}

/* Zero stands for what is not known. */
static json_t *number_or_null(uint64_t number)
{
	return number ? json_integer((json_int_t)number) : json_null();
}

/* ---- output ------------------------------------------------------------- */

static json_t *end_json(const struct cloison_event *event)
{
	return json_pack("{s:s, s:f, s:I, s:I, s:I, s:I}", "end", end_word(event->end), "seconds",
			 event_seconds(event), "packets_in", (json_int_t)event->packets_in,
			 "packets_out", (json_int_t)event->packets_out, "bytes_in",
			 (json_int_t)event->bytes_in, "bytes_out", (json_int_t)event->bytes_out);
}

static json_t *event_json(const struct named *named)
{
	const struct cloison_event *event = named->event;
	const struct cloison_peer *peer = &event->peer;
	bool memory = named->kind == CLOISON_KIND_memory;
	json_t *json;

	json = json_pack("{s:s, s:s, s:s?, s:o, s:s, s:s, s:s, s:s, s:o, s:s?}", "time",
			 named->time, "kind", event_kind_word(named->kind), "tenant",
			 or_null(named->tenant), "number", number_or_null(event->tenant), "verdict",
			 policy_verdict_name(event->verdict), "hook", named->hook, "mode",
			 net_mode_name(event->mode), "reason", named->reason, "process",
			 number_or_null(event->process), "process_name", or_null(named->process));
	if (json && memory)
		json_object_update_new(json, json_pack("{s:i, s:s?, s:s, s:I}", "region",
						       (int)event->region, "region_name",
						       or_null(named->region), "access",
						       access_word(event->access), "cgroup_id",
						       (json_int_t)event->cgroup));
	else if (json)
		json_object_update_new(
			json,
			json_pack("{s:s, s:o, s:s?, s:o, s:s?, s:s?, s:o, s:s?, s:o}", "direction",
				  policy_direction_name(event->direction), "rule",
				  number_or_null(event->rule), "rule_text", or_null(named->rule),
				  "generation", number_or_null(event->generation), "protocol",
				  peer->protocol ? policy_protocol_name(peer->protocol) : NULL,
				  "local", or_null(named->local), "local_port",
				  number_or_null(peer->local_port), "remote",
				  or_null(named->remote), "remote_port",
				  number_or_null(peer->remote_port)));
	if (json && named->kind == CLOISON_KIND_ended)
		json_object_update_new(json, end_json(event));
	return json;
}

static void print_end(const char *address, uint16_t port)
{
	if (strchr(address, ':'))
		printf(" [%s]", address);
	else
		printf(" %s", address[0] ? address : "?");
	if (port)
		printf(":%u", port);
}

static void print_flow(const struct named *named)
{
	const struct cloison_event *event = named->event;
	const struct cloison_peer *peer = &event->peer;
	bool out = event->direction == CLOISON_EGRESS;

	printf(" %s %s", policy_direction_name(event->direction),
	       peer->protocol ? policy_protocol_name(peer->protocol) : "?");
	print_end(out ? named->local : named->remote, out ? peer->local_port : peer->remote_port);
	fputs(" ->", stdout);
	print_end(out ? named->remote : named->local, out ? peer->remote_port : peer->local_port);
	printf(" %s %s", named->hook, named->reason);
	if (event->rule)
		printf(" rule %u%s%s%s", event->rule, named->rule[0] ? " (" : "", named->rule,
		       named->rule[0] ? ")" : "");
	printf(" generation %" PRIu64, (uint64_t)event->generation);
}

static void print_event(const struct named *named)
{
	const struct cloison_event *event = named->event;

	printf("%s %s %s", named->time, named->tenant[0] ? named->tenant : "-",
	       policy_verdict_name(event->verdict));
	if (named->kind != CLOISON_KIND_memory) {
		print_flow(named);
	} else {
		if (named->region[0])
			printf(" region %s", named->region);
		else
			printf(" region number %u", event->region);
		printf(" %s %s cgroup id %llu", access_word(event->access), named->reason,
		       event->cgroup);
	}
	if (named->kind == CLOISON_KIND_ended)
		printf(" ended %s after %.3f s, in %llu packets %llu bytes, out %llu packets %llu "
		       "bytes",
		       end_word(event->end), event_seconds(event), event->packets_in,
		       event->bytes_in, event->packets_out, event->bytes_out);
	/* Last, since a process may call itself anything, such as the words before. */
	if (event->process)
		printf(" process %u", event->process);
	if (named->process[0])
		printf(" (%s)", named->process);
	putchar('\n');
}

/* One object a line. */
static void write_json(struct monitor *monitor, json_t *json)
{
	if (!json || json_dumpf(json, stdout, JSON_COMPACT) || putchar('\n') == EOF)
		monitor->error = -EIO;
	json_decref(json);
}

static int show_event(const struct cloison_event *event, void *data)
{
	struct monitor *monitor = data;
	struct named named = { .event = event, .kind = guard_hook_kind(event->hook) };

	if (!named.kind)
		return 0;
	guard_event_tenant(monitor->events, event->tenant, named.tenant);
	if (named.kind == CLOISON_KIND_memory)
		name_region(monitor->command, event->region, named.region);
	if (!event_filter_wants(&monitor->filter, event, named.tenant, named.region))
		return 0;
	name_all(monitor, &named);
	if (monitor->command->json)
		write_json(monitor, event_json(&named));
	else
		print_event(&named);
	if (monitor->error)
		return monitor->error;
	return ++monitor->shown == monitor->count ? -ECANCELED : 0;
}

static void show_missed(const struct guard_missed *missed, void *data)
{
	struct monitor *monitor = data;
	char time[40];

	/* Of what is lost nobody knows whose it was. */
	if (!missed->lost && !event_filter_tenant(&monitor->filter, missed->tenant))
		return;
	format_time(monitor, clock_read(CLOCK_BOOTTIME), time);
	if (monitor->command->json)
		write_json(monitor,
			   json_pack("{s:s, s:s, s:s, s:s?, s:I, s:I}", "time", time, "kind",
				     "missed", "class", guard_class_word(missed->class), "tenant",
				     or_null(missed->tenant), "suppressed",
				     (json_int_t)missed->suppressed, "lost",
				     (json_int_t)missed->lost));
	else
		printf("%s %s missed: %s: %" PRIu64 " suppressed, %" PRIu64 " lost\n", time,
		       missed->tenant[0] ? missed->tenant : "-", guard_class_word(missed->class),
		       missed->suppressed, missed->lost);
}

/* ---- the noun ----------------------------------------------------------- */

static uint64_t end_of(const struct monitor *monitor, uint64_t begin)
{
	return monitor->seconds ? begin + monitor->seconds * NANOSECONDS : UINT64_MAX;
}

static int watch(struct monitor *monitor, struct problem *problem)
{
	uint64_t asked = monitor->begin, now = monitor->begin;
	uint64_t end = end_of(monitor, now);
	bool past = guard_events_past(monitor->events);
	int error = 0;

	while (!ended && !error && now < end) {
		uint64_t left = (end - now) / 1000000 + 1;

		error = guard_events_read(monitor->events,
					  left < WAIT_MILLISECONDS ? (int)left : WAIT_MILLISECONDS);
		if (error == -EINTR)
			error = 0;
		now = clock_read(CLOCK_BOOTTIME);
		/* The time begins when the past has been shown, however long that took. */
		if (past) {
			past = guard_events_past(monitor->events);
			end = end_of(monitor, now);
		}
		if (now - asked >= NANOSECONDS) {
			guard_events_missed(monitor->events, show_missed, monitor);
			asked = now;
			if (!error)
				error = guard_events_check(monitor->events, problem);
		}
		if (fflush(stdout))
			error = -errno;
	}
	guard_events_missed(monitor->events, show_missed, monitor);
	if (fflush(stdout) && !error)
		error = -errno;
	return error == -ECANCELED ? 0 : error;
}

static int fail_reader(int error, const struct problem *problem)
{
	if (error == -ENOENT)
		return fail(EXIT_NO_GUARD, "%s", problem->text);
	if (error == -EPERM || error == -EACCES)
		return fail(EXIT_DENIED, "%s", problem->text);
	return fail(EXIT_FAILED, "%s", problem->text);
}

static int monitor_parse(struct monitor *monitor, int argc, char **argv)
{
	struct command *command = monitor->command;
	const char *words[EVENT_FILTER_KEYS] = { NULL };
	const struct argument_option options[] = {
		{ "tenant", 0, ARGUMENT_TEXT, &words[EVENT_FILTER_TENANT], NULL },
		{ "region", 0, ARGUMENT_TEXT, &words[EVENT_FILTER_REGION], NULL },
		{ "peer", 0, ARGUMENT_TEXT, &words[EVENT_FILTER_PEER], NULL },
		{ "verdict", 0, ARGUMENT_TEXT, &words[EVENT_FILTER_VERDICT], NULL },
		{ "kind", 0, ARGUMENT_TEXT, &words[EVENT_FILTER_KIND], NULL },
		{ "hook", 0, ARGUMENT_TEXT, &words[EVENT_FILTER_HOOK], NULL },
		{ "reason", 0, ARGUMENT_TEXT, &words[EVENT_FILTER_REASON], NULL },
		{ "past", 0, ARGUMENT_FLAG, &monitor->past, NULL },
		{ "count", 0, ARGUMENT_NUMBER, &monitor->count, NULL },
		{ "seconds", 0, ARGUMENT_NUMBER, &monitor->seconds, NULL },
		OPTION_JSON(command),
		{ 0 },
	};
	struct problem problem = { "" };
	int key;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	for (key = 0; key < EVENT_FILTER_KEYS; key++)
		if (words[key] && event_filter_add(&monitor->filter, (enum event_filter_key)key,
						   words[key], &problem))
			return command_usage(command, "%s", problem.text);
	return EXIT_OK;
}

/* A name that is misspelt would wait for ever; a region may have gone, a number is none. */
static int check_names(const struct monitor *monitor)
{
	const struct event_filter *filter = &monitor->filter;
	struct cloison_tenant_get tenant;
	struct cloison_region_get region;
	int rc = EXIT_OK;
	size_t i;

	for (i = 0; i < filter->tenant_count && !rc; i++)
		rc = find_tenant(monitor->command, filter->tenants[i], &tenant);
	for (i = 0; i < filter->region_count && !rc; i++)
		if (strchr(filter->regions[i], '/') ||
		    strspn(filter->regions[i], "0123456789") != strlen(filter->regions[i]))
			rc = find_region(monitor->command, filter->regions[i], &region);
	return rc;
}

static int monitor_run(struct command *command, int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct monitor monitor = { .command = command };
	struct problem problem = { "" };
	int rc = monitor_parse(&monitor, argc, argv);

	if (!rc)
		rc = command_control(command, false);
	if (!rc)
		rc = check_names(&monitor);
	if (rc)
		return rc;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	rc = guard_events_open(&monitor.events, show_event, &monitor, &problem);
	if (rc)
		return fail_reader(rc, &problem);
	if (monitor.past)
		guard_events_rewind(monitor.events);
	monitor.begin = clock_read(CLOCK_BOOTTIME);
	monitor.offset = clock_read(CLOCK_REALTIME) - monitor.begin;
	rc = watch(&monitor, &problem);
	guard_events_close(monitor.events);
	if (rc == -ESTALE)
		return fail(EXIT_FAILED, "%s", problem.text);
	return rc ? fail_errno(rc, "events") : EXIT_OK;
}

#define OPTIONS                                                                                   \
	"[--tenant NAME] [--region TENANT/REGION] [--peer PREFIX] [--verdict allow|deny] "        \
	"[--kind packet|call|memory|ended] [--hook HOOK] [--reason REASON] [--past] [--count N] " \
	"[--seconds N] [-j]"

static const struct verb verbs[] = {
	{ NULL, monitor_run, OPTIONS, "every denial and every new flow, as they come" },
	{ 0 },
};

const struct noun monitor_noun = { "monitor", verbs, "what the guard denies and lets begin" };
