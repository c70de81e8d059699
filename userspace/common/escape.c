// SPDX-License-Identifier: GPL-2.0-only
/* Text that a tenant or the kernel chose, as it may be printed. */
#include "escape.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LAST_CHARACTER 0x10FFFF

struct span {
	uint32_t first, last;
};

/* Without width, or they change the direction or the line: Unicode's Cf, Zl, Zp and C1. */
static const struct span unprintable[] = {
	{ 0x00, 0x1F },	      { 0x7F, 0x9F },	    { 0xAD, 0xAD },	  { 0x600, 0x605 },
	{ 0x61C, 0x61C },     { 0x6DD, 0x6DD },	    { 0x70F, 0x70F },	  { 0x890, 0x891 },
	{ 0x8E2, 0x8E2 },     { 0x180E, 0x180E },   { 0x200B, 0x200F },	  { 0x2028, 0x202E },
	{ 0x2060, 0x206F },   { 0xD800, 0xDFFF },   { 0xFEFF, 0xFEFF },	  { 0xFFF9, 0xFFFB },
	{ 0xFFFE, 0xFFFF },   { 0x110BD, 0x110BD }, { 0x1BCA0, 0x1BCA3 }, { 0x1D173, 0x1D17A },
	{ 0xE0000, 0xE007F },
};

/*
 * How many bytes the character at @text has, of @length that are there, or 0 if
 * it may not be printed. There is one way to write each character only.
 */
static size_t character_length(const unsigned char *text, size_t length)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t bytes = text[0] < 0x80 ? 1 :
		       text[0] < 0xC2 ? 0 :
		       text[0] < 0xE0 ? 2 :
		       text[0] < 0xF0 ? 3 :
		       text[0] < 0xF5 ? 4 :
					0;
	uint32_t character = bytes < 2 ? text[0] : text[0] & (0x7F >> bytes);
	size_t i;

	if (!bytes || bytes > length)
		return 0;
	for (i = 1; i < bytes; i++) {
		if ((text[i] & 0xC0) != 0x80)
			return 0;
		character = character << 6 | (text[i] & 0x3F);
	}
	if (character < least[bytes] || character > LAST_CHARACTER)
		return 0;
	for (i = 0; i < sizeof(unprintable) / sizeof(unprintable[0]); i++)
		if (character >= unprintable[i].first && character <= unprintable[i].last)
			return 0;
	return bytes;
}

static int digit_value(unsigned char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit ? strchr(digits, digit) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Whether a reader would take what stands here for the escape of a byte. */
static bool reads_as_escape(const unsigned char *text, size_t length)
{
	int high, low, byte;

	if (length < 4 || text[1] != 'x')
		return false;
	high = digit_value(text[2]);
	low = digit_value(text[3]);
	byte = high * 16 + low;
	return high >= 0 && low >= 0 &&
	       (byte <= ' ' || byte == '\\' || byte == 0x7F || byte >= 0x80);
}

/* How many bytes may stand as they are: 0 if the first has to be escaped. */
static size_t plain_length(const unsigned char *text, size_t at, size_t length)
{
	if (text[at] == ' ')
		return at && at + 1 < length && text[at - 1] != ' ';
	if (text[at] == '\\')
		return !reads_as_escape(text + at, length - at);
	return character_length(text + at, length - at);
}

const char *escape_text(char *to, size_t size, const char *from, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *text = (const unsigned char *)from;
	size_t at = 0, end = 0;

	while (at < length) {
		size_t plain = plain_length(text, at, length);
		size_t room = plain ? plain : 4;

		if (end + room >= size)
			break;
		if (plain) {
			memcpy(to + end, text + at, plain);
		} else {
			to[end] = '\\';
			to[end + 1] = 'x';
			to[end + 2] = digits[text[at] >> 4];
			to[end + 3] = digits[text[at] & 0xF];
		}
		end += room;
		at += plain ? plain : 1;
	}
	to[end] = '\0';
	return to;
}

char *escape_string(const char *from)
{
	size_t length = from ? strlen(from) : 0;
	char *to = from ? malloc(ESCAPE_SIZE(length)) : NULL;

	if (to)
		escape_text(to, ESCAPE_SIZE(length), from, length);
	return to;
}
