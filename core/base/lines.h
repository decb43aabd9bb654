/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a file line by line, with a limit on a line's length and no other. */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct lines;

/* Opens `path`, which is borrowed; NULL on failure. */
struct lines *lines_open(const char *path, size_t line_limit, struct err *err);
void lines_close(struct lines *lines);

enum lines_next { LINES_END, LINES_LINE, LINES_FAILED };

struct line {
    char *text;      /* without its newline; may be changed; valid until the next call */
    size_t length;   /* may contain NUL bytes */
    bool is_torn;    /* the file ends without a newline behind it */
    uint64_t number; /* from 1 */
};

/* FAILED: a line is too long, or the file cannot be read. */
enum lines_next lines_next(struct lines *lines, struct line *line, struct err *err);

/* Where the next line begins, and back to such a place. */
struct lines_place {
    off_t offset;
    uint64_t number;
};
struct lines_place lines_tell(const struct lines *lines);
int lines_seek(struct lines *lines, struct lines_place place, struct err *err);

#endif
