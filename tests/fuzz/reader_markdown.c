/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside as a code span: it cannot end the span, the cell or the line. */
#include <string.h>

#include "base/utf8.h"
#include "common/markdown.h"
#include "reader.h"

static void
check_span(struct slice text, enum markdown_place place)
{
    struct buffer out;

    buffer_init(&out, 64 * 1024);
    markdown_code(&out, text, place);
    if (text.length == 0) {
        READER_CHECK(out.length == 0);
        return;
    }
    READER_CHECK(out.length >= 2 && out.data[0] == '`' && out.data[out.length - 1] == '`');
    READER_CHECK(memchr(out.data + 1, '`', out.length - 2) == NULL);
    READER_CHECK(utf8_is_valid((struct slice){ out.data, out.length }));
    for (size_t i = 1; i < out.length; i++) {
        READER_CHECK((unsigned char)out.data[i] >= ' ' && out.data[i] != 0x7F);
        READER_CHECK(place != MARKDOWN_CELL || out.data[i] != '|' || out.data[i - 1] == '\\');
    }
    buffer_clear(&out);
}

static void
run(const char *data, size_t length)
{
    check_span((struct slice){ data, length }, MARKDOWN_TEXT);
    check_span((struct slice){ data, length }, MARKDOWN_CELL);
}

const struct reader reader_markdown = { .name = "markdown", .run = run };
