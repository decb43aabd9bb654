/* SPDX-License-Identifier: Apache-2.0 */
/* Output "html": one page that needs nothing but itself. The page is the same for
 * every run; what the run measured stands in it as JSON, which its script shows. */
#include <loads/plugin.h>

#include "base/buffer.h"
#include "common/document.h"
#include "common/report_file.h"
#include "html/digest.h"
#include "html/page.h"

enum { PAGE_LIMIT = 256 * 1024 * 1024 }; /* bytes; far more than 10 000 long names take */

struct html {
    const char *filename, *title;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct html, filename, .fallback = "report.html",
                 .help = "Where to write the page; - is standard output"),
    LOADS_OPTION(struct html, title, .help = "Heading of the page; by default the project and the label"),
    { 0 }
};

/* Between tags, and inside quotes. */
static void
add_html(struct buffer *out, struct slice text)
{
    static const char *const names[] = {
        ['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&quot;", ['\''] = "&#39;",
    };

    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        if (byte < sizeof names / sizeof names[0] && names[byte] != NULL)
            buffer_add_text(out, names[byte]);
        else
            buffer_add_char(out, (char)byte);
    }
}

/* Inside a script element nothing may look like its end or like a comment. In JSON
 * these characters stand in strings only, where an escape means the same. */
static int
add_json(const char *text, size_t length, void *context)
{
    static const char *const names[] = { ['<'] = "\\u003c", ['>'] = "\\u003e", ['&'] = "\\u0026" };
    struct buffer *out = context;
    size_t start = 0;

    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];

        if (byte >= sizeof names / sizeof names[0] || names[byte] == NULL)
            continue;
        buffer_add(out, text + start, i - start);
        buffer_add_text(out, names[byte]);
        start = i + 1;
    }
    buffer_add(out, text + start, length - start);
    return 0;
}

/* The title as given, else "project: label", else whichever there is. */
static struct slice
title_of(const struct html *html, const json_t *document, struct buffer *text)
{
    struct slice project = document_text(document, "project"), label = document_text(document, "label");

    if (html->title != NULL && html->title[0] != '\0')
        return slice_of(html->title);
    buffer_add_slice(text, project);
    if (project.length > 0 && label.length > 0)
        buffer_add_text(text, ": ");
    buffer_add_slice(text, label);
    return text->length > 0 ? (struct slice){ text->data, text->length } : SLICE("Load test");
}

static void
add_verdict(struct buffer *out, const json_t *verdict)
{
    json_t *reason;
    size_t index;

    add_html(out, document_text(verdict, "status"));
    buffer_printf(out, ", exit code %d", (int)document_count(verdict, "exit_code"));
    json_array_foreach(json_object_get(verdict, "reasons"), index, reason) {
        buffer_add_text(out, index == 0 ? ": " : "; ");
        add_html(out, (struct slice){ json_string_value(reason), json_string_length(reason) });
    }
}

static void
add_page(struct buffer *out, const json_t *document, struct slice title)
{
    for (const struct html_piece *piece = html_page;; piece++) {
        buffer_add(out, piece->text, piece->length);
        switch (piece->slot) {
        case HTML_END:
            return;
        case HTML_TITLE:
            add_html(out, title);
            break;
        case HTML_VERDICT:
            add_verdict(out, json_object_get(document, "verdict"));
            break;
        case HTML_DATA:
            json_dump_callback(document, add_json, out, JSON_COMPACT);
            break;
        }
    }
}

static int
write_page(const struct html *html, json_t *document, struct err *err)
{
    struct buffer page, title_text;
    struct slice title;
    int result;

    buffer_init(&page, PAGE_LIMIT);
    buffer_init(&title_text, PAGE_LIMIT);
    title = title_of(html, document, &title_text);
    json_object_set_new(document, "title", json_stringn(title.data, title.length));
    add_page(&page, document, title);
    if (page.is_full)
        result = err_set(err, "cannot write %s: more than %d bytes", html->filename, PAGE_LIMIT);
    else
        result = report_file_write(html->filename, (struct slice){ page.data, page.length }, err);
    buffer_clear(&title_text);
    buffer_clear(&page);
    return result;
}

static int
html_open(void *state, const struct loads_host *host)
{
    const struct html *html = state;
    struct err err = { 0 };

    return report_file_check(html->filename, &err) == 0 ? 0 : host->fail(host, "%s", err.text);
}

static int
html_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    const struct html *html = state;
    struct err err = { 0 }, no_distribution = { 0 };
    json_t *document = document_read(result, &err);
    int failed;

    if (document == NULL)
        return host->fail(host, "%s", err.text);
    digest_document(document, &no_distribution);
    if (no_distribution.text[0] != '\0')
        host->log(host, LOADS_WARNING, "no chart of the latency's distribution: %s", no_distribution.text);
    failed = write_page(html, document, &err);
    json_decref(document);
    return failed == 0 ? 0 : host->fail(host, "%s", err.text);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "html",
    .summary = "Write a report as one page for a browser",
    .state_size = sizeof(struct html),
    .options = options,
    .open = html_open,
    .flush = html_flush,
);
