/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of named values from a file: CSV as in RFC 4180, or a JSON array of
 * objects. Hands over the columns that are wanted; what the values have to be is
 * its reader's business. */
#ifndef PROTOCOL_TABLE_H
#define PROTOCOL_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

enum {
    TABLE_FILE_LIMIT = 64 * 1024 * 1024,
    TABLE_ROWS_LIMIT = 1000000,
    TABLE_COLUMNS_LIMIT = 1024, /* of a CSV file, wanted or not */
};

enum cell_kind {
    CELL_WRITTEN, /* CSV: `text` is the value of whatever type it has to be */
    CELL_STRING,  /* the rest is JSON's; only this one has `text` too */
    CELL_INTEGER,
    CELL_REAL,
    CELL_BOOL,
    CELL_OTHER,   /* null, an array or an object */
};

struct cell {
    enum cell_kind kind;
    struct slice text; /* UTF-8 without NUL; valid until `take` returns */
    int64_t integer;   /* CELL_INTEGER, and 0 or 1 of CELL_BOOL */
    double real;       /* CELL_REAL */
};

struct table_reader {
    const char *const *columns; /* those that are wanted, at least one */
    size_t column_count;
    /* Gets the wanted cells of the next row, in the order of `columns`. On failure
     * `err` says what is wrong with which column; the file, line and row are put
     * in front of it. */
    int (*take)(void *context, const struct cell *cells, struct err *err);
    void *context;
};

/* Reads the whole file; its name ends with .csv or .json. */
int table_read(const char *path, const struct table_reader *reader, struct err *err);

/* The two formats, of bytes in memory (`text` is changed, and a NUL follows it).
 * `name` is for errors. */
int table_read_csv(const char *name, char *text, size_t length, const struct table_reader *reader,
                   struct err *err);
int table_read_json(const char *name, const char *text, size_t length, const struct table_reader *reader,
                    struct err *err);

#endif
