/* SPDX-License-Identifier: GPL-2.0-only */
/* The half of `cloison run` that becomes the tenant's command. */
#ifndef CLOISON_RUN_CHILD_H
#define CLOISON_RUN_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/* As env(1), timeout(1) and others have them: no command has these by accident. */
enum run_exit {
	RUN_FAILED = 125,
	RUN_NOT_EXECUTABLE = 126,
	RUN_NOT_FOUND = 127,
};

struct run_user {
	bool given;
	uid_t uid;
	gid_t gid;
	char *name; /* for the supplementary groups; NULL for a number without a name */
};

struct run_plan {
	const char *leaf; /* the cgroup to join */
	int network;	  /* descriptor of the network namespace, or -1 */
	struct run_user user;
	char **command;
};

/* Whether standard input, output and error may go along. Says which may not. */
int run_check_standard(void);

/* Returns only if the command cannot be run: one of enum run_exit. */
int run_become(const struct run_plan *plan);

#endif /* CLOISON_RUN_CHILD_H */
