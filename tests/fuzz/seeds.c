// SPDX-License-Identifier: GPL-2.0-only
/* seeds DIR: every packet of the vectors, a file each, for the fuzzer to begin with. */
#include <stdint.h>
#include <stdio.h>

#include "table.h"

int main(int argc, char **argv)
{
	uint8_t bytes[PACKET_MAX];
	size_t transport, length, i;
	char path[4096];
	FILE *file;

	for (i = 0; argc == 2 && i < vector_count; i++) {
		length = packet_write(&vectors[i].packet, bytes, &transport);
		snprintf(path, sizeof(path), "%s/%zu", argv[1], i);
		file = fopen(path, "we");
		if (!file || fwrite(bytes, 1, length, file) != length || fclose(file)) {
			perror(path);
			return 1;
		}
	}
	return argc != 2;
}
