/* SPDX-License-Identifier: Apache-2.0 */
/* Names of tests as unittest and Loads write them. */
#include "funkload/names.h"

#include <stddef.h>

static struct slice
front(struct slice text, size_t length)
{
    return (struct slice){ text.data, length };
}

static struct slice
behind(struct slice text, size_t length)
{
    return (struct slice){ text.data + length, text.length - length };
}

/* Where the byte stands last, or -1. */
static ptrdiff_t
last(struct slice text, char byte)
{
    const char *found = text.length > 0 ? memrchr(text.data, byte, text.length) : NULL;

    return found != NULL ? found - text.data : -1;
}

/* Letters, digits and _ in parts, with dots between. */
static bool
is_dotted(struct slice text)
{
    bool is_begin = true;

    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i];
        bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
        bool is_digit = byte >= '0' && byte <= '9';

        if (!is_letter && (is_begin || (!is_digit && byte != '.')))
            return false;
        is_begin = byte == '.';
    }
    return !is_begin;
}

/* As names of files are, where they are not meant to puzzle. */
static bool
is_file(struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is_dotted((struct slice){ &text.data[i], 1 }) && strchr("0123456789./-", text.data[i]) == NULL)
            return false;
    return true;
}

/* "module.Class"; without a dot it is the class. */
static void
split_class(struct test_name *name, struct slice text)
{
    ptrdiff_t dot = last(text, '.');

    name->class_name = behind(text, (size_t)(dot + 1));
    name->module = front(text, dot > 0 ? (size_t)dot : 0);
}

struct test_name
test_name_split(struct slice text)
{
    struct test_name name = { .method = text };
    ptrdiff_t colon = last(text, ':'), dot = last(text, '.'), bracket = last(text, '(');

    if (text.length > 0 && text.data[text.length - 1] == ')' && bracket > 1 && text.data[bracket - 1] == ' ') {
        struct slice place = front(behind(text, (size_t)bracket + 1), text.length - (size_t)bracket - 2);

        if (is_dotted(place) && is_dotted(front(text, (size_t)bracket - 1))) {
            name.method = front(text, (size_t)bracket - 1);
            split_class(&name, place);
        }
    } else if (is_dotted(text) && dot > 0 && last(front(text, (size_t)dot), '.') > 0) {
        name.method = behind(text, (size_t)dot + 1);
        split_class(&name, front(text, (size_t)dot));
    } else if (colon > 0 && is_file(front(text, (size_t)colon)) && is_dotted(behind(text, (size_t)colon + 1))) {
        name.method = behind(text, (size_t)colon + 1);
        name.module = front(text, (size_t)colon);
    }
    return name;
}
