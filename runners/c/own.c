/* SPDX-License-Identifier: Apache-2.0 */
/* What is a user's own, of <loads/test.h>: its data and its random numbers. */
#include "user.h"

void
loads_set_data(struct loads_test *t, void *data)
{
    t->data = data;
}

void *
loads_data(const struct loads_test *t)
{
    return t->data;
}

uint64_t
loads_random(struct loads_test *t)
{
    return random_next(&t->random);
}

uint64_t
loads_random_below(struct loads_test *t, uint64_t limit)
{
    if (limit == 0)
        user_end_test(t, EVENT_ERROR, "Error", NULL, 0, "there is no random number below 0");
    return random_below(&t->random, limit);
}

double
loads_random_double(struct loads_test *t)
{
    return random_double(&t->random);
}
