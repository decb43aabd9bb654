/* SPDX-License-Identifier: Apache-2.0 */
/* What happened when: slots of equal length from the start of the run. There are
 * at most RESULTS_SLOTS_LIMIT of them, in RESULTS_TIMELINE_MEMORY bytes; beyond
 * that neighbours merge and the step doubles. The step depends on what was added
 * and not on the order. */
#ifndef RESULTS_TIMELINE_H
#define RESULTS_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "results/histogram.h"

struct timeline_slot { /* all zero: nothing happened */
    uint64_t hits, errors;
    uint32_t users;            /* the most at one time */
    struct histogram *latency; /* 2 digits; NULL until there is one */
};

struct timeline {
    struct timeline_slot *slots;
    size_t slot_count; /* up to the last second that was added */
    size_t slot_capacity;
    uint32_t step_s;
    size_t memory;
};

void timeline_init(struct timeline *timeline);
void timeline_clear(struct timeline *timeline);

/* Adds what happened in the second `second`; `latency` has 2 digits or more. */
void timeline_add(struct timeline *timeline, uint32_t second, uint64_t hits, uint64_t errors,
                  uint32_t users, const struct histogram *latency);
void timeline_merge(struct timeline *timeline, const struct timeline *from);

#endif
