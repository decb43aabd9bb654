/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: the default of its option is not of the option's type. */
#include <loads/plugin.h>

struct bad_default {
    int64_t size;
};

static const struct loads_option options[] = {
    LOADS_OPTION(struct bad_default, size, .fallback = "many", .help = "How many"),
    { 0 }
};

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "bad_default",
    .summary = "Has a default that cannot be",
    .state_size = sizeof(struct bad_default),
    .options = options,
);
