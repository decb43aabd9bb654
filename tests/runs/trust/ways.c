/* SPDX-License-Identifier: Apache-2.0 */
/* How tests in C reach a server. */
#include <loads/test.h>

void
test_get(struct loads_test *t)
{
    loads_assert_equal(t, loads_get(t, "/page")->status, 200);
}
