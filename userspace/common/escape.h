/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text that a tenant or the kernel chose, as it may be printed: names of
 * processes, cgroups, devices, sockets and files. Such a name may hold any byte,
 * among them those that move a terminal's cursor or swap the order of letters.
 *
 * A byte that may not be printed is written \xHH, with two lower-case digits.
 * Nothing is lost. A reader turns \xHH back into the byte if HH is one of those
 * that are ever escaped: 00 to 20, 5c, 7f, 80 to ff. All else stands for itself,
 * so that the \x2d of systemd's cgroups stays as it is.
 */
#ifndef CLOISON_ESCAPE_H
#define CLOISON_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/* Room for @n bytes, each of them escaped, and the end. */
#define ESCAPE_SIZE(n) (4 * (n) + 1)

/**
 * escape_text() - the one function that makes text fit to be printed.
 * @to: the result, which is valid UTF-8
 * @size: of @to: at least ESCAPE_SIZE(@length), or the result is cut short
 * @from: bytes of any kind, not ended
 * @length: how many
 *
 * Escaped are control characters, bytes that are not UTF-8, characters that
 * have no width or that change the direction or the line, and a backslash where
 * it would read as the beginning of an escape. A space is escaped at either end
 * and behind another space, so that no text looks like two columns.
 *
 * Return: @to.
 */
const char *escape_text(char *to, size_t size, const char *from, size_t length);

/**
 * escape_string() - the same of a string, in memory of its own.
 * @from: a string, or NULL
 *
 * Return: for free(); NULL without memory, or if @from is.
 */
char *escape_string(const char *from);

#endif /* CLOISON_ESCAPE_H */
