/* SPDX-License-Identifier: Apache-2.0 */
/* A scanner for JSON that keeps a bit for each open bracket, and nothing else. */
#include "protocol/scan.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "protocol/text.h"

/* Each step takes and gives the place in the text; NULL: it is not JSON, and
 * `stopped` says where. */
struct scanner {
    struct scan *scan;
    struct scan_nesting *nesting;
    const char *end;
    size_t depth;
    size_t keys[MESSAGE_DEPTH_LIMIT + 1]; /* deeper ones do not matter */
};

static bool
is_space(char character)
{
    return character == ' ' || character == '\n' || character == '\r' || character == '\t';
}

static bool
is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static const char *
skip_spaces(const char *at, const char *end)
{
    while (at < end && is_space(*at))
        at++;
    return at;
}

static const char *
stop(struct scanner *scanner, const char *at)
{
    scanner->scan->stopped = at;
    return NULL;
}

/* `at` is behind the opening quote. */
static const char *
scan_string(struct scanner *scanner, const char *at)
{
    struct scan *scan = scanner->scan;
    size_t length = 0, width;

    for (;;) {
        const char *plain = at;
        char utf8[4];

        at = text_plain_end(at, scanner->end);
        length += (size_t)(at - plain);
        if (at == scanner->end || (unsigned char)*at < 0x20)
            return stop(scanner, at);
        if (*at == '"')
            break;
        if (*at == '\\') {
            const char *escape = at;
            enum text_escape found = text_escape(&at, scanner->end, utf8, &width);

            if (found == TEXT_ESCAPE_BAD)
                return stop(scanner, escape);
            scan->has_bad_text |= found == TEXT_ESCAPE_FORBIDDEN;
        } else {
            width = utf8_width(at, (size_t)(scanner->end - at));
            scan->has_bad_text |= width == 0;
            at += width > 0 ? width : 1;
        }
        length += width;
    }
    if (length > scan->string_bytes)
        scan->string_bytes = length;
    return at + 1;
}

static const char *
skip_digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* Whether a well-formed number fits where jansson would put it. */
static bool
number_fits(struct slice number, bool is_integer)
{
    char text[MESSAGE_NUMBER_LIMIT + 1];

    if (number.length > MESSAGE_NUMBER_LIMIT)
        return false;
    if (number.length < 19 && is_integer)
        return true;
    memcpy(text, number.data, number.length);
    text[number.length] = '\0';
    if (!is_integer)
        return isfinite(strtod(text, NULL));
    errno = 0;
    strtoll(text, NULL, 10);
    return errno == 0;
}

static const char *
scan_number(struct scanner *scanner, const char *at)
{
    const char *start = at, *end = scanner->end, *digits;
    bool is_integer = true;
    struct slice number;

    at += *at == '-';
    digits = at;
    at = skip_digits(at, end);
    if (at == digits)
        return stop(scanner, at);
    if (*digits == '0' && at - digits > 1)
        return stop(scanner, digits);
    if (at < end && *at == '.') {
        is_integer = false;
        digits = at + 1;
        at = skip_digits(digits, end);
        if (at == digits)
            return stop(scanner, at);
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        is_integer = false;
        digits = at + 1;
        digits += digits < end && (*digits == '+' || *digits == '-');
        at = skip_digits(digits, end);
        if (at == digits)
            return stop(scanner, at);
    }
    number = (struct slice){ .data = start, .length = (size_t)(at - start) };
    if (scanner->scan->bad_number.length == 0 && !number_fits(number, is_integer))
        scanner->scan->bad_number = number;
    return at;
}

static const char *
scan_literal(struct scanner *scanner, const char *at)
{
    static const struct slice literals[] = { { "true", 4 }, { "false", 5 }, { "null", 4 } };

    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++)
        if ((size_t)(scanner->end - at) >= literals[i].length
            && memcmp(at, literals[i].data, literals[i].length) == 0)
            return at + literals[i].length;
    return stop(scanner, at);
}

static bool
in_object(const struct scanner *scanner)
{
    size_t top = scanner->depth - 1;

    return scanner->nesting->bits[top / 8] >> top % 8 & 1;
}

static void
open_bracket(struct scanner *scanner, bool is_object)
{
    size_t top = scanner->depth++;
    unsigned char bit = (unsigned char)(1u << top % 8);

    if (is_object)
        scanner->nesting->bits[top / 8] |= bit;
    else
        scanner->nesting->bits[top / 8] &= (unsigned char)~bit;
    if (scanner->depth <= MESSAGE_DEPTH_LIMIT)
        scanner->keys[scanner->depth] = 0;
    if (scanner->depth > scanner->scan->depth)
        scanner->scan->depth = scanner->depth;
}

/* A key and its colon. */
static const char *
scan_key(struct scanner *scanner, const char *at)
{
    struct scan *scan = scanner->scan;

    at = skip_spaces(at, scanner->end);
    if (at == scanner->end || *at != '"')
        return stop(scanner, at);
    at = scan_string(scanner, at + 1);
    if (at == NULL)
        return NULL;
    if (scanner->depth <= MESSAGE_DEPTH_LIMIT && ++scanner->keys[scanner->depth] > scan->keys)
        scan->keys = scanner->keys[scanner->depth];
    at = skip_spaces(at, scanner->end);
    if (at == scanner->end || *at != ':')
        return stop(scanner, at);
    return at + 1;
}

/* One value, or only the start of a container: its brackets count by themselves. */
static const char *
scan_value_start(struct scanner *scanner, const char *at, bool *is_open)
{
    *is_open = false;
    at = skip_spaces(at, scanner->end);
    if (at == scanner->end)
        return stop(scanner, at);
    scanner->scan->values++;
    switch (*at) {
    case '"':
        return scan_string(scanner, at + 1);
    case '{':
    case '[':
        open_bracket(scanner, *at == '{');
        *is_open = true;
        return at + 1;
    case '-':
    case '0': case '1': case '2': case '3': case '4':
    case '5': case '6': case '7': case '8': case '9':
        return scan_number(scanner, at);
    default:
        return scan_literal(scanner, at);
    }
}

/* After a value: closes what ends here, up to the comma before the next value. */
static const char *
scan_after_value(struct scanner *scanner, const char *at)
{
    while (scanner->depth > 0) {
        bool is_object = in_object(scanner);

        at = skip_spaces(at, scanner->end);
        if (at == scanner->end)
            return stop(scanner, at);
        if (*at == ',')
            return is_object ? scan_key(scanner, at + 1) : at + 1;
        if (*at != (is_object ? '}' : ']'))
            return stop(scanner, at);
        scanner->depth--;
        at++;
    }
    return at;
}

/* Behind a bracket: true when it is closed at once, else `*at` is at the first value. */
static bool
scan_is_empty(struct scanner *scanner, const char **at)
{
    bool is_object = in_object(scanner);
    const char *next = skip_spaces(*at, scanner->end);

    if (next < scanner->end && *next == (is_object ? '}' : ']')) {
        scanner->depth--;
        *at = next + 1;
        return true;
    }
    if (is_object)
        *at = scan_key(scanner, next);
    return false;
}

void
scan_json(struct scan *scan, struct scan_nesting *nesting, struct slice text)
{
    struct scanner scanner = { .scan = scan, .nesting = nesting, .end = text.data + text.length };
    const char *at = text.data;

    *scan = (struct scan){ 0 };
    do {
        bool is_open;

        at = scan_value_start(&scanner, at, &is_open);
        if (at != NULL && (!is_open || scan_is_empty(&scanner, &at)))
            at = scan_after_value(&scanner, at);
    } while (at != NULL && scanner.depth > 0);
    if (at == NULL)
        return;
    at = skip_spaces(at, scanner.end);
    if (at != scanner.end)
        stop(&scanner, at);
}

struct slice
scan_trim(struct slice text)
{
    while (text.length > 0 && is_space(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && is_space(text.data[text.length - 1]))
        text.length--;
    return text;
}

struct scan_parts
scan_parts_of(struct slice container)
{
    return (struct scan_parts){ .at = container.data + 1, .end = container.data + container.length };
}

static const char *
skip_string(const char *at, const char *end)
{
    for (at = text_plain_end(at + 1, end); *at != '"'; at = text_plain_end(at, end))
        at += *at == '\\' ? 2 : 1;
    return at + 1;
}

static const char *
skip_value(const char *at, const char *end)
{
    size_t depth = 0;

    do {
        switch (*at) {
        case '"':
            at = skip_string(at, end);
            continue;
        case '{':
        case '[':
            depth++;
            break;
        case '}':
        case ']':
            depth--;
            break;
        }
        at++;
        /* A number or a literal goes on to whatever cannot be in it. */
    } while (at < end && (depth > 0 || (*at != ',' && *at != '}' && *at != ']' && !is_space(*at))));
    return at;
}

/* To the start of the next part; false at the closing bracket. */
static bool
find_part(struct scan_parts *parts)
{
    while (is_space(*parts->at) || *parts->at == ',')
        parts->at++;
    return *parts->at != ']' && *parts->at != '}';
}

bool
scan_next_item(struct scan_parts *parts, struct slice *value)
{
    if (!find_part(parts))
        return false;
    value->data = parts->at;
    parts->at = skip_value(parts->at, parts->end);
    value->length = (size_t)(parts->at - value->data);
    return true;
}

bool
scan_next_member(struct scan_parts *parts, struct slice *key, struct slice *value)
{
    if (!find_part(parts))
        return false;
    key->data = parts->at;
    parts->at = skip_string(parts->at, parts->end);
    key->length = (size_t)(parts->at - key->data);
    while (is_space(*parts->at) || *parts->at == ':')
        parts->at++;
    value->data = parts->at;
    parts->at = skip_value(parts->at, parts->end);
    value->length = (size_t)(parts->at - value->data);
    return true;
}
