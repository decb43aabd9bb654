/* SPDX-License-Identifier: Apache-2.0 */
/* base/nearest.h: what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/nearest.h"

static void
names_that_are_near_are_found(void **state)
{
    static const char *const known[] = { "file", "json", "null", "stdout", "funkload", "test-dir" };
    static const struct { const char *typed, *meant; } cases[] = {
        { "fiel", "file" },          /* swapped */
        { "jso", "json" },           /* left out */
        { "jsonn", "json" },         /* doubled */
        { "STDOUT", "stdout" },      /* case */
        { "test_dir", "test-dir" },  /* _ for - */
        { "funklod", "funkload" },
        { "fnkloda", "funkload" },   /* left out and swapped */
        { "html", NULL },            /* three letters from anything */
        { "x", NULL },
        { "", NULL },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *found = nearest_name(cases[i].typed, known, sizeof known / sizeof known[0]);

        if (cases[i].meant == NULL)
            assert_null(found);
        else
            assert_string_equal(found, cases[i].meant);
    }
    assert_null(nearest_name("file", known, 0));
}

static void
the_nearest_of_several_wins(void **state)
{
    static const char *const known[] = { "users", "user", "used" };

    (void)state;
    assert_string_equal(nearest_name("userr", known, 3), "users");
    assert_string_equal(nearest_name("usr", known, 3), "user");
    assert_string_equal(nearest_name("usedd", known, 3), "used");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_are_near_are_found),
        cmocka_unit_test(the_nearest_of_several_wins),
    };

    return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
