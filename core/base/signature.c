/* SPDX-License-Identifier: Apache-2.0 */
/* Reads signatures and declarations. */
#include "base/signature.h"

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "base/nearest.h"
#include "base/utf8.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
#define DIGITS "0123456789"
#define TYPES_TEXT "bool, int, uint, long, float, double or string"

enum { SHOWN_LIMIT = 40 };

const struct parameter_kind parameter_kinds[PARAMETER_TYPE_COUNT] = {
    [PARAMETER_BOOL] = { "bool", FOREIGN_BOOL, "true or false" },
    [PARAMETER_INT] = { "int", FOREIGN_INT32, "a whole number from -2147483648 to 2147483647" },
    [PARAMETER_UINT] = { "uint", FOREIGN_UINT32, "a whole number from 0 to 4294967295" },
    [PARAMETER_LONG] = { "long", FOREIGN_INT64,
                         "a whole number from -9223372036854775808 to 9223372036854775807" },
    [PARAMETER_FLOAT] = { "float", FOREIGN_FLOAT, "a number up to 3.4e38, such as -1.5 or 2e3" },
    [PARAMETER_DOUBLE] = { "double", FOREIGN_DOUBLE, "a number up to 1.8e308, such as -1.5 or 2e3" },
    [PARAMETER_STRING] = { "string", FOREIGN_POINTER, "text" },
};

struct cursor {
    const char *text, *at;
};

/* "position 12: expected a name, found ..." */
static int
unexpected(const struct cursor *cursor, const char *expected, struct err *err)
{
    size_t position = (size_t)(cursor->at - cursor->text) + 1;
    struct slice rest = utf8_prefix(slice_of(cursor->at), SHOWN_LIMIT);
    struct buffer shown;

    if (rest.length == 0 && *cursor->at == '\0')
        return err_set(err, "position %zu: expected %s, found the end", position, expected);
    buffer_init(&shown, 16 * SHOWN_LIMIT);
    utf8_add_visible(&shown, rest, false);
    err_set(err, "position %zu: expected %s, found \"%s\"", position, expected,
            shown.data != NULL ? shown.data : "");
    buffer_clear(&shown);
    return -1;
}

static void
skip_blanks(struct cursor *cursor)
{
    cursor->at += strspn(cursor->at, " ");
}

/* A word as in C; empty when there is none. Leaves the cursor in front of it. */
static struct slice
word_at(const struct cursor *cursor)
{
    size_t length = strspn(cursor->at, LETTERS);

    if (length > 0)
        length += strspn(cursor->at + length, LETTERS DIGITS);
    return (struct slice){ cursor->at, length };
}

static int
unknown_type(const struct cursor *cursor, struct slice word, struct err *err)
{
    const char *known[PARAMETER_TYPE_COUNT];
    char typed[SHOWN_LIMIT + 1];
    const char *nearest;
    size_t length = word.length < SHOWN_LIMIT ? word.length : SHOWN_LIMIT;

    for (size_t i = 0; i < PARAMETER_TYPE_COUNT; i++)
        known[i] = parameter_kinds[i].name;
    memcpy(typed, word.data, length);
    typed[length] = '\0';
    nearest = nearest_name(typed, known, PARAMETER_TYPE_COUNT);
    if (nearest == NULL)
        return unexpected(cursor, "a type (" TYPES_TEXT ")", err);
    return err_set(err, "position %zu: unknown type \"%s\"; did you mean %s?",
                   (size_t)(cursor->at - cursor->text) + 1, typed, nearest);
}

static int
parse_type(struct cursor *cursor, enum parameter_type *type, struct err *err)
{
    struct slice word = word_at(cursor);

    if (word.length == 0)
        return unexpected(cursor, "a type (" TYPES_TEXT ")", err);
    for (size_t i = 0; i < PARAMETER_TYPE_COUNT; i++)
        if (slice_equal(word, slice_of(parameter_kinds[i].name))) {
            *type = (enum parameter_type)i;
            cursor->at += word.length;
            return 0;
        }
    return unknown_type(cursor, word, err);
}

static int
parse_name(struct cursor *cursor, const struct signature *signature, char *name, struct err *err)
{
    struct slice word = word_at(cursor);

    if (word.length == 0)
        return unexpected(cursor, "a name", err);
    if (word.length > SIGNATURE_NAME_LIMIT)
        return err_set(err, "position %zu: the name has %zu bytes; at most %d are allowed",
                       (size_t)(cursor->at - cursor->text) + 1, word.length, SIGNATURE_NAME_LIMIT);
    memcpy(name, word.data, word.length);
    name[word.length] = '\0';
    for (size_t i = 0; i < signature->count; i++)
        if (strcmp(signature->parameters[i].name, name) == 0)
            return err_set(err, "position %zu: the name %s is there twice",
                           (size_t)(cursor->at - cursor->text) + 1, name);
    cursor->at += word.length;
    return 0;
}

static int
parse_parameter(struct cursor *cursor, struct signature *signature, struct err *err)
{
    struct parameter *parameter = &signature->parameters[signature->count];

    if (signature->count == SIGNATURE_PARAMETERS_LIMIT)
        return err_set(err, "position %zu: more than %d parameters", (size_t)(cursor->at - cursor->text) + 1,
                       SIGNATURE_PARAMETERS_LIMIT);
    skip_blanks(cursor);
    if (parse_type(cursor, &parameter->type, err) < 0)
        return -1;
    if (*cursor->at != ' ')
        return unexpected(cursor, "a blank and a name", err);
    skip_blanks(cursor);
    if (parse_name(cursor, signature, parameter->name, err) < 0)
        return -1;
    signature->count++;
    skip_blanks(cursor);
    return 0;
}

/* Up to `end`, where the cursor stays; `expected` is what should follow each. */
static int
parse_parameters(struct cursor *cursor, struct signature *signature, char end, const char *expected,
                 struct err *err)
{
    for (;;) {
        if (parse_parameter(cursor, signature, err) < 0)
            return -1;
        if (*cursor->at == end)
            return 0;
        if (*cursor->at != ',')
            return unexpected(cursor, expected, err);
        cursor->at++;
    }
}

static int
check_length(const char *text, struct err *err)
{
    if (strnlen(text, SIGNATURE_TEXT_LIMIT + 1) > SIGNATURE_TEXT_LIMIT)
        return err_set(err, "has more than %d bytes", SIGNATURE_TEXT_LIMIT);
    return 0;
}

int
signature_parse(struct signature *signature, const char *text, struct err *err)
{
    struct cursor cursor = { .text = text, .at = text };

    signature->count = 0;
    if (check_length(text, err) < 0)
        return -1;
    return parse_parameters(&cursor, signature, '\0', "a comma or the end", err);
}

/* A word with another behind it is what the function returns. */
static int
parse_returned(struct cursor *cursor, struct declaration *declaration, struct err *err)
{
    struct slice word = word_at(cursor);
    struct cursor behind = { .text = cursor->text, .at = cursor->at + word.length };

    skip_blanks(&behind);
    declaration->returns_int = slice_equal(word, slice_of("int"));
    if (word_at(&behind).length == 0) {
        declaration->returns_int = false;
        return 0;
    }
    if (!declaration->returns_int && !slice_equal(word, slice_of("void")))
        return unexpected(cursor, "int, void or the name of a function", err);
    *cursor = behind;
    return 0;
}

static int
parse_function(struct cursor *cursor, char *function, struct err *err)
{
    struct slice word = word_at(cursor);

    if (word.length == 0)
        return unexpected(cursor, "the name of a function", err);
    if (word.length > SIGNATURE_FUNCTION_LIMIT)
        return err_set(err, "position %zu: the name has %zu bytes; at most %d are allowed",
                       (size_t)(cursor->at - cursor->text) + 1, word.length, SIGNATURE_FUNCTION_LIMIT);
    memcpy(function, word.data, word.length);
    function[word.length] = '\0';
    cursor->at += word.length;
    skip_blanks(cursor);
    return 0;
}

/* Goes on behind () and (void); otherwise stays where it is. */
static bool
skip_no_parameters(struct cursor *cursor)
{
    struct cursor behind = *cursor;

    skip_blanks(&behind);
    if (slice_equal(word_at(&behind), slice_of("void")))
        behind.at += strlen("void");
    skip_blanks(&behind);
    if (*behind.at != ')')
        return false;
    *cursor = behind;
    return true;
}

int
declaration_parse(struct declaration *declaration, const char *text, struct err *err)
{
    struct cursor cursor = { .text = text, .at = text };

    *declaration = (struct declaration){ 0 };
    if (check_length(text, err) < 0)
        return -1;
    skip_blanks(&cursor);
    if (parse_returned(&cursor, declaration, err) < 0 ||
        parse_function(&cursor, declaration->function, err) < 0)
        return -1;
    if (*cursor.at != '(')
        return unexpected(&cursor, "a parenthesis with the parameters", err);
    cursor.at++;
    if (!skip_no_parameters(&cursor) &&
        parse_parameters(&cursor, &declaration->signature, ')', "a comma or a closing parenthesis", err) < 0)
        return -1;
    cursor.at++;
    skip_blanks(&cursor);
    return *cursor.at == '\0' ? 0 : unexpected(&cursor, "the end", err);
}
