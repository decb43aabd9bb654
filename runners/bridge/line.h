/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the messages among the lines that a program prints, and takes them apart
 * as far as the bridge must know them. */
#ifndef BRIDGE_LINE_H
#define BRIDGE_LINE_H

#include <stdbool.h>

#include "base/slice.h"
#include "event.h"

enum line_kind {
    LINE_TEXT,    /* for people */
    LINE_MESSAGE, /* of the protocol */
    LINE_ENDING,  /* runnerEnd: what it says is the bridge's to say */
    LINE_BROKEN,  /* meant as a message, but is none */
};

struct line {
    enum line_kind kind;
    const char *problem; /* LINE_BROKEN: what is wrong, lower case */
    /* LINE_MESSAGE: */
    char *members; /* of the line; line_clear frees it */
    struct foreign_message message;
    bool tells_hit, tells_test, tells_outcome, tells_trouble; /* trouble: a failure or an error */
};

/* `text` is one line. Call line_clear on every line that was read. */
void line_read(struct line *line, struct slice text);
void line_clear(struct line *line);

/* Whether the beginning of a line that is too long was to be a message. */
bool line_looks_like_message(struct slice text);

#endif
