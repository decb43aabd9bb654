/* SPDX-License-Identifier: Apache-2.0 */
/* Output "null": takes everything and writes nothing; the floor for measurements. */
#include <loads/plugin.h>

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "null",
    .summary = "Discard every event",
);
