/* SPDX-License-Identifier: Apache-2.0 */
/* Timers by the thousand: setting and unsetting one costs the same however many
 * there are. Knows no clock: a tick is what its owner says. */
#ifndef C_RUNNER_WHEEL_H
#define C_RUNNER_WHEEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WHEEL_SLOT_BITS = 6,
    WHEEL_SLOTS = 1 << WHEEL_SLOT_BITS,
    WHEEL_LEVELS = 5,
};
#define WHEEL_SPAN (UINT64_C(1) << (WHEEL_SLOT_BITS * WHEEL_LEVELS)) /* ticks: 12 days of milliseconds */
#define WHEEL_NEVER UINT64_MAX

struct timer {
    struct timer *next, *before; /* next is NULL: not set */
    uint64_t due;
};

/* Level n has a slot for each 64^n ticks of the 64^(n+1) around `now`. */
struct wheel {
    uint64_t now;
    uint64_t used[WHEEL_LEVELS]; /* a bit for each slot that may hold a timer */
    struct timer slots[WHEEL_LEVELS][WHEEL_SLOTS];
    struct timer expired;
};

void wheel_init(struct wheel *wheel, uint64_t now);

/* `due` is a tick; one that is past expires at once. It must not be more than
 * WHEEL_SPAN / 2 away. */
void wheel_set(struct wheel *wheel, struct timer *timer, uint64_t due);
void wheel_unset(struct timer *timer); /* no harm when it is not set */

static inline bool
timer_is_set(const struct timer *timer)
{
    return timer->next != NULL;
}

/* The tick at which to look again, not later than the first timer; WHEEL_NEVER. */
uint64_t wheel_next(struct wheel *wheel);

/* Moves on to `now` and takes out one timer that is due; NULL: no more. */
struct timer *wheel_advance(struct wheel *wheel, uint64_t now);

#endif
