// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random policies of all tenants at once, put in force by the command from files,
 * and every pair of tenants probed with real sockets: TCP, UDP and an echo, of both
 * families. A flow has to pass if the definition says so for both of its ends, and
 * must not if it does not. What the names in the policies stand for the test knows
 * by itself, and it changes while they are in force. A host answers an echo without a socket, so that only its sender is asked.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "matrix.h"
#include "policy_write.h"
#include "reference.h"

#define FENCE_PORT 7999
#define FENCE_MILLISECONDS 120000

/* How many disagreements are told before the test gives up. */
#define WRONG_MOST 20

struct matrix {
	struct matrix_worker workers[MATRIX_TENANTS];
	struct policy policies[MATRIX_TENANTS]; /* with the labels of their tenants */
	struct policy own[MATRIX_TENANTS];	/* what others may name of them */
	struct policy_tenant tenants[MATRIX_TENANTS];
	struct policy_world world;
	int fences[MATRIX_TENANTS];
	uint32_t token, fence;
	unsigned int probes, wrong, allowed, shut_out, shut_in;
};

static void address_text(unsigned int tenant, char text[INET_ADDRSTRLEN])
{
	uint8_t address[16];

	matrix_address(tenant, CLOISON_IPV4, address);
	inet_ntop(AF_INET, address, text, INET_ADDRSTRLEN);
}

/* ---- what is behind what ------------------------------------------------- */

/* A socket in the tenant's network that is of no tenant. */
static int fence_open(unsigned int tenant)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(FENCE_PORT) };
	int fd;

	matrix_enter(tenant);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		matrix_die("a fence");
	return fd;
}

/* Whatever was sent from one to the other before has come, or never will. */
static void fence(struct matrix *matrix, unsigned int from, unsigned int to)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(FENCE_PORT) };
	struct pollfd readable = { .fd = matrix->fences[to], .events = POLLIN };
	uint32_t sent = ++matrix->fence, have = 0;
	char text[INET_ADDRSTRLEN];

	address_text(to, text);
	inet_pton(AF_INET, text, &address.sin_addr);
	if (sendto(matrix->fences[from], &sent, sizeof(sent), 0, (struct sockaddr *)&address,
		   sizeof(address)) != sizeof(sent))
		matrix_die("a fence cannot be sent");
	errno = ETIMEDOUT;
	if (poll(&readable, 1, FENCE_MILLISECONDS) != 1 ||
	    recv(matrix->fences[to], &have, sizeof(have), 0) != sizeof(have) || have != sent)
		matrix_die("a fence has not come");
}

/* ---- policies -------------------------------------------------------------- */

static const char *const names[MATRIX_TENANTS] = { "t0", "t1", "t2", "t3", "t4", "t5" };

#define GROUPS 3
static const char *const groups[GROUPS] = { "red", "green", "blue" };

/* Each tenant has each, at one port or another. */
#define NAMED 2
static const struct {
	const char *name;
	enum cloison_protocol protocol;
} named[NAMED] = { { "web", CLOISON_TCP }, { "dns", CLOISON_UDP } };

static void peer_of_tenant(struct cloison_rule *rule, unsigned int self)
{
	unsigned int peer = (self + 1 + random_below(MATRIX_TENANTS - 1)) % MATRIX_TENANTS;

	if (random_below(2)) {
		rule->peers = CLOISON_PEERS_GROUP;
		strcpy(rule->tenant, groups[random_below(GROUPS)]);
		return;
	}
	rule->peers = CLOISON_PEERS_TENANT;
	strcpy(rule->tenant, names[peer]);
}

/* Around one of the addresses, so that it holds some of them or one. */
static void peer_of_prefix(struct policy_entry *entry, enum cloison_family family)
{
	uint32_t bits = family == CLOISON_IPV4 ? 32 : 128, i;
	struct cloison_rule *rule = &entry->rule;

	rule->family = family;
	rule->prefix = bits - random_below(random_below(4) ? 4 : bits + 1);
	matrix_address(random_below(MATRIX_TENANTS), family, rule->address);
	for (i = rule->prefix; i < bits; i++)
		rule->address[i / 8] &= ~(0x80 >> (i % 8));
	while (entry->except_count < 2 && rule->prefix < bits && !random_below(3)) {
		struct cloison_rule *except = &entry->excepts[entry->except_count++];

		except->family = family;
		except->prefix = bits;
		matrix_address(random_below(MATRIX_TENANTS), family, except->address);
		if (!prefix_matches(rule->address, except->address, rule->prefix))
			entry->except_count--;
	}
}

static void ports_random(struct cloison_rule *rule)
{
	static const uint16_t edges[] = { 0, 3999, 4000, 4001, 4002, 4096, 65535 };
	const unsigned int count = sizeof(edges) / sizeof(edges[0]);
	uint16_t a = edges[random_below(count)], b = edges[random_below(count)];

	rule->last_port = 65535;
	if (!rule->protocol || !random_below(3))
		return;
	if (!random_below(3) && (rule->direction == CLOISON_INGRESS || rule->tenant[0])) {
		strcpy(rule->port_name, rule->protocol == CLOISON_TCP ? "web" : "dns");
		rule->first_port = 1;
		rule->last_port = 0;
		return;
	}
	if (random_below(2))
		b = a = matrix_ports[random_below(MATRIX_PORTS)];
	rule->first_port = a < b ? a : b;
	rule->last_port = a < b ? b : a;
}

static void protocol_random(struct cloison_rule *rule)
{
	static const enum cloison_protocol protocols[] = {
		CLOISON_ANY_PROTOCOL, CLOISON_ANY_PROTOCOL, CLOISON_TCP,  CLOISON_TCP,
		CLOISON_UDP,	      CLOISON_UDP,	    CLOISON_ICMP, CLOISON_ICMP6,
	};

	rule->protocol = protocols[random_below(sizeof(protocols) / sizeof(protocols[0]))];
	if (rule->protocol == CLOISON_ICMP && rule->family == CLOISON_IPV6)
		rule->protocol = CLOISON_ICMP6;
	else if (rule->protocol == CLOISON_ICMP6 && rule->family == CLOISON_IPV4)
		rule->protocol = CLOISON_ICMP;
	if (rule->protocol == CLOISON_ICMP || rule->protocol == CLOISON_ICMP6) {
		rule->first_port = rule->last_port = rule->protocol == CLOISON_ICMP ? 8 : 128;
		if (rule->verdict == CLOISON_DENY && random_below(2)) {
			rule->first_port = 0;
			rule->last_port = 65535;
		}
		return;
	}
	ports_random(rule);
}

static void entry_random(struct policy_entry *entry, unsigned int self)
{
	uint32_t kind = random_below(10);

	*entry = (struct policy_entry){
		.rule = { .verdict = random_below(6) ? CLOISON_ALLOW : CLOISON_DENY,
			  .direction = random_below(2) ? CLOISON_INGRESS : CLOISON_EGRESS },
	};
	if (kind < 3)
		peer_of_tenant(&entry->rule, self);
	else if (kind < 5)
		peer_of_prefix(entry, CLOISON_IPV4);
	else if (kind < 7)
		peer_of_prefix(entry, CLOISON_IPV6);
	protocol_random(&entry->rule);
}

static void policy_random(struct matrix *matrix, unsigned int self)
{
	struct policy *policy = &matrix->policies[self];
	uint32_t rules = 4 + random_below(20), i;

	policy_free(policy);
	for (i = 0; i < rules; i++) {
		struct policy_entry entry;
		struct problem problem = { "" };

		entry_random(&entry, self);
		if (policy_entry_check(&entry, &problem))
			give_up("a rule", &problem);
		policy_add(policy, &entry, NULL);
	}
}

/* Other groups for a tenant, and other ports of the same names. */
static void labels_random(struct matrix *matrix, unsigned int tenant)
{
	struct policy *own = &matrix->own[tenant];
	size_t i;

	policy_labels_drop(own, CLOISON_LABEL_GROUP);
	policy_labels_drop(own, CLOISON_LABEL_PORT);
	for (i = 0; i < GROUPS; i++) {
		struct cloison_rule label = { .peers = CLOISON_LABEL_GROUP };

		strcpy(label.tenant, groups[i]);
		if (random_below(2) && policy_label_add(own, &label))
			matrix_die("a group");
	}
	for (i = 0; i < NAMED; i++) {
		struct cloison_rule label = { .peers = CLOISON_LABEL_PORT };

		label.protocol = named[i].protocol;
		strcpy(label.port_name, named[i].name);
		label.first_port = label.last_port = matrix_ports[random_below(MATRIX_PORTS)];
		if (policy_label_add(own, &label))
			matrix_die("a port");
	}
}

/* Tell the command, by which all policies that name the tenant change. */
static void labels_put(const struct matrix *matrix, unsigned int tenant)
{
	const struct policy *own = &matrix->own[tenant];
	char text[POLICY_RULE_TEXT], group[200] = "", port[200] = "", command[500];
	size_t i;

	for (i = 0; i < own->label_count; i++) {
		char *list = own->labels[i].peers == CLOISON_LABEL_GROUP ? group : port;
		size_t length = strlen(list);

		policy_label_format(&own->labels[i], text);
		snprintf(list + length, 200 - length, "%s%.60s", length ? "," : "", text);
	}
	snprintf(command, sizeof(command), "cloison tenant set %s --group %s --port %s >/dev/null",
		 names[tenant], group[0] ? group : "none", port);
	if (system(command))
		matrix_die("the labels of a tenant cannot be set");
}

static void policies_put(struct matrix *matrix, const char *directory)
{
	char path[256], command[300];
	unsigned int tenant;

	for (tenant = 0; tenant < MATRIX_TENANTS; tenant++) {
		FILE *file;

		policy_random(matrix, tenant);
		snprintf(path, sizeof(path), "%s/%s.policy", directory, names[tenant]);
		file = fopen(path, "we");
		if (!file || policy_file_write(file, &matrix->policies[tenant]) || fclose(file))
			matrix_die(path);
	}
	snprintf(command, sizeof(command), "cloison net set-all '%s' >/dev/null", directory);
	if (system(command))
		matrix_die("the policies cannot be put in force");
	/* What is in force by then has to follow. */
	tenant = random_below(MATRIX_TENANTS);
	labels_random(matrix, tenant);
	labels_put(matrix, tenant);
	for (tenant = 0; tenant < MATRIX_TENANTS; tenant++)
		if (policy_own_copy(&matrix->policies[tenant], &matrix->own[tenant]))
			matrix_die("the labels of a tenant");
}

/* Who there is, as the test knows by itself. */
static void world_begin(struct matrix *matrix)
{
	static const enum cloison_family families[] = { CLOISON_IPV4, CLOISON_IPV6 };
	unsigned int tenant;
	size_t i;

	for (tenant = 0; tenant < MATRIX_TENANTS; tenant++) {
		for (i = 0; i < 2; i++) {
			struct cloison_own own = {
				.prefix = CLOISON_FAMILY_BITS + (i ? 128 : 32),
				.family = families[i],
			};

			matrix_address(tenant, families[i], own.address);
			if (policy_own_add(&matrix->own[tenant], &own))
				matrix_die("an address");
		}
		labels_random(matrix, tenant);
		labels_put(matrix, tenant);
		matrix->tenants[tenant] =
			(struct policy_tenant){ names[tenant], &matrix->own[tenant] };
	}
	matrix->world = (struct policy_world){ matrix->tenants, MATRIX_TENANTS, NULL, 0, NULL, 0 };
}

/* ---- probes ---------------------------------------------------------------- */

/* What the definition says of one end. */
static bool end_allows(const struct matrix *matrix, unsigned int self, unsigned int peer,
		       enum cloison_direction direction, const struct matrix_request *request)
{
	struct policy_flow flow = {
		.direction = direction,
		.family = request->family,
		.protocol = request->protocol,
		.port = request->protocol == CLOISON_ICMP  ? 8 :
			request->protocol == CLOISON_ICMP6 ? 128 :
							     matrix_ports[request->port],
	};

	matrix_address(peer, request->family, flow.address);
	return by_definition(&matrix->policies[self], &matrix->world, names[self], &flow).verdict ==
	       CLOISON_ALLOW;
}

/* What came of a probe. */
struct outcome {
	int begun;		/* 0, or why the caller was refused */
	bool arrived, answered; /* an echo has no one to arrive at */
};

static struct outcome probe(struct matrix *matrix, unsigned int from, unsigned int to,
			    struct matrix_request *request)
{
	bool echo = request->protocol != CLOISON_TCP && request->protocol != CLOISON_UDP;
	struct outcome outcome;

	request->call = MATRIX_SEND;
	request->peer = to;
	request->token = ++matrix->token;
	outcome.begun = matrix_worker_call(&matrix->workers[from], request);
	fence(matrix, from, to);
	if (request->protocol == CLOISON_TCP) {
		/* The answer to the connection, and the answer to that. */
		fence(matrix, to, from);
		fence(matrix, from, to);
	}
	/* A connection is answered by the kernel of who is called, before it is taken. */
	request->call = MATRIX_FINISH;
	if (request->protocol == CLOISON_TCP)
		outcome.answered = matrix_worker_call(&matrix->workers[from], request);
	request->call = MATRIX_TAKE;
	outcome.arrived = !echo && matrix_worker_call(&matrix->workers[to], request);
	if (request->protocol == CLOISON_TCP)
		return outcome;
	fence(matrix, to, from);
	request->call = MATRIX_FINISH;
	outcome.answered = matrix_worker_call(&matrix->workers[from], request);
	return outcome;
}

static void probe_check(struct matrix *matrix, unsigned int from, unsigned int to,
			struct matrix_request *request)
{
	bool echo = request->protocol != CLOISON_TCP && request->protocol != CLOISON_UDP;
	bool out = end_allows(matrix, from, to, CLOISON_EGRESS, request);
	bool in = echo || end_allows(matrix, to, from, CLOISON_INGRESS, request);
	struct outcome outcome = probe(matrix, from, to, request);
	/* The kernel's ping_v6_sendmsg() does not pass a refusal on. */
	bool told = request->protocol != CLOISON_ICMP6;

	matrix->probes++;
	matrix->allowed += out && in;
	matrix->shut_out += !out;
	matrix->shut_in += out && !in;
	if (outcome.answered == (out && in) && outcome.arrived == (out && in && !echo) &&
	    (out ? !outcome.begun : !told || outcome.begun == -EPERM))
		return;
	matrix->wrong++;
	printf("# probe %u: t%u -> t%u %s %u/%s: the definition says out %s, in %s; begun %d, "
	       "arrived %d, answered %d\n",
	       matrix->probes, from, to, request->family == CLOISON_IPV4 ? "IPv4" : "IPv6",
	       echo ? 0 : matrix_ports[request->port], policy_protocol_name(request->protocol),
	       out ? "yes" : "no", in ? "yes" : "no", outcome.begun, outcome.arrived,
	       outcome.answered);
}

/* Each pair of tenants: all ports of TCP and UDP, and an echo, of either family. */
static void pairs_probe(struct matrix *matrix, unsigned int from, unsigned int to)
{
	uint32_t port;

	for (port = 0; port < MATRIX_PORTS; port++) {
		struct matrix_request request = { .port = port };

		request.family = random_below(2) ? CLOISON_IPV4 : CLOISON_IPV6;
		request.protocol = CLOISON_TCP;
		probe_check(matrix, from, to, &request);
		request.family = random_below(2) ? CLOISON_IPV4 : CLOISON_IPV6;
		request.protocol = CLOISON_UDP;
		probe_check(matrix, from, to, &request);
	}
	if (random_below(2)) {
		struct matrix_request request = { .family = CLOISON_IPV4 };

		request.protocol = CLOISON_ICMP;
		probe_check(matrix, from, to, &request);
	} else {
		struct matrix_request request = { .family = CLOISON_IPV6 };

		request.protocol = CLOISON_ICMP6;
		probe_check(matrix, from, to, &request);
	}
}

static void round_run(struct matrix *matrix, const char *directory)
{
	unsigned int from, to;

	policies_put(matrix, directory);
	for (from = 0; from < MATRIX_TENANTS; from++)
		for (to = 0; to < MATRIX_TENANTS && matrix->wrong < WRONG_MOST; to++)
			if (to != from)
				pairs_probe(matrix, from, to);
}

/* All of this test, and what it makes the kernel do, on one CPU. */
static void one_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		matrix_die("CPU 0");
}

void matrix_run(unsigned int count, uint64_t seed, const char *cgroups, const char *directory)
{
	struct matrix matrix = { 0 };
	char path[256], name[128];
	unsigned int tenant, rounds = 0;

	one_cpu();
	random_state = seed;
	for (tenant = 0; tenant < MATRIX_TENANTS; tenant++) {
		snprintf(path, sizeof(path), "%s/t%u/tasks", cgroups, tenant);
		matrix.workers[tenant] = matrix_worker_start(tenant, path);
	}
	for (tenant = 0; tenant < MATRIX_TENANTS; tenant++)
		matrix.fences[tenant] = fence_open(tenant);
	world_begin(&matrix);
	for (; matrix.probes < count && matrix.wrong < WRONG_MOST; rounds++)
		round_run(&matrix, directory);
	for (tenant = 0; tenant < MATRIX_TENANTS; tenant++) {
		matrix_worker_end(&matrix.workers[tenant]);
		close(matrix.fences[tenant]);
		policy_free(&matrix.policies[tenant]);
		policy_free(&matrix.own[tenant]);
	}
	snprintf(name, sizeof(name), "%u probes agree with the definition", matrix.probes);
	line(!matrix.wrong && matrix.probes >= count && count, name);
	printf("# seed %llu, %u times the policies of %u tenants: %u flows allowed, %u shut in at "
	       "the caller, %u shut out by who was called\n",
	       (unsigned long long)seed, rounds, MATRIX_TENANTS, matrix.allowed, matrix.shut_out,
	       matrix.shut_in);
	/* It means nothing if nearly all outcomes are the same. */
	line(matrix.allowed > count / 10 && matrix.shut_out > count / 10 &&
		     matrix.shut_in > count / 10,
	     "the outcomes are of all kinds");
}
