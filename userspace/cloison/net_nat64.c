// SPDX-License-Identifier: GPL-2.0-only
/* cloison net nat64 */
#include <string.h>
#include <unistd.h>

#include "../common/guard_allow.h"
#include "net.h"

static int nat64_print(void)
{
	struct cloison_own list[CLOISON_NAT64];
	struct problem problem = { "" };
	char text[POLICY_RULE_TEXT];
	size_t count, i;
	int rc = guard_nat64_read(list, &count, &problem);

	if (rc)
		return fail_guard(rc, &problem);
	puts("64:ff9b::/96");
	for (i = 0; i < count; i++) {
		policy_own_format(&list[i], text);
		puts(text);
	}
	return EXIT_OK;
}

int net_nat64(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { { 0 } };
	struct problem problem = { "" };
	struct policy list = { 0 };
	char *save = NULL, *word;
	int rc, operands = command_parse(command, argc, argv, options, 0, 1);

	if (operands < 0)
		return EXIT_USAGE;
	if (!operands)
		return nat64_print();
	for (word = strcmp(argv[0], "none") ? strtok_r(argv[0], ",", &save) : NULL; word;
	     word = strtok_r(NULL, ",", &save)) {
		struct cloison_own own;

		if (policy_own_parse(word, &own, &problem)) {
			policy_free(&list);
			return command_usage(command, "%s", problem.text);
		}
		policy_own_add(&list, &own);
	}
	rc = net_begin(command, NULL);
	if (!rc && guard_nat64_set(list.addresses, list.address_count, &problem))
		rc = fail(EXIT_USAGE, "%s", problem.text);
	policy_free(&list);
	return rc;
}
