// SPDX-License-Identifier: GPL-2.0-only
/* Network namespaces that the host gives to one tenant alone. */
#include "guard_network.h"
#include "guard_private.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Of asm-generic/socket.h, which older headers do not have yet. */
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* Paths are told apart by their end, where they differ. */
static const char *label_of(const char *path)
{
	size_t length = strlen(path);

	return length < CLOISON_NETWORK_NAME_SIZE ? path :
						    path + length - CLOISON_NETWORK_NAME_SIZE + 1;
}

/* The cookie of the network that this process is in. */
int guard_network_here(uint64_t *cookie)
{
	_cleanup_fd_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(*cookie);

	return fd < 0 || getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &size) ? -errno : 0;
}

/* A socket of the network knows; one is made there. */
static int cookie_of(const char *path, uint64_t *cookie, struct problem *problem)
{
	_cleanup_fd_ int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	_cleanup_fd_ int network = open(path, O_RDONLY | O_CLOEXEC);
	struct stat theirs, hosts;
	int error;

	if (network < 0 || fstat(network, &theirs) || stat("/proc/1/ns/net", &hosts))
		return problem_set(problem, -errno, "network namespace %s: %s", path,
				   strerror(errno));
	if (theirs.st_dev == hosts.st_dev && theirs.st_ino == hosts.st_ino)
		return problem_set(problem, -EINVAL,
				   "%s is the host's own network: it cannot be one tenant's", path);
	error = guard_tunnels_in(network, path, problem);
	if (error)
		return error;
	if (own < 0 || setns(network, CLONE_NEWNET))
		return problem_set(problem, -errno, "%s is no network namespace: %s", path,
				   strerror(errno));
	error = guard_network_here(cookie);
	/* A command that is left in another network than its own goes no further. */
	if (setns(own, CLONE_NEWNET))
		abort();
	return error ? problem_set(problem, error, "%s has no cookie: %s", path, strerror(-error)) :
		       0;
}

/* The next claim behind *@cookie, or behind none: for NULL, the first. */
static bool claim_next(const struct guard_maps *maps, uint64_t **before, uint64_t *cookie,
		       struct cloison_network *claim)
{
	int fd = maps->fd[GUARD_MAP_NETWORKS];

	while (!bpf_map_get_next_key(fd, *before, cookie)) {
		*before = cookie;
		if (!bpf_map_lookup_elem(fd, cookie, claim))
			return true;
	}
	return false;
}

/* All of a tenant's, or the one of that label but @except. Returns whether there was any. */
static bool claims_drop(const struct guard_maps *maps, uint32_t number, const char *label,
			uint64_t except)
{
	uint64_t cookie, *before = NULL;
	struct cloison_network claim;
	bool any = false;

	while (claim_next(maps, &before, &cookie, &claim)) {
		if (claim.tenant != number || cookie == except ||
		    (label && strncmp(claim.name, label, sizeof(claim.name))))
			continue;
		bpf_map_delete_elem(maps->fd[GUARD_MAP_NETWORKS], &cookie);
		/* Behind a key that is gone the walk begins anew. */
		before = NULL;
		any = true;
	}
	return any;
}

static int network_claim(const struct guard_maps *maps, uint32_t number,
			 const struct cloison_tenant *tenant, const void *data,
			 struct problem *problem)
{
	struct cloison_network claim = { .tenant = number }, other;
	struct cloison_tenant owner;
	const char *path = data;
	uint64_t cookie;
	int error = cookie_of(path, &cookie, problem);

	if (error)
		return error;
	if (!bpf_map_lookup_elem(maps->fd[GUARD_MAP_NETWORKS], &cookie, &other) &&
	    other.tenant != number &&
	    !bpf_map_lookup_elem(maps->fd[GUARD_MAP_TENANTS], &other.tenant, &owner))
		return problem_set(problem, -EEXIST, "%s is the network of tenant %s", path,
				   owner.name);
	snprintf(claim.name, sizeof(claim.name), "%s", label_of(path));
	claims_drop(maps, number, claim.name, cookie);
	if (!bpf_map_update_elem(maps->fd[GUARD_MAP_NETWORKS], &cookie, &claim, BPF_ANY))
		return 0;
	return problem_set(problem, errno == E2BIG ? -ENOSPC : -errno,
			   "%s cannot become the network of %s: %s", path, tenant->name,
			   errno == E2BIG ? "there are as many as there can be; release some" :
					    strerror(errno));
}

static int network_release(const struct guard_maps *maps, uint32_t number,
			   const struct cloison_tenant *tenant, const void *data,
			   struct problem *problem)
{
	const char *path = data;

	if (claims_drop(maps, number, label_of(path), 0))
		return 0;
	return problem_set(problem, -ENOENT, "%s is not claimed for tenant %s", path, tenant->name);
}

int guard_network_claim(const char *tenant, const char *path, struct problem *problem)
{
	return guard_tenant_change(tenant, network_claim, path, problem);
}

int guard_network_release(const char *tenant, const char *path, struct problem *problem)
{
	return guard_tenant_change(tenant, network_release, path, problem);
}

/* With the lock held: all of a tenant's that ends. */
void guard_networks_remove(const struct guard_maps *maps, uint32_t number)
{
	claims_drop(maps, number, NULL, 0);
}

int guard_networks_read(const char *tenant, struct guard_network **list, size_t *count,
			struct problem *problem)
{
	uint64_t cookie, *before = NULL;
	struct cloison_network claim;
	struct cloison_tenant found;
	struct guard_maps maps;
	uint32_t number = 0;
	int error;

	*list = NULL;
	*count = 0;
	error = guard_maps_open(&maps, problem);
	if (error)
		return error;
	if (tenant)
		error = guard_tenant_find(&maps, tenant, &number, &found, problem);
	while (!error && claim_next(&maps, &before, &cookie, &claim)) {
		struct guard_network *grown;

		if ((tenant && claim.tenant != number) ||
		    bpf_map_lookup_elem(maps.fd[GUARD_MAP_TENANTS], &claim.tenant, &found))
			continue;
		grown = reallocarray(*list, *count + 1, sizeof(*grown));
		if (!grown) {
			error = problem_set(problem, -ENOMEM, "out of memory");
			break;
		}
		*list = grown;
		grown += (*count)++;
		memcpy(grown->tenant, found.name, sizeof(grown->tenant));
		memcpy(grown->name, claim.name, sizeof(grown->name));
		grown->cookie = cookie;
	}
	guard_maps_close(&maps);
	return error;
}
