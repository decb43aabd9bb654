/* SPDX-License-Identifier: Apache-2.0 */
/* How a histogram lies in memory: for histogram.c, which counts, and
 * histogram_codec.c, which writes and reads. Nobody else includes it. */
#ifndef RESULTS_HISTOGRAM_LAYOUT_H
#define RESULTS_HISTOGRAM_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "results/histogram.h"

#define HISTOGRAM_HIGHEST_US (INT64_C(86400) * 1000000)

/* Values below 2^sub_bits have a counter each; above, each doubling of the value
 * has 2^(sub_bits - 1) counters. */
struct histogram_scale {
    enum histogram_digits digits;
    unsigned sub_bits;      /* 2^sub_bits >= 2 x 10^digits */
    unsigned block_bits;    /* counters in a block: 2^block_bits */
    uint32_t counter_count; /* up to the counter of the highest value, and its doubling's rest */
};

enum { HISTOGRAM_BLOCK_WORDS = 2 }; /* a bit for each block: there are 112 at most */

/* Most counters of most names stay small: a block starts with 16 bits for each and
 * is widened to 64 when one no longer fits. */

struct histogram {
    const struct histogram_scale *scale;
    uint64_t count;
    int64_t sum_us, min_us, max_us;
    size_t memory;
    uint64_t live[HISTOGRAM_BLOCK_WORDS]; /* bit b: block b holds a count */
    uint64_t wide[HISTOGRAM_BLOCK_WORDS]; /* bit b: its counters have 64 bits, not 16 */
    void *blocks[];                       /* NULL until first used */
};

/* NULL when there is none with so many digits. */
const struct histogram_scale *histogram_scale(int64_t digits);

/* The counter at `index`, below the scale's counter_count; 0 where there is no block. */
uint64_t histogram_counter(const struct histogram *histogram, uint32_t index);
/* Adds to the counter at `index`, and to nothing else. */
void histogram_count_at(struct histogram *histogram, uint32_t index, uint64_t count);
/* One past the last counter that is not 0. */
uint32_t histogram_end(const struct histogram *histogram);
/* The values that the counter at `index` stands for: from lowest to highest. */
int64_t histogram_lowest_us(const struct histogram_scale *scale, uint32_t index);
int64_t histogram_highest_us(const struct histogram_scale *scale, uint32_t index);

#endif
