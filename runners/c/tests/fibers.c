/* SPDX-License-Identifier: Apache-2.0 */
/* The switch of fibers without any library, for machines and tools that the unit
 * test does not reach. Says "ok" when registers and stacks stay apart. */
#include "fiber.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIBERS = 20, TURNS = 200, ROOM = 1024 };

struct walker {
    struct fiber fiber, *back;
    unsigned number, turns;
    double sum;
    jmp_buf end;
};

static void
fail(const char *what, unsigned number)
{
    printf("not ok - fiber %u: %s\n", number, what);
    exit(1);
}

/* More values than there are registers that a called function keeps. */
static double
walk(struct walker *walker)
{
    double a = walker->number, b = 2 * a, c = 3 * a, d = 4 * a, e = 5 * a, f = 6 * a, g = 7 * a, h = 8 * a;
    unsigned i = walker->number, j = i + 1, k = i + 2, l = i + 3, m = i + 4, n = i + 5;

    for (unsigned turn = 0; turn < TURNS; turn++) {
        walker->turns++;
        fiber_switch(&walker->fiber, walker->back);
        a += 0.5, b += 0.5, c += 0.5, d += 0.5, e += 0.5, f += 0.5, g += 0.5, h += 0.5;
        i++, j++, k++, l++, m++, n++;
    }
    if (i + j + k + l + m + n != 6 * (walker->number + TURNS) + 15)
        fail("integers are mixed up", walker->number);
    return a + b + c + d + e + f + g + h;
}

static void
run(void *argument)
{
    struct walker *walker = argument;
    unsigned char room[ROOM];

    memset(room, (int)walker->number, sizeof room);
    if (_setjmp(walker->end) == 0) {
        walker->sum = walk(walker);
        _longjmp(walker->end, 1);
    }
    for (size_t i = 0; i < sizeof room; i++) {
        if (room[i] != walker->number)
            fail("the stack is overwritten", walker->number);
    }
    fiber_leave(&walker->fiber, walker->back);
}

int
main(void)
{
    static struct walker walkers[FIBERS];
    struct fiber thread;
    struct err err = { 0 };

    fiber_init_thread(&thread);
    for (unsigned i = 0; i < FIBERS; i++) {
        walkers[i] = (struct walker){ .back = &thread, .number = i };
        if (fiber_init(&walkers[i].fiber, 65536, run, &walkers[i], &err) < 0)
            fail(err.text, i);
    }
    for (unsigned turn = 0; turn <= TURNS; turn++) {
        for (unsigned i = 0; i < FIBERS; i++) {
            fiber_expect(&walkers[i].fiber);
            fiber_switch(&thread, &walkers[i].fiber);
        }
    }
    for (unsigned i = 0; i < FIBERS; i++) {
        if (walkers[i].turns != TURNS || walkers[i].sum != 36.0 * i + 8 * 0.5 * TURNS)
            fail("doubles are mixed up", i);
        fiber_clear(&walkers[i].fiber);
    }
    puts("ok");
    return 0;
}
