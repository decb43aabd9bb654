/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the sorted values a percentile is: one rule for all distributions. */
#ifndef RESULTS_RANK_H
#define RESULTS_RANK_H

#include <math.h>
#include <stdint.h>

/* How many of `count` values are `percent` of them: rounded up, at least 1.
 * Percentages such as 99.9 are not exact in binary: without the step down, 99.9 %
 * of 1000 could be 1000 and not 999. */
static inline uint64_t
rank_of(double percent, uint64_t count)
{
    double exact = fmin(percent, 100) / 100 * (double)count;
    double rank = ceil(exact - (nextafter(exact, INFINITY) - exact));

    return rank < 1 ? 1 : (uint64_t)rank;
}

#endif
