/* SPDX-License-Identifier: Apache-2.0 */
/* From a time when the description ended before flush: its close, which lies
 * behind that end here, must never be called. */
#include <loads/plugin.h>
#include <stdlib.h>

static void
older_close(void *state)
{
    (void)state;
    abort();
}

extern const struct loads_plugin loads_plugin;
__attribute__((visibility("default"))) const struct loads_plugin loads_plugin = {
    .size = offsetof(struct loads_plugin, flush),
    .option_size = sizeof(struct loads_option),
    .abi = LOADS_PLUGIN_ABI,
    .kind = LOADS_OUTPUT,
    .name = "older",
    .summary = "Has a shorter description",
    .close = older_close,
};
