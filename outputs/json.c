/* SPDX-License-Identifier: Apache-2.0 */
/* Output "json": the result document, as one file that is whole or not there. */
#include <loads/plugin.h>

#include "base/buffer.h"
#include "common/report_file.h"

enum { TEXT_LIMIT = 1 << 30 }; /* bytes; a document and its indentation are far smaller */

struct json {
    const char *filename;
    bool pretty;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct json, filename, .fallback = "-",
                 .help = "Where to write the result document; - is standard output"),
    LOADS_OPTION(struct json, pretty, .fallback = "no",
                 .help = "Indent the document for people to read"),
    { 0 }
};

static void
add_line(struct buffer *out, size_t depth)
{
    buffer_add_char(out, '\n');
    for (size_t i = 0; i < depth; i++)
        buffer_add_text(out, "  ");
}

/* Length of the string that starts with the quote at `text`. */
static size_t
string_length(struct slice text)
{
    size_t at = 1;

    while (at < text.length && text.data[at] != '"')
        at += text.data[at] == '\\' ? 2 : 1;
    return at < text.length ? at + 1 : text.length;
}

/* Indents JSON that has no white space of its own. The text of each value stays
 * as it is, which reading and writing it anew could not promise. */
static void
add_pretty(struct buffer *out, struct slice json)
{
    size_t depth = 0, at = 0;

    while (at < json.length) {
        char byte = json.data[at];
        char next = at + 1 < json.length ? json.data[at + 1] : '\0';
        size_t length = 1;

        if (byte == '"') {
            length = string_length((struct slice){ json.data + at, json.length - at });
        } else if ((byte == '{' && next == '}') || (byte == '[' && next == ']')) {
            length = 2;
        } else if (byte == '}' || byte == ']') {
            depth -= depth > 0;
            add_line(out, depth);
        }
        buffer_add(out, json.data + at, length);
        if ((byte == '{' || byte == '[') && length == 1)
            add_line(out, ++depth);
        else if (byte == ',')
            add_line(out, depth);
        else if (byte == ':')
            buffer_add_char(out, ' ');
        at += length;
    }
}

static int
json_open(void *state, const struct loads_host *host)
{
    const struct json *json = state;
    struct err err = { 0 };

    return report_file_check(json->filename, &err) == 0 ? 0 : host->fail(host, "%s", err.text);
}

static int
json_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    const struct json *json = state;
    struct slice document = { result->json, result->json_length };
    struct buffer text;
    struct err err = { 0 };
    int failed;

    buffer_init(&text, TEXT_LIMIT);
    if (json->pretty)
        add_pretty(&text, document);
    else
        buffer_add_slice(&text, document);
    buffer_add_char(&text, '\n');
    if (text.is_full)
        failed = err_set(&err, "cannot write %s: more than %d bytes", json->filename, TEXT_LIMIT);
    else
        failed = report_file_write(json->filename, (struct slice){ text.data, text.length }, &err);
    buffer_clear(&text);
    return failed == 0 ? 0 : host->fail(host, "%s", err.text);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "json",
    .summary = "Write the result document as JSON",
    .state_size = sizeof(struct json),
    .options = options,
    .open = json_open,
    .flush = json_flush,
);
