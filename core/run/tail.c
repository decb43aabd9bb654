/* SPDX-License-Identifier: Apache-2.0 */
/* The end of what a process printed. */
#include "run/tail.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/utf8.h"

enum { PRINT_LIMIT = 8 * TAIL_LIMIT }; /* each byte may become "    \x00" */

void
tail_clear(struct tail *tail)
{
    free(tail->data);
    *tail = (struct tail){ 0 };
}

void
tail_reset(struct tail *tail)
{
    tail->length = 0;
    tail->dropped = 0;
}

/* Twice the limit is kept, so that bytes are moved once per TAIL_LIMIT added. */
void
tail_add(struct tail *tail, const char *data, size_t length)
{
    if (tail->data == NULL)
        tail->data = xmalloc(2 * TAIL_LIMIT);
    if (length > TAIL_LIMIT) {
        tail->dropped += length - TAIL_LIMIT;
        data += length - TAIL_LIMIT;
        length = TAIL_LIMIT;
    }
    if (tail->length + length > 2 * TAIL_LIMIT) {
        size_t kept = TAIL_LIMIT < tail->length ? TAIL_LIMIT : tail->length;

        memmove(tail->data, tail->data + tail->length - kept, kept);
        tail->dropped += tail->length - kept;
        tail->length = kept;
    }
    memcpy(tail->data + tail->length, data, length);
    tail->length += length;
}

static size_t
start_of_last_lines(const struct tail *tail, size_t line_limit, size_t byte_limit)
{
    size_t at = tail->length;
    size_t lines = 0;

    while (at > 0 && tail->length - at < byte_limit) {
        if (tail->data[at - 1] == '\n' && at < tail->length && ++lines == line_limit)
            break;
        at--;
    }
    return at;
}

struct slice
tail_last(const struct tail *tail, size_t line_limit, size_t byte_limit)
{
    size_t at = start_of_last_lines(tail, line_limit, byte_limit);

    return (struct slice){ .data = tail->data != NULL ? tail->data + at : "", .length = tail->length - at };
}

void
tail_print(const struct tail *tail, size_t line_limit, size_t byte_limit)
{
    size_t at = start_of_last_lines(tail, line_limit, byte_limit);
    struct buffer out;

    buffer_init(&out, PRINT_LIMIT);
    if (at > 0 || tail->dropped > 0)
        buffer_add_text(&out, "    [...]\n");
    while (at < tail->length) {
        const char *line = tail->data + at;
        const char *end = memchr(line, '\n', tail->length - at);
        size_t length = end != NULL ? (size_t)(end - line) : tail->length - at;

        buffer_add_text(&out, "    ");
        utf8_add_visible(&out, (struct slice){ .data = line, .length = length }, false);
        buffer_add_char(&out, '\n');
        at += length + 1;
    }
    /* Nobody is left to be told when stderr itself is gone. */
    if (out.length > 0 && write(STDERR_FILENO, out.data, out.length) < 0) { }
    buffer_clear(&out);
}
