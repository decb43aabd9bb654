/* SPDX-License-Identifier: Apache-2.0 */
/* The monotonic and the wall clock. */
#include "base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

static int64_t
read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t
clock_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_wall_unix_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

void
clock_rfc3339(int64_t unix_ns, char text[static CLOCK_RFC3339_SIZE])
{
    /* 64 bits of nanoseconds reach from 1677 to 2262: the year has four digits. */
    int64_t seconds = unix_ns / NS_PER_S;
    int64_t rest_ns = unix_ns % NS_PER_S;
    struct tm date;
    time_t when;
    size_t length;

    if (rest_ns < 0) {
        seconds -= 1;
        rest_ns += NS_PER_S;
    }
    when = (time_t)seconds;
    gmtime_r(&when, &date);
    length = strftime(text, CLOCK_RFC3339_SIZE, "%Y-%m-%dT%H:%M:%S", &date);
    snprintf(text + length, CLOCK_RFC3339_SIZE - length, ".%06uZ",
             (unsigned)(rest_ns / NS_PER_US) % 1000000u);
}

int
clock_wait_ms(int64_t until_ns)
{
    int64_t rest_ns = until_ns - clock_monotonic_ns();

    if (until_ns == INT64_MAX)
        return -1;
    if (rest_ns <= 0)
        return 0;
    return rest_ns / NS_PER_MS + 1 < INT_MAX ? (int)(rest_ns / NS_PER_MS + 1) : INT_MAX;
}
