/* SPDX-License-Identifier: Apache-2.0 */
/* A small shop under load. Run it with
 *
 *     loads run shop.c --server-url http://localhost:8080 -u 5:10:20 --hits 10
 */
#include <loads/test.h>

void
test_home(struct loads_test *t)
{
    const struct loads_response *page = loads_get(t, "/");

    loads_assert_equal(t, page->status, 200);
    loads_assert_greater(t, page->body_length, 0);
}

void
test_search(struct loads_test *t)
{
    const char *url = loads_format(t, "/slow?user=%u&page=%llu", loads_user(t),
                                   (unsigned long long)loads_iteration(t));
    const struct loads_response *page = loads_get(t, url, .name = "search");

    loads_assert_equal(t, page->status, 200);
    loads_incr_counter(t, "searches", 1);
}
