/* SPDX-License-Identifier: Apache-2.0 */
/* Digits into numbers. */
#include "protocol/decimal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/message.h"
#include "protocol/text.h"

static inline void
add_digit(struct decimal *decimal, char digit)
{
    if (decimal->digits < UINT64_C(100000000000000000)) {
        decimal->digits = decimal->digits * 10 + (uint64_t)(digit - '0');
    } else {
        decimal->exponent++;
        decimal->is_cut = true;
    }
}

/* Whether all eight bytes are digits: each is 0x30 to 0x3F, and stays so with six added. */
static bool
are_digits(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), threes = ones * 0x30, high = ones * 0xF0;

    return (((word ^ threes) | ((word + ones * 6) ^ threes)) & high) == 0;
}

/* The number that eight digits make, the first one in the lowest byte: neighbours
 * are joined to pairs, to fours, and to all eight. */
static uint64_t
eight_digits(uint64_t word)
{
    word = (word & UINT64_C(0x0F0F0F0F0F0F0F0F)) * ((10 << 8) + 1) >> 8;
    word = (word & UINT64_C(0x00FF00FF00FF00FF)) * ((100 << 16) + 1) >> 16;
    return (word & UINT64_C(0x0000FFFF0000FFFF)) * ((UINT64_C(10000) << 32) + 1) >> 32;
}

/* Python, Node and Ruby write 15 to 17 digits of a fraction. */
static inline const char *
read_fraction(const char *at, const char *end, struct decimal *decimal)
{
    while (end - at >= 8 && decimal->digits < 1000000000) {
        uint64_t word = text_word(at);

        if (!are_digits(word))
            break;
        decimal->digits = decimal->digits * 100000000 + eight_digits(word);
        at += 8;
    }
    for (; is_digit(*at); at++)
        add_digit(decimal, *at);
    return at;
}

static const char *
read_exponent(const char *at, struct decimal *decimal)
{
    bool is_negative = *at == '-';
    int exponent;

    at += *at == '-' || *at == '+';
    if (!is_digit(*at))
        return NULL;
    exponent = *at++ - '0';
    if (is_digit(*at))
        exponent = exponent * 10 + (*at++ - '0');
    if (is_digit(*at))
        return NULL;
    decimal->exponent += is_negative ? -exponent : exponent;
    decimal->is_integer = false;
    return at;
}

const char *
decimal_read(const char *at, const char *end, struct decimal *decimal)
{
    *decimal = (struct decimal){ .start = at, .is_integer = true };
    if (*at == '-') {
        decimal->is_negative = true;
        at++;
    }
    if (!is_digit(*at) || (*at == '0' && is_digit(at[1])))
        return NULL;
    for (; is_digit(*at); at++)
        add_digit(decimal, *at);
    if (*at == '.') {
        const char *fraction = ++at;

        if (!is_digit(*at))
            return NULL;
        at = read_fraction(at, end, decimal);
        decimal->exponent -= (int)(at - fraction);
        decimal->is_integer = false;
    }
    if (*at == 'e' || *at == 'E')
        at = read_exponent(at + 1, decimal);
    /* A double takes 18 digits and this exponent, 64 bits take 18 digits. */
    if (at == NULL || at - decimal->start > MESSAGE_NUMBER_LIMIT || decimal->exponent > 200
        || (decimal->is_integer && decimal->is_cut))
        return NULL;
    decimal->end = at;
    return at;
}

static const double powers_of_ten[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
enum { POWERS_LIMIT = 22 };

static double
decimal_strtod(const struct decimal *decimal)
{
    char text[MESSAGE_NUMBER_LIMIT + 1];
    size_t length = (size_t)(decimal->end - decimal->start);

    memcpy(text, decimal->start, length);
    text[length] = '\0';
    return strtod(text, NULL);
}

/* Up to 2^53 and 10^22 both operands are exact and one operation rounds once. */
double
decimal_real(const struct decimal *decimal)
{
    double real;

    if (decimal->is_integer)
        return (double)(decimal->is_negative ? -(int64_t)decimal->digits : (int64_t)decimal->digits);
    if (decimal->digits > UINT64_C(1) << 53 || decimal->exponent < -POWERS_LIMIT
        || decimal->exponent > POWERS_LIMIT)
        return decimal_strtod(decimal);
    real = (double)decimal->digits;
    if (decimal->exponent < 0)
        real /= powers_of_ten[-decimal->exponent];
    else
        real *= powers_of_ten[decimal->exponent];
    return decimal->is_negative ? -real : real;
}

/* What is computed here differs from strtod's number times 1e6 by less than 5e-5
 * below a day, so that only near a half it could round otherwise; then strtod
 * decides. */
bool
decimal_us(const struct decimal *decimal, int64_t *us)
{
    const double near_half = 1e-4, limit = (double)MESSAGE_ELAPSED_LIMIT_US + 1;
    int exponent = decimal->exponent + 6;
    double exact, fraction;

    if (decimal->is_negative || exponent > POWERS_LIMIT)
        return false;
    if (exponent >= 0)
        exact = (double)decimal->digits * powers_of_ten[exponent];
    else if (exponent >= -POWERS_LIMIT)
        exact = (double)decimal->digits / powers_of_ten[-exponent];
    else
        exact = 0; /* 18 digits: less than 1e-4 of a microsecond */
    if (exact > limit)
        return false;
    *us = (int64_t)exact;
    fraction = exact - (double)*us;
    if (fraction > 0.5 - near_half && fraction < 0.5 + near_half)
        *us = llround(decimal_strtod(decimal) * 1e6);
    else
        *us += fraction > 0.5;
    return true;
}
