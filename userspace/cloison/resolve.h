/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of cloison net resolve. */
#ifndef CLOISON_RESOLVE_H
#define CLOISON_RESOLVE_H

#include <netinet/in.h>
#include <sys/types.h>

#include "../common/dns.h"

/* So many ask at one time. */
#define RESOLVE_ASKERS 4

/* A name to be asked for. */
struct resolve_question {
	uint32_t number;
	char name[CLOISON_TENANT_NAME_SIZE];
};

/* What came of it: one address family may have had no answer. */
struct resolve_reply {
	uint32_t number;
	int32_t error; /* of both, or 0 */
	uint32_t partial;
	struct dns_answer answer;
};

/**
 * resolve_askers_start() - processes that ask, and have no right to anything else.
 * @server: instead of those of the host; its port 0 for none
 * @askers: their pids
 *
 * What comes from the network is read by them. A question is written to the socket that
 * is returned, and a reply read from it. They end when it is closed.
 *
 * Return: the socket, or a negative errno.
 */
int resolve_askers_start(const struct sockaddr_in *server, pid_t askers[RESOLVE_ASKERS]);

/** resolve_reply_read() - one reply, if it is one. 1; 0 if there is none now; negative errno. */
int resolve_reply_read(int socket, struct resolve_reply *reply);

#endif /* CLOISON_RESOLVE_H */
