/* SPDX-License-Identifier: Apache-2.0 */
/* Bad when it is named as an output: it is an observer. */
#include <loads/plugin.h>

LOADS_PLUGIN(
    .kind = LOADS_OBSERVER,
    .name = "wrong_kind",
    .summary = "An observer",
);
