/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of text that belongs to somebody else: not NUL-terminated, borrowed. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *data; /* may be NULL only when length is 0 */
    size_t length;
};

#define SLICE(literal) ((struct slice){ .data = (literal), .length = sizeof(literal) - 1 })

static inline struct slice
slice_of(const char *text)
{
    return (struct slice){ .data = text, .length = text != NULL ? strlen(text) : 0 };
}

static inline bool
slice_equal(struct slice a, struct slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

#endif
