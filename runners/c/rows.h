/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that tests are called with: a file's columns, each value read and
 * checked once, before anything runs. */
#ifndef C_RUNNER_ROWS_H
#define C_RUNNER_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/signature.h"

enum { ROWS_VALUES_LIMIT = 16 * 1024 * 1024 }; /* rows times fields */

/* A column that is needed, as that type. Borrowed. */
struct field {
    const char *name;
    enum parameter_type type;
};

struct rows {
    struct field *fields; /* no two are the same; two types of a column are two */
    size_t field_count;
    union foreign_value *values; /* row by row */
    uint64_t count;
    char *strings; /* what values of strings point to */
};

/* The number of the field, which is added if it is new. Before rows_read. */
size_t rows_field(struct rows *rows, const struct parameter *parameter);

/* Reads all rows of the file, at least one. */
int rows_read(struct rows *rows, const char *path, struct err *err);
void rows_clear(struct rows *rows);

/* The value of a field in a row, both from 0. */
union foreign_value rows_value(const struct rows *rows, uint64_t row, size_t field);

#endif
