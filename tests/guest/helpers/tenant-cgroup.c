// SPDX-License-Identifier: GPL-2.0-only
/*
 * tenant-cgroup NAME DIRECTORY: has the module take that cgroup for the tenant's.
 * Nothing is said to the guard.
 */
#include <fcntl.h>
#include <libcloison.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct cloison_tenant_get tenant = CLOISON_ARG(cloison_tenant_get);
	struct cloison_control *control;
	struct cloison_ctx *ctx;
	int error;

	if (argc != 3) {
		fprintf(stderr, "usage: tenant-cgroup NAME DIRECTORY\n");
		return 2;
	}
	error = cloison_new(&ctx);
	if (!error)
		error = cloison_control_open(ctx, &control);
	if (!error)
		error = cloison_tenant_by_name(control, argv[1], &tenant);
	if (!error)
		error = cloison_tenant_set_cgroup(control, tenant.out_tenant,
						  open(argv[2], O_RDONLY | O_CLOEXEC));
	if (error)
		puts(strerror(-error));
	return error ? 1 : 0;
}
