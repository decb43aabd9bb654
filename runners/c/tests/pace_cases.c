/* SPDX-License-Identifier: Apache-2.0 */
/* What pace.py runs: tests whose time, number or place is known. */
#include <loads/test.h>

#include <unistd.h>

/* Of ten requests six take 10 ms, three take 20 ms and one takes 50 ms. */
void
case_known_delays(struct loads_test *t)
{
    static const char *const delays[] = { "/10000", "/10000", "/20000", "/10000", "/10000",
                                          "/20000", "/10000", "/50000", "/10000", "/20000" };

    for (size_t i = 0; i < sizeof delays / sizeof *delays; i++)
        loads_get(t, delays[i]);
}

void
case_where(struct loads_test *t)
{
    loads_incr_counter(t, loads_format(t, "user %u iteration %u process %d", (unsigned)loads_user(t),
                                       (unsigned)loads_iteration(t), (int)getpid()), 1);
}

void
case_nap(struct loads_test *t)
{
    loads_sleep(t, 1);
}

/* User 1 says more than any host can take; the others ask for a page now and then. */
void
case_flood_beside(struct loads_test *t)
{
    if (loads_user(t) > 1) {
        for (int i = 0; i < 20; i++)
            loads_get(t, "/20000");
        return;
    }
    for (int i = 0; i < 60000; i++)
        loads_incr_counter(t, "flood", 1);
}
