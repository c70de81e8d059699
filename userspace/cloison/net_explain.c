// SPDX-License-Identifier: GPL-2.0-only
/* cloison net explain */
#include <errno.h>
#include <string.h>

#include "../common/guard_policy.h"
#include "../common/output.h"
#include "net.h"

/* Why it is so, in a sentence. */
static void why_text(const struct policy *policy, const struct policy_answer *answer, bool types,
		     char text[POLICY_RULE_TEXT + 64])
{
	char rule[POLICY_RULE_TEXT];

	if (!answer->rule || answer->rule > policy->count) {
		snprintf(text, POLICY_RULE_TEXT + 64, "no rule allows it%s",
			 types ? "; ICMP is allowed by its type only" : "");
		return;
	}
	policy_rule_format(&policy->rules[answer->rule - 1], rule);
	snprintf(text, POLICY_RULE_TEXT + 64, "rule %u: %s%s", answer->rule, rule,
		 answer->verdict == CLOISON_DENY ? "; a denial beats whatever allows it" : "");
}

static int explain_print(struct command *command, const struct policy *policy,
			 const struct policy_answer *answer, bool live, bool types)
{
	bool allowed = answer->verdict == CLOISON_ALLOW;
	char why[POLICY_RULE_TEXT + 64];

	why_text(policy, answer, types, why);
	if (command->json) {
		if (output_json(json_pack("{s:s, s:i, s:s, s:s, s:s}", "verdict",
					  policy_verdict_name(answer->verdict), "rule",
					  (int)answer->rule, "why", why, "mode",
					  net_mode_name(policy->mode), "from",
					  live ? "maps" : "rules"),
				stdout))
			return fail(EXIT_FAILED, "listing: cannot be written");
		return EXIT_OK;
	}
	printf("%s: %s\n", allowed ? "allow" : "deny", why);
	if (policy->mode == CLOISON_OBSERVE && !allowed)
		puts("but the tenant is only observed: it passes, and is counted");
	if (policy->mode == CLOISON_UNSET)
		puts("the tenant has no policy in force: nothing passes");
	return EXIT_OK;
}

int net_explain(struct command *command, int argc, char **argv)
{
	bool live = false, types;
	const struct argument_option options[] = {
		{ "live", 0, ARGUMENT_FLAG, &live, NULL },
		OPTION_JSON(command),
		{ 0 },
	};
	struct cloison_tenant_get tenant;
	struct policy_answer answer;
	struct policy_tables tables;
	struct problem problem = { "" };
	struct policy policy = { 0 };
	struct policy_flow flow;
	int rc;

	if (command_parse(command, argc, argv, options, 3, 3) < 0)
		return EXIT_USAGE;
	if (policy_flow_parse(argv[1], argv[2], &flow, &problem))
		return command_usage(command, "%s", problem.text);
	rc = command_control(command, false);
	if (!rc)
		rc = find_tenant(command, argv[0], &tenant);
	if (rc)
		return rc;
	rc = guard_policy_read(argv[0], &policy, NULL, &problem);
	if (rc)
		return fail_guard(rc, &problem);
	if (live) {
		rc = guard_live_judge(argv[0], &flow, &answer, &problem);
	} else {
		rc = policy_compile(&policy, &tables, &problem);
		if (!rc) {
			guard_flow_resolve(&flow, NULL);
			answer = policy_tables_judge(&tables, &flow);
			policy_tables_free(&tables);
		}
	}
	types = flow.protocol == CLOISON_ICMP || flow.protocol == CLOISON_ICMP6;
	rc = rc ? fail_guard(rc, &problem) : explain_print(command, &policy, &answer, live, types);
	policy_free(&policy);
	return rc;
}
