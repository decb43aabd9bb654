/* SPDX-License-Identifier: Apache-2.0 */
/* JSON's escapes. */
#include "protocol/text.h"

#include "base/utf8.h"

/* Four hexadecimal digits, or -1. */
static int32_t
hex4(const char *at, const char *end)
{
    int32_t value = 0;

    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char digit = at[i];

        value <<= 4;
        if (digit >= '0' && digit <= '9')
            value |= digit - '0';
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            value |= (digit | 0x20) - 'a' + 10;
        else
            return -1;
    }
    return value;
}

static size_t
put_utf8(uint32_t point, char utf8[static 4])
{
    if (point < 0x80) {
        utf8[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        utf8[0] = (char)(0xC0 | point >> 6);
        utf8[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        utf8[0] = (char)(0xE0 | point >> 12);
        utf8[1] = (char)(0x80 | (point >> 6 & 0x3F));
        utf8[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    utf8[0] = (char)(0xF0 | point >> 18);
    utf8[1] = (char)(0x80 | (point >> 12 & 0x3F));
    utf8[2] = (char)(0x80 | (point >> 6 & 0x3F));
    utf8[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

/* `*at` is behind "\u". */
static enum text_escape
unicode_escape(const char **at, const char *end, char utf8[static 4], size_t *width)
{
    int32_t first = hex4(*at, end), second;

    if (first < 0)
        return TEXT_ESCAPE_BAD;
    *at += 4;
    if (first == 0 || (first >= 0xDC00 && first <= 0xDFFF))
        return TEXT_ESCAPE_FORBIDDEN;
    if (first < 0xD800 || first > 0xDBFF) {
        *width = put_utf8((uint32_t)first, utf8);
        return TEXT_ESCAPE_GOOD;
    }
    if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
        return TEXT_ESCAPE_FORBIDDEN;
    second = hex4(*at + 2, end);
    if (second < 0xDC00 || second > 0xDFFF)
        return TEXT_ESCAPE_FORBIDDEN;
    *at += 6;
    *width = put_utf8(0x10000 + (((uint32_t)first - 0xD800) << 10) + ((uint32_t)second - 0xDC00), utf8);
    return TEXT_ESCAPE_GOOD;
}

enum text_escape
text_escape(const char **at, const char *end, char utf8[static 4], size_t *width)
{
    static const char escapes[128] = {
        ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
        ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
    };
    unsigned char letter;

    *width = 0;
    if (end - *at < 2)
        return TEXT_ESCAPE_BAD;
    letter = (unsigned char)(*at)[1];
    if (letter == 'u') {
        *at += 2;
        return unicode_escape(at, end, utf8, width);
    }
    if (letter >= sizeof escapes || escapes[letter] == 0)
        return TEXT_ESCAPE_BAD;
    *at += 2;
    utf8[0] = escapes[letter];
    *width = 1;
    return TEXT_ESCAPE_GOOD;
}

bool
text_unescape(struct slice raw, char *out, size_t *length)
{
    const char *at = raw.data, *end = raw.data + raw.length;
    char *to = out;

    while (at < end) {
        const char *plain = at;
        size_t width = 1;

        at = text_plain_end(at, end);
        memcpy(to, plain, (size_t)(at - plain));
        to += at - plain;
        if (at == end)
            break;
        if (*at == '\\') {
            char utf8[4];

            if (text_escape(&at, end, utf8, &width) != TEXT_ESCAPE_GOOD)
                return false;
            memcpy(to, utf8, width);
        } else {
            width = (unsigned char)*at >= 0x80 ? utf8_width(at, (size_t)(end - at)) : 0;
            if (width == 0)
                return false;
            memcpy(to, at, width);
            at += width;
        }
        to += width;
    }
    *length = (size_t)(to - out);
    return true;
}
