/* SPDX-License-Identifier: Apache-2.0 */
/* Output "csv": two tables for spreadsheets, PREFIX-timeline.csv and
 * PREFIX-names.csv, as RFC 4180 describes them. */
#include <inttypes.h>
#include <loads/plugin.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "common/document.h"
#include "common/report.h"

struct csv {
    const char *prefix;
    bool raw;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct csv, prefix, .fallback = "loads",
                 .help = "Where to write: PREFIX-timeline.csv and PREFIX-names.csv"),
    LOADS_OPTION(struct csv, raw, .fallback = "no",
                 .help = "Leave a text as it is that a spreadsheet would take for a formula"),
    { 0 }
};

/* ---- Cells. */

/* What makes a spreadsheet compute a cell. A text that begins with the mark that
 * disarms it is marked too, so that the mark can always be taken off. */
static bool
is_formula(struct slice text)
{
    static const struct slice begins[] = {
        { "=", 1 }, { "+", 1 }, { "-", 1 }, { "@", 1 }, { "\t", 1 }, { "\r", 1 }, { "\n", 1 }, { "'", 1 },
        { "\xEF\xBC\x9D", 3 }, { "\xEF\xBC\x8B", 3 }, { "\xEF\xBC\x8D", 3 }, { "\xEF\xBC\xA0", 3 }, /* full width */
    };

    for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
        if (text.length >= begins[i].length && memcmp(text.data, begins[i].data, begins[i].length) == 0)
            return true;
    return false;
}

static void
add_text(struct buffer *out, struct slice text, bool is_raw)
{
    buffer_add_char(out, '"');
    if (!is_raw && is_formula(text))
        buffer_add_char(out, '\'');
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '"')
            buffer_add_char(out, '"');
        buffer_add_char(out, text.data[i]);
    }
    buffer_add_char(out, '"');
}

static const char *const times[] = { "mean_us", "min_us", "p50_us",  "p90_us",
                                     "p95_us",  "p99_us", "p999_us", "max_us" };
enum { TIMES = sizeof times / sizeof times[0] };

static void
add_time_names(struct buffer *out)
{
    for (size_t i = 0; i < TIMES; i++)
        buffer_printf(out, ",%s", times[i]);
    buffer_add_text(out, "\r\n");
}

/* Empty where nothing was measured. */
static void
add_times(struct buffer *out, const json_t *latency)
{
    bool is_measured = document_count(latency, "count") > 0;

    for (size_t i = 0; i < TIMES; i++)
        if (is_measured)
            buffer_printf(out, ",%.10g", document_number(latency, times[i]));
        else
            buffer_add_char(out, ',');
    buffer_add_text(out, "\r\n");
}

/* ---- Tables. */

static void
add_timeline(struct buffer *out, const json_t *document, const void *context)
{
    double step_s = document_number(document, "timeline_step_s");
    const json_t *slot;
    size_t i;

    (void)context;
    buffer_add_text(out, "t_s,users,hits,errors,hits_per_s");
    add_time_names(out);
    json_array_foreach(json_object_get(document, "timeline"), i, slot) {
        uint64_t hits = document_count(slot, "hits");

        buffer_printf(out, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.10g", document_count(slot, "t_s"),
                      document_count(slot, "users"), hits, document_count(slot, "errors"),
                      (double)hits / (step_s > 0 ? step_s : 1));
        add_times(out, json_object_get(slot, "latency"));
    }
}

enum { NO_ANSWER, FIVE_HUNDREDS = 5, OTHER_STATUS, STATUS_CLASSES }; /* between: by hundreds */
static const char status_names[] = ",no_answer,status_1xx,status_2xx,status_3xx,status_4xx,status_5xx,status_other";

/* Hits by the first digit of their status. */
static void
add_statuses(struct buffer *out, const json_t *statuses)
{
    uint64_t counts[STATUS_CLASSES] = { 0 };
    const char *status;
    const json_t *count;

    json_object_foreach((json_t *)statuses, status, count) {
        long class = strtol(status, NULL, 10) / 100;
        bool is_none = strcmp(status, "0") == 0;

        counts[is_none ? NO_ANSWER : class >= 1 && class <= FIVE_HUNDREDS ? class : OTHER_STATUS] +=
            (uint64_t)json_integer_value(count);
    }
    for (size_t i = 0; i < STATUS_CLASSES; i++)
        buffer_printf(out, ",%" PRIu64, counts[i]);
}

static void
add_names(struct buffer *out, const json_t *document, const void *context)
{
    const struct csv *csv = context;
    const json_t *row;
    size_t i;

    buffer_printf(out, "name,method,hits,success_rate%s", status_names);
    add_time_names(out);
    json_array_foreach(json_object_get(document, "names"), i, row) {
        add_text(out, document_text(row, "name"), csv->raw);
        buffer_add_char(out, ',');
        add_text(out, document_text(row, "method"), csv->raw);
        buffer_printf(out, ",%" PRIu64 ",%.10g", document_count(row, "hits"), document_number(row, "success_rate"));
        add_statuses(out, json_object_get(row, "statuses"));
        add_times(out, json_object_get(row, "latency"));
    }
}

static const struct {
    const char *name;
    report_add *add;
} tables[] = {
    { "timeline", add_timeline },
    { "names", add_names },
};
enum { TABLES = sizeof tables / sizeof tables[0] };

/* ---- The plugin. */

static int
csv_open(void *state, const struct loads_host *host)
{
    const struct csv *csv = state;

    for (size_t i = 0; i < TABLES; i++) {
        char *filename = xasprintf("%s-%s.csv", csv->prefix, tables[i].name);
        int failed = report_open(host, filename);

        free(filename);
        if (failed)
            return -1;
    }
    return 0;
}

static int
csv_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    const struct csv *csv = state;
    int failed = 0;

    for (size_t i = 0; i < TABLES && !failed; i++) {
        char *filename = xasprintf("%s-%s.csv", csv->prefix, tables[i].name);

        failed = report_flush(host, result, filename, tables[i].add, csv);
        free(filename);
    }
    return failed;
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "csv",
    .summary = "Write tables for spreadsheets: per second and per name",
    .state_size = sizeof(struct csv),
    .options = options,
    .open = csv_open,
    .flush = csv_flush,
);
