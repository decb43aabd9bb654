/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: wants more memory than a plugin may have. */
#include <loads/plugin.h>

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "huge_state",
    .summary = "Wants a terabyte",
    .state_size = (size_t)1 << 40,
);
