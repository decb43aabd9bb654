/* SPDX-License-Identifier: Apache-2.0 */
/* Error texts: set once, extended on the way up. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A cut must not leave half a UTF-8 character behind. */
static void
trim_partial_character(char *text, size_t size)
{
    size_t end = strlen(text);
    size_t start = end;

    if (end + 1 < size)
        return;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xC0)
        text[start - 1] = '\0';
}

int
err_set(struct err *err, const char *fmt, ...)
{
    va_list args;

    if (err == NULL || err->text[0] != '\0')
        return -1;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    trim_partial_character(err->text, sizeof err->text);
    return -1;
}

int
err_add(struct err *err, const char *fmt, ...)
{
    char context[sizeof err->text];
    char inner[sizeof err->text];
    va_list args;

    if (err == NULL)
        return -1;
    va_start(args, fmt);
    vsnprintf(context, sizeof context, fmt, args);
    va_end(args);
    memcpy(inner, err->text, sizeof inner);
    if (snprintf(err->text, sizeof err->text, "%s: %s", context, inner) < 0)
        err->text[0] = '\0';
    trim_partial_character(err->text, sizeof err->text);
    return -1;
}
