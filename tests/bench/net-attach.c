// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaves programs at a cgroup, which go with it, for the connections that are
 * measured in there.
 *
 *   bench-net-attach guard|empty|list CGROUP RULES PEER
 *
 * guard: the guard's, with RULES rules and two more by which PEER passes. empty:
 * some that do nothing, at the same hooks. list: as systemd does it for
 * IPAddressAllow=, a look-up of each packet's peer in RULES addresses and PEER.
 */
#include "net-guard.h"

static void peer_rules(struct policy *policy, const char *peer)
{
	enum cloison_direction direction;

	for (direction = CLOISON_INGRESS; direction <= CLOISON_EGRESS; direction++) {
		struct policy_entry entry = {
			.rule = {
				.verdict = CLOISON_ALLOW,
				.direction = direction,
				.family = CLOISON_IPV4,
				.prefix = 32,
				.last_port = 65535,
			},
		};

		if (inet_pton(AF_INET, peer, entry.rule.address) != 1 ||
		    policy_add(policy, &entry, &problem))
			die(peer);
	}
}

static void attach_guard(const char *path, size_t rules, const char *peer)
{
	const struct cloison_test production = {};
	struct policy policy = {};
	struct guard_tenant tenant = { .number = 1, .tenant.name = "bench", .next = &policy };
	struct guard_maps maps;
	struct bpf_object *object = object_open(&production, &maps);

	policy_make(&policy, rules, 1);
	peer_rules(&policy, peer);
	tenant_maps(&maps, 0);
	tenant_attach(&maps, object, &tenant, path);
	if (guard_policy_commit(&maps, &tenant, 1, &problem))
		die("a commit");
	bpf_object__close(object);
}

static void attach_empty(const char *path)
{
	int hook, cgroup = cgroup_make(path);

	for (hook = 0; hook < GUARD_HOOKS; hook++) {
		enum bpf_attach_type attach = guard_hook_types[hook].attach;
		enum bpf_prog_type type = BPF_PROG_TYPE_CGROUP_SOCK_ADDR;

		if (attach == BPF_CGROUP_INET_INGRESS || attach == BPF_CGROUP_INET_EGRESS)
			type = BPF_PROG_TYPE_CGROUP_SKB;
		else if (attach == BPF_CGROUP_INET_SOCK_CREATE ||
			 attach == BPF_CGROUP_INET_SOCK_RELEASE)
			type = BPF_PROG_TYPE_CGROUP_SOCK;
		else if (attach == BPF_CGROUP_DEVICE)
			type = BPF_PROG_TYPE_CGROUP_DEVICE;
		else if (attach == BPF_CGROUP_SYSCTL)
			type = BPF_PROG_TYPE_CGROUP_SYSCTL;
		program_attach(empty_program(type, attach), cgroup, attach);
	}
}

struct list_key {
	__u32 prefix;
	__u8 address[4];
};

/* @offset: of the peer's address in the IPv4 header */
static int list_program(int list, int offset)
{
	const struct bpf_insn instructions[] = {
		MOVE(2, offset),
		FRAME(3, -4),
		MOVE(4, 4),
		CALL(BPF_FUNC_skb_load_bytes),
		{ .code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = 10, .off = -8, .imm = 32 },
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = 1,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = list },
		{ 0 },
		FRAME(2, -8),
		CALL(BPF_FUNC_map_lookup_elem),
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 0, .off = 1 },
		MOVE(0, 1),
		EXIT,
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_CGROUP_SKB, "list", "GPL", instructions,
			       sizeof(instructions) / sizeof(*instructions), NULL);

	if (fd < 0)
		die("a program that looks peers up");
	return fd;
}

static void attach_list(const char *path, size_t addresses, const char *peer)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
	int cgroup = cgroup_make(path);
	struct list_key key = { .prefix = 32 };
	struct policy policy = {};
	uint32_t one = 1;
	size_t i;
	int list;

	list = bpf_map_create(BPF_MAP_TYPE_LPM_TRIE, "list", sizeof(key), sizeof(one),
			      (uint32_t)addresses + 1, &options);
	policy_make(&policy, 2 * addresses, 1);
	for (i = 0; list >= 0 && i <= addresses; i++) {
		if (i == addresses)
			inet_pton(AF_INET, peer, key.address);
		else
			memcpy(key.address, policy.rules[2 * i].address, sizeof(key.address));
		if (bpf_map_update_elem(list, &key, &one, BPF_ANY))
			die("the list");
	}
	program_attach(list_program(list, 16), cgroup, BPF_CGROUP_INET_EGRESS);
	program_attach(list_program(list, 12), cgroup, BPF_CGROUP_INET_INGRESS);
}

int main(int argc, char **argv)
{
	size_t rules = argc == 5 ? strtoul(argv[3], NULL, 10) : 0;

	if (argc == 5 && !strcmp(argv[1], "guard"))
		attach_guard(argv[2], rules, argv[4]);
	else if (argc == 5 && !strcmp(argv[1], "list"))
		attach_list(argv[2], rules, argv[4]);
	else if (argc == 5 && !strcmp(argv[1], "empty"))
		attach_empty(argv[2]);
	else
		return fputs("usage: bench-net-attach guard|empty|list CGROUP RULES PEER\n",
			     stderr),
		       2;
	return 0;
}
