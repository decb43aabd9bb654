/* SPDX-License-Identifier: Apache-2.0 */
/* One message, counted wherever it belongs. */
#include "results/tally.h"

static void
init_tables(struct tally *tally, bool keep_query)
{
    hits_init(&tally->hits, keep_query);
    tests_init(&tally->tests);
    errors_init(&tally->errors);
    metrics_init(&tally->counters);
    metrics_init(&tally->metrics);
    tally->room = tally->limit;
}

static void
clear_tables(struct tally *tally)
{
    targets_clear(&tally->targets);
    hits_clear(&tally->hits);
    tests_clear(&tally->tests);
    errors_clear(&tally->errors);
    metrics_clear(&tally->counters);
    metrics_clear(&tally->metrics);
}

void
tally_init(struct tally *tally, bool keep_query, size_t limit)
{
    *tally = (struct tally){ .limit = limit, .latency = histogram_new(HISTOGRAM_FINE) };
    init_tables(tally, keep_query);
}

void
tally_clear(struct tally *tally)
{
    clear_tables(tally);
    histogram_free(tally->latency);
}

void
tally_reset(struct tally *tally)
{
    tally->sums = (struct tally_sums){ 0 };
    histogram_reset(tally->latency);
    if (tally->room < tally->limit / 2) {
        clear_tables(tally);
        init_tables(tally, tally->hits.keep_query);
        return;
    }
    targets_reset(&tally->targets);
    hits_reset(&tally->hits);
    tests_reset(&tally->tests);
    errors_reset(&tally->errors);
    metrics_reset(&tally->counters);
    metrics_reset(&tally->metrics);
}

static void
add_hit(struct tally *tally, const struct message *message, uint32_t second)
{
    tally->sums.hits++;
    hits_add(&tally->hits, message, &tally->room);
    if (hit_is_error(message)) {
        tally->sums.hit_errors++;
        errors_add(&tally->errors, message, second, &tally->room);
    } else if (message->as.hit.elapsed_us >= 0) {
        histogram_add(tally->latency, message->as.hit.elapsed_us);
    }
}

void
tally_add(struct tally *tally, const struct message *message, uint32_t target, uint32_t second)
{
    struct tally_sums *sums = &tally->sums;

    targets_add(&tally->targets, message, target);
    switch (message->type) {
    case LOADS_HIT:
        add_hit(tally, message, second);
        return;
    case LOADS_TEST_START:
        sums->tests_started++;
        break;
    case LOADS_TEST_STOP:
        sums->tests_finished++;
        break;
    case LOADS_TEST_SUCCESS:
        sums->success++;
        break;
    case LOADS_TEST_FAILURE:
        sums->failures++;
        errors_add(&tally->errors, message, second, &tally->room);
        break;
    case LOADS_TEST_ERROR:
        sums->errors++;
        errors_add(&tally->errors, message, second, &tally->room);
        break;
    case LOADS_SOCKET_OPEN:
        sums->sockets_opened++;
        return;
    case LOADS_SOCKET_CLOSE:
        sums->sockets_closed++;
        return;
    case LOADS_SOCKET_MESSAGE:
        sums->socket_bytes += message->as.socket.bytes;
        return;
    case LOADS_COUNTER:
        metrics_add(&tally->counters, message, second, &tally->room);
        return;
    case LOADS_METRIC:
        metrics_add(&tally->metrics, message, second, &tally->room);
        return;
    case LOADS_RUN_START:
    case LOADS_RUN_STOP:
    case LOADS_RUNNER_END:
        return; /* the account has counted them, and there is nothing to measure */
    }
    tests_add(&tally->tests, message, target, &tally->room);
}

void
tally_merge(struct tally *tally, const struct tally *from, const struct tally_map *map)
{
    struct tally_sums *sums = &tally->sums;

    sums->hits += from->sums.hits;
    sums->hit_errors += from->sums.hit_errors;
    sums->tests_started += from->sums.tests_started;
    sums->tests_finished += from->sums.tests_finished;
    sums->success += from->sums.success;
    sums->failures += from->sums.failures;
    sums->errors += from->sums.errors;
    sums->sockets_opened += from->sums.sockets_opened;
    sums->sockets_closed += from->sums.sockets_closed;
    sums->socket_bytes += from->sums.socket_bytes;
    histogram_merge(tally->latency, from->latency);
    hits_merge(&tally->hits, &from->hits, &tally->room);
    targets_merge(&tally->targets, &from->targets, map != NULL ? map->targets : NULL);
    tests_merge(&tally->tests, &from->tests, map != NULL ? map->tests : NULL, &tally->room);
    errors_merge(&tally->errors, &from->errors, map != NULL, &tally->room);
    metrics_merge(&tally->counters, &from->counters, map != NULL, &tally->room);
    metrics_merge(&tally->metrics, &from->metrics, map != NULL, &tally->room);
}

static size_t
histogram_bytes(const struct histogram *histogram)
{
    return histogram != NULL ? histogram_memory(histogram) : 0;
}

size_t
tally_memory(const struct tally *tally)
{
    size_t bytes = tally->limit - tally->room + histogram_memory(tally->latency);

    bytes += tally->targets.capacity * sizeof *tally->targets.rows;
    /* The other rows are few and bounded: they have no part in the budget. */
    bytes += histogram_bytes(tally->hits.other.latency);
    bytes += histogram_bytes(tally->tests.other.latency);
    for (int i = 0; i < METRIC_KINDS; i++)
        bytes += trend_memory(&tally->metrics.others[i].trend);
    return bytes;
}
