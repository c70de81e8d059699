// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel can exchange in place while it is in force: the programs of links at
 * pens and devices, and the struct_ops. Links are found by the names under which the
 * module holds them; which program one gets is told by the name of the one it has.
 */
#include "guard_status.h"
#include "guard_upgrade.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* All links, made to run the programs of one build. */
struct turn {
	const char *programs; /* the directory of that build's */
	const char *only;     /* one program, or NULL for all */
	size_t count;
	void (*half)(void); /* called before the second link, or NULL */
	struct problem *problem;
};

bool guard_is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return !strncmp(path, directory, length) && path[length] == '/';
}

/* The tenants' maps are held there too, and their info, read as a link's, looks valid. */
static bool is_link(int fd)
{
	char path[32], name[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, name, sizeof(name) - 1);
	if (length < 0)
		return false;
	name[length] = '\0';
	return strstr(name, "bpf_link") || strstr(name, "bpf-link");
}

/*
 * Of a link whose program the kernel exchanges: at a pen or at a tenant's device. It has
 * its program also when what it was attached to is gone.
 * Return: 1 if it is one, 0 if not, or a negative errno.
 */
static int program_of_link(const char *path, int *link, struct guard_program *program)
{
	struct bpf_link_info info = {};
	uint32_t size = sizeof(info);
	int fd, error;

	if (!guard_is_below(path, GUARD_PENS) && !guard_is_below(path, GUARD_TENANTS))
		return 0;
	*link = guard_open(path);
	if (*link < 0)
		return *link;
	if (!is_link(*link))
		return 0;
	if (bpf_obj_get_info_by_fd(*link, &info, &size))
		return -errno;
	fd = bpf_prog_get_fd_by_id(info.prog_id);
	if (fd < 0)
		return -errno;
	error = guard_program_info(fd, program);
	close(fd);
	return error ? error : 1;
}

/*
 * The program of that name in a directory, and its id.
 * Return: 1 if there is one, 0 if not, or a negative errno.
 */
static int program_named(const char *directory, const char *name, int *fd,
			 struct guard_program *program)
{
	char path[GUARD_PIN_SIZE];
	int error;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	*fd = guard_open(path);
	if (*fd < 0)
		return *fd == -ENOENT ? 0 : *fd;
	error = guard_program_info(*fd, program);
	return error ? error : 1;
}

/* Return: 0, or a negative errno. */
static int link_exchange(struct turn *turn, const char *path)
{
	LIBBPF_OPTS(bpf_link_update_opts, options, .flags = BPF_F_REPLACE);
	_cleanup_fd_ int link = -1, program = -1, before = -1;
	struct guard_program running, wanted;
	int found = program_of_link(path, &link, &running);

	if (found <= 0 || (turn->only && strcmp(turn->only, running.name)))
		return found < 0 ? found : 0;
	found = program_named(turn->programs, running.name, &program, &wanted);
	/* A build without this hook: see guard_links_prune(). */
	if (found <= 0)
		return found;
	turn->count++;
	if (turn->half && turn->count == 2)
		turn->half();
	if (wanted.id == running.id)
		return 0;
	before = bpf_prog_get_fd_by_id(running.id);
	options.old_prog_fd = (uint32_t)before;
	/* Its device or cgroup is gone: it does nothing, by either program. */
	if (!bpf_link_update(link, program, &options) || errno == ENOLINK)
		return 0;
	return -errno;
}

static int link_turn(const char *path, void *data)
{
	struct turn *turn = data;
	int error = link_exchange(turn, path);

	return error ? problem_set(turn->problem, error,
				   "%s does not take the program of another build: %s", path,
				   strerror(-error)) :
		       0;
}

/*
 * Ingress first: the answer to a call that only the other build's egress has seen
 * passes there, as one of a socket that asked.
 */
int guard_links_turn(const char *programs, void (*half)(void), struct problem *problem)
{
	struct turn turn = { .programs = programs,
			     .only = guard_hook_types[GUARD_INGRESS].program,
			     .half = half,
			     .problem = problem };
	int error = guard_held_walk(link_turn, &turn);

	turn.only = NULL;
	return error ? error : guard_held_walk(link_turn, &turn);
}

/* The module asks the guard of these struct_ops from now on; @fd is of their map. */
int guard_admission_turn(int fd, struct problem *problem)
{
	_cleanup_fd_ int link = guard_open(GUARD_LINK);

	if (link >= 0 && !bpf_link_update(link, fd, NULL))
		return 0;
	/* Nobody asks at all: the load that follows attaches it. */
	if (link == -ENOENT || (link >= 0 && errno == ENOLINK))
		return 0;
	return problem_set(problem, link < 0 ? link : -errno,
			   "the module does not take the guard: %s",
			   strerror(link < 0 ? -link : errno));
}

/* One name is forgotten a walk, for the walk goes by names. */
static int link_odd(const char *path, void *data)
{
	_cleanup_fd_ int link = -1, program = -1;
	struct guard_program running, wanted;
	int found = program_of_link(path, &link, &running);

	if (found <= 0)
		return found;
	found = program_named(GUARD_PROGRAMS, running.name, &program, &wanted);
	if (found < 0 || (found && wanted.id == running.id))
		return found < 0 ? found : 0;
	snprintf(data, GUARD_PIN_SIZE, "%s", path);
	return 1;
}

/*
 * Let go of links that run no program of the build in force: at hooks that it lacks,
 * and of a device or cgroup that is gone, where none could be exchanged.
 */
void guard_links_prune(void)
{
	char path[GUARD_PIN_SIZE];

	while (guard_held_walk(link_odd, path) == 1)
		guard_forget(path);
}
