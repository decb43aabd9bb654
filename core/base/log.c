/* SPDX-License-Identifier: Apache-2.0 */
/* Lines for people, on stderr. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/utf8.h"

enum { LINE_LIMIT = 16 * 1024 };

static void __attribute__((format(printf, 2, 0)))
write_line(const char *prefix, const char *fmt, va_list args)
{
    char text[4096];
    struct buffer line;
    int length = vsnprintf(text, sizeof text, fmt, args);

    if (length < 0)
        return;
    buffer_init(&line, LINE_LIMIT);
    if (isatty(STDERR_FILENO))
        buffer_add_text(&line, "\r\033[K");
    buffer_add_text(&line, prefix);
    utf8_add_visible(&line, slice_of(text), false);
    buffer_add_char(&line, '\n');
    /* Nobody is left to be told when stderr itself is gone. */
    if (write(STDERR_FILENO, line.data, line.length) < 0) { }
    buffer_clear(&line);
}

#define DEFINE_LOG(name, prefix)                                                                    \
    void name(const char *fmt, ...)                                                                 \
    {                                                                                               \
        va_list args;                                                                               \
                                                                                                    \
        va_start(args, fmt);                                                                        \
        write_line(prefix, fmt, args);                                                              \
        va_end(args);                                                                               \
    }

DEFINE_LOG(log_info, "loads: ")
DEFINE_LOG(log_warning, "loads: warning: ")
DEFINE_LOG(log_error, "loads: error: ")
