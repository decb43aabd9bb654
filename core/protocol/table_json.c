/* SPDX-License-Identifier: Apache-2.0 */
/* A JSON array of objects, parsed an object at a time so that a large file does
 * not become a tree many times its size. */
#include "protocol/table.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

struct document {
    const char *name, *at, *end;
    unsigned long long line, row;
};

static int
blame(const struct document *document, struct err *err)
{
    if (document->row == 0)
        return err_add(err, "%s:%llu", document->name, document->line);
    return err_add(err, "%s:%llu: row %llu", document->name, document->line, document->row);
}

static void
skip_to(struct document *document, const char *place)
{
    for (; document->at < place; document->at++)
        document->line += *document->at == '\n';
}

static void
skip_blanks(struct document *document)
{
    const char *at = document->at;

    while (at < document->end && strchr(" \t\r\n", *at) != NULL)
        at++;
    skip_to(document, at);
}

/* Whether the next character is that one, which is then left behind. */
static bool
skip_character(struct document *document, char character)
{
    skip_blanks(document);
    if (document->at == document->end || *document->at != character)
        return false;
    document->at++;
    return true;
}

static struct cell
cell_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return (struct cell){ .kind = CELL_STRING,
                              .text = { json_string_value(value), json_string_length(value) } };
    case JSON_INTEGER:
        return (struct cell){ .kind = CELL_INTEGER, .integer = json_integer_value(value) };
    case JSON_REAL:
        return (struct cell){ .kind = CELL_REAL, .real = json_real_value(value) };
    case JSON_TRUE:
    case JSON_FALSE:
        return (struct cell){ .kind = CELL_BOOL, .integer = json_is_true(value) };
    default:
        return (struct cell){ .kind = CELL_OTHER };
    }
}

static int
take_row(const json_t *row, const struct table_reader *reader, struct cell *cells, struct err *err)
{
    if (!json_is_object(row))
        return err_set(err, "is not an object");
    for (size_t i = 0; i < reader->column_count; i++) {
        const json_t *value = json_object_get(row, reader->columns[i]);

        if (value == NULL)
            return err_set(err, "has no member %s", reader->columns[i]);
        cells[i] = cell_of(value);
    }
    return reader->take(reader->context, cells, err);
}

/* The value that begins here, and after it the place behind it. */
static int
read_row(struct document *document, const struct table_reader *reader, struct cell *cells, struct err *err)
{
    json_error_t error;
    json_t *row;
    int result;

    skip_blanks(document);
    if (++document->row > TABLE_ROWS_LIMIT)
        return err_set(err, "more than %d rows", TABLE_ROWS_LIMIT);
    row = json_loadb(document->at, (size_t)(document->end - document->at),
                     JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (row == NULL) {
        document->line += error.line > 0 ? (unsigned long long)error.line - 1 : 0;
        return err_set(err, "%s", error.text);
    }
    result = take_row(row, reader, cells, err);
    json_decref(row);
    if (result == 0)
        skip_to(document, document->at + error.position);
    return result;
}

static int
read_rows(struct document *document, const struct table_reader *reader, struct cell *cells, struct err *err)
{
    if (!skip_character(document, '['))
        return err_set(err, "expected an array of objects, which begins with [");
    if (skip_character(document, ']'))
        return 0;
    do {
        if (read_row(document, reader, cells, err) < 0)
            return -1;
    } while (skip_character(document, ','));
    if (!skip_character(document, ']'))
        return err_set(err, "after it a comma or ] is expected");
    document->row = 0;
    skip_blanks(document);
    return document->at == document->end ? 0 : err_set(err, "after the array nothing more is expected");
}

int
table_read_json(const char *name, const char *text, size_t length, const struct table_reader *reader,
                struct err *err)
{
    struct document document = { .name = name, .at = text, .end = text + length, .line = 1 };
    struct cell *cells = xcalloc(reader->column_count, sizeof *cells);
    int result = read_rows(&document, reader, cells, err);

    free(cells);
    return result < 0 ? blame(&document, err) : 0;
}
