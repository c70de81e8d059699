/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of cloison net. */
#ifndef CLOISON_NET_H
#define CLOISON_NET_H

#include "../common/guard.h"
#include "command.h"

/* fail() for the guard's errors, which bring their own text. */
int fail_guard(int error, const struct problem *problem);

/*
 * Before a policy is read, changed and replaced: the tenant is there, and until
 * this process ends no other changes a policy. Returns EXIT_OK, or says why not.
 * @name: NULL for all tenants
 */
int net_begin(struct command *command, const char *name);

/* A verb with the operands TENANT THING: calls @run with both, or says why not. */
int net_change(struct command *command, int argc, char **argv,
	       int (*run)(const char *tenant, const char *thing, struct problem *problem));

/* Put a policy in force, or say why not. @strict: as for guard_policy_replace() */
int net_replace(const char *name, struct policy *policy, bool strict);

/* Read a policy file, or standard input for "-". Returns EXIT_OK, or says what is wrong. */
struct policy_file;
int net_read_file(const char *path, struct policy_file *file);

/* net_replace() but for the change: print what would change, or say why it could not. */
int net_dry_run(struct command *command, const char *name, struct policy *policy, bool strict);

/* Print what one policy has and the other has not. */
int net_print_changes(struct command *command, const struct policy *old, const struct policy *new,
		      bool *changed);

/* "enforce", "observe", or "closed" where nothing passes. */
const char *net_mode_name(enum cloison_mode mode);

/*
 * Make these the tenant's own addresses: some with commas between, or "none".
 * Parsed first by net_addresses_parse(), so that an error changes nothing.
 */
int net_addresses_parse(struct command *command, const char *text, struct policy *policy);
int net_addresses_set(const char *name, const struct policy *addresses);

int net_address(struct command *command, int argc, char **argv);
int net_mode(struct command *command, int argc, char **argv);
int net_attach(struct command *command, int argc, char **argv);
int net_detach(struct command *command, int argc, char **argv);
int net_devices(struct command *command, int argc, char **argv);
int net_claim(struct command *command, int argc, char **argv);
int net_release(struct command *command, int argc, char **argv);
int net_networks(struct command *command, int argc, char **argv);
int net_set(struct command *command, int argc, char **argv);
int net_set_all(struct command *command, int argc, char **argv);
int net_export(struct command *command, int argc, char **argv);
int net_diff(struct command *command, int argc, char **argv);
int net_counters(struct command *command, int argc, char **argv);
int net_check(struct command *command, int argc, char **argv);
int net_graph(struct command *command, int argc, char **argv);
int net_explain(struct command *command, int argc, char **argv);

#endif /* CLOISON_NET_H */
