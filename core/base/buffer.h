/* SPDX-License-Identifier: Apache-2.0 */
/* A byte buffer that grows up to a limit its owner names. Past the limit nothing
 * more is added and `is_full` stays set: check it once, at the end. */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

struct buffer {
    char *data;      /* NUL-terminated whenever it is not NULL */
    size_t length;   /* bytes, without the NUL */
    size_t capacity; /* bytes allocated */
    size_t limit;    /* `length` never goes past it */
    bool is_full;    /* something did not fit */
};

void buffer_init(struct buffer *buffer, size_t limit);
void buffer_clear(struct buffer *buffer); /* frees; ready for buffer_init */
void buffer_reset(struct buffer *buffer); /* empties; keeps the memory */

/* Each adds all or nothing. */
void buffer_add(struct buffer *buffer, const void *data, size_t length);
void buffer_add_slice(struct buffer *buffer, struct slice text);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_char(struct buffer *buffer, char character);
void buffer_add_uint(struct buffer *buffer, uint64_t value); /* decimal digits, without the price of printf */
void buffer_printf(struct buffer *buffer, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Gives the bytes to the caller, who frees them with free(); the buffer is empty. */
char *buffer_take(struct buffer *buffer);

#endif
