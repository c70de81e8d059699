// SPDX-License-Identifier: GPL-2.0-only
/* cloison: noun, then verb. */
#include <locale.h>
#include <stdarg.h>
#include <string.h>
#include <syslog.h>

#include "command.h"
#include "module.h"

static const struct noun *const nouns[] = { &status_noun,  &pool_noun,	&tenant_noun, &region_noun,
					    &net_noun,	   &guard_noun, &pen_noun,    &measure_noun,
					    &monitor_noun, &run_noun,	NULL };

static void help_noun(const struct noun *noun)
{
	const struct verb *verb;

	for (verb = noun->verbs; verb->run; verb++)
		printf("cloison %s%s%s %s\n       %s\n", noun->name, verb->name ? " " : "",
		       verb->name ? verb->name : "", verb->operands, verb->help);
}

static void help_all(FILE *out)
{
	const struct verb *verb;
	int i;

	fputs("usage: cloison [-v] NOUN [VERB] [ARGUMENT...]\n\n", out);
	for (i = 0; nouns[i]; i++) {
		fprintf(out, "  %-8s %s\n", nouns[i]->name, nouns[i]->help);
		if (!nouns[i]->verbs->name)
			continue;
		fputs("          ", out);
		for (verb = nouns[i]->verbs; verb->run; verb++)
			fprintf(out, " %s", verb->name);
		fputc('\n', out);
	}
	fputs("\n  cloison help NOUN   the verbs of a noun and their arguments\n"
	      "  cloison --version   of the command, and of the module\n"
	      "  -j, --json          on every listing\n"
	      "  -v, --verbose       report every call to the kernel\n",
	      out);
}

static const struct noun *find_noun(const char *name)
{
	int i;

	for (i = 0; nouns[i]; i++)
		if (!strcmp(nouns[i]->name, name))
			return nouns[i];
	return NULL;
}

static int help(const char *name)
{
	const struct noun *noun = name ? find_noun(name) : NULL;

	if (name && !noun) {
		fail(EXIT_USAGE, "\"%s\" is not a noun", name);
		help_all(stderr);
		return EXIT_USAGE;
	}
	if (noun)
		help_noun(noun);
	else
		help_all(stdout);
	return EXIT_OK;
}

static int version(void)
{
	char loaded[64], installed[64];

	module_versions(loaded, installed, sizeof(loaded));
	printf("cloison %s\nmodule loaded: %s\nmodule installed: %s\n", CLOISON_VERSION, loaded,
	       installed);
	return EXIT_OK;
}

static void log_to_stderr(struct cloison_ctx *ctx, int priority, void *data, const char *format,
			  va_list args)
{
	(void)ctx;
	(void)priority;
	(void)data;
	fputs("libcloison: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

static bool wants_help(int argc, char **argv)
{
	int i;

	for (i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return true;
	return false;
}

/* Find noun and verb, and run it on what follows them. */
static int run(struct command *command, int argc, char **argv)
{
	const struct verb *verb;

	command->noun = find_noun(argv[0]);
	if (!command->noun || wants_help(argc, argv))
		return help(argv[0]);
	verb = command->noun->verbs;
	argc--;
	argv++;
	if (verb->name) {
		if (!argc) {
			fail(EXIT_USAGE, "%s wants a verb", command->noun->name);
			help_noun(command->noun);
			return EXIT_USAGE;
		}
		while (verb->run && strcmp(verb->name, argv[0]))
			verb++;
		if (!verb->run) {
			fail(EXIT_USAGE, "\"%s\" is not a verb of %s", argv[0],
			     command->noun->name);
			advise("see: cloison help %s", command->noun->name);
			return EXIT_USAGE;
		}
		argc--;
		argv++;
	}
	command->verb = verb;
	return verb->run(command, argc, argv);
}

int main(int argc, char **argv)
{
	struct command command = { 0 };
	bool verbose = false;
	int rc;

	setlocale(LC_ALL, "");
	/* Options before the noun hold for all verbs. */
	for (argc--, argv++; argc && argv[0][0] == '-'; argc--, argv++) {
		if (!strcmp(argv[0], "-v") || !strcmp(argv[0], "--verbose"))
			verbose = true;
		else if (!strcmp(argv[0], "-j") || !strcmp(argv[0], "--json"))
			command.json = true;
		else if (!strcmp(argv[0], "--version"))
			return version();
		else if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-h"))
			return help(NULL);
		else
			return fail(EXIT_USAGE, "unknown option \"%s\"; see: cloison help",
				    argv[0]);
	}
	if (!argc) {
		help_all(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[0], "help"))
		return help(argc > 1 ? argv[1] : NULL);
	rc = cloison_new(&command.ctx);
	if (rc)
		return fail_errno(rc, "library");
	if (verbose) {
		cloison_set_log_fn(command.ctx, log_to_stderr, NULL);
		cloison_set_log_priority(command.ctx, LOG_DEBUG);
	}
	rc = run(&command, argc, argv);
	cloison_control_close(command.control);
	cloison_unref(command.ctx);
	return rc;
}
