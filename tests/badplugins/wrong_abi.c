/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: built for a contract that this host does not know. */
#include <loads/plugin.h>

extern const struct loads_plugin loads_plugin;
__attribute__((visibility("default"))) const struct loads_plugin loads_plugin = {
    .size = sizeof(struct loads_plugin),
    .option_size = sizeof(struct loads_option),
    .abi = LOADS_PLUGIN_ABI + 1,
    .kind = LOADS_OUTPUT,
    .name = "wrong_abi",
    .summary = "Built for another plugin ABI",
};
