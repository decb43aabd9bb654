/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: an option that would be stored outside of the state. */
#include <loads/plugin.h>

struct bad_option {
    int64_t size;
};

static const struct loads_option options[] = {
    { .name = "size", .type = LOADS_INT, .offset = sizeof(struct bad_option) },
    { 0 }
};

LOADS_PLUGIN(
    .kind = LOADS_OUTPUT,
    .name = "bad_option",
    .summary = "Has an option outside of its state",
    .state_size = sizeof(struct bad_option),
    .options = options,
);
