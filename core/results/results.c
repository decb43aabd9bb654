/* SPDX-License-Identifier: Apache-2.0 */
/* Intervals, and the results that are their sum. */
#include "results/results.h"

#include <stdlib.h>

#include "base/memory.h"
#include "results/results_layout.h"

struct interval {
    struct tally tally;
    struct account account;
    uint32_t second, users;
};

uint64_t
account_malformed(const struct account *account)
{
    uint64_t sum = 0;

    for (int i = 0; i < REJECT_COUNT; i++)
        sum += account->rejected[i];
    return sum;
}

static void
account_add(struct account *account, const struct account *from)
{
    account->received += from->received;
    account->counted += from->counted;
    account->unknown += from->unknown;
    account->duplicate += from->duplicate;
    account->unnumbered += from->unnumbered;
    account->lost += from->lost;
    for (int i = 0; i < REJECT_COUNT; i++)
        account->rejected[i] += from->rejected[i];
}

struct interval *
interval_new(bool keep_query)
{
    struct interval *interval = xcalloc(1, sizeof *interval);

    tally_init(&interval->tally, keep_query, RESULTS_INTERVAL_MEMORY);
    return interval;
}

void
interval_free(struct interval *interval)
{
    if (interval == NULL)
        return;
    tally_clear(&interval->tally);
    free(interval);
}

void
interval_reset(struct interval *interval, uint32_t second)
{
    tally_reset(&interval->tally);
    interval->account = (struct account){ 0 };
    interval->second = second;
    interval->users = 0;
}

uint32_t
interval_second(const struct interval *interval)
{
    return interval->second;
}

void
interval_add(struct interval *interval, const struct message *message, uint32_t target)
{
    tally_add(&interval->tally, message, target, interval->second);
}

void
interval_note_arrival(struct interval *interval, uint32_t target, int64_t received_us)
{
    targets_note_arrival(&interval->tally.targets, target, received_us);
}

struct account *
interval_account(struct interval *interval)
{
    return &interval->account;
}

void
interval_set_users(struct interval *interval, uint32_t users)
{
    if (users > interval->users)
        interval->users = users;
}

size_t
interval_memory(const struct interval *interval)
{
    return sizeof *interval + tally_memory(&interval->tally);
}

struct results *
results_new(void)
{
    struct results *results = xcalloc(1, sizeof *results);

    tally_init(&results->tally, false, RESULTS_TABLES_MEMORY);
    timeline_init(&results->timeline);
    return results;
}

void
results_free(struct results *results)
{
    if (results == NULL)
        return;
    tally_clear(&results->tally);
    timeline_clear(&results->timeline);
    free(results);
}

void
results_merge_interval(struct results *results, const struct interval *interval)
{
    const struct tally_sums *sums = &interval->tally.sums;

    account_add(&results->account, &interval->account);
    tally_merge(&results->tally, &interval->tally, NULL);
    timeline_add(&results->timeline, interval->second, sums->hits,
                 sums->failures + sums->errors + sums->hit_errors, interval->users,
                 interval->tally.latency);
}

static void
merge(struct results *into, const struct results *from, const struct tally_map *map)
{
    account_add(&into->account, &from->account);
    tally_merge(&into->tally, &from->tally, map);
    timeline_merge(&into->timeline, &from->timeline, map != NULL);
}

void
results_merge(struct results *into, const struct results *from)
{
    merge(into, from, NULL);
}

void
results_merge_run(struct results *into, const struct results *from, const uint32_t *targets,
                  const uint32_t *tests)
{
    merge(into, from, &(struct tally_map){ .targets = targets, .tests = tests });
}

struct account *
results_account(struct results *results)
{
    return &results->account;
}

size_t
results_memory(const struct results *results)
{
    return sizeof *results + tally_memory(&results->tally) + results->timeline.memory
         + results->timeline.slot_capacity * sizeof *results->timeline.slots;
}

void
results_totals(const struct results *results, struct loads_totals *totals)
{
    const struct tally_sums *sums = &results->tally.sums;
    const struct histogram *latency = results->tally.latency;

    totals->hits = sums->hits;
    totals->tests_started = sums->tests_started;
    totals->tests_finished = sums->tests_finished;
    totals->success = sums->success;
    totals->failures = sums->failures;
    totals->errors = sums->errors;
    totals->sockets_opened = sums->sockets_opened;
    totals->sockets_closed = sums->sockets_closed;
    totals->socket_bytes = sums->socket_bytes;
    totals->malformed = account_malformed(&results->account);
    totals->lost = results->account.lost;
    totals->mean_us = (int64_t)(histogram_mean_us(latency) + 0.5);
    totals->p50_us = histogram_percentile_us(latency, 50);
    totals->p90_us = histogram_percentile_us(latency, 90);
    totals->p95_us = histogram_percentile_us(latency, 95);
    totals->p99_us = histogram_percentile_us(latency, 99);
    totals->max_us = histogram_max_us(latency);
}

bool
results_has_complained(const struct results *results, uint32_t *target)
{
    const struct targets *targets = &results->tally.targets;

    for (*target = 0; *target < targets->count; ++*target)
        if (targets->rows[*target].failures + targets->rows[*target].errors > 0)
            return true;
    return false;
}
