// SPDX-License-Identifier: GPL-2.0-only
/* guard-release NAME: has the module let go of that object of the guard. */
#include <libcloison.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct cloison_control *control;
	struct cloison_ctx *ctx;
	int error;

	if (argc != 2) {
		fprintf(stderr, "usage: guard-release NAME\n");
		return 2;
	}
	error = cloison_new(&ctx);
	if (!error)
		error = cloison_control_open(ctx, &control);
	if (!error)
		error = cloison_guard_release(control, argv[1], false);
	if (error)
		puts(strerror(-error));
	return error ? 1 : 0;
}
