/* SPDX-License-Identifier: Apache-2.0 */
/* Counters and metrics that tests report, by name and kind. */
#ifndef RESULTS_METRICS_H
#define RESULTS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/message.h"
#include "results/exact_sum.h"
#include "results/key_table.h"
#include "results/stamp.h"
#include "results/trend.h"

enum { METRIC_KINDS = LOADS_METRIC_TREND };

struct metric_row {
    struct key_row key;
    enum loads_metric_kind kind;
    uint64_t count, nonzero; /* values, and how many of them were not 0 */
    double min, max, last;
    struct stamp last_stamp; /* of a gauge */
    struct exact_sum sum;
    struct trend trend; /* of a trend */
};

struct metrics {
    struct key_table table;
    struct metric_row others[METRIC_KINDS]; /* by kind - 1: those that found no room */
    uint64_t overflow;                      /* values that these took for want of room */
};

void metrics_init(struct metrics *metrics);
void metrics_clear(struct metrics *metrics);
void metrics_reset(struct metrics *metrics); /* keeps the memory */

/* Counts the value of a LOADS_COUNTER or LOADS_METRIC message. */
void metrics_add(struct metrics *metrics, const struct message *message, uint32_t second, size_t *room);
/* With `is_other_run` times are not compared: of two last values the larger one counts. */
void metrics_merge(struct metrics *metrics, const struct metrics *from, bool is_other_run, size_t *room);

/* The row of that name and kind, to add to; NULL when there is no room. The name
 * RESULTS_OTHER is that of the kind's other row. */
struct metric_row *metrics_claim(struct metrics *metrics, struct slice name, enum loads_metric_kind kind,
                                 size_t *room);

struct slice metrics_name(const struct metrics *metrics, const struct metric_row *row);

#endif
