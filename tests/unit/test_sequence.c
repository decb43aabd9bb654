/* SPDX-License-Identifier: Apache-2.0 */
/* Sequence numbers: holes and repeats, against a plain table of what came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "run/sequence.h"

static void
in_order_needs_no_memory(void **state)
{
    struct sequence sequence = { 0 };

    (void)state;
    for (uint64_t i = 1; i <= 1000; i++)
        assert_true(sequence_add(&sequence, i));
    assert_null(sequence.runs);
    assert_false(sequence_add(&sequence, 500));
    assert_int_equal(sequence_missing(&sequence, 1000), 0);
    assert_int_equal(sequence_missing(&sequence, 1003), 3);
}

static void
holes_are_counted_and_can_be_filled(void **state)
{
    struct sequence sequence = { 0 };

    (void)state;
    assert_true(sequence_add(&sequence, 1));
    assert_true(sequence_add(&sequence, 5));
    assert_true(sequence_add(&sequence, 7));
    assert_int_equal(sequence_missing(&sequence, 0), 4); /* 2 3 4 6 */
    assert_true(sequence_add(&sequence, 6));
    assert_false(sequence_add(&sequence, 6));
    assert_int_equal(sequence.run_count, 1);
    assert_true(sequence_add(&sequence, 2));
    assert_true(sequence_add(&sequence, 4));
    assert_true(sequence_add(&sequence, 3));
    assert_int_equal(sequence.through, 7);
    assert_int_equal(sequence_missing(&sequence, 7), 0);
    sequence_clear(&sequence);
}

/* Numbers in random order with repeats: the table says what is right. */
static void
random_order_agrees_with_a_table(void **state)
{
    enum { NUMBERS = 300, TRIES = 200 };

    (void)state;
    srand(1);
    for (int attempt = 0; attempt < TRIES; attempt++) {
        struct sequence sequence = { 0 };
        unsigned char seen[NUMBERS + 1] = { 0 };
        uint64_t highest = 0, missing = 0;

        for (int i = 0; i < NUMBERS; i++) {
            uint64_t number = 1 + (uint64_t)(rand() % NUMBERS);

            assert_int_equal(sequence_add(&sequence, number), !seen[number]);
            seen[number] = 1;
            highest = number > highest ? number : highest;
        }
        for (uint64_t i = 1; i <= highest; i++)
            missing += !seen[i];
        assert_int_equal(sequence_missing(&sequence, 0), missing);
        sequence_clear(&sequence);
    }
}

static void
too_many_holes_are_given_up_as_lost(void **state)
{
    struct sequence sequence = { 0 };
    uint64_t holes = SEQUENCE_RUNS_LIMIT + 10;

    (void)state;
    for (uint64_t i = 1; i <= holes; i++)
        assert_true(sequence_add(&sequence, 2 * i));
    assert_true(sequence.run_count <= SEQUENCE_RUNS_LIMIT);
    assert_int_equal(sequence_missing(&sequence, 0), holes);
    assert_false(sequence_add(&sequence, 1)); /* its hole was given up */
    assert_int_equal(sequence_missing(&sequence, 0), holes);
    sequence_clear(&sequence);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order_needs_no_memory),
        cmocka_unit_test(holes_are_counted_and_can_be_filled),
        cmocka_unit_test(random_order_agrees_with_a_table),
        cmocka_unit_test(too_many_holes_are_given_up_as_lost),
    };

    return cmocka_run_group_tests_name("sequence", tests, NULL, NULL);
}
