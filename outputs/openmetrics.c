/* SPDX-License-Identifier: Apache-2.0 */
/* Output "openmetrics": the result of the run as a text file of metrics. All are
 * gauges and summaries, which old and new readers of the format take alike, and
 * which is what a finished run is: nothing counts on. */
#include <inttypes.h>
#include <loads/plugin.h>
#include <stdio.h>

#include "common/document.h"
#include "common/report.h"
#include "protocol/date.h"

struct openmetrics {
    const char *filename;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct openmetrics, filename, .fallback = "-",
                 .help = "Where to write the metrics; - is standard output"),
    { 0 }
};

/* ---- Lines. */

static void
add_family(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# HELP loads_%s %s\n# TYPE loads_%s %s\n", name, help, name, type);
}

struct label {
    const char *name;
    struct slice value;
};

static void
add_label(struct buffer *out, struct label label)
{
    buffer_printf(out, "%s=\"", label.name);
    for (size_t i = 0; i < label.value.length; i++) {
        char byte = label.value.data[i];

        if (byte == '\\' || byte == '"')
            buffer_add_char(out, '\\');
        if (byte == '\n')
            buffer_add_text(out, "\\n");
        else
            buffer_add_char(out, byte);
    }
    buffer_add_char(out, '"');
}

/* `labels` ends with one that has no name. */
static void
add_sample(struct buffer *out, const char *name, const struct label *labels, double value)
{
    buffer_printf(out, "loads_%s", name);
    for (size_t i = 0; labels != NULL && labels[i].name != NULL; i++) {
        buffer_add_char(out, i == 0 ? '{' : ',');
        add_label(out, labels[i]);
    }
    buffer_printf(out, "%s %.15g\n", labels != NULL && labels[0].name != NULL ? "}" : "", value);
}

enum { LABELS_MOST = 4 };

/* A summary with what a latency of the document tells, in seconds. */
static void
add_summary(struct buffer *out, const char *name, const struct label own[static 2], const json_t *latency)
{
    static const struct { const char *quantile, *key; } quantiles[] = {
        { "0.5", "p50_us" }, { "0.9", "p90_us" }, { "0.95", "p95_us" }, { "0.99", "p99_us" },
        { "0.999", "p999_us" }, { "1", "max_us" },
    };
    double count = (double)document_count(latency, "count");
    struct label labels[LABELS_MOST] = { own[0], own[1] };
    size_t last = own[0].name == NULL ? 0 : own[1].name == NULL ? 1 : 2;
    char sample[64];

    for (size_t i = 0; count > 0 && i < sizeof quantiles / sizeof quantiles[0]; i++) {
        labels[last] = (struct label){ "quantile", slice_of(quantiles[i].quantile) };
        add_sample(out, name, labels, document_number(latency, quantiles[i].key) / 1e6);
    }
    labels[last] = (struct label){ 0 };
    snprintf(sample, sizeof sample, "%s_count", name);
    add_sample(out, sample, labels, count);
    snprintf(sample, sizeof sample, "%s_sum", name);
    add_sample(out, sample, labels, document_number(latency, "sum_us") / 1e6);
}

/* ---- Families. */

static void
add_run(struct buffer *out, const json_t *document)
{
    struct label labels[] = { { "run_id", document_text(document, "run_id") },
                              { "project", document_text(document, "project") },
                              { "label", document_text(document, "label") },
                              { "version", document_text(document, "version") },
                              { 0 } };
    const json_t *verdict = json_object_get(document, "verdict");
    struct label status[] = { { "status", document_text(verdict, "status") }, { 0 } };
    int64_t started_us = 0;

    date_parse(document_text(document, "started"), &started_us);
    add_family(out, "run", "gauge", "The run that the other metrics are about; always 1.");
    add_sample(out, "run", labels, 1);
    add_family(out, "run_start_timestamp_seconds", "gauge", "When the run began, in seconds since 1970.");
    add_sample(out, "run_start_timestamp_seconds", NULL, (double)started_us / 1e6);
    add_family(out, "run_seconds", "gauge", "How long the run took.");
    add_sample(out, "run_seconds", NULL, document_number(document, "duration_s"));
    add_family(out, "verdict", "gauge", "The verdict, as label; always 1.");
    add_sample(out, "verdict", status, 1);
    add_family(out, "exit_code", "gauge", "The exit code that the verdict gave.");
    add_sample(out, "exit_code", NULL, document_number(verdict, "exit_code"));
}

static void
add_totals(struct buffer *out, const json_t *totals)
{
    static const struct { const char *name, *key, *help; } gauges[] = {
        { "hits", "hits", "Requests that were reported." },
        { "hit_errors", "hit_errors", "Hits that got no response." },
        { "tests_started", "tests_started", "Tests that were started." },
        { "tests_finished", "tests_finished", "Tests that came to their end." },
        { "tests_succeeded", "success", "Tests that succeeded." },
        { "tests_failed", "failures", "Tests of which a check did not hold." },
        { "tests_broken", "errors", "Tests that could not be run to their end." },
        { "sockets_opened", "sockets_opened", "Web sockets opened." },
        { "sockets_closed", "sockets_closed", "Web sockets closed." },
        { "socket_received_bytes", "socket_bytes", "Bytes received through web sockets." },
        { "hits_per_second", "requests_per_s", "Hits in a second, on average." },
    };
    static const struct label none[2] = { { 0 } };

    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++) {
        add_family(out, gauges[i].name, "gauge", gauges[i].help);
        add_sample(out, gauges[i].name, NULL, document_number(totals, gauges[i].key));
    }
    add_family(out, "latency_seconds", "summary", "Time of all hits that got a response.");
    add_summary(out, "latency_seconds", none, json_object_get(totals, "latency"));
}

static void
add_names(struct buffer *out, const json_t *names)
{
    const json_t *row, *count;
    const char *status;
    size_t i;

    if (json_array_size(names) == 0)
        return;
    add_family(out, "name_hits", "gauge", "Hits by name, method and status; 0 is no response.");
    json_array_foreach(names, i, row)
        json_object_foreach(json_object_get(row, "statuses"), status, count) {
            struct label labels[] = { { "name", document_text(row, "name") },
                                      { "method", document_text(row, "method") },
                                      { "status", slice_of(status) }, { 0 } };

            add_sample(out, "name_hits", labels, json_number_value(count));
        }
    add_family(out, "name_latency_seconds", "summary", "Time of the hits of a name that got a response.");
    json_array_foreach(names, i, row) {
        struct label labels[] = { { "name", document_text(row, "name") },
                                  { "method", document_text(row, "method") } };

        add_summary(out, "name_latency_seconds", labels, json_object_get(row, "latency"));
    }
}

static void
add_tests(struct buffer *out, const json_t *tests)
{
    static const char *const outcomes[] = { "success", "failures", "errors" };
    const json_t *test;
    size_t i;

    if (json_array_size(tests) == 0)
        return;
    add_family(out, "test_runs", "gauge", "How often a test ended, and how.");
    json_array_foreach(tests, i, test)
        for (size_t j = 0; j < sizeof outcomes / sizeof outcomes[0]; j++) {
            struct label labels[] = { { "test", document_text(test, "name") },
                                      { "target", document_text(test, "target") },
                                      { "outcome", slice_of(outcomes[j]) }, { 0 } };

            add_sample(out, "test_runs", labels, document_number(test, outcomes[j]));
        }
    add_family(out, "test_latency_seconds", "summary", "How long a test took, from runners that tell it.");
    json_array_foreach(tests, i, test) {
        struct label labels[] = { { "test", document_text(test, "name") },
                                  { "target", document_text(test, "target") } };

        add_summary(out, "test_latency_seconds", labels, json_object_get(test, "latency"));
    }
}

/* What tests count and measure has no unit that we know: the value that says the
 * most of each kind. */
static void
add_metrics(struct buffer *out, const json_t *document)
{
    static const struct { const char *kind, *value; } kinds[] = {
        { "counter", "sum" }, { "gauge", "last" }, { "rate", "rate" }, { "trend", "mean" },
    };
    json_t *counters = json_object_get(document, "counters"), *metrics = json_object_get(document, "metrics"), *value;
    const char *key;

    if (json_object_size(counters) > 0)
        add_family(out, "counted", "gauge", "What tests counted.");
    json_object_foreach(counters, key, value)
        add_sample(out, "counted", (struct label[]){ { "name", slice_of(key) }, { 0 } }, json_number_value(value));
    if (json_object_size(metrics) > 0)
        add_family(out, "measured", "gauge",
                   "What tests measured: the sum of a counter, the last of a gauge, the rate, the mean of a trend.");
    json_object_foreach(metrics, key, value)
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
            struct label labels[] = { { "name", slice_of(key) }, { "kind", slice_of(kinds[i].kind) }, { 0 } };
            const json_t *kind = json_object_get(value, kinds[i].kind);

            if (kind != NULL)
                add_sample(out, "measured", labels, document_number(kind, kinds[i].value));
        }
}

static void
add_openmetrics(struct buffer *out, const json_t *document, const void *context)
{
    (void)context;
    add_run(out, document);
    add_totals(out, json_object_get(document, "totals"));
    add_names(out, json_object_get(document, "names"));
    add_tests(out, json_object_get(document, "tests"));
    add_metrics(out, document);
    buffer_add_text(out, "# EOF\n");
}

static int
openmetrics_open(void *state, const struct loads_host *host)
{
    return report_open(host, ((const struct openmetrics *)state)->filename);
}

static int
openmetrics_flush(void *state, const struct loads_host *host, const struct loads_result *result)
{
    return report_flush(host, result, ((const struct openmetrics *)state)->filename, add_openmetrics, NULL);
}

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "openmetrics",
    .summary = "Write the result as metrics for Prometheus",
    .state_size = sizeof(struct openmetrics),
    .options = options,
    .open = openmetrics_open,
    .flush = openmetrics_flush,
);
