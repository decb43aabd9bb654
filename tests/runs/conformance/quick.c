/* SPDX-License-Identifier: Apache-2.0 */
/* A test that asks nothing of the world. */
#include <loads/test.h>

void
test_nothing(struct loads_test *t)
{
    loads_assert(t, loads_user(t) > 0);
}
