/* SPDX-License-Identifier: Apache-2.0 */
/* Tests for the tests of the runner: each does one thing that c_runner.py looks
 * at from the outside. None starts with "test", so that all must be named. */
#include <stdlib.h>
#include <string.h>

#include <loads/test.h>

void
case_page(struct loads_test *t)
{
    loads_assert_equal(t, loads_get(t, "/page")->status, 200);
}

/* The wrong expectation on line 19 is looked for. */
void
case_wrong_status(struct loads_test *t)
{
    loads_assert_equal(t, loads_get(t, "/missing")->status, 200);
    loads_incr_counter(t, "not reached", 1);
}

void
case_odd_text(struct loads_test *t)
{
    loads_fail(t, "quote \" backslash \\ newline \n bell \a byte \xFF euro \xE2\x82\xAC %s", "end");
}

void
case_long_text(struct loads_test *t)
{
    char *text = loads_alloc(t, 200000);

    memset(text, '\x01', 199999);
    loads_get(t, "/page", .name = text);
    loads_incr_counter(t, text, 1);
    loads_error(t, "%s", text);
}

void
case_own_error(struct loads_test *t)
{
    loads_error(t, "no data for user %u", loads_user(t));
}

void
case_hold(struct loads_test *t)
{
    for (int i = 0; i < 1100; i++)
        loads_release(t, loads_get(t, "/page"));
    for (int i = 0; i < 1100; i++)
        loads_get(t, "/page");
}

void
case_bad_header(struct loads_test *t)
{
    loads_get(t, "/page", .headers = LOADS_HEADERS("X: a\r\nInjected: b"));
}

void
case_numbers(struct loads_test *t)
{
    unsigned long long big = 18446744073709551615ULL;
    const char *none = NULL;
    char letters[] = "abc";

    loads_assert_less(t, -1, big);
    loads_assert_greater(t, big, 9223372036854775807LL);
    loads_assert_not_equal(t, big, -1);
    loads_assert_less_equal(t, 1, 1.0);
    loads_assert_greater_equal(t, 2u, 1.5);
    loads_assert_not_equal(t, none, "x");
    loads_assert_not_equal(t, "b", "a");
    loads_assert_equal(t, letters, "abc");
    loads_assert_equal(t, true, 1);
    loads_assert_not_equal(t, 0.0 / (double)(letters[0] - 'a'), 0.0);
    loads_incr_counter(t, "sold", 3);
    loads_gauge(t, "stock", 2.5);
    loads_rate(t, "cached", true);
    loads_trend(t, "basket", 1e-3);
    loads_assert_greater(t, -5, 3u);
}

void
case_not_finite(struct loads_test *t)
{
    loads_gauge(t, "ratio", (double)loads_user(t) / 0.0);
}

void
case_memory(struct loads_test *t)
{
    for (;;)
        memset(loads_alloc(t, 1024 * 1024), 1, 1024 * 1024);
}

void
case_plain(void)
{
}

void
case_sleep(struct loads_test *t)
{
    loads_get(t, "/page");
    loads_sleep(t, 60);
}

void
case_flood(struct loads_test *t)
{
    for (int i = 0; i < 100000; i++)
        loads_incr_counter(t, "flood", 1);
}

void
case_segfault(struct loads_test *t)
{
    volatile int *nowhere = NULL;

    if (loads_user(t) > 0)
        *nowhere = 1;
}

void
case_abort(struct loads_test *t)
{
    (void)t;
    abort();
}

static int
dig(int depth)
{
    volatile char room[4096];

    room[depth % 4096] = 1;
    return depth > 0 ? dig(depth + 1) + room[depth % 4096] : 0;
}

void
case_overflow(struct loads_test *t)
{
    loads_assert_equal(t, dig(1), 0);
}

void
case_naps(struct loads_test *t)
{
    loads_sleep(t, 0.2);
}

void
case_selfish(struct loads_test *t)
{
    volatile bool is_over = false;

    loads_get(t, "/page");
    while (!is_over)
        continue;
}
