/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: neither an output nor an observer. */
#include <loads/plugin.h>

LOADS_PLUGIN(
    .kind = (enum loads_kind)7,
    .name = "unknown_kind",
    .summary = "Something that only a newer host knows",
);
