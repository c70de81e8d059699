// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the module holds of the guard, by the names of its pins. This is what
 * the guard lives by, and where the command looks it up; the pins are for
 * people and for bpftool, and are made again when somebody removed them.
 */
#include "guard_private.h"

#include <errno.h>
#include <libcloison.h>
#include <stdio.h>
#include <string.h>

static int control_open(struct cloison_control **control)
{
	struct cloison_ctx *ctx;
	int error = cloison_new(&ctx);

	if (error)
		return error;
	error = cloison_control_open(ctx, control);
	cloison_unref(ctx);
	return error;
}

/* A pin's name to the module: without the directory that all are in. */
static const char *held_name(const char *path)
{
	static const size_t prefix = sizeof(GUARD_PATH) - 1;

	return path[prefix] ? path + prefix + 1 : "";
}

/* A descriptor of what has this pin's name, whether or not the pin is there. */
int guard_open(const char *path)
{
	struct cloison_control *control;
	int fd = control_open(&control);

	if (fd)
		return fd;
	fd = cloison_guard_open(control, held_name(path));
	cloison_control_close(control);
	return fd;
}

/* Have it live, in the place of what may have that name. */
int guard_hold(int fd, const char *directory, const char *name, struct problem *problem)
{
	struct cloison_control *control;
	char path[GUARD_PIN_SIZE];
	int error = control_open(&control);

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (!error) {
		error = cloison_guard_hold(control, held_name(path), fd);
		cloison_control_close(control);
	}
	if (error == -ENOTTY)
		return problem_set(problem, error,
				   "the loaded module is older than this command: load its own");
	if (error)
		return problem_set(problem, error, "the module does not hold %s: %s", path,
				   strerror(-error));
	return 0;
}

/* And pin it there. */
int guard_keep(int fd, const char *directory, const char *name, struct problem *problem)
{
	int error = guard_hold(fd, directory, name, problem);

	return error ? error : guard_pin(fd, directory, name, problem);
}

/*
 * Let go of what is at and below this name. The pins first: what is held and
 * not pinned is found again, what is pinned and not held is not.
 */
void guard_forget(const char *path)
{
	struct cloison_control *control;

	guard_remove(path);
	if (control_open(&control))
		return;
	cloison_guard_release(control, held_name(path), true);
	if (held_name(path)[0])
		cloison_guard_release(control, held_name(path), false);
	cloison_control_close(control);
}

/*
 * Walks all that is held: @visit gets each one's pin. It stops at the first
 * that is not 0, which is returned.
 */
int guard_held_walk(int (*visit)(const char *path, void *data), void *data)
{
	struct cloison_guard_next next = CLOISON_ARG(cloison_guard_next);
	struct cloison_control *control;
	char path[GUARD_PIN_SIZE];
	int error = control_open(&control), visited = 0;

	if (error)
		return error;
	while (!visited && !(error = cloison_guard_next(control, &next))) {
		snprintf(path, sizeof(path), "%s/%s", GUARD_PATH, (const char *)next.out_name);
		visited = visit(path, data);
	}
	cloison_control_close(control);
	if (visited)
		return visited;
	/* Nothing comes next: only here does that mean the end, a visit may return it too. */
	return error == -ENOENT ? 0 : error;
}
