/* SPDX-License-Identifier: Apache-2.0 */
/* Exact addition of doubles, digit by digit. */
#include "results/exact_sum.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    DIGIT_BITS = 32,
    MANTISSA_BITS = 52,
    LOWEST_EXPONENT = -1074,
    ADDITIONS_MAX = 1 << 29, /* each adds less than 2^33 to a digit */
};

/* Moves what overflowed up: each digit but the last is then 0 to 2^32 - 1. */
static void
carry(struct exact_sum *sum)
{
    for (int i = 0; i < EXACT_SUM_DIGITS - 1; i++) {
        int64_t over = sum->digits[i] >> DIGIT_BITS;

        sum->digits[i] &= UINT32_MAX;
        sum->digits[i + 1] += over;
    }
    sum->additions = 0;
}

void
exact_sum_add(struct exact_sum *sum, double value)
{
    uint64_t bits, mantissa;
    unsigned exponent;
    unsigned __int128 shifted;

    memcpy(&bits, &value, sizeof bits);
    exponent = bits >> MANTISSA_BITS & 0x7FF;
    mantissa = bits & ((UINT64_C(1) << MANTISSA_BITS) - 1);
    if (exponent > 0) { /* else subnormal: no hidden bit, and the exponent of 1 */
        mantissa |= UINT64_C(1) << MANTISSA_BITS;
        exponent--;
    }
    shifted = (unsigned __int128)mantissa << exponent % DIGIT_BITS;
    for (unsigned digit = exponent / DIGIT_BITS; shifted > 0; digit++, shifted >>= DIGIT_BITS) {
        int64_t part = (int64_t)(uint32_t)shifted;

        sum->digits[digit] += signbit(value) ? -part : part;
    }
    if (++sum->additions == ADDITIONS_MAX)
        carry(sum);
}

void
exact_sum_merge(struct exact_sum *sum, const struct exact_sum *from)
{
    carry(sum);
    for (int i = 0; i < EXACT_SUM_DIGITS; i++)
        sum->digits[i] += from->digits[i];
    carry(sum);
}

double
exact_sum_value(const struct exact_sum *sum)
{
    struct exact_sum rest = *sum;
    unsigned __int128 leading = 0;
    int top = EXACT_SUM_DIGITS - 1, taken = 0;
    bool is_negative;
    double value;

    carry(&rest);
    is_negative = rest.digits[top] < 0;
    if (is_negative) {
        for (int i = 0; i < EXACT_SUM_DIGITS; i++)
            rest.digits[i] = -rest.digits[i];
        carry(&rest);
    }
    while (top > 0 && rest.digits[top] == 0)
        top--;
    /* Three digits hold more bits than a double keeps. What is below them only
     * tells whether the value lies past the middle between two doubles. */
    for (; taken < 3 && taken <= top; taken++)
        leading = leading << DIGIT_BITS | (uint32_t)rest.digits[top - taken];
    for (int i = 0; i <= top - taken; i++)
        leading |= rest.digits[i] != 0;
    value = fmin(ldexp((double)leading, LOWEST_EXPONENT + DIGIT_BITS * (top - taken + 1)), DBL_MAX);
    return is_negative ? -value : value;
}
