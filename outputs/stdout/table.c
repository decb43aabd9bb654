/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of labels and numbers. */
#include "stdout/table.h"

#include <stdlib.h>

#include "base/memory.h"

enum {
    INDENT = 2,
    GAP = 2,
    LABEL_LEAST = 14,
    LABEL_BYTES = 64 * 1024,
};

struct table_row *
table_add(struct table *table, struct slice label)
{
    struct table_row *row;

    if (table->row_count == TABLE_ROWS)
        return NULL;
    row = &table->rows[table->row_count++];
    *row = (struct table_row){ .label_length = label.length < LABEL_BYTES ? label.length : LABEL_BYTES };
    row->label = xstrndup(label.length > 0 ? label.data : "", row->label_length);
    return row;
}

static size_t
column_width(const struct table *table, size_t column)
{
    size_t width = strlen(table->columns[column]);

    for (size_t i = 0; i < table->row_count; i++) {
        size_t length = strlen(table->rows[i].cells[column]);

        width = length > width ? length : width;
    }
    return width;
}

/* What the labels need of `room`, title included. */
static size_t
label_width(const struct table *table, size_t room)
{
    size_t width = strlen(table->title) - INDENT;

    for (size_t i = 0; i < table->row_count && width < room; i++) {
        struct buffer text;
        struct slice label = { table->rows[i].label, table->rows[i].label_length };
        size_t columns;

        buffer_init(&text, LABEL_BYTES);
        columns = text_add_cut(&text, label, room, table->cut);
        buffer_clear(&text);
        width = columns > width ? columns : width;
    }
    return width;
}

/* Fills the widths of the columns that find room beside the labels, and returns
 * how many they are. Labels give way down to LABEL_LEAST. */
static size_t
fit_columns(const struct table *table, const struct page *page, size_t *widths, size_t *labels)
{
    size_t room = page->columns - INDENT, wanted = label_width(table, room), count = 0;
    size_t least = wanted < LABEL_LEAST ? wanted : LABEL_LEAST;

    for (; table->columns[count] != NULL; count++) {
        widths[count] = column_width(table, count);
        if (widths[count] + GAP + least > room)
            break;
        room -= widths[count] + GAP;
    }
    *labels = wanted < room ? wanted : room;
    return count;
}

static void
add_right(struct buffer *out, const char *text, size_t width)
{
    text_add_blanks(out, GAP + width - strlen(text));
    buffer_add_text(out, text);
}

void
table_print(struct table *table, const struct page *page)
{
    struct buffer *out = page->out;
    size_t widths[TABLE_COLUMNS], labels, count = fit_columns(table, page, widths, &labels);

    buffer_add_char(out, '\n');
    page_style(page, PAGE_TITLE);
    buffer_add_text(out, table->title);
    page_style(page, PAGE_PLAIN);
    text_add_blanks(out, INDENT + labels - strlen(table->title));
    for (size_t i = 0; i < count; i++)
        add_right(out, table->columns[i], widths[i]);
    buffer_add_char(out, '\n');
    for (size_t i = 0; i < table->row_count; i++) {
        struct table_row *row = &table->rows[i];
        size_t used;

        text_add_blanks(out, INDENT);
        used = text_add_cut(out, (struct slice){ row->label, row->label_length }, labels, table->cut);
        text_add_blanks(out, labels - used);
        for (size_t j = 0; j < count; j++)
            add_right(out, row->cells[j], widths[j]);
        buffer_add_char(out, '\n');
        free(row->label);
    }
    table->row_count = 0;
}
