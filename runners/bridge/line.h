/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the messages among the lines that a program prints. A line that is one JSON
 * object with the member "data_type", or an array of such, is for the host. */
#ifndef BRIDGE_LINE_H
#define BRIDGE_LINE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"
#include "event.h"
#include "protocol/decoder.h"

struct line_reader {
    struct decoder *decoder; /* borrowed: knows what the host will count */
    const char *test;        /* to which a message belongs that names none */
    void *context;
    /* One message, with all that it needs but its envelope; valid until it returns. */
    void (*message)(void *context, enum loads_event_type type, const struct foreign_message *message);
};

enum line_kind {
    LINE_TEXT,    /* for people */
    LINE_MESSAGE, /* `message` was called for each in it; not for runnerEnd, which is the bridge's to say */
    LINE_BROKEN,  /* meant as a message, and one in it is none: `err` says why */
};

enum line_kind line_read(const struct line_reader *reader, struct slice text, struct err *err);

/* Whether the beginning of a line that is too long was to be a message. */
bool line_looks_like_message(struct slice text);

#endif
