/* SPDX-License-Identifier: Apache-2.0 */
/* runners/c/fiber.h: built twice, with the machine's own switch and with the
 * portable one. */
#include "fiber.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { FIBERS = 50, TURNS = 1000 };

struct counter {
    struct fiber fiber, *back;
    double value; /* a register that a switch must not mix up */
    unsigned number, turns;
    unsigned char *room;
};

static void
count(void *argument)
{
    struct counter *counter = argument;
    unsigned char room[2048];
    double value = counter->number;

    memset(room, (int)counter->number, sizeof room);
    counter->room = room;
    for (unsigned i = 0; i < TURNS; i++) {
        value += 0.5;
        counter->turns++;
        fiber_switch(&counter->fiber, counter->back);
    }
    for (size_t i = 0; i < sizeof room; i++)
        assert_int_equal(room[i], counter->number);
    counter->value = value;
    fiber_leave(&counter->fiber, counter->back);
}

static void
test_switches_keep_each_stack(void **state)
{
    static struct counter counters[FIBERS];
    struct fiber thread;

    (void)state;
    fiber_init_thread(&thread);
    for (unsigned i = 0; i < FIBERS; i++) {
        counters[i] = (struct counter){ .back = &thread, .number = i };
        assert_int_equal(fiber_init(&counters[i].fiber, 32768, count, &counters[i], NULL), 0);
    }
    for (unsigned turn = 0; turn <= TURNS; turn++) {
        for (unsigned i = 0; i < FIBERS; i++)
            fiber_switch(&thread, &counters[i].fiber);
    }
    for (unsigned i = 0; i < FIBERS; i++) {
        assert_int_equal(counters[i].turns, TURNS);
        assert_true(counters[i].value == i + TURNS / 2.0);
        fiber_clear(&counters[i].fiber);
    }
}

struct jumper {
    struct fiber fiber, *back;
    jmp_buf end;
    int jumps;
    char text[64];
};

static void
jump(struct jumper *jumper)
{
    char room[256];

    snprintf(room, sizeof room, "%d", jumper->jumps);
    fiber_switch(&jumper->fiber, jumper->back);
    _longjmp(jumper->end, 1);
}

static void
run_jumper(void *argument)
{
    struct jumper *jumper = argument;

    if (_setjmp(jumper->end) == 0)
        jump(jumper);
    jumper->jumps++;
    /* printf of a double needs an aligned stack. */
    snprintf(jumper->text, sizeof jumper->text, "%.3f", jumper->jumps * 1.5);
    fiber_leave(&jumper->fiber, jumper->back);
}

static void
test_longjmp_inside(void **state)
{
    struct fiber thread;
    struct jumper jumper = { .back = &thread };

    (void)state;
    fiber_init_thread(&thread);
    assert_int_equal(fiber_init(&jumper.fiber, FIBER_STACK_SIZE, run_jumper, &jumper, NULL), 0);
    fiber_switch(&thread, &jumper.fiber);
    assert_int_equal(jumper.jumps, 0);
    fiber_switch(&thread, &jumper.fiber);
    assert_int_equal(jumper.jumps, 1);
    assert_string_equal(jumper.text, "1.500");
    fiber_clear(&jumper.fiber);
}

static int
dig(int depth)
{
    volatile char room[1024];

    room[0] = 1;
    return depth > 0 ? dig(depth + 1) + room[0] : 0;
}

static void
overflow(void *argument)
{
    (void)argument;
    exit(dig(1) & 1); /* never comes back */
}

/* The page below the stack ends the process; nothing else may be overwritten. */
static void
test_overflow_hits_the_guard(void **state)
{
    int status = 0;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        struct fiber thread, fiber;

        fclose(stderr); /* a sanitizer's report is not for this test's reader */
        fiber_init_thread(&thread);
        if (fiber_init(&fiber, 32768, overflow, NULL, NULL) == 0)
            fiber_switch(&thread, &fiber);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

static void
test_too_big_a_stack_is_an_error(void **state)
{
    struct err err = { 0 };
    struct fiber fiber;

    (void)state;
    assert_int_equal(fiber_init(&fiber, SIZE_MAX / 4, count, NULL, &err), -1);
    assert_non_null(strstr(err.text, "cannot map a stack of"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_switches_keep_each_stack),
        cmocka_unit_test(test_longjmp_inside),
        cmocka_unit_test(test_overflow_hits_the_guard),
        cmocka_unit_test(test_too_big_a_stack_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
