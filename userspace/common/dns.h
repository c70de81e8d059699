/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the DNS says of a name, and for how long that counts. Pure: the time is the
 * caller's, and so is the asking.
 */
#ifndef CLOISON_DNS_H
#define CLOISON_DNS_H

#include "policy.h"

/* A name has so many addresses at one time; what is more is left out. */
#define DNS_ADDRESSES 64

#define DNS_SECOND 1000000000ULL

/**
 * struct dns_answer - what was answered to the questions for one name.
 * @addresses: each once
 * @ttls: in seconds, by address; the least of the names that led to it
 * @count: how many
 * @left_out: how many more there were
 */
struct dns_answer {
	struct cloison_address addresses[DNS_ADDRESSES];
	uint32_t ttls[DNS_ADDRESSES];
	uint32_t count;
	uint32_t left_out;
};

/**
 * struct dns_name - a name and the addresses that count as its own now.
 * @number: by which the guard's programs know it
 * @record: what is noted of it
 * @addresses: in no order
 * @until: by address, in nanoseconds of CLOCK_BOOTTIME
 * @count: how many
 */
struct dns_name {
	uint32_t number;
	struct cloison_name record;
	struct cloison_address addresses[DNS_ADDRESSES];
	uint64_t until[DNS_ADDRESSES];
	uint32_t count;
};

/**
 * struct dns_limits - how long answers count, in seconds.
 * @least: a shorter time to live counts as this
 * @most: a longer one as this
 * @grace: so much longer, whether or not an address is answered again
 */
struct dns_limits {
	uint32_t least, most, grace;
};

/**
 * struct dns_owned - addresses that no name may have.
 * @host: of this host
 * @tenants: the tenants' own
 */
struct dns_owned {
	const struct policy *host, *tenants;
};

/**
 * dns_answer_parse() - add what a message of the DNS says of a name.
 * @message: as it came, to a question for the name's addresses of @family
 * @length: of it
 * @name: the name that was asked for
 * @family: CLOISON_IPV4 for A, CLOISON_IPV6 for AAAA
 * @answer: grows
 *
 * Only addresses of the name, or of what it is said to be an alias of, are taken.
 *
 * Return: 0, also for a name that does not exist or has no address; -EAGAIN if the
 * server did not answer the question; -EBADMSG for nonsense.
 */
int dns_answer_parse(const uint8_t *message, size_t length, const char *name,
		     enum cloison_family family, struct dns_answer *answer);

/**
 * dns_refuse() - why a name may not have an address.
 * @address: that it was answered to have
 * @private: addresses of private networks are expected of this name
 * @owned: whose they are on this host
 *
 * Return: NULL if it may, or a few words.
 */
const char *dns_refuse(const struct cloison_address *address, bool private,
		       const struct dns_owned *owned);

/**
 * dns_take() - an answer becomes what a name has.
 * @name: keeps what it has of before until that ends by itself
 * @answer: without what is refused
 * @limits: how long it counts
 * @now: nanoseconds of CLOCK_BOOTTIME
 */
void dns_take(struct dns_name *name, const struct dns_answer *answer,
	      const struct dns_limits *limits, uint64_t now);

/** dns_drop() - forget an address by its place. */
void dns_drop(struct dns_name *name, uint32_t at);

/** dns_expire() - forget what has ended. Return: how many addresses. */
uint32_t dns_expire(struct dns_name *name, uint64_t now);

/**
 * dns_wait() - how long until a name is asked for again, in seconds.
 * @answer: NULL if there was none
 * @failures: how often there was none, since the last one
 * @limits: the bounds
 */
uint32_t dns_wait(const struct dns_answer *answer, uint32_t failures,
		  const struct dns_limits *limits);

/**
 * dns_in_zone() - whether a name is a zone, or in it.
 * @name: in small letters
 * @zone: likewise, such as "example.org"
 */
bool dns_in_zone(const char *name, const char *zone);

#endif /* CLOISON_DNS_H */
