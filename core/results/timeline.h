/* SPDX-License-Identifier: Apache-2.0 */
/* What happened when: slots of equal length from the start of the run. There are
 * at most RESULTS_SLOTS_LIMIT of them, in RESULTS_TIMELINE_MEMORY bytes; beyond
 * that neighbours merge and the step doubles. What the slots then hold depends on
 * what was added and not on the order: a slot's users are those of one second, since
 * the most of a longer time could not be added up afterwards. */
#ifndef RESULTS_TIMELINE_H
#define RESULTS_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "results/histogram.h"

struct timeline_slot { /* all zero: nothing happened */
    uint64_t hits, errors;
    uint64_t users;            /* the most at one time in the slot's first second */
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
/* Of what is of another run, users add up, as if both had begun at the same time. */
void timeline_merge(struct timeline *timeline, const struct timeline *from, bool is_other_run);

#endif
