/* SPDX-License-Identifier: GPL-2.0-only */
/* What the nouns of the command share: its state, its errors, its exit codes. */
#ifndef CLOISON_COMMAND_H
#define CLOISON_COMMAND_H

#include <libcloison.h>
#include <stdbool.h>
#include <stdio.h>

#include "../common/arguments.h"

/* Documented in cloison(1); scripts rely on them. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_FOUND = 3,
	EXIT_DENIED = 4,
	EXIT_NO_MODULE = 5,
	EXIT_NO_GUARD = 6,
	EXIT_NO_ROOM = 7,   /* of the pool or of the quota */
	EXIT_IN_USE = 8,    /* busy, or the name is taken */
	EXIT_DIFFERENT = 9, /* of net diff */
};

struct command;

struct verb {
	const char *name; /* NULL for a noun that is its own verb; name and run NULL end a table */
	int (*run)(struct command *command, int argc, char **argv);
	const char *operands; /* as the usage line shows them */
	const char *help;     /* one line */
};

struct noun {
	const char *name;
	const struct verb *verbs;
	const char *help;
};

struct command {
	struct cloison_ctx *ctx;
	struct cloison_control *control; /* after command_control() */
	struct cloison_query query;	 /* likewise */
	const struct noun *noun;
	const struct verb *verb;
	bool json;
};

/* The option that every listing has; put it into the verb's table. */
#define OPTION_JSON(command) \
	{ .name = "json", .letter = 'j', .kind = ARGUMENT_FLAG, .value = &(command)->json }

/*
 * Take the verb's arguments apart. Returns how many operands are left in argv,
 * or -1 after saying what is wrong: then the verb returns EXIT_USAGE.
 */
int command_parse(struct command *command, int argc, char **argv,
		  const struct argument_option *options, int least, int most);

/* Say what is wrong and how the verb is used. Returns EXIT_USAGE. */
int command_usage(struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Open the control node and ask what the module can do. With load the module is
 * loaded if it is not. Returns EXIT_OK, or says what is wrong.
 */
int command_control(struct command *command, bool load);

/* Can the module do this? Says what it cannot, and which module is loaded. */
int check_feature(struct command *command, uint64_t feature, const char *what);

/* "cloison: ..." on standard error; more lines may follow as advice. Returns code. */
int fail(enum exit_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "  ..." on standard error: what to do about it. */
void advise(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* fail() with the sentence and the exit code for a negative errno. */
int fail_errno(int error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* fail() for a change of a list of exceptions: what the guard noted, and its exit code. */
struct problem;
int fail_list_change(int error, const struct problem *problem);

/* Say that the name breaks the rule, and the rule. Returns EXIT_USAGE. */
int fail_name(const char *what, const char *name);

/* A listing's last step: print or say why not. Frees the table. */
struct table;
int finish_table(struct command *command, struct table *table);
int finish_table_one(struct command *command, struct table *table);

/* Look an object up by name; these say so if it is not there. */
int find_pool(struct command *command, const char *name, struct cloison_pool_get *pool);
int find_tenant(struct command *command, const char *name, struct cloison_tenant_get *tenant);
int find_region(struct command *command, const char *name, struct cloison_region_get *region);

/* Where cgroup2 is mounted, for the caller to free; says so if it is not. */
int find_cgroups(char **mount);

/* Is there a node of that name, a region's own or a grant's? Says so if not. */
int find_node(struct command *command, const char *name);

/* A name field of cloison.h as a string. */
static inline const char *name_of(const __u8 *field)
{
	return (const char *)field;
}

extern const struct noun pool_noun, tenant_noun, region_noun, net_noun, status_noun, guard_noun,
	pen_noun, measure_noun, monitor_noun, run_noun;

/* A network namespace as "ip netns" names it, or by its path. */
#define NETWORK_PATH_SIZE 4096
void network_path(const char *text, char path[NETWORK_PATH_SIZE]);

#endif /* CLOISON_COMMAND_H */
