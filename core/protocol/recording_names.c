/* SPDX-License-Identifier: Apache-2.0 */
/* Names of members in a recorded run. */
#include "protocol/recording_names.h"

#include <string.h>

/* The ASCII character that the escape \u00xx at `text` spells, or 0. */
static char
escaped_character(const char *text, size_t length)
{
    unsigned value = 0;

    if (length < 6 || memcmp(text, "\\u00", 4) != 0)
        return 0;
    for (int i = 4; i < 6; i++) {
        char digit = text[i];

        if (digit >= '0' && digit <= '9')
            value = value << 4 | (unsigned)(digit - '0');
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            value = value << 4 | (unsigned)((digit | 0x20) - 'a' + 10);
        else
            return 0;
    }
    return value < 0x80 ? (char)value : 0;
}

bool
recording_name_is_ours(struct slice quoted)
{
    static const char *const ours[] = { "received_us", "target", "loads" };
    char name[16];
    size_t length = 0, at = 1;

    while (at + 1 < quoted.length) {
        char character = quoted.data[at];

        if (character == '\\') {
            character = escaped_character(quoted.data + at, quoted.length - 1 - at);
            if (character == 0)
                return false;
            at += 5;
        }
        at++;
        if (character == '_' && length == 0)
            continue;
        if (length == sizeof name - 1)
            return false;
        name[length++] = character;
    }
    name[length] = '\0';
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        if (strcmp(name, ours[i]) == 0)
            return true;
    return false;
}

struct slice
recording_string_at(const char *text, size_t length)
{
    size_t at = 1;

    while (at < length && text[at] != '"')
        at += text[at] == '\\' ? 2 : 1;
    return (struct slice){ text, at < length ? at + 1 : length };
}

size_t
recording_restore_names(char *object, size_t length)
{
    size_t from = 0, to = 0;
    int depth = 0;
    bool is_name = false;

    if (memmem(object, length, "\"_", 2) == NULL)
        return length;
    while (from < length) {
        char byte = object[from];
        struct slice whole = { object + from, 1 };

        if (byte == '"')
            whole = recording_string_at(object + from, length - from);
        object[to++] = byte;
        from++;
        if (byte == '"') {
            bool is_longer = depth == 1 && is_name && object[from] == '_' && recording_name_is_ours(whole);

            from += is_longer;
            memmove(object + to, object + from, whole.length - 1 - is_longer);
            to += whole.length - 1 - is_longer;
            from += whole.length - 1 - is_longer;
        } else if (byte == '{' || byte == '[') {
            is_name = ++depth == 1;
        } else if (byte == '}' || byte == ']') {
            depth--;
        } else if (depth == 1 && (byte == ',' || byte == ':')) {
            is_name = byte == ',';
        }
    }
    return to;
}
