/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping for XML. A writer library would leave the hard part, characters that
 * no XML may hold, to us all the same. */
#include "common/xml.h"

#include <stdint.h>

#include "base/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD"

/* What stands for an ASCII character; NULL: itself. A parser makes a blank of a
 * line break in an attribute, and "\n" of "\r" anywhere. */
static const char *
reference(char byte, bool is_attribute)
{
    switch (byte) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;"; /* "]]>" may not stand in text */
    case '"': return "&quot;";
    case '\r': return "&#13;";
    case '\n': return is_attribute ? "&#10;" : NULL;
    case '\t': return is_attribute ? "&#9;" : NULL;
    default: return NULL;
    }
}

static bool
is_plain(char byte)
{
    return byte >= ' ' && byte <= '~' && byte != '&' && byte != '<' && byte != '>' && byte != '"';
}

static bool
is_allowed(uint32_t point)
{
    return (point >= 0x20 && point != 0xFFFE && point != 0xFFFF) || point == '\t' || point == '\n' || point == '\r';
}

/* What stands for the character at the front; NULL: itself, `*width` bytes long. */
static const char *
replacement(struct slice text, bool is_attribute, size_t *width)
{
    size_t found;

    *width = 1;
    if (is_plain(text.data[0]))
        return NULL; /* nearly all that comes */
    found = utf8_width(text.data, text.length);
    if (found == 0)
        return REPLACEMENT;
    *width = found;
    if (!is_allowed(utf8_code_point(text.data, found)))
        return REPLACEMENT;
    return found == 1 ? reference(text.data[0], is_attribute) : NULL;
}

static void
add_escaped(struct buffer *out, struct slice text, bool is_attribute)
{
    size_t at = 0, run = 0, width;

    for (; at < text.length; at += width) {
        const char *instead =
            replacement((struct slice){ text.data + at, text.length - at }, is_attribute, &width);

        if (instead == NULL)
            continue;
        buffer_add(out, text.data + run, at - run);
        buffer_add_text(out, instead);
        run = at + width;
    }
    if (at > run)
        buffer_add(out, text.data + run, at - run);
}

void
xml_add_attribute(struct buffer *out, const char *name, struct slice value)
{
    buffer_add_char(out, ' ');
    buffer_add_text(out, name);
    buffer_add(out, "=\"", 2);
    add_escaped(out, value, true);
    buffer_add_char(out, '"');
}

void
xml_add_text(struct buffer *out, struct slice text)
{
    add_escaped(out, text, false);
}
