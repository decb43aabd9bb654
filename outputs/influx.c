/* SPDX-License-Identifier: Apache-2.0 */
/* Output "influx": the run as InfluxDB's line protocol. A point for each second,
 * stamped with its time, then the totals, names and tests, stamped with the end. */
#include <inttypes.h>
#include <loads/plugin.h>

#include "common/document.h"
#include "common/report.h"
#include "protocol/date.h"

struct influx {
    const char *filename;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct influx, filename, .fallback = "-",
                 .help = "Where to write the points; - is standard output"),
    { 0 }
};

/* ---- Parts of a line. */

/* In a tag there is no way to write a line break or a backslash at the end: they
 * and other control characters become \u{...}, and a backslash too, so that what
 * stands there can be told from what stood there. An empty tag is none. */
static void
add_tag(struct buffer *out, const char *name, struct slice value)
{
    if (value.length == 0)
        return;
    buffer_printf(out, ",%s=", name);
    for (size_t i = 0; i < value.length; i++) {
        unsigned char byte = (unsigned char)value.data[i];

        if (byte < 0x20 || byte == 0x7F || byte == '\\') {
            buffer_printf(out, "\\u{%x}", byte);
            continue;
        }
        if (byte == ',' || byte == '=' || byte == ' ')
            buffer_add_char(out, '\\');
        buffer_add_char(out, (char)byte);
    }
}

/* Every point tells of which run it is. */
static void
begin_point(struct buffer *out, const char *measurement, const json_t *document)
{
    buffer_add_text(out, measurement);
    add_tag(out, "label", document_text(document, "label"));
    add_tag(out, "project", document_text(document, "project"));
    add_tag(out, "run_id", document_text(document, "run_id"));
}

static void
add_counts(struct buffer *out, const json_t *object, const char *const keys[])
{
    for (size_t i = 0; keys[i] != NULL; i++)
        buffer_printf(out, "%c%s=%" PRIu64 "i", i > 0 ? ',' : ' ', keys[i], document_count(object, keys[i]));
}

static void
add_times(struct buffer *out, const json_t *latency)
{
    static const char *const keys[] = { "mean_us", "min_us", "p50_us",  "p90_us",
                                        "p95_us",  "p99_us", "p999_us", "max_us" };

    for (size_t i = 0; document_count(latency, "count") > 0 && i < sizeof keys / sizeof keys[0]; i++)
        buffer_printf(out, ",%s=%.15g", keys[i], document_number(latency, keys[i]));
}

static void
end_point(struct buffer *out, int64_t unix_us)
{
    buffer_printf(out, " %" PRId64 "000\n", unix_us);
}

/* ---- Measurements. */

static void
add_timeline(struct buffer *out, const json_t *document, int64_t started_us)
{
    static const char *const keys[] = { "hits", "errors", "users", NULL };
    const json_t *slot;
    size_t i;

    json_array_foreach(json_object_get(document, "timeline"), i, slot) {
        begin_point(out, "loads_second", document);
        add_counts(out, slot, keys);
        add_times(out, json_object_get(slot, "latency"));
        end_point(out, started_us + (int64_t)document_count(slot, "t_s") * 1000000);
    }
}

static void
add_run(struct buffer *out, const json_t *document, int64_t ended_us)
{
    static const char *const keys[] = { "hits", "hit_errors", "tests_started", "tests_finished", "success",
                                        "failures", "errors", "sockets_opened", "sockets_closed",
                                        "socket_bytes", NULL };
    const json_t *totals = json_object_get(document, "totals"), *verdict = json_object_get(document, "verdict");

    begin_point(out, "loads_run", document);
    add_tag(out, "status", document_text(verdict, "status"));
    add_counts(out, totals, keys);
    buffer_printf(out, ",requests_per_s=%.15g,duration_s=%.15g,exit_code=%" PRIu64 "i",
                  document_number(totals, "requests_per_s"), document_number(document, "duration_s"),
                  document_count(verdict, "exit_code"));
    add_times(out, json_object_get(totals, "latency"));
    end_point(out, ended_us);
}

static void
add_names(struct buffer *out, const json_t *document, int64_t ended_us)
{
    static const char *const keys[] = { "hits", "errors", NULL };
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(document, "names"), i, row) {
        begin_point(out, "loads_name", document);
        add_tag(out, "method", document_text(row, "method"));
        add_tag(out, "name", document_text(row, "name"));
        add_counts(out, row, keys);
        buffer_printf(out, ",success_rate=%.15g", document_number(row, "success_rate"));
        add_times(out, json_object_get(row, "latency"));
        end_point(out, ended_us);
    }
}

static void
add_tests(struct buffer *out, const json_t *document, int64_t ended_us)
{
    static const char *const keys[] = { "started", "finished", "success", "failures", "errors", NULL };
    const json_t *test;
    size_t i;

    json_array_foreach(json_object_get(document, "tests"), i, test) {
        begin_point(out, "loads_test", document);
        add_tag(out, "target", document_text(test, "target"));
        add_tag(out, "test", document_text(test, "name"));
        add_counts(out, test, keys);
        add_times(out, json_object_get(test, "latency"));
        end_point(out, ended_us);
    }
}

static void
add_influx(struct buffer *out, const json_t *document, const void *context)
{
    int64_t started_us = 0, ended_us;

    (void)context;
    date_parse(document_text(document, "started"), &started_us);
    ended_us = started_us + (int64_t)(document_number(document, "duration_s") * 1e6);
    add_timeline(out, document, started_us);
    add_run(out, document, ended_us);
    add_names(out, document, ended_us);
    add_tests(out, document, ended_us);
}

static int
influx_open(void *state, const struct loads_host *host)
{
    return report_open(host, ((const struct influx *)state)->filename);
}

static int
influx_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    return report_flush(host, result, ((const struct influx *)state)->filename, add_influx, NULL);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "influx",
    .summary = "Write the run as points for InfluxDB",
    .state_size = sizeof(struct influx),
    .options = options,
    .open = influx_open,
    .flush = influx_flush,
);
