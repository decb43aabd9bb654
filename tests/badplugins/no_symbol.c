/* SPDX-License-Identifier: Apache-2.0 */
/* Bad: exports something else than loads_plugin. */
#include <loads/plugin.h>

extern const struct loads_plugin loads_plugins;
__attribute__((visibility("default"))) const struct loads_plugin loads_plugins = {
    .size = sizeof(struct loads_plugin),
    .abi = LOADS_PLUGIN_ABI,
};
