/* SPDX-License-Identifier: Apache-2.0 */
/* One message, one line. Nearly every message is copied as it is: a first look,
 * which the compiler turns into vector instructions, finds those that are not. */
#include "file/line.h"

#include <stdbool.h>
#include <string.h>

#include "protocol/recording_names.h"

enum {
    LOOK_BLOCK = 64,
    LOOK_AHEAD = 6, /* bytes that the look reads behind its place */
};

/* Whether a line break or a name that may be ours starts within the block. It
 * may say yes for nothing; it never says no for something. */
static bool
block_is_special(const unsigned char at[static LOOK_BLOCK + LOOK_AHEAD])
{
    unsigned char found = 0;

    for (int i = 0; i < LOOK_BLOCK; i++) {
        unsigned char is_control = at[i] < 0x20;
        /* A \u00xx may spell a letter of a name. */
        unsigned char is_escape = (at[i] == '\\') & (at[i + 1] == 'u') &
                                  (at[i + 2] == '0') & (at[i + 3] == '0');
        unsigned char is_target = (at[i + 1] == 't') & (at[i + 2] == 'a') & (at[i + 3] == 'r');
        unsigned char is_received = (at[i + 1] == 'r') & (at[i + 2] == 'e') & (at[i + 3] == 'c');
        unsigned char is_loads = (at[i + 1] == 'l') & (at[i + 2] == 'o') & (at[i + 6] == '"');
        unsigned char is_name = is_target | is_received | is_loads | (at[i + 1] == '_');

        found |= is_control | is_escape | ((at[i] == '"') & is_name);
    }
    return found != 0;
}

static bool
is_special(struct slice text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    unsigned char rest[LOOK_BLOCK + LOOK_AHEAD];
    size_t at = 0;

    for (; text.length - at >= sizeof rest; at += LOOK_BLOCK)
        if (block_is_special(bytes + at))
            return true;
    memset(rest, ' ', sizeof rest);
    memcpy(rest, bytes + at, text.length - at);
    if (block_is_special(rest))
        return true;
    /* What is left is shorter than a name, but may hold a line break. */
    for (int i = LOOK_BLOCK; i < LOOK_BLOCK + LOOK_AHEAD; i++)
        if (rest[i] < 0x20)
            return true;
    return false;
}

/* Adds the inside of an object in runs, between the bytes that are dropped and
 * before those that are added. Strings hold no control characters: it is JSON. */
static void
add_special(struct buffer *out, struct slice inside)
{
    size_t at = 0, run = 0, depth = 0;
    bool is_name = true;

    while (at < inside.length) {
        char byte = inside.data[at++];

        if (byte == '"') {
            struct slice quoted = recording_string_at(inside.data + at - 1, inside.length - at + 1);

            if (depth == 0 && is_name && recording_name_is_ours(quoted)) {
                buffer_add(out, inside.data + run, at - run);
                buffer_add_char(out, '_');
                run = at;
            }
            at += quoted.length - 1;
        } else if ((unsigned char)byte < 0x20) {
            buffer_add(out, inside.data + run, at - 1 - run);
            run = at;
        } else if (byte == '{' || byte == '[') {
            depth++;
        } else if (byte == '}' || byte == ']') {
            depth--;
        } else if (depth == 0 && (byte == ',' || byte == ':')) {
            is_name = byte == ',';
        }
    }
    buffer_add(out, inside.data + run, at - run);
}

static bool
is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* What stands between the outer braces, without white space around it. */
static struct slice
inside_of(struct slice object)
{
    const char *first = object.data, *end = object.data + object.length;

    while (first < end && is_space(*first))
        first++;
    while (end > first && is_space(end[-1]))
        end--;
    if (end - first < 2)
        return SLICE("");
    for (first++, end--; first < end && is_space(*first); first++)
        ;
    while (end > first && is_space(end[-1]))
        end--;
    return (struct slice){ first, (size_t)(end - first) };
}

void
line_add_members(struct buffer *out, struct slice object)
{
    struct slice inside = inside_of(object);

    if (inside.length > 0)
        buffer_add_char(out, ',');
    if (is_special(inside))
        add_special(out, inside);
    else
        buffer_add_slice(out, inside);
    buffer_add(out, "}\n", 2);
}

void
line_add_message(struct buffer *out, int64_t received_us, uint32_t target, struct slice message)
{
    static const struct slice received_key = { "{\"received_us\":", 15 },
                              target_key = { ",\"target\":", 10 };

    buffer_add_slice(out, received_key);
    buffer_add_uint(out, received_us > 0 ? (uint64_t)received_us : 0);
    buffer_add_slice(out, target_key);
    buffer_add_uint(out, target);
    line_add_members(out, message);
}
