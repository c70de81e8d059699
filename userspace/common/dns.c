// SPDX-License-Identifier: GPL-2.0-only
/* Which answers a name may have, and how long they count. */
#include "dns.h"

#include <string.h>

/* Ask again so soon where nothing is known of a name's time to live. */
#define WAIT_EMPTY 30
#define WAIT_FAILED_MOST 60

/* Networks that are not of the Internet, and who may have them all the same. */
static const struct {
	struct cloison_own prefix;
	bool private; /* a name may, of which that is expected */
	const char *text;
} special[] = {
#define IPV4(bits, ...)                                     \
	{                                                   \
		CLOISON_FAMILY_BITS + (bits), CLOISON_IPV4, \
		{                                           \
			__VA_ARGS__                         \
		}                                           \
	}
#define IPV6(bits, ...)                                     \
	{                                                   \
		CLOISON_FAMILY_BITS + (bits), CLOISON_IPV6, \
		{                                           \
			__VA_ARGS__                         \
		}                                           \
	}
	{ IPV4(8, 0), false, "stands for this host" },
	{ IPV4(8, 127), false, "is loopback" },
	{ IPV4(16, 169, 254), false, "is of the link alone" },
	{ IPV4(24, 192, 0, 0), false, "is reserved" },
	{ IPV4(3, 224), false, "is to many, or reserved" },
	{ IPV4(8, 10), true, "is private" },
	{ IPV4(12, 172, 16), true, "is private" },
	{ IPV4(16, 192, 168), true, "is private" },
	{ IPV4(10, 100, 64), true, "is private" },
	{ IPV4(15, 198, 18), true, "is private" },
	{ IPV6(96, 0), false, "is loopback, or IPv4 in disguise" },
	{ IPV6(96, [10] = 0xFF, 0xFF), false, "is IPv4 in disguise" },
	{ IPV6(48, 0x00, 0x64, 0xFF, 0x9B, 0x00, 0x01), false, "is IPv4 in disguise" },
	{ IPV6(64, 0x01, 0x00), false, "is discarded" },
	{ IPV6(32, 0x20, 0x01, 0, 0), false, "is a tunnel" },
	{ IPV6(16, 0x20, 0x02), false, "is a tunnel" },
	{ IPV6(10, 0xFE, 0x80), false, "is of the link alone" },
	{ IPV6(10, 0xFE, 0xC0), false, "is of the site alone" },
	{ IPV6(8, 0xFF), false, "is to many" },
	{ IPV6(7, 0xFC), true, "is private" },
#undef IPV4
#undef IPV6
};

static bool has(const struct policy *owned, const struct cloison_own *address)
{
	size_t i;

	for (i = 0; i < owned->address_count; i++)
		if (policy_own_overlaps(&owned->addresses[i], address))
			return true;
	return false;
}

const char *dns_refuse(const struct cloison_address *address, bool private,
		       const struct dns_owned *owned)
{
	struct cloison_own own = {
		.prefix = CLOISON_FAMILY_BITS + (address->family == CLOISON_IPV4 ? 32 : 128),
		.family = address->family,
	};
	size_t i;

	memcpy(own.address, address->address, sizeof(own.address));
	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (policy_own_overlaps(&own, &special[i].prefix) &&
		    !(private && special[i].private))
			return special[i].text;
	if (has(owned->host, &own))
		return "is of this host";
	if (has(owned->tenants, &own))
		return "is a tenant's own";
	if (address->family == CLOISON_IPV6 && policy_is_nat64(address->address)) {
		struct cloison_address inner = { .family = CLOISON_IPV4 };

		memcpy(inner.address, address->address + CLOISON_NAT64_SIZE, 4);
		return dns_refuse(&inner, private, owned);
	}
	return NULL;
}

static uint32_t bounded(uint32_t ttl, const struct dns_limits *limits)
{
	return ttl < limits->least ? limits->least : ttl > limits->most ? limits->most : ttl;
}

static bool answered(const struct dns_answer *answer, const struct cloison_address *address)
{
	uint32_t i;

	for (i = 0; i < answer->count; i++)
		if (!memcmp(&answer->addresses[i], address, sizeof(*address)))
			return true;
	return false;
}

/* Where an address stands, or goes: in place of one that is not answered any more. */
static uint32_t place_find(const struct dns_name *name, const struct cloison_address *address,
			   const struct dns_answer *answer)
{
	uint32_t i, place = DNS_ADDRESSES;

	for (i = 0; i < name->count; i++)
		if (!memcmp(&name->addresses[i], address, sizeof(*address)))
			return i;
	if (name->count < DNS_ADDRESSES)
		return name->count;
	for (i = 0; i < name->count; i++)
		if (!answered(answer, &name->addresses[i]) &&
		    (place == DNS_ADDRESSES || name->until[i] < name->until[place]))
			place = i;
	return place;
}

void dns_take(struct dns_name *name, const struct dns_answer *answer,
	      const struct dns_limits *limits, uint64_t now)
{
	uint32_t i;

	name->record.answered = now;
	name->record.failures = 0;
	name->record.left_out = answer->left_out;
	for (i = 0; i < answer->count; i++) {
		uint32_t at = place_find(name, &answer->addresses[i], answer);

		if (at == DNS_ADDRESSES) {
			name->record.left_out++;
			continue;
		}
		name->addresses[at] = answer->addresses[i];
		name->until[at] =
			now +
			((uint64_t)bounded(answer->ttls[i], limits) + limits->grace) * DNS_SECOND;
		name->count += at == name->count;
	}
}

void dns_drop(struct dns_name *name, uint32_t at)
{
	name->count--;
	name->addresses[at] = name->addresses[name->count];
	name->until[at] = name->until[name->count];
}

uint32_t dns_expire(struct dns_name *name, uint64_t now)
{
	uint32_t before = name->count, i = 0;

	while (i < name->count) {
		if (name->until[i] <= now)
			dns_drop(name, i);
		else
			i++;
	}
	return before - name->count;
}

uint32_t dns_wait(const struct dns_answer *answer, uint32_t failures,
		  const struct dns_limits *limits)
{
	uint32_t least = limits->most, i;

	if (!answer) {
		uint32_t wait = limits->least << (failures < 8 ? failures : 8);

		return wait < WAIT_FAILED_MOST ? wait : WAIT_FAILED_MOST;
	}
	if (!answer->count)
		return bounded(WAIT_EMPTY, limits);
	for (i = 0; i < answer->count; i++)
		if (answer->ttls[i] < least)
			least = answer->ttls[i];
	return bounded(least, limits);
}

bool dns_in_zone(const char *name, const char *zone)
{
	size_t length = strlen(name), end = strlen(zone);

	if (length < end || strcmp(name + length - end, zone))
		return false;
	return length == end || name[length - end - 1] == '.';
}
