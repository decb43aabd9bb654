/* SPDX-License-Identifier: Apache-2.0 */
/* What is valid UTF-8, and how text from outside is shown to people. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/slice.h"

/* Bytes of the character at `text` (1 to 4), or 0 when it is not valid UTF-8:
 * overlong, a surrogate, past U+10FFFF, or cut off. `length` is at least 1. */
size_t utf8_width(const char *text, size_t length);

/* The code point of a valid character of `width` bytes. */
uint32_t utf8_code_point(const char *text, size_t width);

bool utf8_is_valid(struct slice text);

/* The longest prefix of at most `limit` bytes that does not cut a character. */
struct slice utf8_prefix(struct slice text, size_t limit);

/* Adds `text` so that a terminal or a log line cannot be steered by it: control
 * characters, DEL, C1, bidirectional controls and zero-width characters become
 * \u{...}, bytes that are not UTF-8 \x... . Newlines stay when `keep_newlines`. */
void utf8_add_visible(struct buffer *out, struct slice text, bool keep_newlines);

#endif
