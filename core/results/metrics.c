/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and metrics. A row's key is the name, a NUL and the kind's number, so
 * that one name may have several kinds. */
#include "results/metrics.h"

#include <math.h>

#include "results/key.h"
#include "results/results.h"

enum { SUFFIX_BYTES = 2 };

void
metrics_init(struct metrics *metrics)
{
    *metrics = (struct metrics){ 0 };
    key_table_init(&metrics->table, sizeof(struct metric_row), RESULTS_COUNTERS_LIMIT);
    for (int i = 0; i < METRIC_KINDS; i++)
        metrics->others[i].kind = (enum loads_metric_kind)(i + 1);
}

void
metrics_clear(struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->table.row_count; i++)
        trend_clear(&((struct metric_row *)metrics->table.rows[i])->trend);
    for (int i = 0; i < METRIC_KINDS; i++)
        trend_clear(&metrics->others[i].trend);
    key_table_clear(&metrics->table);
}

static void
row_reset(struct metric_row *row)
{
    row->count = row->nonzero = 0;
    row->min = row->max = row->last = 0;
    row->sum = (struct exact_sum){ 0 };
    trend_reset(&row->trend);
}

void
metrics_reset(struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->table.touched_count; i++)
        row_reset((struct metric_row *)metrics->table.touched[i]);
    for (int i = 0; i < METRIC_KINDS; i++)
        row_reset(&metrics->others[i]);
    metrics->overflow = 0;
    key_table_reset(&metrics->table);
}

static void
add_extremes(struct metric_row *row, uint64_t count, double min, double max)
{
    row->min = row->count == 0 ? min : fmin(row->min, min);
    row->max = row->count == 0 ? max : fmax(row->max, max);
    row->count += count;
}

/* All of a value or nothing of it. */
static bool
row_add(struct metric_row *row, const struct message *message, uint32_t second, size_t *room)
{
    double value = message->as.metric.value + 0.0; /* -0 becomes 0 */
    struct stamp stamp = stamp_of(message, second);

    if (row->kind == LOADS_METRIC_TREND && !trend_add_within(&row->trend, value, room))
        return false;
    if (row->count == 0 || stamp_compare(&stamp, &row->last_stamp) >= 0) {
        row->last = value;
        row->last_stamp = stamp;
    }
    add_extremes(row, 1, value, value);
    row->nonzero += value != 0;
    exact_sum_add(&row->sum, value);
    return true;
}

/* The row for what has this key; one of the others when a limit is reached, or
 * when a runner uses their name, which would not be told apart in the document. */
static struct metric_row *
claim(struct metrics *metrics, struct slice key, enum loads_metric_kind kind, size_t *room)
{
    struct slice name = { .data = key.data, .length = key.length - SUFFIX_BYTES };
    struct metric_row *row;

    if (slice_equal(name, SLICE(RESULTS_OTHER)))
        return &metrics->others[kind - 1];
    row = key_table_claim(&metrics->table, key, room);
    if (row != NULL)
        row->kind = kind;
    return row;
}

struct metric_row *
metrics_claim(struct metrics *metrics, struct slice name, enum loads_metric_kind kind, size_t *room)
{
    struct key key;

    key_begin(&key);
    key_add_text(&key, name, RESULTS_KEY_LIMIT);
    key_add_byte(&key, '\0');
    key_add_byte(&key, (char)kind);
    return claim(metrics, key_slice(&key), kind, room);
}

void
metrics_add(struct metrics *metrics, const struct message *message, uint32_t second, size_t *room)
{
    enum loads_metric_kind kind = message->as.metric.kind;
    size_t unlimited = SIZE_MAX;
    struct metric_row *row = metrics_claim(metrics, message->as.metric.name, kind, room);

    if (row == NULL || !row_add(row, message, second, room)) {
        row_add(&metrics->others[kind - 1], message, second, &unlimited);
        metrics->overflow++;
    }
}

/* Whether the last value of `from` came after that of `row`; where two senders
 * without sequence numbers tie, the larger one counts. */
static bool
is_later(const struct metric_row *from, const struct metric_row *row, bool is_other_run)
{
    int order = is_other_run ? 0 : stamp_compare(&from->last_stamp, &row->last_stamp);

    return row->count == 0 || order > 0 || (order == 0 && from->last > row->last);
}

static bool
row_merge(struct metric_row *row, const struct metric_row *from, bool is_other_run, size_t *room)
{
    if (from->count == 0)
        return true;
    if (!trend_merge_within(&row->trend, &from->trend, room))
        return false;
    if (is_later(from, row, is_other_run)) {
        row->last = from->last;
        row->last_stamp = from->last_stamp;
    }
    add_extremes(row, from->count, from->min, from->max);
    row->nonzero += from->nonzero;
    exact_sum_merge(&row->sum, &from->sum);
    return true;
}

void
metrics_merge(struct metrics *metrics, const struct metrics *from, bool is_other_run, size_t *room)
{
    size_t unlimited = SIZE_MAX;

    for (size_t i = 0; i < from->table.touched_count; i++) {
        const struct metric_row *row = (const struct metric_row *)from->table.touched[i];
        struct slice key = key_table_key(&from->table, &row->key);
        struct metric_row *into;

        if (row->count == 0) /* all went to the other row */
            continue;
        into = claim(metrics, key, row->kind, room);
        if (into == NULL || !row_merge(into, row, is_other_run, room)) {
            row_merge(&metrics->others[row->kind - 1], row, is_other_run, &unlimited);
            metrics->overflow += row->count;
        }
    }
    for (int i = 0; i < METRIC_KINDS; i++)
        row_merge(&metrics->others[i], &from->others[i], is_other_run, &unlimited);
    metrics->overflow += from->overflow;
}

struct slice
metrics_name(const struct metrics *metrics, const struct metric_row *row)
{
    struct slice key = key_table_key(&metrics->table, &row->key);

    return (struct slice){ .data = key.data, .length = key.length - SUFFIX_BYTES };
}
