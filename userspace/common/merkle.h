/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Merkle root of a file, as the kernel measures a region: RFC 6962 section
 * 2.1 over SHA-256, each leaf CLOISON_GRANULE bytes, the last one what is left.
 */
#ifndef CLOISON_MERKLE_H
#define CLOISON_MERKLE_H

#include <stdint.h>

#include "cloison.h"

/* Room for a root in hexadecimal, terminating NUL included. */
#define MERKLE_TEXT (2 * CLOISON_ROOT_SIZE + 1)

/*
 * Measure all of what fd reads, from its beginning. Returns 0 and the number of
 * bytes, -ENODATA if it is empty, or another -errno.
 */
int merkle_measure(int fd, uint8_t root[CLOISON_ROOT_SIZE], uint64_t *bytes);

/* In hexadecimal, into text. Returns text. */
const char *merkle_format(char text[MERKLE_TEXT], const uint8_t root[CLOISON_ROOT_SIZE]);

#endif /* CLOISON_MERKLE_H */
