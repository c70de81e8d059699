// SPDX-License-Identifier: GPL-2.0-only
/* The BPF object, which is part of this program, and what is in it. */
#include "guard_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The struct_ops of a module are understood from here on. */
#define LIBBPF_MAJOR 1
#define LIBBPF_MINOR 4

#define MODULE_BTF "/sys/kernel/btf/cloison"

/* Bytes of a SHA-256. */
#define DIGEST 32

/* libbpf reads it in place as an ELF file: aligned as one. */
static const unsigned char object_bytes[] __attribute__((aligned(8))) = {
#include "guard.bpf.inc"
};

const char *const guard_map_names[GUARD_MAPS] = {
	[GUARD_MAP_KEYS] = "cloison_keys",	 [GUARD_MAP_IPC] = "cloison_ipc",
	[GUARD_MAP_PENS] = "cloison_pens",	 [GUARD_MAP_CGROUPS] = "cloison_cgroups",
	[GUARD_MAP_SLOTS] = "cloison_slots",	 [GUARD_MAP_SEGMENTS] = "cloison_segments",
	[GUARD_MAP_TENANTS] = "cloison_tenants", [GUARD_MAP_ADDR4] = "cloison_addr4",
	[GUARD_MAP_ADDR6] = "cloison_addr6",	 [GUARD_MAP_PORTS] = "cloison_ports",
	[GUARD_MAP_RULES] = "cloison_rules",	 [GUARD_MAP_OWN] = "cloison_own",
	[GUARD_MAP_STATS] = "cloison_stats",	 [GUARD_MAP_SOCKET] = "cloison_sockets",
	[GUARD_MAP_OPS] = GUARD_OPS_MAP,	 [GUARD_MAP_EVENTS] = "cloison_events",
	[GUARD_MAP_BUDGET] = "cloison_budget",	 [GUARD_MAP_DEVICES] = "cloison_devices",
	[GUARD_MAP_LSM] = "cloison_lsm",	 [GUARD_MAP_UNIX] = "cloison_unix",
	[GUARD_MAP_SERVER] = "cloison_server",	 [GUARD_MAP_NETWORKS] = "cloison_networks",
	[GUARD_MAP_GUARD] = "cloison_guard",	 [GUARD_MAP_NODES] = "cloison_nodes",
	[GUARD_MAP_HOST] = "cloison_host",	 [GUARD_MAP_OURS] = "cloison_ours",
	[GUARD_MAP_NAMES] = "cloison_names",	 [GUARD_MAP_RESOLVED] = "cloison_resolved",
	[GUARD_MAP_THEIRS] = "cloison_theirs",	 [GUARD_MAP_FRAGMENTS] = "cloison_fragments",
	[GUARD_MAP_ENDS] = "cloison_ends",	 [GUARD_MAP_KEYS_OF] = "cloison_keys_of",
	[GUARD_MAP_WRITTEN] = "cloison_written", [GUARD_MAP_LIMITS] = "cloison_limits",
	[GUARD_MAP_RECORD] = "cloison_record",
};

const struct guard_hook_type guard_hook_types[GUARD_HOOKS] = {
#define HOOK(field, bpf_program, type) \
	{ #field, bpf_program, type, offsetof(struct cloison_guard, field) }
	[GUARD_INGRESS] = HOOK(ingress, "cloison_ingress", BPF_CGROUP_INET_INGRESS),
	[GUARD_EGRESS] = HOOK(egress, "cloison_egress", BPF_CGROUP_INET_EGRESS),
	[GUARD_CONNECT4] = HOOK(connect4, "cloison_conn4", BPF_CGROUP_INET4_CONNECT),
	[GUARD_CONNECT6] = HOOK(connect6, "cloison_conn6", BPF_CGROUP_INET6_CONNECT),
	[GUARD_SENDMSG4] = HOOK(sendmsg4, "cloison_send4", BPF_CGROUP_UDP4_SENDMSG),
	[GUARD_SENDMSG6] = HOOK(sendmsg6, "cloison_send6", BPF_CGROUP_UDP6_SENDMSG),
	[GUARD_BIND4] = HOOK(bind4, "cloison_bind4", BPF_CGROUP_INET4_BIND),
	[GUARD_BIND6] = HOOK(bind6, "cloison_bind6", BPF_CGROUP_INET6_BIND),
	[GUARD_SOCK_CREATE] = HOOK(sock_create, "cloison_socket", BPF_CGROUP_INET_SOCK_CREATE),
	[GUARD_SOCK_RELEASE] = HOOK(sock_release, "cloison_release", BPF_CGROUP_INET_SOCK_RELEASE),
	[GUARD_DEV] = HOOK(dev, "cloison_dev", BPF_CGROUP_DEVICE),
	[GUARD_SYSCTL] = HOOK(sysctl, "cloison_sysctl", BPF_CGROUP_SYSCTL),
#undef HOOK
};

const char *guard_hook_name(enum guard_hook hook)
{
	return guard_hook_types[hook].name;
}

/* The object's SHA-256, the same wherever it was built: each command looks at it. */
void guard_object_digest(unsigned char digest[DIGEST])
{
	static const unsigned char own[DIGEST] = {
#include "guard.bpf.digest"
	};

	memcpy(digest, own, sizeof(own));
}

/* Its first 8 bytes, for people and for what only has to differ. */
uint64_t guard_object_build(void)
{
	unsigned char digest[DIGEST];
	uint64_t build = 0;
	int i;

	guard_object_digest(digest);
	for (i = 0; i < 8; i++)
		build = build << 8 | digest[i];
	return build;
}

/* The first of libbpf's complaints tells the cause; it has no other way out. */
static __thread char first_warning[200];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list args)
{
	if (level == LIBBPF_WARN && !first_warning[0]) {
		vsnprintf(first_warning, sizeof(first_warning), format, args);
		first_warning[strcspn(first_warning, "\n")] = '\0';
	}
	return 0;
}

static int platform_check(bool module, struct problem *problem)
{
	uint32_t major = libbpf_major_version(), minor = libbpf_minor_version();

	if (major < LIBBPF_MAJOR || (major == LIBBPF_MAJOR && minor < LIBBPF_MINOR))
		return problem_set(problem, -EOPNOTSUPP,
				   "the guard needs libbpf %d.%d or later, this host has %u.%u: "
				   "update the package libbpf1",
				   LIBBPF_MAJOR, LIBBPF_MINOR, major, minor);
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return problem_set(
			problem, -EOPNOTSUPP,
			"this kernel has no BTF (CONFIG_DEBUG_INFO_BTF): the guard cannot "
			"be loaded");
	if (module && access(MODULE_BTF, R_OK))
		return problem_set(problem, -ENOENT,
				   "the module is not loaded: type 'modprobe cloison'");
	return 0;
}

/* Those of the LSM's part, which live as long as their links. */
bool guard_object_is_lsm(const struct bpf_program *program)
{
	return bpf_program__type(program) == BPF_PROG_TYPE_LSM ||
	       (bpf_program__type(program) == BPF_PROG_TYPE_TRACING &&
		bpf_program__expected_attach_type(program) == BPF_TRACE_RAW_TP);
}

/* Load the programs of the LSM's part alone, or those on packets and calls alone. */
static int leave_out(struct bpf_object *object, bool lsm)
{
	struct bpf_map *ops = bpf_object__find_map_by_name(object, GUARD_OPS_MAP);
	struct bpf_program *program;
	int error = ops ? bpf_map__set_autocreate(ops, false) : -ENOENT;

	bpf_object__for_each_program(program, object) {
		enum bpf_prog_type type = bpf_program__type(program);
		bool wanted = lsm ? guard_object_is_lsm(program) :
				    type != BPF_PROG_TYPE_LSM && type != BPF_PROG_TYPE_TRACING &&
					      type != BPF_PROG_TYPE_STRUCT_OPS;

		if (!error && !wanted)
			error = bpf_program__set_autoload(program, false);
	}
	return error;
}

static int test_prepare(struct bpf_object *object, const struct cloison_test *test)
{
	struct bpf_map *map;
	int error = leave_out(object, false);

	if (error)
		return error;
	bpf_object__for_each_map(map, object)
		if (strstr(bpf_map__name(map), ".rodata"))
			return bpf_map__set_initial_value(map, test, sizeof(*test));
	return -ENOENT;
}

/* Use the maps that are there, by their descriptors. */
static int maps_reuse(struct bpf_object *object, const struct guard_maps *maps)
{
	int error = 0, i;

	for (i = 0; i < GUARD_MAPS && !error; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, guard_map_names[i]);

		if (i != GUARD_MAP_OPS && maps->fd[i] >= 0)
			error = map ? bpf_map__reuse_fd(map, maps->fd[i]) : -ENOENT;
	}
	return error;
}

/* The LSM programs once more, over the maps that are there. */
static int lsm_prepare(struct bpf_object *object, const struct guard_maps *maps)
{
	int error = leave_out(object, true);

	return error ? error : maps_reuse(object, maps);
}

static int load_refused(int error, struct problem *problem)
{
	if (error == -EPERM)
		return problem_set(
			problem, error,
			"the kernel does not let this user load BPF: be root of the host");
	return problem_set(problem, error, "the guard cannot be loaded: %s: %s", strerror(-error),
			   first_warning[0] ? first_warning : "no reason given");
}

static struct bpf_object *object_open(void)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "cloison");

	return bpf_object__open_mem(object_bytes, sizeof(object_bytes), &options);
}

/* The guard, open but not loaded: its maps can be looked at. */
int guard_object_open(struct bpf_object **object, struct problem *problem)
{
	libbpf_print_fn_t old_print;
	int error = platform_check(true, problem);

	if (error)
		return error;
	first_warning[0] = '\0';
	old_print = libbpf_set_print(keep_warning);
	*object = object_open();
	error = *object ? guard_ops_fit(*object) : -errno;
	libbpf_set_print(old_print);
	return error ? load_refused(error, problem) : 0;
}

/* @maps: those that are there already; -1 for each that is to be made */
int guard_object_load_over(struct bpf_object *object, const struct guard_maps *maps,
			   struct problem *problem)
{
	libbpf_print_fn_t old_print;
	int error;

	first_warning[0] = '\0';
	old_print = libbpf_set_print(keep_warning);
	error = maps_reuse(object, maps);
	if (!error)
		error = bpf_object__load(object);
	libbpf_set_print(old_print);
	return error ? load_refused(error, problem) : 0;
}

/*
 * @test: for the packet vectors: their segment; what is not on packets and
 * calls is left out then.
 * @maps: for the LSM's part alone: the maps of the guard that it is of.
 * Both NULL for the guard itself.
 */
int guard_object_load(const struct cloison_test *test, const struct guard_maps *maps,
		      struct bpf_object **result, struct problem *problem)
{
	libbpf_print_fn_t old_print;
	struct bpf_object *object;
	int error;

	error = platform_check(!test, problem);
	if (error)
		return error;

	first_warning[0] = '\0';
	old_print = libbpf_set_print(keep_warning);
	object = object_open();
	error = object ? 0 : -errno;
	if (!error && test)
		error = test_prepare(object, test);
	if (!error && maps)
		error = lsm_prepare(object, maps);
	if (!error && !test && !maps)
		error = guard_ops_fit(object);
	if (!error)
		error = bpf_object__load(object);
	libbpf_set_print(old_print);
	if (!error) {
		*result = object;
		return 0;
	}

	if (object)
		bpf_object__close(object);
	return load_refused(error, problem);
}

void guard_object_maps(const struct bpf_object *object, struct guard_maps *maps)
{
	int i;

	for (i = 0; i < GUARD_MAPS; i++)
		maps->fd[i] = bpf_object__find_map_fd_by_name(object, guard_map_names[i]);
}

int guard_program_info(int fd, struct guard_program *program)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	snprintf(program->name, sizeof(program->name), "%s", info.name);
	program->id = info.id;
	program->instructions = info.verified_insns;
	return 0;
}
