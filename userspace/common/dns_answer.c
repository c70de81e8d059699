// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages of the DNS, taken apart by the C library's reader. They come from a network
 * and may say anything: what is not about the name that was asked for is passed over.
 */
#include "dns.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <resolv.h>
#include <string.h>
#include <strings.h>

/* An alias of an alias and so on: so far is followed, as resolvers do. */
#define ALIASES_MAX 8

/* More records than a message of use has. */
#define RECORDS_MAX 512

/* A time to live with the highest bit set is none (RFC 2181). */
#define TTL_MAX 0x7FFFFFFF

struct reading {
	ns_msg message;
	ns_type type;
	int records;
	char name[NS_MAXDNAME]; /* that addresses are looked for of */
	uint32_t ttl;		/* the least on the way to it */
};

static uint32_t record_ttl(const ns_rr *record, uint32_t least)
{
	uint32_t ttl = ns_rr_ttl(*record) > TTL_MAX ? 0 : ns_rr_ttl(*record);

	return ttl < least ? ttl : least;
}

/* The header and the question are of what was asked. */
static int question_check(struct reading *reading)
{
	ns_rr question;
	int rcode = ns_msg_getflag(reading->message, ns_f_rcode);

	if (!ns_msg_getflag(reading->message, ns_f_qr) ||
	    ns_msg_count(reading->message, ns_s_qd) != 1 ||
	    ns_parserr(&reading->message, ns_s_qd, 0, &question))
		return -EBADMSG;
	if (strcasecmp(ns_rr_name(question), reading->name) ||
	    ns_rr_type(question) != reading->type || ns_rr_class(question) != ns_c_in)
		return -EBADMSG;
	if (ns_msg_getflag(reading->message, ns_f_tc))
		return -EAGAIN;
	return rcode == ns_r_noerror || rcode == ns_r_nxdomain ? 0 : -EAGAIN;
}

/* 1 if the name is an alias, which the reading follows; 0 if not; -EBADMSG. */
static int alias_follow(struct reading *reading)
{
	char target[NS_MAXDNAME];
	ns_rr record;
	int i;

	for (i = 0; i < reading->records; i++) {
		if (ns_parserr(&reading->message, ns_s_an, i, &record))
			return -EBADMSG;
		if (ns_rr_type(record) != ns_t_cname || ns_rr_class(record) != ns_c_in ||
		    strcasecmp(ns_rr_name(record), reading->name))
			continue;
		if (ns_name_uncompress(ns_msg_base(reading->message), ns_msg_end(reading->message),
				       ns_rr_rdata(record), target, sizeof(target)) < 0)
			return -EBADMSG;
		reading->ttl = record_ttl(&record, reading->ttl);
		strcpy(reading->name, target);
		return 1;
	}
	return 0;
}

static void address_add(struct dns_answer *answer, const struct cloison_address *address,
			uint32_t ttl)
{
	uint32_t i;

	for (i = 0; i < answer->count; i++)
		if (!memcmp(&answer->addresses[i], address, sizeof(*address)))
			return;
	if (answer->count == DNS_ADDRESSES) {
		answer->left_out++;
		return;
	}
	answer->addresses[answer->count] = *address;
	answer->ttls[answer->count++] = ttl;
}

static int addresses_take(struct reading *reading, enum cloison_family family,
			  struct dns_answer *answer)
{
	size_t size = family == CLOISON_IPV4 ? 4 : 16;
	ns_rr record;
	int i;

	for (i = 0; i < reading->records; i++) {
		struct cloison_address address = { .family = family };

		if (ns_parserr(&reading->message, ns_s_an, i, &record))
			return -EBADMSG;
		if (ns_rr_type(record) != reading->type || ns_rr_class(record) != ns_c_in ||
		    strcasecmp(ns_rr_name(record), reading->name))
			continue;
		if (ns_rr_rdlen(record) != size)
			return -EBADMSG;
		memcpy(address.address, ns_rr_rdata(record), size);
		address_add(answer, &address, record_ttl(&record, reading->ttl));
	}
	return 0;
}

int dns_answer_parse(const uint8_t *message, size_t length, const char *name,
		     enum cloison_family family, struct dns_answer *answer)
{
	struct reading reading = {
		.type = family == CLOISON_IPV4 ? ns_t_a : ns_t_aaaa,
		.ttl = TTL_MAX,
	};
	struct dns_answer grown = *answer;
	int error, aliases, more = 1;

	if (length > NS_MAXMSG || strlen(name) >= sizeof(reading.name) ||
	    ns_initparse(message, (int)length, &reading.message))
		return -EBADMSG;
	strcpy(reading.name, name);
	error = question_check(&reading);
	if (error)
		return error;
	reading.records = ns_msg_count(reading.message, ns_s_an);
	if (reading.records > RECORDS_MAX)
		return -EBADMSG;
	for (aliases = 0; aliases < ALIASES_MAX && more > 0; aliases++)
		more = alias_follow(&reading);
	if (more)
		return -EBADMSG;
	error = addresses_take(&reading, family, &grown);
	/* A message is taken whole or not at all. */
	if (!error)
		*answer = grown;
	return error;
}
