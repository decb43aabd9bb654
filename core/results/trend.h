/* SPDX-License-Identifier: Apache-2.0 */
/* The distribution of a metric's values, which have any sign, size and unit:
 * counters by sign, exponent and the first seven bits after the leading one.
 * Percentiles are at most 0.8 % nearer to zero than the value; whole numbers up
 * to 256 are exact. Merging is integer addition. */
#ifndef RESULTS_TREND_H
#define RESULTS_TREND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trend { /* all zero is empty */
    struct trend_block *blocks; /* one for each sign and exponent seen, in the order of values */
    uint32_t block_count, block_capacity;
    uint64_t count;
    double min, max;
};

void trend_clear(struct trend *trend); /* frees; empty */
void trend_reset(struct trend *trend); /* empties; keeps the memory */

/* Counts a finite value; what it allocates is taken from `*room`. When that is too
 * little it changes nothing and returns false. */
bool trend_add_within(struct trend *trend, double value, size_t *room);
/* The same for `count` of a value that trend_visit told, which may be cut: the exact
 * smallest and largest values are set afterwards. */
bool trend_add_bucket_within(struct trend *trend, double value, uint64_t count, size_t *room);
void trend_set_extremes(struct trend *trend, double min, double max);
/* Adds all of `from`, in the same way. */
bool trend_merge_within(struct trend *trend, const struct trend *from, size_t *room);

/* The value that `percent` (0 to 100) of the counted ones do not exceed, within
 * [min, max]. 0 when empty. */
double trend_percentile(const struct trend *trend, double percent);

/* Calls `visit` for each counter that is not 0, in the order of values. */
void trend_visit(const struct trend *trend, void (*visit)(void *context, double value, uint64_t count),
                 void *context);

size_t trend_memory(const struct trend *trend);

#endif
