/* SPDX-License-Identifier: Apache-2.0 */
/* Two clocks, two names: durations come from the monotonic clock (`_ns`, `_us`),
 * dates from the wall clock (`_unix_ns`, `_unix_us`). Never subtract one from
 * the other. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define US_PER_MS INT64_C(1000)
#define US_PER_S INT64_C(1000000)

int64_t clock_monotonic_ns(void);
int64_t clock_wall_unix_ns(void);

/* For poll(): how long until that monotonic time, rounded up; -1 (for ever) for INT64_MAX. */
int clock_wait_ms(int64_t until_ns);

/* Length of "2026-11-21T23:54:01.123456Z" and its NUL. */
enum { CLOCK_RFC3339_SIZE = 28 };

/* Writes the date as RFC 3339 in UTC with microseconds. */
void clock_rfc3339(int64_t unix_ns, char text[static CLOCK_RFC3339_SIZE]);

#endif
