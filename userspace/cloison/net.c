// SPDX-License-Identifier: GPL-2.0-only
/* cloison net */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../common/guard_policy.h"
#include "../common/guard_status.h"
#include "../common/output.h"
#include "command.h"
#include "net.h"

/* More words than any rule has; what is left over the parser names. */
#define MOST_WORDS 12

/* fail() for the guard's errors, which bring their own text. */
int fail_guard(int error, const struct problem *problem)
{
	if (error == -ENOENT)
		return fail(EXIT_NOT_FOUND, "%s", problem->text);
	if (error == -EEXIST)
		return fail(EXIT_IN_USE, "%s", problem->text);
	if (error == -ENOSPC)
		return fail(EXIT_NO_ROOM, "%s", problem->text);
	if (error == -EPERM || error == -EACCES)
		return fail(EXIT_DENIED, "%s", problem->text);
	return fail(EXIT_FAILED, "%s", problem->text);
}

/*
 * Read, change, replace: two who do so at once would lose one's rule. The
 * kernel ends the lock with the process, however that ends.
 */
static int lock_policies(void)
{
	int fd = open("/run/cloison.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd >= 0 && !flock(fd, LOCK_EX))
		return EXIT_OK;
	return fail(errno == EACCES ? EXIT_DENIED : EXIT_FAILED, "/run/cloison.lock: %s",
		    strerror(errno));
}

int net_begin(struct command *command, const char *name)
{
	struct cloison_tenant_get tenant;
	int rc = command_control(command, false);

	if (!rc && name)
		rc = find_tenant(command, name, &tenant);
	if (!rc && geteuid() != 0)
		rc = fail(EXIT_DENIED, "policies are for root");
	return rc ? rc : lock_policies();
}

int net_change(struct command *command, int argc, char **argv,
	       int (*run)(const char *, const char *, struct problem *))
{
	const struct argument_option options[] = { { 0 } };
	struct problem problem = { "" };
	int rc;

	if (command_parse(command, argc, argv, options, 2, 2) < 0)
		return EXIT_USAGE;
	rc = net_begin(command, argv[0]);
	if (rc)
		return rc;
	rc = run(argv[0], argv[1], &problem);
	return rc ? fail_guard(rc, &problem) : EXIT_OK;
}

int net_replace(const char *name, struct policy *policy, bool strict)
{
	struct problem problem = { "" };
	int rc = guard_policy_replace(name, policy, strict, &problem);

	return rc ? fail_guard(rc, &problem) : EXIT_OK;
}

static int add(struct command *command, const char *name, const struct policy_entry *entry,
	       bool dry)
{
	struct problem problem = { "" };
	struct policy policy = { 0 };
	char text[POLICY_RULE_TEXT];
	int rc;

	rc = guard_policy_read(name, &policy, NULL, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	rc = policy_add(&policy, entry, &problem);
	if (rc)
		rc = fail_guard(rc, &problem);
	else if (dry)
		rc = net_dry_run(command, name, &policy, true);
	else
		rc = net_replace(name, &policy, true);
	policy_rule_format(&entry->rule, text);
	if (!rc && !dry)
		printf("%s: rule %zu is %s\n", name, policy.count, text);
	policy_free(&policy);
	return rc;
}

static int net_add(struct command *command, int argc, char **argv, enum cloison_verdict verdict)
{
	bool dry = false;
	const struct argument_option options[] = {
		{ "dry-run", 'n', ARGUMENT_FLAG, &dry, NULL },
		OPTION_JSON(command),
		{ 0 },
	};
	const char *words[MOST_WORDS];
	struct problem problem = { "" };
	struct policy_entry entry;
	int rc, i, operands = command_parse(command, argc, argv, options, 3, MOST_WORDS);

	if (operands < 0)
		return EXIT_USAGE;
	for (i = 1; i < operands; i++)
		words[i - 1] = argv[i];
	if (policy_rule_parse(verdict, words, (size_t)operands - 1, &entry, &problem))
		return command_usage(command, "%s", problem.text);
	rc = net_begin(command, argv[0]);
	return rc ? rc : add(command, argv[0], &entry, dry);
}

static int net_allow(struct command *command, int argc, char **argv)
{
	return net_add(command, argc, argv, CLOISON_ALLOW);
}

static int net_deny(struct command *command, int argc, char **argv)
{
	return net_add(command, argc, argv, CLOISON_DENY);
}

static int net_remove(struct command *command, int argc, char **argv)
{
	bool dry = false;
	const struct argument_option options[] = {
		{ "dry-run", 'n', ARGUMENT_FLAG, &dry, NULL },
		OPTION_JSON(command),
		{ 0 },
	};
	struct problem problem = { "" };
	struct policy policy = { 0 };
	uint32_t number;
	int rc;

	if (command_parse(command, argc, argv, options, 2, 2) < 0)
		return EXIT_USAGE;
	rc = net_begin(command, argv[0]);
	if (rc)
		return rc;
	rc = guard_policy_read(argv[0], &policy, NULL, &problem);
	if (rc) {
		rc = fail_guard(rc, &problem);
	} else {
		number = policy_rule_find(&policy, argv[1]);
		if (!number)
			rc = fail(EXIT_NOT_FOUND, "there is no rule \"%.64s\": the policy has %zu",
				  argv[1], policy.count);
		else
			policy_remove(&policy, number, &problem);
		if (!rc)
			rc = dry ? net_dry_run(command, argv[0], &policy, false) :
				   net_replace(argv[0], &policy, false);
	}
	policy_free(&policy);
	return rc;
}

static void cell_excepts(struct table *table, const struct policy *policy, uint32_t number)
{
	char all[POLICY_EXCEPTS * 48] = "", text[POLICY_RULE_TEXT];
	size_t i, length = 0;

	for (i = 0; i < policy->part_count; i++) {
		struct cloison_rule part = policy->parts[i];

		if (part.number != number || part.peers != CLOISON_PART_EXCEPT)
			continue;
		part.peers = CLOISON_PEERS_PREFIX;
		policy_peer_format(&part, text);
		length += snprintf(all + length, sizeof(all) - length, "%s%.44s", length ? "," : "",
				   text);
	}
	if (length)
		table_text(table, all);
	else
		table_none(table);
}

static int add_rows(struct table *table, const char *name)
{
	struct problem problem = { "" };
	struct policy policy = { 0 };
	char text[POLICY_RULE_TEXT];
	size_t i;
	int rc;

	rc = guard_policy_read(name, &policy, NULL, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	for (i = 0; i < policy.count; i++) {
		const struct cloison_rule *rule = &policy.rules[i];

		table_text(table, name);
		table_number(table, rule->number);
		if (rule->name[0])
			table_text(table, rule->name);
		else
			table_none(table);
		table_text(table, policy_verdict_name(rule->verdict));
		table_text(table, policy_direction_name(rule->direction));
		policy_peer_format(rule, text);
		table_text(table, text);
		cell_excepts(table, &policy, rule->number);
		table_text(table, policy_protocol_name(rule->protocol));
		policy_ports_format(rule, text);
		table_text(table, text);
		table_number(table, rule->hits);
	}
	policy_free(&policy);
	return EXIT_OK;
}

static int add_all(struct table *table)
{
	struct problem problem = { "" };
	struct guard_status status;
	int rc = guard_status_read(&status, &problem);
	size_t i;

	if (rc)
		return fail_guard(rc, &problem);
	for (i = 0; i < status.segment_count && !rc; i++)
		rc = add_rows(table, status.segments[i].name);
	guard_status_free(&status);
	return rc;
}

static int net_list(struct command *command, int argc, char **argv)
{
	static const char *const names[] = { "tenant",	  "rule", "name",   "verdict",
					     "direction", "peer", "except", "protocol",
					     "ports",	  "hits", NULL };
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct cloison_tenant_get tenant;
	struct table *table;
	int rc, operands = command_parse(command, argc, argv, options, 0, 1);

	if (operands < 0)
		return EXIT_USAGE;
	rc = command_control(command, false);
	if (!rc && operands)
		rc = find_tenant(command, argv[0], &tenant);
	if (rc)
		return rc;
	table = table_new(names);
	if (table)
		rc = operands ? add_rows(table, argv[0]) : add_all(table);
	if (!rc)
		return finish_table(command, table);
	table_free(table);
	return rc;
}

#define RULE                                                                               \
	"TENANT egress|ingress PEER [PROTOCOL [PORT|FIRST-LAST|any]] [except PREFIX,...] " \
	"[name NAME] [--dry-run [-j]]"

static const struct verb verbs[] = {
	{ "allow", net_allow, RULE, "let flows pass, unless a deny rule is against it" },
	{ "deny", net_deny, RULE, "stop flows, whatever allow rules say" },
	{ "list", net_list, "[TENANT] [-j]", "the rules in force, as the kernel has them" },
	{ "remove", net_remove, "TENANT RULE [--dry-run [-j]]",
	  "take a rule back, by its number or name" },
	{ "set", net_set, "TENANT --file FILE [--dry-run [-j]]",
	  "all rules of a file instead of those in force" },
	{ "set-all", net_set_all, "DIRECTORY",
	  "the same for each TENANT.policy there, all of them or none" },
	{ "export", net_export, "TENANT", "the rules in force, as the file that set reads" },
	{ "diff", net_diff, "TENANT --file FILE [-j]",
	  "what set would change; the exit status tells whether that is anything" },
	{ "counters", net_counters, "TENANT [-j]",
	  "what became of its packets and calls, by reason" },
	{ "check", net_check, "FILE [-j]", "whether a file is a policy and fits; changes nothing" },
	{ "explain", net_explain, "TENANT '->'|'<-' ADDRESS[:PORT]/PROTOCOL [--live] [-j]",
	  "what would become of a flow, and by which rule" },
	{ "graph", net_graph, "[--format dot|svg]",
	  "draw who may talk to whom, as it is in force" },
	{ "address", net_address, "TENANT ADDRESS[/BITS],...|none",
	  "its own addresses: it sends from and is reached at no other" },
	{ "renew", net_renew, "",
	  "look up again what names stand for, such as host, in all policies" },
	{ "nat64", net_nat64, "[PREFIX/96,...|none]",
	  "networks that translators make IPv4 of, besides 64:ff9b::/96" },
	{ "names", net_names, "[-j]", "the names of the DNS in policies, and what they have now" },
	{ "resolve", net_resolve,
	  "[--server ADDRESS[:PORT]] [--private ZONE,...] [--grace SECONDS] [--once]",
	  "look up the names of the DNS in policies, again and again" },
	{ "attach", net_attach, "TENANT DEVICE [--mac ADDRESS]",
	  "judge the frames on the host's end of a veth, netkit or tap" },
	{ "detach", net_detach, "TENANT DEVICE", "judge them no more" },
	{ "devices", net_devices, "[TENANT] [-j]", "the devices that are attached" },
	{ "claim", net_claim, "TENANT NETNS|PATH",
	  "make a network the tenant's alone: its loopback is free" },
	{ "release", net_release, "TENANT NETNS|PATH", "judge its loopback again" },
	{ "networks", net_networks, "[TENANT] [-j]", "the networks that are one tenant's" },
	{ "mode", net_mode, "TENANT enforce|observe",
	  "stop what no rule allows, or only count it" },
	{ 0 },
};

const struct noun net_noun = { "net", verbs, "what may pass into and out of a tenant" };
