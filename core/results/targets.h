/* SPDX-License-Identifier: Apache-2.0 */
/* What each target of the plan has sent: sums, and when the first and the last
 * message came. */
#ifndef RESULTS_TARGETS_H
#define RESULTS_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/message.h"

struct target_sums {
    uint64_t hits, hit_errors; /* hit_errors: hits that got no response */
    uint64_t tests, success, failures, errors; /* tests: those that ended */
    /* Of its messages, since the run began; both only when `has_come`. */
    int64_t first_us, last_us;
    bool has_come;
};

struct targets {
    struct target_sums *rows; /* by number in the plan */
    size_t count, capacity;   /* rows beyond have sent nothing */
};

void targets_clear(struct targets *targets); /* frees; zero-initialised is empty */
void targets_reset(struct targets *targets); /* keeps the memory */

/* The sums of target number `target`, below RESULTS_TARGETS_LIMIT. */
struct target_sums *targets_at(struct targets *targets, uint32_t target);
/* What was sent may be nothing: all zero. */
struct target_sums targets_get(const struct targets *targets, size_t target);

void targets_add(struct targets *targets, const struct message *message, uint32_t target);
void targets_note_arrival(struct targets *targets, uint32_t target, int64_t received_us);

void target_sums_add(struct target_sums *into, const struct target_sums *from);
/* Row i is added to row map[i], or to row i when `map` is NULL. */
void targets_merge(struct targets *into, const struct targets *from, const uint32_t *map);

#endif
