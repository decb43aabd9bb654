/* SPDX-License-Identifier: Apache-2.0 */
/* The result document's counters and metrics. */
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "results/document_parts.h"
#include "results/results.h"

/* A value after its key, which json_put_key() has written. */
static void
write_counter(struct json_writer *json, const struct metric_row *row, struct slice name)
{
    if (row->count == 0)
        return;
    json_put_key(json, name);
    json_put_real(json, NULL, exact_sum_value(&row->sum));
}

/* What rounding a sum to a double leaves out, as doubles that add up to it exactly:
 * with it, sums of results are those of their values. */
static void
write_rest(struct json_writer *json, struct exact_sum rest)
{
    double value;

    json_begin_array(json, NULL);
    exact_sum_add(&rest, -exact_sum_value(&rest));
    while ((value = exact_sum_value(&rest)) != 0) {
        json_put_real(json, NULL, value);
        exact_sum_add(&rest, -value);
    }
    json_end_array(json);
}

/* A sum past the largest double is no longer exact. */
static bool
has_rest(const struct exact_sum *sum)
{
    double value = exact_sum_value(sum);
    struct exact_sum rest = *sum;

    exact_sum_add(&rest, -value);
    return fabs(value) < DBL_MAX && exact_sum_value(&rest) != 0;
}

static void
write_sum(struct json_writer *json, const struct exact_sum *sum)
{
    json_put_real(json, "sum", exact_sum_value(sum));
    if (!has_rest(sum))
        return;
    json_put_key(json, SLICE("sum_rest"));
    write_rest(json, *sum);
}

static void
write_counter_rest(struct json_writer *json, const struct metric_row *row, struct slice name)
{
    if (row->count == 0 || !has_rest(&row->sum))
        return;
    json_put_key(json, name);
    write_rest(json, row->sum);
}

void
document_put_counters(struct json_writer *json, const struct metrics *counters)
{
    struct key_row **rows = key_table_sorted(&counters->table);

    json_begin_object(json, "counters");
    for (size_t i = 0; i < counters->table.row_count; i++) {
        const struct metric_row *row = (const struct metric_row *)rows[i];

        write_counter(json, row, metrics_name(counters, row));
    }
    write_counter(json, &counters->others[LOADS_METRIC_COUNTER - 1], SLICE(RESULTS_OTHER));
    json_end_object(json);
    json_begin_object(json, "counter_rests");
    for (size_t i = 0; i < counters->table.row_count; i++) {
        const struct metric_row *row = (const struct metric_row *)rows[i];

        write_counter_rest(json, row, metrics_name(counters, row));
    }
    write_counter_rest(json, &counters->others[LOADS_METRIC_COUNTER - 1], SLICE(RESULTS_OTHER));
    json_end_object(json);
    free(rows);
}

static void
write_bucket(void *context, double value, uint64_t count)
{
    struct json_writer *json = context;

    json_begin_array(json, NULL);
    json_put_real(json, NULL, value);
    json_put_uint(json, NULL, count);
    json_end_array(json);
}

static void
write_trend(struct json_writer *json, const struct metric_row *row)
{
    static const struct {
        const char *key;
        double percent;
    } percentiles[] = {
        { "p50", 50 }, { "p90", 90 }, { "p95", 95 }, { "p99", 99 }, { "p999", 99.9 },
    };

    write_sum(json, &row->sum);
    json_put_real(json, "mean", exact_sum_value(&row->sum) / (double)row->count);
    json_put_real(json, "min", row->min);
    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++)
        json_put_real(json, percentiles[i].key, trend_percentile(&row->trend, percentiles[i].percent));
    json_put_real(json, "max", row->max);
    json_begin_array(json, "buckets");
    trend_visit(&row->trend, write_bucket, json);
    json_end_array(json);
}

static void
write_metric_kind(struct json_writer *json, const struct metric_row *row)
{
    static const char *const kinds[] = {
        [LOADS_METRIC_COUNTER] = "counter",
        [LOADS_METRIC_GAUGE] = "gauge",
        [LOADS_METRIC_RATE] = "rate",
        [LOADS_METRIC_TREND] = "trend",
    };

    json_begin_object(json, kinds[row->kind]);
    json_put_uint(json, "count", row->count);
    switch (row->kind) {
    case LOADS_METRIC_COUNTER:
        write_sum(json, &row->sum);
        break;
    case LOADS_METRIC_GAUGE:
        json_put_real(json, "last", row->last);
        json_put_real(json, "min", row->min);
        json_put_real(json, "max", row->max);
        break;
    case LOADS_METRIC_RATE:
        json_put_uint(json, "nonzero", row->nonzero);
        json_put_real(json, "rate", (double)row->nonzero / (double)row->count);
        break;
    case LOADS_METRIC_TREND:
        write_trend(json, row);
        break;
    }
    json_end_object(json);
}

/* The kinds of one name share an object: its rows follow one another. */
void
document_put_metrics(struct json_writer *json, const struct metrics *metrics)
{
    struct key_row **rows = key_table_sorted(&metrics->table);
    struct slice open = SLICE(RESULTS_OTHER); /* never a row's own name */
    bool is_open = false;

    json_begin_object(json, "metrics");
    for (size_t i = 0; i < metrics->table.row_count + METRIC_KINDS; i++) {
        bool is_other = i >= metrics->table.row_count;
        const struct metric_row *row =
            is_other ? &metrics->others[i - metrics->table.row_count] : (const struct metric_row *)rows[i];
        struct slice name = is_other ? SLICE(RESULTS_OTHER) : metrics_name(metrics, row);

        if (row->count == 0)
            continue;
        if (is_open && !slice_equal(name, open))
            json_end_object(json);
        if (!is_open || !slice_equal(name, open)) {
            json_put_key(json, name);
            json_begin_object(json, NULL);
        }
        write_metric_kind(json, row);
        is_open = true;
        open = name;
    }
    if (is_open)
        json_end_object(json);
    json_end_object(json);
    free(rows);
}
