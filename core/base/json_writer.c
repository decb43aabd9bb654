/* SPDX-License-Identifier: Apache-2.0 */
/* JSON, written value by value. */
#include "base/json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"

static void
add_quoted(struct buffer *out, struct slice text)
{
    static const char short_escapes[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'
    };
    size_t at = 0, plain = 0;

    buffer_add_char(out, '"');
    while (at < text.length) {
        unsigned char byte = (unsigned char)text.data[at];
        size_t width = byte < 0x80 ? 1 : utf8_width(text.data + at, text.length - at);

        if (width > 0 && byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7F) {
            at += width;
            continue;
        }
        buffer_add(out, text.data + plain, at - plain);
        if (width == 0)
            buffer_add_text(out, "\xEF\xBF\xBD");
        else if (byte < sizeof short_escapes && short_escapes[byte] != 0)
            buffer_printf(out, "\\%c", short_escapes[byte]);
        else
            buffer_printf(out, "\\u%04x", byte);
        plain = ++at;
    }
    if (at > plain) /* an empty text may be NULL, to which nothing is added, not even 0 */
        buffer_add(out, text.data + plain, at - plain);
    buffer_add_char(out, '"');
}

/* What stands before a value: the comma and the key. */
static void
lead(struct json_writer *json, const char *key)
{
    if (key != NULL) {
        json_put_key(json, slice_of(key));
    } else if (json->needs_comma) {
        buffer_add_char(json->out, ',');
    }
    json->needs_comma = true;
}

void
json_put_key(struct json_writer *json, struct slice key)
{
    if (json->needs_comma)
        buffer_add_char(json->out, ',');
    add_quoted(json->out, key);
    buffer_add_char(json->out, ':');
    json->needs_comma = false;
}

void
json_begin_object(struct json_writer *json, const char *key)
{
    lead(json, key);
    buffer_add_char(json->out, '{');
    json->needs_comma = false;
}

void
json_end_object(struct json_writer *json)
{
    buffer_add_char(json->out, '}');
    json->needs_comma = true;
}

void
json_begin_array(struct json_writer *json, const char *key)
{
    lead(json, key);
    buffer_add_char(json->out, '[');
    json->needs_comma = false;
}

void
json_end_array(struct json_writer *json)
{
    buffer_add_char(json->out, ']');
    json->needs_comma = true;
}

void
json_put_int(struct json_writer *json, const char *key, int64_t value)
{
    lead(json, key);
    buffer_printf(json->out, "%" PRId64, value);
}

void
json_put_uint(struct json_writer *json, const char *key, uint64_t value)
{
    lead(json, key);
    buffer_printf(json->out, "%" PRIu64, value);
}

void
json_put_real(struct json_writer *json, const char *key, double value)
{
    char text[32];

    if (!isfinite(value)) {
        json_put_null(json, key);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    lead(json, key);
    buffer_add_text(json->out, text);
}

void
json_put_bool(struct json_writer *json, const char *key, bool value)
{
    lead(json, key);
    buffer_add_text(json->out, value ? "true" : "false");
}

void
json_put_null(struct json_writer *json, const char *key)
{
    lead(json, key);
    buffer_add_text(json->out, "null");
}

void
json_put_slice(struct json_writer *json, const char *key, struct slice text)
{
    lead(json, key);
    add_quoted(json->out, text);
}

void
json_put_text(struct json_writer *json, const char *key, const char *text)
{
    json_put_slice(json, key, slice_of(text));
}
