/* SPDX-License-Identifier: Apache-2.0 */
/* A hierarchical timing wheel: a timer's level is the highest group of 6 bits in
 * which its tick differs from now; when now reaches its slot it moves down. */
#include "wheel.h"


static void
list_init(struct timer *head)
{
    head->next = head->before = head;
}

static void
list_add(struct timer *head, struct timer *timer)
{
    timer->next = head;
    timer->before = head->before;
    head->before->next = timer;
    head->before = timer;
}

void
wheel_init(struct wheel *wheel, uint64_t now)
{
    wheel->now = now;
    for (int level = 0; level < WHEEL_LEVELS; level++) {
        wheel->used[level] = 0;
        for (int slot = 0; slot < WHEEL_SLOTS; slot++)
            list_init(&wheel->slots[level][slot]);
    }
    list_init(&wheel->expired);
}

static unsigned
slot_at(uint64_t tick, int level)
{
    return (unsigned)(tick >> (WHEEL_SLOT_BITS * level)) % WHEEL_SLOTS;
}

void
wheel_set(struct wheel *wheel, struct timer *timer, uint64_t due)
{
    int level, highest;
    unsigned slot;

    timer->due = due;
    if (due <= wheel->now) {
        list_add(&wheel->expired, timer);
        return;
    }
    highest = 63 - __builtin_clzll(due ^ wheel->now);
    level = highest / WHEEL_SLOT_BITS;
    /* Past the last level the slots wrap: the timer is looked at once a round. */
    if (level >= WHEEL_LEVELS)
        level = WHEEL_LEVELS - 1;
    slot = slot_at(due, level);
    list_add(&wheel->slots[level][slot], timer);
    wheel->used[level] |= UINT64_C(1) << slot;
}

void
wheel_unset(struct timer *timer)
{
    if (timer->next == NULL)
        return;
    timer->next->before = timer->before;
    timer->before->next = timer->next;
    timer->next = timer->before = NULL;
}

/* The first slot of the level after the one of now that holds a timer, or -1. */
static int
next_slot(struct wheel *wheel, int level)
{
    unsigned here = slot_at(wheel->now, level);
    uint64_t later = here == WHEEL_SLOTS - 1 ? 0 : wheel->used[level] & (~UINT64_C(0) << (here + 1));

    /* The last level goes round. */
    if (level == WHEEL_LEVELS - 1 && later == 0)
        later = wheel->used[level];
    while (later != 0) {
        int slot = __builtin_ctzll(later);
        struct timer *head = &wheel->slots[level][slot];

        if (head->next != head)
            return slot;
        wheel->used[level] &= ~(UINT64_C(1) << slot);
        later &= later - 1;
    }
    return -1;
}

static uint64_t
slot_tick(const struct wheel *wheel, int level, int slot)
{
    int shift = WHEEL_SLOT_BITS * level;
    uint64_t round = UINT64_C(1) << (shift + WHEEL_SLOT_BITS);
    uint64_t tick = (wheel->now & ~(round - 1)) + ((uint64_t)slot << shift);

    return tick > wheel->now ? tick : tick + round;
}

/* Finds the next slot to empty: the lowest level that has one is the nearest. */
static uint64_t
find_next(struct wheel *wheel, int *level, int *slot)
{
    for (*level = 0; *level < WHEEL_LEVELS; ++*level) {
        *slot = next_slot(wheel, *level);
        if (*slot >= 0)
            return slot_tick(wheel, *level, *slot);
    }
    return WHEEL_NEVER;
}

uint64_t
wheel_next(struct wheel *wheel)
{
    int level, slot;

    if (wheel->expired.next != &wheel->expired)
        return wheel->now;
    return find_next(wheel, &level, &slot);
}

/* Sets all timers of a slot anew: now is nearer, so they move down or expire. */
static void
empty_slot(struct wheel *wheel, int level, int slot)
{
    struct timer *head = &wheel->slots[level][slot];
    struct timer *timer = head->next;

    list_init(head);
    wheel->used[level] &= ~(UINT64_C(1) << slot);
    while (timer != head) {
        struct timer *next = timer->next;

        wheel_set(wheel, timer, timer->due);
        timer = next;
    }
}

struct timer *
wheel_advance(struct wheel *wheel, uint64_t now)
{
    struct timer *first;
    int level, slot;

    while (wheel->expired.next == &wheel->expired) {
        uint64_t next = find_next(wheel, &level, &slot);

        if (next > now) {
            if (now > wheel->now)
                wheel->now = now;
            return NULL;
        }
        wheel->now = next;
        empty_slot(wheel, level, slot);
    }
    first = wheel->expired.next;
    wheel_unset(first);
    return first;
}
