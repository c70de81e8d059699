/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Listings. One description makes the table for people and the JSON for
 * programs, so that their fields cannot differ.
 */
#ifndef CLOISON_OUTPUT_H
#define CLOISON_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct table;

/*
 * names: the columns, NULL at the end; they are also the keys of the JSON
 * objects. Returns NULL without memory.
 */
struct table *table_new(const char *const *names);
void table_free(struct table *table);

/*
 * Append the next cell; the row is whole when each column has one. A failure
 * (no memory) is kept and told by table_print(). Text is escaped, in the table
 * and in the JSON alike: see escape.h.
 */
void table_text(struct table *table, const char *text);
void table_number(struct table *table, uint64_t number);
void table_bytes(struct table *table, uint64_t bytes); /* text: 64M, JSON: 67108864 */
void table_flag(struct table *table, bool flag);       /* text: yes/no, JSON: true/false */
void table_none(struct table *table);		       /* text: -, JSON: null */

/*
 * A cell that holds JSON of its own; `text` is what people see, and is printed as
 * it is: the caller escapes what is in it. Takes `json`.
 */
void table_json(struct table *table, json_t *json, const char *text);

size_t table_rows(const struct table *table);

/* An array with an object a row; a new reference, NULL on failure. */
json_t *table_to_json(const struct table *table);

/* A header line and a line a row, or the JSON array. Returns 0 or -errno. */
int table_print(const struct table *table, bool json, FILE *out);

/* The only row, a line a field, or one JSON object. Returns 0 or -errno. */
int table_print_one(const struct table *table, bool json, FILE *out);

/* A string that others chose, escaped; NULL without memory. */
json_t *output_text(const char *text);

/* Write a JSON value and a newline; takes `json`. Returns 0 or -errno. */
int output_json(json_t *json, FILE *out);

#endif /* CLOISON_OUTPUT_H */
