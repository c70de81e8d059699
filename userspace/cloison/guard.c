// SPDX-License-Identifier: GPL-2.0-only
/* cloison guard */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "../common/escape.h"
#include "../common/guard.h"
#include "../common/guard_status.h"
#include "../common/output.h"
#include "command.h"
#include "guard_unix.h"
#include "net.h"

static int fail_problem(int error, const struct problem *problem)
{
	if (error == -EBUSY || error == -EEXIST)
		return fail(EXIT_IN_USE, "%s", problem->text);
	if (error == -EPERM || error == -EACCES)
		return fail(EXIT_DENIED, "%s", problem->text);
	return fail(EXIT_FAILED, "%s", problem->text);
}

static int guard_do_load(struct command *command, int argc, char **argv)
{
	bool changed = false, adopt = false;
	const struct argument_option options[] = {
		{ "adopt", 0, ARGUMENT_FLAG, &adopt, NULL },
		{ 0 },
	};
	struct problem problem = { "" };
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	rc = command_control(command, true);
	if (rc)
		return rc;
	rc = guard_load(adopt, &changed, &problem);
	if (rc)
		return fail_problem(rc, &problem);
	puts(changed ? "the guard is loaded and attached" : "the guard was in force already");
	return EXIT_OK;
}

static int guard_do_unload(struct command *command, int argc, char **argv)
{
	bool force = false;
	const struct argument_option options[] = {
		{ "force", 0, ARGUMENT_FLAG, &force, NULL },
		{ 0 },
	};
	struct problem problem = { "" };
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	rc = guard_unload(force, &problem);
	if (rc)
		return fail_problem(rc, &problem);
	puts("no guard is attached: nobody is admitted to any region");
	return EXIT_OK;
}

static json_t *program_json(const struct guard_program *program, const char *hook)
{
	return json_pack("{s:s, s:s, s:i, s:i}", "hook", hook, "program", program->name, "id",
			 (int)program->id, "instructions", (int)program->instructions);
}

static json_t *lsm_json(const struct guard_status *status)
{
	json_t *list = json_array();
	int i;

	for (i = 0; i < CLOISON_LSM_COUNT && status->loaded; i++) {
		json_t *program = program_json(&status->lsm[i].program, status->lsm[i].hook);

		json_object_set_new(program, "link", json_integer(status->lsm[i].link));
		json_array_append_new(list, program);
	}
	return list;
}

/* It may have the name of a device or of a file in it. */
static void print_problem(const char *problem)
{
	char text[ESCAPE_SIZE(sizeof(((struct guard_status *)0)->problem))];

	if (problem[0])
		printf("  problem      %s\n",
		       escape_text(text, sizeof(text), problem, strlen(problem)));
}

static json_t *pen_json(const struct guard_pen *pen)
{
	json_t *links = json_object();
	int hook;

	for (hook = 0; hook < GUARD_HOOKS; hook++)
		json_object_set_new(links, guard_hook_name((enum guard_hook)hook),
				    json_integer(pen->links[hook]));
	return json_pack("{s:s, s:I, s:o, s:b, s:o}", "pen", pen->path, "cgroup_id",
			 (json_int_t)pen->cgroup, "links", links, "in_force", pen->in_force,
			 "problem", output_text(pen->problem));
}

static json_t *pens_json(const struct guard_status *status)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < status->pen_count; i++)
		json_array_append_new(list, pen_json(&status->pens[i]));
	return list;
}

static json_t *segment_json(const struct guard_segment *segment)
{
	return json_pack("{s:s, s:i, s:I, s:s, s:s, s:I, s:i, s:i, s:b, s:I, s:I, s:o}", "tenant",
			 segment->name, "number", (int)segment->tenant, "cgroup_id",
			 (json_int_t)segment->cgroup, "pen", segment->pen, "network",
			 net_mode_name(segment->mode), "generation",
			 (json_int_t)segment->generation, "rules", (int)segment->rules, "addresses",
			 (int)segment->addresses, "in_force", segment->in_force,
			 "events_suppressed", (json_int_t)segment->suppressed, "events_lost",
			 (json_int_t)segment->lost, "problem", output_text(segment->problem));
}

static json_t *status_json(const struct guard_status *status)
{
	json_t *programs = json_array(), *tenants = json_array();
	char build[24], own_build[24];
	size_t i;

	for (i = 0; i < GUARD_HOOKS && status->loaded; i++)
		json_array_append_new(programs, program_json(&status->programs[i],
							     guard_hook_name((enum guard_hook)i)));
	if (status->loaded)
		json_array_append_new(programs, program_json(&status->admit, "admit"));
	for (i = 0; i < status->segment_count; i++)
		json_array_append_new(tenants, segment_json(&status->segments[i]));
	/* JSON's numbers have no room for 64 bits in many readers. */
	snprintf(build, sizeof(build), "%016" PRIx64, status->build);
	snprintf(own_build, sizeof(own_build), "%016" PRIx64, status->own_build);
	return json_pack(
		"{s:b, s:b, s:b, s:s, s:s, s:i, s:i, s:i, s:o, s:o, s:I, s:I, s:o, s:o, s:o}",
		"loaded", status->loaded, "admitting", status->admitting, "whole", status->whole,
		"build", build, "own_build", own_build, "held", (int)status->held,
		"struct_ops_link", (int)status->link, "struct_ops_map", (int)status->link_map,
		"programs", programs, "lsm", lsm_json(status), "events_suppressed",
		(json_int_t)status->suppressed, "events_lost", (json_int_t)status->lost, "pens",
		pens_json(status), "tenants", tenants, "problem", output_text(status->problem));
}

static void print_program(const struct guard_program *program, const char *hook)
{
	if (program->id)
		printf("  %-22s %-16s %6u  %u instructions verified\n", hook, program->name,
		       program->id, program->instructions);
	else
		printf("  %-22s missing\n", hook);
}

static void print_events(uint64_t suppressed, uint64_t lost)
{
	printf("  events       %" PRIu64 " suppressed, %" PRIu64 " lost\n", suppressed, lost);
}

static void print_pen(const struct guard_pen *pen)
{
	int hook;

	printf("\npen %s, cgroup id %" PRIu64 ": %s\n", pen->path, pen->cgroup,
	       pen->in_force ? "in force" : "NOT IN FORCE");
	printf("  links       ");
	for (hook = 0; hook < GUARD_HOOKS; hook++)
		printf(" %s=%u", guard_hook_name((enum guard_hook)hook), pen->links[hook]);
	putchar('\n');
	print_problem(pen->problem);
}

static void print_segment(const struct guard_segment *segment)
{
	printf("\ntenant %s (number %u), cgroup id %" PRIu64 ": %s\n", segment->name,
	       segment->tenant, segment->cgroup, segment->in_force ? "in force" : "NOT IN FORCE");
	if (segment->mode == CLOISON_UNSET)
		printf("  network      closed: it has no policy, so nothing passes\n");
	else
		printf("  network      %s, %u rules, generation %" PRIu64 "\n",
		       segment->mode == CLOISON_OBSERVE ? "observe, NOTHING IS STOPPED" :
							  net_mode_name(segment->mode),
		       segment->rules, segment->generation);
	if (segment->addresses)
		printf("  addresses    %u, and no other is its own\n", segment->addresses);
	else
		printf("  addresses    none given: any is taken for its own\n");
	printf("  pen          %s\n", segment->pen[0] ? segment->pen : "none");
	print_events(segment->suppressed, segment->lost);
	print_problem(segment->problem);
}

static void print_status(const struct guard_status *status)
{
	size_t i;

	if (!status->loaded) {
		puts("guard: not loaded; nobody is admitted to any region");
		puts("  load it: cloison guard load");
	} else {
		printf("guard: %s, build %016" PRIx64 "%s\n",
		       status->admitting ? "attached" :
					   "NOT ATTACHED; nobody is admitted to any region",
		       status->build,
		       status->build == status->own_build ? "" : " (not this command's build)");
		printf("  struct_ops   cloison_guard_ops: link %u, map %u\n", status->link,
		       status->link_map);
		printf("  held         %u objects, which need no pin and no process\n",
		       status->held);
		print_program(&status->admit, "admit");
		for (i = 0; i < GUARD_HOOKS; i++)
			print_program(&status->programs[i], guard_hook_name((enum guard_hook)i));
		puts("  for the whole host, of the LSM:");
		for (i = 0; i < CLOISON_LSM_COUNT; i++)
			print_program(&status->lsm[i].program, status->lsm[i].hook);
		print_events(status->suppressed, status->lost);
	}
	print_problem(status->problem);
	for (i = 0; i < status->pen_count; i++)
		print_pen(&status->pens[i]);
	for (i = 0; i < status->segment_count; i++)
		print_segment(&status->segments[i]);
}

static int guard_do_show(struct command *command, int argc, char **argv)
{
	const struct argument_option options[] = { OPTION_JSON(command), { 0 } };
	struct problem problem = { "" };
	struct guard_status status;
	int rc;

	if (command_parse(command, argc, argv, options, 0, 0) < 0)
		return EXIT_USAGE;
	rc = guard_status_read(&status, &problem);
	if (rc)
		return fail_problem(rc, &problem);
	if (command->json && output_json(status_json(&status), stdout))
		rc = fail(EXIT_FAILED, "listing: cannot be written");
	else if (!command->json)
		print_status(&status);
	/* A script that watches the wall asks for the exit code only. */
	if (!rc && !(status.loaded && status.admitting))
		rc = EXIT_NO_GUARD;
	else if (!rc && !status.whole)
		rc = EXIT_FAILED;
	guard_status_free(&status);
	return rc;
}

static const struct verb verbs[] = {
	{ "load", guard_do_load, "[--adopt]",
	  "have the guard in force; upgrades one of another build; may be repeated" },
	{ "unload", guard_do_unload, "[--force]", "take it away: all access to regions ends" },
	{ "show", guard_do_show, "[-j]", "its programs and links, pens and tenants" },
	{ "unix-allow", guard_do_unix_allow, "NAME|DIRECTORY/ [--tenant TENANT]",
	  "let tenants, or one, talk to unix sockets of the host, such as the journal's" },
	{ "unix-forbid", guard_do_unix_forbid, "NAME|DIRECTORY/ [--tenant TENANT]", "no more" },
	{ "unix-list", guard_do_unix_list, "[-j]", "which ones, and how often they were used" },
	{ 0 },
};

const struct noun guard_noun = { "guard", verbs, "what admits accesses and judges packets" };
