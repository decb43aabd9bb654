/* SPDX-License-Identifier: Apache-2.0 */
/* ISO 8601. */
#include "protocol/date.h"

#include "base/clock.h"

enum { DATE_LENGTH = 19 }; /* of "2013-06-14T12:09:02" */

static bool
is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/* Two digits, or something above 99 when they are not digits. */
static unsigned
two_digits(const char *at)
{
    unsigned tens = (unsigned char)at[0] - (unsigned)'0', ones = (unsigned char)at[1] - (unsigned)'0';

    return tens > 9 || ones > 9 ? 1000 : tens * 10 + ones;
}

static bool
is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01 in the Gregorian calendar, or -1 when there is no such day. */
static int64_t
days_since_1970(unsigned year, unsigned month, unsigned day)
{
    static const unsigned short days_before[] = { 0,   31,  59,  90,  120, 151, 181,
                                                  212, 243, 273, 304, 334, 365 };
    enum { DAYS_FROM_YEAR_1_TO_1970 = 719162 };
    unsigned past = year - 1, month_days;

    if (year < 1970 || month < 1 || month > 12)
        return -1;
    month_days = days_before[month] - days_before[month - 1] + (month == 2 && is_leap(year));
    if (day < 1 || day > month_days)
        return -1;
    return (int64_t)past * 365 + past / 4 - past / 100 + past / 400 + days_before[month - 1]
         + (month > 2 && is_leap(year)) + day - 1 - DAYS_FROM_YEAR_1_TO_1970;
}

/* ".860586": moves behind it. */
static bool
parse_fraction(const char **at, const char *end, int64_t *us)
{
    int64_t unit = US_PER_S / 10;

    if (*at == end || **at != '.')
        return true;
    (*at)++;
    if (*at == end || !is_digit(**at))
        return false;
    for (; *at < end && is_digit(**at); (*at)++, unit /= 10)
        *us += (**at - '0') * unit;
    return true;
}

/* What is left is a zone, or nothing. */
static bool
parse_zone(const char *at, const char *end, int64_t *offset_s)
{
    unsigned hours, minutes = 0;
    bool is_west;

    *offset_s = 0;
    if (at < end && *at == ' ' && at + 1 < end)
        at++;
    if (at == end || (end - at == 1 && *at == 'Z') || (end - at == 3 && memcmp(at, "UTC", 3) == 0))
        return true;
    if ((*at != '+' && *at != '-') || end - at < 3)
        return false;
    is_west = *at == '-';
    hours = two_digits(at + 1);
    at += 3;
    if (at < end && *at == ':' && end - at == 3)
        at++;
    if (end - at == 2)
        minutes = two_digits(at);
    else if (at != end)
        return false;
    if (hours > 23 || minutes > 59)
        return false;
    *offset_s = (int64_t)(hours * 60 + minutes) * 60 * (is_west ? -1 : 1);
    return true;
}

bool
date_parse(struct slice text, int64_t *unix_us)
{
    const char *date = text.data, *at = date + DATE_LENGTH, *end = date + text.length;
    unsigned century, years, hour, minute, second;
    int64_t days, us = 0, offset_s;

    if (text.length < DATE_LENGTH || date[4] != '-' || date[7] != '-'
        || (date[10] != 'T' && date[10] != ' ') || date[13] != ':' || date[16] != ':')
        return false;
    century = two_digits(date);
    years = two_digits(date + 2);
    hour = two_digits(date + 11);
    minute = two_digits(date + 14);
    second = two_digits(date + 17);
    if (century > 99 || years > 99 || hour > 23 || minute > 59 || second > 60) /* 60: a leap second */
        return false;
    days = days_since_1970(century * 100 + years, two_digits(date + 5), two_digits(date + 8));
    if (days < 0 || !parse_fraction(&at, end, &us) || !parse_zone(at, end, &offset_s))
        return false;
    us += (days * 86400 + (hour * 60 + minute) * 60 + second - offset_s) * US_PER_S;
    *unix_us = us;
    return us >= 0;
}

bool
date_parse_ns(struct slice text, int64_t *unix_ns)
{
    int64_t unix_us;

    if (!date_parse(text, &unix_us) || unix_us > INT64_MAX / NS_PER_US)
        return false;
    *unix_ns = unix_us * NS_PER_US;
    return true;
}
