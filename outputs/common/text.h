/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people in columns: text from outside made harmless and cut by the
 * width it takes on a terminal, and numbers in units that one reads at a glance. */
#ifndef OUTPUTS_TEXT_H
#define OUTPUTS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/slice.h"

/* Columns that valid UTF-8 without control characters takes. */
size_t text_columns(struct slice text);

enum text_cut {
    TEXT_CUT_END,    /* what matters stands in front: a sentence */
    TEXT_CUT_MIDDLE, /* both ends matter: an address */
};

/* Adds the first line of `text`, made visible, in at most `columns` columns;
 * "..." shows where it was cut. Returns the columns used. */
size_t text_add_cut(struct buffer *out, struct slice text, size_t columns, enum text_cut cut);

/* Adds `text`, made visible, in lines of at most `columns` columns and `lines`
 * lines, broken at blanks where there are some; lines after the first start
 * behind `indent` blanks. Without a newline at the end. */
void text_add_wrapped(struct buffer *out, struct slice text, size_t indent, size_t columns, size_t lines);

void text_add_blanks(struct buffer *out, size_t count);

enum { TEXT_NUMBER_SIZE = 24 };

/* "950 us", "18.2 ms", "1.20 s", "2m03s", "3h05m": at most seven columns up to
 * 99 hours. */
const char *text_duration(char text[static TEXT_NUMBER_SIZE], int64_t us);
/* "0:07", "12:30", "1:02:03". */
const char *text_clock(char text[static TEXT_NUMBER_SIZE], int64_t us);
/* "9640", "12.3k", "1.23M": at most five columns up to 10^15. */
const char *text_short_count(char text[static TEXT_NUMBER_SIZE], double value);
/* Whole up to nine digits, short above. */
const char *text_count(char text[static TEXT_NUMBER_SIZE], uint64_t value);

#endif
