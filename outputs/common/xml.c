/* SPDX-License-Identifier: Apache-2.0 */
/* Escaping for XML. A writer library would leave the hard part, characters that
 * no XML may hold, to us all the same. */
#include "common/xml.h"

#include <stdint.h>

#include "base/utf8.h"

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
is_allowed(uint32_t point)
{
    return (point >= 0x20 && point != 0xFFFE && point != 0xFFFF) || point == '\t' || point == '\n' || point == '\r';
}

static void
add_escaped(struct buffer *out, struct slice text, bool is_attribute)
{
    size_t at = 0, run = 0;

    while (at < text.length) {
        size_t width = utf8_width(text.data + at, text.length - at);
        const char *instead;

        if (width == 0 || !is_allowed(utf8_code_point(text.data + at, width)))
            instead = "\xEF\xBF\xBD";
        else
            instead = width == 1 ? reference(text.data[at], is_attribute) : NULL;
        if (instead != NULL) {
            buffer_add(out, text.data + run, at - run);
            buffer_add_text(out, instead);
            run = at + (width > 0 ? width : 1);
        }
        at += width > 0 ? width : 1;
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
