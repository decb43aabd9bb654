/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of --data, as CSV and as JSON, with values of every type. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "protocol/table.h"
#include "reader.h"

static int
take(void *context, const struct cell *cells, struct err *err)
{
    size_t *rows = context;

    for (size_t i = 0; i < 2; i++)
        if (cells[i].kind == CELL_WRITTEN || cells[i].kind == CELL_STRING)
            READER_CHECK(utf8_is_valid(cells[i].text)
                         && (cells[i].text.length == 0 || memchr(cells[i].text.data, '\0', cells[i].text.length) == NULL));
    return ++*rows < 1000 ? 0 : err_set(err, "enough");
}

/* The reader's two formats of the same bytes; csv is read in place. */
static void
run(const char *data, size_t length)
{
    static const char *const columns[] = { "user", "n" };
    size_t csv_rows = 0, json_rows = 0;
    struct table_reader csv = { .columns = columns, .column_count = 2, .take = take, .context = &csv_rows };
    struct table_reader json = csv;
    struct err csv_err = { 0 }, json_err = { 0 };
    char *text;

    /* What table_read makes sure of. */
    if (length == 0 || !utf8_is_valid((struct slice){ data, length }) || memchr(data, '\0', length) != NULL)
        return;
    text = xstrndup(data, length);
    json.context = &json_rows;
    READER_CHECK((table_read_json("f", text, length, &json, &json_err) == 0) == (json_err.text[0] == '\0'));
    READER_CHECK((table_read_csv("f", text, length, &csv, &csv_err) == 0) == (csv_err.text[0] == '\0'));
    free(text);
}

const struct reader reader_table = { .name = "table", .run = run };
