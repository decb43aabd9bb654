/* SPDX-License-Identifier: Apache-2.0 */
/* From a time to come, in which the description and its options have more
 * members: a host of today must step over them. */
#include <loads/plugin.h>
#include <string.h>

struct newer {
    int64_t first;
    const char *second;
};

struct newer_option {
    struct loads_option option;
    const char *unit;
    const char *example;
};

static const struct newer_option options[] = {
    { LOADS_OPTION(struct newer, first, .fallback = "41", .help = "The first"), "s", "1" },
    { LOADS_OPTION(struct newer, second, .fallback = "two", .help = "The second"), "m", "2" },
    { .unit = "end" },
};

static int
newer_open(void *state, const struct loads_host *host)
{
    const struct newer *newer = state;

    if (newer->first != 41 || strcmp(newer->second, "two") != 0)
        return host->fail(host, "options are not as the table says");
    return 0;
}

struct newer_plugin {
    struct loads_plugin plugin;
    int (*on_moon)(void *state);
};

extern const struct newer_plugin loads_plugin;
__attribute__((visibility("default"))) const struct newer_plugin loads_plugin = {
    .plugin = {
        .size = sizeof(struct newer_plugin),
        .option_size = sizeof(struct newer_option),
        .abi = LOADS_PLUGIN_ABI,
        .kind = LOADS_OUTPUT,
        .name = "newer",
        .summary = "Has a longer description and longer options",
        .state_size = sizeof(struct newer),
        .options = &options[0].option,
        .open = newer_open,
    },
};
