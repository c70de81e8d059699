// SPDX-License-Identifier: GPL-2.0-only
/* cloison net graph */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "../common/guard_policy.h"
#include "../common/guard_status.h"
#include "net.h"

/* Words of rules need no quoting in a Graphviz string: no quote, no backslash. */
static void peer_node(FILE *out, const struct cloison_rule *rule)
{
	char peer[POLICY_RULE_TEXT];

	policy_peer_format(rule, peer);
	fprintf(out, "\"%s\"", peer);
}

/* An arrow is drawn from the one that begins the flow. */
static void rule_edge(FILE *out, const char *tenant, const struct policy *policy,
		      const struct cloison_rule *rule)
{
	bool egress = rule->direction == CLOISON_EGRESS, deny = rule->verdict == CLOISON_DENY;
	char ports[POLICY_RULE_TEXT], except[POLICY_RULE_TEXT];
	size_t i;

	fputs("\t", out);
	if (egress)
		fprintf(out, "\"tenant:%s\" -> ", tenant);
	peer_node(out, rule);
	if (!egress)
		fprintf(out, " -> \"tenant:%s\"", tenant);
	policy_ports_format(rule, ports);
	fprintf(out, " [label=\"%s%s%s %s", rule->name, rule->name[0] ? ": " : "",
		policy_protocol_name(rule->protocol), ports);
	for (i = 0; i < policy->part_count; i++) {
		struct cloison_rule part = policy->parts[i];

		if (part.number != rule->number || part.peers != CLOISON_PART_EXCEPT)
			continue;
		part.peers = CLOISON_PEERS_PREFIX;
		policy_peer_format(&part, except);
		fprintf(out, "\\nnot %s", except);
	}
	fprintf(out, "\"%s];\n",
		deny ? ", color=red, fontcolor=red, style=dashed, arrowhead=tee" : "");
}

static int tenant_edges(FILE *out, const struct guard_segment *segment)
{
	struct problem problem = { "" };
	struct policy policy = { 0 };
	int rc = guard_policy_read(segment->name, &policy, NULL, &problem);
	char address[POLICY_RULE_TEXT];
	size_t i;

	if (rc)
		return fail_guard(rc, &problem);
	fprintf(out, "\t\"tenant:%s\" [shape=box, style=\"%s\", label=\"%s", segment->name,
		segment->mode == CLOISON_OBSERVE ? "dashed" : "bold", segment->name);
	for (i = 0; i < policy.address_count; i++) {
		policy_own_format(&policy.addresses[i], address);
		fprintf(out, "\\n%s", address);
	}
	fprintf(out, "%s\"];\n",
		segment->mode == CLOISON_OBSERVE ? "\\nonly observed" :
		segment->mode == CLOISON_UNSET	 ? "\\nclosed" :
						   "");
	for (i = 0; i < policy.count; i++)
		rule_edge(out, segment->name, &policy, &policy.rules[i]);
	policy_free(&policy);
	return EXIT_OK;
}

static int draw(FILE *out)
{
	struct problem problem = { "" };
	struct guard_status status;
	int rc = guard_status_read(&status, &problem);
	size_t i;

	if (rc)
		return fail_guard(rc, &problem);
	if (!status.loaded) {
		fail(EXIT_NO_GUARD, "no guard is loaded, so there are no policies");
		advise("load it: cloison guard load");
		return EXIT_NO_GUARD;
	}
	fputs("digraph cloison {\n\trankdir=LR;\n\tnode [fontname=sans];\n"
	      "\tedge [fontname=sans, fontsize=10];\n",
	      out);
	for (i = 0; i < status.segment_count && !rc; i++)
		rc = tenant_edges(out, &status.segments[i]);
	fputs("}\n", out);
	guard_status_free(&status);
	return rc;
}

/* Graphviz does the layout; it reads the drawing and writes to our standard output. */
static int draw_svg(void)
{
	FILE *dot;
	int rc, status;

	if (system("command -v dot >/dev/null")) {
		fail(EXIT_FAILED, "SVG is made by Graphviz's dot, which is not installed");
		advise("apt-get install graphviz; or draw elsewhere what --format dot prints");
		return EXIT_FAILED;
	}
	dot = popen("dot -Tsvg", "we");
	if (!dot)
		return fail(EXIT_FAILED, "dot: %s", strerror(errno));
	rc = draw(dot);
	status = pclose(dot);
	if (!rc && (!WIFEXITED(status) || WEXITSTATUS(status)))
		rc = fail(EXIT_FAILED, "dot did not draw it");
	return rc;
}

int net_graph(struct command *command, int argc, char **argv)
{
	const char *format = "dot";
	const struct argument_option options[] = {
		{ "format", 0, ARGUMENT_TEXT, &format, NULL },
		{ 0 },
	};
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	if (!strcmp(format, "svg"))
		return draw_svg();
	if (strcmp(format, "dot"))
		return command_usage(command, "--format \"%s\": use dot or svg", format);
	rc = draw(stdout);
	if (!rc && fflush(stdout))
		rc = fail(EXIT_FAILED, "drawing: cannot be written");
	return rc;
}
