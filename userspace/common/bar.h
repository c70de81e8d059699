/* SPDX-License-Identifier: GPL-2.0-only */
/* A pool drawn as one line: which parts are whose, and in what state. */
#ifndef CLOISON_BAR_H
#define CLOISON_BAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum bar_kind {
	BAR_CLEAN,
	BAR_DIRTY,
	BAR_USED,
	BAR_QUARANTINED,
};

struct bar_part {
	uint64_t bytes;
	enum bar_kind kind;
	char mark;	     /* BAR_USED: the owner's letter */
	unsigned int colour; /* BAR_USED: 1 to 6, of the terminal's palette */
};

struct bar_style {
	size_t width; /* cells between the brackets */
	bool utf8;
	bool colour;
};

/*
 * Which part a cell shows: of those that reach into it the one that matters
 * most (quarantined, used, dirty, clean), so that a small region is never lost.
 * Returns its index; count if the parts do not reach that far.
 */
size_t bar_cell(const struct bar_part *parts, size_t count, size_t width, size_t cell);

/* "[AAAABB....]" without a newline. */
void bar_draw(FILE *out, const struct bar_part *parts, size_t count, const struct bar_style *style);

/* The sign for a kind other than BAR_USED, as bar_draw() draws it. */
const char *bar_sign(enum bar_kind kind, bool utf8);

#endif /* CLOISON_BAR_H */
