/* SPDX-License-Identifier: Apache-2.0 */
/* The end of what a process printed: the last 16 KiB, however much there was. */
#ifndef RUN_TAIL_H
#define RUN_TAIL_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum { TAIL_LIMIT = 16 * 1024 };

/* Zero-initialise. */
struct tail {
    char *data; /* allocated with the first byte */
    size_t length;
    uint64_t dropped; /* bytes that came before and are gone */
};

void tail_clear(struct tail *tail);
void tail_reset(struct tail *tail); /* empties; keeps the memory */
void tail_add(struct tail *tail, const char *data, size_t length);

/* At most so many of the last lines and bytes, valid until something is added. */
struct slice tail_last(const struct tail *tail, size_t line_limit, size_t byte_limit);

/* Prints at most so many of the last lines and bytes on stderr, indented and
 * with control characters made visible. */
void tail_print(const struct tail *tail, size_t line_limit, size_t byte_limit);

#endif
