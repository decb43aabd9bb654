/* SPDX-License-Identifier: Apache-2.0 */
/* A byte buffer with a limit. */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void
buffer_init(struct buffer *buffer, size_t limit)
{
    *buffer = (struct buffer){ .limit = limit };
}

void
buffer_clear(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){ .limit = buffer->limit };
}

void
buffer_reset(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->is_full = false;
}

/* Makes room for `more` bytes and a NUL; false when the limit forbids it. */
static bool
reserve(struct buffer *buffer, size_t more)
{
    size_t needed, capacity;

    if (buffer->is_full || more > buffer->limit - buffer->length) {
        buffer->is_full = true;
        return false;
    }
    needed = buffer->length + more + 1;
    if (needed <= buffer->capacity)
        return true;
    capacity = buffer->capacity > 0 ? buffer->capacity * 2 : 256;
    if (capacity < needed)
        capacity = needed;
    buffer->data = xrealloc(buffer->data, capacity);
    buffer->capacity = capacity;
    return true;
}

void
buffer_add(struct buffer *buffer, const void *data, size_t length)
{
    if (!reserve(buffer, length))
        return;
    if (length > 0)
        memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void
buffer_add_slice(struct buffer *buffer, struct slice text)
{
    buffer_add(buffer, text.data, text.length);
}

void
buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void
buffer_add_char(struct buffer *buffer, char character)
{
    buffer_add(buffer, &character, 1);
}

void
buffer_add_uint(struct buffer *buffer, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buffer_add(buffer, digits + at, sizeof digits - at);
}

void
buffer_printf(struct buffer *buffer, const char *fmt, ...)
{
    va_list args, again;
    int length;

    va_start(args, fmt);
    va_copy(again, args);
    length = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (length >= 0 && reserve(buffer, (size_t)length)) {
        vsnprintf(buffer->data + buffer->length, (size_t)length + 1, fmt, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

char *
buffer_take(struct buffer *buffer)
{
    char *data = buffer->data != NULL ? buffer->data : xstrdup("");

    buffer->data = NULL;
    buffer_clear(buffer);
    return data;
}
