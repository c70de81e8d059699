// SPDX-License-Identifier: GPL-2.0-only
/* cloison net mode, cloison net address, cloison net renew */
#include <errno.h>
#include <string.h>

#include "../common/guard_policy.h"
#include "net.h"

const char *net_mode_name(enum cloison_mode mode)
{
	switch (mode) {
	case CLOISON_ENFORCE:
		return "enforce";
	case CLOISON_OBSERVE:
		return "observe";
	default:
		return "closed";
	}
}

int net_mode(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { { 0 } };
	struct problem problem = { "" };
	struct policy policy = { 0 };
	enum cloison_mode mode;
	int rc;

	if (command_parse(command, argc, argv, options, 2, 2) < 0)
		return EXIT_USAGE;
	if (!strcmp(argv[1], "enforce"))
		mode = CLOISON_ENFORCE;
	else if (!strcmp(argv[1], "observe"))
		mode = CLOISON_OBSERVE;
	else
		return command_usage(command, "\"%s\" is no mode: use enforce or observe", argv[1]);
	rc = net_begin(command, argv[0]);
	if (rc)
		return rc;
	rc = guard_policy_read(argv[0], &policy, NULL, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	policy.mode = mode;
	rc = net_replace(argv[0], &policy, false);
	policy_free(&policy);
	if (rc)
		return rc;
	if (mode == CLOISON_OBSERVE) {
		printf("%s: observe: NOTHING IS STOPPED, what would be is counted\n", argv[0]);
		printf("it is stopped again by: cloison net mode %s enforce\n", argv[0]);
	} else {
		printf("%s: enforce: what no rule allows does not pass\n", argv[0]);
	}
	return EXIT_OK;
}

/* One word of a list into the policy. */
typedef int (*own_add_fn)(const char *word, struct policy *policy, struct problem *problem);

static int own_added(int error, const char *word, struct problem *problem)
{
	if (error == -ENOMEM)
		return problem_set(problem, error, "out of memory");
	if (error == -EEXIST)
		return problem_set(problem, error, "'%.64s' is there twice", word);
	return error;
}

static int address_add(const char *word, struct policy *policy, struct problem *problem)
{
	struct cloison_own own;
	int error = policy_own_parse(word, &own, problem);

	return error ? error : own_added(policy_own_add(policy, &own), word, problem);
}

static int group_add(const char *word, struct policy *policy, struct problem *problem)
{
	struct cloison_rule label;
	int error = policy_group_parse(word, &label, problem);

	return error ? error : own_added(policy_label_add(policy, &label), word, problem);
}

static int port_add(const char *word, struct policy *policy, struct problem *problem)
{
	struct cloison_rule label;
	int error = policy_port_parse(word, &label, problem);

	return error ? error : own_added(policy_label_add(policy, &label), word, problem);
}

/* @text: NULL and "none" are nothing */
static int list_add(struct command *command, const char *text, own_add_fn add,
		    struct policy *policy)
{
	struct problem problem = { "" };
	char word[128];
	size_t length;

	if (!text || !strcmp(text, "none"))
		return EXIT_OK;
	for (;; text += length + 1) {
		length = strcspn(text, ",");
		snprintf(word, sizeof(word), "%.*s", (int)length, text);
		if (add(word, policy, &problem))
			return command_usage(command, "%s", problem.text);
		if (!text[length])
			return EXIT_OK;
	}
}

int net_own_parse(struct command *command, struct net_own *own)
{
	int rc;

	own->policy = (struct policy){ 0 };
	rc = list_add(command, own->address, address_add, &own->policy);
	if (!rc)
		rc = list_add(command, own->group, group_add, &own->policy);
	if (!rc)
		rc = list_add(command, own->port, port_add, &own->policy);
	if (rc)
		policy_free(&own->policy);
	return rc;
}

int net_own_set(const char *name, const struct net_own *own)
{
	struct problem problem = { "" };
	struct policy policy = { 0 };
	int rc;

	rc = guard_policy_read(name, &policy, NULL, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	if (own->address)
		policy.address_count = 0;
	if (own->group)
		policy_labels_drop(&policy, CLOISON_LABEL_GROUP);
	if (own->port)
		policy_labels_drop(&policy, CLOISON_LABEL_PORT);
	rc = policy_own_copy(&policy, &own->policy);
	rc = rc ? fail_errno(rc, "tenant %s", name) : net_replace(name, &policy, false);
	policy_free(&policy);
	return rc;
}

int net_renew(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { { 0 } };
	struct problem problem = { "" };
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	rc = net_begin(command, NULL);
	if (rc)
		return rc;
	rc = guard_policies_renew(&problem);
	return rc ? fail_guard(rc, &problem) : EXIT_OK;
}

int net_address(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { { 0 } };
	struct net_own own = { 0 };
	int rc;

	if (command_parse(command, argc, argv, options, 2, 2) < 0)
		return EXIT_USAGE;
	own.address = argv[1];
	if (net_own_parse(command, &own))
		return EXIT_USAGE;
	rc = net_begin(command, argv[0]);
	if (!rc)
		rc = net_own_set(argv[0], &own);
	if (!rc && !own.policy.address_count)
		printf("%s: no addresses: any is taken for its own\n", argv[0]);
	policy_free(&own.policy);
	return rc;
}
