/* SPDX-License-Identifier: Apache-2.0 */
/* The text under which something is counted: made of parts, each with a limit.
 * Nothing here allocates. */
#ifndef RESULTS_KEY_H
#define RESULTS_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum {
    KEY_SIZE = 4096,          /* more than the parts of any key have in all */
    KEY_PART_LIMIT_MIN = 32,  /* room for the mark of a text that was cut */
};

struct key {
    size_t length;
    char data[KEY_SIZE]; /* only `length` bytes are set: it is made on every message */
};

static inline void
key_begin(struct key *key)
{
    key->length = 0;
}

void key_add_byte(struct key *key, char byte);
/* Adds `text`. When it is longer than `limit` it is cut at a character and ends
 * in "#" and a hash of the whole, so that different texts stay different. */
void key_add_text(struct key *key, struct slice text, size_t limit);
/* Adds a URL without user and fragment, and without query unless `keep_query`. */
void key_add_url(struct key *key, struct slice url, bool keep_query, size_t limit);

static inline struct slice
key_slice(const struct key *key)
{
    return (struct slice){ .data = key->data, .length = key->length };
}

#endif
