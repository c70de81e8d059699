// SPDX-License-Identifier: GPL-2.0-only
/*
 * cloison net resolve: looks up the names of the DNS that policies have, and writes
 * down what addresses they have now. It decides nothing: what it wrote ends by itself,
 * and without it no new address is added.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../common/guard_policy.h"
#include "net.h"
#include "resolve.h"

#define DNS_PORT 53
#define ZONES 32

/* A name in a policy is asked for within so many milliseconds. */
#define ROUND 1000

/* Longer than any question takes, in seconds. */
#define LOST 120

/* What this process knows of a name, by its number. */
struct known {
	char name[CLOISON_TENANT_NAME_SIZE]; /* a number may be given to another */
	uint64_t again;			     /* nanoseconds of CLOCK_BOOTTIME */
	uint64_t asked;			     /* likewise; 0 if there is no question */
};

struct resolver {
	struct dns_limits limits;
	const char *zones[ZONES]; /* whose names may have private addresses */
	size_t zone_count;
	struct sockaddr_in server;
	bool once;

	int socket;
	pid_t askers[RESOLVE_ASKERS];
	struct guard_names names;
	struct known known[CLOISON_NAMES + 1];
	struct resolve_reply *replies; /* since the last round */
	size_t reply_count;
	char wrong[512]; /* what was said last, so that it is said once */
};

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static void say_address(const char *name, const struct cloison_address *address, const char *what)
{
	char text[INET6_ADDRSTRLEN] = "?";

	inet_ntop(address->family == CLOISON_IPV4 ? AF_INET : AF_INET6, address->address, text,
		  sizeof(text));
	printf("dns:%s: %s %s\n", name, text, what);
}

static bool private_expected(const struct resolver *resolver, const char *name)
{
	size_t i;

	for (i = 0; i < resolver->zone_count; i++)
		if (dns_in_zone(name, resolver->zones[i]))
			return true;
	return false;
}

/* What no name may have is taken out of the answer, and counted; said when it begins. */
static uint32_t answer_clean(const struct resolver *resolver, const struct cloison_name *record,
			     const struct dns_owned *owned, struct dns_answer *answer)
{
	bool private = private_expected(resolver, record->name);
	uint32_t refused = 0, kept = 0, i;

	for (i = 0; i < answer->count; i++) {
		const char *why = dns_refuse(&answer->addresses[i], private, owned);

		if (why) {
			if (!record->refused)
				say_address(record->name, &answer->addresses[i], why);
			refused++;
			continue;
		}
		answer->addresses[kept] = answer->addresses[i];
		answer->ttls[kept++] = answer->ttls[i];
	}
	answer->count = kept;
	return refused;
}

static struct dns_name *name_numbered(struct resolver *resolver, uint32_t number)
{
	size_t i;

	for (i = 0; i < resolver->names.count; i++)
		if (resolver->names.names[i].number == number)
			return &resolver->names.names[i];
	return NULL;
}

static void reply_take(struct resolver *resolver, struct resolve_reply *reply,
		       const struct dns_owned *owned, uint64_t now)
{
	struct dns_name *name = name_numbered(resolver, reply->number);
	struct known *known;
	uint32_t wait;

	/* No policy has it any more, or its number is another's. */
	if (!name || strcmp(resolver->known[reply->number].name, name->record.name))
		return;
	known = &resolver->known[reply->number];
	known->asked = 0;
	if (reply->error) {
		if (!name->record.failures++)
			printf("dns:%s: no answer: %s\n", name->record.name,
			       strerror(-reply->error));
		wait = dns_wait(NULL, name->record.failures, &resolver->limits);
	} else {
		uint32_t refused = answer_clean(resolver, &name->record, owned, &reply->answer);
		uint32_t left_out = name->record.left_out;

		uint32_t failures = name->record.failures;

		dns_take(name, &reply->answer, &resolver->limits, now);
		/* Half an answer is one, and half a failure too. */
		if (reply->partial)
			name->record.failures = failures + 1;
		name->record.refused = refused;
		wait = dns_wait(&reply->answer, 0, &resolver->limits);
		if (reply->partial && wait > resolver->limits.least)
			wait = resolver->limits.least;
		if (name->record.left_out && !left_out)
			printf("dns:%s: %u addresses are left out: a name has at most %d\n",
			       name->record.name, name->record.left_out, DNS_ADDRESSES);
	}
	known->again = now + wait * DNS_SECOND;
}

/* Addresses that have become the host's or a tenant's since they were answered. */
static bool names_clean(struct resolver *resolver, const struct dns_owned *owned)
{
	bool changed = false;
	size_t i;

	for (i = 0; i < resolver->names.count; i++) {
		struct dns_name *name = &resolver->names.names[i];
		bool private = private_expected(resolver, name->record.name);
		uint32_t at = 0;

		while (at < name->count) {
			const char *why = dns_refuse(&name->addresses[at], private, owned);

			if (!why) {
				at++;
				continue;
			}
			say_address(name->record.name, &name->addresses[at], why);
			dns_drop(name, at);
			changed = true;
		}
	}
	return changed;
}

/* With the guard's lock: what was answered, and what has ended. */
static bool names_round(struct guard_names *names, const struct dns_owned *owned, uint64_t now,
			void *data)
{
	struct resolver *resolver = data;
	bool changed = names_clean(resolver, owned) || resolver->reply_count;
	size_t i;

	for (i = 0; i < resolver->reply_count; i++)
		reply_take(resolver, &resolver->replies[i], owned, now);
	resolver->reply_count = 0;
	for (i = 0; i < names->count; i++)
		if (dns_expire(&names->names[i], now)) {
			printf("dns:%s: has %u addresses left\n", names->names[i].record.name,
			       names->names[i].count);
			changed = true;
		}
	return changed;
}

/* Ask for what is due, as far as the askers take it. Returns how many are asked for. */
static size_t names_ask(struct resolver *resolver)
{
	struct timespec time;
	size_t asking = 0, i;
	uint64_t now;

	clock_gettime(CLOCK_BOOTTIME, &time);
	now = (uint64_t)time.tv_sec * DNS_SECOND + (uint64_t)time.tv_nsec;
	for (i = 0; i < resolver->names.count; i++) {
		const struct dns_name *name = &resolver->names.names[i];
		struct known *known = &resolver->known[name->number];
		struct resolve_question question = { .number = name->number };

		if (strcmp(known->name, name->record.name)) {
			*known = (struct known){};
			memcpy(known->name, name->record.name, sizeof(known->name));
		}
		/* The reply to a question may be lost, with the process that was asked. */
		if (known->asked && now - known->asked > LOST * DNS_SECOND)
			known->asked = 0;
		if (!known->asked && known->again > now)
			continue;
		asking++;
		if (known->asked)
			continue;
		memcpy(question.name, name->record.name, sizeof(question.name));
		/* If the askers are all at work, in the next round. */
		if (send(resolver->socket, &question, sizeof(question),
			 MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof(question))
			known->asked = now;
	}
	return asking;
}

/* Waits for a reply, a round at most, then reads all there are. */
static int replies_wait(struct resolver *resolver)
{
	struct pollfd poll_of = { .fd = resolver->socket, .events = POLLIN };
	int read = 1;

	if (poll(&poll_of, 1, ROUND) < 0 && errno != EINTR)
		return -errno;
	while (resolver->reply_count < CLOISON_NAMES && read > 0) {
		read = resolve_reply_read(resolver->socket,
					  &resolver->replies[resolver->reply_count]);
		if (read > 0)
			resolver->reply_count++;
	}
	return read < 0 ? read : 0;
}

/* A host whose guard is not loaded yet is waited for. */
static void wrong_say(struct resolver *resolver, const char *text)
{
	if (strcmp(resolver->wrong, text))
		fail(EXIT_FAILED, "%s", text);
	snprintf(resolver->wrong, sizeof(resolver->wrong), "%s", text);
}

static int resolve_loop(struct resolver *resolver)
{
	struct problem problem;
	size_t asking = 1;
	int error;

	while (!ended) {
		problem = (struct problem){ "" };
		error = guard_names_change(&resolver->names, names_round, resolver, &problem);
		if (error && resolver->once)
			return fail_guard(error, &problem);
		if (error)
			wrong_say(resolver, problem.text);
		else
			resolver->wrong[0] = '\0';
		if (!error)
			asking = names_ask(resolver);
		fflush(stdout);
		if (resolver->once && !asking)
			return EXIT_OK;
		error = replies_wait(resolver);
		if (error)
			return fail_errno(error, "a process that asks the DNS");
	}
	return EXIT_OK;
}

static int server_parse(struct command *command, const char *text, struct sockaddr_in *server)
{
	char address[INET_ADDRSTRLEN] = "";
	unsigned int port = DNS_PORT;
	int taken = 0;

	*server = (struct sockaddr_in){ .sin_family = AF_INET };
	if (!text)
		return EXIT_OK;
	if ((sscanf(text, "%15[0-9.]:%5u%n", address, &port, &taken) != 2 &&
	     sscanf(text, "%15[0-9.]%n", address, &taken) != 1) ||
	    text[taken] || !port || port > 65535 ||
	    inet_pton(AF_INET, address, &server->sin_addr) != 1)
		return command_usage(command,
				     "\"%s\" is not a server: give an IPv4 address, or "
				     "ADDRESS:PORT; those of IPv6 are set in /etc/resolv.conf",
				     text);
	server->sin_port = htons((uint16_t)port);
	return EXIT_OK;
}

static int zones_parse(struct command *command, char *list, struct resolver *resolver)
{
	static char names[ZONES][CLOISON_TENANT_NAME_SIZE];
	char text[CLOISON_TENANT_NAME_SIZE];
	char *save = NULL, *word;

	for (word = list ? strtok_r(list, ",", &save) : NULL; word;
	     word = strtok_r(NULL, ",", &save)) {
		if (resolver->zone_count == ZONES)
			return command_usage(command, "at most %d zones", ZONES);
		/* A zone may be of one label, where a name may not. */
		snprintf(text, sizeof(text), "a.%s", word);
		if (strlen(word) + 3 > sizeof(text) ||
		    policy_dns_parse(text, names[resolver->zone_count], NULL))
			return command_usage(command,
					     "\"%s\" is not a zone: write it as example.org", word);
		resolver->zones[resolver->zone_count] = names[resolver->zone_count] + strlen("a.");
		resolver->zone_count++;
	}
	return EXIT_OK;
}

static int resolve_run(struct resolver *resolver)
{
	const struct sigaction action = { .sa_handler = end };
	int rc, i;

	resolver->replies = calloc(CLOISON_NAMES, sizeof(*resolver->replies));
	if (!resolver->replies)
		return fail_errno(-ENOMEM, "resolver");
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	fflush(stdout);
	resolver->socket = resolve_askers_start(&resolver->server, resolver->askers);
	if (resolver->socket < 0)
		return fail_errno(resolver->socket, "processes that ask the DNS");
	rc = resolve_loop(resolver);
	close(resolver->socket);
	for (i = 0; i < RESOLVE_ASKERS; i++) {
		kill(resolver->askers[i], SIGKILL);
		waitpid(resolver->askers[i], NULL, 0);
	}
	guard_names_free(&resolver->names);
	free(resolver->replies);
	return rc;
}

int net_resolve(struct command *command, int argc, char **argv)
{
	static struct resolver resolver = { .limits = { 5, 3600, 600 } };
	const char *server = NULL, *zones = NULL, *grace = NULL;
	const struct argument_option options[] = {
		{ "server", 0, ARGUMENT_TEXT, &server, NULL },
		{ "private", 0, ARGUMENT_TEXT, &zones, NULL },
		{ "grace", 0, ARGUMENT_TEXT, &grace, NULL },
		{ "once", 0, ARGUMENT_FLAG, &resolver.once, NULL },
		{ 0 },
	};
	char *list;
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	if (grace && (sscanf(grace, "%5u", &resolver.limits.grace) != 1 ||
		      strspn(grace, "0123456789") != strlen(grace) || strlen(grace) > 5))
		return command_usage(command, "--grace is a number of seconds, up to 99999");
	rc = server_parse(command, server, &resolver.server);
	if (rc)
		return rc;
	list = zones ? strdup(zones) : NULL;
	rc = zones_parse(command, list, &resolver);
	free(list);
	if (!rc && geteuid() != 0)
		rc = fail(EXIT_DENIED, "policies are for root");
	return rc ? rc : resolve_run(&resolver);
}
