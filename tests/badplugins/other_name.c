/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: its name is not that of its file. */
#include <loads/plugin.h>

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "another_name",
    .summary = "Its file has a different name",
);
