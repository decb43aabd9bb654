/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a JSON string: where its plain part ends, and its escapes. */
#ifndef PROTOCOL_TEXT_H
#define PROTOCOL_TEXT_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/slice.h"

/* Eight bytes, the first one lowest. */
static inline uint64_t
text_word(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
    return le64toh(word);
}

/* Marks (0x80 in its place) the first byte that is not plain: a quote, a
 * backslash, a control character or not ASCII. Marks above the first one may be
 * false: the subtractions borrow from them. */
static inline uint64_t
text_special_bytes(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');

    return (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)
            | ((word - ones * 0x20) & ~word) | word) & high;
}

static inline bool
text_is_special(char character)
{
    unsigned char byte = (unsigned char)character;

    return byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
}

/* The first byte that is not plain, or `end`. */
static inline const char *
text_plain_end(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t specials = text_special_bytes(text_word(at));

        if (specials != 0)
            return at + (__builtin_ctzll(specials) >> 3);
        at += 8;
    }
    while (at < end && !text_is_special(*at))
        at++;
    return at;
}

enum text_escape {
    TEXT_ESCAPE_GOOD,
    TEXT_ESCAPE_BAD,       /* not JSON */
    TEXT_ESCAPE_FORBIDDEN, /* \u0000 or a lone surrogate */
};

/* Reads the escape at `*at` (a backslash) and moves past it; writes what it
 * stands for as UTF-8. A forbidden one is moved past too, and writes nothing. */
enum text_escape text_escape(const char **at, const char *end, char utf8[static 4], size_t *width);

/* Writes the inside of a string without its escapes to `out`, which has room for
 * `raw.length` bytes. False when it is not valid, or is not UTF-8. */
bool text_unescape(struct slice raw, char *out, size_t *length);

#endif
