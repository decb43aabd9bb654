/* SPDX-License-Identifier: Apache-2.0 */
/* runners/c/deal: rows dealt to users, exactly once each time through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "deal.h"

static struct deal
deal_of(enum deal_order order, bool is_unique, uint64_t rows, uint32_t users)
{
    return (struct deal){ .order = order, .is_unique = is_unique, .rows = rows, .users = users,
                          .seed = { 11, 22 } };
}

static void
expect(const struct deal *deal, uint32_t user, const uint64_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_true(deal_row(deal, user, i + 1) == rows[i]);
}

#define EXPECT(deal, user, ...) expect((deal), (user), (const uint64_t[]){ __VA_ARGS__ }, \
    sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))

/* 5 rows, 2 users: as cards are dealt round a table. */
static void
sequential_goes_round(void **state)
{
    struct deal deal = deal_of(DEAL_SEQUENTIAL, false, 5, 2);

    (void)state;
    EXPECT(&deal, 1, 0, 2, 4, 1, 3, 0);
    EXPECT(&deal, 2, 1, 3, 0, 2, 4, 1);
}

static void
once_ends(void **state)
{
    struct deal deal = deal_of(DEAL_ONCE, false, 5, 2);

    (void)state;
    EXPECT(&deal, 1, 0, 2, 4, DEAL_NONE, DEAL_NONE);
    EXPECT(&deal, 2, 1, 3, DEAL_NONE);
    deal = deal_of(DEAL_ONCE, false, 1, 3);
    EXPECT(&deal, 1, 0, DEAL_NONE);
    EXPECT(&deal, 3, DEAL_NONE);
}

static void
unique_repeats_a_users_own(void **state)
{
    struct deal deal = deal_of(DEAL_SEQUENTIAL, true, 5, 2);

    (void)state;
    EXPECT(&deal, 1, 0, 2, 4, 0, 2);
    EXPECT(&deal, 2, 1, 3, 1, 3);
    deal.order = DEAL_ONCE;
    EXPECT(&deal, 1, 0, 2, 4, DEAL_NONE);
    EXPECT(&deal, 2, 1, 3, DEAL_NONE);
}

/* How often each row was dealt in the first `turns` of every user. */
static unsigned *
count_rows(const struct deal *deal, uint64_t turns)
{
    unsigned *counts = xcalloc(deal->rows, sizeof *counts);

    for (uint32_t user = 1; user <= deal->users; user++)
        for (uint64_t turn = 1; turn <= turns; turn++) {
            uint64_t row = deal_row(deal, user, turn);

            if (row == DEAL_NONE)
                continue;
            assert_true(row < deal->rows);
            counts[row]++;
        }
    return counts;
}

static void
expect_each(const struct deal *deal, uint64_t turns, unsigned times)
{
    unsigned *counts = count_rows(deal, turns);

    for (uint64_t row = 0; row < deal->rows; row++)
        if (counts[row] != times)
            fail_msg("%llu rows, %u users: row %llu was dealt %u times, not %u",
                     (unsigned long long)deal->rows, (unsigned)deal->users, (unsigned long long)row,
                     counts[row], times);
    free(counts);
}

static void
once_deals_every_row_once(void **state)
{
    (void)state;
    for (uint64_t rows = 1; rows <= 40; rows++)
        for (uint32_t users = 1; users <= 45; users++) {
            struct deal deal = deal_of(DEAL_ONCE, false, rows, users);

            expect_each(&deal, rows + 3, 1);
            deal.is_unique = true;
            if (rows >= users)
                expect_each(&deal, rows + 3, 1);
        }
}

/* After `rows` turns each all users together have been through `users` times. */
static void
sequential_and_shuffled_are_even(void **state)
{
    static const enum deal_order orders[] = { DEAL_SEQUENTIAL, DEAL_SHUFFLED };

    (void)state;
    for (uint64_t rows = 1; rows <= 40; rows++)
        for (uint32_t users = 1; users <= 20; users++)
            for (size_t i = 0; i < 2; i++) {
                struct deal deal = deal_of(orders[i], false, rows, users);

                expect_each(&deal, rows, users);
            }
}

static void
one_user_meets_every_row_in_each_shuffle(void **state)
{
    (void)state;
    for (uint64_t rows = 1; rows <= 300; rows++) {
        struct deal deal = deal_of(DEAL_SHUFFLED, false, rows, 1);

        expect_each(&deal, rows, 1);
        expect_each(&deal, 3 * rows, 3);
    }
}

/* Every user keeps to rows of its own, and meets all of them. */
static void
unique_rows_have_one_owner(void **state)
{
    (void)state;
    for (int order = DEAL_SEQUENTIAL; order <= DEAL_ONCE; order++)
        for (uint64_t rows = 1; rows <= 30; rows++)
            for (uint32_t users = 1; users <= rows; users++) {
                struct deal deal = deal_of((enum deal_order)order, true, rows, users);

                for (uint32_t user = 1; user <= users; user++)
                    for (uint64_t turn = 1; turn <= 2 * rows; turn++) {
                        uint64_t row = deal_row(&deal, user, turn);

                        assert_true(row == DEAL_NONE ? order == DEAL_ONCE : row % users == user - 1);
                        assert_true(row == DEAL_NONE || row < rows);
                    }
            }
}

static void
shuffles_differ_by_seed_pass_and_from_order(void **state)
{
    struct deal deal = deal_of(DEAL_SHUFFLED, false, 1000, 1), other = deal;
    int as_other = 0, as_next = 0, in_place = 0;

    (void)state;
    other.seed.k0++;
    for (uint64_t turn = 1; turn <= 1000; turn++) {
        uint64_t row = deal_row(&deal, 1, turn);

        as_other += row == deal_row(&other, 1, turn);
        as_next += row == deal_row(&deal, 1, turn + 1000);
        in_place += row == turn - 1;
    }
    /* One in place is to be expected of each; 20 happen never. */
    assert_true(as_other < 20 && as_next < 20 && in_place < 20);
}

/* 20000 draws of 10 rows: 2000 each; five standard deviations are 212. */
static void
random_is_even_and_repeats_with_its_seed(void **state)
{
    struct deal deal = deal_of(DEAL_RANDOM, false, 10, 20), other = deal;
    unsigned *counts = count_rows(&deal, 1000);
    int same = 0;

    (void)state;
    for (uint64_t row = 0; row < 10; row++)
        assert_in_range(counts[row], 2000 - 212, 2000 + 212);
    free(counts);
    other.seed.k1++;
    for (uint64_t turn = 1; turn <= 1000; turn++) {
        assert_true(deal_row(&deal, 3, turn) == deal_row(&deal, 3, turn));
        same += deal_row(&deal, 3, turn) == deal_row(&other, 3, turn);
    }
    assert_in_range(same, 40, 180); /* about 100 by chance */
}

static void
the_largest_numbers(void **state)
{
    struct deal deal = deal_of(DEAL_SHUFFLED, false, 1000000, 1000000);

    (void)state;
    assert_true(deal_row(&deal, 1000000, 1000000000) < 1000000);
    deal.order = DEAL_SEQUENTIAL;
    assert_true(deal_row(&deal, 1000000, 1000000000) == 999999);
    deal.order = DEAL_ONCE;
    assert_true(deal_row(&deal, 1000000, 1000000000) == DEAL_NONE);
}

static void
orders_have_names(void **state)
{
    enum deal_order order;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(deal_order_parse(&order, "shuffled", &err), 0);
    assert_int_equal(order, DEAL_SHUFFLED);
    assert_int_equal(deal_order_parse(&order, "Once", &err), -1);
    assert_string_equal(err.text, "--data-order Once: expected sequential, random, shuffled or once");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequential_goes_round),
        cmocka_unit_test(once_ends),
        cmocka_unit_test(unique_repeats_a_users_own),
        cmocka_unit_test(once_deals_every_row_once),
        cmocka_unit_test(sequential_and_shuffled_are_even),
        cmocka_unit_test(one_user_meets_every_row_in_each_shuffle),
        cmocka_unit_test(unique_rows_have_one_owner),
        cmocka_unit_test(shuffles_differ_by_seed_pass_and_from_order),
        cmocka_unit_test(random_is_even_and_repeats_with_its_seed),
        cmocka_unit_test(the_largest_numbers),
        cmocka_unit_test(orders_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
