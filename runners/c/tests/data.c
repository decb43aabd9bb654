/* SPDX-License-Identifier: Apache-2.0 */
/* Tests with data, hooks and random numbers, for data.py. */
#include <loads/test.h>

#include <stdio.h>
#include <stdlib.h>

/* Says on stderr what only a process can know. */
void
setup_process(void)
{
    fputs("set up\n", stderr);
    if (getenv("FAIL_PROCESS") != NULL)
        exit(3);
}

void
teardown_process(void)
{
    fputs("torn down\n", stderr);
}

struct visitor {
    uint32_t user;
    int visits;
};

void
setup_user(struct loads_test *t)
{
    struct visitor *visitor = loads_alloc(t, sizeof *visitor);

    visitor->user = loads_user(t);
    loads_set_data(t, visitor);
    if (getenv("FAIL_SETUP") != NULL)
        loads_assert_not_equal(t, loads_user(t), 2);
    if (getenv("VISIT") != NULL)
        loads_get(t, "/page", .name = "log in");
}

void
teardown_user(struct loads_test *t)
{
    const struct visitor *visitor = loads_data(t);

    loads_gauge(t, "visits", visitor->visits);
    if (getenv("FAIL_TEARDOWN") != NULL)
        loads_error(t, "user %u had %d visits", visitor->user, visitor->visits);
}

LOADS_PARAMETERS(take_row, "string term, int page, double price");

void
take_row(struct loads_test *t, const char *term, int32_t page, double price)
{
    loads_get(t, loads_format(t, "/slow?%s&%d&%g", term, (int)page, price));
}

void
count_visit(struct loads_test *t)
{
    struct visitor *visitor = loads_data(t);

    loads_assert_equal(t, visitor->user, loads_user(t));
    visitor->visits++;
}

void
draw(struct loads_test *t)
{
    /* 53 bits fit a double. */
    loads_trend(t, "any", (double)(loads_random(t) >> 11));
    loads_trend(t, "below", (double)loads_random_below(t, 6));
    loads_trend(t, "double", loads_random_double(t));
}

void
draw_below_nothing(struct loads_test *t)
{
    loads_random_below(t, 0);
}
