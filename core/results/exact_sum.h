/* SPDX-License-Identifier: Apache-2.0 */
/* A sum of doubles without rounding: the same in any order of additions. Only
 * reading it out rounds, once. */
#ifndef RESULTS_EXACT_SUM_H
#define RESULTS_EXACT_SUM_H

#include <stdint.h>

/* Two's complement in digits of 32 bits, from 2^-1074 (the smallest double) up to
 * room for 2^64 additions of the largest; between carries a digit may overflow
 * into the rest of its 64 bits. */
enum { EXACT_SUM_DIGITS = 69 };

struct exact_sum { /* all zero is the sum 0 */
    int64_t digits[EXACT_SUM_DIGITS];
    uint32_t additions; /* since the last carry */
};

void exact_sum_add(struct exact_sum *sum, double value); /* finite */
void exact_sum_merge(struct exact_sum *sum, const struct exact_sum *from);
/* The nearest double; past the largest one, that. */
double exact_sum_value(const struct exact_sum *sum);

#endif
