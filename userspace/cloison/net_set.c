// SPDX-License-Identifier: GPL-2.0-only
/* cloison net mode, cloison net address */
#include <errno.h>
#include <string.h>

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

int net_addresses_parse(struct command *command, const char *text, struct policy *policy)
{
	struct problem problem = { "" };
	struct cloison_own own;
	char word[64];
	size_t length;
	int rc;

	*policy = (struct policy){ 0 };
	if (!strcmp(text, "none"))
		return EXIT_OK;
	for (;; text += length + 1) {
		length = strcspn(text, ",");
		snprintf(word, sizeof(word), "%.*s", (int)length, text);
		rc = policy_own_parse(word, &own, &problem);
		if (!rc && policy_own_add(policy, &own) == -ENOMEM)
			rc = problem_set(&problem, -ENOMEM, "out of memory");
		if (rc) {
			policy_free(policy);
			return command_usage(command, "%s", problem.text);
		}
		if (!text[length])
			return EXIT_OK;
	}
}

/* The policy stays as it is. After net_begin(), or for a tenant just made. */
int net_addresses_set(const char *name, const struct policy *addresses)
{
	struct problem problem = { "" };
	struct policy policy = { 0 };
	size_t i;
	int rc;

	rc = guard_policy_read(name, &policy, NULL, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	policy.address_count = 0;
	for (i = 0; i < addresses->address_count && !rc; i++)
		rc = policy_own_add(&policy, &addresses->addresses[i]);
	rc = rc ? fail_errno(rc, "addresses of %s", name) : net_replace(name, &policy, false);
	policy_free(&policy);
	return rc;
}

int net_address(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { { 0 } };
	struct policy addresses;
	int rc;

	if (command_parse(command, argc, argv, options, 2, 2) < 0 ||
	    net_addresses_parse(command, argv[1], &addresses))
		return EXIT_USAGE;
	rc = net_begin(command, argv[0]);
	if (!rc)
		rc = net_addresses_set(argv[0], &addresses);
	if (!rc && !addresses.address_count)
		printf("%s: no addresses: any is taken for its own\n", argv[0]);
	policy_free(&addresses);
	return rc;
}
