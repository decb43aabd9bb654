/* SPDX-License-Identifier: Apache-2.0 */
/* The final text: first the lines that scripts have always read, word for word;
 * then what else the run has to say, section by section; the verdict last. */
#include "stdout/summary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/document.h"
#include "common/text.h"
#include "stdout/chart.h"
#include "stdout/errors.h"
#include "stdout/table.h"

enum {
    NAMES_SHOWN = 10,
    TESTS_SHOWN = 20,
    STATUSES_SHOWN = 12,
    METRICS_SHOWN = 20,
    MESSAGE_LINES = 3,
    REASON_LINES = 4,
    WORD_BYTES = 12,
    LABEL_LIMIT = 128 * 1024,
};

/* "2013-07-22T07:12:30.139814Z" as the documents write it. */
static void
add_started(struct buffer *out, struct slice started)
{
    char date[] = "2013-07-22 07:12:30.139814";
    size_t length = started.length < sizeof date - 1 ? started.length : sizeof date - 1;

    for (size_t i = 0; i < length; i++)
        date[i] = started.data[i] == 'T' || started.data[i] == 'Z' ? ' ' : started.data[i];
    while (length > 0 && date[length - 1] == ' ')
        length--;
    buffer_add_text(out, "Started: ");
    text_add_cut(out, (struct slice){ date, length }, SUMMARY_COLUMNS_LEAST, TEXT_CUT_END);
    buffer_add_char(out, '\n');
}

static void
add_outcome(const struct page *page, const char *label, uint64_t count, enum page_style style)
{
    if (count > 0)
        page_style(page, style);
    buffer_printf(page->out, "%s: %" PRIu64, label, count);
    if (count > 0)
        page_style(page, PAGE_PLAIN);
    buffer_add_char(page->out, '\n');
}

static void
add_document_lines(const struct page *page, const json_t *document)
{
    const json_t *totals = json_object_get(document, "totals");
    const json_t *latency = json_object_get(totals, "latency");
    struct buffer *out = page->out;

    buffer_printf(out, "Duration: %.2f seconds\n", document_number(document, "duration_s"));
    buffer_printf(out, "Hits: %" PRIu64 "\n", document_count(totals, "hits"));
    add_started(out, document_text(document, "started"));
    buffer_printf(out, "Approximate Average RPS: %.0f\n", document_number(totals, "requests_per_s"));
    buffer_printf(out, "Average request time: %.2fs\n", document_number(latency, "mean_us") / 1e6);
    buffer_printf(out, "Opened web sockets: %" PRIu64 "\n", document_count(totals, "sockets_opened"));
    buffer_printf(out, "Bytes received via web sockets : %" PRIu64 "\n\n",
                  document_count(totals, "socket_bytes"));
    add_outcome(page, "Success", document_count(totals, "success"), PAGE_GOOD);
    add_outcome(page, "Errors", document_count(totals, "errors"), PAGE_BAD);
    add_outcome(page, "Failures", document_count(totals, "failures"), PAGE_BAD);
}

/* A member of latency{} as a cell; "-" where nothing was measured. */
static void
duration_cell(char cell[static TEXT_NUMBER_SIZE], const json_t *latency, const char *key)
{
    if (document_count(latency, "count") == 0)
        strcpy(cell, "-");
    else
        text_duration(cell, document_us(latency, key));
}

static void
count_cell(char cell[static TEXT_NUMBER_SIZE], const json_t *object, const char *key)
{
    text_count(cell, document_count(object, key));
}

/* One word of ours, such as "js"; what else a foreign document has is left out. */
static void
word_cell(char cell[static TEXT_NUMBER_SIZE], struct slice word)
{
    size_t length = 0;

    for (size_t i = 0; i < word.length && length < WORD_BYTES; i++)
        if ((word.data[i] >= 'a' && word.data[i] <= 'z') || (word.data[i] >= '0' && word.data[i] <= '9'))
            cell[length++] = word.data[i];
    cell[length] = '\0';
}

/* Rounded down: only all is 100%, and only none is 0%. */
static void
percent_cell(char cell[static TEXT_NUMBER_SIZE], double share)
{
    if (share > 0 && share < 0.001)
        strcpy(cell, "<0.1%");
    else
        /* The small addend: 0.987 may be a hair less than what was counted. */
        snprintf(cell, TEXT_NUMBER_SIZE, "%.*f%%", share >= 1 || share <= 0 ? 0 : 1,
                 floor(share * 1000 + 1e-6) / 10);
}

static int
slower_first(const void *a, const void *b)
{
    const json_t *const *left = a, *const *right = b;
    double left_us = document_number(json_object_get(*left, "latency"), "mean_us");
    double right_us = document_number(json_object_get(*right, "latency"), "mean_us");

    return (left_us < right_us) - (left_us > right_us);
}

static void
add_name_row(struct table *table, const json_t *name)
{
    const json_t *latency = json_object_get(name, "latency");
    struct slice method = document_text(name, "method");
    struct table_row *row;
    struct buffer label;

    buffer_init(&label, LABEL_LIMIT);
    buffer_add_slice(&label, method);
    if (method.length > 0)
        buffer_add_char(&label, ' ');
    buffer_add_slice(&label, document_text(name, "name"));
    row = table_add(table, (struct slice){ label.data, label.length });
    buffer_clear(&label);
    if (row == NULL)
        return;
    count_cell(row->cells[0], name, "hits");
    duration_cell(row->cells[1], latency, "mean_us");
    duration_cell(row->cells[2], latency, "p95_us");
    duration_cell(row->cells[3], latency, "max_us");
    percent_cell(row->cells[4], document_number(name, "success_rate"));
}

static void
add_slowest(const struct page *page, const json_t *document)
{
    static const char *const columns[] = { "hits", "mean", "p95", "max", "ok", NULL };
    struct table table = { .title = "Slowest URLs", .columns = columns, .cut = TEXT_CUT_MIDDLE };
    const json_t *names = json_object_get(document, "names");
    size_t count = json_array_size(names);
    const json_t **items = document_sorted(names, slower_first);

    if (items == NULL || count == 0) {
        free(items);
        return;
    }
    for (size_t i = 0; i < count && i < NAMES_SHOWN; i++)
        add_name_row(&table, items[i]);
    table_print(&table, page);
    page_more(page, count, NAMES_SHOWN);
    free(items);
}

/* "trend: count 12, mean 3.5, ..": the kinds of a metric and their numbers as the
 * document names them. */
static void
describe_metric(struct buffer *out, json_t *metric)
{
    const char *kind, *key;
    json_t *figures, *figure;

    json_object_foreach(metric, kind, figures) {
        const char *separator = ": ";

        buffer_printf(out, "%s%s", out->length > 0 ? "; " : "", kind);
        json_object_foreach(figures, key, figure) {
            if (!json_is_number(figure))
                continue;
            buffer_printf(out, "%s%s %.6g", separator, key, json_number_value(figure));
            separator = ", ";
        }
    }
}

static void
add_metric_line(const struct page *page, const char *name, json_t *metric)
{
    enum { NAME_COLUMNS = 30, INDENT = 4 };
    struct buffer text;
    size_t used, columns;

    buffer_init(&text, LABEL_LIMIT);
    if (json_is_number(metric))
        buffer_printf(&text, "%.15g", json_number_value(metric));
    else
        describe_metric(&text, metric);
    buffer_add_text(page->out, "  ");
    used = 2 + text_add_cut(page->out, slice_of(name), NAME_COLUMNS, TEXT_CUT_MIDDLE);
    /* Short ones stand beside the name, long ones below it. */
    columns = page->columns - (2 + NAME_COLUMNS + 2);
    if (text.length <= columns) {
        text_add_blanks(page->out, 2 + NAME_COLUMNS + 2 - used);
    } else {
        buffer_add_char(page->out, '\n');
        text_add_blanks(page->out, INDENT);
        columns = page->columns - INDENT;
    }
    text_add_wrapped(page->out, (struct slice){ text.data, text.length }, INDENT, columns, MESSAGE_LINES);
    buffer_add_char(page->out, '\n');
    buffer_clear(&text);
}

static void
add_metrics(const struct page *page, const json_t *document)
{
    static const char *const groups[] = { "counters", "metrics" };
    size_t shown = 0, count = 0;
    const char *name;
    json_t *metric;

    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        count += json_object_size(json_object_get(document, groups[i]));
    if (count == 0)
        return;
    page_title(page, "Custom metrics");
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        json_object_foreach(json_object_get(document, groups[i]), name, metric)
            if (shown++ < METRICS_SHOWN)
                add_metric_line(page, name, metric);
    page_more(page, count, METRICS_SHOWN);
}

static void
add_latency(const struct page *page, const json_t *document)
{
    static const char *const columns[] = { "p50", "p90", "p95", "p99", "max", "mean", NULL };
    static const char *const keys[] = { "p50_us", "p90_us", "p95_us", "p99_us", "max_us", "mean_us" };
    struct table table = { .title = "Latency", .columns = columns };
    const json_t *latency = json_object_get(json_object_get(document, "totals"), "latency");
    struct table_row *row;

    if (document_count(latency, "count") == 0)
        return;
    row = table_add(&table, SLICE("of all hits"));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        duration_cell(row->cells[i], latency, keys[i]);
    table_print(&table, page);
}

/* Status codes are three digits; what is outside is counted under 0. */
enum { STATUS_END = 1000 };

static uint64_t
count_statuses(const json_t *document, uint64_t counts[static STATUS_END])
{
    uint64_t sum = 0;
    size_t index;
    json_t *name, *count;
    const char *status;

    json_array_foreach(json_object_get(document, "names"), index, name)
        json_object_foreach(json_object_get(name, "statuses"), status, count) {
            uint64_t hits = (uint64_t)json_integer_value(count);
            unsigned long code = strtoul(status, NULL, 10);

            counts[code < STATUS_END ? code : 0] += hits;
            sum += hits;
        }
    return sum;
}

static void
add_statuses(const struct page *page, const json_t *document)
{
    static const char *const columns[] = { "hits", "share", NULL };
    struct table table = { .title = "Status codes", .columns = columns };
    uint64_t counts[STATUS_END] = { 0 }, sum = count_statuses(document, counts);
    size_t count = 0;

    for (size_t code = 0; code < STATUS_END; code++) {
        char label[TEXT_NUMBER_SIZE] = "no response";
        struct table_row *row;

        if (counts[code] == 0 || count++ >= STATUSES_SHOWN)
            continue;
        if (code > 0)
            snprintf(label, sizeof label, "%zu", code);
        row = table_add(&table, slice_of(label));
        text_count(row->cells[0], counts[code]);
        percent_cell(row->cells[1], (double)counts[code] / (double)sum);
    }
    if (count == 0)
        return;
    table_print(&table, page);
    page_more(page, count, STATUSES_SHOWN);
}

static void
add_tests(const struct page *page, const json_t *document)
{
    static const char *const columns[] = { "success", "failures", "errors", "p95", "runner", NULL };
    struct table table = { .title = "Tests", .columns = columns, .cut = TEXT_CUT_MIDDLE };
    const json_t *tests = json_object_get(document, "tests");
    size_t count = json_array_size(tests), index;
    json_t *test;

    /* One test of one target is what the first lines tell already. */
    if (count == 0 || (count == 1 && json_array_size(json_object_get(document, "plan")) < 2))
        return;
    json_array_foreach(tests, index, test) {
        struct table_row *row = index < TESTS_SHOWN ? table_add(&table, document_text(test, "name")) : NULL;

        if (row == NULL)
            break;
        count_cell(row->cells[0], test, "success");
        count_cell(row->cells[1], test, "failures");
        count_cell(row->cells[2], test, "errors");
        duration_cell(row->cells[3], json_object_get(test, "latency"), "p95_us");
        word_cell(row->cells[4], document_text(test, "runner"));
    }
    table_print(&table, page);
    page_more(page, count, TESTS_SHOWN);
}

/* Sums by target or by runner, when there are several. */
static void
add_sums(const struct page *page, const json_t *rows, const char *title)
{
    static const char *const columns[] = { "hits", "success", "failures", "errors", NULL };
    struct table table = { .title = title, .columns = columns, .cut = TEXT_CUT_MIDDLE };
    size_t count = json_array_size(rows), index;
    json_t *sums;

    if (count < 2)
        return;
    json_array_foreach(rows, index, sums) {
        struct table_row *row = index < TESTS_SHOWN ? table_add(&table, document_text(sums, "name")) : NULL;

        if (row == NULL)
            break;
        for (size_t i = 0; columns[i] != NULL; i++)
            count_cell(row->cells[i], sums, columns[i]);
    }
    table_print(&table, page);
    page_more(page, count, TESTS_SHOWN);
}

static void
add_targets(const struct page *page, const json_t *document)
{
    const json_t *targets = json_object_get(document, "targets");
    const json_t *runners = json_object_get(document, "runners");

    /* A target for each runner is the next table already. */
    if (json_array_size(targets) > json_array_size(runners))
        add_sums(page, targets, "Targets");
    add_sums(page, runners, "Runners");
}

/* One line with the counts of `members` that are not 0: "malformed: json 2, range 1". */
static void
add_counts(const struct page *page, const char *lead, json_t *members)
{
    const char *separator = " ", *name;
    struct buffer text;
    json_t *count;

    buffer_init(&text, LABEL_LIMIT);
    buffer_add_text(&text, lead);
    json_object_foreach(members, name, count) {
        if (json_integer_value(count) <= 0)
            continue;
        buffer_printf(&text, "%s%s %" JSON_INTEGER_FORMAT, separator, name, json_integer_value(count));
        separator = ", ";
    }
    if (separator[0] == ',') {
        buffer_add_text(page->out, "  ");
        text_add_wrapped(page->out, (struct slice){ text.data, text.length }, 4, page->columns - 4, MESSAGE_LINES);
        buffer_add_char(page->out, '\n');
    }
    buffer_clear(&text);
}

/* The account of messages: titles over numbers, as many as the page has room
 * for, the others below. */
static void
add_messages(const struct page *page, const json_t *document)
{
    static const char *const keys[] = { "received",  "counted", "malformed", "unknown",
                                        "duplicate", "lost",    "unnumbered" };
    enum { COUNT = sizeof keys / sizeof keys[0] };
    json_t *messages = json_object_get(document, "messages");
    char cells[COUNT][TEXT_NUMBER_SIZE];
    int widths[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        count_cell(cells[i], messages, keys[i]);
        widths[i] = (int)(strlen(keys[i]) > strlen(cells[i]) ? strlen(keys[i]) : strlen(cells[i]));
    }
    page_title(page, "Messages");
    for (size_t first = 0, end; first < COUNT; first = end) {
        size_t room = page->columns;

        for (end = first; end < COUNT && room >= 2 + (size_t)widths[end]; end++)
            room -= 2 + (size_t)widths[end];
        for (size_t i = first; i < end; i++)
            buffer_printf(page->out, "  %*s", widths[i], keys[i]);
        buffer_add_char(page->out, '\n');
        for (size_t i = first; i < end; i++)
            buffer_printf(page->out, "  %*s", widths[i], cells[i]);
        buffer_add_char(page->out, '\n');
    }
    add_counts(page, "malformed:", json_object_get(messages, "rejected"));
    add_counts(page, "past the limits, under (other):", json_object_get(document, "overflow"));
}

static void
add_verdict(const struct page *page, const json_t *document)
{
    static const struct { const char *status; enum page_style style; } styles[] = {
        { "pass", PAGE_GOOD }, { "fail", PAGE_BAD }, { "invalid", PAGE_WARNING },
    };
    const json_t *verdict = json_object_get(document, "verdict");
    struct slice status = document_text(verdict, "status");
    const char *separator = ": ";
    enum page_style style = PAGE_BAD;
    struct buffer text;
    json_t *reason;
    size_t index;

    for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++)
        if (slice_equal(status, slice_of(styles[i].status)))
            style = styles[i].style;
    buffer_init(&text, LABEL_LIMIT);
    buffer_add_slice(&text, status);
    buffer_printf(&text, ", exit code %" PRIu64, document_count(verdict, "exit_code"));
    json_array_foreach(json_object_get(verdict, "reasons"), index, reason) {
        buffer_add_text(&text, separator);
        buffer_add(&text, json_string_value(reason), json_string_length(reason));
        separator = "; ";
    }
    buffer_add_text(page->out, "\nVerdict: ");
    page_style(page, style);
    text_add_wrapped(page->out, (struct slice){ text.data, text.length }, strlen("Verdict: "),
                     page->columns - strlen("Verdict: "), REASON_LINES);
    page_style(page, PAGE_PLAIN);
    buffer_add_char(page->out, '\n');
    buffer_clear(&text);
}

void
summary_print(const struct page *page, const json_t *document)
{
    static void (*const sections[])(const struct page *, const json_t *) = {
        add_document_lines, add_slowest, add_metrics,  errors_print,  add_latency,
        chart_print,        add_statuses, add_tests,   add_targets,   add_messages, add_verdict,
    };

    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        sections[i](page, document);
}
