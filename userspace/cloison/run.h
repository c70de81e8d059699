/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cloison run: a command inside a tenant, where root is not the host's root.
 *
 * Two processes share the work. The parent is the host's: it prepares file systems
 * and device nodes, starts the first process of the tenant's new namespaces in the
 * tenant's cgroup, and stands between the caller's terminal and the command's. The
 * first process (init) enters the new root, gives up its rights, and starts the
 * command. What the host must do it does before init exists: afterwards init may
 * take rights away from itself only.
 */
#ifndef CLOISON_RUN_H
#define CLOISON_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#include "../common/arguments.h"

/* As env(1), timeout(1) and others have them: no command has these by accident. */
enum run_exit {
	RUN_FAILED = 125,
	RUN_NOT_EXECUTABLE = 126,
	RUN_NOT_FOUND = 127,
};

/* A user namespace has this many ids, and each tenant as many of the host's. */
#define RUN_IDS 65536U
#define RUN_GROUPS 64

/* Whom the command runs as. */
struct run_user {
	bool given;		  /* --user: the host's user */
	bool mapped;		  /* root of a user namespace with the tenant's range */
	uid_t uid;		  /* the host's; else the first of the tenant's range */
	gid_t gid;		  /* likewise */
	gid_t groups[RUN_GROUPS]; /* with --user */
	int group_count;
	char name[64];
	char home[256];
	char shell[256];
};

/* The leaf cgroup, by descriptors: the mounts change under the parent. */
struct run_leaf {
	int tenant; /* directory of the tenant's cgroup, -1 if there is none yet */
	int leaf;
	int events; /* cgroup.events of the leaf */
	char name[32];
	char *directory; /* of the tenant's cgroup, as the host sees it */
};

/* What the parent keeps of /dev to add regions that are made later. */
struct run_devices {
	int dev;     /* its root */
	int nodes;   /* /dev/cloison/TENANT in it */
	int pts;     /* its devpts */
	int watcher; /* inotify on the host's */
};

/* The caller's terminal, and the command's in its place. */
struct run_terminal {
	bool replaced[3]; /* which of standard input, output and error it stands for */
	bool any;
	int in;	    /* the caller's, to read keys from, or -1 */
	int out;    /* the caller's, to write to, or -1 */
	int master; /* the pseudoterminal's end that the parent has, or -1 */
	int number; /* its name in /dev/pts */
	bool raw;
	struct termios saved;
	char keys[1024]; /* typed, and not taken by the command's terminal yet */
	size_t key_count;
};

struct run_plan {
	const char *tenant;
	const char *root; /* --root, or NULL for the host's */
	struct argument_list write, environment;
	int network; /* descriptor of the network namespace, or -1 */
	char *directory;
	char **command;
	/* In the place of a command: its result is the exit status. The root is empty then. */
	int (*work)(void *data);
	void *work_data;
	int keep; /* a descriptor that it needs, or -1 */
	struct run_user user;
	struct run_leaf leaf;
	struct run_devices devices;
	struct run_terminal terminal;
};

/* A plan with nothing open yet. */
#define RUN_PLAN(name)                                              \
	{                                                           \
		.tenant = (name),                                   \
		.network = -1,                                      \
		.keep = -1,                                         \
		.leaf = { .tenant = -1, .leaf = -1, .events = -1 }, \
		.terminal = { .in = -1, .out = -1, .master = -1 },  \
	}

/* Functions say what is wrong, and return 0 or RUN_FAILED, if nothing else is said. */

/* ---- run_user.c: ids and rights ------------------------------------------ */

/* --user, by name or number. */
int run_user_parse(const char *text, struct run_user *user);

/* Without it: the tenant's own range of ids. */
int run_user_range(const char *tenant, struct run_user *user);

/* The range as ids of that process's user namespace, from 0. */
int run_user_map(pid_t pid, const struct run_user *user);

/* A user namespace with that range, as a descriptor, or -1. */
int run_user_namespace(const struct run_user *user);

/* An id of the host as it is kept on what the tenant gets. */
uid_t run_user_shift(const struct run_user *user, uid_t id);

/* In init: become the user. Keeps the rights that run_rights_drop() takes. */
int run_user_become(const struct run_user *user);

/* In init: what no process of the tenant has to have, for good. */
int run_rights_drop(const struct run_user *user);

/* ---- run_leaf.c ------------------------------------------------------------ */

int run_leaf_make(const char *tenant, struct run_leaf *leaf);
bool run_leaf_frozen(const struct run_leaf *leaf);
/* Say that it is, and what thaws it. */
void run_leaf_fail_frozen(const struct run_plan *plan);
void run_leaf_remove(struct run_leaf *leaf);

/* ---- run_devices.c ---------------------------------------------------------- */

int run_devices_make(struct run_plan *plan);
/* After an event: nodes are as the host has them. */
int run_devices_follow(const struct run_plan *plan);

/* ---- run_root.c -------------------------------------------------------------- */

/* In the parent: a mount namespace in which all that init needs has its place. */
int run_root_prepare(struct run_plan *plan);

/* In init: what must be of its own namespaces, and on to the new root. */
int run_root_enter(const struct run_plan *plan);

/* ---- run_terminal.c ------------------------------------------------------------ */

/* Which of the standard descriptors are terminals; what the others may be. */
int run_terminal_look(struct run_terminal *terminal);
int run_terminal_open(struct run_plan *plan);
/* Keys go to the command as they are typed, if the caller is in the foreground. */
void run_terminal_raw(struct run_terminal *terminal);
void run_terminal_restore(struct run_terminal *terminal);
bool run_terminal_foreground(const struct run_terminal *terminal);
void run_terminal_size(const struct run_terminal *terminal);
/* Both return false at the end of what there is. */
bool run_terminal_keys(struct run_terminal *terminal);
bool run_terminal_output(const struct run_terminal *terminal);
/* Hand on keys that were read. */
void run_terminal_push(struct run_terminal *terminal);
/* Whether there is the key among them that interrupts. */
bool run_terminal_interrupts(const struct run_terminal *terminal);
/* In init, which leads a session: the command's terminal becomes the standard ones. */
int run_terminal_enter(const struct run_terminal *terminal);

/* ---- run_init.c -------------------------------------------------------------- */

enum run_word {
	RUN_GO = 1,	/* to init: ids are mapped */
	RUN_START,	/* to init: the parent lives and waits */
	RUN_SIGNAL,	/* to init: for the command */
	RUN_SIGNAL_ALL, /* to init: for the command's process group */
	RUN_READY,	/* from init: it gave up its rights */
	RUN_STOPPED,	/* from init: by that signal */
	RUN_ENDED,	/* from init: a status as wait(2) has it */
};

struct run_message {
	uint32_t word;
	int32_t value;
};

struct run_control {
	int in, out;
};

int run_tell(const struct run_control *control, enum run_word word, int value);
/* False at the end of the pipe. */
bool run_hear(const struct run_control *control, struct run_message *message);

/* Never returns to its caller's work: the result is the exit status. */
int run_init(const struct run_plan *plan, struct run_control control);

/* ---- run_environment.c ------------------------------------------------------- */

/* NULL without memory. */
char **run_environment(const struct run_plan *plan);

/* ---- run_parent.c -------------------------------------------------------------- */

/*
 * Do what is planned. How it ended, as wait(2) has it; an exit with RUN_FAILED if it
 * never began. The calling process has other mounts afterwards, and should end.
 */
int run_inside(struct run_plan *plan);

#endif /* CLOISON_RUN_H */
