/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the files of the netlink walk's fuzzer. A call is the bytes of one
 * send(2); a world is a network that calls are sent in, with another beside it.
 */
#ifndef CLOISON_NETLINK_FUZZ_H
#define CLOISON_NETLINK_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_ROOM 8192

struct netlink_call {
	int protocol;
	size_t length;
	unsigned char bytes[CALL_ROOM];
};

/* ---- netlink_verdict.c: the walk itself -------------------------------------- */

/* In bpf/netlink.h these are enum netlink_where, which no other file can include. */
enum fuzz_where { FUZZ_HOST, FUZZ_FIRST, FUZZ_OTHER, FUZZ_WHERES };

/* The device that stands for a tunnel, 0 if there is none. */
extern int fuzz_tunnel;

bool netlink_verdict(const struct netlink_call *call, enum fuzz_where where);

/* ---- netlink_corpus.c: what real programs have sent --------------------------- */

struct netlink_corpus {
	struct {
		/* The strictest place where a tenant may say it. */
		enum fuzz_where where;
		const char *program;
		struct netlink_call *call;
	} *entries;
	size_t count;
};

/* Ends the program if the file is not as it should be. */
void netlink_corpus_read(const char *path, struct netlink_corpus *corpus);
/* Whether the walk allows all of it where it should, and only there. Tells what not. */
bool netlink_corpus_passes(const struct netlink_corpus *corpus);

/* ---- netlink_make.c: calls from a grammar, with faults, or by mutation --------- */

/* What is in the world and can be named. */
#define WORLD_TUNNEL 10 /* "tunnel": a bridge that stands for a tunnel */
#define WORLD_CROSS 11	/* "cross": its other end is in the other network */
#define WORLD_OWN 12	/* "own": up, with an address */
#define WORLD_ALIEN 20	/* "alien", of the other network */
#define WORLD_FAR 21	/* "far", the other end */
#define WORLD_NSID 0	/* the other network by its number, */
#define WORLD_FD 100	/* by a descriptor, and by a process: */

struct netlink_make {
	uint64_t seed; /* its state: the same seed makes the same calls */
	int other_pid;
	const struct netlink_corpus *corpus;
};

uint64_t netlink_random(uint64_t *seed);
void netlink_call_make(struct netlink_make *make, struct netlink_call *call);
void netlink_call_print(const struct netlink_call *call, char *text, size_t size);

/* ---- netlink_build.c: messages piece by piece ----------------------------------- */

/* @faults: nests may get an empty one before them, lengths may be wrong, and so on. */
struct netlink_build {
	struct netlink_call *call;
	uint64_t *seed;
	bool faults;
	size_t message;
};

void build_begin(struct netlink_build *build, struct netlink_call *call, uint64_t *seed,
		 bool faults);
void build_message(struct netlink_build *build, unsigned int type, unsigned int flags,
		   const void *header, size_t length);
void build_end(struct netlink_build *build);
void build_put(struct netlink_build *build, const void *bytes, size_t length);
void build_bytes(struct netlink_build *build, unsigned int type, const void *bytes, size_t length);
void build_text(struct netlink_build *build, unsigned int type, const char *text);
void build_number(struct netlink_build *build, unsigned int type, uint32_t number);
/* One with others in it: where it begins, to be given to its end. */
size_t build_open(struct netlink_build *build, unsigned int type);
void build_close(struct netlink_build *build, size_t at);

/* ---- netlink_world.c: what the kernel makes of a call --------------------------- */

enum netlink_harm {
	HARM_KIND,    /* a device of a kind that sends by itself */
	HARM_ENCAP,   /* a route or nexthop that encapsulates */
	HARM_NETWORK, /* something of another network, or a way into it */
	HARM_TUNNEL,  /* the tunnel was opened */
	HARMS,
	HARM_NONE = HARMS,
};

extern const char *const netlink_harm_names[HARMS];

struct netlink_world {
	int here, beside; /* sockets in the world's network, and in the one beside it */
	int other_pid;
	uint64_t baseline[2]; /* of the other's devices, and of the networks' numbers */
	bool worn;	      /* what calls can name is not there any more */
};

/* In a process of its own, which leaves its network for it. */
void netlink_world_make(struct netlink_world *world);
/* Has the kernel carry it out. Returns whether it did so without an error for each message. */
bool netlink_world_send(struct netlink_world *world, const struct netlink_call *call);
enum netlink_harm netlink_world_look(struct netlink_world *world, enum fuzz_where where);

/* ---- netlink_guard.c: the LSM program's verdict beside the walk's --------------- */

int netlink_guard_compare(enum fuzz_where where, unsigned long count, struct netlink_make *make);

#endif /* CLOISON_NETLINK_FUZZ_H */
