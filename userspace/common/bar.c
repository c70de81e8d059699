// SPDX-License-Identifier: GPL-2.0-only
/* A pool drawn as one line: which parts are whose, and in what state. */
#include "bar.h"

#define RESET "\033[0m"

const char *bar_sign(enum bar_kind kind, bool utf8)
{
	switch (kind) {
	case BAR_CLEAN:
		return utf8 ? "\302\267" : "."; /* middle dot */
	case BAR_DIRTY:
		return utf8 ? "\342\226\222" : "~"; /* medium shade */
	case BAR_QUARANTINED:
		return utf8 ? "\303\227" : "!"; /* multiplication sign */
	case BAR_USED:
		break;
	}
	return "#";
}

static int weight(enum bar_kind kind)
{
	switch (kind) {
	case BAR_QUARANTINED:
		return 3;
	case BAR_USED:
		return 2;
	case BAR_DIRTY:
		return 1;
	case BAR_CLEAN:
		break;
	}
	return 0;
}

static uint64_t total_of(const struct bar_part *parts, size_t count)
{
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < count; i++)
		total += parts[i].bytes;
	return total;
}

size_t bar_cell(const struct bar_part *parts, size_t count, size_t width, size_t cell)
{
	/* Products of a pool's size and a line's width do not fit in 64 bits. */
	unsigned __int128 total = total_of(parts, count);
	unsigned __int128 from = total * cell, to = total * (cell + 1), at = 0;
	uint64_t most = 0;
	size_t best = count, i;

	for (i = 0; i < count; i++) {
		unsigned __int128 begin = at * width, end = (at + parts[i].bytes) * width;
		uint64_t share;

		at += parts[i].bytes;
		if (end <= from || begin >= to)
			continue;
		share = (uint64_t)(((end < to ? end : to) - (begin > from ? begin : from)) / width);
		if (best == count || weight(parts[i].kind) > weight(parts[best].kind) ||
		    (weight(parts[i].kind) == weight(parts[best].kind) && share > most)) {
			best = i;
			most = share;
		}
	}
	return best;
}

static void draw_cell(FILE *out, const struct bar_part *part, const struct bar_style *style)
{
	if (part->kind == BAR_USED) {
		if (style->colour)
			fprintf(out, "\033[1;3%um%c" RESET, part->colour, part->mark);
		else
			fputc(part->mark, out);
	} else if (part->kind == BAR_QUARANTINED && style->colour) {
		fprintf(out, "\033[1;31m%s" RESET, bar_sign(part->kind, style->utf8));
	} else if (style->colour) {
		fprintf(out, "\033[2m%s" RESET, bar_sign(part->kind, style->utf8));
	} else {
		fputs(bar_sign(part->kind, style->utf8), out);
	}
}

void bar_draw(FILE *out, const struct bar_part *parts, size_t count, const struct bar_style *style)
{
	size_t cell;

	fputc('[', out);
	for (cell = 0; cell < style->width; cell++) {
		size_t best = bar_cell(parts, count, style->width, cell);

		if (best < count)
			draw_cell(out, &parts[best], style);
		else
			fputc(' ', out);
	}
	fputc(']', out);
}
