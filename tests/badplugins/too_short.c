/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: its description ends before what every host needs. */
#include <loads/plugin.h>

extern const struct loads_plugin loads_plugin;
__attribute__((visibility("default"))) const struct loads_plugin loads_plugin = {
    .size = offsetof(struct loads_plugin, summary),
    .option_size = sizeof(struct loads_option),
    .abi = LOADS_PLUGIN_ABI,
    .kind = LOADS_OUTPUT,
    .name = "too_short",
};
