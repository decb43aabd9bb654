/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: validity, cutting, and showing it safely. */
#include "base/utf8.h"

static bool
is_continuation(unsigned char byte)
{
    return (byte & 0xC0) == 0x80;
}

size_t
utf8_width(const char *text, size_t length)
{
    const unsigned char *byte = (const unsigned char *)text;

    if (byte[0] < 0x80)
        return 1;
    if (byte[0] < 0xC2 || byte[0] > 0xF4 || length < 2 || !is_continuation(byte[1]))
        return 0;
    if (byte[0] < 0xE0)
        return 2;
    if (length < 3 || !is_continuation(byte[2]))
        return 0;
    if (byte[0] < 0xF0) {
        bool is_overlong = byte[0] == 0xE0 && byte[1] < 0xA0;
        bool is_surrogate = byte[0] == 0xED && byte[1] > 0x9F;

        return is_overlong || is_surrogate ? 0 : 3;
    }
    if (length < 4 || !is_continuation(byte[3]))
        return 0;
    if ((byte[0] == 0xF0 && byte[1] < 0x90) || (byte[0] == 0xF4 && byte[1] > 0x8F))
        return 0;
    return 4;
}

bool
utf8_is_valid(struct slice text)
{
    size_t at = 0;

    while (at < text.length) {
        size_t width = utf8_width(text.data + at, text.length - at);

        if (width == 0)
            return false;
        at += width;
    }
    return true;
}

struct slice
utf8_prefix(struct slice text, size_t limit)
{
    if (text.length <= limit)
        return text;
    while (limit > 0 && is_continuation((unsigned char)text.data[limit]))
        limit--;
    return (struct slice){ .data = text.data, .length = limit };
}

uint32_t
utf8_code_point(const char *text, size_t width)
{
    static const unsigned char lead_mask[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    uint32_t point = (unsigned char)text[0] & lead_mask[width];

    for (size_t i = 1; i < width; i++)
        point = point << 6 | ((unsigned char)text[i] & 0x3F);
    return point;
}

static bool
is_unsafe(uint32_t point)
{
    static const struct { uint32_t first, last; } unsafe[] = {
        { 0x00, 0x1F },     { 0x7F, 0x9F },     { 0xAD, 0xAD },     { 0x61C, 0x61C },
        { 0x200B, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x206F }, { 0xFEFF, 0xFEFF },
    };

    for (size_t i = 0; i < sizeof unsafe / sizeof unsafe[0]; i++)
        if (point >= unsafe[i].first && point <= unsafe[i].last)
            return true;
    return false;
}

void
utf8_add_visible(struct buffer *out, struct slice text, bool keep_newlines)
{
    size_t at = 0;

    while (at < text.length) {
        size_t width = utf8_width(text.data + at, text.length - at);
        uint32_t point;

        if (width == 0) {
            buffer_printf(out, "\\x%02x", (unsigned char)text.data[at++]);
            continue;
        }
        point = utf8_code_point(text.data + at, width);
        if ((point == '\n' && keep_newlines) || !is_unsafe(point))
            buffer_add(out, text.data + at, width);
        else
            buffer_printf(out, "\\u{%x}", point);
        at += width;
    }
}
