/* SPDX-License-Identifier: Apache-2.0 */
/* Lines in a buffer of a fixed size. */
#include "splitter.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void
splitter_init(struct splitter *splitter)
{
    *splitter = (struct splitter){ .data = xmalloc(SPLITTER_LINE_LIMIT) };
}

void
splitter_clear(struct splitter *splitter)
{
    free(splitter->data);
    *splitter = (struct splitter){ 0 };
}

char *
splitter_space(struct splitter *splitter, size_t *size)
{
    memmove(splitter->data, splitter->data + splitter->begin, splitter->end - splitter->begin);
    splitter->end -= splitter->begin;
    splitter->begin = 0;
    *size = SPLITTER_LINE_LIMIT - splitter->end;
    return splitter->data + splitter->end;
}

void
splitter_add(struct splitter *splitter, size_t length)
{
    splitter->end += length;
}

static enum splitter_piece
take_line(struct splitter *splitter, size_t length, struct slice *piece)
{
    bool was_long = splitter->is_in_long_line;

    piece->length = length;
    splitter->begin += length + 1;
    splitter->is_in_long_line = false;
    return was_long ? SPLITTER_REST : SPLITTER_LINE;
}

static enum splitter_piece
take_part(struct splitter *splitter, bool is_end, struct slice *piece)
{
    bool was_long = splitter->is_in_long_line;

    piece->length = splitter->end - splitter->begin;
    splitter->begin = splitter->end = 0;
    splitter->is_in_long_line = !is_end;
    return was_long ? SPLITTER_REST : is_end ? SPLITTER_LINE : SPLITTER_LONG_LINE;
}

enum splitter_piece
splitter_next(struct splitter *splitter, bool is_end, struct slice *piece)
{
    const char *start = splitter->data + splitter->begin;
    size_t length = splitter->end - splitter->begin;
    const char *newline = memchr(start, '\n', length);

    piece->data = start;
    if (newline != NULL)
        return take_line(splitter, (size_t)(newline - start), piece);
    if (is_end && length == 0)
        splitter->is_in_long_line = false;
    if (length == 0)
        return SPLITTER_NONE;
    if (is_end || length == SPLITTER_LINE_LIMIT || splitter->is_in_long_line)
        return take_part(splitter, is_end, piece);
    return SPLITTER_NONE;
}
