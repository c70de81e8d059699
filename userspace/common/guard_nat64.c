// SPDX-License-Identifier: GPL-2.0-only
/* Networks of IPv6 that translators on this host's way make IPv4 of. */
#include "guard_allow.h"
#include "guard_private.h"

#include <errno.h>
#include <string.h>

#define NAT64_BITS (8 * CLOISON_NAT64_SIZE)

static int host_get(const struct guard_maps *maps, struct cloison_host *host)
{
	uint32_t zero = 0;

	if (bpf_map_lookup_elem(maps->fd[GUARD_MAP_HOST], &zero, host))
		return -errno;
	if (host->nat64_count > CLOISON_NAT64)
		host->nat64_count = CLOISON_NAT64;
	return 0;
}

bool guard_nat64_has(const struct guard_maps *maps, const uint8_t address[16])
{
	struct cloison_host host;
	uint32_t i;

	if (policy_is_nat64(address))
		return true;
	if (host_get(maps, &host))
		return false;
	for (i = 0; i < host.nat64_count; i++)
		if (!memcmp(host.nat64[i], address, sizeof(host.nat64[i])))
			return true;
	return false;
}

static int prefixes_make(const struct cloison_own *list, size_t count, struct cloison_host *host,
			 struct problem *problem)
{
	char text[POLICY_RULE_TEXT];
	size_t i;

	if (count > CLOISON_NAT64)
		return problem_set(problem, -ENOSPC, "there is room for %d prefixes",
				   CLOISON_NAT64);
	memset(host->nat64, 0, sizeof(host->nat64));
	for (i = 0; i < count; i++) {
		policy_own_format(&list[i], text);
		if (list[i].family != CLOISON_IPV6 || policy_own_bits(&list[i]) != NAT64_BITS)
			return problem_set(
				problem, -EINVAL,
				"'%.64s' is not a network of a translator: give ADDRESS/%d "
				"of IPv6",
				text, NAT64_BITS);
		memcpy(host->nat64[i], list[i].address, sizeof(host->nat64[i]));
	}
	host->nat64_count = (uint32_t)count;
	return 0;
}

int guard_nat64_set(const struct cloison_own *list, size_t count, struct problem *problem)
{
	int lock = guard_lock(problem), error;
	struct cloison_host host;
	struct guard_maps maps;
	uint32_t zero = 0;

	if (lock < 0)
		return lock;
	error = guard_maps_open(&maps, problem);
	if (error)
		goto unlock;
	error = host_get(&maps, &host);
	if (error)
		problem_set(problem, error, "cloison_host: %s", strerror(-error));
	else
		error = prefixes_make(list, count, &host, problem);
	if (!error && bpf_map_update_elem(maps.fd[GUARD_MAP_HOST], &zero, &host, BPF_ANY))
		error = problem_set(problem, -errno, "cloison_host: %s", strerror(errno));
	guard_maps_close(&maps);
unlock:
	guard_unlock(lock);
	return error;
}

int guard_nat64_read(struct cloison_own list[CLOISON_NAT64], size_t *count, struct problem *problem)
{
	struct cloison_host host;
	struct guard_maps maps;
	int error = guard_maps_open(&maps, problem);
	uint32_t i;

	*count = 0;
	if (error)
		return error;
	error = host_get(&maps, &host);
	guard_maps_close(&maps);
	if (error)
		return problem_set(problem, error, "cloison_host: %s", strerror(-error));
	for (i = 0; i < host.nat64_count; i++) {
		struct cloison_own *own = &list[(*count)++];

		*own = (struct cloison_own){ .prefix = CLOISON_FAMILY_BITS + NAT64_BITS,
					     .family = CLOISON_IPV6 };
		memcpy(own->address, host.nat64[i], sizeof(host.nat64[i]));
	}
	return 0;
}
