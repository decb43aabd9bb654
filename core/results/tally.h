/* SPDX-License-Identifier: Apache-2.0 */
/* What an interval and the results have in common: totals, and all tables by name
 * within one budget of memory. */
#ifndef RESULTS_TALLY_H
#define RESULTS_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/message.h"
#include "results/errors.h"
#include "results/histogram.h"
#include "results/metrics.h"
#include "results/hits.h"
#include "results/targets.h"
#include "results/tests.h"

struct tally {
    struct tally_sums {
        uint64_t hits, hit_errors; /* hit_errors: hits that got no response */
        uint64_t tests_started, tests_finished, success, failures, errors;
        uint64_t sockets_opened, sockets_closed, socket_bytes;
    } sums;
    struct histogram *latency; /* of hits, 3 digits */
    struct targets targets;
    struct hits hits;
    struct tests tests;
    struct errors errors;
    struct metrics counters, metrics;
    size_t limit, room; /* bytes for the tables; what is left of them */
};

void tally_init(struct tally *tally, bool keep_query, size_t limit);
void tally_clear(struct tally *tally);
/* Empties it. Keeps its memory, unless more than half of the limit is used: what
 * earlier seconds have seen must not take the room of the next. */
void tally_reset(struct tally *tally);

void tally_add(struct tally *tally, const struct message *message, uint32_t target, uint32_t second);
/* With `map`, for what comes of another plan: number i there is `targets[i]` here,
 * and its tests are counted with those of `tests[i]`. */
struct tally_map {
    const uint32_t *targets, *tests;
};
void tally_merge(struct tally *tally, const struct tally *from, const struct tally_map *map);

/* Bytes held, itself not included. */
size_t tally_memory(const struct tally *tally);

#endif
