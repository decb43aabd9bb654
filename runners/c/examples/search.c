/* SPDX-License-Identifier: Apache-2.0 */
/* A search with other words each time. Run it with
 *
 *     loads run search.c --data terms.csv --server-url http://localhost:8080 -u 2 --hits 5
 */
#include <loads/test.h>

LOADS_PARAMETERS(test_search, "string term, int page, double price");

void
test_search(struct loads_test *t, const char *term, int32_t page, double price)
{
    const char *url = loads_format(t, "/slow?q=%s&page=%d&below=%g", term, (int)page, price);
    const struct loads_response *found = loads_get(t, url, .name = "search");

    loads_assert_equal(t, found->status, 200);
}
