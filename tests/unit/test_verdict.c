/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts: which code wins, and how many reasons are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/verdict.h"

/* 70, 130/143, 2, 7, 5, 3, 4, 1: each against all that follow it. */
static void
the_most_important_code_wins(void **state)
{
    static const enum exit_code order[] = { EXIT_INTERNAL,    EXIT_INTERRUPTED, EXIT_TERMINATED,
                                            EXIT_USAGE,       EXIT_UNREACHABLE, EXIT_INVALID,
                                            EXIT_ASSERTION,   EXIT_REGRESSION,  EXIT_TESTS_FAILED };
    size_t count = sizeof order / sizeof order[0];

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++) {
            struct verdict verdict = { 0 };

            verdict_add(&verdict, order[j], "low");
            verdict_add(&verdict, order[i], "high");
            verdict_add(&verdict, order[j], "low");
            assert_int_equal(verdict.exit_code, order[i]);
            assert_int_equal(verdict.reason_count, 3);
            verdict_clear(&verdict);
        }
}

static void
status_tells_bad_figures_from_bad_measuring(void **state)
{
    struct verdict verdict = { 0 };

    (void)state;
    assert_string_equal(verdict_status(&verdict), "pass");
    verdict_add(&verdict, EXIT_TESTS_FAILED, "3 tests failed");
    assert_string_equal(verdict_status(&verdict), "fail");
    verdict_add(&verdict, EXIT_INVALID, "2 messages were lost");
    assert_string_equal(verdict_status(&verdict), "invalid");
    verdict_clear(&verdict);
}

static void
reasons_have_a_limit_and_say_so(void **state)
{
    struct verdict verdict = { 0 };

    (void)state;
    for (int i = 0; i < VERDICT_REASONS_LIMIT + 7; i++)
        verdict_add(&verdict, EXIT_INVALID, "reason %d", i);
    assert_int_equal(verdict.reason_count, VERDICT_REASONS_LIMIT + 1);
    assert_string_equal(verdict.reasons[VERDICT_REASONS_LIMIT], "7 more reasons");
    verdict_clear(&verdict);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_important_code_wins),
        cmocka_unit_test(status_tells_bad_figures_from_bad_measuring),
        cmocka_unit_test(reasons_have_a_limit_and_say_so),
    };

    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
