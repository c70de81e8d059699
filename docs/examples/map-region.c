// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Opens a region, maps it and adds up its bytes.
 *
 *	cc map-region.c $(pkg-config --cflags --libs libcloison) -o map-region
 *	./map-region acme/weights
 */
#include <fcntl.h>
#include <libcloison.h>
#include <stdio.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	struct cloison_ctx *ctx = NULL;
	struct cloison_region *region = NULL;
	struct cloison_mapping *mapping = NULL;
	unsigned long long sum = 0;
	int rc = cloison_new(&ctx);

	if (!rc)
		rc = cloison_region_open(ctx, argc > 1 ? argv[1] : "", O_RDONLY, &region);
	if (!rc)
		rc = cloison_region_map(region, 0, 0, PROT_READ, &mapping);
	if (rc) {
		fprintf(stderr, "%s: %s\n", argc > 1 ? argv[1] : "usage", cloison_strerror(rc));
	} else {
		const unsigned char *bytes = cloison_mapping_address(mapping);
		size_t i;

		for (i = 0; i < cloison_mapping_bytes(mapping); i++)
			sum += bytes[i];
		printf("%s: %zu bytes, sum %llu\n", argv[1], cloison_mapping_bytes(mapping), sum);
	}
	cloison_unmap(mapping);
	cloison_region_unref(region);
	cloison_unref(ctx);
	return rc ? 1 : 0;
}
