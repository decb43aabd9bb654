/* SPDX-License-Identifier: Apache-2.0 */
/* JSON numbers as the fast decoder reads them: without the C library where the
 * outcome is the same to the bit. */
#ifndef PROTOCOL_DECIMAL_H
#define PROTOCOL_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

static inline bool
is_digit(char character)
{
    return (unsigned char)(character - '0') <= 9;
}

/* A number as written: digits x 10^exponent. */
struct decimal {
    const char *start, *end;
    uint64_t digits;
    int exponent;
    bool is_negative, is_integer;
    bool is_cut; /* digits past DIGITS_LIMIT were dropped */
};

/* Returns the place behind the number, or NULL when there is none or it is past
 * what a double or 18 digits of an integer hold. Bytes up to `end` may be read,
 * and the last of them must be no part of a number. */
const char *decimal_read(const char *at, const char *end, struct decimal *decimal);

/* The same double as strtod gives, or as the integer converted to it. */
double decimal_real(const struct decimal *decimal);

/* llround(strtod(TEXT) * 1e6). False: negative, or past a day. */
bool decimal_us(const struct decimal *decimal, int64_t *us);

#endif
