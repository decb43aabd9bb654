/* SPDX-License-Identifier: Apache-2.0 */
/* Makes typed values of a table's cells. */
#include "rows.h"

#include <errno.h>
#include <float.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "protocol/table.h"

#define DIGITS "0123456789"

enum { SHOWN_LIMIT = 60, NUMBER_LIMIT = 400 };

size_t
rows_field(struct rows *rows, const struct parameter *parameter)
{
    for (size_t i = 0; i < rows->field_count; i++)
        if (rows->fields[i].type == parameter->type && strcmp(rows->fields[i].name, parameter->name) == 0)
            return i;
    rows->fields = xreallocarray(rows->fields, rows->field_count + 1, sizeof *rows->fields);
    rows->fields[rows->field_count] = (struct field){ .name = parameter->name, .type = parameter->type };
    return rows->field_count++;
}

/* ---- Numbers as they are written. By hand what may be written: strtod() takes
 * blanks, "inf" and hexadecimal too. */

static bool
is_integer(const char *text)
{
    size_t digits;

    text += *text == '-';
    digits = strspn(text, DIGITS);
    return digits > 0 && text[digits] == '\0';
}

static bool
is_real(const char *text)
{
    size_t digits;

    text += *text == '-';
    digits = strspn(text, DIGITS);
    text += digits;
    if (digits > 0 && *text == '.') {
        digits = strspn(++text, DIGITS);
        text += digits;
    }
    if (digits > 0 && (*text == 'e' || *text == 'E')) {
        text++;
        text += *text == '-' || *text == '+';
        digits = strspn(text, DIGITS);
        text += digits;
    }
    return digits > 0 && *text == '\0';
}

static bool
read_integer(const char *text, int64_t *integer)
{
    if (!is_integer(text))
        return false;
    errno = 0;
    *integer = strtoll(text, NULL, 10);
    return errno == 0;
}

/* A test's library may have set a locale whose point is a comma. */
static bool
read_real(const char *text, double *real)
{
    locale_t plain, before;

    if (!is_real(text))
        return false;
    plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    before = uselocale(plain);
    *real = strtod(text, NULL);
    uselocale(before);
    freelocale(plain);
    return true;
}

/* ---- Values. */

/* The cell as what JSON would have said; false: it is not of that kind. */
static bool
as_bool(const struct cell *cell, bool *value)
{
    if (cell->kind == CELL_BOOL)
        *value = cell->integer != 0;
    else if (cell->kind == CELL_WRITTEN && slice_equal(cell->text, SLICE("true")))
        *value = true;
    else if (cell->kind == CELL_WRITTEN && slice_equal(cell->text, SLICE("false")))
        *value = false;
    else
        return false;
    return true;
}

static bool
as_integer(const struct cell *cell, int64_t minimum, int64_t maximum, int64_t *value)
{
    char text[NUMBER_LIMIT + 1];

    if (cell->kind == CELL_INTEGER) {
        *value = cell->integer;
    } else if (cell->kind == CELL_WRITTEN && cell->text.length <= NUMBER_LIMIT) {
        memcpy(text, cell->text.data, cell->text.length);
        text[cell->text.length] = '\0';
        if (!read_integer(text, value))
            return false;
    } else {
        return false;
    }
    return *value >= minimum && *value <= maximum;
}

static bool
as_real(const struct cell *cell, double limit, double *value)
{
    char text[NUMBER_LIMIT + 1];

    if (cell->kind == CELL_INTEGER) {
        *value = (double)cell->integer;
    } else if (cell->kind == CELL_REAL) {
        *value = cell->real;
    } else if (cell->kind == CELL_WRITTEN && cell->text.length <= NUMBER_LIMIT) {
        memcpy(text, cell->text.data, cell->text.length);
        text[cell->text.length] = '\0';
        if (!read_real(text, value))
            return false;
    } else {
        return false;
    }
    return isfinite(*value) && fabs(*value) <= limit;
}

/* Makes the value; of a string, where it begins in `strings`. */
static bool
make_value(const struct cell *cell, enum parameter_type type, struct buffer *strings,
           union foreign_value *value)
{
    int64_t integer = 0;
    double real = 0;
    bool is_good = false;

    switch (type) {
    case PARAMETER_BOOL:
        return as_bool(cell, &value->as_bool);
    case PARAMETER_INT:
        is_good = as_integer(cell, INT32_MIN, INT32_MAX, &integer);
        value->as_int32 = (int32_t)integer;
        return is_good;
    case PARAMETER_UINT:
        is_good = as_integer(cell, 0, UINT32_MAX, &integer);
        value->as_uint32 = (uint32_t)integer;
        return is_good;
    case PARAMETER_LONG:
        return as_integer(cell, INT64_MIN, INT64_MAX, &value->as_int64);
    case PARAMETER_FLOAT:
        is_good = as_real(cell, FLT_MAX, &real);
        value->as_float = is_good ? (float)real : 0;
        return is_good;
    case PARAMETER_DOUBLE:
        return as_real(cell, DBL_MAX, &value->as_double);
    default:
        value->as_int64 = (int64_t)strings->length;
        if (cell->kind != CELL_WRITTEN && cell->kind != CELL_STRING)
            return false;
        buffer_add_slice(strings, cell->text);
        buffer_add_char(strings, '\0');
        return true;
    }
}

static void
show(struct buffer *out, const struct cell *cell)
{
    struct slice shown = utf8_prefix(cell->text, SHOWN_LIMIT);

    switch (cell->kind) {
    case CELL_INTEGER:
        buffer_printf(out, "%lld", (long long)cell->integer);
        break;
    case CELL_REAL:
        buffer_printf(out, "%g", cell->real);
        break;
    case CELL_BOOL:
        buffer_add_text(out, cell->integer != 0 ? "true" : "false");
        break;
    case CELL_OTHER:
        buffer_add_text(out, "null, an array or an object");
        break;
    default:
        buffer_add_char(out, '"');
        utf8_add_visible(out, shown, false);
        buffer_add_text(out, shown.length < cell->text.length ? "...\"" : "\"");
    }
}

static int
wrong_value(const struct field *field, const struct cell *cell, struct err *err)
{
    const struct parameter_kind *kind = &parameter_kinds[field->type];
    struct buffer shown;

    buffer_init(&shown, 16 * SHOWN_LIMIT);
    show(&shown, cell);
    err_set(err, "column %s: %s expects %s, found %s", field->name, kind->name, kind->expected,
            shown.data != NULL ? shown.data : "");
    buffer_clear(&shown);
    return -1;
}

/* ---- The file. */

struct reading {
    struct rows *rows;
    uint64_t room; /* rows that `values` has memory for */
    struct buffer strings;
};

static int
make_room(struct reading *reading, struct err *err)
{
    struct rows *rows = reading->rows;
    uint64_t most = ROWS_VALUES_LIMIT / rows->field_count;

    if (rows->count < reading->room)
        return 0;
    if (rows->count >= most)
        return err_set(err, "%zu columns in use in more than %llu rows are too many values",
                       rows->field_count, (unsigned long long)most);
    reading->room = reading->room > 0 ? 2 * reading->room : 64;
    if (reading->room > most)
        reading->room = most;
    rows->values = xreallocarray(rows->values, reading->room * rows->field_count, sizeof *rows->values);
    return 0;
}

static int
take(void *context, const struct cell *cells, struct err *err)
{
    struct reading *reading = context;
    struct rows *rows = reading->rows;

    if (make_room(reading, err) < 0)
        return -1;
    for (size_t i = 0; i < rows->field_count; i++) {
        union foreign_value *value = &rows->values[rows->count * rows->field_count + i];

        *value = (union foreign_value){ .as_int64 = 0 };
        if (!make_value(&cells[i], rows->fields[i].type, &reading->strings, value))
            return wrong_value(&rows->fields[i], &cells[i], err);
    }
    if (reading->strings.is_full)
        return err_set(err, "all texts together have more than %d MiB", TABLE_FILE_LIMIT / (1024 * 1024));
    rows->count++;
    return 0;
}

/* Only now it is known where the strings stay. */
static void
place_strings(struct rows *rows, char *taken_strings)
{
    rows->strings = taken_strings;
    for (size_t i = 0; i < rows->field_count; i++) {
        if (rows->fields[i].type != PARAMETER_STRING)
            continue;
        for (uint64_t row = 0; row < rows->count; row++) {
            union foreign_value *value = &rows->values[row * rows->field_count + i];

            value->as_pointer = rows->strings + value->as_int64;
        }
    }
}

int
rows_read(struct rows *rows, const char *path, struct err *err)
{
    struct reading reading = { .rows = rows };
    const char **columns = xcalloc(rows->field_count, sizeof *columns);
    struct table_reader reader = { .columns = columns, .column_count = rows->field_count,
                                   .take = take, .context = &reading };
    int result;

    for (size_t i = 0; i < rows->field_count; i++)
        columns[i] = rows->fields[i].name;
    buffer_init(&reading.strings, TABLE_FILE_LIMIT);
    result = table_read(path, &reader, err);
    free(columns);
    if (result == 0 && rows->count == 0)
        result = err_set(err, "%s has no rows", path);
    if (result < 0) {
        buffer_clear(&reading.strings);
        return -1;
    }
    place_strings(rows, buffer_take(&reading.strings));
    return 0;
}

void
rows_clear(struct rows *rows)
{
    free(rows->fields);
    free(rows->values);
    free(rows->strings);
    *rows = (struct rows){ 0 };
}

union foreign_value
rows_value(const struct rows *rows, uint64_t row, size_t field)
{
    return rows->values[row * rows->field_count + field];
}
