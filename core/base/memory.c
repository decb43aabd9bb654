/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that ends the program cleanly when memory is gone. */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_CODE_INTERNAL = 70 };

static _Noreturn void
out_of_memory(size_t size)
{
    fprintf(stderr, "loads: out of memory: cannot get %zu bytes\n", size);
    _Exit(EXIT_CODE_INTERNAL);
}

void *
xrealloc(void *old, size_t size)
{
    void *memory = realloc(old, size > 0 ? size : 1);

    if (memory == NULL)
        out_of_memory(size);
    return memory;
}

void *
xmalloc(size_t size)
{
    return xrealloc(NULL, size);
}

void *
xcalloc(size_t count, size_t size)
{
    void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);

    if (memory == NULL)
        out_of_memory(count * size);
    return memory;
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size)
        out_of_memory(SIZE_MAX);
    return xrealloc(old, count * size);
}

char *
xstrndup(const char *text, size_t length)
{
    char *copy = xmalloc(length + 1);

    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *
xstrdup(const char *text)
{
    return xstrndup(text, strlen(text));
}

char *
xasprintf(const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    if (vasprintf(&text, fmt, args) < 0)
        out_of_memory(strlen(fmt));
    va_end(args);
    return text;
}
