// SPDX-License-Identifier: GPL-2.0-only
/* Text that others chose is printed without harm, and none of it is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"

static uint64_t random_state = 20261128;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (random_state >> 33) % n;
}

/* What the head of escape.h says of a reader, and nothing else. */
static size_t unescape(const char *text, unsigned char *bytes)
{
	size_t count = 0;

	while (*text) {
		unsigned int byte;
		char digits[3] = "", back[3];

		if (text[0] == '\\' && text[1] == 'x' && text[2] && text[3]) {
			memcpy(digits, text + 2, 2);
			byte = strtoul(digits, NULL, 16);
			snprintf(back, sizeof(back), "%02x", byte);
			if (!strcmp(back, digits) &&
			    (byte <= 0x20 || byte == 0x5C || byte == 0x7F || byte >= 0x80)) {
				bytes[count++] = byte;
				text += 4;
				continue;
			}
		}
		bytes[count++] = *text++;
	}
	return count;
}

static void escapes_what_does_harm(void **state)
{
	static const char *const texts[][2] = {
		{ "", "" },
		{ "llama-server", "llama-server" },
		{ "kworker/0:1", "kworker/0:1" },
		{ "g\303\251nie", "g\303\251nie" },
		{ "\346\235\261\344\272\254", "\346\235\261\344\272\254" },
		{ "\033[2J", "\\x1b[2J" },
		{ "a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd" },
		{ "\177", "\\x7f" },
		{ "\302\2332J", "\\xc2\\x9b2J" },		/* CSI in one character */
		{ "\342\200\256txt", "\\xe2\\x80\\xaetxt" },	/* right to left */
		{ "a\342\201\246b", "a\\xe2\\x81\\xa6b" },	/* an isolate */
		{ "a\342\200\213b", "a\\xe2\\x80\\x8bb" },	/* no width */
		{ "a\342\200\250b", "a\\xe2\\x80\\xa8b" },	/* a line's end */
		{ "\357\273\277a", "\\xef\\xbb\\xbfa" },	/* a byte order mark */
		{ "\363\240\201\201", "\\xf3\\xa0\\x81\\x81" }, /* an invisible letter */
		{ "\377", "\\xff" },
		{ "\303", "\\xc3" },
		{ "\303(", "\\xc3(" },
		{ "\300\257", "\\xc0\\xaf" },	       /* overlong */
		{ "\340\200\257", "\\xe0\\x80\\xaf" }, /* likewise */
		{ "\355\240\200", "\\xed\\xa0\\x80" }, /* half a pair */
		{ "\364\220\200\200", "\\xf4\\x90\\x80\\x80" },
		{ " a", "\\x20a" },
		{ "a ", "a\\x20" },
		{ " ", "\\x20" },
		{ "a b", "a b" },
		{ "a  in force", "a \\x20in force" },
		{ "acme\\x2d1.slice", "acme\\x2d1.slice" }, /* as systemd has it */
		{ "C:\\x", "C:\\x" },
		{ "\\x1b", "\\x5cx1b" }, /* not the same as the byte */
		{ "\\x1B", "\\x1B" },
		{ "\\x5c", "\\x5cx5c" },
		{ "\\\\x1b", "\\\\x5cx1b" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *have = escape_string(texts[i][0]);

		assert_string_equal(have, texts[i][1]);
		free(have);
	}
	assert_null(escape_string(NULL));
}

static void nothing_is_lost(void **state)
{
	/* Bytes near each other in what they can become together. */
	static const char near[] =
		"\\\\xx0125bcef  \033\n\177\200\231\256\273\302\342\355\357\360\364\377";
	unsigned int round, i;

	(void)state;
	for (round = 0; round < 200000; round++) {
		unsigned char from[24], back[sizeof(from)];
		char to[ESCAPE_SIZE(sizeof(from))];
		size_t length = random_below(sizeof(from) + 1);
		json_t *json;

		for (i = 0; i < length; i++)
			from[i] = random_below(2) ?
					  (unsigned char)near[random_below(sizeof(near) - 1)] :
					  1 + random_below(255);
		escape_text(to, sizeof(to), (const char *)from, length);
		for (i = 0; to[i]; i++)
			assert_true((unsigned char)to[i] >= ' ' && to[i] != 0x7F);
		assert_null(strstr(to, "  "));
		json = json_string(to);
		assert_non_null(json);
		json_decref(json);
		assert_int_equal(unescape(to, back), length);
		assert_memory_equal(back, from, length);
	}
}

static void a_nul_is_a_byte_too(void **state)
{
	char to[ESCAPE_SIZE(6)];

	(void)state;
	assert_string_equal(escape_text(to, sizeof(to), "\0a\0b", 4), "\\x00a\\x00b");
}

static void too_little_room_cuts_no_escape(void **state)
{
	char to[7];

	(void)state;
	assert_string_equal(escape_text(to, sizeof(to), "a\033\033", 3), "a\\x1b");
	assert_string_equal(escape_text(to, sizeof(to), "abcde\303\251", 7), "abcde");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_what_does_harm),
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(a_nul_is_a_byte_too),
		cmocka_unit_test(too_little_room_cuts_no_escape),
	};

	return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
