/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The matrix: tenants on one wire, each with a worker, a task in its cgroup and
 * network that makes socket calls on demand. All of them run on one CPU, so that
 * what one sends arrives in the order in which it was sent: a datagram that no
 * wall judges, sent behind a probe, arrives behind it, and whatever has not come
 * by then never will.
 */
#ifndef CLOISON_TEST_MATRIX_H
#define CLOISON_TEST_MATRIX_H

#include <stdbool.h>
#include <stdint.h>

#include "cloison_bpf.h"

#define MATRIX_TENANTS 6
#define MATRIX_PORTS 3

extern const uint16_t matrix_ports[MATRIX_PORTS];

/* Tenant @tenant's one address of a family. */
void matrix_address(unsigned int tenant, enum cloison_family family, uint8_t address[16]);

enum matrix_call {
	MATRIX_SEND,   /* begin a flow to a peer: TCP connects, UDP and ICMP send the token */
	MATRIX_TAKE,   /* of who is called: whether the token, or a connection, has come */
	MATRIX_FINISH, /* of who called: whether it was answered; ends the flow */
};

/**
 * struct matrix_request - a call that a worker is to make.
 * @call: enum matrix_call
 * @family: of the flow
 * @protocol: TCP, UDP, or an echo of ICMP or ICMPv6
 * @peer: number of the other tenant, for MATRIX_SEND
 * @port: that is called, by its place in matrix_ports
 * @token: what is sent, which no other flow has
 */
struct matrix_request {
	uint32_t call;
	enum cloison_family family;
	enum cloison_protocol protocol;
	uint32_t peer;
	uint32_t port;
	uint32_t token;
};

struct matrix_worker {
	int pid;
	int to, from; /* pipes: a unix socket would be of another cgroup */
};

/* Start a worker in netns "m<tenant>" and in the cgroup directory given. */
struct matrix_worker matrix_worker_start(unsigned int tenant, const char *cgroup);

/*
 * Have it make a call. Returns 0 or a negative errno of MATRIX_SEND, else
 * whether it came.
 */
int matrix_worker_call(const struct matrix_worker *worker, const struct matrix_request *request);

void matrix_worker_end(const struct matrix_worker *worker);

/* Enter the network of a tenant. */
void matrix_enter(unsigned int tenant);

void matrix_die(const char *what) __attribute__((noreturn));

#endif /* CLOISON_TEST_MATRIX_H */
