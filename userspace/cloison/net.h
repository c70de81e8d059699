/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of cloison net. */
#ifndef CLOISON_NET_H
#define CLOISON_NET_H

#include "../common/policy.h"
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

/* What the names of the DNS in a policy have now, as comments of a policy file. */
int net_names_print(const struct policy *policy);

/* "enforce", "observe", or "closed" where nothing passes. */
const char *net_mode_name(enum cloison_mode mode);

/*
 * What is a tenant's own, as its options say it: lists with commas between, or
 * "none"; NULL for what stays as it is.
 */
struct net_own {
	const char *address, *group, *port;
	struct policy policy; /* the same, parsed */
};

#define OPTIONS_OWN(own)                                            \
	{ "address", 0, ARGUMENT_TEXT, &(own)->address, NULL },     \
		{ "group", 0, ARGUMENT_TEXT, &(own)->group, NULL }, \
	{                                                           \
		"port", 0, ARGUMENT_TEXT, &(own)->port, NULL        \
	}

static inline bool net_own_given(const struct net_own *own)
{
	return own->address || own->group || own->port;
}

/* Parsed first, so that an error changes nothing; then for policy_free(). */
int net_own_parse(struct command *command, struct net_own *own);

/* Make it the tenant's; its rules stay. After net_begin(), or for a tenant just made. */
int net_own_set(const char *name, const struct net_own *own);

int net_address(struct command *command, int argc, char **argv);
int net_renew(struct command *command, int argc, char **argv);
int net_nat64(struct command *command, int argc, char **argv);
int net_names(struct command *command, int argc, char **argv);
int net_resolve(struct command *command, int argc, char **argv);
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
