/* SPDX-License-Identifier: Apache-2.0 */
/* A small table: labels on the left, numbers in right-aligned columns. On a
 * narrow page labels are cut, then the last columns are left out. */
#ifndef OUTPUTS_STDOUT_TABLE_H
#define OUTPUTS_STDOUT_TABLE_H

#include "base/slice.h"
#include "common/text.h"
#include "stdout/page.h"

enum { TABLE_ROWS = 24, TABLE_COLUMNS = 7 };

struct table_row {
    char *label; /* as it came from outside */
    size_t label_length;
    char cells[TABLE_COLUMNS][TEXT_NUMBER_SIZE]; /* at most 23 bytes each */
};

/* Initialise with the title, the titles of the columns (NULL behind the last)
 * and what the labels are; all else is zero. */
struct table {
    const char *title;
    const char *const *columns;
    enum text_cut cut;
    struct table_row rows[TABLE_ROWS];
    size_t row_count;
};

/* A new row whose cells the caller fills; NULL when the table is full. */
struct table_row *table_add(struct table *table, struct slice label);

/* Prints the table behind an empty line, and frees its rows. */
void table_print(struct table *table, const struct page *page);

#endif
