/* SPDX-License-Identifier: Apache-2.0 */
/* CSV: quotes are undone in place. Empty lines are skipped; anything that RFC 4180
 * does not allow is an error, for a file that is read differently from how it was
 * meant makes a run that means nothing. */
#include "protocol/table.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"

enum { SHOWN_LIMIT = 60, NAMES_LIMIT = 400 };

struct csv {
    const char *name;
    char *at, *end;          /* *end is readable */
    unsigned long long line; /* of `at` */
    unsigned long long row;  /* 0: the header */
    unsigned long long row_line; /* in which the row began */
    struct slice *fields;    /* of the row; TABLE_COLUMNS_LIMIT of them */
    size_t field_count;
    size_t *places;          /* by wanted column, where it is */
};

static int
blame(const struct csv *csv, struct err *err)
{
    if (csv->row == 0)
        return err_add(err, "%s:%llu: header", csv->name, csv->row_line);
    return err_add(err, "%s:%llu: row %llu", csv->name, csv->row_line, csv->row);
}

/* The length of the newline that `at` stands on: 0, 1 or 2. */
static size_t
newline_at(const struct csv *csv)
{
    if (csv->at < csv->end && *csv->at == '\n')
        return 1;
    return csv->end - csv->at >= 2 && csv->at[0] == '\r' && csv->at[1] == '\n' ? 2 : 0;
}

static bool
is_at_field_end(const struct csv *csv)
{
    return csv->at == csv->end || *csv->at == ',' || newline_at(csv) > 0;
}

/* Up to the quote that closes, which is left behind. */
static int
read_quoted(struct csv *csv, struct slice *field, struct err *err)
{
    char *out = ++csv->at;

    field->data = out;
    for (;;) {
        if (csv->at == csv->end)
            return err_set(err, "value %zu: its quote is never closed", csv->field_count + 1);
        if (*csv->at == '"' && *++csv->at != '"')
            break;
        csv->line += *csv->at == '\n';
        *out++ = *csv->at++;
    }
    field->length = (size_t)(out - field->data);
    if (!is_at_field_end(csv))
        return err_set(err, "value %zu: after its closing quote a comma or the end of the line is expected",
                       csv->field_count + 1);
    return 0;
}

static int
read_plain(struct csv *csv, struct slice *field, struct err *err)
{
    field->data = csv->at;
    for (; !is_at_field_end(csv); csv->at++) {
        if (*csv->at == '"')
            return err_set(err, "value %zu: has a quote in it: put it in quotes and write \"\"",
                           csv->field_count + 1);
        if (*csv->at == '\r')
            return err_set(err, "value %zu: has a carriage return in it; put it in quotes",
                           csv->field_count + 1);
    }
    field->length = (size_t)(csv->at - field->data);
    return 0;
}

static void
skip_empty_lines(struct csv *csv)
{
    for (size_t length; (length = newline_at(csv)) > 0; csv->line++)
        csv->at += length;
}

/* The next row into `fields`. 0: there is none, 1: there is, -1: failed. */
static int
read_row(struct csv *csv, struct err *err)
{
    skip_empty_lines(csv);
    csv->field_count = 0;
    csv->row_line = csv->line;
    if (csv->at == csv->end)
        return 0;
    for (;;) {
        struct slice *field = &csv->fields[csv->field_count];

        if (csv->field_count == TABLE_COLUMNS_LIMIT)
            return err_set(err, "has more than %d values", TABLE_COLUMNS_LIMIT);
        if ((*csv->at == '"' && csv->at < csv->end ? read_quoted : read_plain)(csv, field, err) < 0)
            return -1;
        csv->field_count++;
        if (csv->at == csv->end)
            return 1;
        if (*csv->at != ',') {
            csv->at += newline_at(csv);
            csv->line++;
            return 1;
        }
        csv->at++;
    }
}

static int
no_column(const struct csv *csv, const char *name, struct err *err)
{
    struct buffer known;

    buffer_init(&known, NAMES_LIMIT);
    for (size_t i = 0; i < csv->field_count; i++) {
        buffer_add_text(&known, i > 0 ? ", " : "");
        utf8_add_visible(&known, utf8_prefix(csv->fields[i], SHOWN_LIMIT), false);
    }
    err_set(err, "has no column %s; it has %s%s", name, known.data != NULL ? known.data : "only one without a name",
            known.is_full ? " ..." : "");
    buffer_clear(&known);
    return -1;
}

/* Where each wanted column is. */
static int
read_header(struct csv *csv, const struct table_reader *reader, struct err *err)
{
    int found = read_row(csv, err);

    if (found < 0)
        return -1;
    if (found == 0)
        return err_set(err, "the file is empty");
    for (size_t i = 0; i < reader->column_count; i++) {
        struct slice name = slice_of(reader->columns[i]);
        size_t count = 0;

        for (size_t j = 0; j < csv->field_count; j++)
            if (slice_equal(csv->fields[j], name)) {
                csv->places[i] = j;
                count++;
            }
        if (count == 0)
            return no_column(csv, reader->columns[i], err);
        if (count > 1)
            return err_set(err, "has the column %s twice", reader->columns[i]);
    }
    return 0;
}

static int
take_row(const struct csv *csv, size_t header_count, const struct table_reader *reader, struct cell *cells,
         struct err *err)
{
    if (csv->field_count != header_count)
        return err_set(err, "has %zu value%s, but the header has %zu", csv->field_count,
                       csv->field_count == 1 ? "" : "s", header_count);
    if (csv->row > TABLE_ROWS_LIMIT)
        return err_set(err, "more than %d rows", TABLE_ROWS_LIMIT);
    for (size_t i = 0; i < reader->column_count; i++)
        cells[i] = (struct cell){ .kind = CELL_WRITTEN, .text = csv->fields[csv->places[i]] };
    return reader->take(reader->context, cells, err);
}

static int
read_rows(struct csv *csv, const struct table_reader *reader, struct cell *cells, struct err *err)
{
    size_t header_count;
    int result = read_header(csv, reader, err);

    header_count = csv->field_count;
    while (result >= 0) {
        csv->row++;
        result = read_row(csv, err);
        if (result == 0)
            return 0;
        if (result > 0)
            result = take_row(csv, header_count, reader, cells, err);
    }
    return blame(csv, err);
}

int
table_read_csv(const char *name, char *text, size_t length, const struct table_reader *reader,
               struct err *err)
{
    struct csv csv = { .name = name, .at = text, .end = text + length, .line = 1, .row_line = 1 };
    struct cell *cells = xcalloc(reader->column_count, sizeof *cells);
    int result;

    csv.fields = xcalloc(TABLE_COLUMNS_LIMIT, sizeof *csv.fields);
    csv.places = xcalloc(reader->column_count, sizeof *csv.places);
    result = read_rows(&csv, reader, cells, err);
    free(csv.places);
    free(csv.fields);
    free(cells);
    return result;
}
