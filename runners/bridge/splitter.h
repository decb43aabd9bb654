/* SPDX-License-Identifier: Apache-2.0 */
/* What a program prints, cut into lines. A line has a largest length: of one that
 * is longer the beginning is told as such, then the rest piece by piece. */
#ifndef BRIDGE_SPLITTER_H
#define BRIDGE_SPLITTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum { SPLITTER_LINE_LIMIT = 64 * 1024 };

struct splitter {
    char *data;           /* SPLITTER_LINE_LIMIT bytes */
    size_t begin, end;    /* what was read and not handed out */
    bool is_in_long_line; /* whose beginning was handed out */
};

void splitter_init(struct splitter *splitter);
void splitter_clear(struct splitter *splitter);

/* Where the next bytes go, never nowhere; call after splitter_next had nothing more. */
char *splitter_space(struct splitter *splitter, size_t *size);
void splitter_add(struct splitter *splitter, size_t length);

enum splitter_piece {
    SPLITTER_NONE,
    SPLITTER_LINE,      /* without its newline */
    SPLITTER_LONG_LINE, /* the beginning of one that is too long */
    SPLITTER_REST,      /* what follows of that one */
};

/* The next piece, valid until splitter_space. `is_end`: nothing will come any
 * more, so what stands without a newline is a line too. */
enum splitter_piece splitter_next(struct splitter *splitter, bool is_end, struct slice *piece);

#endif
