/* SPDX-License-Identifier: Apache-2.0 */
/* runners/c/random: numbers of a seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "random.h"

/* Published by the generator's authors' reference code for this state. */
static void
numbers_are_those_of_xoshiro(void **state)
{
    static const uint64_t expected[] = { 11520, 0, 1509978240, UINT64_C(1215971899390074240) };
    struct random random = { { 1, 2, 3, 4 } };

    (void)state;
    for (size_t i = 0; i < 4; i++)
        assert_true(random_next(&random) == expected[i]);
}

static uint64_t
first_of(const char *seed, uint32_t user, uint64_t turn)
{
    struct siphash_key key = seed_key(seed);
    struct random random;

    random_start(&random, &key, user, turn);
    return random_next(&random);
}

static void
seed_user_and_turn_decide(void **state)
{
    (void)state;
    assert_true(first_of("42", 7, 1) == first_of("42", 7, 1));
    assert_true(first_of("42", 7, 1) != first_of("43", 7, 1));
    assert_true(first_of("42", 7, 1) != first_of("42", 8, 1));
    assert_true(first_of("42", 7, 1) != first_of("42", 7, 2));
    assert_true(first_of("", 1, 1) != first_of(" ", 1, 1));
}

/* 30000 draws below 3: each near 10000; five standard deviations are 408. */
static void
small_limits_are_even(void **state)
{
    struct random random = { { 1, 2, 3, 4 } };
    int counts[3] = { 0 };

    (void)state;
    for (int i = 0; i < 30000; i++) {
        uint64_t drawn = random_below(&random, 3);

        assert_true(drawn < 3);
        counts[drawn]++;
    }
    for (int i = 0; i < 3; i++)
        assert_in_range(counts[i], 10000 - 408, 10000 + 408);
    assert_true(random_below(&random, 1) == 0);
}

static void
a_limit_past_half_of_all_is_kept(void **state)
{
    struct random random = { { 1, 2, 3, 4 } };
    const uint64_t limit = UINT64_C(0x8000000000000001);

    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_true(random_below(&random, limit) < limit);
}

/* The mean of 10000 is 1/2; five standard deviations are 0.0144. */
static void
doubles_are_from_0_to_1(void **state)
{
    struct random random = { { 1, 2, 3, 4 } };
    double sum = 0;

    (void)state;
    for (int i = 0; i < 10000; i++) {
        double drawn = random_double(&random);

        assert_true(drawn >= 0 && drawn < 1);
        sum += drawn;
    }
    assert_true(sum > 5000 - 144 && sum < 5000 + 144);
    /* All bits set give the largest: still less than 1. */
    assert_true((double)(UINT64_MAX >> 11) * 0x1p-53 < 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_xoshiro),
        cmocka_unit_test(seed_user_and_turn_decide),
        cmocka_unit_test(small_limits_are_even),
        cmocka_unit_test(a_limit_past_half_of_all_is_kept),
        cmocka_unit_test(doubles_are_from_0_to_1),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
