/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed set of short names, found by two word compares: the keys and the types
 * of messages. */
#ifndef PROTOCOL_NAMES_H
#define PROTOCOL_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/text.h"

enum {
    NAMES_LIMIT = 63,
    NAMES_LENGTH_LIMIT = 16, /* of one name, in bytes: two words */
    NAMES_SLOT_BITS = 8,
};

struct names {
    uint64_t multiplier; /* of a hash that gives each name a slot of its own */
    uint8_t slots[1 << NAMES_SLOT_BITS];
    struct name {
        uint64_t low, high;
    } names[NAMES_LIMIT + 1]; /* the last one is what no text is */
};

/* `names` ends with NULL; at most NAMES_LIMIT, all different. */
void names_init(struct names *table, const char *const *names);

/* Only the first `length` bytes of a word that is known to be readable. */
static inline struct name
name_of(const char *text, size_t length, const char *readable_end)
{
    char copy[NAMES_LENGTH_LIMIT];
    struct name name;

    if (readable_end - text < NAMES_LENGTH_LIMIT) {
        memset(copy, 0, sizeof copy);
        memcpy(copy, text, length);
        text = copy;
    }
    name.low = text_word(text);
    name.high = text_word(text + 8);
    if (length < 8) {
        name.low &= (UINT64_C(1) << length * 8) - 1;
        name.high = 0;
    } else if (length < 16) {
        name.high &= (UINT64_C(1) << (length - 8) * 8) - 1;
    }
    return name;
}

static inline size_t
name_slot(struct name name, uint64_t multiplier)
{
    return (name.low ^ name.high) * multiplier >> (64 - NAMES_SLOT_BITS);
}

/* The index of the name that `text` is, or -1. `readable_end` may lie behind the
 * text's end: reading up to there is allowed. */
static inline int
names_find(const struct names *table, struct slice text, const char *readable_end)
{
    struct name name;
    uint8_t index;

    if (text.length > NAMES_LENGTH_LIMIT)
        return -1;
    name = name_of(text.data, text.length, readable_end);
    index = table->slots[name_slot(name, table->multiplier)];
    return table->names[index].low == name.low && table->names[index].high == name.high ? index : -1;
}

#endif
