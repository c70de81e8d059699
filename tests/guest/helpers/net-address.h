/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses and bytes as words, for the network tests' programs. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct net_address {
	union {
		struct sockaddr any;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
	};
	socklen_t length;
};

/* An IPv4 or IPv6 address, the latter perhaps with %INTERFACE, and a port. */
static inline int net_address(struct net_address *address, const char *text, const char *port)
{
	uint16_t number = htons((uint16_t)strtoul(port, NULL, 10));
	char copy[INET6_ADDRSTRLEN + IF_NAMESIZE + 2], *scope;

	memset(address, 0, sizeof(*address));
	snprintf(copy, sizeof(copy), "%s", text);
	scope = strchr(copy, '%');
	if (scope)
		*scope++ = '\0';
	if (inet_pton(AF_INET, copy, &address->in4.sin_addr) == 1) {
		address->in4.sin_family = AF_INET;
		address->in4.sin_port = number;
		address->length = sizeof(address->in4);
		return 0;
	}
	if (inet_pton(AF_INET6, copy, &address->in6.sin6_addr) != 1)
		return -EINVAL;
	address->in6.sin6_family = AF_INET6;
	address->in6.sin6_port = number;
	address->in6.sin6_scope_id = scope ? if_nametoindex(scope) : 0;
	address->length = sizeof(address->in6);
	return 0;
}

/* Returns how many bytes, or -EINVAL. */
static inline int net_bytes(uint8_t *bytes, size_t room, const char *hex)
{
	size_t n;

	for (n = 0; hex[2 * n]; n++) {
		unsigned int byte;

		if (n == room || sscanf(hex + 2 * n, "%2x", &byte) != 1 || !hex[2 * n + 1])
			return -EINVAL;
		bytes[n] = byte;
	}
	return (int)n;
}

#endif /* NET_ADDRESS_H */
