/* SPDX-License-Identifier: Apache-2.0 */
/* The most common errors: how often, what, and as much of the traceback as one
 * reads. The result document has all of it. */
#include "stdout/errors.h"

#include <stdlib.h>
#include <string.h>

#include "common/document.h"
#include "common/text.h"

enum {
    ERRORS_SHOWN = 5,
    TRACE_HEAD = 4, /* lines of a long traceback: JavaScript says it at the top, */
    TRACE_TAIL = 6, /* Python at the end */
    TRACE_INDENT = 6,
    MESSAGE_LINES = 3,
    TEXT_LIMIT = 512 * 1024,
};

static size_t
line_count(struct slice text)
{
    size_t lines = 1;

    for (size_t i = 0; i + 1 < text.length; i++)
        lines += text.data[i] == '\n';
    return lines;
}

/* Tabs are layout here; all other control characters are made visible. */
static void
add_without_tabs(struct buffer *out, struct slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (text.data[i] == '\t')
            buffer_add_text(out, "    ");
        else
            buffer_add_char(out, text.data[i]);
}

static void
add_trace_line(const struct page *page, struct slice line)
{
    if (line.length > 0 && line.data[line.length - 1] == '\r')
        line.length--;
    text_add_blanks(page->out, TRACE_INDENT);
    text_add_cut(page->out, line, page->columns - TRACE_INDENT, TEXT_CUT_END);
    buffer_add_char(page->out, '\n');
}

/* The traceback, a line a line; the middle of a long one is left out. */
static void
add_traceback(const struct page *page, struct slice text)
{
    struct slice rest;
    struct buffer plain;
    size_t lines, left_out = 0;

    buffer_init(&plain, TEXT_LIMIT);
    add_without_tabs(&plain, text);
    rest = (struct slice){ plain.data, plain.length };
    lines = line_count(rest);
    if (lines > TRACE_HEAD + TRACE_TAIL + 1)
        left_out = lines - TRACE_HEAD - TRACE_TAIL;
    for (size_t line = 0; rest.length > 0; line++) {
        const char *stop = memchr(rest.data, '\n', rest.length);
        size_t length = stop != NULL ? (size_t)(stop - rest.data) : rest.length;

        if (line < TRACE_HEAD || line >= TRACE_HEAD + left_out)
            add_trace_line(page, (struct slice){ rest.data, length });
        else if (line == TRACE_HEAD)
            buffer_printf(page->out, "      ... %zu lines left out\n", left_out);
        length += stop != NULL;
        rest = (struct slice){ rest.data + length, rest.length - length };
    }
    buffer_clear(&plain);
}

static void
add_error(const struct page *page, const json_t *error)
{
    struct slice class_name = document_text(error, "class"), message = document_text(error, "message");
    char number[TEXT_NUMBER_SIZE];
    struct buffer text;

    buffer_init(&text, TEXT_LIMIT);
    buffer_printf(&text, "%s x ", text_count(number, document_count(error, "count")));
    buffer_add_slice(&text, class_name);
    if (class_name.length > 0 && message.length > 0)
        buffer_add_text(&text, ": ");
    buffer_add_slice(&text, message);
    buffer_add_text(page->out, "  ");
    text_add_wrapped(page->out, (struct slice){ text.data, text.length }, 4, page->columns - 4, MESSAGE_LINES);
    buffer_add_char(page->out, '\n');
    buffer_clear(&text);
    add_traceback(page, document_text(error, "traceback"));
}

static int
more_first(const void *a, const void *b)
{
    const json_t *const *left = a, *const *right = b;
    uint64_t left_count = document_count(*left, "count"), right_count = document_count(*right, "count");

    return (left_count < right_count) - (left_count > right_count);
}

void
errors_print(const struct page *page, const json_t *document)
{
    const json_t *errors = json_object_get(document, "errors");
    size_t count = json_array_size(errors);
    const json_t **items = document_sorted(errors, more_first);

    if (items == NULL || count == 0) {
        free(items);
        return;
    }
    page_title(page, "Most common errors");
    for (size_t i = 0; i < count && i < ERRORS_SHOWN; i++)
        add_error(page, items[i]);
    page_more(page, count, ERRORS_SHOWN);
    free(items);
}
