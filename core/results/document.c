/* SPDX-License-Identifier: Apache-2.0 */
/* The result document, schema loads-result/1: what docs/result-schema.json says.
 * The same results give the same bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "results/document_parts.h"
#include "results/results_layout.h"

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
        if (target->run_id != NULL)
            json_put_text(json, "run_id", target->run_id);
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
write_verdict(struct json_writer *json, const struct document_verdict *verdict)
{
    json_begin_object(json, "verdict");
    json_put_text(json, "status", verdict->status);
    json_put_int(json, "exit_code", verdict->exit_code);
    json_begin_array(json, "reasons");
    for (size_t i = 0; i < verdict->reason_count; i++)
        json_put_text(json, NULL, verdict->reasons[i]);
    json_end_array(json);
    json_end_object(json);
}

/* What a merged result was made of. */
static void
write_runs(struct json_writer *json, const struct document_info *info)
{
    if (info->run_count == 0)
        return;
    json_begin_array(json, "runs");
    for (size_t i = 0; i < info->run_count; i++) {
        const struct document_run *run = &info->runs[i];
        char started[CLOCK_RFC3339_SIZE];

        clock_rfc3339(run->started_unix_ns, started);
        json_begin_object(json, NULL);
        json_put_text(json, "run_id", run->run_id);
        write_text_or_null(json, "project", run->project);
        write_text_or_null(json, "label", run->label);
        json_put_text(json, "version", run->version);
        json_put_text(json, "started", started);
        json_put_real(json, "duration_s", (double)run->duration_ns / (double)NS_PER_S);
        write_verdict(json, &run->verdict);
        json_end_object(json);
    }
    json_end_array(json);
}

static void
write_identity(struct json_writer *json, const struct document_info *info)
{
    char started[CLOCK_RFC3339_SIZE];

    clock_rfc3339(info->started_unix_ns, started);
    json_put_text(json, "schema", DOCUMENT_SCHEMA);
    json_put_text(json, "run_id", info->run_id);
    write_text_or_null(json, "project", info->project);
    write_text_or_null(json, "label", info->label);
    json_put_text(json, "version", info->version);
    json_put_text(json, "started", started);
    write_plan(json, info);
}

/* `latency` may be NULL: nothing was measured. Then the histogram has two digits,
 * wherever it stands. */
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

    if (latency == NULL || histogram_count(latency) == 0)
        latency = empty = histogram_new(HISTOGRAM_COARSE);
    json_begin_object(json, "latency");
    json_put_uint(json, "count", histogram_count(latency));
    json_put_int(json, "sum_us", histogram_sum_us(latency));
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

static void
write_sums(struct json_writer *json, const struct target_sums *sums)
{
    json_put_uint(json, "hits", sums->hits);
    json_put_uint(json, "hit_errors", sums->hit_errors);
    json_put_uint(json, "tests", sums->tests);
    json_put_uint(json, "success", sums->success);
    json_put_uint(json, "failures", sums->failures);
    json_put_uint(json, "errors", sums->errors);
}

static void
write_time_or_null(struct json_writer *json, const char *key, bool has_come, int64_t time_us)
{
    if (has_come)
        json_put_real(json, key, (double)time_us / (double)US_PER_S);
    else
        json_put_null(json, key);
}

/* One for each item of the plan, in its order. */
static void
write_targets(struct json_writer *json, const struct targets *targets, const struct document_info *info)
{
    json_begin_array(json, "targets");
    for (size_t i = 0; i < info->target_count; i++) {
        struct target_sums sums = targets_get(targets, i);

        json_begin_object(json, NULL);
        json_put_text(json, "name", info->targets[i].name);
        json_put_text(json, "runner", info->targets[i].runner);
        write_sums(json, &sums);
        write_time_or_null(json, "first_message_s", sums.has_come, sums.first_us);
        write_time_or_null(json, "last_message_s", sums.has_come, sums.last_us);
        json_end_object(json);
    }
    json_end_array(json);
}

static bool
is_first_of_runner(const struct document_info *info, size_t target)
{
    for (size_t i = 0; i < target; i++)
        if (strcmp(info->targets[i].runner, info->targets[target].runner) == 0)
            return false;
    return true;
}

/* One for each kind of runner, in the order in which the plan names them. */
static void
write_runners(struct json_writer *json, const struct targets *targets, const struct document_info *info)
{
    json_begin_array(json, "runners");
    for (size_t i = 0; i < info->target_count; i++) {
        struct target_sums all = { 0 };

        if (!is_first_of_runner(info, i))
            continue;
        for (size_t j = i; j < info->target_count; j++) {
            struct target_sums sums = targets_get(targets, j);

            if (strcmp(info->targets[i].runner, info->targets[j].runner) == 0)
                target_sums_add(&all, &sums);
        }
        json_begin_object(json, NULL);
        json_put_text(json, "name", info->targets[i].runner);
        write_sums(json, &all);
        json_end_object(json);
    }
    json_end_array(json);
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
    write_runs(&json, info);
    json_put_real(&json, "duration_s", (double)info->duration_ns / (double)NS_PER_S);
    write_totals(&json, results, info->duration_ns);
    write_names(&json, &tally->hits);
    write_tests(&json, &tally->tests, info);
    write_targets(&json, &tally->targets, info);
    write_runners(&json, &tally->targets, info);
    document_put_counters(&json, &tally->counters);
    document_put_metrics(&json, &tally->metrics);
    write_errors(&json, &tally->errors);
    write_timeline(&json, &results->timeline);
    write_overflow(&json, tally);
    write_messages(&json, &results->account);
    write_verdict(&json, &info->verdict);
    json_end_object(&json);
}
