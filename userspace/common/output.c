// SPDX-License-Identifier: GPL-2.0-only
/* Listings: tables for people, JSON for programs, from one description. */
#include "output.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "size.h"

struct cell {
	char *text;
	json_t *json;
	bool right; /* numbers line up at their right end */
};

struct table {
	const char *const *names;
	size_t columns;
	struct cell *cells;
	size_t count;
	size_t room;
	int error;
};

struct table *table_new(const char *const *names)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->names = names;
	while (names[table->columns])
		table->columns++;
	return table;
}

void table_free(struct table *table)
{
	size_t i;

	if (!table)
		return;
	for (i = 0; i < table->count; i++) {
		free(table->cells[i].text);
		json_decref(table->cells[i].json);
	}
	free(table->cells);
	free(table);
}

/* Takes `json`, whatever happens. */
static void append(struct table *table, const char *text, json_t *json, bool right)
{
	struct cell cell = { .text = strdup(text), .json = json, .right = right };
	struct cell *cells;
	size_t room;

	if (!cell.text || !cell.json) {
		table->error = -ENOMEM;
		goto drop;
	}
	if (table->count == table->room) {
		room = table->room ? 2 * table->room : 64;
		cells = reallocarray(table->cells, room, sizeof(*cells));
		if (!cells) {
			table->error = -ENOMEM;
			goto drop;
		}
		table->cells = cells;
		table->room = room;
	}
	table->cells[table->count++] = cell;
	return;
drop:
	free(cell.text);
	json_decref(cell.json);
}

void table_text(struct table *table, const char *text)
{
	char *escaped = escape_string(text);

	if (escaped)
		append(table, escaped, json_string(escaped), false);
	else
		table->error = -ENOMEM;
	free(escaped);
}

json_t *output_text(const char *text)
{
	char *escaped = escape_string(text);
	json_t *json = escaped ? json_string(escaped) : NULL;

	free(escaped);
	return json;
}

void table_number(struct table *table, uint64_t number)
{
	char text[SIZE_TEXT];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	append(table, text, json_integer((json_int_t)number), true);
}

void table_bytes(struct table *table, uint64_t bytes)
{
	char text[SIZE_TEXT];

	append(table, size_format(text, bytes), json_integer((json_int_t)bytes), true);
}

void table_flag(struct table *table, bool flag)
{
	append(table, flag ? "yes" : "no", json_boolean(flag), false);
}

void table_none(struct table *table)
{
	append(table, "-", json_null(), false);
}

void table_json(struct table *table, json_t *json, const char *text)
{
	append(table, text, json, false);
}

size_t table_rows(const struct table *table)
{
	return table->columns ? table->count / table->columns : 0;
}

static const struct cell *cell_at(const struct table *table, size_t row, size_t column)
{
	return &table->cells[row * table->columns + column];
}

static json_t *row_to_json(const struct table *table, size_t row)
{
	json_t *object = json_object();
	size_t column;

	for (column = 0; object && column < table->columns; column++) {
		if (json_object_set(object, table->names[column],
				    cell_at(table, row, column)->json)) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

json_t *table_to_json(const struct table *table)
{
	json_t *array = json_array();
	size_t row;

	/* A row that is not whole is a mistake in the verb, not in the data. */
	assert(table->error || table->count == table_rows(table) * table->columns);
	if (table->error) {
		json_decref(array);
		return NULL;
	}
	for (row = 0; array && row < table_rows(table); row++) {
		if (json_array_append_new(array, row_to_json(table, row))) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

int output_json(json_t *json, FILE *out)
{
	int rc = 0;

	if (!json)
		return -ENOMEM;
	if (json_dumpf(json, out, JSON_INDENT(2) | JSON_ENCODE_ANY) || fputc('\n', out) == EOF)
		rc = -EIO;
	json_decref(json);
	return rc;
}

/* Columns on the screen, which are not bytes; what is not UTF-8 counts bytes. */
static size_t width_of(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}

static void print_padded(FILE *out, const char *text, size_t width, bool right, bool last)
{
	int fill = (int)(width - width_of(text));

	if (right)
		fprintf(out, "%*s%s", fill, "", text);
	else
		fprintf(out, "%s%*s", text, last ? 0 : fill, "");
	fputs(last ? "\n" : "  ", out);
}

struct layout {
	size_t width;
	bool right; /* a column of numbers, even where a cell has none */
};

static struct layout layout_of(const struct table *table, size_t column)
{
	struct layout layout = { .width = width_of(table->names[column]) };
	size_t row;

	for (row = 0; row < table_rows(table); row++) {
		const struct cell *cell = cell_at(table, row, column);
		size_t width = width_of(cell->text);

		if (width > layout.width)
			layout.width = width;
		if (cell->right)
			layout.right = true;
	}
	return layout;
}

static int print_text(const struct table *table, FILE *out)
{
	size_t rows = table_rows(table), columns = table->columns, row, column;
	struct layout *layouts = calloc(columns + 1, sizeof(*layouts));

	if (!layouts)
		return -ENOMEM;
	for (column = 0; column < columns; column++) {
		layouts[column] = layout_of(table, column);
		print_padded(out, table->names[column], layouts[column].width,
			     layouts[column].right, column + 1 == columns);
	}
	for (row = 0; row < rows; row++)
		for (column = 0; column < columns; column++)
			print_padded(out, cell_at(table, row, column)->text, layouts[column].width,
				     layouts[column].right, column + 1 == columns);
	free(layouts);
	return ferror(out) ? -EIO : 0;
}

int table_print(const struct table *table, bool json, FILE *out)
{
	if (table->error)
		return table->error;
	return json ? output_json(table_to_json(table), out) : print_text(table, out);
}

int table_print_one(const struct table *table, bool json, FILE *out)
{
	size_t column, width = 0;

	if (table->error)
		return table->error;
	if (table_rows(table) != 1)
		return -EINVAL;
	if (json)
		return output_json(row_to_json(table, 0), out);
	for (column = 0; column < table->columns; column++)
		if (width_of(table->names[column]) > width)
			width = width_of(table->names[column]);
	for (column = 0; column < table->columns; column++) {
		print_padded(out, table->names[column], width, false, false);
		fprintf(out, "%s\n", cell_at(table, 0, column)->text);
	}
	return ferror(out) ? -EIO : 0;
}
