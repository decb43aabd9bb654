/* SPDX-License-Identifier: Apache-2.0 */
/* Text in columns, and numbers in humane units. */
#include "common/text.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/utf8.h"

enum {
    VISIBLE_LIMIT = 512 * 1024, /* 64 KiB of the worst text, made visible */
    BYTES_PER_COLUMN = 8,       /* more are marks piled on one letter */
};

/* Columns of a character. wcwidth() would ask the locale, which a program that
 * sets none does not have. */
static size_t
point_columns(uint32_t point)
{
    static const struct { uint32_t first, last; size_t columns; } ranges[] = {
        { 0x0300, 0x036F, 0 },   { 0x0483, 0x0489, 0 },   { 0x0591, 0x05BD, 0 },   { 0x0610, 0x061A, 0 },
        { 0x064B, 0x065F, 0 },   { 0x1100, 0x115F, 2 },   { 0x1AB0, 0x1AFF, 0 },   { 0x1DC0, 0x1DFF, 0 },
        { 0x20D0, 0x20FF, 0 },   { 0x231A, 0x231B, 2 },   { 0x23E9, 0x23EC, 2 },   { 0x25FD, 0x25FE, 2 },
        { 0x2614, 0x2615, 2 },   { 0x2648, 0x2653, 2 },   { 0x26AA, 0x26AB, 2 },   { 0x2705, 0x2705, 2 },
        { 0x270A, 0x270B, 2 },   { 0x274C, 0x274E, 2 },   { 0x2753, 0x2755, 2 },   { 0x2757, 0x2757, 2 },
        { 0x2795, 0x2797, 2 },   { 0x2B1B, 0x2B1C, 2 },   { 0x2B50, 0x2B50, 2 },   { 0x2E80, 0x303E, 2 },
        { 0x3041, 0xA4CF, 2 },   { 0xA960, 0xA97F, 2 },   { 0xAC00, 0xD7A3, 2 },   { 0xF900, 0xFAFF, 2 },
        { 0xFE00, 0xFE0F, 0 },   { 0xFE20, 0xFE2F, 0 },   { 0xFE30, 0xFE6F, 2 },   { 0xFF01, 0xFF60, 2 },
        { 0xFFE0, 0xFFE6, 2 },   { 0x1F004, 0x1F004, 2 }, { 0x1F0CF, 0x1F0CF, 2 }, { 0x1F18E, 0x1F19A, 2 },
        { 0x1F1E6, 0x1F202, 2 }, { 0x1F210, 0x1F265, 2 }, { 0x1F300, 0x1F64F, 2 }, { 0x1F680, 0x1F6FF, 2 },
        { 0x1F7E0, 0x1F7EB, 2 }, { 0x1F90C, 0x1F9FF, 2 }, { 0x1FA70, 0x1FAFF, 2 }, { 0x20000, 0x3FFFD, 2 },
        { 0xE0000, 0xE01EF, 0 },
    };

    if (point < ranges[0].first)
        return 1;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return ranges[i].columns;
    return 1;
}

/* Bytes of the character at the front of `text`, which is not empty. */
static size_t
character_bytes(struct slice text)
{
    size_t bytes = utf8_width(text.data, text.length);

    return bytes > 0 ? bytes : 1;
}

static size_t
character_columns(struct slice text)
{
    size_t bytes = utf8_width(text.data, text.length);

    return bytes > 0 ? point_columns(utf8_code_point(text.data, bytes)) : 1;
}

static struct slice
after(struct slice text, size_t bytes)
{
    return (struct slice){ text.data + bytes, text.length - bytes };
}

size_t
text_columns(struct slice text)
{
    size_t columns = 0;

    for (; text.length > 0; text = after(text, character_bytes(text)))
        columns += character_columns(text);
    return columns;
}

/* The longest front of `text` that fits. */
static struct slice
front(struct slice text, size_t columns)
{
    struct slice rest = text;
    size_t used = 0;

    while (rest.length > 0) {
        used += character_columns(rest);
        if (used > columns || (size_t)(rest.data - text.data) > columns * BYTES_PER_COLUMN)
            break;
        rest = after(rest, character_bytes(rest));
    }
    return (struct slice){ text.data, text.length - rest.length };
}

/* The longest back of `text` that fits. */
static struct slice
back(struct slice text, size_t columns)
{
    size_t all = text_columns(text);

    while (text.length > 0 && (all > columns || text.length > columns * BYTES_PER_COLUMN)) {
        all -= character_columns(text);
        text = after(text, character_bytes(text));
    }
    return text;
}

static struct slice
first_line(struct slice text)
{
    const char *end = text.length > 0 ? memchr(text.data, '\n', text.length) : NULL;

    return end != NULL ? (struct slice){ text.data, (size_t)(end - text.data) } : text;
}

size_t
text_add_cut(struct buffer *out, struct slice text, size_t columns, enum text_cut cut)
{
    struct buffer visible;
    struct slice all, head, tail = SLICE("");
    size_t dots = columns < 3 ? columns : 3, used;

    buffer_init(&visible, VISIBLE_LIMIT);
    utf8_add_visible(&visible, first_line(text), false);
    all = (struct slice){ visible.data, visible.length };
    head = front(all, columns);
    if (head.length < all.length) {
        if (cut == TEXT_CUT_MIDDLE)
            tail = back(all, (columns - dots) * 3 / 5);
        head = front(all, columns - dots - text_columns(tail));
    } else {
        dots = 0;
    }
    buffer_add_slice(out, head);
    buffer_add(out, "...", dots);
    buffer_add_slice(out, tail);
    used = text_columns(head) + dots + text_columns(tail);
    buffer_clear(&visible);
    return used;
}

/* Where a line that starts `text` ends: at a newline, else at the last blank that
 * fits, else where the columns are used up. */
static struct slice
wrapped_line(struct slice text, size_t columns)
{
    struct slice first = first_line(text), line = front(first, columns);

    if (line.length == first.length)
        return first;
    for (size_t at = line.length; at > line.length / 2; at--)
        if (text.data[at] == ' ')
            return (struct slice){ text.data, at };
    /* One character that is wider than all: still one step further. */
    return line.length > 0 ? line : (struct slice){ text.data, character_bytes(text) };
}

void
text_add_wrapped(struct buffer *out, struct slice text, size_t indent, size_t columns, size_t lines)
{
    struct buffer visible;
    struct slice rest;

    buffer_init(&visible, VISIBLE_LIMIT);
    utf8_add_visible(&visible, text, true);
    rest = (struct slice){ visible.data, visible.length };
    for (size_t i = 0; i < lines && rest.length > 0; i++) {
        struct slice line = wrapped_line(rest, columns);
        bool is_last = i + 1 == lines && line.length < rest.length;

        if (i > 0) {
            buffer_add_char(out, '\n');
            text_add_blanks(out, indent);
        }
        if (is_last) {
            buffer_add_slice(out, front(line, columns > 3 ? columns - 3 : 0));
            buffer_add_text(out, "...");
        } else {
            buffer_add_slice(out, line);
        }
        rest = after(rest, line.length);
        if (rest.length > 0 && (rest.data[0] == '\n' || rest.data[0] == ' '))
            rest = after(rest, 1);
    }
    buffer_clear(&visible);
}

void
text_add_blanks(struct buffer *out, size_t count)
{
    while (count-- > 0)
        buffer_add_char(out, ' ');
}

const char *
text_duration(char text[static TEXT_NUMBER_SIZE], int64_t us)
{
    /* Below `limit` three digits are told; the limits are where rounding would
     * make four of them. */
    static const struct { int64_t limit; double unit; int decimals; const char *name; } steps[] = {
        { 1000, 1, 0, "us" },       { 9995, 1e3, 2, "ms" },     { 99950, 1e3, 1, "ms" },
        { 999500, 1e3, 0, "ms" },   { 9995000, 1e6, 2, "s" },   { 59950000, 1e6, 1, "s" },
    };
    int64_t seconds = (us + 500000) / 1000000;

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (us < steps[i].limit) {
            snprintf(text, TEXT_NUMBER_SIZE, "%.*f %s", steps[i].decimals, (double)us / steps[i].unit,
                     steps[i].name);
            return text;
        }
    if (seconds < 3600)
        snprintf(text, TEXT_NUMBER_SIZE, "%" PRId64 "m%02ds", seconds / 60, (int)(seconds % 60));
    else
        snprintf(text, TEXT_NUMBER_SIZE, "%" PRId64 "h%02dm", seconds / 3600, (int)(seconds % 3600 / 60));
    return text;
}

const char *
text_clock(char text[static TEXT_NUMBER_SIZE], int64_t us)
{
    int64_t seconds = us / 1000000;

    if (seconds < 3600)
        snprintf(text, TEXT_NUMBER_SIZE, "%" PRId64 ":%02d", seconds / 60, (int)(seconds % 60));
    else
        snprintf(text, TEXT_NUMBER_SIZE, "%" PRId64 ":%02d:%02d", seconds / 3600,
                 (int)(seconds % 3600 / 60), (int)(seconds % 60));
    return text;
}

const char *
text_short_count(char text[static TEXT_NUMBER_SIZE], double value)
{
    static const char units[] = "kMGT";
    size_t unit = 0;
    int decimals;

    if (value < 9999.5) {
        snprintf(text, TEXT_NUMBER_SIZE, "%.0f", value);
        return text;
    }
    for (value /= 1000; value >= 999.5 && units[unit + 1] != '\0'; value /= 1000)
        unit++;
    decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(text, TEXT_NUMBER_SIZE, "%.*f%c", decimals, value, units[unit]);
    return text;
}

const char *
text_count(char text[static TEXT_NUMBER_SIZE], uint64_t value)
{
    if (value > 999999999)
        return text_short_count(text, (double)value);
    snprintf(text, TEXT_NUMBER_SIZE, "%" PRIu64, value);
    return text;
}
