/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of the summary. Whatever comes from outside stands in code spans. */
#include "common/markdown.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "common/document.h"
#include "common/text.h"

enum {
    NAMES_SHOWN = 10,
    TESTS_SHOWN = 20,
    ERRORS_SHOWN = 5,
    CODE_LIMIT = 300, /* bytes of one text */
    VISIBLE_LIMIT = CODE_LIMIT * 8,
};

void
markdown_code(struct buffer *out, struct slice text, enum markdown_place place)
{
    struct slice prefix = utf8_prefix(text, CODE_LIMIT);
    struct buffer visible;

    if (text.length == 0)
        return;
    buffer_init(&visible, VISIBLE_LIMIT);
    utf8_add_visible(&visible, prefix, true);
    buffer_add_char(out, '`');
    for (size_t i = 0; i < visible.length; i++) {
        char byte = visible.data[i];

        if (byte == '|' && place == MARKDOWN_CELL)
            buffer_add_char(out, '\\');
        buffer_add_char(out, byte == '`' ? '\'' : byte == '\n' ? ' ' : byte);
    }
    buffer_add_text(out, prefix.length < text.length ? "...`" : "`");
    buffer_clear(&visible);
}

/* ---- Figures. */

static void
add_duration(struct buffer *out, const json_t *latency, const char *key)
{
    char text[TEXT_NUMBER_SIZE];

    buffer_add_text(out, document_count(latency, "count") > 0 ? text_duration(text, document_us(latency, key)) : "-");
}

static void
add_count(struct buffer *out, const json_t *object, const char *key)
{
    buffer_printf(out, "%" PRIu64, document_count(object, key));
}

static void
add_verdict(struct buffer *out, const json_t *document)
{
    static const struct { struct slice status; const char *headline; } headlines[] = {
        { { "pass", 4 }, "passed" },
        { { "fail", 4 }, "FAILED" },
        { { "invalid", 7 }, "not valid" },
        { { "running", 7 }, "running" },
    };
    const json_t *verdict = json_object_get(document, "verdict"), *reason;
    struct slice status = document_text(verdict, "status");
    size_t i;

    buffer_add_text(out, "## Load test ");
    for (i = 0; i < sizeof headlines / sizeof headlines[0]; i++)
        if (slice_equal(status, headlines[i].status))
            buffer_add_text(out, headlines[i].headline);
    buffer_add_text(out, "\n\n");
    json_array_foreach(json_object_get(verdict, "reasons"), i, reason) {
        buffer_add_text(out, "- ");
        markdown_code(out, (struct slice){ json_string_value(reason), json_string_length(reason) }, MARKDOWN_TEXT);
        buffer_add_char(out, '\n');
    }
    buffer_add_text(out, i > 0 ? "\n" : "");
}

static void
add_target(struct buffer *out, const json_t *target)
{
    const json_t *cycle;
    size_t i;

    markdown_code(out, document_text(target, "name"), MARKDOWN_TEXT);
    buffer_add_text(out, " (users: ");
    json_array_foreach(json_object_get(target, "cycles"), i, cycle)
        buffer_printf(out, "%s%" PRIu64, i > 0 ? ", " : "", document_count(cycle, "users"));
    buffer_add_char(out, ')');
}

static void
add_plan(struct buffer *out, const json_t *document)
{
    static const char *const named[] = { "project", "label" };
    char text[TEXT_NUMBER_SIZE];
    const json_t *target;
    size_t i;

    for (i = 0; i < 2; i++) {
        struct slice name = document_text(document, named[i]);

        markdown_code(out, name, MARKDOWN_TEXT);
        buffer_add_text(out, name.length > 0 ? " " : "");
    }
    json_array_foreach(json_object_get(document, "plan"), i, target) {
        buffer_add_text(out, i > 0 ? ", " : "");
        add_target(out, target);
    }
    buffer_printf(out, ", %s in all, run ",
                  text_duration(text, (int64_t)(document_number(document, "duration_s") * 1e6)));
    markdown_code(out, document_text(document, "run_id"), MARKDOWN_TEXT);
    buffer_add_text(out, ".\n\n");
}

static void
add_figures(struct buffer *out, const json_t *totals)
{
    static const char *const times[] = { "mean_us", "p50_us", "p90_us", "p95_us", "p99_us", "max_us" };
    static const char *const outcomes[] = { "success", "failures", "errors" };
    const json_t *latency = json_object_get(totals, "latency");
    char text[TEXT_NUMBER_SIZE];

    buffer_add_text(out, "| hits | hits/s | no answer | mean | p50 | p90 | p95 | p99 | max |\n"
                         "|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n| ");
    add_count(out, totals, "hits");
    buffer_printf(out, " | %s | ", text_short_count(text, document_number(totals, "requests_per_s")));
    add_count(out, totals, "hit_errors");
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        buffer_add_text(out, " | ");
        add_duration(out, latency, times[i]);
    }
    buffer_add_text(out, " |\n\n| tests passed | failed | with errors |\n|--:|--:|--:|\n");
    for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++) {
        buffer_add_text(out, "| ");
        add_count(out, totals, outcomes[i]);
        buffer_add_char(out, ' ');
    }
    buffer_add_text(out, "|\n");
}

/* ---- Tables. */

static int
slower_first(const void *a, const void *b)
{
    const json_t *const *left = a, *const *right = b;
    double left_us = document_number(json_object_get(*left, "latency"), "p95_us");
    double right_us = document_number(json_object_get(*right, "latency"), "p95_us");

    return (left_us < right_us) - (left_us > right_us);
}

static void
add_names(struct buffer *out, const json_t *names)
{
    size_t count = json_array_size(names);
    const json_t **sorted;

    if (count == 0)
        return;
    sorted = document_sorted(names, slower_first);
    buffer_printf(out, "\n### Slowest addresses (of %zu)\n\n| | hits | p50 | p95 | max | good |\n|:--|--:|--:|--:|--:|--:|\n",
                  count);
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++) {
        static const char *const times[] = { "p50_us", "p95_us", "max_us" };
        struct buffer name;

        buffer_init(&name, VISIBLE_LIMIT);
        buffer_add_slice(&name, document_text(sorted[i], "method"));
        buffer_add_text(&name, name.length > 0 ? " " : "");
        buffer_add_slice(&name, utf8_prefix(document_text(sorted[i], "name"), CODE_LIMIT));
        buffer_add_text(out, "| ");
        markdown_code(out, (struct slice){ name.data, name.length }, MARKDOWN_CELL);
        buffer_clear(&name);
        buffer_add_text(out, " | ");
        add_count(out, sorted[i], "hits");
        for (size_t j = 0; j < sizeof times / sizeof times[0]; j++) {
            buffer_add_text(out, " | ");
            add_duration(out, json_object_get(sorted[i], "latency"), times[j]);
        }
        buffer_printf(out, " | %.1f %% |\n", document_number(sorted[i], "success_rate") * 100);
    }
    free(sorted);
}

static void
add_tests(struct buffer *out, const json_t *tests)
{
    const json_t *test;
    size_t i;

    if (json_array_size(tests) < 2)
        return;
    buffer_add_text(out, "\n### Tests\n\n| | passed | failed | with errors | p95 |\n|:--|--:|--:|--:|--:|\n");
    json_array_foreach(tests, i, test) {
        static const char *const outcomes[] = { "success", "failures", "errors" };

        if (i == TESTS_SHOWN) {
            buffer_printf(out, "\nand %zu more tests\n", json_array_size(tests) - i);
            break;
        }
        buffer_add_text(out, "| ");
        markdown_code(out, document_text(test, "name"), MARKDOWN_CELL);
        for (size_t j = 0; j < sizeof outcomes / sizeof outcomes[0]; j++) {
            buffer_add_text(out, " | ");
            add_count(out, test, outcomes[j]);
        }
        buffer_add_text(out, " | ");
        add_duration(out, json_object_get(test, "latency"), "p95_us");
        buffer_add_text(out, " |\n");
    }
}

static int
more_first(const void *a, const void *b)
{
    const json_t *const *left = a, *const *right = b;
    uint64_t left_count = document_count(*left, "count"), right_count = document_count(*right, "count");

    return (left_count < right_count) - (left_count > right_count);
}

static void
add_errors(struct buffer *out, const json_t *errors)
{
    size_t count = json_array_size(errors);
    const json_t **sorted;

    if (count == 0)
        return;
    sorted = document_sorted(errors, more_first);
    buffer_add_text(out, "\n### Failures and errors\n\n");
    for (size_t i = 0; i < count && i < ERRORS_SHOWN; i++) {
        buffer_printf(out, "- %" PRIu64 " x ", document_count(sorted[i], "count"));
        markdown_code(out, document_text(sorted[i], "class"), MARKDOWN_TEXT);
        buffer_add_text(out, ": ");
        markdown_code(out, document_text(sorted[i], "message"), MARKDOWN_TEXT);
        buffer_add_char(out, '\n');
    }
    if (count > ERRORS_SHOWN)
        buffer_printf(out, "- and %zu more\n", count - ERRORS_SHOWN);
    free(sorted);
}

/* Only when not everything was counted. */
static void
add_account(struct buffer *out, const json_t *messages)
{
    static const char *const members[] = { "received", "counted", "malformed", "unknown", "duplicate", "lost" };
    bool is_whole = true;

    for (size_t i = 2; i < sizeof members / sizeof members[0]; i++)
        is_whole = is_whole && document_count(messages, members[i]) == 0;
    if (is_whole)
        return;
    buffer_add_text(out, "\nMessages: ");
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        buffer_printf(out, "%s%" PRIu64 " %s", i > 0 ? ", " : "", document_count(messages, members[i]), members[i]);
    buffer_add_text(out, ".\n");
}

void
markdown_summary(struct buffer *out, const json_t *document)
{
    add_verdict(out, document);
    add_plan(out, document);
    add_figures(out, json_object_get(document, "totals"));
    add_names(out, json_object_get(document, "names"));
    add_tests(out, json_object_get(document, "tests"));
    add_errors(out, json_object_get(document, "errors"));
    add_account(out, json_object_get(document, "messages"));
}
