/* SPDX-License-Identifier: Apache-2.0 */
/* The result document, schema loads-result/1: what docs/result-schema.json says.
 * The same results give the same bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "results/results_layout.h"

static const char schema_name[] = "loads-result/1";

static void
write_text_or_null(struct json_writer *json, const char *key, const char *text)
{
    if (text != NULL)
        json_put_text(json, key, text);
    else
        json_put_null(json, key);
}

static void
write_cycle(struct json_writer *json, const struct document_cycle *cycle)
{
    json_begin_object(json, NULL);
    json_put_uint(json, "users", cycle->users);
    if (cycle->hits > 0)
        json_put_uint(json, "hits", cycle->hits);
    else
        json_put_real(json, "duration_s", cycle->duration_s);
    json_end_object(json);
}

static void
write_plan(struct json_writer *json, const struct document_info *info)
{
    json_begin_array(json, "plan");
    for (size_t i = 0; i < info->target_count; i++) {
        const struct document_target *target = &info->targets[i];

        json_begin_object(json, NULL);
        json_put_text(json, "name", target->name);
        json_put_text(json, "runner", target->runner);
        json_begin_array(json, "cycles");
        for (size_t j = 0; j < target->cycle_count; j++)
            write_cycle(json, &target->cycles[j]);
        json_end_array(json);
        json_end_object(json);
    }
    json_end_array(json);
}

static void
write_identity(struct json_writer *json, const struct document_info *info)
{
    char started[CLOCK_RFC3339_SIZE];

    clock_rfc3339(info->started_unix_ns, started);
    json_put_text(json, "schema", schema_name);
    json_put_text(json, "run_id", info->run_id);
    write_text_or_null(json, "project", info->project);
    write_text_or_null(json, "label", info->label);
    json_put_text(json, "version", info->version);
    json_put_text(json, "started", started);
    write_plan(json, info);
}

/* `latency` may be NULL: nothing was measured. */
static void
write_latency(struct json_writer *json, const struct histogram *latency)
{
    static const struct {
        const char *key;
        double percent;
    } percentiles[] = {
        { "p50_us", 50 }, { "p90_us", 90 }, { "p95_us", 95 }, { "p99_us", 99 }, { "p999_us", 99.9 },
    };
    struct buffer encoded;
    struct histogram *empty = NULL;

    if (latency == NULL)
        latency = empty = histogram_new(HISTOGRAM_COARSE);
    json_begin_object(json, "latency");
    json_put_uint(json, "count", histogram_count(latency));
    json_put_real(json, "mean_us", histogram_mean_us(latency));
    json_put_int(json, "min_us", histogram_min_us(latency));
    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++)
        json_put_int(json, percentiles[i].key, histogram_percentile_us(latency, percentiles[i].percent));
    json_put_int(json, "max_us", histogram_max_us(latency));

    buffer_init(&encoded, HISTOGRAM_TEXT_LIMIT);
    histogram_encode(latency, &encoded);
    json_put_text(json, "histogram", encoded.data);
    buffer_clear(&encoded);
    json_end_object(json);
    histogram_free(empty);
}

static void
write_totals(struct json_writer *json, const struct results *results, int64_t duration_ns)
{
    const struct tally_sums *sums = &results->tally.sums;

    json_begin_object(json, "totals");
    json_put_uint(json, "hits", sums->hits);
    json_put_uint(json, "hit_errors", sums->hit_errors);
    json_put_uint(json, "tests_started", sums->tests_started);
    json_put_uint(json, "tests_finished", sums->tests_finished);
    json_put_uint(json, "success", sums->success);
    json_put_uint(json, "failures", sums->failures);
    json_put_uint(json, "errors", sums->errors);
    json_put_uint(json, "sockets_opened", sums->sockets_opened);
    json_put_uint(json, "sockets_closed", sums->sockets_closed);
    json_put_uint(json, "socket_bytes", sums->socket_bytes);
    json_put_real(json, "requests_per_s",
                  duration_ns > 0 ? (double)sums->hits * (double)NS_PER_S / (double)duration_ns : 0);
    write_latency(json, results->tally.latency);
    json_end_object(json);
}

static uint64_t
good_hits(const struct hit_row *row)
{
    uint64_t good = 0;

    for (uint32_t i = 0; i < row->status_count; i++)
        if (row->statuses[i].status >= 200 && row->statuses[i].status < 400)
            good += row->statuses[i].hits;
    return good;
}

static void
write_name(struct json_writer *json, const struct hit_row *row, struct slice name, struct slice method)
{
    char status[16];

    if (row->hits == 0)
        return;
    json_begin_object(json, NULL);
    json_put_slice(json, "name", name);
    json_put_slice(json, "method", method);
    json_put_uint(json, "hits", row->hits);
    json_put_uint(json, "errors", row->errors);
    json_put_real(json, "success_rate", (double)good_hits(row) / (double)row->hits);
    json_begin_object(json, "statuses");
    for (uint32_t i = 0; i < row->status_count; i++) {
        snprintf(status, sizeof status, "%" PRIu32, row->statuses[i].status);
        if (row->statuses[i].hits > 0)
            json_put_uint(json, status, row->statuses[i].hits);
    }
    json_end_object(json);
    write_latency(json, row->latency);
    json_end_object(json);
}

static void
write_names(struct json_writer *json, const struct hits *hits)
{
    struct key_row **rows = key_table_sorted(&hits->table);

    json_begin_array(json, "names");
    for (size_t i = 0; i < hits->table.row_count; i++) {
        const struct hit_row *row = (const struct hit_row *)rows[i];

        write_name(json, row, hits_name(hits, row), hits_method(hits, row));
    }
    write_name(json, &hits->other, SLICE(RESULTS_OTHER), SLICE(""));
    json_end_array(json);
    free(rows);
}

/* `target` is NULL for what no target of the plan is known for. */
static void
write_test(struct json_writer *json, const struct test_row *row, struct slice name,
           const struct document_target *target)
{
    if (row->messages == 0)
        return;
    json_begin_object(json, NULL);
    json_put_slice(json, "name", name);
    write_text_or_null(json, "target", target != NULL ? target->name : NULL);
    write_text_or_null(json, "runner", target != NULL ? target->runner : NULL);
    json_put_uint(json, "started", row->started);
    json_put_uint(json, "finished", row->finished);
    json_put_uint(json, "success", row->success);
    json_put_uint(json, "failures", row->failures);
    json_put_uint(json, "errors", row->errors);
    write_latency(json, row->latency);
    json_end_object(json);
}

static void
write_tests(struct json_writer *json, const struct tests *tests, const struct document_info *info)
{
    struct key_row **rows = key_table_sorted(&tests->table);

    json_begin_array(json, "tests");
    for (size_t i = 0; i < tests->table.row_count; i++) {
        const struct test_row *row = (const struct test_row *)rows[i];

        write_test(json, row, tests_name(tests, row),
                   row->target < info->target_count ? &info->targets[row->target] : NULL);
    }
    write_test(json, &tests->other, SLICE(RESULTS_OTHER), NULL);
    json_end_array(json);
    free(rows);
}

/* A value after its key, which json_put_key() has written. */
static void
write_counter(struct json_writer *json, const struct metric_row *row, struct slice name)
{
    if (row->count == 0)
        return;
    json_put_key(json, name);
    json_put_real(json, NULL, exact_sum_value(&row->sum));
}

static void
write_counters(struct json_writer *json, const struct metrics *counters)
{
    struct key_row **rows = key_table_sorted(&counters->table);

    json_begin_object(json, "counters");
    for (size_t i = 0; i < counters->table.row_count; i++) {
        const struct metric_row *row = (const struct metric_row *)rows[i];

        write_counter(json, row, metrics_name(counters, row));
    }
    write_counter(json, &counters->others[LOADS_METRIC_COUNTER - 1], SLICE(RESULTS_OTHER));
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
        json_put_real(json, "sum", exact_sum_value(&row->sum));
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
static void
write_metrics(struct json_writer *json, const struct metrics *metrics)
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

static void
write_error(struct json_writer *json, const struct error_row *row, struct slice class_name,
            struct slice message)
{
    if (row->count == 0)
        return;
    json_begin_object(json, NULL);
    json_put_uint(json, "count", row->count);
    json_put_slice(json, "class", class_name);
    json_put_slice(json, "message", message);
    json_put_slice(json, "traceback", (struct slice){ row->traceback, row->traceback_length });
    json_end_object(json);
}

static void
write_errors(struct json_writer *json, const struct errors *errors)
{
    struct error_row **rows = errors_sorted(errors);

    json_begin_array(json, "errors");
    for (size_t i = 0; i < errors->table.row_count; i++)
        write_error(json, rows[i], errors_class(errors, rows[i]), errors_message(errors, rows[i]));
    write_error(json, &errors->other, SLICE(RESULTS_OTHER), SLICE(""));
    json_end_array(json);
    free(rows);
}

static void
write_timeline(struct json_writer *json, const struct timeline *timeline)
{
    json_put_uint(json, "timeline_step_s", timeline->step_s);
    json_begin_array(json, "timeline");
    for (size_t i = 0; i < timeline->slot_count; i++) {
        const struct timeline_slot *slot = &timeline->slots[i];

        json_begin_object(json, NULL);
        json_put_uint(json, "t_s", i * timeline->step_s);
        json_put_uint(json, "hits", slot->hits);
        json_put_uint(json, "errors", slot->errors);
        json_put_uint(json, "users", slot->users);
        write_latency(json, slot->latency);
        json_end_object(json);
    }
    json_end_array(json);
}

/* What stands under "(other)" because a limit was reached. */
static void
write_overflow(struct json_writer *json, const struct tally *tally)
{
    json_begin_object(json, "overflow");
    json_put_uint(json, "names", tally->hits.other.hits);
    json_put_uint(json, "tests", tally->tests.other.messages);
    json_put_uint(json, "errors", tally->errors.other.count);
    json_put_uint(json, "counters", tally->counters.overflow);
    json_put_uint(json, "metrics", tally->metrics.overflow);
    json_end_object(json);
}

static void
write_messages(struct json_writer *json, const struct account *account)
{
    json_begin_object(json, "messages");
    json_put_uint(json, "received", account->received);
    json_put_uint(json, "counted", account->counted);
    json_put_uint(json, "malformed", account_malformed(account));
    json_put_uint(json, "unknown", account->unknown);
    json_put_uint(json, "duplicate", account->duplicate);
    json_put_uint(json, "lost", account->lost);
    json_begin_object(json, "rejected");
    for (int i = 0; i < REJECT_COUNT; i++)
        json_put_uint(json, reject_names[i], account->rejected[i]);
    json_end_object(json);
    json_put_uint(json, "unnumbered", account->unnumbered);
    json_end_object(json);
}

static void
write_verdict(struct json_writer *json, const struct document_info *info)
{
    json_begin_object(json, "verdict");
    json_put_text(json, "status", info->verdict_status);
    json_put_int(json, "exit_code", info->exit_code);
    json_begin_array(json, "reasons");
    for (size_t i = 0; i < info->reason_count; i++)
        json_put_text(json, NULL, info->reasons[i]);
    json_end_array(json);
    json_end_object(json);
}

void
results_document_head(const struct document_info *info, struct buffer *out)
{
    struct json_writer json = { .out = out };

    json_begin_object(&json, NULL);
    write_identity(&json, info);
    json_end_object(&json);
}

void
results_document(const struct results *results, const struct document_info *info, struct buffer *out)
{
    struct json_writer json = { .out = out };
    const struct tally *tally = &results->tally;

    json_begin_object(&json, NULL);
    write_identity(&json, info);
    json_put_real(&json, "duration_s", (double)info->duration_ns / (double)NS_PER_S);
    write_totals(&json, results, info->duration_ns);
    write_names(&json, &tally->hits);
    write_tests(&json, &tally->tests, info);
    write_counters(&json, &tally->counters);
    write_metrics(&json, &tally->metrics);
    write_errors(&json, &tally->errors);
    write_timeline(&json, &results->timeline);
    write_overflow(&json, tally);
    write_messages(&json, &results->account);
    write_verdict(&json, info);
    json_end_object(&json);
}
