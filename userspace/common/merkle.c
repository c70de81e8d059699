// SPDX-License-Identifier: GPL-2.0-only
/* The Merkle root of a file. */
#include "merkle.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* More levels than any file has leaves for. */
#define LEVELS 64

enum { LEAF_PREFIX = 0, NODE_PREFIX = 1 };

/*
 * The tree while it grows: one finished subtree for each bit that is set in the
 * number of leaves so far, the largest first. So memory does not grow with the
 * file, which may be larger than memory.
 */
struct tree {
	uint8_t finished[LEVELS][CLOISON_ROOT_SIZE];
	unsigned int depth;
	uint64_t leaves;
};

static int hash(uint8_t prefix, const void *first, size_t first_bytes, const void *second,
		size_t second_bytes, uint8_t out[CLOISON_ROOT_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
		   EVP_DigestUpdate(context, &prefix, 1) &&
		   EVP_DigestUpdate(context, first, first_bytes) &&
		   EVP_DigestUpdate(context, second, second_bytes) &&
		   EVP_DigestFinal_ex(context, out, NULL);

	EVP_MD_CTX_free(context);
	return good ? 0 : -ENOMEM;
}

/* The two last subtrees become one. */
static int join(struct tree *tree)
{
	uint8_t *left = tree->finished[tree->depth - 2];
	const uint8_t *right = tree->finished[tree->depth - 1];

	tree->depth--;
	return hash(NODE_PREFIX, left, CLOISON_ROOT_SIZE, right, CLOISON_ROOT_SIZE, left);
}

static int add_leaf(struct tree *tree, const void *data, size_t bytes)
{
	uint64_t carry = tree->leaves++;
	int rc = hash(LEAF_PREFIX, data, bytes, NULL, 0, tree->finished[tree->depth++]);

	/* As in counting: each one that is carried joins two of the same size. */
	for (; !rc && carry & 1; carry >>= 1)
		rc = join(tree);
	return rc;
}

static ssize_t read_leaf(int fd, uint8_t *buffer)
{
	size_t have = 0;

	while (have < CLOISON_GRANULE) {
		ssize_t got = read(fd, buffer + have, CLOISON_GRANULE - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

static int measure(int fd, struct tree *tree, uint8_t *buffer, uint64_t *bytes)
{
	ssize_t got;
	int rc = 0;

	while (!rc && (got = read_leaf(fd, buffer)) != 0) {
		if (got < 0)
			return (int)got;
		*bytes += (uint64_t)got;
		rc = add_leaf(tree, buffer, (size_t)got);
	}
	while (!rc && tree->depth > 1)
		rc = join(tree);
	if (!rc && !tree->leaves)
		rc = -ENODATA;
	return rc;
}

int merkle_measure(int fd, uint8_t root[CLOISON_ROOT_SIZE], uint64_t *bytes)
{
	struct tree tree = { 0 };
	uint8_t *buffer = malloc(CLOISON_GRANULE);
	int i, rc;

	*bytes = 0;
	rc = buffer ? measure(fd, &tree, buffer, bytes) : -ENOMEM;
	for (i = 0; !rc && i < CLOISON_ROOT_SIZE; i++)
		root[i] = tree.finished[0][i];
	free(buffer);
	return rc;
}

const char *merkle_format(char text[MERKLE_TEXT], const uint8_t root[CLOISON_ROOT_SIZE])
{
	int i;

	for (i = 0; i < CLOISON_ROOT_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", root[i]);
	return text;
}
