/* SPDX-License-Identifier: Apache-2.0 */
/* Which sequence numbers of one runner process have come: holes and repeats. */
#ifndef RUN_SEQUENCE_H
#define RUN_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Runs of numbers that may stand apart at a time, past the first. When a runner
 * leaves more holes, the oldest are given up as lost: a number that comes after
 * that is a repeat. */
enum { SEQUENCE_RUNS_LIMIT = 1024 };

/* Zero-initialise. */
struct sequence {
    uint64_t through; /* all from 1 to here have come, or were given up */
    uint64_t given_up;
    struct sequence_run {
        uint64_t first, last;
    } *runs; /* sorted, apart from `through` and from each other */
    size_t run_count, run_capacity;
};

void sequence_clear(struct sequence *sequence);

/* Notes one number, from 1; false when it has come before. */
bool sequence_add(struct sequence *sequence, uint64_t number);

/* How many of 1..`sent` have not come; with `sent` below the highest number
 * that came, up to that one. */
uint64_t sequence_missing(const struct sequence *sequence, uint64_t sent);

#endif
